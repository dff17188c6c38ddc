//! Concentrations to the rates of cell types: genotypes, the chain of mechanisms inside the cell, and the
//! compilation to stretches of constant rates.

mod chain;
mod compile;
mod fixed;
mod genotypes;
mod quadrature;

pub use chain::{ChainError, Mechanism, Potency, Stage, strength_from_fold};
pub use compile::{CompileError, CompileOptions, Drug, Mode, RateTable, compile};
pub use fixed::{compile_on, rates_at};
pub use genotypes::{Lattice, MAX_LOCI};
