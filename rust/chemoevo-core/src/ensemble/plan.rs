//! What will be run: the model, the observation times, the start of every replicate, the stop and the fuses.

use super::engine::{Engine, Stop};
use super::pauses::{Pause, pauses};
use crate::engine::bnb::stretches::Stretches;
use crate::engine::bounds::rates::NamedRates;
use crate::engine::crossings::Crossings;
use crate::engine::model::Model;
use crate::engine::passage::total::safe_total;
use crate::engine::target::Target;
use std::sync::Arc;

/// What is wrong with a plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// An array does not fit the others.
    #[error("{0}")]
    Shape(&'static str),
    /// With competition, leaping stops at sizes of the total only.
    #[error("engine 'leap' counts all types together where cells compete; use engine='direct' to count some types")]
    NamedTypes,
    /// Event-skipping knows no clones near the size of named types.
    #[error("engine 'bnb' records no clones where a stop counts some types; use engine='direct'")]
    NamedClones,
    /// With competition, leaping moves cells in cohorts past sizes.
    #[error("engine 'leap' notes no crossings where cells compete; use engine='direct'")]
    Crossings,
    /// Event-skipping and leaping take cells for independent.
    #[error("engine 'bnb' takes cells for independent; use engine='direct' or 'leap' with competition")]
    Competition,
}

/// What will be run.
#[derive(Debug)]
pub struct Plan {
    pub(super) model: Arc<Model>,
    pub(super) engine: Engine,
    /// (1 or replicates, K).
    pub(super) initial: Vec<u64>,
    pub(super) first_replicate: u64,
    pub(super) replicates: usize,
    pub(super) observations: usize,
    pub(super) pauses: Vec<Pause>,
    pub(super) stop: Option<Stop>,
    pub(super) target: Target,
    /// Of a stop that counts some types, for event-skipping.
    pub(super) named: Option<NamedRates>,
    pub(super) max_steps: u64,
    /// Most clones of a replicate, if they are recorded.
    pub(super) max_clones: Option<usize>,
    /// Sizes that are noted on the way.
    pub(super) crossings: Option<Arc<Crossings>>,
    /// Types whose cells are added up in each column of the counts; None: one column a type.
    pub(super) sums: Option<Vec<Vec<usize>>>,
    pub(super) key: [u8; 32],
}

impl Plan {
    /// Puts a plan together: replicates `first_replicate ..` of the study that `key` names, from `initial` of shape
    /// (1 or replicates, K), observed at `times` (finite, >= 0, increasing).
    ///
    /// # Errors
    /// [`PlanError`] if shapes do not fit or the engine cannot do what is asked.
    pub fn new(
        model: Arc<Model>,
        engine: Engine,
        initial: Vec<u64>,
        first_replicate: u64,
        replicates: usize,
        times: &[f64],
        stop: Option<Stop>,
        max_size: u64,
        max_steps: u64,
        key: [u8; 32],
    ) -> Result<Self, PlanError> {
        let types = model.process().types();
        if initial.len() != types && initial.len() != replicates * types {
            return Err(PlanError::Shape("initial must have one row, or one a replicate"));
        }
        if times.is_empty() || times.windows(2).any(|w| w[1] <= w[0]) {
            return Err(PlanError::Shape("times must be increasing, at least one"));
        }
        if stop.as_ref().and_then(|s| s.of.as_ref()).is_some_and(|of| of.len() != types) {
            return Err(PlanError::Shape("stop.of must have one flag a type"));
        }
        let competition = model.process().competition().is_some();
        if matches!(engine, Engine::Leap(_)) && competition && stop.as_ref().is_some_and(|s| s.of.is_some()) {
            return Err(PlanError::NamedTypes);
        }
        if engine == Engine::Bnb && competition {
            return Err(PlanError::Competition);
        }
        let target = Target {
            size: stop.as_ref().map_or(u64::MAX, |s| s.size),
            limit: max_size,
            of: stop.as_ref().and_then(|s| s.of.clone()),
        };
        let named = match &target.of {
            Some(of) if engine != Engine::Direct => Some(NamedRates::new(model.process(), of)),
            _ => None,
        };
        let mut pauses = pauses(times, model.process().pulses());
        if engine != Engine::Direct {
            let mut from = 0.0;
            for pause in &mut pauses {
                pause.safe_total = safe_total(&model, from, pause.time, target.total_size());
                from = pause.time;
            }
        }
        Ok(Self {
            model,
            engine,
            initial,
            first_replicate,
            replicates,
            observations: times.len(),
            pauses,
            stop,
            target,
            named,
            max_steps,
            max_clones: None,
            crossings: None,
            sums: None,
            key,
        })
    }

