//! First passage of the total to a size, exactly, by skipping far from it and counting the last cells in.
//!
//! Event-skipping alone sees the state only at the ends of its steps and would overshoot. A step is taken only if a
//! rigorous bound puts the chance of a passage inside it below `e^-37 < 1e-16`; close to the size, events are counted
//! one by one. The bound: from `n_i` cells of type `i`, a plain birth-death process with division rate `b_i` (the
//! largest) and death rate `min(b_i, d_i)` (`d_i` the smallest over descendants and over the step) stays above the total
//! and is a submartingale, so by Doob's inequality for `(1 + w)^N`
//! `P(max N >= M) <= prod_i (1 + w / (e^{-l_i t} - b_i g_i w))^{n_i} / (1 + w)^M` for any `w > 0`, with
//! `l = b - min(b, d)` and `g = -expm1(-l t) / l`. Its logarithm is summed as
//! `sum_i n_i log1p(w (1 - e^{-l t} + b g w) / ((e^{-l t} - b g w)(1 + w))) - (M - N) log1p(w)`, in which nothing
//! cancels, whatever the number of cells.
//!
//! Where the stop counts some types only, this search is for the limit of the total, and [`super::named`] skips in
//! its place.

use super::named::{Goal, NamedPassage};
use crate::engine::bounds::envelope::{EVENTS_A_STEP, Envelope, LN_CHANCE, MARGIN, longest_step};
use crate::engine::model::Model;
use crate::engine::steppers::Steppers;
use crate::engine::target::{Target, total};
use crate::engine::{Advance, Budget};
use rand::Rng;

/// Working memory: both engines, and the bounds of the rates.
#[derive(Debug)]
pub struct Passage<S> {
    /// Both engines.
    pub steppers: S,
    bounds: Vec<(f64, f64)>,
    named: NamedPassage,
}

impl<S: Steppers> Passage<S> {
    /// With these engines.
    pub fn new(steppers: S) -> Self {
        Self { steppers, bounds: Vec::new(), named: NamedPassage::default() }
    }

