//! Doses to concentrations, and to counts of neutrophils. This layer knows drugs and time in hours, and no genotype.

mod answers;
mod cascade;
mod chain;
mod cohort;
mod collocation;
mod course;
mod dormand_prince;
mod dose_rules;
mod dosing;
mod gamma;
mod gauss;
mod inflow;
mod input;
mod kinetics;
mod marrow;
#[cfg(test)]
mod marrow_tests;
mod marrows;
mod model;
mod parts;
mod periods;
mod realization;
#[cfg(test)]
mod realization_tests;
mod recovery;
mod root;
mod state;
mod steady;
#[cfg(test)]
mod tests;

pub use cascade::Measure;
pub use cohort::{Schedule, cohort, cohort_periods};
pub use course::Course;
pub use dose_rules::{Action, Decision, DosePlan, DoseRules, PlannedDose, PlannedDrug, Realized, Reasons};
pub use dosing::{Administration, CourseError, DoseError};
pub use input::Input;
pub use kinetics::{Disposition, KineticsError};
pub use marrow::{Acting, Marrow, Support, Suppression};
pub use marrows::{Given, Marrows};
pub use model::{Model, Parts};
pub use parts::{Absorption, Effect, Metabolite, Saturable, Transit};
pub use periods::Period;
pub use recovery::{Below, Cells, Path, Spell};
pub use state::{State, StateError};
pub use steady::steady;
