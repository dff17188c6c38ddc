//! Ensembles: a plan in, columns out.

pub mod clone_columns;
pub mod codes;
pub mod columns;
pub mod plan;
pub mod run;
