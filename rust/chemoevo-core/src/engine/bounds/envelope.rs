//! The birth-death process that stays above one cell's clone, and how far one may step under a bound made of such.

/// Natural logarithm of the largest accepted chance of an unseen passage: below 1e-16.
pub(in crate::engine) const LN_CHANCE: f64 = -37.0;
/// Standard deviations of the total that a first trial step leaves to the size.
pub(in crate::engine) const MARGIN: f64 = 8.5;
/// Events one by one that cost as much as one step of event-skipping, for each type present.
pub(in crate::engine) const EVENTS_A_STEP: u64 = 60;
/// How many times further each longer look ahead goes.
const LOOK_AHEAD: f64 = 4.0;

/// The birth-death process that stays above one cell's clone for `t` days.
#[derive(Clone, Copy, Debug)]
pub(in crate::engine) struct Envelope {
    /// `e^{-l t}` with `l = b - min(b, d)`, one over the mean number of cells.
    pub(in crate::engine) decay: f64,
    /// `1 - e^{-l t}`.
    pub(in crate::engine) lost: f64,
    /// `b g` with `g = -expm1(-l t) / l`.
    pub(in crate::engine) b_g: f64,
}

impl Envelope {
    pub(in crate::engine) fn new((b, d): (f64, f64), t: f64) -> Self {
        let l = b - d.min(b);
        let lost = -(-l * t).exp_m1();
        let g = if l > 0.0 { lost / l } else { t };
        Self { decay: (-l * t).exp(), lost, b_g: b * g }
    }

    /// `ln E[(1 + w)^N] - ln(1 + w)`.
    pub(in crate::engine) fn ln_excess(&self, w: f64) -> f64 {
        let rest = self.decay - self.b_g * w;
        (w * (self.lost + self.b_g * w) / (rest * (1.0 + w))).ln_1p()
    }
}

/// A step in days from `t`, to `to` at the latest, that a bound accepts: `safe_until(ahead)` is the longest by the rates
/// until `ahead`. It stays in the interval that ends at `interval_end` unless that is passed in one step: then rates over
/// a longer time bound it, so that the number of steps does not grow with the number of intervals.
pub(in crate::engine) fn longest_step(
    t: f64,
    interval_end: f64,
    to: f64,
    mut safe_until: impl FnMut(f64) -> f64,
) -> f64 {
    let mut step = safe_until(interval_end);
    let mut ahead = interval_end;
    // A longer look ahead meets faster rates: it goes on as long as it gains.
    while step >= ahead - t && ahead < to {
        ahead = (t + LOOK_AHEAD * (ahead - t)).min(to);
        let longer = safe_until(ahead);
        if longer <= step {
            break;
        }
        step = longer;
    }
    step
}
