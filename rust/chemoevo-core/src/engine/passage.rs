//! First passage of the total to a size, exactly, by skipping far from it and counting the last cells in.
//!
//! Event-skipping alone sees the state only at the ends of its steps and would overshoot. A step is taken only if a
//! rigorous bound puts the chance of a passage inside it below `e^-37 < 1e-16`; close to the size, events are counted
//! one by one. The bound: from `n_i` cells of type `i`, a plain birth-death process with division rate `b_i` (the
//! largest) and death rate `min(b_i, d_i)` (`d_i` the smallest over descendants and over the step) stays above the total
//! and is a submartingale, so by Doob's inequality for `(1 + w)^N`
//! `P(max N >= M) <= prod_i (1 + w / (e^{-l_i t} - b_i g_i w))^{n_i} / (1 + w)^M` for any `w > 0`, with
//! `l = b - min(b, d)` and `g = -expm1(-l t) / l`.

use super::bnb::Bnb;
use super::direct::{Direct, Target, total};
use super::model::Model;
use super::{Advance, Budget};
use rand::Rng;

/// Natural logarithm of the largest accepted chance of an unseen passage: below 1e-16.
const LN_CHANCE: f64 = -37.0;
/// Standard deviations of the total that a first trial step leaves to the size.
const MARGIN: f64 = 8.5;
/// Events one by one that cost as much as one step of event-skipping, for each type present.
const EVENTS_A_STEP: u64 = 60;

/// Working memory: both engines, and the bounds of the rates.
#[derive(Debug, Default)]
pub struct Passage {
    bnb: Bnb,
    direct: Direct,
    bounds: Vec<(f64, f64)>,
}

impl Passage {
    /// Advances the state from `from` to `to` (days), no pulse between, or to the first instant at which the total is
    /// `size`. The total is below `size` at `from`; from a total of at most `safe` (see [`safe_total`]) no passage is
    /// looked for.
    pub fn advance<R: Rng + ?Sized>(
        &mut self,
        model: &Model,
        state: &mut [u64],
        from: f64,
        to: f64,
        size: u64,
        safe: u64,
        rng: &mut R,
        budget: &mut Budget<'_>,
    ) -> Advance {
        if total(state) <= safe {
            return match self.bnb.advance(model, state, from, to, rng, budget) {
                Advance::Done => after_step(state, size, to),
                other => other,
            };
        }
        let target = Target { size, limit: size, of: None };
        self.bounds.resize(state.len(), (0.0, 0.0));
        let mut t = from;
        let mut whole = true;
        while t < to {
            if let Some(end) = budget.step(t) {
                return end;
            }
            if std::mem::replace(&mut whole, false) {
                // Far from the size one step does, whatever the rates do meanwhile.
                model.rate_bounds(t, to, &mut self.bounds);
                if self.is_safe(state, size, to - t) {
                    match self.bnb.advance(model, state, t, to, rng, budget) {
                        Advance::Done => return after_step(state, size, to),
                        other => return other,
                    }
                }
            }
            let interval_end = model.process().end_of(model.process().interval_at(t)).min(to);
            model.rate_bounds(t, interval_end, &mut self.bounds);
            let present = state.iter().filter(|&&n| n > 0).count() as u64;
            let left = (size - total(state)) as f64;
            let near = (left / 8.0).powi(2) < (EVENTS_A_STEP * present) as f64;
            let step = if near { 0.0 } else { self.safe_step(state, size, left, interval_end - t) };
            let end = if step >= interval_end - t { interval_end } else { t + step };
            // A step too short for the clock is no step.
            if end <= t {
                let (events, before) = (EVENTS_A_STEP * present, budget.taken);
                self.direct.restart();
                match self.direct.advance(model, state, t, interval_end, &target, events, rng, budget) {
                    Advance::Done => t = interval_end,
                    // The events of this round are used up, not the budget.
                    Advance::OutOfSteps(now) if budget.taken - before == events => t = now,
                    other => return other,
                }
            } else {
                match self.bnb.advance(model, state, t, end, rng, budget) {
                    Advance::Done if total(state) < size => t = end,
                    Advance::Done => return Advance::Reached(end),
                    other => return other,
                }
            }
        }
        Advance::Done
    }

