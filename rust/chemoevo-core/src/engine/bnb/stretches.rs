//! What one cell's clone does over a stretch between two pauses, shared by all replicates.
//!
//! Every replicate crosses the same stretches, so that the law of a type over a whole one is computed once, when a cell of
//! that type first stands at its start. Without a special event it is all that is needed: `n` cells have none with the
//! probability `(1 - p)^n = exp(-n H)`, `H = -ln(1 - p)`.

use super::level::Level;
use crate::propagator::{Propagator, TypeLaw, count_from};
use rand::Rng;

/// Laws that are kept, at most: a megabyte or two for a thread.
const MOST: usize = 1 << 15;

/// The law of one type over a whole stretch.
#[derive(Clone, Copy, Debug)]
pub struct Whole {
    /// Probability of a special event of one cell, and minus the logarithm of its complement.
    event: f64,
    hazard: f64,
    survivors: (f64, f64),
    odds: f64,
}

impl Whole {
    fn new(p: &Propagator) -> Self {
        let event = p.event_probability();
        let hazard = if event < 0.5 { -(-event).ln_1p() } else { -p.no_event_probability().ln() };
        Self { event, hazard, survivors: p.survivors(), odds: p.odds() }
    }

    /// Whether the first special event falls into the stretch.
    #[inline]
    pub fn exceeds(&self, level: Level) -> bool {
        match level {
            Level::Probability(w) => self.event > w,
            Level::Hazard(x) => self.hazard > x,
        }
    }

    /// Cells at the end, of `n` that had no special event.
    #[inline]
    pub fn count<R: Rng + ?Sized>(&self, rng: &mut R, n: u64) -> u64 {
        count_from(rng, n, self.survivors, self.odds)
    }
}

/// The stretches of a run, in order.
#[derive(Debug, Default)]
pub struct Stretches {
    ends: Vec<(f64, f64)>,
    /// (stretches, types).
    laws: Vec<Option<Whole>>,
    types: usize,
    /// The stretch after that of the last question: replicates cross them in order.
    next: usize,
}

impl Stretches {
    /// Stretches from and to times (days), in order; none is kept where they are too many.
    #[must_use]
    pub fn new(ends: Vec<(f64, f64)>, types: usize) -> Self {
        if ends.len().saturating_mul(types) > MOST {
            return Self::default();
        }
        Self { laws: vec![None; ends.len() * types], ends, types, next: 0 }
    }

    /// The number of the stretch between two times, if it is one of these.
    #[inline]
    pub fn find(&mut self, from: f64, to: f64) -> Option<usize> {
        if self.ends.get(self.next) != Some(&(from, to)) {
            let at = self.ends.partition_point(|&(start, _)| start < from);
            if self.ends.get(at) != Some(&(from, to)) {
                return None;
            }
            self.next = at;
        }
        self.next += 1;
        Some(self.next - 1)
    }

    /// The law of type `i`, for whose clones `law` speaks, over a stretch.
    #[inline]
    pub fn law(&mut self, stretch: usize, i: usize, law: &TypeLaw) -> Whole {
        let (from, to) = self.ends[stretch];
        *self.laws[stretch * self.types + i].get_or_insert_with(|| Whole::new(&law.between(from, 0.0, to - from)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_are_found_in_any_order() {
        let mut kept = Stretches::new(vec![(0.0, 1.0), (1.0, 2.0), (2.5, 4.0)], 1);
        for (from, to, number) in [(0.0, 1.0, 0), (1.0, 2.0, 1), (2.5, 4.0, 2), (0.0, 1.0, 0), (2.5, 4.0, 2)] {
            assert_eq!(kept.find(from, to), Some(number));
        }
        for (from, to) in [(0.0, 0.5), (0.5, 1.0), (2.0, 2.5), (4.0, 5.0)] {
            assert_eq!(kept.find(from, to), None);
        }
        assert_eq!(Stretches::default().find(0.0, 1.0), None);
        assert_eq!(Stretches::new(vec![(0.0, 1.0)], MOST + 1).find(0.0, 1.0), None);
    }
}
