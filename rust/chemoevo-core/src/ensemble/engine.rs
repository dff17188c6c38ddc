//! Which engine runs, and when a replicate stops: what `auto` chooses, and by which costs.

use crate::engine::leap::FOLLOWED;
use crate::engine::model::Model;
use crate::process::Process;

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
        // A stop that counts some types does not bound the others.
        let at_stop = stop.filter(|s| s.of.is_none()).map_or(f64::INFINITY, |s| s.size as f64);
        if let Some(competition) = model.process().competition() {
            // Births stop near the capacity: twice as many cells are a rarity, unless they are there at the start.
            let most = state.iter().fold(2.0 * competition.most_cells(), |m, &n| m + n as f64).min(at_stop);
            let named = stop.is_some_and(|s| s.of.is_some());
            return match tolerance {
                Some(tolerance) if !named && model.events_at_most(state, horizon, most) > EVENTS_FOR_DIRECT => {
                    Self::Leap(tolerance)
                }
                _ => Self::Direct,
            };
        }
        let few = || model.events_at_most(state, horizon, at_stop) <= EVENTS_FOR_DIRECT;
        match (Self::cheapest(model), tolerance) {
            (Self::Direct, _) if few() => Self::Direct,
            (_, Some(tolerance)) => Self::Auto(Some(tolerance)),
            _ => Self::Bnb,
        }
    }

    /// Whether more events are expected on the way to a stop than `Auto` follows before it leaps: then none need be followed
    /// in vain. Only where rates do not change until the horizon (days) and all cells count; otherwise that is seen on the way.
    #[must_use]
    pub fn follows_many(model: &Model, stop: Option<&Stop>, state: &[u64], horizon: f64) -> bool {
        let process = model.process();
        let plain = process.competition().is_none() && process.end_of(0) >= horizon && process.pulses().is_empty();
        if !plain || stop.is_none_or(|s| s.of.is_some()) {
            return false;
        }
        let days = Self::days_to_stop(process, stop, state, horizon);
        let cells: f64 = state.iter().map(|&n| n as f64).sum();
        cells * model.special_events_of_one_at_most(days) > FOLLOWED
            && model.table(0).expected(process, state, days) > FOLLOWED
    }

    /// Days until a stop of the total is met by the mean of the types that are there, mutation and pulses apart; the horizon
    /// (days) if it is not before.
    pub(super) fn days_to_stop(process: &Process, stop: Option<&Stop>, state: &[u64], horizon: f64) -> f64 {
        let Some(stop) = stop.filter(|s| s.of.is_none()) else {
            return horizon;
        };
        let size = stop.size as f64;
        let net = |k: usize, i: usize| process.birth(k, i) - process.death(k, i);
        let mut there: Vec<(usize, f64)> =
            state.iter().enumerate().filter(|&(_, &n)| n > 0).map(|(i, &n)| (i, n as f64)).collect();
        let cells = |there: &[(usize, f64)], k: usize, days: f64| -> f64 {
            there.iter().map(|&(i, n)| n * (net(k, i) * days).exp()).sum()
        };
        for k in 0..process.intervals() {
            let (from, to) = (process.start_of(k), process.end_of(k).min(horizon));
            if from >= horizon {
                break;
            }
            if cells(&there, k, to - from) >= size {
                // The total of exponentials is convex: where it is above at the end, it passes the size once.
                let (mut low, mut high) = (0.0, to - from);
                while high - low > 1e-6 * high {
                    let middle = 0.5 * (low + high);
                    if cells(&there, k, middle) < size { low = middle } else { high = middle }
                }
                return from + high;
            }
            there.iter_mut().for_each(|(i, n)| *n *= (net(k, *i) * (to - from)).exp());
        }
        horizon
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
