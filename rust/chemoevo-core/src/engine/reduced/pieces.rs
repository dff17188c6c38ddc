//! The pieces of a stretch, from its end backward, and the probability with which an event is kept in each.
//!
//! Within a piece all rates are constant, so that `Y_j` (see [`super`]) is monotone in it: `kept_j` bounds it if it does so at
//! both ends. A larger `kept` makes `Y` larger. So it is tried from below, from the `Y` at the later end, and raised until it
//! is a bound; 1 always is. Where rates do not change `Y` falls backward in time, and the first try holds.

use crate::process::{Process, Segment};
use crate::propagator::{Propagator, SegmentLaw};

/// How far above `Y` the constant `kept` may lie. A fifth costs some tenth more events than must be kept.
const RATIO: f64 = 1.2;
/// `Y` below which that may grow, and the most that it may grow to: declining types would need pieces without end.
const RARE: f64 = 1e-3;
const MOST_RATIO: f64 = 10.0;
/// `Y` that is as good as none.
const NONE: f64 = 1e-12;
/// Pieces of an interval; the last of them may be long.
const MOST: usize = 64;
/// (days) Beyond all stretches.
const FAR: f64 = 1e9;

/// A piece, with the laws of every type within it and from its end on.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) interval: usize,
    /// (days) Infinite for the first piece of a table that has no start.
    pub(super) length: f64,
    pub(super) kept: Vec<f64>,
    pub(super) laws: Vec<SegmentLaw>,
    /// From the end of the piece to the end of the stretch.
    pub(super) rest: Vec<Propagator>,
}

/// A trial of a piece.
struct Trial {
    kept: Vec<f64>,
    laws: Vec<SegmentLaw>,
    /// From its start to the end of the stretch, and the `Y` there.
    whole: Vec<Propagator>,
    counting: Vec<f64>,
}

/// Cuts a stretch into pieces, from its end backward.
pub(super) struct Cutter<'a> {
    process: &'a Process,
    founded: &'a [bool],
    /// Pieces so far, the last of the stretch first.
    pub(super) pieces: Vec<Piece>,
    /// From here to the end of the stretch, and the `Y` here.
    rest: Vec<Propagator>,
    counting: Vec<f64>,
    /// (days) What the next piece is tried with.
    trial: f64,
}

impl<'a> Cutter<'a> {
    /// At the end of a stretch; `founded` types are those that can be founded.
    pub(super) fn new(process: &'a Process, founded: &'a [bool]) -> Self {
        let types = process.types();
        Self {
            process,
            founded,
            pieces: Vec::new(),
            rest: vec![Propagator::IDENTITY; types],
            counting: vec![1.0; types],
            trial: f64::INFINITY,
        }
    }

    /// Goes `length` days back, perhaps without end, in an interval of constant rates.
    pub(super) fn interval(&mut self, interval: usize, length: f64) {
        let fastest = self.process.deaths(interval).iter().fold(0.0, |m, &d| f64::max(m, d));
        let switching =
            (0..self.process.types()).map(|i| self.process.switching().row_sum(interval, i)).fold(0.0, f64::max);
        // Y falls from 1 by the rate of deaths.
        let first = RATIO.ln() / fastest;
        let shortest = 1e-3 * first.min(length);
        let (mut left, mut number) = (length, 0);
        while left > 0.0 {
            number += 1;
            let rest = left.min(FAR);
            // Where rates do not change any more, Y tends to a limit: once near it, the rest is one piece.
            let all_of_it = (number >= MOST || left > FAR)
                .then(|| self.keep(interval, rest))
                .filter(|trial| number >= MOST || self.surplus(trial, rest, switching) <= 1.0);
            let mut h = self.trial.min(if self.pieces.is_empty() { first } else { f64::INFINITY }).min(rest);
            let trial = if let Some(trial) = all_of_it {
                h = rest;
                trial
            } else {
                loop {
                    let trial = self.keep(interval, h);
                    let surplus = self.surplus(&trial, h, switching);
                    if h <= shortest || surplus <= 1.0 {
                        self.trial = h * (0.9 / surplus).clamp(1.0, 4.0);
                        break trial;
                    }
                    h *= (0.9 / surplus).clamp(0.1, 0.8);
                }
            };
            let whole = h >= rest;
            self.take(interval, if whole { left } else { h }, trial);
            left = if whole { 0.0 } else { left - h };
        }
    }

