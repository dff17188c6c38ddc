//! A plan on the caller's thread, where it is small, or on those of a pool.

use super::codes;
use super::columns::Columns;
use super::plan::Plan;
use crate::arrays::values;
use crate::process::Process;
use crate::{door, errors::Error, pool};
use chemoevo_core::ensemble::{self as core, Engine, Limits, PlanError, Progress, Replicates};
use numpy::PyReadonlyArray1;
use pyo3::prelude::*;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Runs all replicates; `progress` gets (done, total).
pub fn run(py: Python<'_>, plan: &Plan, threads: Option<usize>, progress: Option<Py<PyAny>>) -> PyResult<Columns> {
    let shared = Arc::new(Progress::default());
    let tell = |py: Python<'_>| match &progress {
        Some(call) => call.call1(py, (shared.done.load(Ordering::Relaxed), plan.replicates)).map(drop),
        None => Ok(()),
    };
    let resolved = door::tried(py, || resolved(plan))?;
    let shape = shape(plan, &resolved);
    let columns = match door::here(py, || core::run_small(&resolved))? {
        Some(columns) => {
            shared.done.store(plan.replicates, Ordering::Relaxed);
            columns
        }
        None => {
            let (inside, threads) = (shared.clone(), threads.unwrap_or_else(pool::available_threads));
            let work = move || core::run(&resolved, &inside);
            let cancel = || shared.cancel.store(true, Ordering::Relaxed);
            pool::run(py, threads, work, cancel, tell)?.map_err(Error::from)?
        }
    };
    tell(py)?;
    Columns::of(py, columns, &shape)
}

/// The plan as the core takes it.
fn resolved(plan: &Plan) -> Result<core::Plan, PlanError> {
    let replicates =
        Replicates { initial: plan.initial.to_vec(), first: plan.first, number: plan.replicates, key: plan.key };
    let limits = Limits { size: plan.size, steps: plan.events };
    let mut found =
        core::Plan::new(plan.model.clone(), plan.engine, replicates, &plan.times, plan.stop.clone(), limits)?;
    if let Some(most) = plan.clones {
        found = found.with_clones(most)?;
    }
    if let Some(sums) = &plan.crossings {
        found = found.with_crossings(sums.clone())?;
    }
    match &plan.sums {
        Some(sums) => found.with_sums(sums.clone()),
        None => Ok(found),
    }
}

/// Shapes that the values of the core have.
pub struct Shape {
    pub replicates: usize,
    pub times: usize,
    pub columns: usize,
    pub types: usize,
    /// Sizes that are noted, if any are.
    pub crossings: Option<usize>,
}

fn shape(plan: &Plan, resolved: &core::Plan) -> Shape {
    let sizes = |sums: &Vec<(Vec<bool>, Vec<u64>)>| sums.iter().map(|(_, sizes)| sizes.len()).sum();
    Shape {
        replicates: plan.replicates,
        times: plan.times.len(),
        columns: resolved.columns(),
        types: plan.model.process().types(),
        crossings: plan.crossings.as_ref().map(sizes),
    }
}

/// The exact engine that "auto" takes from `initial` (K,) until day `until`.
#[pyfunction]
pub fn exact_engine(process: &Process, initial: PyReadonlyArray1<'_, u64>, until: f64) -> &'static str {
    codes::name_of(Engine::Auto(None).of_replicate(&process.model, None, &values(&initial), until))
}
