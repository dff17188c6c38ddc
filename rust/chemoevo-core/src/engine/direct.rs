//! Gillespie's direct method: every event, restarted where rates change.
//!
//! Gillespie (1976), J Comput Phys 22:403, doi:10.1016/0021-9991(76)90041-3. The next type is found by a scan over
//! cached weights that are kept roughly in order of size, so that the scan is short; the next event's time is kept
//! across observation times, so that the numbers drawn do not depend on them.

use super::choice::{fine_uniform, mutation_target, switching_target};
use super::model::Model;
use super::watch::Watch;
use super::{Advance, Budget};
use crate::random::exponential;
use rand::Rng;

/// Events between two exact sums of the weights, which bounds the rounding error of the running sum.
const SUM_EVERY: u64 = 512;

/// The sizes at which a run stops.
#[derive(Clone, Debug)]
pub struct Target {
    /// Number of cells of the types that count.
    pub size: u64,
    /// Number of cells in all.
    pub limit: u64,
    /// Whether each type counts; None: all do.
    pub of: Option<Vec<bool>>,
}

impl Target {
    /// Whether a type counts.
    #[must_use]
    pub fn counts(&self, i: usize) -> bool {
        self.of.as_ref().is_none_or(|of| of[i])
    }

    /// The number of cells that count, saturating.
    #[must_use]
    pub fn counted(&self, state: &[u64]) -> u64 {
        let counted = state.iter().enumerate().filter(|&(i, _)| self.counts(i));
        counted.fold(0u64, |sum, (_, &n)| sum.saturating_add(n))
    }

    /// The size at which the total ends the run.
    #[must_use]
    pub fn total_size(&self) -> u64 {
        if self.of.is_some() { self.limit } else { self.size.min(self.limit) }
    }

    /// Whether a state is at or past one of the sizes.
    #[must_use]
    pub fn is_reached(&self, state: &[u64]) -> bool {
        self.counted(state) >= self.size || total(state) >= self.limit
    }
}

/// The number of cells, saturating.
#[must_use]
pub fn total(state: &[u64]) -> u64 {
    state.iter().fold(0u64, |sum, &n| sum.saturating_add(n))
}

/// One type as the event loop sees it.
#[derive(Clone, Copy, Debug)]
struct Slot {
    count: u64,
    cell_type: u32,
    /// Event rates of a cell: all, division, division or death, mutant-producing division.
    rate: f64,
    birth: f64,
    birth_death: f64,
    mutation: f64,
    counted: bool,
}

/// Working memory of the engine, and the event that is waiting.
#[derive(Debug, Default)]
pub struct Direct {
    slots: Vec<Slot>,
    /// Weight `count * rate` of every slot, apart from the slots so that the scan stays in few cache lines.
    weights: Vec<f64>,
    slot_of: Vec<u32>,
    sum: f64,
    /// The largest sum since all weights were last added up.
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

    /// Advances the state from `from` to `to` (days), through changes of rates but no pulse, until `target` is reached.
    /// `max_events` ends the run earlier, as `OutOfSteps` at the time of the last event, without using up the budget.
    /// `watch` is told of every event.
    pub fn advance<R: Rng + ?Sized, W: Watch>(
        &mut self,
        model: &Model,
        state: &mut [u64],
        from: f64,
        to: f64,
        target: &Target,
        max_events: u64,
        rng: &mut R,
        budget: &mut Budget<'_>,
        watch: &mut W,
    ) -> Advance {
        let process = model.process();
        let mut t = from;
        let mut events_left = max_events;
        let mut interval = process.interval_at(t);
        loop {
            let end = process.end_of(interval);
            let stop = end.min(to);
            if self.loaded != Some(interval) {
                self.load(model, state, interval, target);
            }
            let result = self.run(model, interval, &mut t, stop, target, &mut events_left, rng, budget, watch);
            for slot in &self.slots {
                state[slot.cell_type as usize] = slot.count;
            }
            match result {
                Advance::Done if stop == end => {
                    // Rates change here: the waiting event is drawn anew, which the law permits (no memory).
                    self.restart();
                    t = stop;
                    interval += 1;
                    if stop == to {
                        return Advance::Done;
                    }
                }
                other => return other,
            }
        }
    }