    fn take(&mut self, interval: usize, length: f64, trial: Trial) {
        let Trial { kept, laws, whole, counting } = trial;
        let rest = std::mem::replace(&mut self.rest, whole);
        self.counting = counting;
        self.pieces.push(Piece { interval, length, kept, laws, rest });
    }

    /// The smallest `kept` found, and what follows from it, for a piece of `h` days.
    fn keep(&self, interval: usize, h: f64) -> Trial {
        let bounded = |x: &f64, founded: &bool| if *founded { *x } else { 1.0 };
        let mut kept: Vec<f64> = self.counting.iter().zip(self.founded).map(|(x, f)| bounded(x, f)).collect();
        let mut margin = 1.0 + 1e-3;
        loop {
            let trial = self.trial_with(interval, h, kept);
            let short = |j: usize| self.founded[j] && trial.counting[j] > trial.kept[j];
            if !(0..trial.kept.len()).any(short) {
                return trial;
            }
            let raised = |j: usize| if short(j) { (margin * trial.counting[j]).min(1.0) } else { trial.kept[j] };
            kept = (0..trial.kept.len()).map(raised).collect();
            // After a dozen rounds all are at 1, which always holds.
            margin *= if margin < 1.1 { 1.02 } else { 4.0 };
        }
    }

    fn trial_with(&self, interval: usize, h: f64, kept: Vec<f64>) -> Trial {
        let laws: Vec<SegmentLaw> =
            (0..kept.len()).map(|i| SegmentLaw::new(reduced(self.process, interval, i, &kept))).collect();
        let whole: Vec<Propagator> = laws.iter().zip(&self.rest).map(|(law, rest)| law.over(h).then(rest)).collect();
        let counting = whole.iter().map(|p| p.counting().min(1.0)).collect();
        Trial { kept, laws, whole, counting }
    }

    /// How many events a piece of `h` days keeps in vain: the logarithm of `kept` over `Y`, as a share of what it may be. It is
    /// nearly in proportion to `h`.
    fn surplus(&self, trial: &Trial, h: f64, switching: f64) -> f64 {
        // Where cells switch often, a surplus of a fifth in every piece would feed itself.
        let fast = 1.0 + 0.5 / (h * switching);
        let (mut plain, mut rare): (f64, f64) = (1.0, 0.0);
        for j in (0..trial.kept.len()).filter(|&j| self.founded[j] && trial.kept[j] > NONE) {
            let least = trial.counting[j].min(self.counting[j]);
            // Y may have vanished at the earlier end.
            let ratio = trial.kept[j] / least;
            if least >= RARE {
                plain = plain.max(ratio);
            } else {
                let most = (RATIO * (RARE / least).powf(0.2)).min(MOST_RATIO).min(fast);
                rare = rare.max(ratio.ln() / most.ln());
            }
        }
        rare.max(plain.ln() / RATIO.min(fast).ln())
    }
}

/// The rates of the clones of type `i` where events are kept with these probabilities.
pub(super) fn reduced(process: &Process, interval: usize, i: usize, kept: &[f64]) -> Segment {
    let Segment { birth, death, .. } = process.segment(interval, i);
    let division = process.birth(interval, i);
    let (mut lost, mut special) = (0.0, 0.0);
    for (j, u) in process.mutation().row(interval, i) {
        special += division * u * kept[j];
    }
    for (j, s) in process.switching().row(interval, i) {
        special += s * kept[j];
        lost += s * (1.0 - kept[j]);
    }
    Segment { birth, death: death + lost, special }
}
