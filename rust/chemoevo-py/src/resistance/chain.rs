//! The chain of drug action inside one cell.

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

/// One mechanism as one cell type and one drug see it.
#[pyclass(frozen, module = "chemoevo._core")]
pub struct Mechanism {
    inner: core::Mechanism,
}

#[pymethods]
impl Mechanism {
    /// `stage` is "efflux", "detoxification" or "repair"; `inhibition` is the inhibited share of what the cell expresses.
    #[new]
    fn new(stage: &str, strength: f64, expression: f64, reference: f64, inhibition: f64) -> PyResult<Self> {
        let stage = match stage {
            "efflux" => core::Stage::Efflux,
            "detoxification" => core::Stage::Detoxification,
            "repair" => core::Stage::Repair,
            other => {
                let rule = "stage must be one of efflux, detoxification, repair";
                return Err(Error::Value(format!("{rule}; got {other:?}.")).into());
            }
        };
        Ok(Self { inner: core::Mechanism { stage, strength, expression, reference, inhibition } })
    }
}

/// Strength of a mechanism from a published fold.
#[pyfunction]
pub fn strength_from_fold(fold: f64, expression: f64, reference: f64) -> PyResult<f64> {
    Ok(core::strength_from_fold(fold, expression, reference).map_err(Error::from)?)
}

/// The potency in a cell with these mechanisms, of which `threshold` and `ceiling` scale EC50 and Emax.
#[pyfunction]
pub fn potency_in_cell(
    potency: &Potency,
    mechanisms: Vec<PyRef<'_, Mechanism>>,
    threshold: f64,
    ceiling: f64,
) -> PyResult<Potency> {
    let mechanisms: Vec<core::Mechanism> = mechanisms.iter().map(|m| m.inner).collect();
    let there = core::Potency::from(*potency);
    let core::Potency { ec50, hill, emax } = there.in_cell(&mechanisms, threshold, ceiling).map_err(Error::from)?;
    Ok(Potency { ec50, hill, emax })
}
