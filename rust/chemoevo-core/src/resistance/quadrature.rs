//! Integrals of the drug effects on every cell type over a stretch of time.
//!
//! By the rule of `nodes`, whose nodes are interior: a cell that ends at a kink never sees the other side of it.

use super::actions::{Action, Grouped};
use super::combination::{Combination, Drugs, Part};
use super::drug::Mode;
use super::left::Left;
use super::nodes::{NODES, WEIGHTS};
use std::cell::RefCell;

/// Added death and lost birth of every type, as functions of time.
pub(super) struct Effects<'a> {
    birth: &'a [f64],
    actions: Vec<Action<'a>>,
    /// Whether a drug takes from birth.
    divides: bool,
    combination: &'a Combination,
    groups: Vec<Grouped<'a>>,
    left: Left<'a>,
    /// Which drugs kill by themselves: those in no group.
    alone: Vec<bool>,
    scratch: RefCell<Scratch>,
}

/// Room for one instant.
#[derive(Default)]
struct Scratch {
    /// Unbound concentrations of the drugs (uM).
    free: Vec<f64>,
    /// What is left of mechanisms.
    left: Vec<f64>,
    /// Effect of every drug's distinct actions, and its integral.
    effects: Vec<Vec<f64>>,
    sums: Vec<Vec<f64>>,
    /// What is left of births that begin, of those that succeed, and deaths per birth, by types.
    begun: Vec<f64>,
    done: Vec<f64>,
    lost: Vec<f64>,
    parts: Vec<Part>,
}

