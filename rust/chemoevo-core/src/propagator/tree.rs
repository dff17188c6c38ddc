//! A tree of propagators: one step of a clone crosses thousands of segments.
//!
//! Level `l` of the tree holds the products of blocks of `2^l` consecutive segments, so that the propagator between any
//! two times, and the segment in which an event falls, cost a logarithm of the number of segments. Products are never
//! inverted: after growth by e^25 the quotient of two prefix products has no digits left.

use super::{Propagator, SegmentLaw};
use crate::process::{Process, Segment};

/// The law of the clones of one type, over all segments of a process.
#[derive(Debug)]
pub struct TypeLaw {
    /// Start of every segment; the first is 0.
    starts: Vec<f64>,
    /// Neighbors with equal rates are one segment.
    segments: Vec<SegmentLaw>,
    /// A heap: node 1 is the root, the leaves are the segments that end.
    nodes: Vec<Propagator>,
    leaves: usize,
    terminal: bool,
}

/// Where the first special event falls.
#[derive(Clone, Copy, Debug)]
pub enum EventTime {
    /// Not before the end; the propagator up to the end.
    Never(Propagator),
    /// Before it.
    At {
        /// When.
        time: f64,
        /// The propagator up to it.
        law: Propagator,
        /// The segment in which it falls; on a boundary, the one whose rates made it happen.
        segment: usize,
    },
}

impl TypeLaw {
    /// Builds the tree of one type.
    #[must_use]
    pub fn new(process: &Process, cell_type: usize) -> Self {
        Self::with_rates(process, |interval| process.segment(interval, cell_type))
    }

    /// Builds the tree of clones whose rates in every interval of a process are these.
    #[must_use]
    pub fn with_rates(process: &Process, rates: impl Fn(usize) -> Segment) -> Self {
        let (mut starts, mut segments): (Vec<f64>, Vec<SegmentLaw>) = Default::default();
        for k in 0..process.intervals() {
            let rates = rates(k);
            if segments.last().is_some_and(|s| s.rates() == rates) {
                continue;
            }
            starts.push(process.start_of(k));
            segments.push(SegmentLaw::new(rates));
        }
        Self::of_segments(starts, segments)
    }

    /// Builds the tree of segments that start at these times, increasing; the last one does not end. The first may have
    /// begun at minus infinity.
    #[must_use]
    pub fn of_segments(starts: Vec<f64>, segments: Vec<SegmentLaw>) -> Self {
        let ended = segments.len() - 1;
        let leaves = ended.next_power_of_two();
        let mut nodes = vec![Propagator::IDENTITY; 2 * leaves];
        for k in 0..ended {
            // A segment without a start is never crossed as a whole, nor is a block that holds it.
            if starts[k] > f64::NEG_INFINITY {
                nodes[leaves + k] = segments[k].over(starts[k + 1] - starts[k]);
            }
        }
        for node in (1..leaves).rev() {
            nodes[node] = nodes[2 * node].then(&nodes[2 * node + 1]);
        }
        let terminal = segments.iter().all(|s| s.rates().special == 0.0);
        Self { starts, segments, nodes, leaves, terminal }
    }

    /// Whether no cell of this type ever mutates or switches.
    #[must_use]
    pub fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// Follows clones of this type from `from` to `to`, up to the first time at which the probability of a special event
    /// from one cell exceeds `w`. Where an event is `likely` its time is looked for first, which is only a matter of cost.
    ///
    /// All times count from `origin`: where events follow each other faster than a clock that reads days can tell, their
    /// distances keep their digits.
    #[inline]
    #[must_use]
    pub fn first_event(&self, origin: f64, from: f64, to: f64, w: f64, likely: bool) -> EventTime {
        self.first_event_from(self.segment_at(origin + from), origin, from, to, w, likely)
    }

    /// The same where the segment at the start is known.
    #[inline]
    #[must_use]
    pub fn first_event_from(&self, first: usize, origin: f64, from: f64, to: f64, w: f64, likely: bool) -> EventTime {
        if first + 1 == self.starts.len() {
            return within(&self.segments[first], first, from, to, w, likely);
        }
        self.across(first, origin, from, to, w, likely)
    }

