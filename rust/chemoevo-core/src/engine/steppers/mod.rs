//! The engines side by side, as the loop over observation times and the search for a first passage use them.
//!
//! * [`Counting`]: counts by type alone; event-skipping may be replaced by leaping.
//! * [`Recording`]: every clone on record.

mod counting;
mod recording;

pub use counting::Counting;
pub use recording::Recording;

use crate::engine::clones::Record;
use crate::engine::crossings::Marks;
use crate::engine::leap::Ways;
use crate::engine::target::Until;
use crate::engine::{Advance, Span, Walk};
use crate::random::Stream;
use rand::Rng;

/// The engines on one state of counts by type.
pub trait Steppers {
    /// A replicate begins; `choice` gives a stream apart from the one that the counts are drawn from.
    fn enter(&mut self, choice: impl FnOnce() -> Stream);

    /// Starts from a state, at time 0: for the first time in a replicate or, with a retry, again.
    fn begin(&mut self, state: &[u64]);

    /// The state has changed, or has been moved by another engine: `events` takes it up anew.
    fn restart(&mut self);

    /// Advances by event-skipping; see [`crate::engine::bnb::Bnb::advance`].
    fn skip<R: Rng + ?Sized>(&mut self, walk: &mut Walk<'_, R>, state: &mut [u64], span: Span) -> Advance;

    /// Advances event by event; see [`crate::engine::direct::Events::advance`].
    fn events<R: Rng + ?Sized>(
        &mut self,
        walk: &mut Walk<'_, R>,
        state: &mut [u64],
        span: Span,
        until: Until<'_>,
    ) -> Advance;

    /// A pulse at `t`: every cell survives with the probability of its type.
    fn thin<R: Rng + ?Sized>(&mut self, state: &mut [u64], survival: &[f64], t: f64, rng: &mut R);

    /// An observation.
    fn observe(&mut self, observation: usize);

    /// Expected mutations and switches within a span above which `skip` moves cells in cohorts, approximately, where so many
    /// have been followed in the replicate.
    fn leaps_above(&self, _followed: u64) -> f64 {
        f64::INFINITY
    }

    /// Cohorts leap from now on wherever that is cheaper, or only where following events would take long.
    fn hurry(&mut self, _eager: bool) {}

    /// Some cells are followed from event to event elsewhere.
    fn note_skipping(&mut self) {}

    /// Which ways were taken since this was last asked.
    fn ways(&mut self) -> Ways;

    /// The sizes that are to be noted on the way.
    fn marks(&mut self) -> Option<&mut Marks> {
        None
    }

    /// The clones of the replicate, if they are on record.
    fn take(&mut self) -> Option<Box<Record>>;
}
