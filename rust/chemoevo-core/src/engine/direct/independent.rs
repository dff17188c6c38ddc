//! Gillespie's direct method: every event, restarted where rates change.
//!
//! Gillespie (1976), J Comput Phys 22:403, doi:10.1016/0021-9991(76)90041-3. The next type is found by a scan over
//! cached weights that are kept roughly in order of size, so that the scan is short; the next event's time is kept
//! across observation times, so that the numbers drawn do not depend on them.

use crate::engine::choice::{fine_uniform, mutation_target, switching_target};
use crate::engine::model::Model;
use crate::engine::target::Target;
use crate::engine::watch::Watch;
use crate::engine::{Advance, Budget};
use crate::random::exponential;
use rand::Rng;

/// Events between two exact sums of the weights, which bounds the rounding error of the running sum.
const SUM_EVERY: u64 = 512;

/// One type as the event loop sees it.
#[derive(Clone, Copy, Debug)]
struct Slot {
    count: u64,
    cell_type: u32,
    counted: bool,
    /// Event rates of a cell: all, division, division or death, mutant-producing division.
    rate: f64,
    birth: f64,
    birth_death: f64,
    mutation: f64,
}

impl Slot {
    #[inline]
    fn weight(&self) -> f64 {
        // A signed conversion is one instruction; counts stay below 2^63.
        self.count.cast_signed() as f64 * self.rate
    }
}

/// The number of cells in slots that count, of `cells` in all.
fn count_slots(target: &Target, slots: &[Slot], cells: u64) -> u64 {
    if target.of.is_none() { cells } else { slots.iter().filter(|s| s.counted).map(|s| s.count).sum() }
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
            let rate = birth_death + process.switching().row_sum(interval, i);
            self.slots.push(Slot {
                count,
                cell_type: i as u32,
                counted: target.counts(i),
                rate,
                birth,
                birth_death,
                mutation: birth * process.mutation().row_sum(interval, i).min(1.0),
            });
        }
        self.slots.sort_by(|a, b| b.weight().total_cmp(&a.weight()).then(a.cell_type.cmp(&b.cell_type)));
        self.weights.clear();
        self.weights.extend(self.slots.iter().map(Slot::weight));
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
        let mut pace = Pace { t: *t, next: 0.0, sum: self.sum, peak: self.peak };
        let mut cells: u64 = self.slots.iter().map(|s| s.count).sum();
        let mut counted = count_slots(target, &self.slots, cells);
        pace.next = self.waiting.take().unwrap_or_else(|| pace.draw(rng));
        loop {
            *t = pace.t;
            if let Some(end) = budget.check(pace.t) {
                return end;
            }
            // Sums are exact at round numbers of events, whatever the observation times.
            let slice = (SUM_EVERY - budget.taken % SUM_EVERY).min(budget.limit - budget.taken).min(*events_left);
            // So many events cannot reach a size or extinction unless with the last of them.
            let left = target.size.saturating_sub(counted).min(target.limit.saturating_sub(cells));
            let most = slice.min(left).min(cells).max(1);
            let (slots, weights, slot_of) = (&mut self.slots, &mut self.weights, &mut self.slot_of);
            let (births, deaths, event) = plain_events(slots, weights, slot_of, &mut pace, most, stop, rng, watch);
            *t = pace.t;
            cells = cells + births - deaths;
            let mut done = births + deaths;
            if let Some((position, mutation)) = event {
                done += 1;
                let change = special(model, interval, slots, weights, slot_of, position, mutation, *t, rng, watch);
                pace.sum += change.sum;
                cells = cells.wrapping_add_signed(change.total);
                if pace.has_fallen() {
                    pace.add_up(weights);
                }
            }
            counted = count_slots(target, slots, cells);
            budget.taken += done;
            *events_left -= done;
            (self.sum, self.peak) = (pace.sum, pace.peak);
            if watch.is_full() {
                return Advance::NoRoom(*t);
            }
            if done < most && event.is_none() {
                self.waiting = Some(pace.next);
                return Advance::Done;
            }
            if counted >= target.size || cells >= target.limit {
                return Advance::Reached(*t);
            }
            if cells == 0 {
                return Advance::Extinct(*t);
            }
            pace.next = pace.draw(rng);
            if budget.taken.is_multiple_of(SUM_EVERY) {
                pace.add_up(&self.weights);
                (self.sum, self.peak) = (pace.sum, pace.peak);
            }
            if *events_left == 0 {
                return Advance::OutOfSteps(*t);
            }
        }
    }
}

