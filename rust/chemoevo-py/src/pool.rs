//! One thread pool per process and size, rebuilt after a fork, and work on it while the caller looks at signals.

use crate::errors::Error;
use pyo3::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Time between two looks at signals.
const LOOK_EVERY: Duration = Duration::from_millis(100);

struct Pools {
    process_id: u32,
    by_size: HashMap<usize, Arc<ThreadPool>>,
}

static POOLS: Mutex<Option<Pools>> = Mutex::new(None);

/// The pool of this process with so many threads.
fn pool(threads: usize) -> Result<Arc<ThreadPool>, Error> {
    let mut guard = POOLS.lock().unwrap_or_else(PoisonError::into_inner);
    let process_id = std::process::id();
    if guard.as_ref().is_some_and(|p| p.process_id != process_id) {
        // After a fork the threads of the parent's pools are not here: joining them would wait for ever.
        std::mem::forget(guard.take());
    }
    let pools = guard.get_or_insert_with(|| Pools { process_id, by_size: HashMap::new() });
    if let Some(found) = pools.by_size.get(&threads) {
        return Ok(found.clone());
    }
    let built = ThreadPoolBuilder::new().num_threads(threads).thread_name(|i| format!("chemoevo-{i}")).build();
    let built = Arc::new(built?);
    pools.by_size.insert(threads, built.clone());
    Ok(built)
}

/// CPUs that this process may use.
pub fn available_threads() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Runs `work` on the pool while the caller waits without the GIL. Every 100 ms signals are looked at and `look` is
/// called; if either raises, `cancel` is called, the work is waited for, and the exception goes on.
pub fn run<T: Send + 'static>(
    py: Python<'_>,
    threads: usize,
    work: impl FnOnce() -> T + Send + 'static,
    cancel: impl Fn(),
    mut look: impl FnMut(Python<'_>) -> PyResult<()>,
) -> PyResult<T> {
    let pool = py.detach(|| pool(threads))?;
    let (sender, receiver) = channel();
    pool.spawn(move || {
        // The receiver is gone only if the caller's thread is: nobody is left to tell.
        let _ = sender.send(catch_unwind(AssertUnwindSafe(work)));
    });
    let receiver = Mutex::new(receiver);
    let wait = |timeout| {
        let receiver = receiver.lock().unwrap_or_else(PoisonError::into_inner);
        receiver.recv_timeout(timeout)
    };
    let mut raised: Option<PyErr> = None;
    loop {
        match py.detach(|| wait(LOOK_EVERY)) {
            Ok(result) => {
                return match (raised, result) {
                    (Some(error), _) => Err(error),
                    (None, Ok(value)) => Ok(value),
                    (None, Err(panic)) => Err(Error::panic(&*panic).into()),
                };
            }
            Err(RecvTimeoutError::Disconnected) => return Err(Error::Lost.into()),
            Err(RecvTimeoutError::Timeout) if raised.is_some() => {}
            Err(RecvTimeoutError::Timeout) => {
                if let Err(error) = py.check_signals().and_then(|()| look(py)) {
                    cancel();
                    raised = Some(error);
                }
            }
        }
    }
}
