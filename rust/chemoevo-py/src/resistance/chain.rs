//! The way of a drug through cells: potency, steps, strengths.

use crate::errors::Error;
use chemoevo_core::resistance as core;
use pyo3::prelude::*;

/// EC50 (uM), Hill exponent and Emax (per day) of a drug in a cell.
#[pyclass(frozen, get_all, module = "chemoevo._core")]
#[derive(Clone, Copy)]
pub struct Potency {
    ec50: f64,
    hill: f64,
    emax: f64,
}

#[pymethods]
impl Potency {
    #[new]
    fn new(ec50: f64, hill: f64, emax: f64) -> Self {
        Self { ec50, hill, emax }
    }
}

impl From<Potency> for core::Potency {
    fn from(Potency { ec50, hill, emax }: Potency) -> Self {
        Self { ec50, hill, emax }
    }
}

/// One mechanism as one drug meets it.
#[pyclass(frozen, module = "chemoevo._core")]
pub struct Step {
    pub inner: core::Step,
}

#[pymethods]
impl Step {
    /// `mechanism` and `needs` are positions; `ceiling` is a factor on Emax and the expression at which it holds; `km` is in uM.
    #[new]
    #[pyo3(signature = (mechanism, stage, strength, reference, *, exposes=false, needs=None, ceiling=None, km=None))]
    #[expect(clippy::too_many_arguments, reason = "named ones, as a constructor of Python has them")]
    fn new(
        mechanism: usize,
        stage: &str,
        strength: f64,
        reference: f64,
        exposes: bool,
        needs: Option<usize>,
        ceiling: Option<(f64, f64)>,
        km: Option<f64>,
    ) -> PyResult<Self> {
        let stage = match stage {
            "uptake" => core::Stage::Uptake,
            "efflux" => core::Stage::Efflux,
            "detoxification" => core::Stage::Detoxification,
            "repair" => core::Stage::Repair,
            "apoptosis" => core::Stage::Apoptosis,
            "target" => core::Stage::Target,
            other => {
                let rule = "stage must be one of uptake, efflux, detoxification, repair, apoptosis, target";
                return Err(Error::Value(format!("{rule}; got {other:?}.")).into());
            }
        };
        let ceiling = ceiling.map(|(factor, at)| core::Ceiled { factor, at });
        Ok(Self { inner: core::Step { mechanism, needs, stage, strength, reference, exposes, ceiling, km } })
    }
}

/// Steps of the core.
pub fn steps_of(steps: &[PyRef<'_, Step>]) -> Vec<core::Step> {
    steps.iter().map(|step| step.inner).collect()
}

/// Strengths of mechanisms on one pool from a fold of each: (fold, expression in that line, expression in the reference line).
#[pyfunction]
pub fn strengths_from_folds(measured: Vec<(f64, f64, f64)>) -> PyResult<Vec<f64>> {
    let one = |(fold, expression, reference)| core::MeasuredFold { fold, expression, reference };
    let measured: Vec<core::MeasuredFold> = measured.into_iter().map(one).collect();
    Ok(core::strengths_from_folds(&measured).map_err(Error::from)?)
}

/// The potency in a cell with these expressions, where a share of every mechanism is left.
#[pyfunction]
pub fn potency_in_cell(
    line: &Potency,
    steps: Vec<PyRef<'_, Step>>,
    expressions: Vec<f64>,
    left: Vec<f64>,
) -> PyResult<Potency> {
    let found = core::potency_in_cell((*line).into(), &steps_of(&steps), &expressions, &left).map_err(Error::from)?;
    let core::Potency { ec50, hill, emax } = found;
    Ok(Potency { ec50, hill, emax })
}