/// Where the run is, apart from the slots.
struct Pace {
    /// Time of the last event, and of the next.
    t: f64,
    next: f64,
    /// Sum of the weights, and the largest since they were last added up.
    sum: f64,
    peak: f64,
}

impl Pace {
    /// The time of the next event; infinite where nothing can happen.
    #[inline]
    fn draw<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        // Rounding may leave a sum below 0 where nothing is left; no number is spent there.
        if self.sum > 0.0 { self.t + exponential(rng) / self.sum } else { f64::INFINITY }
    }

    /// A sum that has fallen to half of its peak may have lost digits to weights that are gone.
    #[inline]
    fn has_fallen(&mut self) -> bool {
        // One instruction, since neither is NaN; `f64::max` takes care of that.
        self.peak = if self.sum > self.peak { self.sum } else { self.peak };
        self.sum < 0.5 * self.peak
    }

    /// Adds up all weights anew.
    fn add_up(&mut self, weights: &[f64]) {
        self.sum = weights.iter().sum();
        self.peak = self.sum;
    }
}

/// Plain divisions and deaths, at most `most` >= 1, until `stop` or up to a special event, which is not done: its slot and
/// whether it is a mutation. Returns the numbers of divisions and of deaths as well; after the last of `most` no further
/// time is drawn.
///
/// No other work is done here, so that what changes with every event stays in registers.
#[inline(never)]
fn plain_events<R: Rng + ?Sized, W: Watch>(
    slots: &mut [Slot],
    weights: &mut [f64],
    slot_of: &mut [u32],
    state: &mut Pace,
    most: u64,
    stop: f64,
    rng: &mut R,
    watch: &mut W,
) -> (u64, u64, Option<(usize, bool)>) {
    // As long as the weights, which spares checks of the position.
    let slots = &mut slots[..weights.len()];
    let mut pace = Pace { ..*state };
    let (mut left_over, mut births) = (most, 0);
    let mut special = None;
    // Most events are of the first slot, which is kept apart as long as they are: what one event hands to the next then
    // passes through a product, a comparison and a sum, and not through memory. Its count is a float; where that is not
    // exact, every event goes the other way.
    let mut top = Top::new(slots[0], weights[0]);
    while pace.next < stop {
        pace.t = pace.next;
        let drawn = fine_uniform(rng) * pace.sum;
        let birth = if drawn < top.weight {
            let Slot { rate, birth, birth_death, mutation, cell_type, .. } = top.slot;
            let is_mutation = drawn < top.count * mutation;
            if is_mutation || drawn >= top.count * birth_death {
                special = Some((0, is_mutation));
                break;
            }
            let is_birth = drawn < top.count * birth;
            top.count += signed(is_birth, 1.0);
            top.weight = top.count * rate;
            pace.sum += signed(is_birth, rate);
            watch.plain(cell_type as usize, change(is_birth), pace.t);
            is_birth
        } else {
            top.leave(slots, weights);
            let (position, left) = pick(weights, drawn);
            let slot = &mut slots[position];
            let count = slot.count.cast_signed() as f64;
            let is_mutation = left < count * slot.mutation;
            if is_mutation || left >= count * slot.birth_death {
                special = Some((position, is_mutation));
                break;
            }
            let is_birth = left < count * slot.birth;
            slot.count = slot.count.wrapping_add_signed(change(is_birth));
            let weight = slot.weight();
            weights[position] = weight;
            pace.sum += signed(is_birth, slot.rate);
            watch.plain(slot.cell_type as usize, change(is_birth), pace.t);
            if position > 0 && weight > weights[position - 1] {
                exchange(slots, weights, slot_of, position);
            }
            top = Top::new(slots[0], weights[0]);
            is_birth
        };
        births += u64::from(birth);
        if pace.has_fallen() {
            top.leave(slots, weights);
            pace.add_up(weights);
        }
        left_over -= 1;
        if left_over == 0 {
            break;
        }
        pace.next = pace.draw(rng);
    }
    top.leave(slots, weights);
    *state = pace;
    (births, most - left_over - births, special)
}

