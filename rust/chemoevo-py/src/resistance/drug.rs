//! What goes into compiled rates: drugs, what changes mechanisms, and how finely to compile.

use super::chain::{Potency, Step, steps_of};
use crate::errors::Error;
use crate::pharmacology::course::Course;
use chemoevo_core::resistance as core;
use pyo3::prelude::*;

/// One drug: how much of it there is, its potency in the reference line, and its way through cells.
#[pyclass(frozen, module = "chemoevo._core")]
pub struct Drug {
    inner: core::DrugInCells,
}

#[pymethods]
impl Drug {
    /// What acts is in a compartment of the course, 0 for plasma; `unbound` is uM per mg/L; `mode` is "cytotoxic", "cytostatic",
    /// "dividing" or "norton-simon"; `scales` are factors on EC50 and Emax by types; `cycling` says that it acts on cycling cells.
    #[new]
    #[expect(clippy::too_many_arguments, reason = "as a constructor of Python has them")]
    #[pyo3(signature = (course, compartment, unbound, mode, line, steps, scales=Vec::new(), *, cycling=false))]
    fn new(
        course: &Course,
        compartment: usize,
        unbound: f64,
        mode: &str,
        line: &Potency,
        steps: Vec<PyRef<'_, Step>>,
        scales: Vec<(f64, f64)>,
        cycling: bool,
    ) -> PyResult<Self> {
        let mode = match mode {
            "cytotoxic" => core::Mode::Cytotoxic,
            "cytostatic" => core::Mode::Cytostatic,
            "dividing" => core::Mode::Dividing,
            "norton-simon" => core::Mode::NortonSimon,
            other => {
                let rule = "mode must be one of cytotoxic, cytostatic, dividing, norton-simon";
                return Err(Error::Value(format!("{rule}; got {other:?}.")).into());
            }
        };
        let (course, line, steps) = (course.inner.clone(), (*line).into(), steps_of(&steps));
        let scales = scales.into_iter().map(|(ec50, emax)| core::Scale { ec50, emax }).collect();
        Ok(Self { inner: core::DrugInCells { course, compartment, unbound, mode, line, steps, scales, cycling } })
    }
}

/// The drugs of the core.
pub fn drugs_of(drugs: &[PyRef<'_, Drug>]) -> Vec<core::DrugInCells> {
    drugs.iter().map(|drug| drug.inner.clone()).collect()
}

/// Something with a concentration over time that changes mechanisms.
#[pyclass(frozen, module = "chemoevo._core")]
pub struct Agent {
    pub inner: core::Agent,
}

#[pymethods]
impl Agent {
    /// As of a drug.
    #[new]
    fn new(course: &Course, compartment: usize, unbound: f64) -> Self {
        Self { inner: core::Agent { course: course.inner.clone(), compartment, unbound } }
    }
}

/// An agent, by its position, that keeps a mechanism, by its position, from working.
#[pyclass(frozen, module = "chemoevo._core")]
pub struct Inhibitor {
    pub inner: core::Inhibitor,
}

#[pymethods]
impl Inhibitor {
    /// `ic50` in uM unbound; `most` is the largest inhibited share; `competes` at a pump that saturates.
    #[new]
    #[pyo3(signature = (mechanism, agent, *, ic50, hill, most, competes))]
    fn new(mechanism: usize, agent: usize, ic50: f64, hill: f64, most: f64, competes: bool) -> Self {
        Self { inner: core::Inhibitor { mechanism, agent, ic50, hill, most, competes } }
    }
}

/// An agent, by its position, that raises the expression of a mechanism, by its position.
#[pyclass(frozen, module = "chemoevo._core")]
pub struct Inducer {
    pub inner: core::Inducer,
}

#[pymethods]
impl Inducer {
    /// `ec50` in uM unbound; `most` is the largest factor; `rate` (1/h) is that at which the expression follows.
    #[new]
    #[pyo3(signature = (mechanism, agent, *, ec50, hill, most, rate))]
    fn new(mechanism: usize, agent: usize, ec50: f64, hill: f64, most: f64, rate: f64) -> Self {
        Self { inner: core::Inducer { mechanism, agent, ec50, hill, most, rate } }
    }
}

/// A transition that drugs drive: from a type, by its position in the niche.
#[pyclass(frozen, module = "chemoevo._core")]
pub struct Driven {
    pub inner: core::Driven,
}

#[pymethods]
impl Driven {
    /// `mutation` says that it happens at divisions; `by` are drugs, by their positions, with the share that the full effect
    /// takes away and what it adds.
    #[new]
    #[pyo3(signature = (start, *, mutation, base, by))]
    fn new(start: usize, mutation: bool, base: f64, by: Vec<(usize, f64, f64)>) -> Self {
        let transition = if mutation { core::Transition::Mutation } else { core::Transition::Switching };
        let by = by.into_iter().map(|(drug, taken, added)| core::Drive { drug, taken, added }).collect();
        Self { inner: core::Driven { from: start, transition, base, by } }
    }
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
