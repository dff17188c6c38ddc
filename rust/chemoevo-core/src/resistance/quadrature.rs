//! Integrals of the drug effects on every cell type over a stretch of time.
//!
//! Gauss-Legendre quadrature with five nodes, exact for polynomials of degree 9 (Davis & Rabinowitz 1984, Methods
//! of Numerical Integration, 2nd ed., section 2.7). The nodes are interior, so a cell that ends at a kink never
//! sees the other side of it.

use super::chain::Potency;
use super::combination::{Combination, Drugs, Group, Part};
use super::drug::{Drug, Mode};
use crate::pharmacology::{Course, Measure};

pub(super) const NODES: [f64; 5] =
    [-0.906_179_845_938_664, -0.538_469_310_105_683_1, 0.0, 0.538_469_310_105_683_1, 0.906_179_845_938_664];
pub(super) const WEIGHTS: [f64; 5] = [
    0.236_926_885_056_189_08,
    0.478_628_670_499_366_47,
    0.568_888_888_888_888_9,
    0.478_628_670_499_366_47,
    0.236_926_885_056_189_08,
];

/// One drug, with every distinct action computed once.
struct Action<'a> {
    course: &'a Course,
    compartment: usize,
    unbound: f64,
    mode: Mode,
    /// Potencies with the logarithm of their EC50.
    distinct: Vec<(Potency, f64)>,
    /// Position of each type's action among the distinct ones.
    of_type: Vec<usize>,
}

/// Added death and lost birth of every type, as functions of time.
pub(super) struct Effects<'a> {
    types: usize,
    actions: Vec<Action<'a>>,
    cytostatic: bool,
    combination: &'a Combination,
    groups: Vec<Grouped<'a>>,
}

/// Drugs of a group, with every distinct tuple of their actions computed once.
struct Grouped<'a> {
    group: &'a Group,
    /// Positions among the distinct actions of every drug.
    distinct: Vec<Vec<usize>>,
    /// Position of each type's tuple among the distinct ones.
    of_type: Vec<usize>,
}

/// Room for one instant.
#[derive(Default)]
struct Scratch {
    kept: Vec<f64>,
    effects: Vec<f64>,
    /// Of all drugs, where some act together.
    all: Vec<Vec<f64>>,
    parts: Vec<Part>,
}

impl<'a> Effects<'a> {
    pub(super) fn new(types: usize, drugs: Drugs<'a>) -> Self {
        let actions: Vec<Action<'a>> = drugs.each.iter().map(Action::new).collect();
        let cytostatic = actions.iter().any(|a| a.mode == Mode::Cytostatic);
        let combination = drugs.combination;
        let groups = combination.groups.iter().map(|group| Grouped::new(types, group, &actions)).collect();
        Self { types, actions, cytostatic, combination, groups }
    }

    /// Length of an integral: the added death of every type, then, if any drug is cytostatic, the lost birth.
    pub(super) fn width(&self) -> usize {
        if self.cytostatic { 2 * self.types } else { self.types }
    }

    /// Integral over `[a, b]` in hours: of the added death (hazard per day), and of the lost fraction of birth.
    pub(super) fn integral(&self, a: f64, b: f64) -> Vec<f64> {
        let (middle, half) = (0.5 * (a + b), 0.5 * (b - a));
        let mut total = vec![0.0; self.width()];
        let mut scratch = Scratch::default();
        for (node, weight) in NODES.iter().zip(WEIGHTS) {
            self.add(middle + half * node, weight * half, &mut total, &mut scratch);
        }
        total
    }

    /// Added death and lost birth at a time in hours.
    pub(super) fn at(&self, time: f64) -> Vec<f64> {
        let mut total = vec![0.0; self.width()];
        self.add(time, 1.0, &mut total, &mut Scratch::default());
        total
    }

    fn add(&self, time: f64, weight: f64, total: &mut [f64], scratch: &mut Scratch) {
        if !self.combination.is_independent() {
            self.add_together(time, weight, total, scratch);
        }
        let Scratch { kept, effects, .. } = scratch;
        kept.clear();
        kept.resize(if self.cytostatic { self.types } else { 0 }, 1.0);
        let alone = |&(index, _): &(usize, _)| !self.combination.groups.iter().any(|g| g.drugs.contains(&index));
        for (_, action) in self.actions.iter().enumerate().filter(alone) {
            let ln_concentration = action.free(time).ln();
            effects.clear();
            effects.extend(action.distinct.iter().map(|(p, ln_ec50)| p.effect_at(*ln_ec50, ln_concentration)));
            match action.mode {
                Mode::Cytotoxic => {
                    for (sum, &k) in total.iter_mut().zip(&action.of_type) {
                        *sum += weight * effects[k];
                    }
                }
                Mode::Cytostatic => {
                    for (share, &k) in kept.iter_mut().zip(&action.of_type) {
                        *share *= 1.0 - effects[k];
                    }
                }
            }
        }
        for (sum, share) in total[self.types..].iter_mut().zip(&*kept) {
            *sum += weight * (1.0 - share);
        }
    }