/// The first slot, apart from the others.
struct Top {
    slot: Slot,
    count: f64,
    /// Below every number drawn where the count is not exact.
    weight: f64,
}

impl Top {
    #[inline]
    fn new(slot: Slot, weight: f64) -> Self {
        // Within a slice a count changes by less than SUM_EVERY.
        let exact = slot.count < (1 << 53) - SUM_EVERY;
        Self { slot, count: slot.count.cast_signed() as f64, weight: if exact { weight } else { f64::NEG_INFINITY } }
    }

    /// Puts the slot back to the others.
    #[inline]
    fn leave(&self, slots: &mut [Slot], weights: &mut [f64]) {
        if self.weight >= 0.0 {
            (slots[0].count, weights[0]) = (self.count as u64, self.weight);
        }
    }
}

/// `x` or `-x`, without a branch that cannot be predicted.
#[inline]
fn signed(positive: bool, x: f64) -> f64 {
    f64::from_bits(x.to_bits() ^ (u64::from(!positive) << 63))
}

/// What a division or a death adds to the number of cells.
#[inline]
fn change(birth: bool) -> i64 {
    2 * i64::from(birth) - 1
}

/// The slot in which `drawn`, uniform on the sum of the weights, falls, and a number that is then uniform on [0, its weight).
///
/// One uniform number serves for the slot and for the event. Its grain is 2^-53 of the sum, so the law of an event is
/// off by some 1e-16 in total variation: not to be seen within the events that can be run one by one.
#[inline]
fn pick(weights: &[f64], drawn: f64) -> (usize, f64) {
    let mut left = drawn;
    for (position, &weight) in weights.iter().enumerate() {
        if left < weight {
            return (position, left);
        }
        left -= weight;
    }
    // Rounding of the running sum: the last slot that can have an event.
    (weights.iter().rposition(|&w| w > 0.0).unwrap_or(0), 0.0)
}

/// What a special event changes.
#[derive(Clone, Copy, Default)]
struct Change {
    total: i64,
    sum: f64,
}

#[cold]
#[inline(never)]
fn special<R: Rng + ?Sized, W: Watch>(
    model: &Model,
    interval: usize,
    slots: &mut [Slot],
    weights: &mut [f64],
    slot_of: &mut [u32],
    position: usize,
    mutation: bool,
    t: f64,
    rng: &mut R,
    watch: &mut W,
) -> Change {
    let (process, i) = (model.process(), slots[position].cell_type as usize);
    let target =
        if mutation { mutation_target(rng, process, i, interval) } else { switching_target(rng, process, i, interval) };
    let Some(j) = target else {
        return Change::default();
    };
    if !watch.found(i, j, !mutation, t) {
        return Change::default();
    }
    let mut add = |cell_type: usize, change: i64| {
        let position = slot_of[cell_type] as usize;
        let slot = &mut slots[position];
        slot.count = slot.count.wrapping_add_signed(change);
        let (before, weight) = (weights[position], slot.weight());
        weights[position] = weight;
        if position > 0 && weight > weights[position - 1] {
            exchange(slots, weights, slot_of, position);
        }
        weight - before
    };
    if mutation {
        let sum = add(j, 1);
        return Change { total: 1, sum };
    }
    let sum = add(i, -1) + add(j, 1);
    Change { total: 0, sum }
}

/// Keeps the weights roughly in order: a slot changes places with the one before.
fn exchange(slots: &mut [Slot], weights: &mut [f64], slot_of: &mut [u32], position: usize) {
    weights.swap(position, position - 1);
    slots.swap(position, position - 1);
    slot_of.swap(slots[position].cell_type as usize, slots[position - 1].cell_type as usize);
}
