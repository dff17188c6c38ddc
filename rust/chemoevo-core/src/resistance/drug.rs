//! A drug as the compilation of rates sees it: how much of it there is, and what it does to every type.

use super::chain::Potency;
use crate::pharmacology::Exposure;

/// What a drug changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Adds a hazard to death.
    Cytotoxic,
    /// Takes a fraction from birth.
    Cytostatic,
}

/// One drug: how much of it there is, and what it does to every cell type.
#[derive(Clone, Debug)]
pub struct Drug {
    /// Total plasma concentration, mg/L over hours.
    pub exposure: Exposure,
    /// Unbound uM per total mg/L.
    pub unbound: f64,
    /// What it changes.
    pub mode: Mode,
    /// Action on every type.
    pub potency: Vec<Potency>,
}