    fn load(&mut self, model: &Model, state: &[u64], interval: usize, target: &Target) {
        let process = model.process();
        self.slots.clear();
        for (i, &count) in state.iter().enumerate() {
            let birth = process.birth(interval, i);
            let birth_death = birth + process.death(interval, i);
            self.slots.push(Slot {
                count,
                cell_type: i as u32,
                rate: birth_death + process.switching().row_sum(interval, i),
                birth,
                birth_death,
                mutation: birth * process.mutation().row_sum(interval, i).min(1.0),
                counted: target.counts(i),
            });
        }
        let weight = |s: &Slot| s.count as f64 * s.rate;
        self.slots.sort_by(|a, b| weight(b).total_cmp(&weight(a)).then(a.cell_type.cmp(&b.cell_type)));
        self.weights.clear();
        self.weights.extend(self.slots.iter().map(weight));
        self.slot_of.resize(state.len(), 0);
        for (position, slot) in self.slots.iter().enumerate() {
            self.slot_of[slot.cell_type as usize] = position as u32;
        }
        self.sum = self.weights.iter().sum();
        self.peak = self.sum;
        self.loaded = Some(interval);
    }

    fn run<R: Rng + ?Sized, W: Watch>(
        &mut self,
        model: &Model,
        interval: usize,
        t: &mut f64,
        stop: f64,
        target: &Target,
        events_left: &mut u64,
        rng: &mut R,
        budget: &mut Budget<'_>,
        watch: &mut W,
    ) -> Advance {
        let mut counted: u64 = self.slots.iter().filter(|s| s.counted).map(|s| s.count).sum();
        let mut cells: u64 = self.slots.iter().map(|s| s.count).sum();
        let mut next = match self.waiting.take() {
            Some(next) => next,
            None => *t + wait(rng, self.sum),
        };
        loop {
            if let Some(end) = budget.check(*t) {
                return end;
            }
            // Slices end at round numbers of events, whatever the observation times.
            let slice = (SUM_EVERY - budget.taken % SUM_EVERY).min(budget.limit - budget.taken).min(*events_left);
            let mut slots = Slots {
                slots: &mut self.slots,
                weights: &mut self.weights,
                slot_of: &mut self.slot_of,
                sum: self.sum,
                peak: self.peak,
            };
            let mut done = 0;
            let mut end = None;
            while done < slice {
                if next >= stop {
                    self.waiting = Some(next);
                    end = Some(Advance::Done);
                    break;
                }
                *t = next;
                done += 1;
                let (position, left) = slots.pick(rng);
                let change = slots.fire(model, interval, position, left, *t, rng, watch);
                if watch.is_full() {
                    end = Some(Advance::NoRoom(*t));
                    break;
                }
                cells = cells.wrapping_add_signed(change.total);
                counted = counted.wrapping_add_signed(change.counted);
                if counted >= target.size || cells >= target.limit {
                    end = Some(Advance::Reached(*t));
                    break;
                }
                if cells == 0 {
                    end = Some(Advance::Extinct(*t));
                    break;
                }
                next = *t + wait(rng, slots.sum);
            }
            (self.sum, self.peak) = (slots.sum, slots.peak);
            budget.taken += done;
            *events_left -= done;
            if budget.taken.is_multiple_of(SUM_EVERY) {
                self.sum = self.weights.iter().sum();
                self.peak = self.sum;
            }
            if let Some(end) = end {
                return end;
            }
            if *events_left == 0 {
                return Advance::OutOfSteps(*t);
            }
        }
    }
}

/// Time to the next event; infinite where nothing can happen.
#[inline]
fn wait<R: Rng + ?Sized>(rng: &mut R, sum: f64) -> f64 {
    if sum > 0.0 { exponential(rng) / sum } else { f64::INFINITY }
}

