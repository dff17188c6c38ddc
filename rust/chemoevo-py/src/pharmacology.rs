//! `Exposure`: doses of one drug in, concentrations out.

use chemoevo_core::pharmacology as core;
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// Total plasma concentration of one drug. Python validates; a `ValueError` from here is a bug there.
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
            return Err(PyValueError::new_err("times, amounts and durations must have one length"));
        }
        let disposition = core::Disposition::new(clearance, volume, &peripherals)
            .map_err(|e| PyValueError::new_err(e.to_string()))?;
        let doses: Vec<core::Dose> = (0..times.len())
            .map(|k| core::Dose { time: times[k], amount: amounts[k], duration: durations[k] })
            .collect();
        let inner = py.detach(|| core::Exposure::new(disposition, &doses));
        Ok(Self { inner: inner.map_err(|e| PyValueError::new_err(e.to_string()))? })
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
    fn concentration<'py>(&self, py: Python<'py>, times: PyReadonlyArray1<'py, f64>) -> Bound<'py, PyArray1<f64>> {
        let times = times.as_array().to_vec();
        py.detach(|| times.iter().map(|&t| self.inner.concentration(t)).collect::<Vec<_>>()).into_pyarray(py)
    }

    /// Area under the total concentration (mg h/L) from 0 to `times` (h).
    fn area<'py>(&self, py: Python<'py>, times: PyReadonlyArray1<'py, f64>) -> Bound<'py, PyArray1<f64>> {
        let times = times.as_array().to_vec();
        py.detach(|| times.iter().map(|&t| self.inner.area_until(t)).collect::<Vec<_>>()).into_pyarray(py)
    }
}