    /// A step in days, at most `longest`, that the bound accepts.
    fn safe_step(&self, state: &[u64], size: u64, left: f64, longest: f64) -> f64 {
        let (mut cells, mut activity, mut growth) = (0.0, 0.0, 0.0);
        for (&n, &(b, d)) in state.iter().zip(&self.bounds) {
            let n = n as f64;
            cells += n;
            activity += n * (b + d);
            growth += n * (b - d).max(0.0);
        }
        // growth dt + MARGIN sqrt(activity dt) = left, solved for sqrt(dt) without cancellation.
        let spread = MARGIN * activity.sqrt();
        let root = 2.0 * left / (spread + (spread * spread + 4.0 * growth * left).sqrt());
        let mut step = longest.min(root * root);
        if growth > 0.0 {
            step = step.min((size as f64 / cells).ln() * cells / growth);
        }
        while !self.is_safe(state, size, step) {
            step *= 0.7;
        }
        step
    }

    /// Whether the chance that the total passes `size` within `t` days is below `e^LN_CHANCE`.
    fn is_safe(&self, state: &[u64], size: u64, t: f64) -> bool {
        let mut mean = 0.0;
        let mut variance = 0.0;
        let mut largest_w = f64::INFINITY;
        let size = size as f64;
        for (&n, &bounds) in state.iter().zip(&self.bounds).filter(|&(&n, _)| n > 0) {
            let (decay, b_g) = envelope(bounds, t);
            let n = n as f64;
            mean += n / decay;
            variance += n * (2.0 * b_g - (1.0 - decay)) / (decay * decay);
            largest_w = largest_w.min(decay / b_g);
        }
        // The bound cannot hold where the mean is within a few standard deviations.
        if !(mean + 6.0 * variance.sqrt() < size) {
            return false;
        }
        if largest_w.is_infinite() {
            return true;
        }
        let guess = (size - mean) / (variance + size - mean);
        let trials = [0.7 * guess, guess, 1.4 * guess, 0.3 * largest_w, 0.6 * largest_w, 0.9 * largest_w];
        trials.iter().any(|&w| w > 0.0 && w < largest_w && self.ln_bound(state, size, t, w) <= LN_CHANCE)
    }

    fn ln_bound(&self, state: &[u64], size: f64, t: f64, w: f64) -> f64 {
        let mut sum = -size * w.ln_1p();
        for (&n, &bounds) in state.iter().zip(&self.bounds).filter(|&(&n, _)| n > 0) {
            let (decay, b_g) = envelope(bounds, t);
            sum += n as f64 * (w / (decay - b_g * w)).ln_1p();
        }
        sum
    }
}

/// The largest total from which the bound excludes a passage of `size` between two times, whatever the types.
///
/// It is the same for all replicates and spares them the bound.
#[must_use]
pub fn safe_total(model: &Model, from: f64, to: f64, size: u64) -> u64 {
    let mut bounds = vec![(0.0, 0.0); model.process().types()];
    model.rate_bounds(from, to, &mut bounds);
    let worst = bounds.iter().fold((0.0, f64::INFINITY), |w, b| (f64::max(w.0, b.0), f64::min(w.1, b.1)));
    let (decay, b_g) = envelope(worst, to - from);
    if b_g <= 0.0 {
        return size.saturating_sub(1);
    }
    let cells = |share: f64| {
        let w = share * decay / b_g;
        (size as f64 * w.ln_1p() + LN_CHANCE) / (w / (decay - b_g * w)).ln_1p()
    };
    // `as` saturates; NaN becomes 0.
    [0.01, 0.1, 0.3, 0.6, 0.9].map(cells).into_iter().fold(0.0, f64::max).min(0.9 * size as f64) as u64
}

/// `(e^{-l t}, b g)` of the process that stays above, with `l = b - min(b, d)` and `g = -expm1(-l t) / l`.
fn envelope((b, d): (f64, f64), t: f64) -> (f64, f64) {
    let l = b - d.min(b);
    let g = if l > 0.0 { -(-l * t).exp_m1() / l } else { t };
    ((-l * t).exp(), b * g)
}

fn after_step(state: &[u64], size: u64, to: f64) -> Advance {
    if total(state) >= size { Advance::Reached(to) } else { Advance::Done }
}
