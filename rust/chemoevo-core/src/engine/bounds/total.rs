//! A bound on the chance that the total reaches a size within a step, whatever the types.
//!
//! From `n_i` cells of type `i`, a plain birth-death process with division rate `b_i` (the largest) and death rate
//! `min(b_i, d_i)` (`d_i` the smallest over descendants and over the step) stays above the total and is a submartingale, so
//! by Doob's inequality for `(1 + w)^N`
//! `P(max N >= M) <= prod_i (1 + w / (e^{-l_i t} - b_i g_i w))^{n_i} / (1 + w)^M` for any `w > 0`, with
//! `l = b - min(b, d)` and `g = -expm1(-l t) / l`. Its logarithm is summed as
//! `sum_i n_i log1p(w (1 - e^{-l t} + b g w) / ((e^{-l t} - b g w)(1 + w))) - (M - N) log1p(w)`, in which nothing
//! cancels, whatever the number of cells.
//!
//! Crowding that slows lethal divisions lowers deaths too, and no such process stays above every history. The bound holds
//! all the same: with `F` the `E[(1 + w)^N]` of one cell of the plain process, a share `theta` of its divisions at
//! `b' = (1 - q) b` and of the deaths at `q b` make `(F - 1) (theta (b' F - q b) - d)` of it per day, which is at most what
//! they make at `theta` 1 or 0, and so at most `(F - 1) (b' F - min(b', d + q b)) = dF/dt`. So `prod_i F_i(T - t)^{n_i}`
//! is a supermartingale, at least `(1 + w)^N` at all times.

use super::envelope::{Envelope, Gain, LN_CHANCE, longest_accepted, trial_step};
use super::extrema::RateBound;

/// Working memory.
#[derive(Debug, Default)]
pub struct TotalBound {
    /// (types,) The bounds of the rates of all types over the time looked at.
    pub rates: Vec<RateBound>,
    /// Of the types that are there: how many cells, and what stays above the clone of one.
    terms: Vec<(f64, Envelope)>,
}

impl TotalBound {
    /// A step in days, at most `longest`, for which the bound accepts that the total is `left` cells below `size`.
    #[must_use]
    pub fn safe_step(&mut self, state: &[u64], size: u64, left: f64, longest: f64) -> f64 {
        let (mut cells, mut activity, mut growth) = (0.0, 0.0, 0.0);
        for (&n, &(b, d)) in state.iter().zip(&self.rates) {
            let n = n as f64;
            cells += n;
            activity += n * (b + d);
            growth += n * (b - d).max(0.0);
        }
        let mut step = longest.min(trial_step(left, growth, activity));
        if growth > 0.0 {
            step = step.min((size as f64 / cells).ln() * cells / growth);
        }
        longest_accepted(step, |step| self.is_safe(state, left, step))
    }

    /// Whether the chance that the total gains `left` cells at any time within `t` days is below `e^-37 < 1e-16`.
    #[must_use]
    pub fn is_safe(&mut self, state: &[u64], left: f64, t: f64) -> bool {
        let mut gain = Gain { mean: 0.0, variance: 0.0, largest_w: f64::INFINITY };
        self.terms.clear();
        for (&n, &bounds) in state.iter().zip(&self.rates).filter(|&(&n, _)| n > 0) {
            let (n, envelope) = (n as f64, Envelope::new(bounds, t));
            let Envelope { decay, lost, b_g } = envelope;
            self.terms.push((n, envelope));
            gain.mean += n * lost / decay;
            gain.variance += n * (2.0 * b_g - lost) / (decay * decay);
            gain.largest_w = gain.largest_w.min(decay / b_g);
        }
        if gain.largest_w.is_infinite() {
            return !gain.is_near(left);
        }
        let terms = &self.terms;
        gain.stays_below(left, |w| terms.iter().fold(-left * w.ln_1p(), |sum, (n, one)| sum + n * one.ln_excess(w)))
    }

    /// The largest total from which the bound excludes a passage of `size` within `t` days, whatever the types.
    #[must_use]
    pub fn safe_total(&self, size: u64, t: f64) -> u64 {
        let worst = self.rates.iter().fold((0.0, f64::INFINITY), |w, b| (f64::max(w.0, b.0), f64::min(w.1, b.1)));
        let envelope = Envelope::new(worst, t);
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
}
