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
    let b = process.birth(interval, i);
    let mutations = process.mutation().row(interval, i).map(move |(j, u)| (Special::Mutation(j), b * u));
    let switches = process.switching().row(interval, i).map(|(j, s)| (Special::Switch(j), s));
    let total = b * process.mutation().row_sum(interval, i) + process.switching().row_sum(interval, i);
    choose(rng, total, mutations.chain(switches))
}

/// The type of a mutant daughter of type `i`.
#[inline]
pub fn mutation_target<R: Rng + ?Sized>(rng: &mut R, process: &Process, i: usize, interval: usize) -> Option<usize> {
    choose(rng, process.mutation().row_sum(interval, i), process.mutation().row(interval, i))
}

/// The type to which a cell of type `i` switches.
#[inline]
pub fn switching_target<R: Rng + ?Sized>(rng: &mut R, process: &Process, i: usize, interval: usize) -> Option<usize> {
    choose(rng, process.switching().row_sum(interval, i), process.switching().row(interval, i))
}

/// One of the choices, in proportion to their rates, which sum to `total`; None if all are 0.
#[inline]
fn choose<R: Rng + ?Sized, T: Copy>(rng: &mut R, total: f64, choices: impl Iterator<Item = (T, f64)>) -> Option<T> {
    let mut left = fine_uniform(rng) * total;
    let mut chosen = None;
    for (choice, rate) in choices {
        if rate > 0.0 {
            chosen = Some(choice);
            if left < rate {
                break;
            }
            left -= rate;
        }
    }
    chosen
}