    /// Advances the state from `from` to `to` (days), no pulse between, or to the first instant at which one of the sizes
    /// of `target` is reached; it is below them at `from`. From a total of at most `safe` (see [`safe_total`]) no passage
    /// of the total is looked for. `goals` are the sizes of named types, if the target counts some.
    pub fn advance<R: Rng + ?Sized>(
        &mut self,
        model: &Model,
        state: &mut [u64],
        from: f64,
        to: f64,
        target: &Target,
        goals: &[Goal<'_>],
        safe: u64,
        rng: &mut R,
        budget: &mut Budget<'_>,
    ) -> Advance {
        let size = target.total_size();
        if total(state) <= safe {
            return match self.skip(model, state, from, to, target, goals, rng, budget) {
                Advance::Done => after_step(state, size, to),
                other => other,
            };
        }
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
                if self.is_safe(state, (size - total(state)) as f64, to - t) {
                    match self.skip(model, state, t, to, target, goals, rng, budget) {
                        Advance::Done => return after_step(state, size, to),
                        other => return other,
                    }
                }
            }
            let interval_end = model.process().end_of(model.process().interval_at(t)).min(to);
            let present = state.iter().filter(|&&n| n > 0).count() as u64;
            let left = (size - total(state)) as f64;
            let near = (left / 8.0).powi(2) < (EVENTS_A_STEP * present) as f64;
            let step = if near { 0.0 } else { self.longest_step(model, state, size, left, t, interval_end, to) };
            let mut end = if step >= to - t { to } else { t + step };
            if end - t > step {
                end = end.next_down();
            }
            // A step too short for the clock is no step.
            if end <= t {
                let (events, before) = (EVENTS_A_STEP * present, budget.taken);
                self.steppers.restart();
                if let Some(marks) = self.steppers.marks() {
                    marks.watch_all();
                }
                match self.steppers.events(model, state, t, to, target, events, rng, budget) {
                    Advance::Done => t = to,
                    // The events of this round are used up, not the budget.
                    Advance::OutOfSteps(now) if budget.taken - before == events => t = now,
                    other => return other,
                }
            } else {
                match self.skip(model, state, t, end, target, goals, rng, budget) {
                    Advance::Done if total(state) < size => t = end,
                    Advance::Done => return Advance::Reached(end),
                    other => return other,
                }
            }
        }
        Advance::Done
    }

    /// Far from the size of the total.
    fn skip<R: Rng + ?Sized>(
        &mut self,
        model: &Model,
        state: &mut [u64],
        from: f64,
        to: f64,
        target: &Target,
        goals: &[Goal<'_>],
        rng: &mut R,
        budget: &mut Budget<'_>,
    ) -> Advance {
        if goals.is_empty() && !self.steppers.marks().is_some_and(|m| m.any_ahead()) {
            self.steppers.skip(model, state, from, to, rng, budget)
        } else {
            self.named.advance(&mut self.steppers, model, state, from, to, goals, target, rng, budget)
        }
    }

    /// A step in days from `t` that the bound accepts; see [`longest_step`].
    fn longest_step(
        &mut self,
        model: &Model,
        state: &[u64],
        size: u64,
        left: f64,
        t: f64,
        interval_end: f64,
        to: f64,
    ) -> f64 {
        longest_step(t, interval_end, to, |ahead| {
            model.rate_bounds(t, ahead, &mut self.bounds);
            self.safe_step(state, size, left, ahead - t)
        })
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
        while !self.is_safe(state, left, step) {
            step *= 0.7;
        }
        step
    }

    /// Whether the chance that the total gains `left` cells at any time within `t` days is below `e^LN_CHANCE`.
    fn is_safe(&self, state: &[u64], left: f64, t: f64) -> bool {
        let mut gain = 0.0;
        let mut variance = 0.0;
        let mut largest_w = f64::INFINITY;
        for (&n, &bounds) in state.iter().zip(&self.bounds).filter(|&(&n, _)| n > 0) {
            let Envelope { decay, lost, b_g } = Envelope::new(bounds, t);
            let n = n as f64;
            gain += n * lost / decay;
            variance += n * (2.0 * b_g - lost) / (decay * decay);
            largest_w = largest_w.min(decay / b_g);
        }
        // The bound cannot hold where the mean is within a few standard deviations.
        let high = gain + 6.0 * variance.sqrt();
        if high.is_nan() || high >= left {
            return false;
        }
        if largest_w.is_infinite() {
            return true;
        }
        let guess = (left - gain) / (variance + left - gain);
        let trials = [0.7 * guess, guess, 1.4 * guess, 0.3 * largest_w, 0.6 * largest_w, 0.9 * largest_w];
        trials.iter().any(|&w| w > 0.0 && w < largest_w && self.ln_bound(state, left, t, w) <= LN_CHANCE)
    }

    fn ln_bound(&self, state: &[u64], left: f64, t: f64, w: f64) -> f64 {
        let mut sum = -left * w.ln_1p();
        for (&n, &bounds) in state.iter().zip(&self.bounds).filter(|&(&n, _)| n > 0) {
            sum += n as f64 * Envelope::new(bounds, t).ln_excess(w);
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
    let envelope = Envelope::new(worst, to - from);
    if envelope.b_g <= 0.0 {
        return size.saturating_sub(1);
    }
    // n cells are safe where n ln_excess(w) - (M - n) log1p(w) is below the logarithm of the chance.
    let cells = |share: f64| {
        let w = share * envelope.decay / envelope.b_g;
        (size as f64 * w.ln_1p() + LN_CHANCE) / (w.ln_1p() + envelope.ln_excess(w))
    };
    // A margin for rounding at sizes near 2^62. `as` saturates; NaN becomes 0.
    (0.999 * [0.01, 0.1, 0.3, 0.6, 0.9].map(cells).into_iter().fold(0.0, f64::max)).min(0.9 * size as f64) as u64
}

fn after_step(state: &[u64], size: u64, to: f64) -> Advance {
    if total(state) >= size { Advance::Reached(to) } else { Advance::Done }
}
