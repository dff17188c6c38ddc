//! Doses in, concentrations and counts of neutrophils out.

pub mod cohort;
pub mod course;
pub mod kinetics;
pub mod marrows;
pub mod realized;