    /// What groups of drugs add, and pairs beyond their sum.
    fn add_together(&self, time: f64, weight: f64, total: &mut [f64], scratch: &mut Scratch) {
        let Scratch { all, parts, .. } = scratch;
        all.resize_with(self.actions.len(), Vec::new);
        for grouped in &self.groups {
            let drugs = &grouped.group.drugs;
            let concentrations: Vec<f64> = drugs.iter().map(|&k| self.actions[k].free(time)).collect();
            let effects: Vec<f64> = grouped
                .distinct
                .iter()
                .map(|tuple| {
                    parts.clear();
                    for ((&k, &of), free) in drugs.iter().zip(tuple).zip(&concentrations) {
                        let potency = self.actions[k].distinct[of].0;
                        parts.push(Part { dose: free / potency.ec50, hill: potency.hill, emax: potency.emax });
                    }
                    grouped.group.effect(parts)
                })
                .collect();
            for (sum, &k) in total.iter_mut().zip(&grouped.of_type) {
                *sum += weight * effects[k];
            }
        }
        for one in &self.combination.interactions {
            let pair = [one.pair.0, one.pair.1];
            for k in pair {
                let (action, ln_concentration) = (&self.actions[k], self.actions[k].free(time).ln());
                all[k].clear();
                all[k].extend(action.distinct.iter().map(|(p, ln_ec50)| p.effect_at(*ln_ec50, ln_concentration)));
            }
            let [a, b] = pair.map(|k| (&all[k], &self.actions[k].of_type));
            for (type_, sum) in total.iter_mut().take(self.types).enumerate() {
                *sum += weight * one.more(a.0[a.1[type_]], b.0[b.1[type_]]);
            }
        }
    }

    /// The integrals over both halves of `[a, b]`.
    pub(super) fn halves(&self, a: f64, b: f64) -> [Vec<f64>; 2] {
        let middle = 0.5 * (a + b);
        [self.integral(a, middle), self.integral(middle, b)]
    }

    /// Whether there is nothing of any drug before `time` (hours).
    pub(super) fn quiet_until(&self, time: f64) -> bool {
        self.actions.iter().all(|a| a.course.begins() >= time)
    }

    /// The fastest rate of all drugs, in 1/h.
    pub(super) fn fastest(&self) -> f64 {
        self.actions.iter().map(|a| a.course.fastest(a.compartment)).fold(0.0, f64::max)
    }
}

impl<'a> Grouped<'a> {
    fn new(types: usize, group: &'a Group, actions: &[Action<'_>]) -> Self {
        let mut distinct: Vec<Vec<usize>> = Vec::new();
        let of_type = (0..types).map(|type_| {
            let tuple: Vec<usize> = group.drugs.iter().map(|&k| actions[k].of_type[type_]).collect();
            distinct.iter().position(|other| *other == tuple).unwrap_or_else(|| {
                distinct.push(tuple);
                distinct.len() - 1
            })
        });
        let of_type = of_type.collect();
        Self { group, distinct, of_type }
    }
}

impl<'a> Action<'a> {
    fn new(drug: &'a Drug) -> Self {
        let mut distinct: Vec<(Potency, f64)> = Vec::new();
        let of_type = drug.potency.iter().map(|p| {
            distinct.iter().position(|(q, _)| q == p).unwrap_or_else(|| {
                distinct.push((*p, p.ec50.ln()));
                distinct.len() - 1
            })
        });
        let of_type = of_type.collect();
        Self {
            course: &drug.course,
            compartment: drug.compartment,
            unbound: drug.unbound,
            mode: drug.mode,
            distinct,
            of_type,
        }
    }

    /// In uM, unbound.
    fn free(&self, time: f64) -> f64 {
        self.unbound * self.course.at(self.compartment, time, Measure::Value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rule_is_exact_to_degree_nine() {
        for degree in 0..10 {
            let got: f64 = NODES.iter().zip(WEIGHTS).map(|(x, w)| w * x.powi(degree)).sum();
            let want = if degree % 2 == 0 { 2.0 / f64::from(degree + 1) } else { 0.0 };
            assert!((got - want).abs() < 1e-15, "{degree}");
        }
    }
}
