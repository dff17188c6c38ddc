//! The action of one drug, or of a group of drugs, on all types: every distinct curve is computed once.

use super::chain::Potency;
use super::combination::{Group, Part};
use super::drug::{Drug, Mode};
use super::moves::Moves;
use super::nodes::{AtEach, Instants, Sums, add_to};
use crate::pharmacology::Course;
use std::sync::Arc;

/// Largest exponent of a power: beyond it an effect is 0 or all.
const LARGEST: f64 = 700.0;

/// Curves of one exponent that nothing moves: one power serves all.
struct Still {
    hill: f64,
    /// `(EC50/that of the first type)^h`.
    kappas: Vec<f64>,
}

/// A curve that is moved in time.
#[derive(Debug, PartialEq)]
struct Moving<'a> {
    potency: Potency,
    moves: &'a Moves,
    kappa: f64,
}

/// One drug, with every distinct curve computed once: effects of types are their Emax times one of them.
pub(super) struct Action<'a> {
    pub(super) course: &'a Arc<Course>,
    pub(super) compartment: usize,
    pub(super) unbound: f64,
    pub(super) ln_unbound: f64,
    pub(super) mode: Mode,
    still: Vec<Still>,
    moving: Vec<Moving<'a>>,
    ln_ec50: f64,
    /// Position of each type's curve: those that stand still come first, exponent by exponent.
    pub(super) of_type: Vec<usize>,
    /// Emax of each type, where nothing moves it.
    pub(super) emax: Vec<f64>,
}

impl<'a> Action<'a> {
    pub(super) fn new(drug: &'a Drug) -> Self {
        let ln_ec50 = drug.potency.first().map_or(0.0, |first| first.ec50.ln());
        let (mut still, mut moving): (Vec<Still>, Vec<Moving<'a>>) = (Vec::new(), Vec::new());
        // Group and place of each type, to be counted through at the end.
        let mut places = Vec::with_capacity(drug.potency.len());
        for (k, potency) in drug.potency.iter().enumerate() {
            let kappa = power(potency.hill * (potency.ec50.ln() - ln_ec50));
            let moves = drug.moves.get(k).filter(|moves| !moves.is_empty());
            places.push(if let Some(moves) = moves {
                // Emax is a factor of its own.
                let one = Moving { potency: Potency { emax: 1.0, ..*potency }, moves, kappa };
                let found = moving.iter().position(|other| *other == one);
                (
                    None,
                    found.unwrap_or_else(|| {
                        moving.push(one);
                        moving.len() - 1
                    }),
                )
            } else {
                let group = still.iter().position(|other| other.hill == potency.hill).unwrap_or_else(|| {
                    still.push(Still { hill: potency.hill, kappas: Vec::new() });
                    still.len() - 1
                });
                let kappas = &mut still[group].kappas;
                (
                    Some(group),
                    kappas.iter().position(|&other| other == kappa).unwrap_or_else(|| {
                        kappas.push(kappa);
                        kappas.len() - 1
                    }),
                )
            });
        }
        let before = |group: usize| still[..group].iter().map(|one| one.kappas.len()).sum::<usize>();
        let of_type = places.into_iter().map(|(group, k)| before(group.unwrap_or(still.len())) + k).collect();
        let emax = drug.potency.iter().map(|potency| potency.emax).collect();
        let Drug { course, compartment, unbound, mode, .. } = drug;
        let (compartment, unbound, mode) = (*compartment, *unbound, *mode);
        let ln_unbound = ln(unbound);
        Self { course, compartment, unbound, ln_unbound, mode, still, moving, ln_ec50, of_type, emax }
    }

    /// How many distinct curves it has.
    pub(super) fn number(&self) -> usize {
        self.still.iter().map(|one| one.kappas.len()).sum::<usize>() + self.moving.len()
    }

    /// The fastest rate of its kinetics, in 1/h.
    pub(super) fn fastest(&self) -> f64 {
        self.course.fastest(self.compartment)
    }

    /// Every distinct curve at a concentration (uM), of which the logarithm is given: `x/(x + kappa)` with `x = (C/EC50)^h` of the first type, which is one power for
    /// all whose EC50 is any multiple of it. `effects` are what Emax is multiplied by, `shares` the curves alone, in [0, 1], for who
    /// asks for them: these two differ where a mechanism moves Emax.
    pub(super) fn effects(&self, ln_free: f64, left: &[f64], effects: &mut Vec<f64>, shares: Option<&mut Vec<f64>>) {
        effects.clear();
        if ln_free == f64::NEG_INFINITY {
            effects.resize(self.number(), 0.0);
            if let Some(shares) = shares {
                shares.clone_from(effects);
            }
            return;
        }
        let ln_dose = ln_free - self.ln_ec50;
        for one in &self.still {
            let inverse = power(-one.hill * ln_dose);
            effects.extend(one.kappas.iter().map(|kappa| 1.0 / (1.0 + kappa * inverse)));
        }
        for one in &self.moving {
            let kappa = one.kappa * raised(one.moves.on_ec50(left), one.potency.hill);
            effects.push(1.0 / (1.0 + kappa * power(-one.potency.hill * ln_dose)));
        }
        if let Some(shares) = shares {
            shares.clone_from(effects);
        }
        let still = effects.len() - self.moving.len();
        for (effect, one) in effects[still..].iter_mut().zip(&self.moving) {
            *effect *= one.moves.on_emax(left);
        }
    }

    /// Whether nothing moves any curve: then `effects` and the shares are the same.
    pub(super) fn is_still(&self) -> bool {
        self.moving.is_empty()
    }

    /// Adds every distinct curve at concentrations (uM), of which the logarithms are given, each with its weights, to `sums`, where
    /// nothing moves any.
    pub(super) fn add_still(&self, ln_free: &AtEach, weights: &[Sums], sums: &mut [Sums]) {
        let mut rest = sums;
        for one in &self.still {
            let (sums, others) = rest.split_at_mut(one.kappas.len());
            let inverse = ln_free.map(|ln| match ln {
                f64::NEG_INFINITY => f64::INFINITY,
                ln => power(-one.hill * (ln - self.ln_ec50)),
            });
            for (sum, kappa) in sums.iter_mut().zip(&one.kappas) {
                // All at once, also those that have no weight.
                let effects = inverse.map(|inverse| 1.0 / (1.0 + kappa * inverse));
                for (weights, effect) in weights.iter().zip(effects) {
                    add_to(sum, weights, effect);
                }
            }
            rest = others;
        }
    }

    /// The dose in units of EC50, exponent and Emax of a type, for a group.
    fn part(&self, of_type: usize, free: f64, left: &[f64]) -> Part {
        let (mut k, emax) = (self.of_type[of_type], self.emax[of_type]);
        for one in &self.still {
            if let Some(kappa) = one.kappas.get(k) {
                let ln_dose = free.ln() - self.ln_ec50 - kappa.ln() / one.hill;
                return Part { dose: ln_dose.exp(), hill: one.hill, emax };
            }
            k -= one.kappas.len();
        }
        let Moving { potency, moves, .. } = &self.moving[k];
        let (dose, emax) = (free / (potency.ec50 * moves.on_ec50(left)), emax * moves.on_emax(left));
        Part { dose, hill: potency.hill, emax }
    }
}

/// Logarithm of a concentration; of less than nothing, which is rounding, that of nothing.
pub(super) fn ln(concentration: f64) -> f64 {
    if concentration > 0.0 { concentration.ln() } else { f64::NEG_INFINITY }
}

fn power(exponent: f64) -> f64 {
    exponent.clamp(-LARGEST, LARGEST).exp()
}

fn raised(base: f64, exponent: f64) -> f64 {
    if exponent == 1.0 { base } else { power(exponent * base.ln()) }
}

/// Concentrations at some instants: niches ask for the same ones.
#[derive(Default)]
pub(super) struct Seen(Vec<SeenOf>);

struct SeenOf {
    course: *const Course,
    compartment: usize,
    /// The stretch of the course in which the last instant was: the next is mostly in the same.
    stretch: usize,
    /// In mg/L, at the instants, and their logarithms; none yet where they are others now.
    values: Option<(AtEach, AtEach)>,
}

impl Seen {
    /// Forgets them, for other instants.
    pub(super) fn clear(&mut self) {
        self.0.iter_mut().for_each(|one| one.values = None);
    }

