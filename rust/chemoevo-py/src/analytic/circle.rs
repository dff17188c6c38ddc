//! Generating functions at complex points.

use super::results::{Complements, Lineages};
use crate::arrays::{column, complex, shaped, values};
use crate::door::polled;
use crate::process::Process;
use chemoevo_core::analytic as core;
use numpy::{PyReadonlyArray1, PyReadonlyArray2};
use pyo3::prelude::*;

/// Real and imaginary part of G (points, K), from G = real + i imaginary for the marked types at the horizon.
#[pyfunction]
pub fn complements(
    py: Python<'_>,
    process: &Process,
    marked: Vec<bool>,
    real: PyReadonlyArray1<'_, f64>,
    imaginary: PyReadonlyArray1<'_, f64>,
    horizon: f64,
    threads: usize,
) -> PyResult<Complements> {
    let (core, points) = (&*process.inner, complex(&real, &imaginary)?);
    let found = polled(py, |poll| core::complements(core, &marked, &points, horizon, threads, poll))?;
    let part = |of: fn(&(f64, f64)) -> f64| shaped(py, found.iter().map(of).collect(), [points.len(), core.types()]);
    Ok(Complements { real: part(|v| v.0)?, imaginary: part(|v| v.1)? })
}

/// Sums over nodes of `weights . G` (real and imaginary part) and of `weights . |G|`, each (points,), where G is what
/// `real` + i `imaginary` (points, K) has become after `times` (nodes,); `weights` is (nodes, K).
#[pyfunction]
pub fn lineages(
    py: Python<'_>,
    process: &Process,
    real: PyReadonlyArray2<'_, f64>,
    imaginary: PyReadonlyArray2<'_, f64>,
    times: PyReadonlyArray1<'_, f64>,
    weights: PyReadonlyArray2<'_, f64>,
    threads: usize,
) -> PyResult<Lineages> {
    let (core, end) = (&*process.inner, complex(&real, &imaginary)?);
    let (times, weights) = (values(&times), values(&weights));
    let sums = polled(py, |poll| core::lineages(core, &end, &times, &weights, threads, poll))?;
    let part = |part: usize| column(py, sums.iter().map(|s| s[part]).collect());
    Ok(Lineages { real: part(0), imaginary: part(1), size: part(2) })
}
