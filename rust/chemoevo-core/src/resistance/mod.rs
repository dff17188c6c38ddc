//! Concentrations to the rates of cell types: genotypes, the chain of mechanisms inside the cell, and the
//! compilation to stretches of constant rates.

mod chain;
mod checks;
mod combination;
mod compile;
mod drug;
mod genotypes;
mod on_grid;
mod patience;
pub mod pool;
pub mod pump;
mod quadrature;
mod rate_table;

pub use chain::{ChainError, MeasuredFold, Mechanism, Potency, Stage, strength_from_fold, strengths_from_folds};
pub use checks::CompileError;
pub use combination::{Combination, Drugs, Group, Interaction, Rule};
pub use compile::{CompileOptions, compile};
pub use drug::{Drug, Mode};
pub use genotypes::{Lattice, MAX_LOCI};
pub use on_grid::{compile_on, rates_at};
pub use rate_table::RateTable;
