//! Leaping under competition: rates frozen over short steps.
//!
//! Within a step every type keeps the rates that it has under the crowding that the mean field predicts for the middle of
//! the step (the explicit midpoint rule, second order: the estimated-midpoint leaping of Gillespie 2001,
//! doi:10.1063/1.1378322), and the step is one of independent cells, which [`super`] knows how to make. What arises by
//! chance within a step is felt from the next one on. With `lambda` the rate at which crowding pulls a deviation back,
//! that raises the variance by a part `lambda h`, so `lambda h <= sqrt(tolerance)`; the error of the mean within the step
//! is of the order of `(lambda h)^2`. A population of few cells goes event by event, exactly.

use super::{Leap, Step};
use crate::engine::direct::Events;
use crate::engine::model::Model;
use crate::engine::target::{Target, total};
use crate::engine::watch::Unwatched;
use crate::engine::{Advance, Budget};
use crate::process::{Competition, Crowding, Process};
use rand::Rng;
use std::sync::Arc;

/// Up to so many cells, events are cheaper than steps and their law is not that of the mean field.
const FEW_CELLS: u64 = 500;

/// Working memory.
#[derive(Debug, Default)]
pub struct Crowded {
    now: Vec<f64>,
    middle: Vec<f64>,
    crowding: Vec<f64>,
}

impl Leap {
    /// As [`Leap::advance`], under a competition; `events` takes small populations.
    pub fn advance_crowded<R: Rng + ?Sized>(
        &mut self,
        model: &Model,
        competition: &Competition,
        events: &mut Events,
        state: &mut [u64],
        from: f64,
        to: f64,
        rng: &mut R,
        budget: &mut Budget<'_>,
    ) -> Advance {
        let process = model.process();
        let few = Target { size: u64::MAX, limit: FEW_CELLS + 1, of: None };
        let mut t = from;
        while t < to {
            if total(state) <= FEW_CELLS {
                self.ways.counted = true;
                match events.advance(model, state, t, to, &few, u64::MAX, rng, budget, &mut Unwatched) {
                    Advance::Reached(now) => t = now,
                    ended => return ended,
                }
                continue;
            }
            let interval = process.interval_at(t);
            let stop = process.end_of(interval).min(to);
            let h = self.frozen_step(process, competition, interval, state, stop - t);
            let mut end = if h < stop - t { t + h } else { stop };
            if end <= t {
                end = t.next_up().min(stop);
            }
            if let Some(ended) = budget.step(t) {
                return ended;
            }
            let frozen = Model::new(Arc::new(process.frozen(interval, &self.crowded.crowding)));
            events.restart();
            self.bnb.begin(state.len());
            self.ways.leapt = true;
            let mut step = Step { model: &frozen, interval: 0, from: t, to: end, rng, budget };
            if let Some(ended) = self.spread(&mut step, state, 0.0, 0) {
                return ended;
            }
            match self.bnb.finish(&frozen, state, t, end, rng) {
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
        interval: usize,
        state: &[u64],
        longest: f64,
    ) -> f64 {
        let Crowded { now, middle, crowding } = &mut self.crowded;
        now.clear();
        now.extend(state.iter().map(|&n| n as f64));
        middle.resize(state.len(), 0.0);
        crowding.resize(state.len(), 0.0);
        competition.crowding(now, crowding);
        let (mut fastest, mut pull) = (0.0, 0.0);
        for (i, &x) in crowding.iter().enumerate() {
            let (birth, death) = process.rates_under(interval, i, x);
            fastest = f64::max(fastest, birth + death + process.switching().row_sum(interval, i));
            let growth = (process.birth(interval, i) - process.death(interval, i)).max(0.0);
            pull = f64::max(pull, growth * response(competition.law(), x));
        }
        let h = longest.min(self.settings.reach / fastest).min(self.settings.tolerance.sqrt() / pull);
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