    /// The same from segment `first` on, which ends.
    fn across(&self, first: usize, origin: f64, from: f64, to: f64, w: f64, likely: bool) -> EventTime {
        let last = self.starts[first..].partition_point(|&s| s - origin < to).max(1) + first - 1;
        if first == last {
            return within(&self.segments[first], first, from, to, w, likely);
        }
        let mut before = Propagator::IDENTITY;
        let mut k = first;
        let mut start = from;
        loop {
            // Whole blocks from the tree where they fit; the rest of a segment otherwise.
            let whole = start == self.starts[k] - origin && k < last;
            if whole {
                let level = (if k == 0 { usize::BITS - 1 } else { k.trailing_zeros() }).min((last - k).ilog2());
                let block = self.nodes[(self.leaves + k) >> level];
                let next = before.then(&block);
                if !next.event_probability_exceeds(w) {
                    before = next;
                    k += 1 << level;
                    start = self.starts[k] - origin;
                    continue;
                }
                (before, k) = self.descend(before, (self.leaves + k) >> level, w);
                start = self.starts[k] - origin;
            }
            // The start of the stretch may be rounded onto the end of a segment, or just beyond it.
            let end = if k < last { (self.starts[k + 1] - origin).max(start) } else { to };
            let segment = &self.segments[k];
            let mut next = None;
            let tau = if likely {
                segment.event_time(&before, w)
            } else {
                let whole = before.then(&segment.over(end - start));
                next = Some(whole);
                if whole.event_probability_exceeds(w) {
                    segment.event_time(&before, w).min(end - start)
                } else {
                    f64::INFINITY
                }
            };
            if tau <= end - start {
                let law = before.then(&segment.over(tau));
                return EventTime::At { time: (start + tau).min(to), law, segment: k };
            }
            before = next.unwrap_or_else(|| before.then(&segment.over(end - start)));
            if k >= last {
                return EventTime::Never(before);
            }
            k += 1;
            start = self.starts[k] - origin;
        }
    }

    /// The segment below `node` in which the probability first exceeds `w`, and the propagator up to its start.
    fn descend(&self, mut before: Propagator, mut node: usize, w: f64) -> (Propagator, usize) {
        while node < self.leaves {
            let left = before.then(&self.nodes[2 * node]);
            node *= 2;
            if !left.event_probability_exceeds(w) {
                before = left;
                node += 1;
            }
        }
        (before, node - self.leaves)
    }

    /// The propagator between two times, which count from `origin`.
    #[must_use]
    pub fn between(&self, origin: f64, from: f64, to: f64) -> Propagator {
        match self.first_event(origin, from, to, f64::INFINITY, false) {
            EventTime::Never(law) | EventTime::At { law, .. } => law,
        }
    }

    /// The expected number of special events of one cell within `h` days from `from`, to first order.
    #[inline]
    #[must_use]
    pub fn special_hazard(&self, from: f64, h: f64) -> f64 {
        self.segment(self.segment_at(from)).rates().special * h
    }

    /// The law within a segment.
    #[inline]
    #[must_use]
    pub fn segment(&self, k: usize) -> &SegmentLaw {
        &self.segments[k]
    }

    /// The segment that holds time `t`; the first, before it.
    #[inline]
    #[must_use]
    pub fn segment_at(&self, t: f64) -> usize {
        if self.starts.len() == 1 {
            return 0;
        }
        self.starts.partition_point(|&s| s <= t).max(1) - 1
    }
}

/// The first event where all is inside one segment: no products.
#[inline(always)]
fn within(segment: &SegmentLaw, k: usize, from: f64, to: f64, w: f64, likely: bool) -> EventTime {
    let h = to - from;
    if likely {
        let tau = segment.first_event_time(w);
        if tau <= h {
            return EventTime::At { time: (from + tau).min(to), law: segment.over(tau), segment: k };
        }
        return EventTime::Never(segment.over(h));
    }
    let whole = segment.over(h);
    if whole.event_probability_exceeds(w) {
        let tau = segment.first_event_time(w).min(h);
        return EventTime::At { time: (from + tau).min(to), law: segment.over(tau), segment: k };
    }
    EventTime::Never(whole)
}
