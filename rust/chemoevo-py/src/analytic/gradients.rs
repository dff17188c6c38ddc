//! Derivatives.

use super::results::{FoundingGradient, Sensitivity};
use crate::arrays::{column, shaped, values};
use crate::door::polled;
use crate::process::Process;
use chemoevo_core::analytic as core;
use numpy::{PyReadonlyArray1, PyReadonlyArray2};
use pyo3::prelude::*;

/// ln P(no cell of the marked types at the horizon) and its derivatives.
#[pyfunction]
pub fn sensitivity(
    py: Python<'_>,
    process: &Process,
    marked: Vec<bool>,
    initial: PyReadonlyArray1<'_, f64>,
    horizon: f64,
) -> PyResult<Sensitivity> {
    let (core, initial) = (&*process.inner, values(&initial));
    let got = polled(py, |poll| core::sensitivity(core, &marked, &initial, horizon, poll))?;
    let (intervals, k) = (core.intervals(), core.types());
    let by_interval = |slopes: Vec<f64>| {
        let columns = slopes.len() / intervals;
        shaped(py, slopes, [intervals, columns])
    };
    let or_nan = |slopes: Vec<Option<f64>>| column(py, slopes.into_iter().map(|s| s.unwrap_or(f64::NAN)).collect());
    Ok(Sensitivity {
        log_absence: got.log_absence,
        initial: column(py, got.initial),
        birth: by_interval(got.birth)?,
        death: by_interval(got.death)?,
        mutation: by_interval(got.mutation)?,
        switching: by_interval(got.switching)?,
        pulse_survival: shaped(py, got.pulse_survival, [core.pulses().len(), k])?,
        pulse_time: or_nan(got.pulse_time),
        breakpoint: or_nan(got.breakpoint),
        horizon: got.horizon.unwrap_or(f64::NAN),
    })
}

/// Sums over founding `times` with `weights` (times, types), for what is at detection: derivatives by it (`end`) and by
/// the rates of growth, and the presence at every time.
#[pyfunction]
pub fn founding_gradient(
    py: Python<'_>,
    process: &Process,
    presence: PyReadonlyArray1<'_, f64>,
    absence: PyReadonlyArray1<'_, f64>,
    times: PyReadonlyArray1<'_, f64>,
    weights: PyReadonlyArray2<'_, f64>,
) -> PyResult<FoundingGradient> {
    let core = &*process.inner;
    let ([presence, absence, times], weights) = ([presence, absence, times].map(|a| values(&a)), values(&weights));
    let got = polled(py, |poll| {
        core::founding_gradient(core, &core::TwoSided::new(&presence, &absence)?, &times, &weights, poll)
    })?;
    Ok(FoundingGradient {
        presence: shaped(py, got.presence, [times.len(), core.types()])?,
        end: column(py, got.end),
        birth: column(py, got.birth),
        death: column(py, got.death),
        mutation: column(py, got.mutation),
        switching: column(py, got.switching),
    })
}
