//! A drug as the compilation of rates sees it: how much of it there is, and what it does to every type.

use super::agent::Agent;
use super::chain::Potency;
use super::moves::Moves;
use crate::pharmacology::Course;
use std::sync::Arc;

/// What a drug changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Adds a hazard to death.
    Cytotoxic,
    /// Takes a fraction from birth.
    Cytostatic,
    /// Divisions in which the cell is lost, by chance: takes a fraction from birth and adds the divisions lost to death.
    Dividing,
    /// Adds to death in proportion to birth (Norton and Simon): the same mean as `Dividing` at half its effect, and another law.
    NortonSimon,
}

impl Mode {
    /// Whether its effect is a share of the births, at most 1.
    #[must_use]
    pub const fn is_share(self) -> bool {
        matches!(self, Self::Cytostatic | Self::Dividing)
    }
}

/// One drug: how much of it there is, and what it does to every cell type.
#[derive(Clone, Debug)]
pub struct Drug {
    /// How much of it there is, mg/L over hours.
    pub course: Arc<Course>,
    /// The compartment of the course that acts: 0 is plasma, then metabolites.
    pub compartment: usize,
    /// Unbound uM per mg/L.
    pub unbound: f64,
    /// What it changes.
    pub mode: Mode,
    /// Action on every type, where nothing moves.
    pub potency: Vec<Potency>,
    /// What moves it in time: one entry per type, or none where nothing does.
    pub moves: Vec<Moves>,
}

impl Drug {
    /// What comes of it.
    pub(super) fn comes(&self) -> Agent {
        Agent { course: Arc::clone(&self.course), compartment: self.compartment, unbound: self.unbound }
    }
}
