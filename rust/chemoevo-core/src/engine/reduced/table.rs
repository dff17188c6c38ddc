//! The laws of all types over a stretch, by the time that is left until its end.
//!
//! Times are minus the days that are left. Where rates do not change, all that matters is how many these are: one table then
//! serves all stretches inside an interval of constant rates, whatever their lengths.

use super::expected::{Course, Expected, back};
use super::founded::founded;
use super::pieces::{Cutter, Piece};
use crate::engine::choice::{Special, fine_uniform};
use crate::engine::span::Span;
use crate::process::Process;
use crate::propagator::{Propagator, TypeLaw};
use rand::Rng;
use std::sync::OnceLock;

/// Where no founder is left out more often than this, plain event-skipping is as cheap.
const PAYS_BELOW: f64 = 0.8;

/// The laws over a stretch.
#[derive(Debug)]
pub struct Table {
    types: usize,
    /// Minus the days left at the start of every piece; the last piece ends at 0.
    starts: Vec<f64>,
    interval: Vec<usize>,
    /// (pieces, types)
    kept: Vec<f64>,
    laws: Vec<TypeLaw>,
    /// (types, pieces): from the end of a piece to the end of the stretch.
    rest: Vec<Propagator>,
    /// Of kept events, and of all; made when first asked for.
    expected: OnceLock<Expected>,
    expected_of_all: OnceLock<Expected>,
}

impl Table {
    /// For all stretches inside an interval of constant rates.
    #[must_use]
    pub fn inside(process: &Process, interval: usize) -> Self {
        let founded = founded(process);
        let mut cutter = Cutter::new(process, &founded);
        cutter.interval(interval, f64::INFINITY);
        Self::of_pieces(process.types(), cutter.pieces)
    }

    /// For the stretches within a span that end where it does.
    #[must_use]
    pub fn until_end_of(process: &Process, span: Span) -> Self {
        let founded = founded(process);
        let mut cutter = Cutter::new(process, &founded);
        let mut to = span.to;
        while to > span.from {
            let interval = process.breakpoints().partition_point(|&b| b < to);
            let from = process.start_of(interval).max(span.from);
            cutter.interval(interval, to - from);
            to = from;
        }
        Self::of_pieces(process.types(), cutter.pieces)
    }

    fn of_pieces(types: usize, mut pieces: Vec<Piece>) -> Self {
        let mut left = 0.0;
        let mut starts: Vec<f64> = pieces
            .iter()
            .map(|piece| {
                left += piece.length;
                -left
            })
            .collect();
        starts.reverse();
        pieces.reverse();
        let of_type = |i: usize| TypeLaw::of_segments(starts.clone(), pieces.iter().map(|p| p.laws[i]).collect());
        Self {
            types,
            interval: pieces.iter().map(|p| p.interval).collect(),
            kept: pieces.iter().flat_map(|p| p.kept.iter().copied()).collect(),
            laws: (0..types).map(of_type).collect(),
            rest: (0..types).flat_map(|i| pieces.iter().map(move |p| p.rest[i])).collect(),
            expected: OnceLock::new(),
            expected_of_all: OnceLock::new(),
            starts,
        }
    }

    /// Whether so many founders are left out that it pays.
    #[must_use]
    pub fn pays(&self) -> bool {
        self.kept.iter().any(|&kept| kept < PAYS_BELOW)
    }

    /// The piece in which so many days are left.
    #[inline]
    #[must_use]
    pub fn piece_at(&self, left: f64) -> usize {
        self.starts.partition_point(|&start| start <= -left).max(1) - 1
    }

    /// The law of the clones of a type.
    #[inline]
    #[must_use]
    pub fn law(&self, i: usize) -> &TypeLaw {
        &self.laws[i]
    }

    /// The law of the clones of a type from a time in piece `k` at which so many days are left, until the end.
    #[inline]
    #[must_use]
    pub fn to_end(&self, i: usize, k: usize, left: f64) -> Propagator {
        let law = self.laws[i].segment(k);
        match self.starts.get(k + 1) {
            None => law.over(left),
            Some(end) => law.over((left + end).max(0.0)).then(&self.rest[i * self.starts.len() + k]),
        }
    }

    /// The probability with which an event that founds type `j` in piece `k` is kept.
    #[inline]
    #[must_use]
    pub fn kept(&self, k: usize, j: usize) -> f64 {
        self.kept[k * self.types + j]
    }

    /// Chooses among the kept events of type `i` in piece `k`; None if it has none there.
    #[inline]
    pub fn kept_event<R: Rng + ?Sized>(&self, rng: &mut R, process: &Process, i: usize, k: usize) -> Option<Special> {
        let (interval, kept) = (self.interval[k], &self.kept[k * self.types..][..self.types]);
        let division = process.birth(interval, i);
        let mut left = fine_uniform(rng) * self.laws[i].segment(k).rates().special;
        // Past the end by rounding: the last event that happens.
        let mut last = None;
        for (j, u) in process.mutation().row(interval, i) {
            let rate = division * u * kept[j];
            if left < rate {
                return Some(Special::Mutation(j));
            }
            left -= rate;
            if rate > 0.0 {
                last = Some(Special::Mutation(j));
            }
        }
        for (j, s) in process.switching().row(interval, i) {
            let rate = s * kept[j];
            if left < rate {
                return Some(Special::Switch(j));
            }
            left -= rate;
            if rate > 0.0 {
                last = Some(Special::Switch(j));
            }
        }
        last
    }

    /// Expected kept events of these cells in so many days until the end, nearly.
    #[must_use]
    pub fn expected(&self, process: &Process, state: &[u64], left: f64) -> f64 {
        let kept = |k: usize| self.laws.iter().map(|law| law.segment(k).rates().special).collect();
        self.expected.get_or_init(|| Expected::new(process, self.courses(f64::INFINITY, kept))).of(state, left)
    }

    /// Goes back so many days from the end, from the expected kept events of a cell of each type there.
    pub fn back(&self, process: &Process, length: f64, events: &mut [f64]) {
        let kept = |k: usize| self.laws.iter().map(|law| law.segment(k).rates().special).collect();
        for course in self.courses(length, kept) {
            back(process, course, events);
        }
    }

    /// The same of all mutations and switches.
    #[must_use]
    pub fn expected_of_all(&self, process: &Process, state: &[u64], left: f64) -> f64 {
        let all = |k: usize| (0..self.types).map(|i| process.segment(self.interval[k], i).special).collect();
        self.expected_of_all.get_or_init(|| Expected::new(process, self.courses(f64::INFINITY, all))).of(state, left)
    }

    /// The last days of the stretch, from its end backward, with the `events` of the cells of each type in a piece.
    fn courses(&self, days: f64, events: impl Fn(usize) -> Vec<f64>) -> impl Iterator<Item = Course> {
        let end = |k: usize| self.starts.get(k + 1).copied().unwrap_or(0.0);
        (0..self.starts.len()).rev().take_while(move |&k| end(k) > -days).map(move |k| Course {
            interval: self.interval[k],
            length: end(k) - self.starts[k].max(-days),
            events: events(k),
        })
    }

    #[cfg(test)]
    pub(super) fn starts(&self) -> &[f64] {
        &self.starts
    }
}
