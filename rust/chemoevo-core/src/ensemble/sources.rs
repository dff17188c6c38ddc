//! Replicates under models of their own: who tells the rates of each, and a run over all of them.

use super::memory::{RunError, reserved, times, zeros};
use super::plan::{Plan, PlanError};
use super::run::{Columns, Member, Progress, clones_of, fill, slots};
use crate::engine::clones::Record;
use crate::engine::model::Model;
use crate::process::Process;
use rayon::prelude::*;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// Models for each thread up to which threads share the replicates of one. Where there are more, every thread has a model to itself.
pub const AT_ONCE: usize = 4;

/// Who tells the rates of every replicate.
///
/// Models have numbers. Replicates of one model share its laws, bounds and tables, which are made when the first of them runs and
/// gone when the last has ended: no more than [`AT_ONCE`] models for each thread are held at once, however many there are in all.
pub trait RateSource: Sync {
    /// How many models there are, at least one.
    fn models(&self) -> usize;

    /// Which model a replicate follows, by its position in the run.
    fn of(&self, replicate: usize) -> usize;

    /// A model, to be dropped again: the same rates whenever it is asked for.
    fn model(&self, which: usize) -> Arc<Model>;
}

/// One model for all replicates.
impl RateSource for Arc<Model> {
    fn models(&self) -> usize {
        1
    }

    fn of(&self, _: usize) -> usize {
        0
    }

    fn model(&self, _: usize) -> Arc<Model> {
        self.clone()
    }
}

/// Processes, of which every replicate follows one.
#[derive(Clone, Debug)]
pub struct Assigned {
    /// The processes, all of the same types.
    pub processes: Vec<Arc<Process>>,
    /// By replicates, the position of the process.
    pub of: Vec<usize>,
}

impl RateSource for Assigned {
    fn models(&self) -> usize {
        self.processes.len()
    }

    fn of(&self, replicate: usize) -> usize {
        self.of.get(replicate).copied().unwrap_or(usize::MAX)
    }

    fn model(&self, which: usize) -> Arc<Model> {
        Arc::new(Model::new(self.processes[which].clone()))
    }
}

/// Why replicates under models of their own give nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// What is asked of a model cannot be done.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The run itself.
    #[error(transparent)]
    Run(#[from] RunError),
}

/// Runs all replicates on the current rayon pool, each under the rates that `source` tells; `plan` is what will be run of a model: of
/// every one the same replicates, times, stop, limits and records. Engines are chosen, and bounds are made, by the model.
///
/// Replicate `i` is what [`run`](super::run) of the plan of its model makes of it, to the last bit, whatever the number of threads.
///
/// # Errors
/// [`SourceError`] if a plan cannot be made or does not fit the others, a replicate follows a model that is not there,
/// `progress.cancel` was set before the end, or the memory does not suffice.
pub fn run_each<S: RateSource + ?Sized>(
    source: &S,
    plan: &(dyn Fn(Arc<Model>) -> Result<Plan, PlanError> + Sync),
    progress: &Progress,
) -> Result<Columns, SourceError> {
    if source.models() == 0 {
        return Err(PlanError::Shape("a run needs at least one model").into());
    }
    let first = plan(source.model(0))?;
    let n = first.replicates();
    if (0..n).any(|replicate| source.of(replicate) >= source.models()) {
        return Err(PlanError::Shape("every replicate must follow a model that is there").into());
    }
    let mut columns = Columns::new(&first)?;
    let marks = first.crossings.as_ref().map_or(0, |crossings| crossings.marks());
    let mut crossed = zeros(times(n, marks)?)?;
    let mut records: Vec<Option<Box<Record>>> = reserved(if first.max_clones.is_some() { n } else { 0 })?;
    records.resize_with(records.capacity().min(n), || None);
    let mut by_model: Vec<Vec<Member<'_>>> = (0..source.models()).map(|_| Vec::new()).collect();
    {
        let all: Vec<_> = slots(&mut columns, &first).collect();
        let (mut crossed, mut records) = (crossed.chunks_mut(marks.max(1)), records.iter_mut());
        for (index, slot) in all.into_iter().enumerate() {
            let member = Member { index, slot, first: crossed.next(), record: records.next() };
            by_model[source.of(index)].push(member);
        }
    }
    let taken = AtomicU64::new(0);
    let shared = source.models() < AT_ONCE * rayon::current_num_threads();
    by_model.into_par_iter().enumerate().filter(|(_, members)| !members.is_empty()).try_for_each(
        |(which, members)| {
            let least = if shared { 1 } else { members.len() };
            let members = members.into_par_iter().with_min_len(least);
            if which == 0 {
                return Ok(fill(&first, members, &taken, progress)?);
            }
            let own = plan(source.model(which))?;
            if !first.records_as(&own) {
                return Err(
                    PlanError::Shape("all models must have the same types, and the same be recorded of them").into()
                );
            }
            Ok::<_, SourceError>(fill(&own, members, &taken, progress)?)
        },
    )?;
    columns.crossings = crossed;
    columns.clones = clones_of(&first, records)?;
    Ok(columns)
}
