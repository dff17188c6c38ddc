//! Integrals of the drug effects on every cell type over a stretch of time, by the rule of `nodes`, whose nodes are interior: a
//! cell that ends at a kink never sees the other side of it.

use super::actions::Seen;
use super::checks::CompileError;
use super::in_niche::{InNiche, Scratch};
use super::niche::Niches;
use super::nodes::{NODES, WEIGHTS};
use super::patience::Patience;
use std::cell::RefCell;

/// Added death and lost birth of every type, and transitions that drugs drive, as functions of time, niche after niche.
pub(super) struct Effects<'a> {
    birth: &'a [f64],
    death: &'a [f64],
    niches: Vec<(&'a [usize], InNiche<'a>)>,
    scratch: RefCell<(Vec<Scratch>, Seen)>,
    /// For every number of an integral: whether it is of a transition.
    transitions: Vec<bool>,
}

/// Rates of all types.
pub(super) struct Rates {
    pub(super) birth: Vec<f64>,
    pub(super) death: Vec<f64>,
    pub(super) driven: Vec<f64>,
}

impl<'a> Effects<'a> {
    /// Until a time in hours; rates without drugs by types.
    ///
    /// # Errors
    /// [`CompileError::Interrupted`] if the caller says so.
    pub(super) fn new(
        birth: &'a [f64],
        death: &'a [f64],
        niches: &'a Niches<'a>,
        until: f64,
        patience: &Patience<'_>,
    ) -> Result<Self, CompileError> {
        let each = niches.0.iter().map(|niche| {
            let there = InNiche::new(birth, niche, until, patience)?;
            Ok((niche.types.as_slice(), there))
        });
        let niches = each.collect::<Result<Vec<_>, CompileError>>()?;
        let mut transitions = Vec::new();
        for (_, niche) in &niches {
            transitions.resize(transitions.len() + niche.rates(), false);
            transitions.resize(transitions.len() + niche.transitions.number(), true);
        }
        let scratch = RefCell::new((niches.iter().map(|(_, niche)| niche.scratch()).collect(), Seen::default()));
        Ok(Self { birth, death, niches, scratch, transitions })
    }

    /// Length of an integral.
    pub(super) fn width(&self) -> usize {
        self.transitions.len()
    }

    /// For every number of an integral: whether it is of a transition.
    pub(super) fn transitions(&self) -> &[bool] {
        &self.transitions
    }

    /// Integral over `[a, b]` in hours, by niches: of the added death of its types (hazard per day), of the lost fraction of
    /// their birth where a drug takes from it, and of its distinct transitions.
    pub(super) fn integral(&self, a: f64, b: f64) -> Vec<f64> {
        let (middle, half) = (0.5 * (a + b), 0.5 * (b - a));
        let nodes = NODES.iter().zip(WEIGHTS);
        self.sum(nodes.map(|(node, weight)| (middle + half * node, weight * half)))
    }

    /// The same at a time in hours.
    fn at(&self, time: f64) -> Vec<f64> {
        self.sum(std::iter::once((time, 1.0)))
    }

    fn sum(&self, nodes: impl Iterator<Item = (f64, f64)>) -> Vec<f64> {
        let mut total = vec![0.0; self.width()];
        let (scratch, seen) = &mut *self.scratch.borrow_mut();
        for (time, weight) in nodes {
            seen.clear();
            let mut rest = total.as_mut_slice();
            for ((_, niche), scratch) in self.niches.iter().zip(&mut *scratch) {
                let (part, others) = rest.split_at_mut(niche.width());
                niche.add(time, weight, part, scratch, seen);
                rest = others;
            }
        }
        let mut rest = total.as_mut_slice();
        for ((_, niche), scratch) in self.niches.iter().zip(scratch) {
            let (part, others) = rest.split_at_mut(niche.width());
            niche.expand(part, scratch);
            rest = others;
        }
        total
    }

    /// Mean rates over a time, from the integral.
    pub(super) fn means(&self, integral: &[f64], time: f64) -> Rates {
        let (mut birth, mut death, mut driven) = (self.birth.to_vec(), self.death.to_vec(), Vec::new());
        let mut rest = integral;
        for (of, niche) in &self.niches {
            let types = of.len();
            let (part, others) = rest.split_at(niche.width());
            let (rates, sums) = part.split_at(niche.rates());
            let left = |i: usize| 1.0 - rates.get(types + i).map_or(0.0, |x| (x / time).min(1.0));
            for (i, &of_type) in of.iter().enumerate() {
                birth[of_type] = self.birth[of_type] * left(i);
                death[of_type] = self.death[of_type] + rates[i] / time;
            }
            driven.extend(niche.transitions.means(sums, time, left));
            rest = others;
        }
        Rates { birth, death, driven }
    }

    /// Rates at a time in hours.
    pub(super) fn rates_at(&self, time: f64) -> Rates {
        self.means(&self.at(time), 1.0)
    }

    /// Rates without drugs.
    pub(super) fn rest(&self) -> Rates {
        let driven = self.niches.iter().flat_map(|(_, niche)| niche.transitions.bases()).collect();
        Rates { birth: self.birth.to_vec(), death: self.death.to_vec(), driven }
    }

    /// The integrals over both halves of `[a, b]`.
    pub(super) fn halves(&self, a: f64, b: f64) -> [Vec<f64>; 2] {
        let middle = 0.5 * (a + b);
        [self.integral(a, middle), self.integral(middle, b)]
    }

    /// Whether there is nothing of any drug or agent before `time` (hours).
    pub(super) fn quiet_until(&self, time: f64) -> bool {
        self.niches.iter().all(|(_, niche)| niche.quiet_until(time))
    }

    /// The fastest rate of all drugs and agents, in 1/h.
    pub(super) fn fastest(&self) -> f64 {
        self.niches.iter().map(|(_, niche)| niche.fastest()).fold(0.0, f64::max)
    }

    /// Times in hours at which something begins or ends to come, in no order.
    pub(super) fn kinks(&self) -> Vec<f64> {
        self.niches.iter().flat_map(|(_, niche)| niche.kinks()).collect()
    }
}
