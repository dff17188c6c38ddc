//! Event-skipping that follows every clone on its own: the law of [`super::Bnb`], with who descends from whom.
//!
//! Without records the cells of one type are one group from one time to the next. Here a group is a clone: each is
//! followed from event to event by the same propagators (Mather, Hasty & Tsimring 2012,
//! doi:10.1093/bioinformatics/bts130), its founders are followed as clones of their own, and the time at which its last
//! cell is gone is drawn from `(F(0; s, t) / F(0; s, end))^n`. Cells are independent, so the sums by type have the law
//! that they have without records; the numbers drawn differ.

use super::events::{event_at, extinction_time};
use super::level::event_threshold;
use crate::engine::choice::Special;
use crate::engine::clones::Clones;
use crate::engine::{Advance, Span, Walk};
use crate::propagator::{EventTime, count_at_event, count_without_event};
use rand::Rng;

/// Clones between two looks at the cancellation flag.
const LOOK_EVERY: usize = 1 << 10;

/// Working memory of the engine, reused from span to span.
#[derive(Debug, Default)]
pub struct BnbClones {
    /// Clones to follow: (number, from when, cells). Times count from the start of the span.
    stack: Vec<(u32, f64, u64)>,
    /// Cells of the living clones at the start of the span.
    before: Vec<u64>,
}

impl BnbClones {
    /// Advances every clone, and with them the numbers of cells of every type, over a span without pulses.
    ///
    /// If the budget or the room for clones runs out, all is left as it was; `OutOfSteps` or `NoRoom` then carries the start
    /// of the span.
    pub fn advance<R: Rng + ?Sized>(
        &mut self,
        walk: &mut Walk<'_, R>,
        clones: &mut Clones,
        state: &mut [u64],
        span: Span,
    ) -> Advance {
        clones.sweep();
        let (present, known) = (clones.living.len(), clones.len());
        self.before.clear();
        self.before.extend(clones.living.iter().map(|&c| clones.record.count[c as usize]));
        let mut last_death = span.from;
        for k in 0..present {
            let canceled = k.is_multiple_of(LOOK_EVERY) && walk.budget.is_canceled();
            let end = if canceled {
                Some(Advance::Cancelled)
            } else {
                self.stack.push((clones.living[k], 0.0, self.before[k]));
                self.follow(walk, clones, span, &mut last_death)
            };
            if let Some(end) = end {
                self.take_back(clones, present, known);
                return end;
            }
        }
        clones.sweep();
        clones.sum_into(state);
        if clones.living.is_empty() { Advance::Extinct(last_death) } else { Advance::Done }
    }

    /// Follows the clone on the stack and all that descend from it to the end of the span. Why the span must be given up, if
    /// so.
    fn follow<R: Rng + ?Sized>(
        &mut self,
        walk: &mut Walk<'_, R>,
        clones: &mut Clones,
        span: Span,
        last_death: &mut f64,
    ) -> Option<Advance> {
        let (Span { from, to }, length) = (span, span.length());
        let (model, rng, budget) = (walk.model, &mut *walk.rng, &mut walk.budget);
        while let Some((c, start, n)) = self.stack.pop() {
            let i = clones.record.cell_type[c as usize] as usize;
            let law = model.law(i);
            let w = event_threshold(rng, n, law);
            let likely = w < 1.0 && n as f64 * law.special_hazard(from + start, length - start) > 1.0;
            match law.first_event(from, start, length, w, likely) {
                EventTime::Never(p) => {
                    let count = count_without_event(rng, n, &p);
                    let end = if count > 0 {
                        to
                    } else {
                        let after = extinction_time(rng, |s, t| law.between(from, s, t).ln_empty(), start, length, n);
                        (from + after).min(to)
                    };
                    clones.set(c, count, end);
                    if count == 0 {
                        *last_death = last_death.max(end);
                    }
                }
                EventTime::At { time: t, law: p, .. } => {
                    if let Some(end) = budget.follow(from) {
                        return Some(end);
                    }
                    let count = count_at_event(rng, n, &p);
                    let when = (from + t).min(to);
                    let (left, founder) = match event_at(rng, model.process(), i, from + t) {
                        Some(Special::Mutation(j)) => (count, Some(j)),
                        Some(Special::Switch(j)) => (count - 1, Some(j)),
                        None => (count, None),
                    };
                    if left > 0 {
                        self.stack.push((c, t, left));
                    } else {
                        clones.set(c, 0, when);
                        *last_death = last_death.max(when);
                    }
                    if let Some(j) = founder {
                        if !clones.has_room() {
                            return Some(Advance::NoRoom(from));
                        }
                        self.stack.push((clones.found(j, c, when, 1), t, 1));
                    }
                }
            }
        }
        None
    }

    /// Undoes a span that was given up: `present` clones lived at its start, of `known` in all.
    fn take_back(&mut self, clones: &mut Clones, present: usize, known: usize) {
        self.stack.clear();
        clones.truncate(known);
        debug_assert_eq!(clones.living.len(), present);
        for (&c, &n) in clones.living.iter().zip(&self.before) {
            clones.record.count[c as usize] = n;
            clones.record.extinct[c as usize] = f64::INFINITY;
        }
    }
}
