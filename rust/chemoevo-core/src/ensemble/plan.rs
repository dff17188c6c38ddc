//! What will be run: the model, the observation times, the start of every replicate, the stop and the limits.

use super::engine::{Engine, Stop};
use super::pauses::{Pause, pauses};
use crate::engine::Span;
use crate::engine::bnb::shared::Shared;
use crate::engine::bnb::stretches::Stretches;
use crate::engine::bounds::rates::NamedRates;
use crate::engine::crossings::Crossings;
use crate::engine::model::Model;
use crate::engine::passage::total::safe_total;
use crate::engine::reduced::Following;
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

/// Which replicates are run.
#[derive(Clone, Debug)]
pub struct Replicates {
    /// (1 or number, types): the cells at the start of every replicate, or of all of them.
    pub initial: Arc<[u64]>,
    /// Number, within the study, of the first one.
    pub first: u64,
    /// How many.
    pub number: usize,
    /// Names the study: a replicate draws its random numbers by this key and its own number.
    pub key: [u8; 32],
}

/// Where a replicate is given up.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Number of cells in all.
    pub size: u64,
    /// Steps of the engines, in all attempts together.
    pub steps: u64,
    /// Attempts that die out before a stop which is tried again.
    pub attempts: u64,
}

/// What will be run.
#[derive(Debug)]
pub struct Plan {
    pub(super) model: Arc<Model>,
    pub(super) engine: Engine,
    pub(super) replicates: Replicates,
    pub(super) observations: usize,
    pub(super) pauses: Vec<Pause>,
    pub(super) stop: Option<Stop>,
    pub(super) target: Target,
    /// Bounds on the rates of the types that the stop counts, if it counts some and event-skipping may run.
    pub(super) named: Option<NamedRates>,
    pub(super) max_steps: u64,
    pub(super) max_attempts: u64,
    /// Most clones of a replicate, if they are recorded.
    pub(super) max_clones: Option<usize>,
    /// (bytes) Most memory for the clones of all replicates.
    pub(super) room: u64,
    /// Sizes that are noted on the way.
    pub(super) crossings: Option<Arc<Crossings>>,
    /// Types whose cells are added up in each column of the counts; None: one column per type.
    pub(super) sums: Option<Vec<Vec<usize>>>,
    /// Which mutants event-skipping follows, and the laws of those that count at the next pause.
    pub(super) following: Following,
    pub(super) tables: Arc<Shared>,
}

impl Plan {
    /// Puts a plan together for replicates that are observed at `times` (days; finite, >= 0, increasing).
    ///
    /// # Errors
    /// [`PlanError`] if shapes do not fit or the engine cannot do what is asked.
    pub fn new(
        model: Arc<Model>,
        engine: Engine,
        replicates: Replicates,
        times: &[f64],
        stop: Option<Stop>,
        limits: Limits,
    ) -> Result<Self, PlanError> {
        let types = model.process().types();
        let cells = replicates.initial.len();
        if cells != types && cells != replicates.number * types {
            return Err(PlanError::Shape("initial must have one row, or one per replicate"));
        }
        if times.is_empty() || times.windows(2).any(|w| w[1] <= w[0]) {
            return Err(PlanError::Shape("times must be increasing, at least one"));
        }
        if stop.as_ref().and_then(|s| s.of.as_ref()).is_some_and(|of| of.len() != types) {
            return Err(PlanError::Shape("stop.of must have one flag per type"));
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
            limit: limits.size,
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
                pause.safe_total = safe_total(&model, Span { from, to: pause.time }, target.total_size());
                from = pause.time;
            }
        }
        let tables = Arc::new(Shared::new(stretches(&pauses)));
        Ok(Self {
            model,
            engine,
            replicates,
            observations: times.len(),
            pauses,
            stop,
            target,
            named,
            max_steps: limits.steps,
            max_attempts: limits.attempts,
            max_clones: None,
            room: u64::MAX,
            crossings: None,
            sums: None,
            following: Following::Auto,
            tables,
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

    /// The same with so much memory (bytes) for the clones of all replicates.
    #[must_use]
    pub fn with_room(mut self, bytes: u64) -> Self {
        self.room = bytes;
        self
    }

    /// The same with the first times noted at which sums of types, one flag per type, reach sizes (increasing, at least 1).
    ///
    /// # Errors
    /// [`PlanError`] if flags do not fit, clones are on record too, or leaping was asked for where cells compete; `Auto` then
    /// does not leap.
    pub fn with_crossings(mut self, sums: Vec<(Vec<bool>, Vec<u64>)>) -> Result<Self, PlanError> {
        let process = self.model.process();
        if sums.iter().any(|(of, _)| of.len() != process.types()) {
            return Err(PlanError::Shape("crossings must have one flag per type"));
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

    /// The same with these mutants followed by event-skipping.
    #[must_use]
    pub fn with_following(mut self, following: Following) -> Self {
        self.following = following;
        self
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
        self.replicates.number
    }

    /// The stretches between pauses, which all replicates cross. A single one uses them as well, so that it is the same to
    /// the last bit, alone or among others.
    pub(super) fn stretches(&self) -> Stretches {
        Stretches::new(stretches(&self.pauses), self.model.process().types())
    }

    /// Whether as much is recorded of as many replicates as by another plan.
    pub(super) fn records_as(&self, other: &Self) -> bool {
        let marks = |plan: &Self| plan.crossings.as_ref().map_or(0, |crossings| crossings.marks());
        let of = |plan: &Self| {
            let types = plan.model.process().types();
            (types, plan.replicates(), plan.observations, plan.columns(), marks(plan), plan.max_clones)
        };
        of(self) == of(other)
    }

    pub(super) fn initial_of(&self, index: usize) -> &[u64] {
        let types = self.model.process().types();
        let initial = &self.replicates.initial;
        let row = if initial.len() == types { 0 } else { index };
        &initial[row * types..(row + 1) * types]
    }
}

/// The stretches between pauses.
fn stretches(pauses: &[Pause]) -> Vec<Span> {
    let starts = std::iter::once(0.0).chain(pauses.iter().map(|pause| pause.time));
    let spans = starts.zip(pauses).map(|(from, pause)| Span { from, to: pause.time });
    spans.filter(|span| span.from < span.to).collect()
}
