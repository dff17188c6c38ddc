//! Means and covariances.

use super::means::for_each_row;
use super::results::Moments;
use crate::arrays::{shaped, values};
use crate::door::polled;
use crate::process::Process;
use chemoevo_core::analytic as core;
use numpy::{PyReadonlyArray1, PyReadonlyArray2};
use pyo3::prelude::*;

/// Means (n, T, K) and covariances (n, T, K, K) from each row of `initial` (n, K).
#[pyfunction]
pub fn moments(
    py: Python<'_>,
    process: &Process,
    initial: PyReadonlyArray2<'_, f64>,
    times: PyReadonlyArray1<'_, f64>,
) -> PyResult<Moments> {
    let (all, [n, t, k]) = for_each_row(py, process, &initial, &times, core::moments)?;
    let mean = all.iter().flat_map(|m| &m.mean).copied().collect();
    let covariance = all.iter().flat_map(|m| &m.covariance).copied().collect();
    Ok(Moments { mean: shaped(py, mean, vec![n, t, k])?, covariance: shaped(py, covariance, vec![n, t, k, k])? })
}

/// Means (T, K) and covariances (T, K, K) after growth for `days` from one cell of the first type, given `there`: the
/// probability that some cell was there at its end, and that none was.
#[pyfunction]
pub fn moments_of_survivors(
    py: Python<'_>,
    growth: &Process,
    days: f64,
    there: (f64, f64),
    process: &Process,
    times: PyReadonlyArray1<'_, f64>,
) -> PyResult<Moments> {
    let (growth, core, times) = (&*growth.inner, &*process.inner, values(&times));
    let got = polled(py, |poll| core::moments_of_survivors(growth, days, there, core, &times, poll))?;
    one(py, got, times.len(), core.types())
}

/// Means (T, K) and covariances (T, K, K) from `fixed` cells (K,) and a Poisson number of families, of which all together
/// have the means `mean` (K,) and the sums of E[X_i X_j] - [i = j] E[X_i] in `pairs` (K, K).
#[pyfunction]
pub fn moments_of_families(
    py: Python<'_>,
    process: &Process,
    fixed: PyReadonlyArray1<'_, f64>,
    mean: PyReadonlyArray1<'_, f64>,
    pairs: PyReadonlyArray2<'_, f64>,
    times: PyReadonlyArray1<'_, f64>,
) -> PyResult<Moments> {
    let core = &*process.inner;
    let ([fixed, mean, times], pairs) = ([fixed, mean, times].map(|a| values(&a)), values(&pairs));
    let got = polled(py, |poll| core::moments_of_families(core, &fixed, &mean, &pairs, &times, poll))?;
    one(py, got, times.len(), core.types())
}

fn one(py: Python<'_>, found: core::Moments, t: usize, k: usize) -> PyResult<Moments> {
    let core::Moments { mean, covariance } = found;
    Ok(Moments { mean: shaped(py, mean, vec![t, k])?, covariance: shaped(py, covariance, vec![t, k, k])? })
}
