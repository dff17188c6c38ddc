//! Bounds on the rates between two times, at a cost that grows with the logarithm of the number of intervals.
//!
//! A heap of blocks: the leaves are the intervals, and a node holds the extremes of its two children.

use crate::engine::span::Span;
use crate::process::Process;

/// The largest division rate and the smallest death rate, (birth, death).
pub type RateBound = (f64, f64);

/// What bounds nothing yet.
const NOTHING: RateBound = (f64::NEG_INFINITY, f64::INFINITY);

#[inline]
fn join(a: RateBound, b: RateBound) -> RateBound {
    (a.0.max(b.0), a.1.min(b.1))
}

/// For every type and range of intervals, the largest division rate and smallest death rate over the types that its
/// descendants can have, so that a plain birth-death process with these rates stays above the true total.
#[derive(Debug)]
pub struct RateBounds {
    /// (2 M, types); nodes M.. are the intervals, node 0 is not used.
    nodes: Vec<RateBound>,
    types: usize,
    intervals: usize,
}

impl RateBounds {
    /// Looks at all intervals once.
    #[must_use]
    pub fn new(process: &Process) -> Self {
        Self::over_descendants(process, |k, j| Some((process.birth(k, j), process.death(k, j))))
    }

    /// For every type and range of intervals, the largest first and the smallest second number of `pair(interval, type)`
    /// over the types that its descendants can have; None counts for nothing.
    #[must_use]
    pub fn over_descendants(process: &Process, pair: impl Fn(usize, usize) -> Option<RateBound>) -> Self {
        let (types, intervals) = (process.types(), process.intervals());
        let reach: Vec<Vec<usize>> = (0..types).map(|i| reachable(process, i)).collect();
        let mut nodes = vec![NOTHING; 2 * intervals * types];
        for k in 0..intervals {
            for (i, row) in reach.iter().enumerate() {
                nodes[(intervals + k) * types + i] = row.iter().filter_map(|&j| pair(k, j)).fold(NOTHING, join);
            }
        }
        for node in (1..intervals).rev() {
            for i in 0..types {
                nodes[node * types + i] = join(nodes[2 * node * types + i], nodes[(2 * node + 1) * types + i]);
            }
        }
        Self { nodes, types, intervals }
    }

    /// The extremes over intervals `first ..= last`, for every type. Returns how many nodes were looked at.
    pub fn over(&self, first: usize, last: usize, bounds: &mut [RateBound]) -> usize {
        bounds.fill(NOTHING);
        let mut looked = 0;
        self.cover(first, last, |node| {
            looked += 1;
            let row = &self.nodes[node * self.types..(node + 1) * self.types];
            for (bound, &more) in bounds.iter_mut().zip(row) {
                *bound = join(*bound, more);
            }
        });
        looked
    }

    /// The extremes over intervals `first ..= last`, for one type.
    #[must_use]
    pub fn of(&self, cell_type: usize, first: usize, last: usize) -> RateBound {
        let mut bound = NOTHING;
        self.cover(first, last, |node| bound = join(bound, self.nodes[node * self.types + cell_type]));
        bound
    }

    /// The nodes that together are intervals `first ..= last`.
    fn cover(&self, first: usize, last: usize, mut take: impl FnMut(usize)) {
        // From the leaves up: a node that ends the range on its outer side is taken, its parent covers the rest.
        let (mut low, mut high) = (first + self.intervals, last + self.intervals + 1);
        while low < high {
            if low % 2 == 1 {
                take(low);
                low += 1;
            }
            if high % 2 == 1 {
                high -= 1;
                take(high);
            }
            low /= 2;
            high /= 2;
        }
    }
}

/// The first and the last of the intervals in which a span lies.
pub(in crate::engine) fn intervals_of(process: &Process, span: Span) -> (usize, usize) {
    let first = process.interval_at(span.from);
    (first, process.breakpoints().partition_point(|&b| b < span.to).max(first))
}

/// Types that descendants of type `i` can have, itself included, in whatever interval.
pub(in crate::engine) fn reachable(process: &Process, i: usize) -> Vec<usize> {
    let mut seen = vec![false; process.types()];
    let mut found = vec![i];
    seen[i] = true;
    let mut next = 0;
    while let Some(&from) = found.get(next) {
        next += 1;
        for (to, _) in process.mutation().row(0, from).chain(process.switching().row(0, from)) {
            if !std::mem::replace(&mut seen[to], true) {
                found.push(to);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::SparseRates;

    #[test]
    fn every_range_has_its_extremes() {
        // Rates in no order; type 0 founds type 1, which founds nobody.
        for intervals in [1, 2, 3, 7, 8, 33] {
            let rate = |k: usize, i: usize, by: usize| ((k * by + 5 * i) % 17) as f64;
            let list = |by: usize| (0..intervals).flat_map(|k| [rate(k, 0, by), rate(k, 1, by)]).collect::<Vec<f64>>();
            let (birth, death) = (list(7), list(11));
            let ends = (1..intervals).map(|k| k as f64).collect();
            let mutation = SparseRates::new(2, &[(0, 1)], vec![0.1]);
            let p =
                Process::new(2, ends, birth.clone(), death.clone(), mutation, SparseRates::none(2), vec![]).unwrap();
            let tree = RateBounds::new(&p);
            for first in 0..intervals {
                for last in first..intervals {
                    let mut found = [NOTHING; 2];
                    tree.over(first, last, &mut found);
                    let own =
                        |i: usize| (first..=last).fold(NOTHING, |b, k| join(b, (birth[2 * k + i], death[2 * k + i])));
                    assert_eq!(found, [join(own(0), own(1)), own(1)], "{intervals} {first} {last}");
                }
            }
        }
    }

    #[test]
    fn the_cost_of_a_range_is_a_logarithm() {
        let most = |intervals: usize| {
            let ends = (1..intervals).map(|k| k as f64).collect();
            let none = || SparseRates::none(1);
            let p = Process::new(1, ends, vec![1.0; intervals], vec![1.0; intervals], none(), none(), vec![]).unwrap();
            let tree = RateBounds::new(&p);
            let range = |k: usize| tree.over(1 + k, intervals - 2 - k, &mut [NOTHING]);
            (0..20).map(range).max().unwrap()
        };
        let costs = [50, 500, 5_000, 50_000].map(most);
        assert!(costs.iter().zip([12, 18, 25, 32]).all(|(&c, limit)| c <= limit), "{costs:?}");
    }
}
