//! Counts over time: what they are at any time, and between two times how low they fall, when, and for how long.

use super::root::zero;

/// Dividing cells, three stages of transit, and circulating cells, in the unit of the baseline.
pub type Cells = [f64; 5];

/// A step: the polynomial of degree 7 through the values and three derivatives of a count at both ends.
///
/// With `x` in [0, 1], it is `d0 + d1 x + d2 x^2 + d3 x^3 + x^4 q(x - 1)`: Taylor's polynomial on the left and a cubic q that mends
/// it on the right.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    start: f64,
    length: f64,
    left: [f64; 4],
    mends: [f64; 4],
}

impl Piece {
    pub(super) fn new(start: f64, length: f64, ends: [[f64; 4]; 2]) -> Self {
        let scaled = |d: [f64; 4]| [d[0], length * d[1], 0.5 * length.powi(2) * d[2], length.powi(3) / 6.0 * d[3]];
        let [d, e] = ends.map(scaled);
        let rest = [
            e[0] - (d[0] + d[1] + d[2] + d[3]),
            e[1] - (d[1] + 2.0 * d[2] + 3.0 * d[3]),
            e[2] - (d[2] + 3.0 * d[3]),
            e[3] - d[3],
        ];
        // Times (1 + y)^-4.
        let mends = [
            rest[0],
            rest[1] - 4.0 * rest[0],
            rest[2] - 4.0 * rest[1] + 10.0 * rest[0],
            rest[3] - 4.0 * rest[2] + 10.0 * rest[1] - 20.0 * rest[0],
        ];
        Self { start, length, left: d, mends }
    }

    fn share(&self, time: f64) -> f64 {
        if self.length > 0.0 { (time - self.start) / self.length } else { 0.0 }
    }

    fn value(&self, time: f64) -> f64 {
        let x = self.share(time);
        horner(&self.left, x) + x.powi(4) * horner(&self.mends, x - 1.0)
    }

    /// The derivative, times the length.
    fn slope(&self, time: f64) -> f64 {
        let x = self.share(time);
        let (d, q) = (&self.left, &self.mends);
        let mended = 4.0 * horner(q, x - 1.0) + x * horner(&[q[1], 2.0 * q[2], 3.0 * q[3]], x - 1.0);
        horner(&[d[1], 2.0 * d[2], 3.0 * d[3]], x) + x.powi(3) * mended
    }
}

fn horner(coefficients: &[f64], x: f64) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, c| sum * x + c)
}

/// The counts of one patient from one time to another.
#[derive(Clone, Debug)]
pub struct Path {
    baseline: f64,
    first: f64,
    pieces: Vec<Piece>,
    /// Logarithm of dividing cells, stages of transit, circulating cells, at the end; in units of the baseline.
    pub(super) end: [f64; 5],
}

/// Counts over one period.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spell {
    /// The smallest count.
    pub nadir: f64,
    /// Hours from the start of the period until then.
    pub after: f64,
    /// The count at the end.
    pub last: f64,
}

/// A level over one period.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Below {
    /// Hours below it.
    pub hours: f64,
    /// Hours of the longest time without a break below it.
    pub longest: f64,
    /// Hours from the start of the period until the count is back above it for good; infinite where it is below at the end, not a
    /// number where it never is.
    pub back: f64,
    /// Hours below it until now without a break.
    since: f64,
}

impl Path {
    pub(super) fn new(baseline: f64, state: [f64; 5]) -> Self {
        Self { baseline, first: state[4], pieces: Vec::new(), end: state }
    }

    pub(super) fn push(&mut self, piece: Piece, end: [f64; 5]) {
        self.pieces.push(piece);
        self.end = end;
    }

    /// Number of steps.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.pieces.len()
    }

    /// What the marrow holds at the end: enough to go on from.
    #[must_use]
    pub fn cells(&self) -> Cells {
        let [u, rest @ ..] = self.end;
        let [t1, t2, t3, circ] = rest;
        [u.exp(), t1, t2, t3, circ].map(|cells| cells * self.baseline)
    }

    fn piece(&self, time: f64) -> usize {
        self.pieces.partition_point(|piece| piece.start <= time).saturating_sub(1)
    }

    /// The count at a time between start and end.
    #[must_use]
    pub fn at(&self, time: f64) -> f64 {
        let piece = self.pieces.get(self.piece(time));
        self.baseline * piece.map_or(self.first, |piece| piece.value(time))
    }

    /// Nadir and last count between two times, and what there is below each of some levels.
    pub fn spell(&self, from: f64, to: f64, levels: &[f64], out: &mut [Below]) -> Spell {
        out.fill(Below::NEVER);
        let mut last = (from, self.at(from) / self.baseline);
        let mut lowest = last;
        let first = self.piece(from);
        for piece in self.pieces.iter().skip(first).take_while(|piece| piece.start < to) {
            let (begin, end) = (piece.start.max(from), (piece.start + piece.length).min(to));
            let ends = [(begin, piece.slope(begin)), (end, piece.slope(end))];
            // Steps are short beside the stages of the marrow: counts turn once in one at most.
            let turns = (ends[0].1 < 0.0) != (ends[1].1 < 0.0);
            let turn = turns.then(|| zero(|time| piece.slope(time), ends[0], ends[1]));
            for time in turn.into_iter().chain([end]) {
                let here = (time, piece.value(time));
                if here.1 < lowest.1 {
                    lowest = here;
                }
                for (below, level) in out.iter_mut().zip(levels) {
                    below.see(piece, last, here, level / self.baseline, from);
                }
                last = here;
            }
        }
        Spell { nadir: self.baseline * lowest.1, after: lowest.0 - from, last: self.baseline * last.1 }
    }
}

impl Below {
    /// Never below.
    pub const NEVER: Self = Self { hours: 0.0, longest: 0.0, back: f64::NAN, since: 0.0 };

    /// Adds so many hours below, `broken` where the count is above the level at their end.
    fn add(&mut self, hours: f64, broken: bool) {
        self.hours += hours;
        self.since += hours;
        self.longest = self.longest.max(self.since);
        if broken {
            self.since = 0.0;
        }
    }

    /// Adds a time in which the count rises or falls.
    fn see(&mut self, piece: &Piece, from: (f64, f64), to: (f64, f64), level: f64, start: f64) {
        let excess = [from, to].map(|(time, count)| (time, count - level));
        match excess.map(|(_, e)| e < 0.0) {
            [false, false] => {}
            [true, true] => {
                self.add(to.0 - from.0, false);
                self.back = f64::INFINITY;
            }
            [rises, _] => {
                let crossed = zero(|time| piece.value(time) - level, excess[0], excess[1]);
                self.add(if rises { crossed - from.0 } else { to.0 - crossed }, rises);
                self.back = if rises { crossed - start } else { f64::INFINITY };
            }
        }
    }
}
