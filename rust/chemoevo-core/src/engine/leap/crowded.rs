//! Leaping under competition: rates frozen over short steps.
//!
//! Within a step every type keeps the rates that it has under the crowding that the mean field predicts for the middle of
//! the step (the explicit midpoint rule, second order: the estimated-midpoint leaping of Gillespie 2001,
//! doi:10.1063/1.1378322), and the step is one of independent cells, which [`super::cohorts`] makes. What arises by
//! chance within a step is felt from the next one on. With `lambda` the rate at which crowding pulls a deviation back,
//! that raises the variance by a part `lambda h`, so `lambda h <= sqrt(tolerance)`; the error of the mean within the step
//! is of the order of `(lambda h)^2`. A population of few cells goes event by event, exactly.

use super::cohorts::{Cohorts, Step};
use super::settings::Settings;
use crate::engine::direct::Events;
use crate::engine::model::Model;
use crate::engine::target::{Target, Until, total};
use crate::engine::watch::Unwatched;
use crate::engine::{Advance, Span, Walk};
use crate::process::{Competition, Crowding, Process};
use rand::Rng;
use std::sync::Arc;

/// Up to so many cells, events are cheaper than steps and their law is not that of the mean field.
const FEW_CELLS: u64 = 500;

/// Working memory: numbers of cells at the start and in the middle of a step, and the crowding of every type.
#[derive(Debug, Default)]
pub(super) struct Crowded {
    now: Vec<f64>,
    middle: Vec<f64>,
    crowding: Vec<f64>,
    /// Longest step, times the fastest rate, in the span at hand.
    reach: f64,
}

impl Crowded {
    /// Advances the numbers of cells of every type over a span without pulses; `cohorts` makes the steps, `events` takes small
    /// populations.
    pub(super) fn advance<R: Rng + ?Sized>(
        &mut self,
        cohorts: &mut Cohorts,
        competition: &Competition,
        events: &mut Events,
        walk: &mut Walk<'_, R>,
        state: &mut [u64],
        span: Span,
    ) -> Advance {
        let process = walk.model.process();
        let few = Target { size: u64::MAX, limit: FEW_CELLS + 1, of: None };
        self.reach = cohorts.settings.reach(walk.model.generations(span.to - span.from));
        let mut t = span.from;
        while t < span.to {
            if total(state) <= FEW_CELLS {
                cohorts.ways.counted = true;
                match events.advance(walk, state, span.after(t), Until::target(&few), &mut Unwatched) {
                    Advance::Reached(now) => t = now,
                    ended => return ended,
                }
                continue;
            }
            let interval = process.interval_at(t);
            let stop = process.end_of(interval).min(span.to);
            let h = self.frozen_step(process, competition, &cohorts.settings, interval, state, stop - t);
            let mut end = if h < stop - t { t + h } else { stop };
            if end <= t {
                end = t.next_up().min(stop);
            }
            if let Some(ended) = walk.budget.step(t) {
                return ended;
            }
            let frozen = Model::new(Arc::new(process.frozen(interval, &self.crowding)));
            events.restart();
            cohorts.ways.leapt = true;
            let step = Step { interval: 0, span: Span { from: t, to: end } };
            match walk.by(&frozen, |walk| cohorts.advance(walk, step, state)) {
                Advance::Done => t = end,
                ended => return ended,
            }
        }
        Advance::Done
    }

    /// The length of a step of at most `longest` days; leaves the crowding in its middle.
    fn frozen_step(
        &mut self,
        process: &Process,
        competition: &Competition,
        settings: &Settings,
        interval: usize,
        state: &[u64],
        longest: f64,
    ) -> f64 {
        let Self { now, middle, crowding, reach } = self;
        now.clear();
        now.extend(state.iter().map(|&n| n as f64));
        middle.resize(state.len(), 0.0);
        crowding.resize(state.len(), 0.0);
        competition.crowding(now, crowding);
        let (mut fastest, mut pull) = (0.0, 0.0);
        let (mut highest, mut lowest) = (f64::NEG_INFINITY, f64::INFINITY);
        for (i, &x) in crowding.iter().enumerate() {
            let (birth, death) = process.rates_under(interval, i, x);
            let switches = process.switching().row_sum(interval, i);
            fastest = f64::max(fastest, birth + death + switches);
            (highest, lowest) = (highest.max(birth - death), lowest.min(birth - death - switches));
            pull = f64::max(pull, process.given(interval, i).growth() * response(competition.law(), x));
        }
        let h = longest.min(*reach / fastest.max(highest - lowest)).min(settings.tolerance.sqrt() / pull);
        middle.copy_from_slice(now);
        flow(process, interval, now, crowding, 0.5 * h, middle);
        competition.crowding(middle, crowding);
        h
    }
}

/// How much the crowding changes for a relative change of all numbers of cells.
fn response(law: &Crowding, x: f64) -> f64 {
    match law {
        Crowding::Logistic { .. } | Crowding::LotkaVolterra { .. } => x,
        Crowding::Gompertz { capacity, .. } => capacity.ln().recip(),
    }
}

/// Moves numbers of cells along the mean field for `h` days: own growth in closed form, what comes from other types to
/// first order.
fn flow(process: &Process, interval: usize, now: &[f64], crowding: &[f64], h: f64, out: &mut [f64]) {
    for (i, &n) in now.iter().enumerate().filter(|&(_, &n)| n > 0.0) {
        let (birth, death) = process.rates_under(interval, i, crowding[i]);
        let mut growth = birth - death;
        for (j, u) in process.mutation().row(interval, i) {
            growth -= birth * u;
            out[j] += h * birth * u * n;
        }
        for (j, s) in process.switching().row(interval, i) {
            growth -= s;
            out[j] += h * s * n;
        }
        out[i] += n * (growth * h).exp_m1();
    }
}
