//! A plan of the core on the caller's thread, where it is small, or on those of a pool.

use super::columns::Columns;
use super::shape::Shape;
use crate::{door, errors::Error, pool};
use chemoevo_core::ensemble::{self as core, Plan, Progress};
use pyo3::prelude::*;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Runs all replicates; `progress` gets (done, total).
pub fn run(
    py: Python<'_>,
    plan: Plan,
    shape: &Shape,
    threads: Option<usize>,
    progress: Option<Py<PyAny>>,
) -> PyResult<Columns> {
    let shared = Arc::new(Progress::default());
    let tell = |py: Python<'_>| match &progress {
        Some(call) => call.call1(py, (shared.done.load(Ordering::Relaxed), shape.replicates)).map(drop),
        None => Ok(()),
    };
    let columns = match door::here(py, || core::run_small(&plan))? {
        Some(columns) => {
            shared.done.store(shape.replicates, Ordering::Relaxed);
            columns
        }
        None => {
            let (inside, threads) = (shared.clone(), threads.unwrap_or_else(pool::available_threads));
            let work = move || core::run(&plan, &inside);
            let cancel = || shared.cancel.store(true, Ordering::Relaxed);
            pool::run(py, threads, work, cancel, tell)?.map_err(Error::from)?
        }
    };
    tell(py)?;
    Columns::of(py, columns, shape)
}
