//! `simulate`: arrays in, columns out.

use crate::errors::model_error;
use crate::pool;
use crate::process::Process;
use chemoevo_core::ensemble::{self, CloneColumns, Engine, Limits, Plan, Progress, Replicates, Stop};
use numpy::{PyArray1, PyArray2, PyArray3, PyArrayMethods, PyReadonlyArray1, PyReadonlyArray2};
use pyo3::prelude::*;
use std::sync::Arc;
use std::sync::atomic::Ordering;

type Columns<'py> = (
    Bound<'py, PyArray3<u64>>,
    Bound<'py, PyArray2<u64>>,
    Bound<'py, PyArray1<u8>>,
    Bound<'py, PyArray1<f64>>,
    Bound<'py, PyArray1<u64>>,
    Bound<'py, PyArray1<u64>>,
    Bound<'py, PyArray1<u8>>,
    Option<Clones<'py>>,
    Bound<'py, PyArray1<f64>>,
);

type Column<'py, T> = Bound<'py, PyArray1<T>>;
type Clones<'py> = (
    Column<'py, u64>,
    Column<'py, u64>,
    Column<'py, u32>,
    Column<'py, u32>,
    Column<'py, f64>,
    Column<'py, f64>,
    Column<'py, u64>,
    Column<'py, u32>,
    Column<'py, u32>,
    Column<'py, u64>,
);

fn clone_columns(py: Python<'_>, all: CloneColumns) -> Clones<'_> {
    (
        PyArray1::from_vec(py, all.clones),
        PyArray1::from_vec(py, all.sizes),
        PyArray1::from_vec(py, all.cell_type),
        PyArray1::from_vec(py, all.parent),
        PyArray1::from_vec(py, all.founded),
        PyArray1::from_vec(py, all.extinct),
        PyArray1::from_vec(py, all.count),
        PyArray1::from_vec(py, all.observed_clone),
        PyArray1::from_vec(py, all.observed_time),
        PyArray1::from_vec(py, all.observed_count),
    )
}

/// Runs an ensemble; returns counts (replicates, times, types), last states (replicates, types), outcome codes,
/// end times, rejected attempts, engine steps and engines that ran (a bit each: 1 direct, 2 bnb, 4 leap), all
/// (replicates,). `stop` is (size, flags a type or None, retry).
/// With `sums`, the types that each column of the counts adds up, counts are (replicates, times, columns).
/// With `max_clones` also the clones: rows of clones and of sizes a replicate; type, parent (2^32 - 1: none), founding,
/// extinction (infinite: none) and last size of every clone; clone, index of the time and cells of every size.
/// `crossings` are sums of types, (flags a type, increasing sizes); the last column has the first times, (replicates x
/// sizes of all sums,), infinite where a size was not reached.
/// `engine` is "direct", "bnb", "leap" or "auto"; `tolerance` is that of leaping, None forbids it; `progress` is called with (done, total) about ten times a second.
#[pyfunction]
#[pyo3(signature = (process, initial, first_replicate, replicates, times, key, engine, tolerance, stop, max_size, max_steps, max_clones, crossings, sums, threads, progress))]
pub fn simulate<'py>(
    py: Python<'py>,
    process: &Process,
    initial: PyReadonlyArray2<'_, u64>,
    first_replicate: u64,
    replicates: usize,
    times: PyReadonlyArray1<'_, f64>,
    key: [u8; 32],
    engine: &str,
    tolerance: Option<f64>,
    stop: Option<(u64, Option<Vec<bool>>, bool)>,
    max_size: u64,
    max_steps: u64,
    max_clones: Option<usize>,
    crossings: Vec<(Vec<bool>, Vec<u64>)>,
    sums: Option<Vec<Vec<usize>>>,
    threads: Option<usize>,
    progress: Option<Py<PyAny>>,
) -> PyResult<Columns<'py>> {
    let types = process.inner.types();
    let times: Vec<f64> = times.as_array().to_vec();
    let observations = times.len();
    let engine = match (engine, tolerance) {
        ("direct", _) => Engine::Direct,
        ("leap", Some(tolerance)) => Engine::Leap(tolerance),
        ("auto", tolerance) => Engine::Auto(tolerance),
        _ => Engine::Bnb,
    };
    let stop = stop.map(|(size, of, retry)| Stop { size, of, retry });
    let initial = initial.as_array().iter().copied().collect();
    let model = process.model.clone();
    let which = Replicates { initial, first: first_replicate, number: replicates, key };
    let limits = Limits { size: max_size, steps: max_steps };
    let plan = Plan::new(model, engine, which, &times, stop, limits).map_err(|e| model_error(py, e))?;
    let plan = if let Some(most) = max_clones { plan.with_clones(most).map_err(|e| model_error(py, e))? } else { plan };
    let plan =
        if crossings.is_empty() { plan } else { plan.with_crossings(crossings).map_err(|e| model_error(py, e))? };
    let plan = match sums {
        Some(sums) => plan.with_sums(sums).map_err(|e| model_error(py, e))?,
        None => plan,
    };
    let recorded = plan.columns();
    let shared = Arc::new(Progress::default());
    let watched = shared.clone();
    let tell = |py: Python<'_>| match &progress {
        Some(call) => call.call1(py, (watched.done.load(Ordering::Relaxed), replicates)).map(drop),
        None => Ok(()),
    };
    let columns = match pool::here(py, || ensemble::run_small(&plan))? {
        Some(columns) => {
            shared.done.store(replicates, Ordering::Relaxed);
            columns
        }
        None => {
            let inner = shared.clone();
            pool::run(
                py,
                threads.unwrap_or_else(pool::available_threads),
                move || ensemble::run(&plan, &inner),
                || shared.cancel.store(true, Ordering::Relaxed),
                tell,
            )?
            .map_err(|e| model_error(py, e))?
        }
    };
    tell(py)?;
    Ok((
        PyArray1::from_vec(py, columns.counts).reshape([replicates, observations, recorded])?,
        PyArray1::from_vec(py, columns.last).reshape([replicates, types])?,
        PyArray1::from_vec(py, columns.outcome),
        PyArray1::from_vec(py, columns.time),
        PyArray1::from_vec(py, columns.rejected),
        PyArray1::from_vec(py, columns.steps),
        PyArray1::from_vec(py, columns.engines),
        columns.clones.map(|all| clone_columns(py, all)),
        PyArray1::from_vec(py, columns.crossings),
    ))
}

/// The exact engine that "auto" takes from `initial` (K,) until day `until`.
#[pyfunction]
pub fn exact_engine(process: &Process, initial: PyReadonlyArray1<'_, u64>, until: f64) -> &'static str {
    let state: Vec<u64> = initial.as_array().to_vec();
    match Engine::Auto(None).of_replicate(&process.model, None, &state, until) {
        Engine::Direct => "direct",
        _ => "bnb",
    }
}
