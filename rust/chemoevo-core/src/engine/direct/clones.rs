//! Which clone has an event of the direct method.
//!
//! [`super::independent`] chooses the type and the event as it does without records. Cells of one type are alike, so the
//! clone is then chosen in proportion to its cells: exactly, with whole numbers, from a stream of its own. The counts by
//! type are therefore the same numbers with and without records, as long as no pulse thins several clones of a type.

use super::fenwick::Fenwick;
use crate::engine::clones::Clones;
use crate::engine::watch::Watch;
use crate::random::Stream;

/// The clones of one type, from which one is chosen in proportion to its cells.
#[derive(Debug, Default)]
struct Picker {
    numbers: Vec<u32>,
    weights: Fenwick,
    empty: usize,
}

impl Picker {
    fn clear(&mut self) {
        self.numbers.clear();
        self.weights.clear();
        self.empty = 0;
    }

    fn push(&mut self, number: u32, cells: u64) {
        self.numbers.push(number);
        self.weights.push(cells);
    }

    /// Leaves out the clones without cells once they are the greater part.
    fn compact(&mut self, clones: &Clones) {
        if self.empty < 32 || 2 * self.empty < self.numbers.len() {
            return;
        }
        let numbers = std::mem::take(&mut self.numbers);
        self.clear();
        for c in numbers {
            let cells = clones.record.count[c as usize];
            if cells > 0 {
                self.push(c, cells);
            }
        }
    }
}

/// Working memory: one picker per type.
#[derive(Debug, Default)]
pub struct DirectClones {
    pickers: Vec<Picker>,
    /// Whether they know the clones as they are.
    fresh: bool,
}

impl DirectClones {
    /// The clones have changed from outside: they are looked up anew before the next event.
    pub fn restart(&mut self) {
        self.fresh = false;
    }

    /// A watch for the direct method: it gives every event to a clone, which it draws from `rng`.
    pub fn watch<'a>(&'a mut self, clones: &'a mut Clones, types: usize, rng: &'a mut Stream) -> DirectWatch<'a> {
        if !std::mem::replace(&mut self.fresh, true) {
            self.pickers.resize_with(types, Picker::default);
            self.pickers.iter_mut().for_each(Picker::clear);
            clones.sweep();
            for &c in &clones.living {
                let i = clones.record.cell_type[c as usize] as usize;
                self.pickers[i].push(c, clones.record.count[c as usize]);
            }
        }
        DirectWatch { pickers: &mut self.pickers, clones, rng, full: false }
    }
}

/// Gives every event of the direct method to a clone.
#[derive(Debug)]
pub struct DirectWatch<'a> {
    pickers: &'a mut [Picker],
    clones: &'a mut Clones,
    rng: &'a mut Stream,
    full: bool,
}

impl DirectWatch<'_> {
    fn change(&mut self, cell_type: usize, position: usize, change: i64, t: f64) {
        let picker = &mut self.pickers[cell_type];
        let c = picker.numbers[position];
        let count = self.clones.record.count[c as usize].wrapping_add_signed(change);
        self.clones.set(c, count, t);
        picker.weights.add(position, change);
        if count == 0 {
            picker.empty += 1;
            picker.compact(self.clones);
        }
    }
}

impl Watch for DirectWatch<'_> {
    fn plain(&mut self, cell_type: usize, change: i64, t: f64) {
        let position = self.pickers[cell_type].weights.pick(self.rng);
        self.change(cell_type, position, change, t);
    }

    fn found(&mut self, from: usize, to: usize, switch: bool, t: f64) -> bool {
        if !self.clones.has_room() {
            self.full = true;
            return false;
        }
        let picker = &self.pickers[from];
        let position = picker.weights.pick(self.rng);
        let parent = picker.numbers[position];
        if switch {
            self.change(from, position, -1, t);
        }
        let number = self.clones.found(to, parent, t, 1);
        self.pickers[to].push(number, 1);
        true
    }

    fn is_full(&self) -> bool {
        self.full
    }
}
