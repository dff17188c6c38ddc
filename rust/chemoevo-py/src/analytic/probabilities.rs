//! Backward equations: probabilities of absence and presence.

use super::results::TwoSided;
use crate::arrays::{Held, moved, values};
use crate::door::polled;
use crate::process::Process;
use chemoevo_core::analytic::{self as core, Backward};
use numpy::ndarray::Array2;
use numpy::{Ix1, Ix2, PyReadonlyArray1, PyReadonlyArray2};
use pyo3::prelude::*;

/// `presence`, `absence` (K,) at the horizons (T,) -> the same pair at time 0, each (T, K).
#[pyfunction]
pub fn backward(
    py: Python<'_>,
    process: &Process,
    presence: PyReadonlyArray1<'_, f64>,
    absence: PyReadonlyArray1<'_, f64>,
    horizons: PyReadonlyArray1<'_, f64>,
) -> PyResult<TwoSided> {
    let core = &*process.inner;
    let [presence, absence, horizons] = [presence, absence, horizons].map(|a| values(&a));
    let pairs =
        polled(py, |poll| Backward::new(core, poll).solve(&core::TwoSided::new(&presence, &absence)?, &horizons))?;
    let rows = |of: fn(&core::TwoSided, usize) -> f64| {
        moved(py, Array2::from_shape_fn((pairs.len(), core.types()), |(t, i)| of(&pairs[t], i)))
    };
    Ok(TwoSided { presence: rows(core::TwoSided::presence), absence: rows(core::TwoSided::absence) })
}

/// ln P(no cell of the marked types at the horizons) from each row of `initial` (n, K): (n, T).
#[pyfunction]
pub fn log_absence(
    py: Python<'_>,
    process: &Process,
    marked: Vec<bool>,
    initial: PyReadonlyArray2<'_, i64>,
    horizons: PyReadonlyArray1<'_, f64>,
) -> PyResult<Held<f64, Ix2>> {
    let (core, horizons) = (&*process.inner, values(&horizons));
    let pairs = polled(py, |poll| Backward::new(core, poll).solve(&core::TwoSided::indicator(&marked), &horizons))?;
    Ok(moved(py, composed(&initial, &pairs)))
}

/// ln P(extinct ever) from each row of `initial` (n, K): (n,).
#[pyfunction]
pub fn log_ultimate_extinction(
    py: Python<'_>,
    process: &Process,
    initial: PyReadonlyArray2<'_, i64>,
) -> PyResult<Held<f64, Ix1>> {
    let core = &*process.inner;
    let pair = polled(py, |poll| core::ultimate(core, poll))?;
    Ok(moved(py, composed(&initial, &[pair]).column(0).to_owned()))
}

fn composed(initial: &PyReadonlyArray2<'_, i64>, pairs: &[core::TwoSided]) -> Array2<f64> {
    let initial = initial.as_array();
    Array2::from_shape_fn((initial.nrows(), pairs.len()), |(n, t)| {
        pairs[t].log_absence(initial.row(n).iter().map(|&n| n as f64))
    })
}
