//! Doses to concentrations. This layer knows drugs and time in hours, and no genotype.

mod exposure;
mod kinetics;

pub use exposure::{Dose, DoseError, Exposure};
pub use kinetics::{Disposition, KineticsError};
