//! Plain divisions and deaths of the direct method: its hot loop.

use super::slots::{Slot, SpecialEvent, exchange, pick};
use crate::engine::choice::fine_uniform;
use crate::engine::watch::Watch;
use crate::random::exponential;
use rand::Rng;

/// Events between two exact sums of the weights, which bounds the rounding error of the running sum.
pub(super) const SUM_EVERY: u64 = 512;

/// Time and sum of the weights: what every event changes besides its slot.
pub(super) struct Pace {
    /// (days) Time of the last event, and of the next.
    pub(super) t: f64,
    pub(super) next: f64,
    /// (days) Until when.
    pub(super) stop: f64,
    /// Sum of the weights, and the largest since they were last added up.
    pub(super) sum: f64,
    pub(super) peak: f64,
}

impl Pace {
    /// The time of the next event; infinite where nothing can happen.
    #[inline]
    pub(super) fn draw<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        // Rounding may leave a sum below 0 where nothing is left; no number is spent there.
        if self.sum > 0.0 { self.t + exponential(rng) / self.sum } else { f64::INFINITY }
    }

    /// A sum that has fallen to half of its peak may have lost digits to weights that are gone.
    #[inline]
    pub(super) fn has_fallen(&mut self) -> bool {
        // One instruction, since neither is NaN; `f64::max` takes care of that.
        self.peak = if self.sum > self.peak { self.sum } else { self.peak };
        self.sum < 0.5 * self.peak
    }

    /// Adds up all weights anew.
    pub(super) fn add_up(&mut self, weights: &[f64]) {
        self.sum = weights.iter().sum();
        self.peak = self.sum;
    }
}

/// What a run of plain events came to.
pub(super) struct Plain {
    /// Divisions done.
    pub(super) births: u64,
    /// Deaths done.
    pub(super) deaths: u64,
    /// The special event at which it ended.
    pub(super) special: Option<SpecialEvent>,
}

/// Does plain divisions and deaths, at most `most` >= 1, until the pace's stop or up to a special event, which is not done.
/// After the last of `most` no further time is drawn.
///
/// No other work is done here, so that what changes with every event stays in registers. The slices are three arguments:
/// the compiler then knows that a change of one leaves the others alone.
#[inline(never)]
pub(super) fn plain_events<R: Rng + ?Sized, W: Watch>(
    slots: &mut [Slot],
    weights: &mut [f64],
    slot_of: &mut [u32],
    state: &mut Pace,
    most: u64,
    rng: &mut R,
    watch: &mut W,
) -> Plain {
    // As long as the weights, which spares checks of the position.
    let slots = &mut slots[..weights.len()];
    let mut pace = Pace { ..*state };
    let (mut left_over, mut births) = (most, 0);
    let mut special = None;
    // Most events are of the first slot, which is kept apart as long as they are: what one event hands to the next then
    // passes through a product, a comparison and a sum, and not through memory. Its count is a float; where that is not
    // exact, every event goes the other way.
    let mut top = Top::new(slots[0], weights[0]);
    while pace.next < pace.stop {
        pace.t = pace.next;
        let drawn = fine_uniform(rng) * pace.sum;
        let birth = if drawn < top.weight {
            let Slot { rate, birth, birth_death, mutation, cell_type, .. } = top.slot;
            let is_mutation = drawn < top.count * mutation;
            if is_mutation || drawn >= top.count * birth_death {
                special = Some(SpecialEvent { position: 0, mutation: is_mutation });
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
                special = Some(SpecialEvent { position, mutation: is_mutation });
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
    Plain { births, deaths: most - left_over - births, special }
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
