//! A drug as the compilation of rates sees it: how much of it there is, and what it does to every type.

use super::chain::Potency;
use crate::pharmacology::Course;

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
    /// How much of it there is, mg/L over hours.
    pub course: Course,
    /// The compartment of the course that acts: 0 is plasma, then metabolites.
    pub compartment: usize,
    /// Unbound uM per mg/L.
    pub unbound: f64,
    /// What it changes.
    pub mode: Mode,
    /// Action on every type.
    pub potency: Vec<Potency>,
}
