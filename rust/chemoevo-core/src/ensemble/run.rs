//! The parallel loop over replicates.

use super::plan::Plan;
use super::replicate::{Outcome, Runner};
use rayon::prelude::*;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// The result of a run, column by column.
#[derive(Debug)]
pub struct Columns {
    /// (replicates, times, types).
    pub counts: Vec<u64>,
    /// (replicates, types): the state at `time`.
    pub last: Vec<u64>,
    /// [`Outcome`] as a number, (replicates,).
    pub outcome: Vec<u8>,
    /// (days) When each replicate ended.
    pub time: Vec<f64>,
    /// Attempts that died out before the one that counts.
    pub rejected: Vec<u64>,
    /// Steps that the engine took.
    pub steps: Vec<u64>,
}

/// What the caller sees of a run, and its way to end it.
#[derive(Debug, Default)]
pub struct Progress {
    /// Replicates that are finished.
    pub done: AtomicUsize,
    /// Set it to end the run within milliseconds.
    pub cancel: AtomicBool,
}

/// The run was canceled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the run was canceled")]
pub struct Interrupted;

/// Runs all replicates of a plan on the current rayon pool.
///
/// Replicate `i` is a function of the plan's key and of its own number alone, so the result does not depend on threads.
///
/// # Errors
/// [`Interrupted`] if `progress.cancel` was set before the end.
pub fn run(plan: &Plan, progress: &Progress) -> Result<Columns, Interrupted> {
    let (n, types) = (plan.replicates, plan.model.process().types());
    let row = plan.observations * types;
    let mut columns = Columns {
        counts: vec![0; n * row],
        last: vec![0; n * types],
        outcome: vec![Outcome::Alive as u8; n],
        time: vec![0.0; n],
        rejected: vec![0; n],
        steps: vec![0; n],
    };
    columns
        .counts
        .par_chunks_mut(row)
        .zip(columns.last.par_chunks_mut(types))
        .zip(columns.outcome.par_iter_mut().zip(&mut columns.time))
        .zip(columns.rejected.par_iter_mut().zip(&mut columns.steps))
        .enumerate()
        .try_for_each_init(
            || Runner::new(plan, &progress.cancel),
            |runner, (index, (((counts, last), (outcome, time)), (rejected, steps)))| {
                if progress.cancel.load(Ordering::Relaxed) {
                    return Err(Interrupted);
                }
                let ending = runner.run(index, counts, last).ok_or(Interrupted)?;
                *outcome = ending.outcome as u8;
                *time = ending.time;
                *rejected = ending.rejected;
                *steps = ending.steps;
                progress.done.fetch_add(1, Ordering::Relaxed);
                Ok(())
            },
        )?;
    Ok(columns)
}
