//! The one door into the core: the GIL is released, signals are looked at, and a panic becomes an exception.

use crate::errors::Error;
use pyo3::prelude::*;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs `work`, which takes milliseconds, on the caller's thread without the GIL.
pub fn here<T: Send>(py: Python<'_>, work: impl Send + FnOnce() -> T) -> PyResult<T> {
    let done = py.detach(|| catch_unwind(AssertUnwindSafe(work)));
    Ok(done.map_err(|panic| Error::panic(&*panic))?)
}

/// Runs `work` that may fail in the same way.
pub fn tried<T: Send, E: Send + Into<Error>>(
    py: Python<'_>,
    work: impl Send + FnOnce() -> Result<T, E>,
) -> PyResult<T> {
    Ok(here(py, work)?.map_err(Into::into)?)
}

/// Runs `work`, which may take long and asks now and then whether to give up: signals are looked at then, and a pending
/// exception ends it.
pub fn polled<T: Send, E: Send + Into<Error>>(
    py: Python<'_>,
    work: impl Send + FnOnce(&dyn Fn() -> bool) -> Result<T, E>,
) -> PyResult<T> {
    let poll = || Python::attach(|py| py.check_signals().map_err(|e| e.restore(py)).is_err());
    tried(py, || work(&poll))
}
