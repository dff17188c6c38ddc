//! The drug effects on the cell types of a niche at an instant, and their sums over nodes of a quadrature.

use super::actions::{Action, Grouped, Seen, ln};
use super::checks::CompileError;
use super::combination::{Combination, Part};
use super::driven::Transitions;
use super::drug::{Drug, Mode};
use super::left::Left;
use super::niche::Niche;
use super::nodes::{AtEach, Instants, Sums, add_to};
use super::patience::Patience;

/// Added death and lost birth of every type of a niche, and transitions that drugs drive, as functions of time.
pub(super) struct InNiche<'a> {
    /// Without drugs, by types of the niche.
    birth: Vec<f64>,
    actions: Vec<Action<'a>>,
    /// Whether a drug takes from birth.
    divides: bool,
    combination: &'a Combination,
    groups: Vec<Grouped<'a>>,
    left: Left<'a>,
    /// Which drugs kill by themselves: those in no group.
    alone: Vec<bool>,
    /// Of these, those whose effects are asked for by nothing else and moved by nothing: only their sums are needed.
    apart: Vec<bool>,
    /// Whether all drugs are, and nothing else is summed.
    all_apart: bool,
    pub(super) transitions: Transitions<'a>,
}

/// Room for one instant, and sums by distinct actions and transitions.
#[derive(Default)]
pub(super) struct Scratch {
    /// Unbound concentrations of the drugs (uM) at the instants and their logarithms, and at one of them.
    at_each: Vec<AtEach>,
    ln_at_each: Vec<AtEach>,
    free: Vec<f64>,
    /// What is left of mechanisms.
    left: Vec<f64>,
    /// Every drug's distinct curves, with what moves Emax and, where something does, without; and their integrals.
    effects: Vec<Vec<f64>>,
    shares: Vec<Vec<f64>>,
    sums: Vec<Vec<Sums>>,
    /// What is left of births that begin, of those that succeed, and deaths per birth, by types.
    begun: Vec<f64>,
    done: Vec<f64>,
    lost: Vec<f64>,
    parts: Vec<Part>,
}

impl<'a> InNiche<'a> {
    /// Until a time in hours; `birth` without drugs, by all types.
    ///
    /// # Errors
    /// [`CompileError::Interrupted`] if the caller says so.
    pub(super) fn new(
        birth: &[f64],
        niche: &'a Niche<'a>,
        until: f64,
        patience: &Patience<'_>,
    ) -> Result<Self, CompileError> {
        let drugs = niche.drugs;
        let birth: Vec<f64> = niche.types.iter().map(|&i| birth[i]).collect();
        let actions: Vec<Action<'a>> = drugs.each.iter().map(Action::new).collect();
        let combination = drugs.combination;
        let groups: Vec<Grouped<'a>> =
            combination.groups.iter().map(|group| Grouped::new(birth.len(), group, &actions)).collect();
        let come = drugs.each.iter().map(Drug::comes);
        let left = Left::new(drugs.modulation, drugs.mechanisms, drugs.pumps.to_vec(), come, until, patience)?;
        let divides = left.moves_births() || actions.iter().any(|action| action.mode != Mode::Cytotoxic);
        let grouped = |index: usize| combination.groups.iter().any(|group| group.drugs.contains(&index));
        let kills = |(index, action): (usize, &Action<'_>)| action.mode == Mode::Cytotoxic && !grouped(index);
        let alone: Vec<bool> = actions.iter().enumerate().map(kills).collect();
        let summed: Vec<bool> = alone.iter().zip(&actions).map(|(&alone, action)| alone && action.is_still()).collect();
        let transitions = Transitions::new(&niche.driven, &actions, &summed, divides);
        let pairs = &combination.interactions;
        let apart = |(index, &summed): (usize, &bool)| {
            let paired = pairs.iter().any(|one| one.pair.0 == index || one.pair.1 == index);
            summed && !paired && !transitions.asks_for(index)
        };
        let apart: Vec<bool> = summed.iter().enumerate().map(apart).collect();
        let sums_more = divides || !transitions.are_lines() || !groups.is_empty() || !pairs.is_empty();
        let all_apart = !sums_more && apart.iter().all(|&apart| apart);
        Ok(Self { birth, actions, divides, combination, groups, left, alone, apart, all_apart, transitions })
    }

    pub(super) fn scratch(&self) -> Scratch {
        let mut scratch = Scratch::default();
        for at_each in [&mut scratch.at_each, &mut scratch.ln_at_each] {
            at_each.resize_with(self.actions.len(), AtEach::default);
        }
        scratch.effects.resize_with(self.actions.len(), Vec::new);
        scratch.shares.resize_with(self.actions.len(), Vec::new);
        scratch.sums = self.actions.iter().map(|action| vec![Sums::default(); action.number()]).collect();
        scratch
    }

    /// Whether a drug takes from birth.
    pub(super) fn divides(&self) -> bool {
        self.divides
    }

    /// How many types it has.
    pub(super) fn types(&self) -> usize {
        self.birth.len()
    }

    /// Births at rest of the types of which lost births are summed.
    pub(super) fn births_lost(&self) -> impl Iterator<Item = f64> + '_ {
        self.birth.iter().copied().filter(|_| self.divides)
    }

    /// Length of its sums: of deaths, and of births lost if any drug takes from them.
    pub(super) fn rates(&self) -> usize {
        if self.divides { 2 * self.types() } else { self.types() }
    }

    /// Length of its sums, transitions included.
    pub(super) fn width(&self) -> usize {
        self.rates() + self.transitions.number()
    }

