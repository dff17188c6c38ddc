//! Transitions that drugs drive: switching and mutation that follow the effect of drugs in the cells that they leave.
//!
//! With `H` a drug's share of its largest effect in the type that is left, in [0, 1], a transition has the rate (or probability)
//!
//! ```text
//! base prod_k (1 - taken_k H_k) + sum_k added_k H_k
//! ```
//!
//! Tolerance that is entered under drug adds, and the way back is taken from; a mutation probability `u (1 + (M - 1) H)` adds
//! `u (M - 1)`. Mutants arise at divisions, so the mean of a probability is weighted by the births: then their expected number
//! is exact. Every distinct transition is computed once.

use super::actions::Action;
use super::checks::{CompileError, range};
use super::combination::Drugs;
use super::nodes::{Sums, add_to};

/// What a transition is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transition {
    /// Without a division, per day.
    Switching,
    /// A probability per division.
    Mutation,
}

/// What a drug does to a transition.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drive {
    /// The drug, by its position.
    pub drug: usize,
    /// The share of the transition that its full effect takes away, in [0, 1].
    pub taken: f64,
    /// What its full effect adds, >= 0.
    pub added: f64,
}

/// A transition that drugs drive.
#[derive(Clone, Debug, PartialEq)]
pub struct Driven {
    /// The type that is left, by its position among those of the niche.
    pub from: usize,
    /// What it is.
    pub transition: Transition,
    /// Without drugs.
    pub base: f64,
    /// What drugs do to it.
    pub by: Vec<Drive>,
}

impl Driven {
    /// The most that it can be.
    fn most(&self) -> f64 {
        self.base + self.by.iter().map(|drive| drive.added).sum::<f64>()
    }

    pub(super) fn check(&self, types: usize, drugs: Drugs<'_>) -> Result<(), CompileError> {
        let (from, base) = (self.from, self.base);
        range("type that a driven transition leaves", "one of the niche", from as f64, from < types)?;
        range("driven transition", ">= 0 and finite", base, base >= 0.0 && base.is_finite())?;
        for drive in &self.by {
            let (drug, taken, added) = (drive.drug, drive.taken, drive.added);
            range("drug that drives a transition", "one that acts", drug as f64, drug < drugs.each.len())?;
            range("share taken of a transition", "in [0, 1]", taken, (0.0..=1.0).contains(&taken))?;
            range("what is added to a transition", ">= 0 and finite", added, added >= 0.0 && added.is_finite())?;
        }
        let probable = self.transition == Transition::Switching || self.most() <= 1.0;
        range("driven mutation probability", "at most 1 under full effects", self.most(), probable)
    }
}

/// A distinct transition: drives by the drug, its distinct action in the type that is left, and what that takes and adds.
#[derive(PartialEq)]
struct Distinct {
    base: f64,
    by: Vec<(usize, usize, f64, f64)>,
    /// For a mutation: a type that divides as the one that is left, by the effects of all drugs that take from birth: their
    /// distinct actions and, bit by bit, largest effects.
    divides_as: Option<(usize, Vec<(usize, u64)>)>,
}

impl Distinct {
    /// Whether it is a straight line in the shares of drugs, so that its integral follows from theirs: at most one of them takes
    /// from it, and births do not weigh it.
    fn is_line(&self, divides: bool) -> bool {
        let taking = self.by.iter().filter(|drive| drive.2 > 0.0).count();
        taking <= 1 && !(divides && self.divides_as.is_some())
    }
}

/// The driven transitions of a niche.
pub(super) struct Transitions<'a> {
    all: &'a [Driven],
    distinct: Vec<Distinct>,
    /// Which of the distinct ones are straight lines in shares whose integrals are known.
    lines: Vec<bool>,
    /// Position of each transition among the distinct ones.
    of: Vec<usize>,
}

