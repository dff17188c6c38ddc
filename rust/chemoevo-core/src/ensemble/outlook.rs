//! How long a run may be expected to take, before it begins.
//!
//! What is counted is events: those that the engine takes one by one, at their mean. Costs per event are constants, measured on
//! one machine: the same everywhere, and right within a factor of a few.

use super::engine::Engine;
use super::plan::Plan;
use crate::engine::Span;
use crate::engine::reduced::{Following, back_over};
use crate::process::Process;

/// (seconds) Of an event of `direct`, and of a mutation or switch that `bnb` follows.
const EVENT: f64 = 12e-9;
const FOLLOWED: f64 = 250e-9;

/// What a run has before it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outlook {
    /// The engine that will take the events one by one.
    pub engine: Engine,
    /// How many it is expected to take per replicate.
    pub events: f64,
    /// (seconds of one processor) For all replicates.
    pub seconds: f64,
}

impl Plan {
    /// What the run has before it, if that is more than so many seconds of one processor. Whatever leaps takes none.
    #[must_use]
    pub fn outlook(&self, more_than: f64) -> Option<Outlook> {
        let process = self.model.process();
        if process.competition().is_some() {
            return None;
        }
        let rows = if self.replicates.initial.len() == process.types() { 1 } else { self.replicates() };
        // With clones on record all mutants are followed.
        let some = self.following != Following::All && self.max_clones.is_none();
        let (mut events, mut seconds) = (0.0, 0.0);
        let mut slow = None;
        for index in 0..rows {
            let state = self.initial_of(index);
            let end = self.pauses.last().map_or(0.0, |pause| pause.time);
            let engine = self.engine.of_replicate(&self.model, self.stop.as_ref(), state, end);
            let cost = match engine {
                Engine::Direct => EVENT,
                Engine::Bnb | Engine::Auto(None) => FOLLOWED,
                Engine::Leap(_) | Engine::Auto(Some(_)) => continue,
            };
            let share = self.replicates() as f64 / rows as f64;
            // What costs nothing to know is enough most often.
            let cells: f64 = state.iter().map(|&n| n as f64).sum();
            let rates = |k: usize, i: usize| {
                let rates = process.segment(k, i);
                if engine == Engine::Direct { rates.birth + rates.death + rates.special } else { rates.special }
            };
            if cells * self.model.events_of_one_at_most(end, engine == Engine::Direct) * cost * share
                <= more_than / rows as f64
            {
                continue;
            }
            let days = Engine::days_to_stop(process, self.stop.as_ref(), state, end);
            let each = match engine {
                Engine::Direct => self.expected(process, days, |events, span| back_over(process, span, events, rates)),
                _ => self.expected(process, days, |events, span| {
                    match self.tables.part(process, span, 0).filter(|_| some) {
                        Some(part) => self.tables.table(&self.model, part).back(process, span.length(), events),
                        None => back_over(process, span, events, rates),
                    }
                }),
            };
            let expected: f64 = each.iter().zip(state).map(|(e, &n)| e * n as f64).sum();
            let expected = expected.min(self.most_events(cells, rates));
            events += expected / rows as f64;
            seconds += expected * cost * share;
            slow = Some(engine);
        }
        slow.filter(|_| seconds > more_than).map(|engine| Outlook { engine, events, seconds })
    }

    /// Events of a population that ends at the size of the stop or the limit, nearly at most: it does not grow further, and
    /// what declines is soon gone.
    fn most_events(&self, cells: f64, rate: impl Fn(usize, usize) -> f64) -> f64 {
        let process = self.model.process();
        let of = |k: usize, i: usize| {
            let net = (process.birth(k, i) - process.death(k, i)).abs();
            if rate(k, i) > 0.0 { rate(k, i) / net } else { 0.0 }
        };
        let all = (0..process.intervals()).flat_map(|k| (0..process.types()).map(move |i| (k, i)));
        let most = all.map(|(k, i)| of(k, i)).fold(0.0, f64::max);
        (self.target.total_size() as f64 + cells) * most
    }

    /// Expected events of one cell of each type until so many days, by what `back` makes of those after a stretch.
    fn expected(&self, process: &Process, days: f64, back: impl Fn(&mut [f64], Span)) -> Vec<f64> {
        let mut events = vec![0.0; process.types()];
        for (index, pause) in self.pauses.iter().enumerate().rev() {
            let from = index.checked_sub(1).map_or(0.0, |before| self.pauses[before].time);
            if from >= days {
                continue;
            }
            if let Some(pulse) = pause.pulse.filter(|_| pause.time <= days) {
                let survival = &process.pulses()[pulse].survival;
                events.iter_mut().zip(survival).for_each(|(e, p)| *e *= p);
            }
            if pause.time > from {
                back(&mut events, Span { from, to: pause.time.min(days) });
            }
        }
        events
    }
}
