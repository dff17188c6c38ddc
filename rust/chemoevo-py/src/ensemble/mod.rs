//! Ensembles: a plan in, columns out.

pub mod choice;
pub mod clone_columns;
pub mod codes;
pub mod columns;
pub mod plan;
pub mod run;
pub mod shape;
