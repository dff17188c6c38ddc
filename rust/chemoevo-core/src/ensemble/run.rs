//! The parallel loop over replicates.

use super::clone_columns::CloneColumns;
use super::engine::Engine;
use super::memory::{RunError, reserved, take, times, zeros};
use super::plan::Plan;
use super::replicate::{Ending, Outcome, Runner};
use crate::engine::clones::Record;
use crate::engine::leap::Settings;
use crate::engine::steppers::{Counting, Recording, Steppers};
use rayon::prelude::*;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

/// The result of a run, column by column.
#[derive(Debug)]
pub struct Columns {
    /// (replicates, times, columns): a column per type, or per sum of types.
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
    /// Mutations and switches that event-skipping followed.
    pub followed: Vec<u64>,
    /// Engines that ran, one bit each: 1 `direct`, 2 `bnb`, 4 `leap`.
    pub engines: Vec<u8>,
    /// (replicates, marks): (days) when sizes were first reached, infinite where they were not; empty if not asked for.
    pub crossings: Vec<f64>,
    /// The clones of all replicates, if they are recorded.
    pub clones: Option<CloneColumns>,
}

impl Columns {
    /// Room for all replicates, each of which writes its own.
    pub(super) fn new(plan: &Plan) -> Result<Self, RunError> {
        let n = plan.replicates();
        Ok(Self {
            counts: zeros(times(times(n, plan.observations)?, plan.columns())?)?,
            last: zeros(times(n, plan.model.process().types())?)?,
            outcome: zeros(n)?,
            time: zeros(n)?,
            rejected: zeros(n)?,
            steps: zeros(n)?,
            followed: zeros(n)?,
            engines: zeros(n)?,
            crossings: Vec::new(),
            clones: None,
        })
    }
}

/// What the caller sees of a run, and its way to end it.
#[derive(Debug, Default)]
pub struct Progress {
    /// Replicates that are finished.
    pub done: AtomicUsize,
    /// Set it to end the run within milliseconds.
    pub cancel: AtomicBool,
}

/// Runs all replicates of a plan on the current rayon pool.
///
/// Replicate `i` is a function of the plan's key and of its own number alone, so the result does not depend on threads.
///
/// # Errors
/// [`RunError`] if `progress.cancel` was set before the end, or the memory does not suffice.
pub fn run(plan: &Plan, progress: &Progress) -> Result<Columns, RunError> {
    let mut columns = Columns::new(plan)?;
    let (n, taken) = (plan.replicates(), AtomicU64::new(0));
    let member = |(index, slot)| Member { index, slot, first: None, record: None };
    match (plan.max_clones, &plan.crossings) {
        (None, Some(crossings)) if crossings.marks() > 0 => {
            let mut first = zeros(times(n, crossings.marks())?)?;
            let slots = slots(&mut columns, plan).enumerate().map(member).zip(first.par_chunks_mut(crossings.marks()));
            fill(plan, slots.map(|(member, first)| Member { first: Some(first), ..member }), &taken, progress)?;
            columns.crossings = first;
        }
        (None, _) => fill(plan, slots(&mut columns, plan).enumerate().map(member), &taken, progress)?,
        (Some(_), _) => {
            let mut records = reserved(n)?;
            records.resize_with(n, || None);
            let slots = slots(&mut columns, plan).enumerate().map(member).zip(records.par_iter_mut());
            fill(plan, slots.map(|(member, record)| Member { record: Some(record), ..member }), &taken, progress)?;
            columns.clones = clones_of(plan, records)?;
        }
    }
    Ok(columns)
}

/// Runs replicates of a plan on the current rayon pool; `taken` is the memory of all their clones.
///
/// # Errors
/// As [`run`].
pub(super) fn fill<'a>(
    plan: &Plan,
    members: impl IndexedParallelIterator<Item = Member<'a>>,
    taken: &AtomicU64,
    progress: &Progress,
) -> Result<(), RunError> {
    if let Some(most) = plan.max_clones {
        return members.try_for_each_init(
            || Runner::new(plan, &progress.cancel, Recording::new(most)),
            |runner, member| {
                let record = member.slot.fill(runner, member.index, progress)?;
                let bytes = 2 * record.as_ref().map_or(0, |r| r.bytes());
                if let Some(place) = member.record {
                    *place = record;
                }
                take(taken, bytes, plan.room)
            },
        );
    }
    let steppers = || match &plan.crossings {
        Some(crossings) if crossings.marks() > 0 => counting(plan).marking(crossings.clone()),
        _ => counting(plan),
    };
    members.try_for_each_init(
        || Runner::new(plan, &progress.cancel, steppers()),
        |runner, member| {
            member.slot.fill(runner, member.index, progress)?;
            if let Some(first) = member.first {
                runner.crossings(first);
            }
            Ok(())
        },
    )
}

/// The clones of all replicates, where they are recorded.
pub(super) fn clones_of(plan: &Plan, records: Vec<Option<Box<Record>>>) -> Result<Option<CloneColumns>, RunError> {
    plan.max_clones.map(|_| CloneColumns::gather(records)).transpose()
}

