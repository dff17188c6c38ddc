//! Backward equations and mean counts: arrays in, arrays out, the GIL released.

use crate::process::Process;
use chemoevo_core::analytic::{self, AnalyticError, Backward, TwoSided};
use chemoevo_core::process::Process as Core;
use numpy::ndarray::{Array2, Array3};
use numpy::{IntoPyArray, PyArray1, PyArray2, PyArray3, PyArrayMethods, PyReadonlyArray1, PyReadonlyArray2};
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;

type Pair<'py> = (Bound<'py, PyArray2<f64>>, Bound<'py, PyArray2<f64>>);

/// Runs without the GIL; signals are looked at now and then, and a pending one ends the work.
pub(crate) fn detached<T: Send>(
    py: Python<'_>,
    work: impl Send + FnOnce(&dyn Fn() -> bool) -> Result<T, AnalyticError>,
) -> PyResult<T> {
    let poll = || Python::attach(|py| py.check_signals().map_err(|e| e.restore(py)).is_err());
    py.detach(|| work(&poll)).map_err(|error| match error {
        AnalyticError::Interrupted => PyErr::fetch(py),
        AnalyticError::Length { .. }
        | AnalyticError::Range { .. }
        | AnalyticError::Competition
        | AnalyticError::Impossible => PyValueError::new_err(error.to_string()),
        AnalyticError::Steps { .. } | AnalyticError::Overflow | AnalyticError::Accuracy { .. } => {
            PyRuntimeError::new_err(error.to_string())
        }
    })
}

/// A question of the forward equations for each row of `initial` (n, K), and the numbers of rows, times and types.
pub(crate) fn for_each_row<T: Send>(
    py: Python<'_>,
    process: &Process,
    initial: &PyReadonlyArray2<'_, f64>,
    times: &PyReadonlyArray1<'_, f64>,
    question: fn(&Core, &[f64], &[f64], &dyn Fn() -> bool) -> Result<T, AnalyticError>,
) -> PyResult<(Vec<T>, [usize; 3])> {
    let core = &*process.inner;
    let (initial, times) = (initial.as_array().to_owned(), times.as_array().to_vec());
    let shape = [initial.nrows(), times.len(), core.types()];
    let all = detached(py, |poll| {
        initial.rows().into_iter().map(|row| question(core, &row.to_vec(), &times, poll)).collect()
    })?;
    Ok((all, shape))
}

fn rows(pairs: &[TwoSided], of: impl Fn(&TwoSided, usize) -> f64, types: usize) -> Array2<f64> {
    Array2::from_shape_fn((pairs.len(), types), |(t, i)| of(&pairs[t], i))
}

/// `presence`, `absence` (K,) at the horizons (T,) -> the same pair at time 0, each (T, K).
#[pyfunction]
pub fn backward<'py>(
    py: Python<'py>,
    process: &Process,
    presence: PyReadonlyArray1<'_, f64>,
    absence: PyReadonlyArray1<'_, f64>,
    horizons: PyReadonlyArray1<'_, f64>,
) -> PyResult<Pair<'py>> {
    let core = &*process.inner;
    let (presence, absence) = (presence.as_array().to_vec(), absence.as_array().to_vec());
    let horizons = horizons.as_array().to_vec();
    let pairs = detached(py, |poll| Backward::new(core, poll).solve(&TwoSided::new(&presence, &absence)?, &horizons))?;
    let k = core.types();
    Ok((rows(&pairs, TwoSided::presence, k).into_pyarray(py), rows(&pairs, TwoSided::absence, k).into_pyarray(py)))
}

/// ln P(no cell of the marked types at the horizons) from each row of `initial` (n, K): (n, T).
#[pyfunction]
pub fn log_absence<'py>(
    py: Python<'py>,
    process: &Process,
    marked: Vec<bool>,
    initial: PyReadonlyArray2<'_, u64>,
    horizons: PyReadonlyArray1<'_, f64>,
) -> PyResult<Bound<'py, PyArray2<f64>>> {
    let core = &*process.inner;
    let horizons = horizons.as_array().to_vec();
    let pairs = detached(py, |poll| Backward::new(core, poll).solve(&TwoSided::indicator(&marked), &horizons))?;
    Ok(compose(&initial, &pairs).into_pyarray(py))
}

