//! The direct method under competition: rates are formed anew after every event.
//!
//! Gillespie (1976), J Comput Phys 22:403, doi:10.1016/0021-9991(76)90041-3. Between two events nothing changes, so the
//! waiting time is exponential with the rates that the last event left behind, and the method is exact for rates that
//! depend on the state. One event changes the weights of all types: it costs a pass over them, and nothing is cached
//! but the loads of [`Competition`], which are added up anew at round numbers of events.

use crate::engine::choice::{fine_uniform, mutation_target, switching_target};
use crate::engine::target::{Until, total};
use crate::engine::watch::Watch;
use crate::engine::{Advance, Span, Walk};
use crate::process::{Competition, Given, Process};
use crate::random::exponential;
use rand::Rng;

/// Events between two exact sums of the loads, which bounds the rounding error of the running ones.
const SUM_EVERY: u64 = 512;

/// Rates of a cell of one type.
#[derive(Clone, Copy, Debug, Default)]
struct Rates {
    /// Without competition.
    given: Given,
    /// Share of divisions with a mutated daughter.
    mutated: f64,
    switching: f64,
    /// Under the present crowding.
    crowded: (f64, f64),
}

/// Working memory of the engine, and the event that is waiting.
#[derive(Debug, Default)]
pub struct CrowdedDirect {
    rates: Vec<Rates>,
    loads: Vec<f64>,
    crowding: Vec<f64>,
    weights: Vec<f64>,
    sum: f64,
    /// Time of the next event, infinite if there is none.
    waiting: Option<f64>,
    /// The interval whose rates are held.
    loaded: Option<usize>,
}

impl CrowdedDirect {
    /// Takes up the state anew at the next advance: it has changed from outside.
    pub fn restart(&mut self) {
        self.waiting = None;
        self.loaded = None;
    }

    /// As [`super::independent::Direct::advance`], under a competition.
    pub fn advance<R: Rng + ?Sized, W: Watch>(
        &mut self,
        competition: &Competition,
        walk: &mut Walk<'_, R>,
        state: &mut [u64],
        span: Span,
        until: Until<'_>,
        watch: &mut W,
    ) -> Advance {
        let (process, rng, budget) = (walk.model.process(), &mut *walk.rng, &mut walk.budget);
        let Until { target, events: mut events_left } = until;
        let mut t = span.from;
        let (mut cells, mut counted) = (total(state), target.counted(state));
        let mut interval = process.interval_at(t);
        if let Some(end) = budget.check(t) {
            return end;
        }
        loop {
            let end = process.end_of(interval);
            let stop = end.min(span.to);
            if self.loaded != Some(interval) {
                self.load(competition, process, state, interval);
            }
            let next = match self.waiting.take() {
                Some(next) => next,
                None if self.sum > 0.0 => t + exponential(rng) / self.sum,
                None => f64::INFINITY,
            };
            if next >= stop {
                if stop < end {
                    self.waiting = Some(next);
                    return Advance::Done;
                }
                // Rates change here: the waiting event is drawn anew, which the law permits (no memory).
                self.restart();
                if stop == span.to {
                    return Advance::Done;
                }
                t = stop;
                interval += 1;
                continue;
            }
            if events_left == 0 {
                return Advance::OutOfSteps(t);
            }
            if let Some(end) = budget.step(t) {
                return end;
            }
            events_left -= 1;
            t = next;
            let change = self.draw(process, state, interval, t, rng, watch);
            if watch.is_full() {
                return Advance::NoRoom(t);
            }
            for (cell_type, by) in [(change.lost, -1), (change.gained, 1)] {
                let Some(i) = cell_type else { continue };
                state[i] = state[i].wrapping_add_signed(by);
                competition.shift(i, by as f64, &mut self.loads);
                cells = cells.wrapping_add_signed(by);
                counted = counted.wrapping_add_signed(if target.counts(i) { by } else { 0 });
            }
            if counted >= target.size || cells >= target.limit {
                return Advance::Reached(t);
            }
            if cells == 0 {
                return Advance::Extinct(t);
            }
            if budget.taken.is_multiple_of(SUM_EVERY) {
                competition.load(state.iter().map(|&n| n as f64), &mut self.loads);
            }
            self.weigh(competition, state);
        }
    }

    fn load(&mut self, competition: &Competition, process: &Process, state: &[u64], interval: usize) {
        self.rates.clear();
        self.rates.extend((0..state.len()).map(|i| Rates {
            given: process.given(interval, i),
            mutated: process.mutation().row_sum(interval, i).min(1.0),
            switching: process.switching().row_sum(interval, i),
            crowded: (0.0, 0.0),
        }));
        self.loads.resize(competition.loads(), 0.0);
        self.crowding.resize(state.len(), 0.0);
        self.weights.resize(state.len(), 0.0);
        competition.load(state.iter().map(|&n| n as f64), &mut self.loads);
        self.weigh(competition, state);
        self.loaded = Some(interval);
    }

    /// Rates and weights of all types under the present loads.
    fn weigh(&mut self, competition: &Competition, state: &[u64]) {
        competition.crowding_under(&self.loads, &mut self.crowding);
        self.sum = 0.0;
        for (((rates, weight), &n), &x) in self.rates.iter_mut().zip(&mut self.weights).zip(state).zip(&self.crowding) {
            *weight = 0.0;
            if n > 0 {
                rates.crowded = rates.given.under(competition, x);
                *weight = n as f64 * (rates.crowded.0 + rates.crowded.1 + rates.switching);
                self.sum += *weight;
            }
        }
    }

    /// A type with probability proportional to its weight, and a number that is then uniform on [0, its weight).
    fn pick<R: Rng + ?Sized>(&self, rng: &mut R) -> (usize, f64) {
        let mut left = fine_uniform(rng) * self.sum;
        for (i, &weight) in self.weights.iter().enumerate() {
            if left < weight {
                return (i, left);
            }
            left -= weight;
        }
        // Rounding: the last type that can have an event.
        (self.weights.iter().rposition(|&w| w > 0.0).unwrap_or(0), 0.0)
    }

    /// The event that happens at `t`; nothing if the watch refuses it.
    fn draw<R: Rng + ?Sized, W: Watch>(
        &self,
        process: &Process,
        state: &[u64],
        interval: usize,
        t: f64,
        rng: &mut R,
        watch: &mut W,
    ) -> Change {
        let (i, left) = self.pick(rng);
        let Rates { mutated, crowded: (birth, death), .. } = self.rates[i];
        let n = state[i] as f64;
        let mutation = left < n * (birth * mutated);
        if !mutation && left < n * (birth + death) {
            let division = left < n * birth;
            watch.plain(i, if division { 1 } else { -1 }, t);
            return if division {
                Change { gained: Some(i), lost: None }
            } else {
                Change { gained: None, lost: Some(i) }
            };
        }
        let target = if mutation {
            mutation_target(rng, process, i, interval)
        } else {
            switching_target(rng, process, i, interval)
        };
        match target {
            Some(j) if watch.found(i, j, !mutation, t) => Change { gained: Some(j), lost: (!mutation).then_some(i) },
            _ => Change { gained: None, lost: None },
        }
    }
}

/// The types that gain and lose a cell in an event.
#[derive(Clone, Copy)]
struct Change {
    gained: Option<usize>,
    lost: Option<usize>,
}
