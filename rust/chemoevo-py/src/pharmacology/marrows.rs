//! `Marrows`: neutrophils of many patients.

use super::cohort::{Cohort, Column, Doses, schedule};
use super::realized::{DosePlan, DoseRules, Realized};
use crate::arrays::{Held, shaped, values};
use crate::errors::Error;
use crate::pool;
use chemoevo_core::pharmacology as core;
use numpy::{Ix2, Ix3};
use pyo3::prelude::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Kinetics, doses, the compartment that acts, and per patient a slope (1 per unit of concentration) or (Emax, EC50).
type Given<'py> = (PyRef<'py, Cohort>, Doses<'py>, usize, Vec<(f64, Option<f64>)>);

/// Friberg's model of the marrow in many patients who have several drugs.
#[pyclass(frozen, module = "chemoevo._core")]
pub struct Marrows {
    inner: Arc<core::Marrows>,
}

#[pymethods]
impl Marrows {
    /// `each` has baseline, mean transit time (h) and feedback of every patient; `drugs` (cohort, doses, compartment,
    /// effects), where an effect is (slope, None) or (Emax, EC50); `support` (from h, to h, speed of division and transit).
    #[new]
    #[pyo3(signature = (each, drugs, *, support=Vec::new()))]
    fn new(each: Vec<(f64, f64, f64)>, drugs: Vec<Given<'_>>, support: Vec<(f64, f64, f64)>) -> Self {
        let marrow = |(baseline, transit, feedback)| core::Marrow { baseline, transit, feedback };
        let given = |(cohort, doses, compartment, effects): Given<'_>| core::Given {
            models: cohort.models.clone(),
            schedule: schedule(&doses),
            compartment,
            suppressions: effects.into_iter().map(suppression).collect(),
        };
        let inner = core::Marrows {
            each: each.into_iter().map(marrow).collect(),
            drugs: drugs.into_iter().map(given).collect(),
            support: support.into_iter().map(|(from, to, speed)| core::Support { from, to, speed }).collect(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Counts (patients, times) at `times` (h).
    #[pyo3(signature = (times, *, threads=None))]
    fn counts(&self, py: Python<'_>, times: Column<'_>, threads: Option<usize>) -> PyResult<Held<f64, Ix2>> {
        let times = values(&times);
        let shape = [self.inner.each.len(), times.len()];
        shaped(py, self.run(py, threads, move |marrows, cancel| marrows.counts(&times, cancel))?, shape)
    }

    /// Of periods between borders (h): nadir, hours until it, and last count, (patients, periods, 3); and of every level,
    /// hours below and hours until the count is back above for good (infinite where it is below at the end, NaN where it
    /// never is), (patients, periods, 2 levels).
    #[pyo3(signature = (borders, levels, *, threads=None))]
    fn periods(
        &self,
        py: Python<'_>,
        borders: Column<'_>,
        levels: Vec<f64>,
        threads: Option<usize>,
    ) -> PyResult<(Held<f64, Ix3>, Held<f64, Ix3>)> {
        let borders = values(&borders);
        let (patients, periods, number) = (self.inner.each.len(), borders.len().saturating_sub(1), levels.len());
        let (spells, below) =
            self.run(py, threads, move |marrows, cancel| marrows.periods(&borders, &levels, cancel))?;
        let spells = spells.into_iter().flat_map(|s| [s.nadir, s.after, s.last]).collect();
        let below = below.into_iter().flat_map(|b| [b.hours, b.back]).collect();
        Ok((shaped(py, spells, [patients, periods, 3])?, shaped(py, below, [patients, periods, 2 * number])?))
    }

    /// What every patient is given of a plan, by rules; schedules of the drugs are not looked at.
    #[pyo3(signature = (plan, rules, *, threads=None))]
    fn realize(
        &self,
        py: Python<'_>,
        plan: PyRef<'_, DosePlan>,
        rules: PyRef<'_, DoseRules>,
        threads: Option<usize>,
    ) -> PyResult<Realized> {
        let (plan, rules) = (plan.inner.clone(), rules.inner.clone());
        let (cycles, doses) = (plan.borders.len().saturating_sub(1), plan.doses.len());
        let found = self.run(py, threads, move |marrows, cancel| marrows.realize(&plan, &rules, cancel))?;
        Realized::of(py, found, cycles, doses)
    }
}

impl Marrows {
    /// What some work on all patients gives; an interrupt sets the flag.
    fn run<T: Send + 'static>(
        &self,
        py: Python<'_>,
        threads: Option<usize>,
        work: impl FnOnce(&core::Marrows, &AtomicBool) -> Result<T, core::CourseError> + Send + 'static,
    ) -> PyResult<T> {
        let (marrows, cancel) = (self.inner.clone(), Arc::new(AtomicBool::new(false)));
        let flag = cancel.clone();
        let threads = threads.unwrap_or_else(pool::available_threads).max(1);
        let work = move || work(&marrows, &flag);
        let found = pool::run(py, threads, work, || cancel.store(true, Ordering::Relaxed), |_| Ok(()))?;
        Ok(found.map_err(Error::from)?)
    }
}

fn suppression((first, half): (f64, Option<f64>)) -> core::Suppression {
    half.map_or(core::Suppression::Linear { slope: first }, |half| core::Suppression::Saturable { most: first, half })
}
