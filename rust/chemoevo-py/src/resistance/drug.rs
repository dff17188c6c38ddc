//! What goes into compiled rates: drugs, and how finely to compile.

use super::chain::Potency;
use crate::pharmacology::course::Course;
use chemoevo_core::resistance as core;
use pyo3::prelude::*;

/// One drug: how much of it there is, and what it does to every type.
#[pyclass(frozen, module = "chemoevo._core")]
pub struct Drug {
    inner: core::Drug,
}

#[pymethods]
impl Drug {
    /// What acts is in a compartment of the course, 0 for plasma; `unbound` is uM per mg/L; `potency` has one entry per type.
    #[new]
    fn new(
        course: &Course,
        compartment: usize,
        unbound: f64,
        cytostatic: bool,
        potency: Vec<PyRef<'_, Potency>>,
    ) -> Self {
        let inner = core::Drug {
            course: course.inner.clone(),
            compartment,
            unbound,
            mode: if cytostatic { core::Mode::Cytostatic } else { core::Mode::Cytotoxic },
            potency: potency.iter().map(|p| (**p).into()).collect(),
        };
        Self { inner }
    }
}

/// The drugs of the core.
pub fn drugs_of(drugs: &[PyRef<'_, Drug>]) -> Vec<core::Drug> {
    drugs.iter().map(|drug| drug.inner.clone()).collect()
}

/// How finely rates are compiled.
#[pyclass(frozen, module = "chemoevo._core")]
pub struct CompileOptions {
    pub inner: core::CompileOptions,
}

#[pymethods]
impl CompileOptions {
    /// `horizon` (days) ends all effects; `tolerance` is the largest change of an integrated rate within a segment;
    /// `halved` cuts every segment in two afterwards.
    #[new]
    #[pyo3(signature = (*, horizon, tolerance, halved, max_segments))]
    fn new(horizon: f64, tolerance: f64, halved: bool, max_segments: usize) -> Self {
        Self { inner: core::CompileOptions { horizon, tolerance, halved, max_segments } }
    }
}
