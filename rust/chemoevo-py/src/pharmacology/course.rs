//! `Course`: one drug in one patient over time.

use super::kinetics::{Kinetics, State, administrations};
use crate::arrays::{Held, column, values};
use crate::door;
use crate::errors::Error;
use chemoevo_core::pharmacology as core;
use numpy::{Ix1, PyReadonlyArray1};
use pyo3::prelude::*;
use std::sync::Arc;

/// Times between two looks at signals.
const LOOK_EVERY: usize = 256;

/// The course of one drug in one patient, from doses, or from doses and a state.
#[pyclass(frozen, module = "chemoevo._core")]
pub struct Course {
    pub inner: Arc<core::Course>,
}

#[pymethods]
impl Course {
    /// Doses by `times` (h), `amounts`, `durations` (h) and `by_mouth`; `start` is a state from which to go on.
    #[new]
    #[pyo3(signature = (kinetics, times, amounts, durations, by_mouth, *, start=None))]
    fn new(
        py: Python<'_>,
        kinetics: &Kinetics,
        times: Vec<f64>,
        amounts: Vec<f64>,
        durations: Vec<f64>,
        by_mouth: Vec<bool>,
        start: Option<&State>,
    ) -> PyResult<Self> {
        let doses = administrations(&times, &amounts, &durations, &by_mouth)?;
        let (model, start) = (kinetics.inner.clone(), start.map(|state| &state.inner));
        Ok(Self { inner: Arc::new(door::polled(py, |poll| core::Course::new(model, &doses, start, poll))?) })
    }

    /// A concentration that stays: what cells are in, in an assay.
    #[staticmethod]
    fn constant(py: Python<'_>, concentration: f64) -> PyResult<Self> {
        // It falls by less than rounding within any time.
        let parts = core::Parts { clearance: f64::MIN_POSITIVE, volume: 1.0, ..core::Parts::default() };
        let model = Arc::new(core::Model::new(&parts).map_err(Error::from)?);
        let dose = core::Administration { time: 0.0, amount: concentration, duration: 0.0, by_mouth: false };
        Ok(Self { inner: Arc::new(door::tried(py, || core::Course::new(model, &[dose], None, &|| false))?) })
    }

    /// Concentration in a compartment at `times` (h): 0 is plasma, then metabolites, then effect compartments.
    #[pyo3(signature = (times, compartment=0))]
    fn concentration(
        &self,
        py: Python<'_>,
        times: PyReadonlyArray1<'_, f64>,
        compartment: usize,
    ) -> PyResult<Held<f64, Ix1>> {
        self.at(py, &times, compartment, core::Measure::Value)
    }

    /// Area under the concentration of a compartment from the start to `times` (h).
    #[pyo3(signature = (times, compartment=0))]
    fn area(&self, py: Python<'_>, times: PyReadonlyArray1<'_, f64>, compartment: usize) -> PyResult<Held<f64, Ix1>> {
        self.at(py, &times, compartment, core::Measure::Area)
    }

    /// The state at a time (h): what was given until then, and not what is given later.
    fn state(&self, py: Python<'_>, time: f64) -> PyResult<State> {
        Ok(State { inner: door::tried(py, || self.inner.state(time))? })
    }

    /// Times (h) at which an input begins or ends.
    #[getter]
    fn kinks(&self) -> Vec<f64> {
        self.inner.kinks().collect()
    }

    /// Stretches of which the course is made; the steps of a saturable drug are among them.
    #[getter]
    fn stretches(&self) -> usize {
        self.inner.stretches()
    }
}

impl Course {
    fn at(
        &self,
        py: Python<'_>,
        times: &PyReadonlyArray1<'_, f64>,
        compartment: usize,
        measure: core::Measure,
    ) -> PyResult<Held<f64, Ix1>> {
        let times = values(times);
        let found = door::polled(py, |poll| self.inner.table(&times, compartment, measure, LOOK_EVERY, poll))?;
        Ok(column(py, found))
    }
}