/// Most steps of a small run, which takes well under a tenth of a second.
const SMALL_STEPS: u64 = 1000;
/// Most steps times types of a small run: a step that leaps touches every type.
const SMALL_STEPS_TIMES_TYPES: u64 = 32_000;
/// Most laws of a small run, one for every type and every interval of rates or pause.
const SMALL_LAWS: usize = 100_000;
/// Most types of a small run with switching: they may leap together, by the matrix of their covariances.
const SMALL_BLOCK: usize = 8;

/// Runs a plan on the calling thread if it is so small that handing it to others would take longer: a single replicate
/// that records counts. None if it is not, or turns out not to be; then nothing is lost, since [`run`] draws the same
/// numbers.
#[must_use]
pub fn run_small(plan: &Plan) -> Option<Columns> {
    static NEVER: AtomicBool = AtomicBool::new(false);
    let process = plan.model.process();
    let steps = SMALL_STEPS.min(SMALL_STEPS_TIMES_TYPES / process.types() as u64);
    let laws = process.types() * (process.intervals() + plan.pauses.len());
    let block = if process.switching().is_empty() { 1 } else { process.types() };
    if plan.replicates() != 1 || plan.max_clones.is_some() || plan.crossings.is_some() {
        return None;
    }
    if laws > SMALL_LAWS || block > SMALL_BLOCK {
        return None;
    }
    let mut columns = Columns::new(plan).ok()?;
    let mut runner = Runner::new(plan, &NEVER, counting(plan)).limited(steps);
    let ending = runner.run(0, &mut columns.counts, &mut columns.last)?;
    if ending.outcome == Outcome::EventLimit && plan.max_steps > steps {
        return None;
    }
    columns.outcome[0] = ending.outcome as u8;
    columns.time[0] = ending.time;
    columns.rejected[0] = ending.rejected;
    columns.steps[0] = ending.steps;
    columns.followed[0] = ending.followed;
    columns.engines[0] = ending.engines;
    Some(columns)
}

/// The steppers of a plan whose clones are not recorded.
fn counting(plan: &Plan) -> Counting {
    let steppers = match plan.engine {
        Engine::Direct | Engine::Bnb | Engine::Auto(None) => Counting::default(),
        Engine::Leap(tolerance) => Counting::leaping(Settings::eager(tolerance)),
        Engine::Auto(Some(tolerance)) => Counting::leaping(Settings::reluctant(tolerance)),
    };
    steppers.sharing(plan.stretches(), plan.tables.clone(), plan.following)
}

/// A replicate of a run, by its position, and where its result goes: also the first times of sizes, and its clones.
pub(super) struct Member<'a> {
    pub(super) index: usize,
    pub(super) slot: Slot<'a>,
    pub(super) first: Option<&'a mut [f64]>,
    pub(super) record: Option<&'a mut Option<Box<Record>>>,
}

/// Where the result of one replicate goes.
pub(super) struct Slot<'a> {
    counts: &'a mut [u64],
    last: &'a mut [u64],
    outcome: &'a mut u8,
    time: &'a mut f64,
    rejected: &'a mut u64,
    steps: &'a mut u64,
    followed: &'a mut u64,
    engines: &'a mut u8,
}

impl Slot<'_> {
    /// Runs the replicate; hands over its clones if they are recorded.
    fn fill<S: Steppers>(
        self,
        runner: &mut Runner<'_, S>,
        index: usize,
        progress: &Progress,
    ) -> Result<Option<Box<Record>>, RunError> {
        if progress.cancel.load(Ordering::Relaxed) {
            return Err(RunError::Interrupted);
        }
        let ending = runner.run(index, self.counts, self.last).ok_or(RunError::Interrupted)?;
        let Ending { outcome, time, rejected, steps, followed, engines, record } = ending;
        (*self.engines, *self.followed) = (engines, followed);
        (*self.outcome, *self.time, *self.rejected, *self.steps) = (outcome as u8, time, rejected, steps);
        progress.done.fetch_add(1, Ordering::Relaxed);
        Ok(record)
    }
}

/// The slots of all replicates.
pub(super) fn slots<'a>(
    columns: &'a mut Columns,
    plan: &Plan,
) -> impl IndexedParallelIterator<Item = Slot<'a>> + use<'a> {
    let (row, types) = (plan.observations * plan.columns(), plan.model.process().types());
    let Columns { counts, last, outcome, time, rejected, steps, followed, engines, .. } = columns;
    counts
        .par_chunks_mut(row)
        .zip(last.par_chunks_mut(types))
        .zip(outcome.par_iter_mut().zip(time))
        .zip(rejected.par_iter_mut().zip(steps.par_iter_mut().zip(followed.par_iter_mut().zip(engines))))
        .map(|(((counts, last), (outcome, time)), (rejected, (steps, (followed, engines))))| Slot {
            counts,
            last,
            outcome,
            time,
            rejected,
            steps,
            followed,
            engines,
        })
}
