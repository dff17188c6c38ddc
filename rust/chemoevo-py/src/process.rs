//! `Process`: arrays in, a validated core process out.

use crate::arrays::{table, values};
use crate::door;
use crate::errors::Error;
use chemoevo_core::engine::model::Model;
use chemoevo_core::process as core;
use numpy::{PyReadonlyArray1, PyReadonlyArray2};
use pyo3::prelude::*;
use std::sync::Arc;

/// The compiled process. Python validates; a `ModelError` from here is a bug there.
#[pyclass(frozen, module = "chemoevo._core")]
pub struct Process {
    pub inner: Arc<core::Process>,
    /// What all runs of the process share.
    pub model: Arc<Model>,
}

/// [(from, to)], sorted and unique, one value of each (pairs,), positions of those that move, and their values (M, moving).
type Transitions<'py> = (Vec<(usize, usize)>, PyReadonlyArray1<'py, f64>, Vec<usize>, PyReadonlyArray2<'py, f64>);

/// A table of the core from them.
fn sparse(types: usize, given: &Transitions<'_>) -> Result<core::SparseRates, Error> {
    let (pairs, constant, moving, in_intervals) = given;
    let (expected, got) = (pairs.len(), constant.as_array().len());
    let (columns, last) = (in_intervals.as_array().ncols(), moving.iter().max());
    if got != expected || columns != moving.len() || last.is_some_and(|&last| last >= expected) {
        return Err(Error::Value(format!("transitions must be of {expected} pairs; got {got}, {columns} that move.")));
    }
    // Behind those that move come those of one value.
    Ok(core::SparseRates::with_moving(types, pairs, values(constant), moving, table(in_intervals, expected)))
}

#[pymethods]
impl Process {
    /// `birth`, `death` (1 or M, K); `mutation`, `switching` as [`Transitions`]; `pulses` [(time, survival (K,))]; `competition` (law, on, capacity, weights (K,)), or for the law "lotka-volterra" the
    /// matrix (K * K,), row = the type acted on; `lethal` (M, K), the share of divisions that is.
    #[new]
    #[pyo3(signature = (breakpoints, birth, death, mutation, switching, pulses, competition=None, lethal=None))]
    #[expect(clippy::too_many_arguments, reason = "the parts of a process")]
    fn new(
        breakpoints: PyReadonlyArray1<'_, f64>,
        birth: PyReadonlyArray2<'_, f64>,
        death: PyReadonlyArray2<'_, f64>,
        mutation: Transitions<'_>,
        switching: Transitions<'_>,
        pulses: Vec<(f64, Vec<f64>)>,
        competition: Option<(String, String, f64, Vec<f64>)>,
        lethal: Option<PyReadonlyArray2<'_, f64>>,
    ) -> PyResult<Self> {
        let py = breakpoints.py();
        let types = birth.as_array().ncols();
        let (breakpoints, birth, death) = (values(&breakpoints), values(&birth), values(&death));
        let (mutation, switching) = (sparse(types, &mutation)?, sparse(types, &switching)?);
        let pulses = pulses.into_iter().map(|(time, survival)| core::Pulse { time, survival }).collect();
        let competition = competition.map(|(law, on, capacity, values)| crowding(&law, &on, capacity, values));
        let competition = competition.transpose()?;
        let lethal = lethal.as_ref().map(values);
        let (inner, model) = door::tried(py, || {
            let mut inner = core::Process::new(types, breakpoints, birth, death, mutation, switching, pulses)?;
            if let Some(lethal) = lethal {
                inner = inner.with_lethal(&lethal)?;
            }
            if let Some((crowding, on)) = competition {
                inner = inner.with_competition(crowding, on)?;
            }
            let inner = Arc::new(inner);
            Ok::<_, core::ProcessError>((inner.clone(), Arc::new(Model::new(inner))))
        })?;
        Ok(Self { inner, model })
    }
}

fn crowding(law: &str, on: &str, capacity: f64, values: Vec<f64>) -> Result<(core::Crowding, core::ActsOn), Error> {
    let crowding = match law {
        "logistic" => core::Crowding::Logistic { capacity, weights: values },
        "gompertz" => core::Crowding::Gompertz { capacity, weights: values },
        "lotka-volterra" => core::Crowding::LotkaVolterra { matrix: values },
        other => {
            let known = "logistic, gompertz, lotka-volterra";
            return Err(Error::Value(format!("competition.law must be one of {known}; got {other:?}.")));
        }
    };
    match on {
        "birth" => Ok((crowding, core::ActsOn::Birth)),
        "death" => Ok((crowding, core::ActsOn::Death)),
        other => Err(Error::Value(format!("competition.on must be birth or death; got {other:?}."))),
    }
}
