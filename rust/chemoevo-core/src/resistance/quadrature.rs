//! Integrals of the drug effects on every cell type over a stretch of time, by the rule of `nodes`, whose nodes are interior: a
//! cell that ends at a kink never sees the other side of it.

use super::actions::Seen;
use super::checks::CompileError;
use super::in_niche::{InNiche, Scratch};
use super::niche::Niches;
use super::nodes::{Instants, Sums};
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
    /// For every number of an integral: the rate per day of which it is a share. That of births that are lost is their rate at
    /// rest; deaths and transitions are rates themselves, and have 1.
    shares_of: Vec<f64>,
    /// Whether births differ from those at rest, anywhere.
    divides: bool,
}

/// Rates of all types, instant after instant or segment after segment.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Rates {
    /// None where no drug takes from births.
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
        let (mut transitions, mut shares_of) = (Vec::new(), Vec::new());
        for (_, niche) in &niches {
            transitions.resize(transitions.len() + niche.rates(), false);
            transitions.resize(transitions.len() + niche.transitions.number(), true);
            shares_of.resize(shares_of.len() + niche.types(), 1.0);
            shares_of.extend(niche.births_lost());
            shares_of.resize(transitions.len(), 1.0);
        }
        let scratch = RefCell::new((niches.iter().map(|(_, niche)| niche.scratch()).collect(), Seen::default()));
        let divides = niches.iter().any(|(_, niche)| niche.divides());
        Ok(Self { birth, death, niches, scratch, transitions, shares_of, divides })
    }

    /// Births of some instants or segments in full.
    pub(super) fn births(&self, rates: Vec<f64>, number: usize) -> Vec<f64> {
        if self.divides { rates } else { self.birth.repeat(number) }
    }

    /// Births of segments: of one where they are those at rest in all.
    pub(super) fn births_once(&self, rates: Vec<f64>) -> Vec<f64> {
        if self.divides { rates } else { self.birth.to_vec() }
    }

    /// Length of an integral.
    pub(super) fn width(&self) -> usize {
        self.transitions.len()
    }

    /// How many births that differ from those at rest, deaths and driven transitions a row of rates has.
    pub(super) fn rates(&self) -> [usize; 3] {
        let driven = self.niches.iter().map(|(_, niche)| niche.transitions.all()).sum();
        [if self.divides { self.birth.len() } else { 0 }, self.death.len(), driven]
    }

    /// For every number of an integral: whether it is of a transition.
    pub(super) fn transitions(&self) -> &[bool] {
        &self.transitions
    }

    /// For every number of an integral: the rate per day of which it is a share, 1 for what is a rate itself.
    pub(super) fn shares_of(&self) -> &[f64] {
        &self.shares_of
    }

    /// Sums at instants in hours, by niches: of the added death of its types (hazard per day), of the lost fraction of their birth
    /// where a drug takes from it, and of its distinct transitions.
    pub(super) fn sums(&self, at: &Instants, total: &mut Vec<Sums>) {
        total.clear();
        total.resize(self.width(), Sums::default());
        let (scratch, seen) = &mut *self.scratch.borrow_mut();
        seen.clear();
        let time = at.weights().iter().map(|weights| weights[0]).sum();
        let mut rest = total.as_mut_slice();
        for ((_, niche), scratch) in self.niches.iter().zip(scratch) {
            let (part, others) = rest.split_at_mut(niche.width());
            niche.add(at, part, scratch, seen);
            niche.expand(time, part, scratch);
            rest = others;
        }
    }

    /// Adds the integrals between two times.
    pub(super) fn add_integral(&self, a: f64, b: f64, room: &mut Vec<Sums>, total: &mut [f64]) {
        self.sums(&Instants::between(a, b), room);
        total.iter_mut().zip(room).for_each(|(total, sums)| *total += sums[0]);
    }

    /// Appends mean rates over a time, from the integral.
    pub(super) fn add_means(&self, integral: &[f64], time: f64, rates: &mut Rates) {
        let types = self.birth.len();
        if self.divides {
            rates.birth.extend_from_slice(self.birth);
        }
        rates.death.extend_from_slice(self.death);
        let (birth, death) = (rates.birth.len().saturating_sub(types), rates.death.len() - types);
        let (birth, death) = (&mut rates.birth[birth..], &mut rates.death[death..]);
        let mut rest = integral;
        for (of, niche) in &self.niches {
            let types = of.len();
            let (part, others) = rest.split_at(niche.width());
            let (sums, transitions) = part.split_at(niche.rates());
            let (killed, lost) = sums.split_at(types);
            for (&of_type, sum) in of.iter().zip(killed) {
                death[of_type] = self.death[of_type] + sum / time;
            }
            let left = |i: usize| 1.0 - lost.get(i).map_or(0.0, |x| (x / time).min(1.0));
            if !lost.is_empty() {
                for (i, &of_type) in of.iter().enumerate() {
                    birth[of_type] = self.birth[of_type] * left(i);
                }
            }
            rates.driven.extend(niche.transitions.means(transitions, time, left));
            rest = others;
        }
    }

    /// Appends rates at a time in hours.
    pub(super) fn add_rates_at(&self, time: f64, rates: &mut Rates) {
        let mut there = Vec::new();
        self.sums(&Instants::one(time), &mut there);
        let there: Vec<f64> = there.into_iter().map(|sums| sums[0]).collect();
        self.add_means(&there, 1.0, rates);
    }

    /// Appends rates without drugs.
    pub(super) fn add_rest(&self, rates: &mut Rates) {
        if self.divides {
            rates.birth.extend_from_slice(self.birth);
        }
        rates.death.extend_from_slice(self.death);
        rates.driven.extend(self.niches.iter().flat_map(|(_, niche)| niche.transitions.bases()));
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
