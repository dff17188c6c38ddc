//! `Exposure`: doses of one drug in, concentrations out.

use crate::arrays::{Held, column, values};
use crate::door;
use crate::errors::Error;
use chemoevo_core::pharmacology as core;
use numpy::{Ix1, PyReadonlyArray1};
use pyo3::prelude::*;

/// Total plasma concentration of one drug. Python validates; a `ModelError` from here is a bug there.
#[pyclass(frozen, module = "chemoevo._core")]
pub struct Exposure {
    pub inner: core::Exposure,
}

#[pymethods]
impl Exposure {
    /// `clearance` (L/h), `volume` (L), `peripherals` [(exchange L/h, volume L)]; doses by `times` (h), `amounts`
    /// (mg) and `durations` (h).
    #[new]
    fn new(
        py: Python<'_>,
        clearance: f64,
        volume: f64,
        peripherals: Vec<(f64, f64)>,
        times: Vec<f64>,
        amounts: Vec<f64>,
        durations: Vec<f64>,
    ) -> PyResult<Self> {
        if times.len() != amounts.len() || times.len() != durations.len() {
            return Err(Error::Value("times, amounts and durations must have one length.".to_owned()).into());
        }
        let doses: Vec<core::Dose> = (0..times.len())
            .map(|k| core::Dose { time: times[k], amount: amounts[k], duration: durations[k] })
            .collect();
        let inner = door::tried(py, || {
            let disposition = core::Disposition::new(clearance, volume, &peripherals)?;
            Ok::<_, Error>(core::Exposure::new(disposition, &doses)?)
        })?;
        Ok(Self { inner })
    }

    /// Coefficients (1/L) of the response to a unit bolus, the slowest phase first.
    #[getter]
    fn coefficients(&self) -> Vec<f64> {
        self.inner.disposition().coefficients().to_vec()
    }

    /// Exponents (1/h) of the response to a unit bolus, increasing.
    #[getter]
    fn exponents(&self) -> Vec<f64> {
        self.inner.disposition().exponents().to_vec()
    }

    /// Total concentration (mg/L) at `times` (h).
    fn concentration(&self, py: Python<'_>, times: PyReadonlyArray1<'_, f64>) -> PyResult<Held<f64, Ix1>> {
        self.at(py, &times, |t| self.inner.concentration(t))
    }

    /// Area under the total concentration (mg h/L) from 0 to `times` (h).
    fn area(&self, py: Python<'_>, times: PyReadonlyArray1<'_, f64>) -> PyResult<Held<f64, Ix1>> {
        self.at(py, &times, |t| self.inner.area_until(t))
    }
}

impl Exposure {
    fn at(
        &self,
        py: Python<'_>,
        times: &PyReadonlyArray1<'_, f64>,
        what: impl Fn(f64) -> f64 + Send,
    ) -> PyResult<Held<f64, Ix1>> {
        let times = values(times);
        Ok(column(py, door::here(py, || times.into_iter().map(what).collect())?))
    }
}
