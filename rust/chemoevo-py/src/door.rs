//! The one door into the core: the GIL is released, signals are looked at, and a panic becomes an exception.

use crate::errors::Error;
use pyo3::prelude::*;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

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

/// Time between two looks at signals: they need the GIL, which another thread may hold for milliseconds.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Runs `work`, which may take long and asks as often as it likes whether to give up: signals are looked at every 20 ms,
/// and a pending exception ends it.
pub fn polled<T: Send, E: Send + Into<Error>>(
    py: Python<'_>,
    work: impl Send + FnOnce(&dyn Fn() -> bool) -> Result<T, E>,
) -> PyResult<T> {
    tried(py, || {
        let looked = Cell::new(Instant::now());
        let poll = || {
            if looked.get().elapsed() < LOOK_EVERY {
                return false;
            }
            looked.set(Instant::now());
            // Signals reach the main thread alone; what another thread is to raise comes when it runs any Python.
            Python::attach(|py| {
                py.check_signals().and_then(|()| py.run(c"0", None, None)).map_err(|e| e.restore(py)).is_err()
            })
        };
        work(&poll)
    })
}
