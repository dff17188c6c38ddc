//! `Cohort`: one drug in many patients.

use super::kinetics::Kinetics;
use crate::arrays::{Held, shaped, values};
use crate::errors::Error;
use crate::pool;
use chemoevo_core::pharmacology as core;
use numpy::{Ix2, Ix4, PyReadonlyArray1};
use pyo3::prelude::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

pub type Column<'py> = PyReadonlyArray1<'py, f64>;

/// Times (h), amounts ((D,), or all rows of (P, D)), durations (h), by mouth.
pub type Doses<'py> = (Column<'py>, Column<'py>, Column<'py>, Vec<bool>);

/// Kinetics of one drug in many patients.
#[pyclass(frozen, module = "chemoevo._core")]
pub struct Cohort {
    pub models: Arc<Vec<Arc<core::Model>>>,
}

#[pymethods]
impl Cohort {
    /// One `Kinetics` per patient.
    #[new]
    fn new(kinetics: Vec<PyRef<'_, Kinetics>>) -> Self {
        Self { models: Arc::new(kinetics.iter().map(|one| one.inner.clone()).collect()) }
    }

    fn __len__(&self) -> usize {
        self.models.len()
    }

    /// Concentrations (patients, times) in a compartment. `doses` are times (h), amounts ((D,) or (P, D) in rows),
    /// durations (h) and by_mouth.
    #[pyo3(signature = (doses, times, *, compartment=0, threads=None))]
    fn concentration(
        &self,
        py: Python<'_>,
        doses: Doses<'_>,
        times: Column<'_>,
        compartment: usize,
        threads: Option<usize>,
    ) -> PyResult<Held<f64, Ix2>> {
        self.table(py, &doses, &times, (compartment, core::Measure::Value), threads)
    }

    /// Areas (patients, times) under the concentration of a compartment from 0.
    #[pyo3(signature = (doses, times, *, compartment=0, threads=None))]
    fn area(
        &self,
        py: Python<'_>,
        doses: Doses<'_>,
        times: Column<'_>,
        compartment: usize,
        threads: Option<usize>,
    ) -> PyResult<Held<f64, Ix2>> {
        self.table(py, &doses, &times, (compartment, core::Measure::Area), threads)
    }

    /// Of periods between borders (h), highest and last concentration, area and hours above a level: (patients,
    /// compartments, periods, 4). `levels` has a compartment and its level each.
    #[pyo3(signature = (doses, borders, levels, *, threads=None))]
    fn periods(
        &self,
        py: Python<'_>,
        doses: Doses<'_>,
        borders: Column<'_>,
        levels: Vec<(usize, f64)>,
        threads: Option<usize>,
    ) -> PyResult<Held<f64, Ix4>> {
        let (schedule, borders) = (schedule(&doses), values(&borders));
        let shape = [self.models.len(), levels.len(), borders.len().saturating_sub(1), 4];
        let found = self.run(py, threads, move |models, cancel| {
            core::cohort_periods(models, &schedule, &borders, &levels, cancel)
        })?;
        shaped(py, found.into_iter().flat_map(|p| [p.highest, p.area, p.last, p.above]).collect(), shape)
    }
}

impl Cohort {
    fn table(
        &self,
        py: Python<'_>,
        doses: &Doses<'_>,
        times: &Column<'_>,
        what: (usize, core::Measure),
        threads: Option<usize>,
    ) -> PyResult<Held<f64, Ix2>> {
        let (schedule, times) = (schedule(doses), values(times));
        let shape = [self.models.len(), times.len()];
        let found =
            self.run(py, threads, move |models, cancel| core::cohort(models, &schedule, &times, what, cancel))?;
        shaped(py, found, shape)
    }

    /// What some work on all patients gives; an interrupt sets the flag.
    fn run<T: Send + 'static>(
        &self,
        py: Python<'_>,
        threads: Option<usize>,
        work: impl FnOnce(&[Arc<core::Model>], &AtomicBool) -> Result<Vec<T>, core::CourseError> + Send + 'static,
    ) -> PyResult<Vec<T>> {
        let (models, cancel) = (self.models.clone(), Arc::new(AtomicBool::new(false)));
        let flag = cancel.clone();
        let threads = threads.unwrap_or_else(pool::available_threads).max(1);
        let work = move || work(&models, &flag);
        let found = pool::run(py, threads, work, || cancel.store(true, Ordering::Relaxed), |_| Ok(()))?;
        Ok(found.map_err(Error::from)?)
    }
}

/// Doses from their columns.
pub fn schedule(doses: &Doses<'_>) -> core::Schedule {
    core::Schedule {
        times: values(&doses.0),
        amounts: values(&doses.1),
        durations: values(&doses.2),
        by_mouth: doses.3.clone(),
    }
}
