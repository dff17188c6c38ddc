//! What event-skipping draws besides the date of an event: which event it is, and when the last cell was gone.

use crate::engine::choice::{Special, special_event};
use crate::process::Process;
use crate::random::uniform_open;
use rand::Rng;

/// The special event of a cell of type `i` at `t`: on the very end of an interval it belongs to that interval.
#[inline]
pub(in crate::engine) fn event_at<R: Rng + ?Sized>(
    rng: &mut R,
    process: &Process,
    i: usize,
    t: f64,
) -> Option<Special> {
    let interval = process.interval_at(t);
    special_event(rng, process, i, interval)
        .or_else(|| interval.checked_sub(1).and_then(|before| special_event(rng, process, i, before)))
}

/// When the last of `n` cells was gone, given that they were all gone by `to` without a special event.
///
/// From `P(T <= t | empty at the end) = (F(0; s, t) / F(0; s, end))^n` by bisection to the last bit.
///
/// `ln_empty` gives `ln F(0; s, t)`.
pub(in crate::engine) fn extinction_time<R: Rng + ?Sized>(
    rng: &mut R,
    ln_empty: impl Fn(f64, f64) -> f64,
    from: f64,
    to: f64,
    n: u64,
) -> f64 {
    let target = ln_empty(from, to) + uniform_open(rng).ln() / n as f64;
    let (mut low, mut high) = (from, to);
    loop {
        let middle = low + 0.5 * (high - low);
        if middle <= low || middle >= high {
            return high;
        }
        if ln_empty(from, middle) < target {
            low = middle;
        } else {
            high = middle;
        }
    }
}