    /// The same with every clone on record, at most `most` in a replicate.
    ///
    /// # Errors
    /// [`PlanError::NamedClones`] if event-skipping was asked for and the stop counts some types.
    pub fn with_clones(mut self, most: usize) -> Result<Self, PlanError> {
        match (self.engine, &self.named) {
            (Engine::Auto(_), Some(_)) => self.engine = Engine::Direct,
            (_, Some(_)) => return Err(PlanError::NamedClones),
            _ => {}
        }
        self.max_clones = Some(most);
        Ok(self)
    }

    /// The same with the first times noted at which sums of types, a flag a type, reach sizes (increasing, at least 1).
    ///
    /// # Errors
    /// [`PlanError`] if flags do not fit, clones are on record too, or leaping was asked for where cells compete; `Auto` then
    /// does not leap.
    pub fn with_crossings(mut self, sums: Vec<(Vec<bool>, Vec<u64>)>) -> Result<Self, PlanError> {
        let process = self.model.process();
        if sums.iter().any(|(of, _)| of.len() != process.types()) {
            return Err(PlanError::Shape("crossings must have one flag a type"));
        }
        if self.max_clones.is_some() {
            return Err(PlanError::Shape("crossings are not noted where clones are recorded"));
        }
        if process.competition().is_some() {
            self.engine = match self.engine {
                Engine::Leap(_) => return Err(PlanError::Crossings),
                Engine::Auto(_) => Engine::Auto(None),
                exact => exact,
            };
        }
        self.crossings = Some(Arc::new(Crossings::new(process, sums)));
        Ok(self)
    }

    /// The same with counts of one column for each of `sums`: the cells of those types together.
    ///
    /// # Errors
    /// [`PlanError::Shape`] if there is no column, or one names no type or a type that is not there.
    pub fn with_sums(mut self, sums: Vec<Vec<usize>>) -> Result<Self, PlanError> {
        let types = self.model.process().types();
        if sums.is_empty() || sums.iter().any(|of| of.is_empty() || of.iter().any(|&i| i >= types)) {
            return Err(PlanError::Shape("every column of the counts must be a sum of types of the process"));
        }
        self.sums = Some(sums);
        Ok(self)
    }

    /// Number of columns of the counts.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.sums.as_ref().map_or(self.model.process().types(), Vec::len)
    }

    /// Writes what is recorded of a state.
    pub(super) fn note(&self, state: &[u64], counts: &mut [u64]) {
        match &self.sums {
            None => counts.copy_from_slice(state),
            // As for the total: more cells than 64 bits hold are there at the start only, and end the replicate.
            Some(sums) => {
                for (count, of) in counts.iter_mut().zip(sums) {
                    *count = of.iter().fold(0, |sum: u64, &i| sum.saturating_add(state[i]));
                }
            }
        }
    }

    /// The engine that was asked for.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Number of replicates.
    #[must_use]
    pub fn replicates(&self) -> usize {
        self.replicates
    }

    /// The stretches between pauses, which all replicates cross. A single one uses them as well, so that it is the same to
    /// the last bit, alone or among others.
    pub(super) fn stretches(&self) -> Stretches {
        let starts = std::iter::once(0.0).chain(self.pauses.iter().map(|pause| pause.time));
        let ends = starts.zip(self.pauses.iter().map(|pause| pause.time)).filter(|(from, to)| from < to);
        Stretches::new(ends.collect(), self.model.process().types())
    }

    pub(super) fn initial_of(&self, index: usize) -> &[u64] {
        let types = self.model.process().types();
        let row = if self.initial.len() == types { 0 } else { index };
        &self.initial[row * types..(row + 1) * types]
    }
}
