//! First passage of named types to a size, exactly, whatever the number of other cells.
//!
//! *Far* from the size all types go by event-skipping, over steps for which [`crate::engine::bounds::named`] puts the chance of an
//! unseen passage below `e^-37 < 1e-16`. *Near* it, the counted cells go event by event ([`crate::engine::direct`]), and the
//! others wait in groups ([`super::groups`]) for the date of their next mutation or switch, whatever their number: if the
//! stop comes first, the groups are drawn at the stop, given no special event until then; if a date comes first, its
//! founder joins the counted cells or a group. Counted cells that found uncounted ones keep them event by event until the
//! next date, which changes the cost but not the law.
//!
//! Where so many mutations are expected in a step that cohorts leap ([`crate::engine::leap`]), the step is one that may be expected to
//! go `LEAPT` of the way to the size at most. The means that cohorts grow to are off by a part in a hundred at most, of what is
//! founded within the step, which the bound counts in full: not enough to go the rest. So the size is not passed unseen
//! either, and near it the last cells are counted in as before.
//!
//! Several sizes of different sums can be watched at once: near one of them its types go event by event, and the bounds of
//! the others say how far.

use super::groups::Groups;
use crate::engine::bounds::envelope::{EVENTS_PER_STEP, longest_step};
use crate::engine::bounds::named::NamedBound;
use crate::engine::bounds::rates::NamedRates;
use crate::engine::model::Model;
use crate::engine::steppers::Steppers;
use crate::engine::target::{Target, Until, total};
use crate::engine::{Advance, Span, Walk};
use rand::Rng;

/// Events one by one, for each type present, before the distance to the size is looked at again.
const EVENTS_PER_ROUND: u64 = 8 * EVENTS_PER_STEP;
/// Share of the way to a size that a step of cohorts may be expected to go.
const LEAPT: f64 = 0.875;

/// A size that a sum of some types must not pass unseen.
#[derive(Clone, Copy, Debug)]
pub struct Goal<'a> {
    /// Which types, with bounds on their rates.
    pub rates: &'a NamedRates,
    /// The size; the sum is below it.
    pub size: u64,
}

/// Working memory.
#[derive(Debug, Default)]
pub struct NamedPassage {
    bound: NamedBound,
    groups: Groups,
    eventwise: Vec<bool>,
}