    /// Concentrations, then what is left of mechanisms, then effects, then groups and pairs, then rates: added, with weights, to
    /// the death of every type, then, if any drug takes from it, to its lost birth, then to every distinct transition. What single
    /// drugs add to death waits in the scratch for `expand`.
    pub(super) fn add(&self, at: &Instants, total: &mut [Sums], scratch: &mut Scratch, seen: &mut Seen) {
        for (k, action) in self.actions.iter().enumerate() {
            let (free, ln_free) = (&mut scratch.at_each[k], &mut scratch.ln_at_each[k]);
            if self.left.delivers(k) {
                for (free, &time) in free.iter_mut().zip(at.times()) {
                    *free = self.left.delivered(k, time);
                }
                *ln_free = free.map(ln);
            } else {
                let (there, ln_there) = seen.concentrations(action.course, action.compartment, at);
                *free = there.map(|there| action.unbound * there);
                *ln_free = ln_there.map(|there| action.ln_unbound + there);
            }
        }
        let weights = at.weights();
        for (k, action) in self.actions.iter().enumerate().filter(|&(k, _)| self.apart[k]) {
            action.add_still(&scratch.ln_at_each[k], weights, &mut scratch.sums[k]);
        }
        if !self.all_apart {
            for (j, (&time, weights)) in at.times().iter().zip(weights).enumerate() {
                scratch.free.clear();
                scratch.free.extend(scratch.at_each.iter().map(|free| free[j]));
                self.add_instant(j, time, weights, total, scratch);
            }
        }
    }

    /// All but the drugs of which only the sum is needed, at the j-th instant, whose concentrations are in the scratch.
    fn add_instant(&self, j: usize, time: f64, weights: &Sums, total: &mut [Sums], scratch: &mut Scratch) {
        let Scratch { ln_at_each, free, left, effects, shares, sums, parts, .. } = scratch;
        self.left.at(time, free, left);
        let drives = !self.transitions.are_lines();
        for (k, action) in self.actions.iter().enumerate().filter(|&(k, _)| !self.apart[k]) {
            let shares = (drives && !action.is_still()).then_some(&mut shares[k]);
            action.effects(ln_at_each[k][j], left, &mut effects[k], shares);
            // By distinct actions; types have their part of it at the end.
            if self.alone[k] {
                sums[k].iter_mut().zip(&effects[k]).for_each(|(sum, &effect)| add_to(sum, weights, effect));
            }
        }
        for group in &self.groups {
            let effects = group.effects(&self.actions, free, left, parts);
            for (sum, &k) in total.iter_mut().zip(&group.of_type) {
                add_to(sum, weights, effects[k]);
            }
        }
        for one in &self.combination.interactions {
            let of = |k: usize, of_type: usize| {
                let action = &self.actions[k];
                action.emax[of_type] * effects[k][action.of_type[of_type]]
            };
            for (of_type, sum) in total.iter_mut().take(self.types()).enumerate() {
                add_to(sum, weights, one.more(of(one.pair.0, of_type), of(one.pair.1, of_type)));
            }
        }
        if self.divides {
            self.add_divisions(weights, total, scratch);
        }
        if drives {
            let births = self.divides.then_some(&*scratch.begun);
            let Scratch { effects, shares, .. } = &*scratch;
            let shares = |drug: usize| {
                if self.actions[drug].is_still() { effects[drug].as_slice() } else { shares[drug].as_slice() }
            };
            self.transitions.add(weights, shares, births, &mut total[self.rates()..]);
        }
    }

    /// Gives types, and transitions, what the distinct actions of drugs have summed up to over a time.
    pub(super) fn expand(&self, time: f64, total: &mut [Sums], scratch: &mut Scratch) {
        self.transitions.set_lines(time, &scratch.sums, &mut total[self.rates()..]);
        for ((action, sums), &alone) in self.actions.iter().zip(&mut scratch.sums).zip(&self.alone) {
            if alone {
                for ((sum, &k), emax) in total.iter_mut().zip(&action.of_type).zip(&action.emax) {
                    add_to(sum, &sums[k], *emax);
                }
                sums.fill(Sums::default());
            }
        }
    }

    /// What drugs do to divisions: fewer begin, in some of those the cell is lost, and deaths in proportion to them. What is left
    /// of the divisions that succeed stays in `begun`.
    fn add_divisions(&self, weights: &Sums, total: &mut [Sums], scratch: &mut Scratch) {
        let types = self.types();
        let Scratch { left, effects, begun, done, lost, .. } = scratch;
        let at_rest = self.left.births(left);
        for (share, start) in [(&mut *begun, at_rest), (&mut *done, 1.0), (&mut *lost, 0.0)] {
            share.clear();
            share.resize(types, start);
        }
        for (action, effects) in self.actions.iter().zip(&*effects) {
            let of_types = action.of_type.iter().zip(&action.emax).map(|(&k, emax)| emax * effects[k]);
            match action.mode {
                Mode::Cytotoxic => {}
                Mode::Cytostatic => begun.iter_mut().zip(of_types).for_each(|(share, effect)| *share *= 1.0 - effect),
                Mode::Dividing => done.iter_mut().zip(of_types).for_each(|(share, effect)| *share *= 1.0 - effect),
                Mode::NortonSimon => lost.iter_mut().zip(of_types).for_each(|(sum, effect)| *sum += effect),
            }
        }
        let (death, birth) = total.split_at_mut(types);
        for of_type in 0..types {
            let (started, succeed) = (begun[of_type], done[of_type]);
            add_to(&mut birth[of_type], weights, 1.0 - started * succeed);
            let dying = self.birth[of_type] * started * ((1.0 - succeed) + lost[of_type]);
            add_to(&mut death[of_type], weights, dying);
            begun[of_type] = started * succeed;
        }
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
    pub(super) fn kinks(&self) -> impl Iterator<Item = f64> + '_ {
        self.actions.iter().flat_map(|action| action.course.kinks()).chain(self.left.kinks())
    }
}
