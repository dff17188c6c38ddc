//! Gillespie's direct method: every event, restarted where rates change.
//!
//! Gillespie (1976), J Comput Phys 22:403, doi:10.1016/0021-9991(76)90041-3. The next type is found by a scan over
//! cached weights (`slots`); plain divisions and deaths are run off in slices (`plain`), which end at a
//! special event. The next event's time is kept across observation times, so that the numbers drawn do not depend on them.

use super::plain::{Pace, SUM_EVERY, plain_events};
use super::slots::Slots;
use crate::engine::target::Until;
use crate::engine::watch::Watch;
use crate::engine::{Advance, Span, Walk};
use rand::Rng;

/// Working memory of the engine, and the event that is waiting.
#[derive(Debug, Default)]
pub struct Direct {
    slots: Slots,
    /// Sum of the weights, and the largest since they were last added up.
    sum: f64,
    peak: f64,
    /// Time of the next event, infinite if there is none.
    waiting: Option<f64>,
    /// The interval whose rates the slots hold.
    loaded: Option<usize>,
}

impl Direct {
    /// Takes up the state anew at the next advance: it has changed from outside.
    pub fn restart(&mut self) {
        self.waiting = None;
        self.loaded = None;
    }

    /// Advances the state over a span, through changes of rates but no pulse, or until it ends earlier. `watch` is told of
    /// every event.
    pub fn advance<R: Rng + ?Sized, W: Watch>(
        &mut self,
        walk: &mut Walk<'_, R>,
        state: &mut [u64],
        span: Span,
        mut until: Until<'_>,
        watch: &mut W,
    ) -> Advance {
        let process = walk.model.process();
        let mut t = span.from;
        let mut interval = process.interval_at(t);
        loop {
            let end = process.end_of(interval);
            let stop = end.min(span.to);
            if self.loaded != Some(interval) {
                self.slots.load(process, state, interval, until.target);
                self.sum = self.slots.weights.iter().sum();
                self.peak = self.sum;
                self.loaded = Some(interval);
            }
            let result = self.run(walk, interval, Span { from: t, to: stop }, &mut until, watch);
            self.slots.write_to(state);
            match result {
                Advance::Done if stop == end => {
                    // Rates change here: the waiting event is drawn anew, which the law permits (no memory).
                    self.restart();
                    t = stop;
                    interval += 1;
                    if stop == span.to {
                        return Advance::Done;
                    }
                }
                other => return other,
            }
        }
    }

    /// Runs over a span inside of an interval; the events left to `until` become fewer.
    fn run<R: Rng + ?Sized, W: Watch>(
        &mut self,
        walk: &mut Walk<'_, R>,
        interval: usize,
        span: Span,
        until: &mut Until<'_>,
        watch: &mut W,
    ) -> Advance {
        let (process, rng, budget) = (walk.model.process(), &mut *walk.rng, &mut walk.budget);
        let Until { target, events: events_left } = until;
        let mut pace = Pace { t: span.from, next: 0.0, stop: span.to, sum: self.sum, peak: self.peak };
        let mut cells: u64 = self.slots.slots.iter().map(|s| s.count).sum();
        let mut counted = self.slots.counted(target, cells);
        pace.next = self.waiting.take().unwrap_or_else(|| pace.draw(rng));
        loop {
            if let Some(end) = budget.check(pace.t) {
                return end;
            }
            // Sums are exact at round numbers of events, whatever the observation times.
            let slice = (SUM_EVERY - budget.taken % SUM_EVERY).min(budget.limit - budget.taken).min(*events_left);
            // So many events cannot reach a size or extinction unless with the last of them.
            let left = target.size.saturating_sub(counted).min(target.limit.saturating_sub(cells));
            let most = slice.min(left).min(cells).max(1);
            let Slots { slots, weights, slot_of } = &mut self.slots;
            let plain = plain_events(slots, weights, slot_of, &mut pace, most, rng, watch);
            cells = cells + plain.births - plain.deaths;
            let mut done = plain.births + plain.deaths;
            if let Some(event) = plain.special {
                done += 1;
                let change = self.slots.special(process, interval, event, pace.t, rng, watch);
                pace.sum += change.sum;
                cells = cells.wrapping_add_signed(change.total);
                if pace.has_fallen() {
                    pace.add_up(&self.slots.weights);
                }
            }
            counted = self.slots.counted(target, cells);
            budget.taken += done;
            *events_left -= done;
            (self.sum, self.peak) = (pace.sum, pace.peak);
            if watch.is_full() {
                return Advance::NoRoom(pace.t);
            }
            if done < most && plain.special.is_none() {
                self.waiting = Some(pace.next);
                return Advance::Done;
            }
            if counted >= target.size || cells >= target.limit {
                return Advance::Reached(pace.t);
            }
            if cells == 0 {
                return Advance::Extinct(pace.t);
            }
            pace.next = pace.draw(rng);
            if budget.taken.is_multiple_of(SUM_EVERY) {
                pace.add_up(&self.slots.weights);
                (self.sum, self.peak) = (pace.sum, pace.peak);
            }
            if *events_left == 0 {
                return Advance::OutOfSteps(pace.t);
            }
        }
    }
}