impl NamedPassage {
    /// Advances the state over a span without pulses, or to the first instant at which `target` is reached; its limit is
    /// not looked at. The sums are below the sizes of all `goals` at the start; the target is one of them, or is not named.
    ///
    /// `Done` at the end of the span; otherwise `OutOfSteps` carries the time of the state.
    pub fn advance<R: Rng + ?Sized, S: Steppers>(
        &mut self,
        steppers: &mut S,
        walk: &mut Walk<'_, R>,
        state: &mut [u64],
        span: Span,
        goals: &[Goal<'_>],
        target: &Target,
    ) -> Advance {
        let (model, to) = (walk.model, span.to);
        let crossings = steppers.marks().map(|marks| marks.plan.clone());
        let sums = crossings.as_ref().map_or(&[][..], |c| &c.sums);
        let mut t = span.from;
        while t < to {
            let leaps_above = steppers.leaps_above(walk.budget.followed);
            if let Some(end) = walk.budget.step(t) {
                return end;
            }
            self.eventwise.clear();
            self.eventwise.resize(state.len(), false);
            let mut end = to;
            for goal in goals {
                match self.far_until(model, state, goal, span.after(t), leaps_above) {
                    Some(until) => end = end.min(until),
                    None => self.eventwise.iter_mut().zip(goal.rates.of()).for_each(|(e, &of)| *e |= of),
                }
            }
            for (index, sum) in sums.iter().enumerate() {
                let ahead = steppers.marks().and_then(|marks| marks.ahead(index));
                let mut near = false;
                if let Some(size) = ahead {
                    match self.far_until(model, state, &Goal { rates: &sum.rates, size }, span.after(t), leaps_above) {
                        Some(until) => end = end.min(until),
                        None => near = true,
                    }
                }
                if near {
                    self.eventwise.iter_mut().zip(sum.rates.of()).for_each(|(e, &of)| *e |= of);
                }
                if let Some(marks) = steppers.marks() {
                    marks.watch(index, near);
                }
            }
            if self.eventwise.contains(&true) {
                match self.near(steppers, walk, state, Span { from: t, to: end }, target) {
                    Ok(now) => t = now,
                    Err(other) => return other,
                }
            } else {
                match steppers.skip(walk, state, Span { from: t, to: end }) {
                    Advance::Done if target.counted(state) < target.size => t = end,
                    Advance::Done => return Advance::Reached(end),
                    other => return other,
                }
            }
            if let Some(marks) = steppers.marks() {
                marks.watch_all();
                marks.look(state, t);
            }
        }
        Advance::Done
    }

    /// Until when all may go by event-skipping, or leap; None if few events of counted cells are expected until then.
    fn far_until(
        &mut self,
        model: &Model,
        state: &[u64],
        goal: &Goal<'_>,
        span: Span,
        leaps_above: f64,
    ) -> Option<f64> {
        let present = state.iter().filter(|&&n| n > 0).count() as u64;
        let left = (goal.size - goal.rates.count(state)) as f64;
        let few = (EVENTS_PER_STEP * present) as f64;
        let leaps = |to: f64| model.special_events_at_most(state, Span { to, ..span }) > leaps_above;
        let close = (left / 8.0).powi(2) < few;
        if close && !leaps(span.to) {
            return None;
        }
        self.bound.take_up(goal.rates, state);
        let (mut end, mut step) = self.safe_until(model, state, goal, left, span);
        if leaps(end) {
            (end, step) = self.safe_until(model, state, goal, LEAPT * left, span);
            if leaps(end) {
                return Some(end);
            }
        }
        // A step too short for the clock is no step.
        (!close && end > span.from && self.bound.activity(goal.rates, state) * step > few).then_some(end)
    }

    /// The end and the length of the longest step from the start of a span for which the bound accepts `left` cells.
    fn safe_until(&mut self, model: &Model, state: &[u64], goal: &Goal<'_>, left: f64, span: Span) -> (f64, f64) {
        let (bound, rates, process, t) = (&mut self.bound, goal.rates, model.process(), span.from);
        bound.look(rates, process, span);
        // Far from the size one step does, whatever the rates do meanwhile.
        if bound.is_safe(rates, state, left, span.length()) {
            return (span.to, span.length());
        }
        let interval_end = process.end_of(process.interval_at(t)).min(span.to);
        let step = longest_step(span, interval_end, |ahead| {
            bound.look(rates, process, Span { from: t, to: ahead });
            bound.safe_step(rates, state, left, ahead - t)
        });
        (span.at_most(step), step)
    }

    /// Some types event by event and the others in groups, over a span or for a number of events: the time reached, or how
    /// it ended before. The cells in groups are not in the state meanwhile, so the total's limit is not met too early.
    fn near<R: Rng + ?Sized, S: Steppers>(
        &mut self,
        steppers: &mut S,
        walk: &mut Walk<'_, R>,
        state: &mut [u64],
        span: Span,
        target: &Target,
    ) -> Result<f64, Advance> {
        let Span { from, to } = span;
        let mut left = EVENTS_PER_ROUND * state.iter().filter(|&&n| n > 0).count() as u64;
        self.groups.begin(walk, state, &self.eventwise, span);
        steppers.restart();
        steppers.note_skipping();
        let (mut now, mut gone) = (from, 0.0);
        let end = loop {
            let (date, next) = self.groups.next();
            if next.is_some()
                && let Some(end) = walk.budget.step(now)
            {
                break Some(end);
            }
            let until = (from + date).min(to);
            if total(state) > 0 {
                let before = walk.budget.taken;
                let end = steppers.events(walk, state, Span { from: now, to: until }, Until { target, events: left });
                match end {
                    Advance::Done => now = until,
                    Advance::Extinct(t) => (now, gone) = (until, t - from),
                    // The events of this round are used up, not the budget.
                    Advance::OutOfSteps(t) if walk.budget.taken - before == left => {
                        now = t;
                        break None;
                    }
                    Advance::Reached(t) | Advance::OutOfSteps(t) | Advance::NoRoom(t) => {
                        now = t;
                        break Some(end);
                    }
                    Advance::Cancelled => break Some(end),
                }
                left -= walk.budget.taken - before;
            } else {
                now = until;
            }
            let Some(i) = next else {
                break None;
            };
            left = left.saturating_sub(1);
            let founder = self.groups.fire(walk, i);
            let mut changed = false;
            // Cells that counted cells have founded meanwhile go to their groups.
            for (j, n) in state.iter_mut().enumerate().filter(|(j, n)| !self.eventwise[*j] && **n > 0) {
                self.groups.add(walk, j, std::mem::take(n), now - from);
                changed = true;
            }
            match founder {
                Some(j) if self.eventwise[j] => {
                    state[j] += 1;
                    if let Some(marks) = steppers.marks() {
                        marks.look(state, now);
                    }
                    if target.counted(state) >= target.size {
                        break Some(Advance::Reached(now));
                    }
                    changed = true;
                }
                Some(j) => self.groups.add(walk, j, 1, now - from),
                None => {}
            }
            if changed {
                steppers.restart();
            }
            if left == 0 {
                break None;
            }
        };
        match (self.groups.settle(walk, state, now - from, gone), end) {
            (_, Some(Advance::Cancelled)) => Err(Advance::Cancelled),
            (Some(last), _) => Err(Advance::Extinct((from + last).min(to))),
            (None, Some(end)) => Err(end),
            (None, None) => Ok(now),
        }
    }
}
