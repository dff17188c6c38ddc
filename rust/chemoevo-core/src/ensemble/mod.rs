//! Many replicates: plan, parallel loop, observation times, outcomes, cancellation, columns.

mod clone_columns;
mod engine;
mod memory;
mod outlook;
mod pauses;
mod plan;
mod replicate;
mod run;
mod sources;
#[cfg(test)]
mod tests;

pub use crate::engine::reduced::Following;
pub use clone_columns::CloneColumns;
pub use engine::{Engine, Stop};
pub use memory::RunError;
pub use outlook::Outlook;
pub use plan::{Limits, Plan, PlanError, Replicates};
pub use replicate::{Outcome, Runner};
pub use run::{Columns, Progress, run, run_small};
pub use sources::{AT_ONCE, Assigned, RateSource, SourceError, run_each};
