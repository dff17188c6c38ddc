//! First passage of the total to a size, exactly, by skipping far from it and counting the last cells in.
//!
//! Event-skipping alone sees the state only at the ends of its steps and would overshoot. A step is taken only if a
//! rigorous bound ([`crate::engine::bounds::total`]) puts the chance of a passage inside it below `e^-37 < 1e-16`; close to
//! the size, events are counted one by one.
//!
//! Where the stop counts some types only, this search is for the limit of the total, and [`super::named`] skips in its
//! place.

use super::named::{Goal, NamedPassage};
use crate::engine::bounds::envelope::{EVENTS_PER_STEP, longest_step};
use crate::engine::bounds::total::TotalBound;
use crate::engine::model::Model;
use crate::engine::steppers::Steppers;
use crate::engine::target::{Target, Until, total};
use crate::engine::{Advance, Span, Walk};
use rand::Rng;

/// Working memory: the engines, and the bounds of the rates.
#[derive(Debug)]
pub struct Passage<S> {
    /// The engines.
    pub steppers: S,
    bound: TotalBound,
    named: NamedPassage,
}

impl<S: Steppers> Passage<S> {
    /// With these engines.
    pub fn new(steppers: S) -> Self {
        Self { steppers, bound: TotalBound::default(), named: NamedPassage::default() }
    }

    /// Advances the state over a span without pulses, or to the first instant at which one of the sizes of `target` is
    /// reached; it is below them at the start. From a total of at most `safe` (see [`safe_total`]) no passage of the total
    /// is looked for. `goals` are the sizes of named types, if the target counts some.
    pub fn advance<R: Rng + ?Sized>(
        &mut self,
        walk: &mut Walk<'_, R>,
        state: &mut [u64],
        span: Span,
        target: &Target,
        goals: &[Goal<'_>],
        safe: u64,
    ) -> Advance {
        let (model, size, to) = (walk.model, target.total_size(), span.to);
        if total(state) <= safe {
            return match self.skip(walk, state, span, target, goals) {
                Advance::Done => after_step(state, size, to),
                other => other,
            };
        }
        self.bound.rates.resize(state.len(), (0.0, 0.0));
        let mut t = span.from;
        let mut whole = true;
        while t < to {
            if let Some(end) = walk.budget.step(t) {
                return end;
            }
            let rest = span.after(t);
            if std::mem::replace(&mut whole, false) {
                // Far from the size one step does, whatever the rates do meanwhile.
                model.rate_bounds(rest, &mut self.bound.rates);
                if self.bound.is_safe(state, (size - total(state)) as f64, rest.length()) {
                    match self.skip(walk, state, rest, target, goals) {
                        Advance::Done => return after_step(state, size, to),
                        other => return other,
                    }
                }
            }
            let present = state.iter().filter(|&&n| n > 0).count() as u64;
            let left = (size - total(state)) as f64;
            let near = (left / 8.0).powi(2) < (EVENTS_PER_STEP * present) as f64;
            let step = if near { 0.0 } else { self.longest_step(model, state, size, left, rest) };
            let end = rest.at_most(step);
            // A step too short for the clock is no step.
            if end <= t {
                let (events, before) = (EVENTS_PER_STEP * present, walk.budget.taken);
                self.steppers.restart();
                if let Some(marks) = self.steppers.marks() {
                    marks.watch_all();
                }
                match self.steppers.events(walk, state, rest, Until { target, events }) {
                    Advance::Done => t = to,
                    // The events of this round are used up, not the budget.
                    Advance::OutOfSteps(now) if walk.budget.taken - before == events => t = now,
                    other => return other,
                }
            } else {
                match self.skip(walk, state, Span { from: t, to: end }, target, goals) {
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
        walk: &mut Walk<'_, R>,
        state: &mut [u64],
        span: Span,
        target: &Target,
        goals: &[Goal<'_>],
    ) -> Advance {
        if goals.is_empty() && !self.steppers.marks().is_some_and(|m| m.any_ahead()) {
            self.steppers.skip(walk, state, span)
        } else {
            self.named.advance(&mut self.steppers, walk, state, span, goals, target)
        }
    }

    /// The longest step in days from the start of a span that the bound accepts.
    fn longest_step(&mut self, model: &Model, state: &[u64], size: u64, left: f64, span: Span) -> f64 {
        let (process, t) = (model.process(), span.from);
        let interval_end = process.end_of(process.interval_at(t)).min(span.to);
        longest_step(span, interval_end, |ahead| {
            model.rate_bounds(Span { from: t, to: ahead }, &mut self.bound.rates);
            self.bound.safe_step(state, size, left, ahead - t)
        })
    }
}

/// The largest total from which the bound excludes a passage of `size` within a span, whatever the types.
///
/// It is the same for all replicates and spares them the bound.
#[must_use]
pub fn safe_total(model: &Model, span: Span, size: u64) -> u64 {
    let mut bound = TotalBound::default();
    bound.rates.resize(model.process().types(), (0.0, 0.0));
    model.rate_bounds(span, &mut bound.rates);
    bound.safe_total(size, span.length())
}

fn after_step(state: &[u64], size: u64, to: f64) -> Advance {
    if total(state) >= size { Advance::Reached(to) } else { Advance::Done }
}
