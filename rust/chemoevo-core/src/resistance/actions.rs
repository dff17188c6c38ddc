//! The action of one drug, or of a group of drugs, on all types: every distinct one is computed once.

use super::chain::Potency;
use super::combination::{Group, Part};
use super::drug::{Drug, Mode};
use super::moves::Moves;
use crate::pharmacology::{Course, Measure};

/// Largest exponent of a power: beyond it an effect is 0 or all.
const LARGEST: f64 = 700.0;

/// A distinct action of a drug.
#[derive(Debug, PartialEq)]
struct Distinct<'a> {
    potency: Potency,
    moves: Option<&'a Moves>,
    /// Position of its exponent among those of the drug.
    hill: usize,
    /// `(EC50/that of the first action)^h`.
    kappa: f64,
}

/// One drug, with every distinct action computed once.
pub(super) struct Action<'a> {
    pub(super) course: &'a Course,
    compartment: usize,
    unbound: f64,
    pub(super) mode: Mode,
    distinct: Vec<Distinct<'a>>,
    /// Exponents; actions of one drug have the same as a rule, so that one power serves all.
    hills: Vec<f64>,
    ln_ec50: f64,
    /// Position of each type's action among the distinct ones.
    pub(super) of_type: Vec<usize>,
}

impl<'a> Action<'a> {
    pub(super) fn new(drug: &'a Drug) -> Self {
        let ln_ec50 = drug.potency.first().map_or(0.0, |first| first.ec50.ln());
        let (mut distinct, mut hills): (Vec<Distinct<'a>>, Vec<f64>) = (Vec::new(), Vec::new());
        let mut of_type = Vec::with_capacity(drug.potency.len());
        for (k, potency) in drug.potency.iter().enumerate() {
            let moves = drug.moves.get(k).filter(|moves| !moves.is_empty());
            let same = |other: &Distinct<'_>| other.potency == *potency && other.moves == moves;
            of_type.push(distinct.iter().position(same).unwrap_or_else(|| {
                let hill = hills.iter().position(|&other| other == potency.hill).unwrap_or_else(|| {
                    hills.push(potency.hill);
                    hills.len() - 1
                });
                let kappa = power(potency.hill * (potency.ec50.ln() - ln_ec50));
                distinct.push(Distinct { potency: *potency, moves, hill, kappa });
                distinct.len() - 1
            }));
        }
        let (compartment, unbound, mode) = (drug.compartment, drug.unbound, drug.mode);
        Self { course: &drug.course, compartment, unbound, mode, distinct, hills, ln_ec50, of_type }
    }

    /// How many distinct actions it has.
    pub(super) const fn number(&self) -> usize {
        self.distinct.len()
    }

    /// In uM, unbound.
    pub(super) fn free(&self, time: f64) -> f64 {
        self.unbound * self.course.at(self.compartment, time, Measure::Value)
    }

    /// The fastest rate of its kinetics, in 1/h.
    pub(super) fn fastest(&self) -> f64 {
        self.course.fastest(self.compartment)
    }

    /// The effect of every distinct action at a concentration (uM): `Emax x/(x + kappa)` with `x = (C/EC50)^h` of the first, which
    /// is one power for all whose EC50 is any multiple of it.
    ///
    /// `shares` are those without Emax, in [0, 1], for who asks for them.
    pub(super) fn effects(&self, free: f64, left: &[f64], effects: &mut Vec<f64>, shares: Option<&mut Vec<f64>>) {
        effects.clear();
        let mut none = Vec::new();
        let wanted = shares.is_some();
        let shares = shares.unwrap_or(&mut none);
        shares.clear();
        if free <= 0.0 {
            shares.resize(self.distinct.len(), 0.0);
            effects.resize(self.distinct.len(), 0.0);
            return;
        }
        let ln_dose = free.ln() - self.ln_ec50;
        let mut last = (usize::MAX, 0.0);
        for one in &self.distinct {
            if last.0 != one.hill {
                last = (one.hill, power(-self.hills[one.hill] * ln_dose));
            }
            let (kappa, emax) = match one.moves {
                None => (one.kappa, one.potency.emax),
                Some(moves) => {
                    let kappa = one.kappa * raised(moves.on_ec50(left), one.potency.hill);
                    (kappa, one.potency.emax * moves.on_emax(left))
                }
            };
            let inverse = 1.0 + kappa * last.1;
            effects.push(emax / inverse);
            if wanted {
                shares.push(inverse.recip());
            }
        }
    }

    /// The dose in units of EC50, exponent and Emax of a distinct action, for a group.
    fn part(&self, of: usize, free: f64, left: &[f64]) -> Part {
        let Distinct { potency, moves, .. } = &self.distinct[of];
        let (on_ec50, on_emax) = moves.map_or((1.0, 1.0), |moves| (moves.on_ec50(left), moves.on_emax(left)));
        Part { dose: free / (potency.ec50 * on_ec50), hill: potency.hill, emax: potency.emax * on_emax }
    }
}

fn power(exponent: f64) -> f64 {
    exponent.clamp(-LARGEST, LARGEST).exp()
}

fn raised(base: f64, exponent: f64) -> f64 {
    if exponent == 1.0 { base } else { power(exponent * base.ln()) }
}

/// Drugs of a group, with every distinct tuple of their actions computed once.
pub(super) struct Grouped<'a> {
    group: &'a Group,
    /// Positions among the distinct actions of every drug.
    distinct: Vec<Vec<usize>>,
    /// Position of each type's tuple among the distinct ones.
    pub(super) of_type: Vec<usize>,
}

impl<'a> Grouped<'a> {
    pub(super) fn new(types: usize, group: &'a Group, actions: &[Action<'_>]) -> Self {
        let mut distinct: Vec<Vec<usize>> = Vec::new();
        let of_type = (0..types).map(|of_type| {
            let tuple: Vec<usize> = group.drugs.iter().map(|&k| actions[k].of_type[of_type]).collect();
            distinct.iter().position(|other| *other == tuple).unwrap_or_else(|| {
                distinct.push(tuple);
                distinct.len() - 1
            })
        });
        let of_type = of_type.collect();
        Self { group, distinct, of_type }
    }

    /// The effect of every distinct tuple.
    pub(super) fn effects(
        &self,
        actions: &[Action<'_>],
        free: &[f64],
        left: &[f64],
        parts: &mut Vec<Part>,
    ) -> Vec<f64> {
        let effect = |tuple: &Vec<usize>| {
            parts.clear();
            let each = self.group.drugs.iter().zip(tuple);
            parts.extend(each.map(|(&k, &of)| actions[k].part(of, free[k], left)));
            self.group.effect(parts)
        };
        self.distinct.iter().map(effect).collect()
    }
}
