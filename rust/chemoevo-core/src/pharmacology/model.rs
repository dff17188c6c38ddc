//! The kinetics of one drug in one patient, as a cascade of first-order stages and what saturates.
//!
//! The stages are those of absorption, which hold amounts; the phases of the disposition, which hold shares of the plasma
//! concentration; the phases of every metabolite; and the effect compartments. Saturable elimination and transfer are
//! their linear limits, as for concentrations far below their KM, less what saturation takes from them:
//!
//! ```text
//! VM C/(KM + C) = (VM/KM) C - g(C),    g(C) = (VM/KM) C^2/(KM + C) >= 0.
//! ```
//!
//! So the limit is a mammillary disposition like any other, and `g` an input: of what is not eliminated, into plasma; of what is
//! not transferred, into plasma and out of the compartment it would have gone to.

use super::cascade::Cascade;
use super::inflow::Inflow;
use super::kinetics::{Disposition, KineticsError, not_negative};
use super::parts::{Absorption, Effect, Metabolite, Saturable, Transit};
use std::ops::Range;

/// What a drug's kinetics are made of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parts {
    /// Linear clearance in L/h; 0 where all elimination is saturable.
    pub clearance: f64,
    /// Central volume in L.
    pub volume: f64,
    /// Exchange clearance (L/h) and volume (L) of each peripheral compartment.
    pub peripherals: Vec<(f64, f64)>,
    /// Between a mouth and plasma, if it is ever given by mouth.
    pub absorption: Option<Absorption>,
    /// What it becomes.
    pub metabolites: Vec<Metabolite>,
    /// What follows it or a metabolite.
    pub effects: Vec<Effect>,
    /// What saturates.
    pub saturable: Saturable,
}

/// Where in the cascade one compartment is: its stages, whose sum it is, and the ways to them.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) stages: Range<usize>,
    pub(super) ways: Range<usize>,
}

/// One saturable process beside its linear limit.
#[derive(Clone, Debug)]
pub(super) struct Saturation {
    /// `VM/KM` in L/h.
    slope: f64,
    /// `KM`.
    half: f64,
    /// Of every stage, what one unit of `g` per hour puts into it.
    pub(super) feeds: Vec<f64>,
}

impl Saturation {
    /// `g(C)`, amount/h.
    pub(super) fn missing(&self, concentration: f64) -> f64 {
        self.slope * concentration * (concentration / (self.half + concentration))
    }

    /// Its derivative.
    pub(super) fn slope(&self, concentration: f64) -> f64 {
        let share = concentration / (self.half + concentration);
        self.slope * share * (2.0 - share)
    }
}

/// The kinetics of one drug in one patient.
#[derive(Clone, Debug)]
pub struct Model {
    pub(super) cascade: Cascade,
    pub(super) dispositions: Vec<Disposition>,
    /// Plasma, metabolites, effect compartments.
    pub(super) places: Vec<Place>,
    /// Lag (h) and share of a dose by mouth.
    pub(super) by_mouth: Option<(f64, f64)>,
    /// How a dose by mouth enters plasma, where that is not by stages.
    pub(super) inflow: Option<Inflow>,
    pub(super) saturations: Vec<Saturation>,
}

impl Model {
    /// From its parts.
    ///
    /// # Errors
    /// [`KineticsError`] for the first parameter that is out of range.
    pub fn new(parts: &Parts) -> Result<Self, KineticsError> {
        parts.saturable.check()?;
        not_negative("clearance", parts.clearance)?;
        let (mut limit, mut peripherals) = (parts.clearance, parts.peripherals.clone());
        if let Some((most, half)) = parts.saturable.elimination {
            limit += most / half;
        }
        if let Some((most, half, back)) = parts.saturable.transfer {
            peripherals.push((most / half, most / half / back));
        }
        let plasma = Disposition::new(limit, parts.volume, &peripherals)?;

        let mut cascade = Cascade::default();
        let mut last: Option<(usize, f64)> = None;
        if let Some(absorption) = &parts.absorption {
            absorption.check()?;
            if let Transit::Stages(rates) = &absorption.transit {
                for &rate in rates {
                    cascade.push(rate, last.into_iter());
                    last = Some((cascade.stages() - 1, rate));
                }
            }
        }
        let mut stages = Vec::with_capacity(1 + parts.metabolites.len() + parts.effects.len());
        stages.push(phases(&mut cascade, &plasma, last.into_iter()));
        let mut dispositions = vec![plasma];
        for metabolite in &parts.metabolites {
            not_negative("formed", metabolite.formed)?;
            let own = Disposition::new(metabolite.clearance, metabolite.volume, &metabolite.peripherals)?;
            let formed = stages[0].clone().map(|stage| (stage, metabolite.formed * limit));
            stages.push(phases(&mut cascade, &own, formed));
            dispositions.push(own);
        }
        for effect in &parts.effects {
            effect.check(parts.metabolites.len())?;
            let start = cascade.stages();
            cascade.push(effect.rate, stages[effect.source].clone().map(|stage| (stage, effect.rate * effect.ratio)));
            stages.push(start..start + 1);
        }
        let places = stages.iter().map(|s| Place { stages: s.clone(), ways: cascade.ways_to(s) }).collect();
        let by_mouth = parts.absorption.as_ref().map(|a| (a.lag, a.share));
        let inflow = match parts.absorption.as_ref().map(|a| &a.transit) {
            Some(&Transit::Gamma { number, rate }) => {
                Some(Inflow::new(number, rate, &cascade, &stages[0], dispositions[0].coefficients()))
            }
            _ => None,
        };
        let mut model = Self { cascade, dispositions, places, by_mouth, inflow, saturations: Vec::new() };
        model.saturate(parts);
        Ok(model)
    }

