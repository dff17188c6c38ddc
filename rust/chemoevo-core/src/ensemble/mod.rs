//! Many replicates: plan, parallel loop, observation times, outcomes, cancellation, columns.

mod clone_columns;
mod plan;
mod replicate;
mod run;
#[cfg(test)]
mod tests;

pub use clone_columns::CloneColumns;
pub use plan::{Engine, Plan, PlanError, Stop};
pub use replicate::{Outcome, Runner};
pub use run::{Columns, Interrupted, Progress, run, run_small};