impl<'a> Transitions<'a> {
    /// `summed` says of which drugs the integrals of shares are known, `divides` whether any drug takes from birth.
    pub(super) fn new(all: &'a [Driven], actions: &[Action<'_>], summed: &[bool], divides: bool) -> Self {
        let mut distinct: Vec<Distinct> = Vec::new();
        let of = all.iter().map(|one| {
            let drive = |drive: &Drive| (drive.drug, actions[drive.drug].of_type[one.from], drive.taken, drive.added);
            let classes = || {
                let dividing = actions.iter().filter(|action| action.mode.is_share());
                let effect = |action: &Action<'_>| (action.of_type[one.from], action.emax[one.from].to_bits());
                (one.from, dividing.map(effect).collect())
            };
            let made = Distinct {
                base: one.base,
                by: one.by.iter().map(drive).collect(),
                divides_as: (one.transition == Transition::Mutation).then(classes),
            };
            let same = |other: &Distinct| {
                let alike = match (&other.divides_as, &made.divides_as) {
                    (None, None) => true,
                    (Some((_, a)), Some((_, b))) => a == b,
                    _ => false,
                };
                alike && other.base == made.base && other.by == made.by
            };
            distinct.iter().position(same).unwrap_or_else(|| {
                distinct.push(made);
                distinct.len() - 1
            })
        });
        let of = of.collect();
        let line = |one: &Distinct| one.is_line(divides) && one.by.iter().all(|drive| summed[drive.0]);
        let lines = distinct.iter().map(line).collect();
        Self { all, distinct, lines, of }
    }

    /// How many there are.
    pub(super) fn all(&self) -> usize {
        self.all.len()
    }

    /// How many are distinct.
    pub(super) fn number(&self) -> usize {
        self.distinct.len()
    }

    /// Those that are no straight lines, of which every instant counts.
    fn bent(&self) -> impl Iterator<Item = &Distinct> {
        self.distinct.iter().zip(&self.lines).filter(|(_, line)| !**line).map(|(one, _)| one)
    }

    /// Whether all are straight lines in integrals that are known.
    pub(super) fn are_lines(&self) -> bool {
        self.bent().next().is_none()
    }

    /// Whether the share of a drug is asked for at every instant.
    pub(super) fn asks_for(&self, drug: usize) -> bool {
        self.bent().flat_map(|one| &one.by).any(|drive| drive.0 == drug)
    }

    /// Sets those that are straight lines, over a time and from sums of shares, by drugs and distinct actions.
    pub(super) fn set_lines(&self, time: f64, of_shares: &[Vec<Sums>], sums: &mut [Sums]) {
        for ((one, sum), _) in self.distinct.iter().zip(sums).zip(&self.lines).filter(|(_, line)| **line) {
            // At rest it has an integral alone.
            let (mut kept, mut added) = ([time, 0.0, 0.0], Sums::default());
            for &(drug, class, taken, more) in &one.by {
                add_to(&mut kept, &of_shares[drug][class], -taken);
                add_to(&mut added, &of_shares[drug][class], more);
            }
            // Of what is taken whole, rounding must not leave less than nothing.
            kept[0] = kept[0].max(0.0);
            add_to(&mut added, &kept, one.base);
            *sum = added;
        }
    }

    /// Adds each of the other distinct ones at an instant: `shares` of the largest effects by distinct actions of a drug, and by types what is
    /// left of births, where drugs take from it.
    pub(super) fn add<'s>(
        &self,
        weights: &Sums,
        shares: impl Fn(usize) -> &'s [f64],
        births: Option<&[f64]>,
        sums: &mut [Sums],
    ) {
        for ((one, sum), _) in self.distinct.iter().zip(sums).zip(&self.lines).filter(|(_, line)| !**line) {
            let (mut kept, mut added) = (one.base, 0.0);
            for &(drug, class, taken, more) in &one.by {
                let share = shares(drug)[class];
                kept *= 1.0 - taken * share;
                added += more * share;
            }
            let dividing = match (&one.divides_as, births) {
                (Some((of_type, _)), Some(births)) => births[*of_type],
                _ => 1.0,
            };
            add_to(sum, weights, dividing * (kept + added));
        }
    }

    /// Means over a time from the sums of the distinct ones; `births` is what is left of births on average, by types.
    pub(super) fn means<'s>(
        &'s self,
        sums: &'s [f64],
        time: f64,
        births: impl Fn(usize) -> f64 + 's,
    ) -> impl Iterator<Item = f64> + 's {
        self.all.iter().zip(&self.of).map(move |(one, &k)| {
            let mean = sums[k] / time;
            match one.transition {
                Transition::Switching => mean,
                Transition::Mutation => {
                    let left = births(one.from);
                    // Where none divides, none mutates. Rounding must not lift it above the most there can be.
                    if left > 0.0 { (mean / left).min(one.most()) } else { one.base }
                }
            }
        })
    }

    /// Without drugs.
    pub(super) fn bases(&self) -> impl Iterator<Item = f64> + '_ {
        self.all.iter().map(|one| one.base)
    }
}