    fn saturate(&mut self, parts: &Parts) {
        let none = || vec![0.0; self.cascade.stages()];
        let mut found = Vec::new();
        if let Some((most, half)) = parts.saturable.elimination {
            let mut feeds = none();
            feeds[self.places[0].stages.clone()].copy_from_slice(self.dispositions[0].coefficients());
            let metabolites = parts.metabolites.iter().zip(&self.dispositions[1..]).zip(&self.places[1..]);
            for ((metabolite, own), place) in metabolites {
                for (feed, a) in feeds[place.stages.clone()].iter_mut().zip(own.coefficients()) {
                    *feed = -metabolite.formed * a;
                }
            }
            found.push(Saturation { slope: most / half, half, feeds });
        }
        if let Some((most, half, back)) = parts.saturable.transfer {
            let mut feeds = none();
            let out = self.dispositions[0].moved_out(back);
            for (feed, moved) in feeds[self.places[0].stages.clone()].iter_mut().zip(out) {
                *feed = -moved;
            }
            found.push(Saturation { slope: most / half, half, feeds });
        }
        self.saturations = found;
    }

    /// Number of compartments: plasma, metabolites, effect compartments.
    #[must_use]
    pub fn compartments(&self) -> usize {
        self.places.len()
    }

    /// Whether superposition holds.
    #[must_use]
    pub fn is_linear(&self) -> bool {
        self.saturations.is_empty()
    }

    /// The disposition in plasma: of a saturable drug, that of its linear limit.
    #[must_use]
    pub fn disposition(&self) -> &Disposition {
        &self.dispositions[0]
    }

    /// Whether a dose can be given by mouth.
    #[must_use]
    pub fn has_absorption(&self) -> bool {
        self.by_mouth.is_some()
    }

    /// Rates of all stages and coefficients of all dispositions: kinetics with the same hold the same in the same values.
    pub(super) fn fingerprint(&self) -> Vec<f64> {
        let coefficients = self.dispositions.iter().flat_map(|d| d.coefficients());
        self.cascade.rates().iter().chain(coefficients).copied().collect()
    }

    /// The smallest KM of what saturates.
    pub(super) fn smallest_half(&self) -> f64 {
        self.saturations.iter().map(|s| s.half).fold(f64::INFINITY, f64::min)
    }

    /// The stages that an amount enters, and how much of a unit each has then.
    pub(super) fn entry(&self, by_mouth: bool) -> impl Iterator<Item = (usize, f64)> + '_ {
        let plasma = self.places[0].stages.clone().zip(self.dispositions[0].coefficients().iter().copied());
        let depot = by_mouth.then_some((0, 1.0));
        depot.into_iter().chain(plasma.take(if by_mouth { 0 } else { usize::MAX }))
    }
}

/// Adds the phases of a disposition, into the central compartment of which `amounts` are sent.
fn phases(
    cascade: &mut Cascade,
    disposition: &Disposition,
    amounts: impl Iterator<Item = (usize, f64)> + Clone,
) -> Range<usize> {
    let start = cascade.stages();
    for (a, l) in disposition.phases() {
        cascade.push(l, amounts.clone().map(|(stage, gain)| (stage, gain * a)));
    }
    start..cascade.stages()
}
