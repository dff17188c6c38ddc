//! The parts of which a drug's kinetics are made, next to a disposition.

use super::kinetics::{KineticsError, not_negative, positive};

/// Most stages of absorption, the last of which empties into plasma.
pub(super) const MOST_STAGES: usize = 50;

/// What a dose goes through on its way into plasma.
#[derive(Clone, Debug, PartialEq)]
pub enum Transit {
    /// Stages of these rates (1/h); the last empties into plasma. One is first-order absorption; equal ones are transit
    /// compartments.
    Stages(Vec<f64>),
    /// A number of equal stages that need not be whole: what is given at once enters plasma by a gamma density (Savic et al.
    /// 2007, doi:10.1007/s10928-007-9066-0, whose n is the number less one).
    Gamma {
        /// Of stages, at least 1.
        number: f64,
        /// In 1/h, of each.
        rate: f64,
    },
}

/// What is between a mouth and plasma.
#[derive(Clone, Debug, PartialEq)]
pub struct Absorption {
    /// What a dose goes through.
    pub transit: Transit,
    /// Hours before it begins.
    pub lag: f64,
    /// Share of the dose that does; apparent parameters may make it more than 1.
    pub share: f64,
}

/// What part of a drug becomes, and how that leaves.
#[derive(Clone, Debug, PartialEq)]
pub struct Metabolite {
    /// Amount formed per amount eliminated: the fraction formed, times the ratio of molar masses if amounts are masses.
    pub formed: f64,
    /// Clearance in L/h.
    pub clearance: f64,
    /// Central volume in L.
    pub volume: f64,
    /// Exchange clearance (L/h) and volume (L) of each peripheral compartment.
    pub peripherals: Vec<(f64, f64)>,
}

/// A compartment that follows a concentration: `y' = rate (ratio C - y)` (Sheiner et al. 1979, Clin Pharmacol Ther 25:358,
/// doi:10.1002/cpt1979253358).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effect {
    /// In 1/h: ln 2 over the half-life of the lag.
    pub rate: f64,
    /// Of this compartment to its source, at rest and of the areas.
    pub ratio: f64,
    /// What it follows: 0 is plasma, then the metabolites.
    pub source: usize,
}

/// Michaelis-Menten elimination from plasma, and transfer to a compartment that returns in first order.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Saturable {
    /// Largest rate (amount/h), and concentration of half of it, of the elimination.
    pub elimination: Option<(f64, f64)>,
    /// The same of the transfer, and the rate (1/h) at which what was transferred returns.
    pub transfer: Option<(f64, f64, f64)>,
}

impl Absorption {
    pub(super) fn check(&self) -> Result<(), KineticsError> {
        let rates = match &self.transit {
            Transit::Stages(rates) if rates.is_empty() || rates.len() > MOST_STAGES => {
                return Err(KineticsError::Stages { most: MOST_STAGES, got: rates.len() });
            }
            Transit::Gamma { number, .. } if !(1.0..=MOST_STAGES as f64).contains(number) => {
                return Err(KineticsError::Range { field: "stages", rule: ">= 1 and <= 50", value: *number });
            }
            Transit::Stages(rates) => rates.as_slice(),
            Transit::Gamma { rate, .. } => std::slice::from_ref(rate),
        };
        rates.iter().try_for_each(|&rate| positive("absorption rate", rate).map(drop))?;
        not_negative("lag", self.lag)?;
        not_negative("share", self.share).map(drop)
    }
}

impl Effect {
    pub(super) fn check(&self, metabolites: usize) -> Result<(), KineticsError> {
        positive("effect rate", self.rate)?;
        not_negative("effect ratio", self.ratio)?;
        if self.source > metabolites {
            return Err(KineticsError::Source { metabolites, got: self.source });
        }
        Ok(())
    }
}

impl Saturable {
    pub(super) fn check(&self) -> Result<(), KineticsError> {
        if let Some((most, half)) = self.elimination {
            positive("elimination vmax", most)?;
            positive("elimination km", half)?;
        }
        if let Some((most, half, back)) = self.transfer {
            positive("transfer vmax", most)?;
            positive("transfer km", half)?;
            positive("transfer return rate", back)?;
        }
        Ok(())
    }
}
