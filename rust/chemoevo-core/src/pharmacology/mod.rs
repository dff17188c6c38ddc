//! Doses to concentrations. This layer knows drugs and time in hours, and no genotype.

mod answers;
mod cascade;
mod chain;
mod cohort;
mod collocation;
mod course;
mod dosing;
mod gamma;
mod gauss;
mod inflow;
mod input;
mod kinetics;
mod model;
mod parts;
mod periods;
mod root;
mod state;
mod steady;
#[cfg(test)]
mod tests;

pub use cascade::Measure;
pub use cohort::{Schedule, cohort, cohort_periods};
pub use course::Course;
pub use dosing::{Administration, CourseError, DoseError};
pub use input::Input;
pub use kinetics::{Disposition, KineticsError};
pub use model::{Model, Parts};
pub use parts::{Absorption, Effect, Metabolite, Saturable, Transit};
pub use periods::Period;
pub use state::{State, StateError};
pub use steady::steady;
