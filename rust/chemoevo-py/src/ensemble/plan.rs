//! `Plan`: what will be simulated, put together step by step.

use super::codes;
use super::columns::Columns;
use super::run;
use super::shape::Shape;
use crate::arrays::{counts, values};
use crate::process::Process;
use crate::{door, errors::Error};
use chemoevo_core::engine::model::Model;
use chemoevo_core::ensemble::{self as core, Engine, Following, Limits, PlanError, Replicates, Stop};
use numpy::{PyReadonlyArray1, PyReadonlyArray2};
use pyo3::prelude::*;
use std::sync::Arc;

/// Replicates `first ..` of the study that a key names, from `initial` (1 or replicates, types), observed at `times`
/// (days). Every `with_` gives a new plan; whether all fits together is seen when it runs.
#[pyclass(frozen, module = "chemoevo._core")]
#[derive(Clone)]
pub struct Plan {
    model: Arc<Model>,
    initial: Arc<[u64]>,
    times: Arc<[f64]>,
    first: u64,
    replicates: usize,
    key: [u8; 32],
    engine: Engine,
    size: u64,
    events: u64,
    attempts: u64,
    stop: Option<Stop>,
    clones: Option<usize>,
    room: u64,
    crossings: Option<Vec<(Vec<bool>, Vec<u64>)>>,
    sums: Option<Vec<Vec<usize>>>,
    following: Following,
}

#[pymethods]
impl Plan {
    /// `numbers` are the first replicate and how many there are; the engine is "auto" that does not leap, without limits.
    #[new]
    #[pyo3(signature = (process, initial, times, *, numbers, key))]
    fn new(
        process: &Process,
        initial: PyReadonlyArray2<'_, i64>,
        times: PyReadonlyArray1<'_, f64>,
        numbers: (u64, usize),
        key: &[u8],
    ) -> PyResult<Self> {
        let wrong = |_| Error::Value(format!("key must have 32 bytes; got {}.", key.len()));
        Ok(Self {
            model: process.model.clone(),
            initial: counts("initial", &initial)?.into(),
            times: values(&times).into(),
            first: numbers.0,
            replicates: numbers.1,
            key: key.try_into().map_err(wrong)?,
            engine: Engine::Auto(None),
            size: u64::MAX,
            events: u64::MAX,
            attempts: u64::MAX,
            stop: None,
            clones: None,
            room: u64::MAX,
            crossings: None,
            sums: None,
            following: Following::Auto,
        })
    }

    /// With the engine "direct", "bnb", "leap" or "auto"; `tolerance` is that of leaping, and None forbids it.
    #[pyo3(signature = (name, tolerance=None))]
    fn with_engine(&self, name: &str, tolerance: Option<f64>) -> PyResult<Self> {
        Ok(Self { engine: codes::engine(name, tolerance)?, ..self.clone() })
    }

    /// Ends replicates of so many cells, of so many steps, and those of which so many attempts died out.
    #[pyo3(signature = (size, events, attempts=u64::MAX))]
    fn with_limits(&self, size: u64, events: u64, attempts: u64) -> Self {
        Self { size, events, attempts, ..self.clone() }
    }

    /// Stops replicates at a size, of the types flagged, or of all; with `retry` one that dies out first starts again.
    #[pyo3(signature = (size, of=None, retry=false))]
    fn with_stop(&self, size: u64, of: Option<Vec<bool>>, retry: bool) -> Self {
        Self { stop: Some(Stop { size, of, retry }), ..self.clone() }
    }

    /// Records clones, at most so many in a replicate.
    fn with_clones(&self, most: usize) -> Self {
        Self { clones: Some(most), ..self.clone() }
    }

    /// Gives the clones of all replicates so many bytes of memory.
    fn with_room(&self, room: u64) -> Self {
        Self { room, ..self.clone() }
    }

    /// Notes when sums of types, (a flag per type, increasing sizes), reach sizes first.
    fn with_crossings(&self, sums: Vec<(Vec<bool>, Vec<u64>)>) -> Self {
        Self { crossings: Some(sums), ..self.clone() }
    }

    /// Counts one column for each sum of types.
    fn with_sums(&self, sums: Vec<Vec<usize>>) -> Self {
        Self { sums: Some(sums), ..self.clone() }
    }

    /// Follows "all" mutants, those "kept", or by "auto" those kept where that saves work.
    fn with_following(&self, name: &str) -> PyResult<Self> {
        Ok(Self { following: codes::following(name)?, ..self.clone() })
    }

    /// (engine, events per replicate, seconds of one processor in all) where that is expected to take more than so many
    /// seconds; None where it is not.
    fn outlook(&self, py: Python<'_>, more_than: f64) -> PyResult<Option<(&'static str, f64, f64)>> {
        let found = door::tried(py, || self.resolved().map(|plan| plan.outlook(more_than)))?;
        Ok(found.map(|o| (codes::name_of(o.engine), o.events, o.seconds)))
    }

    /// Runs it on threads (None: as many as there are); `progress` gets (done, total) about ten times a second.
    #[pyo3(signature = (threads=None, progress=None))]
    fn run(&self, py: Python<'_>, threads: Option<usize>, progress: Option<Py<PyAny>>) -> PyResult<Columns> {
        let plan = door::tried(py, || self.resolved())?;
        let shape = self.shape(&plan);
        run::run(py, plan, &shape, threads, progress)
    }
}

impl Plan {
    /// The plan as the core takes it.
    fn resolved(&self) -> Result<core::Plan, PlanError> {
        let replicates =
            Replicates { initial: self.initial.clone(), first: self.first, number: self.replicates, key: self.key };
        let limits = Limits { size: self.size, steps: self.events, attempts: self.attempts };
        let mut found =
            core::Plan::new(self.model.clone(), self.engine, replicates, &self.times, self.stop.clone(), limits)?
                .with_following(self.following);
        if let Some(most) = self.clones {
            found = found.with_clones(most)?.with_room(self.room);
        }
        if let Some(sums) = &self.crossings {
            found = found.with_crossings(sums.clone())?;
        }
        match &self.sums {
            Some(sums) => found.with_sums(sums.clone()),
            None => Ok(found),
        }
    }

    fn shape(&self, plan: &core::Plan) -> Shape {
        let sizes = |sums: &Vec<(Vec<bool>, Vec<u64>)>| sums.iter().map(|(_, sizes)| sizes.len()).sum();
        Shape {
            replicates: self.replicates,
            times: self.times.len(),
            columns: plan.columns(),
            types: self.model.process().types(),
            crossings: self.crossings.as_ref().map(sizes),
        }
    }
}
