//! Forward equations of the means.

use super::results::MeanCounts;
use crate::arrays::{moved, rows, values};
use crate::door::polled;
use crate::process::Process;
use chemoevo_core::analytic::{self as core, AnalyticError};
use chemoevo_core::process::Process as Core;
use numpy::ndarray::{Array2, Array3};
use numpy::{PyReadonlyArray1, PyReadonlyArray2};
use pyo3::prelude::*;

/// A question of the forward equations.
pub type Question<T> = fn(&Core, &[f64], &[f64], &dyn Fn() -> bool) -> Result<T, AnalyticError>;

/// The answers for each row of `initial` (n, K), and the numbers of rows, times and types.
pub fn for_each_row<T: Send>(
    py: Python<'_>,
    process: &Process,
    initial: &PyReadonlyArray2<'_, f64>,
    times: &PyReadonlyArray1<'_, f64>,
    question: Question<T>,
) -> PyResult<(Vec<T>, [usize; 3])> {
    let (core, initial, times) = (&*process.inner, rows(initial), values(times));
    let all = polled(py, |poll| initial.iter().map(|row| question(core, row, &times, poll)).collect())?;
    Ok((all, [initial.len(), times.len(), core.types()]))
}

/// Mean counts (n, T, K) and expected special events (n, T) from each row of `initial` (n, K).
#[pyfunction]
pub fn mean_counts(
    py: Python<'_>,
    process: &Process,
    initial: PyReadonlyArray2<'_, f64>,
    times: PyReadonlyArray1<'_, f64>,
) -> PyResult<MeanCounts> {
    let (means, [n, t, k]) = for_each_row(py, process, &initial, &times, core::mean_counts)?;
    let counts = Array3::from_shape_fn((n, t, k), |(row, time, i)| means[row].counts[time * k + i]);
    let events = Array2::from_shape_fn((n, t), |(row, time)| means[row].special_events[time]);
    Ok(MeanCounts { counts: moved(py, counts), events: moved(py, events) })
}
