//! The birth-death process that stays above one cell's clone, and how far one may step under a bound made of such.

use crate::engine::span::Span;

/// Natural logarithm of the largest accepted chance of an unseen passage: below 1e-16.
pub(super) const LN_CHANCE: f64 = -37.0;
/// Standard deviations of the number of cells that a first trial step leaves to the size.
const MARGIN: f64 = 8.5;
/// Events one by one that cost as much as one step of event-skipping, for each type present.
pub(in crate::engine) const EVENTS_PER_STEP: u64 = 60;
/// What is tried after a step that is refused.
const SHORTER: f64 = 0.7;
/// Relative distance to the longest step at which the search for it ends.
const NEARLY: f64 = 2e-3;
/// How many times further each longer look ahead goes.
const LOOK_AHEAD: f64 = 4.0;

/// The birth-death process that stays above one cell's clone for `t` days.
#[derive(Clone, Copy, Debug)]
pub(super) struct Envelope {
    /// `e^{-l t}` with `l = b - min(b, d)`, one over the mean number of cells.
    pub(super) decay: f64,
    /// `1 - e^{-l t}`.
    pub(super) lost: f64,
    /// `b g` with `g = -expm1(-l t) / l`.
    pub(super) b_g: f64,
}

impl Envelope {
    pub(super) fn new((b, d): (f64, f64), t: f64) -> Self {
        let l = b - d.min(b);
        let lost = -(-l * t).exp_m1();
        let g = if l > 0.0 { lost / l } else { t };
        Self { decay: (-l * t).exp(), lost, b_g: b * g }
    }

    /// `ln E[(1 + w)^N] - ln(1 + w)`.
    pub(super) fn ln_excess(&self, w: f64) -> f64 {
        let rest = self.decay - self.b_g * w;
        (w * (self.lost + self.b_g * w) / (rest * (1.0 + w))).ln_1p()
    }
}

/// How many cells may be gained within a step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gain {
    /// A bound on its mean.
    pub(super) mean: f64,
    /// Its variance, nearly.
    pub(super) variance: f64,
    /// The bound on the chance holds for all smaller `w`.
    pub(super) largest_w: f64,
}

impl Gain {
    /// Whether the mean is within a few standard deviations of `left` cells, so that no bound can hold.
    pub(super) fn is_near(&self, left: f64) -> bool {
        let high = self.mean + 6.0 * self.variance.sqrt();
        high.is_nan() || high >= left
    }

    /// Whether the chance of `left` cells is below `e^LN_CHANCE`, by the logarithm `ln_bound(w)` of its bound at any of some
    /// trial `w`.
    pub(super) fn stays_below(&self, left: f64, ln_bound: impl Fn(f64) -> f64) -> bool {
        if self.is_near(left) {
            return false;
        }
        let &Self { mean, variance, largest_w } = self;
        let guess = (left - mean) / (variance + left - mean);
        let trials = [0.7 * guess, guess, 1.4 * guess, 0.3 * largest_w, 0.6 * largest_w, 0.9 * largest_w];
        trials.iter().any(|&w| w > 0.0 && w < largest_w && ln_bound(w) <= LN_CHANCE)
    }
}

/// The step in days after which `left` cells are [`MARGIN`] standard deviations away, of cells that grow by `growth` and have
/// `activity` events, both per day.
pub(super) fn trial_step(left: f64, growth: f64, activity: f64) -> f64 {
    // growth dt + MARGIN sqrt(activity dt) = left, solved for sqrt(dt) without cancellation.
    let spread = MARGIN * activity.sqrt();
    let root = 2.0 * left / (spread + (spread * spread + 4.0 * growth * left).sqrt());
    root * root
}

/// Nearly the longest step that is accepted, at most `first`.
///
/// What is lost by mutants that leave nothing is lost at the end of a step: it pays to go as far as the bound allows, so that
/// between the last step refused and the first accepted one the limit is looked for.
pub(super) fn longest_accepted(first: f64, mut is_safe: impl FnMut(f64) -> bool) -> f64 {
    let (mut step, mut refused) = (first, first);
    while step > f64::MIN_POSITIVE && !is_safe(step) {
        refused = step;
        step *= SHORTER;
    }
    while refused - step > NEARLY * step {
        let middle = 0.5 * (step + refused);
        if is_safe(middle) {
            step = middle;
        } else {
            refused = middle;
        }
    }
    step
}

/// A step in days from the start of a span, to its end at the latest, that a bound accepts: `safe_until(ahead)` is the
/// longest by the rates until `ahead`. It stays in the interval that ends at `interval_end` unless that is passed in one
/// step: then rates over a longer time bound it, so that the number of steps does not grow with the number of intervals.
pub(in crate::engine) fn longest_step(span: Span, interval_end: f64, mut safe_until: impl FnMut(f64) -> f64) -> f64 {
    let Span { from, to } = span;
    let mut step = safe_until(interval_end);
    let mut ahead = interval_end;
    // A longer look ahead meets faster rates: it goes on as long as it gains.
    while step >= ahead - from && ahead < to {
        ahead = (from + LOOK_AHEAD * (ahead - from)).min(to);
        let longer = safe_until(ahead);
        if longer <= step {
            break;
        }
        step = longer;
    }
    step
}