    /// In a compartment of a course at the instants, in hours (mg/L), and their logarithms.
    pub(super) fn concentrations(
        &mut self,
        course: &Arc<Course>,
        compartment: usize,
        at: &Instants,
    ) -> &(AtEach, AtEach) {
        let key = Arc::as_ptr(course);
        let place = self.0.iter().position(|one| one.course == key && one.compartment == compartment);
        let place = place.unwrap_or_else(|| {
            self.0.push(SeenOf { course: key, compartment, stretch: 0, values: None });
            self.0.len() - 1
        });
        let SeenOf { stretch, values, .. } = &mut self.0[place];
        values.get_or_insert_with(|| {
            let mut found = AtEach::default();
            course.concentrations(compartment, at.times(), stretch, &mut found);
            (found, found.map(ln))
        })
    }
}

/// Drugs of a group, with every distinct tuple of their actions computed once.
pub(super) struct Grouped<'a> {
    group: &'a Group,
    /// A type of each distinct tuple.
    distinct: Vec<usize>,
    /// Position of each type's tuple among the distinct ones.
    pub(super) of_type: Vec<usize>,
}

impl<'a> Grouped<'a> {
    pub(super) fn new(types: usize, group: &'a Group, actions: &[Action<'_>]) -> Self {
        let mut seen: Vec<Vec<(usize, u64)>> = Vec::new();
        let mut distinct = Vec::new();
        let of_type = (0..types).map(|of_type| {
            let one = |&k: &usize| (actions[k].of_type[of_type], actions[k].emax[of_type].to_bits());
            let tuple: Vec<(usize, u64)> = group.drugs.iter().map(one).collect();
            seen.iter().position(|other| *other == tuple).unwrap_or_else(|| {
                seen.push(tuple);
                distinct.push(of_type);
                seen.len() - 1
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
        let effect = |&of_type: &usize| {
            parts.clear();
            parts.extend(self.group.drugs.iter().map(|&k| actions[k].part(of_type, free[k], left)));
            self.group.effect(parts)
        };
        self.distinct.iter().map(effect).collect()
    }
}