/// ln P(extinct ever) from each row of `initial` (n, K): (n,).
#[pyfunction]
pub fn log_ultimate_extinction<'py>(
    py: Python<'py>,
    process: &Process,
    initial: PyReadonlyArray2<'_, u64>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let core = &*process.inner;
    let pair = detached(py, |poll| analytic::ultimate(core, poll))?;
    Ok(compose(&initial, &[pair]).column(0).to_owned().into_pyarray(py))
}

/// Mean counts (n, T, K) and expected special events (n, T) from each row of `initial` (n, K).
#[pyfunction]
pub fn mean_counts<'py>(
    py: Python<'py>,
    process: &Process,
    initial: PyReadonlyArray2<'_, f64>,
    times: PyReadonlyArray1<'_, f64>,
) -> PyResult<(Bound<'py, PyArray3<f64>>, Bound<'py, PyArray2<f64>>)> {
    let (means, [n, t, k]) = for_each_row(py, process, &initial, &times, analytic::mean_counts)?;
    let counts = Array3::from_shape_fn((n, t, k), |(row, time, i)| means[row].counts[time * k + i]);
    let events = Array2::from_shape_fn((n, t), |(row, time)| means[row].special_events[time]);
    Ok((counts.into_pyarray(py), events.into_pyarray(py)))
}

fn compose(initial: &PyReadonlyArray2<'_, u64>, pairs: &[TwoSided]) -> Array2<f64> {
    let initial = initial.as_array();
    Array2::from_shape_fn((initial.nrows(), pairs.len()), |(n, t)| {
        let row = initial.row(n);
        pairs[t].log_absence(row.iter().map(|&n| n as f64))
    })
}

/// Sums over founding `times` with `weights` (times, types), for what is at detection: derivatives by it (`end`) and by
/// the rates of growth, and the presence at every time, as a dictionary of arrays.
#[pyfunction]
pub fn founding_gradient<'py>(
    py: Python<'py>,
    process: &Process,
    presence: PyReadonlyArray1<'_, f64>,
    absence: PyReadonlyArray1<'_, f64>,
    times: PyReadonlyArray1<'_, f64>,
    weights: PyReadonlyArray2<'_, f64>,
) -> PyResult<Bound<'py, PyDict>> {
    let core = &*process.inner;
    let (presence, absence) = (presence.as_array().to_vec(), absence.as_array().to_vec());
    let (times, weights) = (times.as_array().to_vec(), weights.as_array().iter().copied().collect::<Vec<f64>>());
    let got = detached(py, |poll| {
        analytic::founding_gradient(core, &TwoSided::new(&presence, &absence)?, &times, &weights, poll)
    })?;
    let out = PyDict::new(py);
    out.set_item("presence", got.presence.into_pyarray(py).reshape([times.len(), core.types()])?)?;
    out.set_item("end", got.end.into_pyarray(py))?;
    out.set_item("birth", got.birth.into_pyarray(py))?;
    out.set_item("death", got.death.into_pyarray(py))?;
    out.set_item("mutation", got.mutation.into_pyarray(py))?;
    out.set_item("switching", got.switching.into_pyarray(py))?;
    Ok(out)
}

/// ln P(no cell of the marked types at the horizon) and its derivatives, as a dictionary of arrays.
#[pyfunction]
pub fn sensitivity<'py>(
    py: Python<'py>,
    process: &Process,
    marked: Vec<bool>,
    initial: PyReadonlyArray1<'_, f64>,
    horizon: f64,
) -> PyResult<Bound<'py, PyDict>> {
    let core = &*process.inner;
    let initial = initial.as_array().to_vec();
    let got = detached(py, |poll| analytic::sensitivity(core, &marked, &initial, horizon, poll))?;
    let out = PyDict::new(py);
    out.set_item("log_absence", got.log_absence)?;
    out.set_item("initial", got.initial.into_pyarray(py))?;
    out.set_item("birth", got.birth.into_pyarray(py))?;
    out.set_item("death", got.death.into_pyarray(py))?;
    out.set_item("mutation", got.mutation.into_pyarray(py))?;
    out.set_item("switching", got.switching.into_pyarray(py))?;
    out.set_item("pulse_survival", got.pulse_survival.into_pyarray(py))?;
    out.set_item("pulse_time", got.pulse_time)?;
    out.set_item("breakpoint", got.breakpoint)?;
    out.set_item("horizon", got.horizon)?;
    Ok(out)
}
