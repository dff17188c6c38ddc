//! Cohort leaping (`leap`): where mutants are founded by the thousand, they are moved in cohorts.
//!
//! Over a step in which a type founds many clones,
//! 1. its own cells go from the start of the step to its end by the exact law of plain divisions and deaths: divisions
//!    that yield a mutant do not change their number;
//! 2. the integral of their number is drawn given both ends ([`path`]), and the founders of each type are Poisson given
//!    the integral;
//! 3. founders that are few are followed from founding times of their own, exactly; many start from two Gauss nodes of the
//!    step, as two cohorts, and go to the end of the step in the same way: their own mutants by recursion.
//!
//! All cells at one node go on together, so that a step costs a few draws for each type and generation of mutants. Types
//! between which many cells switch go together, by a law with the exact moments that keeps cells ([`block`]); where few
//! switch, the very cells that leave a type are founders of another ([`leavers`]). A type with few cells or few expected founders goes by event-skipping ([`super::bnb`]),
//! exactly.
//!
//! What is approximate: the two nodes, whose mean and law at the end of the step are off by a part in
//! `4320 / (theta^4)` at most for a step of `theta = fastest rate x length` (the error of the two-point Gauss rule), and
//! the gamma law of the integral, whose mean, variance and covariance with the end are exact. The length of steps follows
//! from the tolerance for the first, a quarter of it for each generation. Each step stays inside one interval of constant
//! rates.

pub mod block;
mod cohorts;
mod crowded;
pub mod founders;
pub mod leavers;
pub mod path;
mod settings;
mod together;
pub mod whole;

pub use settings::{FOLLOWED, Settings, Ways};

use crate::engine::bnb::Bnb;
use crate::engine::direct::Events;
use crate::engine::{Advance, Span, Walk};
use crate::process::Competition;
use cohorts::{Cohorts, Step};
use crowded::Crowded;
use rand::Rng;

/// Working memory of the engine, reused from span to span.
#[derive(Debug)]
pub struct Leap {
    cohorts: Cohorts,
    crowded: Crowded,
    /// Whether cohorts leap wherever that is cheaper.
    eager: bool,
}

impl Leap {
    /// An engine with these settings.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self { cohorts: Cohorts::new(settings), crowded: Crowded::default(), eager: settings.followed_up_to == 0.0 }
    }

    /// What is followed exactly goes by this engine from now on.
    pub fn exactly_by(&mut self, bnb: Bnb) {
        self.cohorts.bnb = bnb;
    }

    /// Whether, from now on, cohorts leap wherever that is cheaper, or first so many events are followed as the settings say.
    pub fn hurry(&mut self, eager: bool) {
        self.eager = eager || self.cohorts.settings.followed_up_to == 0.0;
    }

    /// Expected mutations and switches within a span up to which they are followed exactly, where so many have been in the
    /// replicate.
    #[must_use]
    pub fn leaps_above(&self, followed: u64) -> f64 {
        let settings = &self.cohorts.settings;
        if self.eager { settings.exact_up_to } else { settings.exact_after(followed) }
    }

    /// Which ways were taken since they were last set back.
    pub fn ways(&mut self) -> &mut Ways {
        &mut self.cohorts.ways
    }

    /// Advances the numbers of cells of every type over a span without pulses.
    ///
    /// If the budget runs out, the state is that at the start of a step; `OutOfSteps` then carries its time.
    pub fn advance<R: Rng + ?Sized>(&mut self, walk: &mut Walk<'_, R>, state: &mut [u64], span: Span) -> Advance {
        let (model, process, settings) = (walk.model, walk.model.process(), self.cohorts.settings);
        let reach = settings.reach(model.generations(span.to - span.from));
        let mut t = span.from;
        while t < span.to {
            let exact = self.leaps_above(walk.budget.followed);
            let rest = span.after(t);
            let (expected, part) = self.cohorts.bnb.expected(model, state, rest, exact, !self.eager);
            if expected <= exact {
                self.cohorts.ways.skipped = true;
                match self.cohorts.bnb.advance(walk, state, part) {
                    Advance::Done if part.to < span.to => {
                        t = part.to;
                        continue;
                    }
                    other => return other,
                }
            }
            let interval = process.interval_at(t);
            let stop = process.end_of(interval).min(span.to);
            let pieces = ((stop - t) * model.fastest(interval, state) / reach).ceil();
            let mut end = if pieces > 1.0 { t + (stop - t) / pieces } else { stop };
            if end <= t {
                end = t.next_up().min(stop);
            }
            if let Some(ended) = walk.budget.step(t) {
                return ended;
            }
            match self.cohorts.advance(walk, Step { interval, span: Span { from: t, to: end } }, state) {
                Advance::Done => t = end,
                ended => return ended,
            }
        }
        Advance::Done
    }

    /// The same under a competition; `events` takes small populations.
    pub fn advance_crowded<R: Rng + ?Sized>(
        &mut self,
        competition: &Competition,
        events: &mut Events,
        walk: &mut Walk<'_, R>,
        state: &mut [u64],
        span: Span,
    ) -> Advance {
        self.crowded.advance(&mut self.cohorts, competition, events, walk, state, span)
    }
}
