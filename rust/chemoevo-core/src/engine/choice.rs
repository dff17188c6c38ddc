//! Which special event it is: a mutation or a switch, and to which type.

use crate::process::Process;
use rand::Rng;

/// A special event of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Special {
    /// A division with one daughter of this type.
    Mutation(usize),
    /// The cell itself becomes of this type.
    Switch(usize),
}

/// Uniform on [0, 1] in steps of 2^-63, so that events of probability far below 2^-53 keep their weight.
#[inline]
pub fn fine_uniform<R: Rng + ?Sized>(rng: &mut R) -> f64 {
    const STEP: f64 = 1.0 / 9_223_372_036_854_775_808.0;
    // A signed conversion is one instruction.
    (rng.next_u64() >> 1).cast_signed() as f64 * STEP
}

/// Chooses among the special events of type `i` in `interval`; None if it has none there.
#[inline]
pub fn special_event<R: Rng + ?Sized>(rng: &mut R, process: &Process, i: usize, interval: usize) -> Option<Special> {
    let birth = process.birth(interval, i);
    let mutations = birth * process.mutation().row_sum(interval, i);
    let total = mutations + process.switching().row_sum(interval, i);
    if total <= 0.0 {
        return None;
    }
    // What is left of one number serves for the target.
    let left = fine_uniform(rng) * total;
    if left < mutations || mutations == total {
        process.mutation().pick(interval, i, left / birth).map(Special::Mutation)
    } else {
        process.switching().pick(interval, i, left - mutations).map(Special::Switch)
    }
}

/// The type of a mutant daughter of type `i`.
#[inline]
pub fn mutation_target<R: Rng + ?Sized>(rng: &mut R, process: &Process, i: usize, interval: usize) -> Option<usize> {
    let table = process.mutation();
    table.pick(interval, i, fine_uniform(rng) * table.row_sum(interval, i))
}

/// The type to which a cell of type `i` switches.
#[inline]
pub fn switching_target<R: Rng + ?Sized>(rng: &mut R, process: &Process, i: usize, interval: usize) -> Option<usize> {
    let table = process.switching();
    table.pick(interval, i, fine_uniform(rng) * table.row_sum(interval, i))
}
