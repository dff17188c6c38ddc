//! What one cell's clone does over a span between two pauses, shared by all replicates.
//!
//! Every replicate crosses the same spans, called stretches here, so that the law of a type over a whole one is computed once, when a cell of
//! that type first stands at its start. Without a special event it is all that is needed: `n` cells have none with the
//! probability `(1 - p)^n = exp(-n H)`, `H = -ln(1 - p)`.

use super::level::Level;
use crate::engine::Span;
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
    spans: Vec<Span>,
    /// (stretches, types).
    laws: Vec<Option<Whole>>,
    types: usize,
    /// Of every stretch, cells from which on it may pay to leave mutants out; 0 where that is not known yet.
    worth: Vec<u64>,
    /// The stretch after that of the last question: replicates cross them in order.
    next: usize,
}

impl Stretches {
    /// Spans in order; none is kept where they are too many.
    #[must_use]
    pub fn new(spans: Vec<Span>, types: usize) -> Self {
        if spans.len().saturating_mul(types) > MOST {
            return Self::default();
        }
        Self { laws: vec![None; spans.len() * types], worth: vec![0; spans.len()], spans, types, next: 0 }
    }

    /// The number of a span, if it is one of these.
    #[inline]
    pub fn find(&mut self, span: Span) -> Option<usize> {
        if self.spans.get(self.next) != Some(&span) {
            let at = self.spans.partition_point(|s| s.from < span.from);
            if self.spans.get(at) != Some(&span) {
                return None;
            }
            self.next = at;
        }
        self.next += 1;
        Some(self.next - 1)
    }

    /// Cells in a stretch from which on it may pay to leave mutants out.
    #[inline]
    pub fn cells_worth(&mut self, stretch: usize, find: impl FnOnce(Span) -> u64) -> u64 {
        if self.worth[stretch] == 0 {
            self.worth[stretch] = find(self.spans[stretch]).max(1);
        }
        self.worth[stretch]
    }

    /// The law of type `i`, for whose clones `law` speaks, over a stretch.
    #[inline]
    pub fn law(&mut self, stretch: usize, i: usize, law: &TypeLaw) -> Whole {
        let span = self.spans[stretch];
        *self.laws[stretch * self.types + i]
            .get_or_insert_with(|| Whole::new(&law.between(span.from, 0.0, span.length())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_are_found_in_any_order() {
        let spans = |ends: &[(f64, f64)]| ends.iter().map(|&(from, to)| Span { from, to }).collect::<Vec<_>>();
        let mut kept = Stretches::new(spans(&[(0.0, 1.0), (1.0, 2.0), (2.5, 4.0)]), 1);
        for (from, to, number) in [(0.0, 1.0, 0), (1.0, 2.0, 1), (2.5, 4.0, 2), (0.0, 1.0, 0), (2.5, 4.0, 2)] {
            assert_eq!(kept.find(Span { from, to }), Some(number));
        }
        for (from, to) in [(0.0, 0.5), (0.5, 1.0), (2.0, 2.5), (4.0, 5.0)] {
            assert_eq!(kept.find(Span { from, to }), None);
        }
        assert_eq!(Stretches::default().find(Span { from: 0.0, to: 1.0 }), None);
        assert_eq!(Stretches::new(spans(&[(0.0, 1.0)]), MOST + 1).find(Span { from: 0.0, to: 1.0 }), None);
    }
}
