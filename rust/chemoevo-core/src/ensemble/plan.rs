//! What will be run: the model, the observation times, the start of every replicate, the stop and the fuses.

use crate::engine::bnb::stretches::Stretches;
use crate::engine::bounds::named::NamedRates;
use crate::engine::crossings::Crossings;
use crate::engine::model::Model;
use crate::engine::passage::total::safe_total;
use crate::engine::target::Target;
use crate::process::Pulse;
use std::cmp::Ordering;
use std::sync::Arc;

/// Which engine runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Engine {
    /// Every event (Gillespie's direct method).
    Direct,
    /// Event-skipping.
    Bnb,
    /// Cohort leaping wherever it is cheaper, with this tolerance; event-skipping elsewhere.
    Leap(f64),
    /// For each replicate the cheaper of `Direct` and `Bnb`; with a tolerance, cohorts leap where events are too many.
    Auto(Option<f64>),
}

/// Events that `direct` may be expected to take before `Auto` prefers another engine: a second of work.
const EVENTS_FOR_DIRECT: f64 = 1e8;

impl Engine {
    /// The engine of one replicate: `Auto` chooses by its initial state, the process, the horizon (days) and the stop.
    #[must_use]
    pub fn of_replicate(self, model: &Model, stop: Option<&Stop>, state: &[u64], horizon: f64) -> Self {
        let Self::Auto(tolerance) = self else {
            return self;
        };
        if let Some(competition) = model.process().competition() {
            // Births stop near the capacity: twice as many cells are a rarity, unless they are there at the start.
            let most = state.iter().fold(2.0 * competition.most_cells(), |m, &n| m + n as f64);
            let named = stop.is_some_and(|s| s.of.is_some());
            return match tolerance {
                Some(tolerance) if !named && model.events_at_most(state, horizon, most) > EVENTS_FOR_DIRECT => {
                    Self::Leap(tolerance)
                }
                _ => Self::Direct,
            };
        }
        let few = || {
            // A stop that counts some types does not bound the others.
            let cells = stop.filter(|s| s.of.is_none()).map_or(f64::INFINITY, |s| s.size as f64);
            model.events_at_most(state, horizon, cells) <= EVENTS_FOR_DIRECT
        };
        match (Self::cheapest(model), tolerance) {
            (Self::Direct, _) if few() => Self::Direct,
            (_, Some(tolerance)) => Self::Auto(Some(tolerance)),
            _ => Self::Bnb,
        }
    }

    /// The cheaper exact engine for a process, whatever the number of cells.
    ///
    /// Event-skipping takes one dear step where a mutation or switch happens, `direct` one cheap step at every event:
    /// `direct` is cheaper where special events are no rarity, measured at about one event in twelve.
    #[must_use]
    pub fn cheapest(model: &Model) -> Self {
        if model.process().competition().is_some() {
            return Self::Direct;
        }
        let (events, special) = model.event_rates();
        if special * 12.0 >= events && special > 0.0 { Self::Direct } else { Self::Bnb }
    }
}

/// The size at which a replicate stops.
#[derive(Clone, Debug, PartialEq)]
pub struct Stop {
    /// Number of cells.
    pub size: u64,
    /// Whether each type counts; None: all do.
    pub of: Option<Vec<bool>>,
    /// Whether a replicate that dies out first starts again.
    pub retry: bool,
}

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

/// One instant at which the run pauses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pause {
    pub(super) time: f64,
    pub(super) pulse: Option<usize>,
    pub(super) observation: Option<usize>,
    /// From this total a passage of the size before this pause can be excluded.
    pub(super) safe_total: u64,
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

/// Observation times and pulses in one order; a pulse acts before an observation at its instant.
fn pauses(times: &[f64], pulses: &[Pulse]) -> Vec<Pause> {
    let end = times[times.len() - 1];
    let mut all: Vec<Pause> = pulses
        .iter()
        .enumerate()
        .filter(|(_, p)| p.time <= end)
        .map(|(index, p)| Pause { time: p.time, pulse: Some(index), observation: None, safe_total: 0 })
        .collect();
    // Pulses are in order of time, one an instant.
    let thinned = all.len();
    for (index, &time) in times.iter().enumerate() {
        match all[..thinned].binary_search_by(|p| p.time.partial_cmp(&time).unwrap_or(Ordering::Equal)) {
            Ok(pulse) => all[pulse].observation = Some(index),
            Err(_) => all.push(Pause { time, pulse: None, observation: Some(index), safe_total: 0 }),
        }
    }
    all.sort_by(|a, b| a.time.total_cmp(&b.time));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pulse_acts_before_an_observation_at_its_instant() {
        let pulses = [0.0, 2.0, 5.0].map(|time| Pulse { time, survival: vec![0.5] });
        let found = pauses(&[0.0, 1.0, 2.0, 3.0], &pulses);
        let expected = [(0.0, Some(0), Some(0)), (1.0, None, Some(1)), (2.0, Some(1), Some(2)), (3.0, None, Some(3))];
        assert_eq!(found, expected.map(|(time, pulse, observation)| Pause { time, pulse, observation, safe_total: 0 }));
    }
}
