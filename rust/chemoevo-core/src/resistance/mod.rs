//! Concentrations to the rates of cell types: genotypes, the chain of mechanisms inside the cell, and the
//! compilation to stretches of constant rates.

mod actions;
mod agent;
mod cells;
mod chain;
mod checks;
mod combination;
mod compile;
mod driven;
mod drug;
mod genotypes;
mod in_niche;
mod inducer;
mod left;
mod modulation;
mod moves;
mod niche;
mod nodes;
mod on_grid;
mod patience;
mod pool;
pub mod pump;
mod quadrature;
mod rate_table;
mod steps;
mod trace;
mod window;

pub use agent::Agent;
pub use cells::{Acting, DrugInCells, Scale};
pub use chain::{ChainError, MeasuredFold, Potency, strengths_from_folds};
pub use checks::CompileError;
pub use combination::{Combination, Drugs, Group, Interaction, Rule};
pub use compile::{CompileOptions, compile};
pub use driven::{Drive, Driven, Transition};
pub use drug::{Drug, Mode};
pub use genotypes::{GenotypeStep, Lattice, MAX_GENOTYPES};
pub use inducer::Inducer;
pub use left::oxygen_at;
pub use modulation::{Delivery, Hypoxic, Inhibitor, Modulation, Oxygen, UsedUp};
pub use moves::Moves;
pub use niche::{Niche, Niches};
pub use on_grid::{compile_on, rates_at};
pub use rate_table::RateTable;
pub use steps::{Ceiled, Expressions, Stage, Step, potency_in_cell};
pub use window::{Chain, Opening, Window};
