//! Genotypes, the chain of mechanisms, and drug effects as rates over time.

pub mod acting;
pub mod chain;
pub mod drug;
pub mod genotypes;
pub mod moving;
pub mod rates;