impl<'a> Effects<'a> {
    /// Until a time in hours; `birth` without drugs, by types.
    pub(super) fn new(birth: &'a [f64], drugs: Drugs<'a>, until: f64) -> Self {
        let actions: Vec<Action<'a>> = drugs.each.iter().map(Action::new).collect();
        let divides = actions.iter().any(|action| action.mode != Mode::Cytotoxic);
        let combination = drugs.combination;
        let groups = combination.groups.iter().map(|group| Grouped::new(birth.len(), group, &actions)).collect();
        let left = Left::new(drugs.modulation, drugs.mechanisms, drugs.pumps.to_vec(), until);
        let grouped = |index: usize| combination.groups.iter().any(|group| group.drugs.contains(&index));
        let kills = |(index, action): (usize, &Action<'_>)| action.mode == Mode::Cytotoxic && !grouped(index);
        let alone = actions.iter().enumerate().map(kills).collect();
        let mut scratch = Scratch::default();
        scratch.effects.resize_with(actions.len(), Vec::new);
        scratch.sums = actions.iter().map(|action| vec![0.0; action.number()]).collect();
        Self { birth, actions, divides, combination, groups, left, alone, scratch: RefCell::new(scratch) }
    }

    /// Length of an integral: the added death of every type, then, if any drug takes from it, the lost birth.
    pub(super) fn width(&self) -> usize {
        if self.divides { 2 * self.birth.len() } else { self.birth.len() }
    }

    /// Integral over `[a, b]` in hours: of the added death (hazard per day), and of the lost fraction of birth.
    pub(super) fn integral(&self, a: f64, b: f64) -> Vec<f64> {
        let (middle, half) = (0.5 * (a + b), 0.5 * (b - a));
        let mut total = vec![0.0; self.width()];
        let scratch = &mut *self.scratch.borrow_mut();
        for (node, weight) in NODES.iter().zip(WEIGHTS) {
            self.add(middle + half * node, weight * half, &mut total, scratch);
        }
        self.expand(&mut total, scratch);
        total
    }

    /// Added death and lost birth at a time in hours.
    pub(super) fn at(&self, time: f64) -> Vec<f64> {
        let mut total = vec![0.0; self.width()];
        let scratch = &mut *self.scratch.borrow_mut();
        self.add(time, 1.0, &mut total, scratch);
        self.expand(&mut total, scratch);
        total
    }

    /// Concentrations, then what is left of mechanisms, then effects, then groups and pairs, then rates.
    fn add(&self, time: f64, weight: f64, total: &mut [f64], scratch: &mut Scratch) {
        let Scratch { free, left, effects, sums, parts, .. } = scratch;
        free.clear();
        free.extend(self.actions.iter().map(|action| action.free(time)));
        self.left.at(time, free, left);
        for ((action, &free), effects) in self.actions.iter().zip(&*free).zip(effects.iter_mut()) {
            action.effects(free, left, effects);
        }
        // By distinct actions; types have their part of it at the end.
        for ((sums, effects), &alone) in sums.iter_mut().zip(&*effects).zip(&self.alone) {
            if alone {
                sums.iter_mut().zip(effects).for_each(|(sum, effect)| *sum += weight * effect);
            }
        }
        for group in &self.groups {
            let effects = group.effects(&self.actions, free, left, parts);
            for (sum, &k) in total.iter_mut().zip(&group.of_type) {
                *sum += weight * effects[k];
            }
        }
        for one in &self.combination.interactions {
            let [a, b] = [one.pair.0, one.pair.1].map(|k| (&effects[k], &self.actions[k].of_type));
            for (of_type, sum) in total.iter_mut().take(self.birth.len()).enumerate() {
                *sum += weight * one.more(a.0[a.1[of_type]], b.0[b.1[of_type]]);
            }
        }
        if self.divides {
            self.add_divisions(weight, total, scratch);
        }
    }

    /// Gives types what the distinct actions of drugs have summed up to.
    fn expand(&self, total: &mut [f64], scratch: &mut Scratch) {
        for ((action, sums), &alone) in self.actions.iter().zip(&mut scratch.sums).zip(&self.alone) {
            if alone {
                for (sum, &k) in total.iter_mut().zip(&action.of_type) {
                    *sum += sums[k];
                }
                sums.fill(0.0);
            }
        }
    }

    /// What drugs do to divisions: fewer begin, in some of those the cell is lost, and deaths in proportion to them.
    fn add_divisions(&self, weight: f64, total: &mut [f64], scratch: &mut Scratch) {
        let types = self.birth.len();
        let Scratch { effects, begun, done, lost, .. } = scratch;
        for (share, start) in [(&mut *begun, 1.0), (&mut *done, 1.0), (&mut *lost, 0.0)] {
            share.clear();
            share.resize(types, start);
        }
        for (action, effects) in self.actions.iter().zip(&*effects) {
            let of_types = action.of_type.iter().map(|&k| effects[k]);
            match action.mode {
                Mode::Cytotoxic => {}
                Mode::Cytostatic => begun.iter_mut().zip(of_types).for_each(|(share, effect)| *share *= 1.0 - effect),
                Mode::Dividing => done.iter_mut().zip(of_types).for_each(|(share, effect)| *share *= 1.0 - effect),
                Mode::NortonSimon => lost.iter_mut().zip(of_types).for_each(|(sum, effect)| *sum += effect),
            }
        }
        let (death, birth) = total.split_at_mut(types);
        for of_type in 0..types {
            let (begun, done) = (begun[of_type], done[of_type]);
            birth[of_type] += weight * (1.0 - begun * done);
            death[of_type] += weight * self.birth[of_type] * begun * ((1.0 - done) + lost[of_type]);
        }
    }

    /// The integrals over both halves of `[a, b]`.
    pub(super) fn halves(&self, a: f64, b: f64) -> [Vec<f64>; 2] {
        let middle = 0.5 * (a + b);
        [self.integral(a, middle), self.integral(middle, b)]
    }

    /// Whether there is nothing of any drug or agent before `time` (hours).
    pub(super) fn quiet_until(&self, time: f64) -> bool {
        self.actions.iter().all(|action| action.course.begins() >= time) && self.left.quiet_until(time)
    }

    /// The fastest rate of all drugs and agents, in 1/h.
    pub(super) fn fastest(&self) -> f64 {
        self.actions.iter().map(Action::fastest).fold(self.left.fastest(), f64::max)
    }

    /// Times in hours at which something begins or ends to come, in no order.
    pub(super) fn kinks(&self) -> Vec<f64> {
        self.actions.iter().flat_map(|action| action.course.kinks()).chain(self.left.kinks()).collect()
    }
}
