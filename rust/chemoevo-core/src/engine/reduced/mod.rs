//! Reduced event-skipping: only mutants that may be there at the end of a stretch are followed, exactly.
//!
//! Counts at the end `T` of a stretch do not need lineages that are gone by then. Where cells die nearly as often as they
//! divide, these are nearly all. Leaving out just those would need the probability `y_j(t)` that a lineage reaches `T`, which
//! has no closed form. A superset has one:
//!
//! Choose for each type `j` and each *piece* of the stretch a constant `kept_j <= 1`. From the last founders backward, a
//! lineage *counts* if its founder's own clone is there at `T`, or has at least one *kept* event; an event that founds `j` is
//! kept if its founder's lineage counts, or else by a coin of probability `(kept_j - Y_j)/(1 - Y_j)`, where `Y_j(t)` is the
//! probability that the lineage of one such cell counts. Whatever reaches `T` counts, so that lineages that do not may be
//! left out; and an event is kept with probability `kept_j`, constant on the piece. So in a piece the clones of type `i` have
//! constant rates,
//!
//! `birth b'_i`, `death d_i + sum_j s_ij (1 - kept_j)`, `special events sum_j (b_i u_ij + s_ij) kept_j`
//!
//! (a mutation that is not kept is nothing, a switch that is not kept is a death), and the laws of [`crate::propagator`] hold
//! as they stand. The one condition is `kept_j >= Y_j(t)`, and `Y_i(t) = (alpha + beta)/(gamma + delta)` of the propagator to
//! `T`. How coarse the pieces are changes the cost, never the law; `kept = 1` is plain event-skipping.
//!
//! The founder of a kept event is drawn given that it was kept, by one number `w`, uniform on `(0, kept_j)`: below
//! `beta/delta` its first kept event is where `beta/delta` passes `w`; from there to `Y_j` it has no kept event and is there at
//! the end; above, the coin spoke for it, its lineage does not count, and it is dropped. After its founder's draw a clone is
//! under no other condition, and neither are the cells at the start of the stretch.
//!
//! * [`table`]: the laws of a stretch, by the time that is left.
//! * `pieces`: how a stretch is cut, and which events are kept.
//! * `expected`: how many events will be followed.
//! * `founded`: which types can be founded at all.

use crate::engine::span::Span;
use crate::process::Process;

mod expected;
mod founded;
mod pieces;
pub mod table;
#[cfg(test)]
mod tests;

/// Goes back over a span, from the expected events of a cell of each type at its end to those at its start, where a cell of type
/// `i` has events at `rate(interval, i)` per day.
pub fn back_over(process: &Process, span: Span, events: &mut [f64], rate: impl Fn(usize, usize) -> f64) {
    let mut to = span.to;
    while to > span.from {
        let interval = process.breakpoints().partition_point(|&b| b < to);
        let from = process.start_of(interval).max(span.from);
        let rates = (0..process.types()).map(|i| rate(interval, i)).collect();
        expected::back(process, expected::Course { interval, length: to - from, events: rates }, events);
        to = from;
    }
}

/// Which mutants are followed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Following {
    /// Those that may be there at the end of a stretch, where that saves work; else all.
    #[default]
    Auto,
    /// All.
    All,
    /// Those that may be there at the end of a stretch, wherever that can be done.
    Kept,
}
