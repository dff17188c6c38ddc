//! Moments, and generating functions at complex points: arrays in, arrays out, the GIL released.

use crate::analytic::{detached, for_each_row};
use crate::process::Process;
use chemoevo_core::analytic::{self, Moments};
use numpy::ndarray::{Array1, Array2, Array3, Array4};
use numpy::{IntoPyArray, PyArray1, PyArray2, PyArray3, PyArray4, PyReadonlyArray1, PyReadonlyArray2};
use pyo3::prelude::*;

type Arrays<'py> = (Bound<'py, PyArray2<f64>>, Bound<'py, PyArray3<f64>>);

/// Means (n, T, K) and covariances (n, T, K, K) from each row of `initial` (n, K).
#[pyfunction]
pub fn moments<'py>(
    py: Python<'py>,
    process: &Process,
    initial: PyReadonlyArray2<'_, f64>,
    times: PyReadonlyArray1<'_, f64>,
) -> PyResult<(Bound<'py, PyArray3<f64>>, Bound<'py, PyArray4<f64>>)> {
    let (all, [n, t, k]) = for_each_row(py, process, &initial, &times, analytic::moments)?;
    let mean = Array3::from_shape_fn((n, t, k), |(row, time, i)| all[row].mean[time * k + i]);
    let covariance =
        Array4::from_shape_fn((n, t, k, k), |(row, time, i, j)| all[row].covariance[(time * k + i) * k + j]);
    Ok((mean.into_pyarray(py), covariance.into_pyarray(py)))
}

/// Means (T, K) and covariances (T, K, K) after growth for `days` from one cell of the first type, given `there`: the
/// probability that some cell was there at its end, and that none was.
#[pyfunction]
pub fn moments_of_survivors<'py>(
    py: Python<'py>,
    growth: &Process,
    days: f64,
    there: (f64, f64),
    process: &Process,
    times: PyReadonlyArray1<'_, f64>,
) -> PyResult<Arrays<'py>> {
    let (growth, core, times) = (&*growth.inner, &*process.inner, times.as_array().to_vec());
    let got = detached(py, |poll| analytic::moments_of_survivors(growth, days, there, core, &times, poll))?;
    Ok(arrays(py, got, core.types()))
}

/// Means (T, K) and covariances (T, K, K) from `fixed` cells (K,) and a Poisson number of families, of which all together
/// have the means `mean` (K,) and the sums of E[X_i X_j] - [i = j] E[X_i] in `pairs` (K, K).
#[pyfunction]
pub fn moments_of_families<'py>(
    py: Python<'py>,
    process: &Process,
    fixed: PyReadonlyArray1<'_, f64>,
    mean: PyReadonlyArray1<'_, f64>,
    pairs: PyReadonlyArray2<'_, f64>,
    times: PyReadonlyArray1<'_, f64>,
) -> PyResult<Arrays<'py>> {
    let (core, times) = (&*process.inner, times.as_array().to_vec());
    let [fixed, mean] = [fixed, mean].map(|x| x.as_array().to_vec());
    let pairs: Vec<f64> = pairs.as_array().iter().copied().collect();
    let got = detached(py, |poll| analytic::moments_of_families(core, &fixed, &mean, &pairs, &times, poll))?;
    Ok(arrays(py, got, core.types()))
}

fn arrays(py: Python<'_>, moments: Moments, k: usize) -> Arrays<'_> {
    let t = moments.mean.len() / k;
    let mean = Array2::from_shape_vec((t, k), moments.mean).expect("one mean a time and type");
    let covariance = Array3::from_shape_vec((t, k, k), moments.covariance).expect("one matrix a time");
    (mean.into_pyarray(py), covariance.into_pyarray(py))
}

/// Real and imaginary part of G (points, K), from G = real + i imaginary for the marked types at the horizon.
#[pyfunction]
pub fn complements<'py>(
    py: Python<'py>,
    process: &Process,
    marked: Vec<bool>,
    real: PyReadonlyArray1<'_, f64>,
    imaginary: PyReadonlyArray1<'_, f64>,
    horizon: f64,
    threads: usize,
) -> PyResult<(Bound<'py, PyArray2<f64>>, Bound<'py, PyArray2<f64>>)> {
    let core = &*process.inner;
    let points: Vec<(f64, f64)> = real.as_array().iter().copied().zip(imaginary.as_array().iter().copied()).collect();
    let values = detached(py, |poll| analytic::complements(core, &marked, &points, horizon, threads, poll))?;
    let k = core.types();
    let part = |of: fn(&(f64, f64)) -> f64| Array2::from_shape_fn((points.len(), k), |(p, i)| of(&values[p * k + i]));
    Ok((part(|v| v.0).into_pyarray(py), part(|v| v.1).into_pyarray(py)))
}

/// Sums over nodes of `weights . G` (real and imaginary part) and of `weights . |G|`, each (points,), where G is what
/// `real` + i `imaginary` (points, K) has become after `times` (nodes,); `weights` is (nodes, K).
#[pyfunction]
pub fn lineages<'py>(
    py: Python<'py>,
    process: &Process,
    real: PyReadonlyArray2<'_, f64>,
    imaginary: PyReadonlyArray2<'_, f64>,
    times: PyReadonlyArray1<'_, f64>,
    weights: PyReadonlyArray2<'_, f64>,
    threads: usize,
) -> PyResult<[Bound<'py, PyArray1<f64>>; 3]> {
    let core = &*process.inner;
    let end: Vec<(f64, f64)> = real.as_array().iter().copied().zip(imaginary.as_array().iter().copied()).collect();
    let (times, weights) = (times.as_array().to_vec(), weights.as_array().iter().copied().collect::<Vec<_>>());
    let sums = detached(py, |poll| analytic::lineages(core, &end, &times, &weights, threads, poll))?;
    Ok(std::array::from_fn(|part| sums.iter().map(|s| s[part]).collect::<Array1<f64>>().into_pyarray(py)))
}
