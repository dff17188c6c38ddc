//! The types as the direct method's event loop sees them: slots that are kept roughly in order of their weights.
//!
//! A slot's weight is its count times the rate of all events of a cell. The slot that has an event is found by a scan that
//! is short because the heaviest come first.

use crate::engine::choice::{mutation_target, switching_target};
use crate::engine::target::Target;
use crate::engine::watch::Watch;
use crate::process::Process;
use rand::Rng;

/// Count and rates of one type.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    pub(super) count: u64,
    pub(super) cell_type: u32,
    counted: bool,
    /// Rates of a cell (per day): of all events, division, division or death, mutant-producing division.
    pub(super) rate: f64,
    pub(super) birth: f64,
    pub(super) birth_death: f64,
    pub(super) mutation: f64,
}

impl Slot {
    #[inline]
    pub(super) fn weight(&self) -> f64 {
        // A signed conversion is one instruction; counts stay below 2^63.
        self.count.cast_signed() as f64 * self.rate
    }
}

/// The slots of all types.
#[derive(Debug, Default)]
pub(super) struct Slots {
    pub(super) slots: Vec<Slot>,
    /// Weight `count * rate` of every slot, apart from the slots so that the scan stays in few cache lines.
    pub(super) weights: Vec<f64>,
    /// Position of every type.
    pub(super) slot_of: Vec<u32>,
}

impl Slots {
    /// Takes up a state and the rates of an interval.
    pub(super) fn load(&mut self, process: &Process, state: &[u64], interval: usize, target: &Target) {
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
    }

    /// Writes the counts into a state.
    pub(super) fn write_to(&self, state: &mut [u64]) {
        for slot in &self.slots {
            state[slot.cell_type as usize] = slot.count;
        }
    }

    /// The number of cells that count, of `cells` in all.
    pub(super) fn counted(&self, target: &Target, cells: u64) -> u64 {
        if target.of.is_none() { cells } else { self.slots.iter().filter(|s| s.counted).map(|s| s.count).sum() }
    }

    /// Adds `change` cells of a type; what that adds to the sum of the weights.
    fn add(&mut self, cell_type: usize, change: i64) -> f64 {
        let position = self.slot_of[cell_type] as usize;
        let slot = &mut self.slots[position];
        slot.count = slot.count.wrapping_add_signed(change);
        let (before, weight) = (self.weights[position], slot.weight());
        self.weights[position] = weight;
        if position > 0 && weight > self.weights[position - 1] {
            exchange(&mut self.slots, &mut self.weights, &mut self.slot_of, position);
        }
        weight - before
    }

    /// Does a special event of the interval at `t`, unless the watch refuses it.
    #[cold]
    #[inline(never)]
    pub(super) fn special<R: Rng + ?Sized, W: Watch>(
        &mut self,
        process: &Process,
        interval: usize,
        event: SpecialEvent,
        t: f64,
        rng: &mut R,
        watch: &mut W,
    ) -> Change {
        let SpecialEvent { position, mutation } = event;
        let i = self.slots[position].cell_type as usize;
        let target = if mutation {
            mutation_target(rng, process, i, interval)
        } else {
            switching_target(rng, process, i, interval)
        };
        let Some(j) = target else {
            return Change::default();
        };
        if !watch.found(i, j, !mutation, t) {
            return Change::default();
        }
        if mutation {
            return Change { total: 1, sum: self.add(j, 1) };
        }
        let sum = self.add(i, -1) + self.add(j, 1);
        Change { total: 0, sum }
    }
}

/// A special event that has been drawn.
#[derive(Clone, Copy)]
pub(super) struct SpecialEvent {
    /// The slot that has it.
    pub(super) position: usize,
    /// Whether it is a mutation; otherwise a switch.
    pub(super) mutation: bool,
}

/// What a special event changes: the number of cells, and the sum of the weights.
#[derive(Clone, Copy, Default)]
pub(super) struct Change {
    pub(super) total: i64,
    pub(super) sum: f64,
}

/// Keeps the weights roughly in order: a slot changes places with the one before.
pub(super) fn exchange(slots: &mut [Slot], weights: &mut [f64], slot_of: &mut [u32], position: usize) {
    weights.swap(position, position - 1);
    slots.swap(position, position - 1);
    slot_of.swap(slots[position].cell_type as usize, slots[position - 1].cell_type as usize);
}

/// The slot in which `drawn`, uniform on the sum of the weights, falls, and a number that is then uniform on [0, its weight).
///
/// One uniform number serves for the slot and for the event. Its grain is 2^-53 of the sum, so the law of an event is
/// off by some 1e-16 in total variation: not to be seen within the events that can be run one by one.
#[inline]
pub(super) fn pick(weights: &[f64], drawn: f64) -> (usize, f64) {
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