/// The slots, borrowed for a slice of events so that nothing is looked up twice.
struct Slots<'a> {
    slots: &'a mut [Slot],
    weights: &'a mut [f64],
    slot_of: &'a mut [u32],
    sum: f64,
    peak: f64,
}

impl Slots<'_> {
    /// A slot with probability proportional to its weight, and a number that is then uniform on [0, its weight).
    ///
    /// One uniform number serves for the slot and for the event. Its grain is 2^-53 of the sum, so the law of an event is
    /// off by some 1e-16 in total variation: not to be seen within the events that can be run one by one.
    #[inline]
    fn pick<R: Rng + ?Sized>(&self, rng: &mut R) -> (usize, f64) {
        let mut left = fine_uniform(rng) * self.sum;
        for (position, &weight) in self.weights.iter().enumerate() {
            if left < weight {
                return (position, left);
            }
            left -= weight;
        }
        // Rounding of the running sum: the last slot that can have an event.
        (self.weights.iter().rposition(|&w| w > 0.0).unwrap_or(0), 0.0)
    }

    #[inline]
    fn fire<R: Rng + ?Sized, W: Watch>(
        &mut self,
        model: &Model,
        interval: usize,
        position: usize,
        left: f64,
        t: f64,
        rng: &mut R,
        watch: &mut W,
    ) -> Change {
        let slot = &self.slots[position];
        let count = slot.count.cast_signed() as f64;
        let mutation = left < count * slot.mutation;
        if !mutation && left < count * slot.birth_death {
            // One path for both, which spares a branch that cannot be predicted.
            let change = 2 * i64::from(left < count * slot.birth) - 1;
            let counted = if slot.counted { change } else { 0 };
            watch.plain(slot.cell_type as usize, change, t);
            self.add(position, change);
            return Change { total: change, counted };
        }
        self.special(model, interval, position, mutation, t, rng, watch)
    }

    #[inline(never)]
    fn special<R: Rng + ?Sized, W: Watch>(
        &mut self,
        model: &Model,
        interval: usize,
        position: usize,
        mutation: bool,
        t: f64,
        rng: &mut R,
        watch: &mut W,
    ) -> Change {
        let Slot { cell_type, counted, .. } = self.slots[position];
        let (process, i) = (model.process(), cell_type as usize);
        let target = if mutation {
            mutation_target(rng, process, i, interval)
        } else {
            switching_target(rng, process, i, interval)
        };
        let Some(j) = target else {
            return Change { total: 0, counted: 0 };
        };
        if !watch.found(i, j, !mutation, t) {
            return Change { total: 0, counted: 0 };
        }
        let gained = i64::from(self.slots[self.slot_of[j] as usize].counted);
        if mutation {
            self.add(self.slot_of[j] as usize, 1);
            return Change { total: 1, counted: gained };
        }
        self.add(position, -1);
        self.add(self.slot_of[j] as usize, 1);
        Change { total: 0, counted: gained - i64::from(counted) }
    }

    /// Changes a count and keeps the weights roughly in order.
    #[inline]
    fn add(&mut self, position: usize, change: i64) {
        let slot = &mut self.slots[position];
        slot.count = slot.count.wrapping_add_signed(change);
        // A signed conversion is one instruction; counts stay below 2^63.
        let weight = slot.count.cast_signed() as f64 * slot.rate;
        self.sum += weight - self.weights[position];
        self.weights[position] = weight;
        if position > 0 && weight > self.weights[position - 1] {
            self.weights.swap(position, position - 1);
            self.slots.swap(position, position - 1);
            self.slot_of.swap(self.slots[position].cell_type as usize, self.slots[position - 1].cell_type as usize);
        }
        // A sum that has fallen to half of its peak may have lost digits to weights that are gone.
        self.peak = self.peak.max(self.sum);
        if self.sum < 0.5 * self.peak {
            self.sum = self.weights.iter().sum();
            self.peak = self.sum;
        }
    }
}

#[derive(Clone, Copy)]
struct Change {
    total: i64,
    counted: i64,
}
