//! Doses in, concentrations out.

pub mod cohort;
pub mod course;
pub mod kinetics;
