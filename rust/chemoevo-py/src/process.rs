//! `Process`: arrays in, a validated core process out.

use chemoevo_core::engine::model::Model;
use chemoevo_core::process as core;
use numpy::{PyReadonlyArray1, PyReadonlyArray2};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use std::sync::Arc;

/// The compiled process. Python validates; a `ValueError` from here is a bug there.
#[pyclass(frozen, module = "chemoevo._core")]
pub struct Process {
    pub inner: Arc<core::Process>,
    /// What all runs of the process share.
    pub model: Arc<Model>,
}

#[pymethods]
impl Process {
    /// `birth`, `death` (M, K); `*_pairs` [(from, to)], sorted and unique; `*_values` (1 or M, pairs);
    /// `pulses` [(time, survival (K,))]; `competition` (law, on, capacity, weights (K,)), or for the law
    /// "lotka-volterra" the matrix (K * K,), row = the type acted on.
    #[new]
    #[pyo3(signature = (breakpoints, birth, death, mutation_pairs, mutation_values, switching_pairs, switching_values, pulses, competition=None))]
    fn new(
        breakpoints: PyReadonlyArray1<'_, f64>,
        birth: PyReadonlyArray2<'_, f64>,
        death: PyReadonlyArray2<'_, f64>,
        mutation_pairs: Vec<(usize, usize)>,
        mutation_values: PyReadonlyArray2<'_, f64>,
        switching_pairs: Vec<(usize, usize)>,
        switching_values: PyReadonlyArray2<'_, f64>,
        pulses: Vec<(f64, Vec<f64>)>,
        competition: Option<(String, String, f64, Vec<f64>)>,
    ) -> PyResult<Self> {
        let types = birth.as_array().ncols();
        let flat = |a: &PyReadonlyArray2<'_, f64>| a.as_array().iter().copied().collect::<Vec<f64>>();
        let refused = |e: core::ProcessError| PyValueError::new_err(e.to_string());
        let mut inner = core::Process::new(
            types,
            breakpoints.as_array().to_vec(),
            flat(&birth),
            flat(&death),
            core::SparseRates::new(types, &mutation_pairs, flat(&mutation_values)),
            core::SparseRates::new(types, &switching_pairs, flat(&switching_values)),
            pulses.into_iter().map(|(time, survival)| core::Pulse { time, survival }).collect(),
        )
        .map_err(refused)?;
        if let Some((law, on, capacity, values)) = competition {
            let crowding = match law.as_str() {
                "logistic" => core::Crowding::Logistic { capacity, weights: values },
                "gompertz" => core::Crowding::Gompertz { capacity, weights: values },
                "lotka-volterra" => core::Crowding::LotkaVolterra { matrix: values },
                other => return Err(PyValueError::new_err(format!("unknown law {other:?}"))),
            };
            let on = if on == "birth" { core::ActsOn::Birth } else { core::ActsOn::Death };
            inner = inner.with_competition(crowding, on).map_err(refused)?;
        }
        let inner = Arc::new(inner);
        let model = Arc::new(Model::new(inner.clone()));
        Ok(Self { inner, model })
    }
}
