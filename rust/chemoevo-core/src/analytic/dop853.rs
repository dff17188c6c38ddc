//! The explicit eighth-order method of Dormand and Prince with step-size control on relative error alone.
//!
//! Error estimate and controller after Hairer, Norsett and Wanner (see `tableau`), with three differences that the
//! size of the unknowns asks for:
//!
//! * No absolute tolerance: probabilities of 1e-15 and 1e-300 are solved to the same relative error, and the
//!   largest error over the components is controlled, not their mean square.
//! * A component that is exactly 0 has no relative error yet. The first step in which one leaves 0 is therefore
//!   short, a hundredth of the fastest time scale: what lies m mutations away grows as t^m, so an error made over
//!   the hundredth part of the way weighs 1e-2m later, and m <= 8 is exact in any case.
//! * The step size survives from one stretch of constant rates to the next.
//!
//! The method is explicit: stability limits a step to about 6 over the fastest rate, so rates x time of 1e4 cost
//! some thousands of steps. A solution that no longer changes over the rest of a stretch ends it at once. One that
//! cannot be had within the steps allowed is refused early where that shows: see `Pace`.

use super::AnalyticError;
use super::coupling::{Block, LANES};
use super::tableau::{A, B, E3, E5, STAGES};

/// Relative error allowed in one step.
const TOLERANCE: f64 = 1e-11;
/// Below this size a value is followed to this absolute error only: its digits end in subnormal numbers.
const FLOOR: f64 = 1e-303;
/// Steps (accepted or not) allowed in one stretch.
const STEPS: u64 = 2_000_000;
/// Looks at the pace of a stretch while its steps last.
const LOOKS: u64 = 20;
/// Work in multiplications between two questions whether the caller wants to stop.
const POLL: u64 = 1 << 17;
/// Work allowed in one stretch, about a minute's.
const WORK: u64 = 100_000_000_000;
/// Steps allowed whatever they cost.
const FEWEST_STEPS: u64 = 1000;
/// Relative change over the rest of a stretch below which nothing changes any more.
const STATIONARY: f64 = 1e-13;

/// An autonomous system of nonnegative unknowns.
pub(super) trait System {
    /// Derivatives.
    fn slope(&mut self, y: &[f64], dy: &mut [f64]);

    /// Distance of a value to the end of its range; relative accuracy holds for it too.
    fn room(&self, y: f64) -> f64;

    /// Largest rate of the system.
    fn fastest(&self) -> f64;

    /// Multiplications in one call of `slope`, about.
    fn cost(&self) -> u64;

    /// Whether `slope` was left because the caller wants to stop; for systems that ask within one call.
    fn is_interrupted(&self) -> bool {
        false
    }

    /// Called after every accepted step; may change the representation.
    fn accepted(&mut self, y: &mut [f64]) -> Result<(), AnalyticError>;

    /// Whether a solution whose slopes vanish may be taken as final.
    fn settles(&self) -> bool;
}

/// Steps, work space and the step size to try next.
pub(super) struct Stepper<'a> {
    slopes: [Vec<f64>; STAGES],
    trial: Vec<f64>,
    step: f64,
    last_error: f64,
    steps: u64,
    /// Work since the caller was last asked.
    work: u64,
    /// Steps allowed in one stretch.
    limit: u64,
    poll: &'a dyn Fn() -> bool,
}

/// How far a stretch had come at a look.
struct Pace {
    left: f64,
    values: Vec<f64>,
    slopes: Vec<f64>,
    /// Relative change of every value since the look before.
    moved: Vec<f64>,
}

impl Pace {
    /// Whether the rest is out of reach. A twentieth of the steps changed every value or its slope by 1 % at most, so
    /// that things go on as they are; these steps would not do if each were eight times as long; and the solution does
    /// not come to rest before, as some value goes on moving by far more than the errors of steps.
    fn is_hopeless(&self, now: &Self, looks: u64, settles: bool) -> bool {
        let same = |a: f64, b: f64| (a - b).abs() <= 0.01 * a.abs().max(b.abs());
        let goes_on = |(before, now): (&f64, &f64)| *now >= 1e-8 && *now >= 0.5 * before;
        now.left > 8.0 * (LOOKS - looks) as f64 * (self.left - now.left)
            && (!settles || self.moved.iter().zip(&now.moved).any(goes_on))
            && (0..now.values.len()).all(|i| same(self.values[i], now.values[i]) || same(self.slopes[i], now.slopes[i]))
    }
}

impl<'a> Stepper<'a> {
    /// A stepper for `n` unknowns; `poll` returns true to interrupt.
    pub(super) fn new(n: usize, poll: &'a dyn Fn() -> bool) -> Self {
        Self {
            slopes: std::array::from_fn(|_| vec![0.0; n]),
            trial: vec![0.0; n],
            step: f64::INFINITY,
            last_error: 1e-4,
            steps: 0,
            work: 0,
            limit: STEPS,
            poll,
        }
    }

    /// Steps taken since the start.
    #[cfg(test)]
    pub(super) fn steps(&self) -> u64 {
        self.steps
    }

    /// Counts a step of so many multiplications, and asks now and then whether to go on.
    pub(super) fn count(&mut self, work: u64) -> Result<(), AnalyticError> {
        self.steps += 1;
        self.spend(work.max(POLL >> 7))
    }

    /// Asks whether to go on as often as the work needs it, whatever the size of a step.
    fn spend(&mut self, work: u64) -> Result<(), AnalyticError> {
        self.work = self.work.saturating_add(work);
        if self.work < POLL {
            return Ok(());
        }
        self.work = 0;
        if (self.poll)() { Err(AnalyticError::Interrupted) } else { Ok(()) }
    }

    /// Solves over a length of time.
    pub(super) fn advance<S: System>(
        &mut self,
        system: &mut S,
        y: &mut [f64],
        length: f64,
    ) -> Result<(), AnalyticError> {
        let fastest = system.fastest();
        let per_step = system.cost().saturating_mul(STAGES as u64);
        let limit = self.limit.min((WORK / per_step.max(1)).max(FEWEST_STEPS));
        let (mut left, began, mut looks) = (length, self.steps, 0);
        let mut pace: Option<Pace> = None;
        // What was right over a very short stretch must not stop a long one.
        self.step = self.step.max(1e-6 * length.min(1.0 / fastest));
        while left > 0.0 {
            system.slope(y, &mut self.slopes[0]);
            if system.settles() && self.is_stationary(system, y, left) {
                return Ok(());
            }
            if self.steps - began >= limit / LOOKS * (looks + 1) {
                looks += 1;
                let mut now = Pace { left, values: y.to_vec(), slopes: self.slopes[0].clone(), moved: Vec::new() };
                if let Some(before) = &pace {
                    let change = |(a, b): (&f64, &f64)| (a - b).abs() / b.min(system.room(*b)).max(FLOOR);
                    now.moved = before.values.iter().zip(y.iter()).map(change).collect();
                }
                if pace.is_some_and(|before| before.is_hopeless(&now, looks, system.settles())) {
                    return Err(AnalyticError::Steps { limit, rate: fastest, length, done: length - left });
                }
                pace = Some(now);
            }
            loop {
                let (h, truncated) = if self.step >= left { (left, true) } else { (self.step, false) };
                if self.steps - began >= limit || (!truncated && left - h == left) {
                    return Err(AnalyticError::Steps { limit, rate: fastest, length, done: length - left });
                }
                self.count(0)?;
                self.stages(system, y, h)?;
                let first = (0.01 / fastest).min(0.01 * left);
                // Of either sign: beyond the limit of stability a value that must rise from 0 may well come out negative.
                if h > first && y.iter().zip(&self.trial).any(|(&a, &b)| a == 0.0 && b.abs() > FLOOR) {
                    self.step = first;
                    continue;
                }
                for (&start, end) in y.iter().zip(&mut self.trial) {
                    // Rounding and far-away mutants may leave 0 on the wrong side.
                    if start == 0.0 && *end < 0.0 {
                        *end = 0.0;
                    }
                }
                let error = self.error(system, y, h);
                if error <= 1.0 {
                    let factor = (error.max(1e-10).powf(-0.117) * self.last_error.powf(0.04) * 0.9).clamp(0.33, 6.0);
                    self.last_error = error.max(1e-4);
                    // A short last step says nothing against the step size that was to be tried.
                    self.step = if truncated && factor >= 6.0 { self.step.max(h * factor) } else { h * factor };
                    y.copy_from_slice(&self.trial);
                    system.accepted(y)?;
                    left = if truncated { 0.0 } else { left - h };
                    break;
                }
                self.step = h * (0.9 * error.powf(-0.125)).clamp(0.1, 0.9);
            }
        }
        Ok(())
    }

    fn is_stationary<S: System>(&self, system: &S, y: &[f64], left: f64) -> bool {
        y.iter().zip(&self.slopes[0]).all(|(&v, &s)| s.abs() * left <= STATIONARY * v.min(system.room(v)))
    }

    /// Fills the slopes of all stages and the trial solution at the end of the step.
    fn stages<S: System>(&mut self, system: &mut S, y: &[f64], h: f64) -> Result<(), AnalyticError> {
        let cost = system.cost();
        for (s, row) in A.iter().enumerate() {
            combine(&mut self.trial, y, &self.slopes, row, h);
            system.slope(&self.trial, &mut self.slopes[s + 1]);
            self.spend(cost)?;
            if system.is_interrupted() {
                return Err(AnalyticError::Interrupted);
            }
        }
        combine(&mut self.trial, y, &self.slopes, &B, h);
        Ok(())
    }

    /// Largest error over the tolerance; infinite where a value left its range.
    fn error<S: System>(&self, system: &S, y: &[f64], h: f64) -> f64 {
        let mut worst = 0.0f64;
        for at in (0..y.len()).step_by(LANES) {
            let lanes = LANES.min(y.len() - at);
            let [thirds, fifths] = [&E3, &E5].map(|row| {
                if lanes == LANES {
                    return sum([0.0; LANES], &self.slopes, row, at);
                }
                let mut sums = [0.0; LANES];
                for (l, sum) in sums[..lanes].iter_mut().enumerate() {
                    *sum = sum_of_one(0.0, &self.slopes, row, at + l);
                }
                sums
            });
            for (l, (&start, &end)) in y[at..at + lanes].iter().zip(&self.trial[at..at + lanes]).enumerate() {
                if end < 0.0 || !end.is_finite() {
                    return f64::INFINITY;
                }
                let scale = TOLERANCE * start.max(end).min(system.room(end)) + FLOOR;
                if scale <= FLOOR && end > FLOOR {
                    return f64::INFINITY;
                }
                if start == 0.0 {
                    continue;
                }
                let (third, fifth) = (h * thirds[l] / scale, h * fifths[l] / scale);
                let size = fifth * fifth;
                let whole = size + 0.01 * third * third;
                if whole > 0.0 {
                    let error = size / whole.sqrt();
                    if error.is_nan() {
                        return f64::INFINITY;
                    }
                    worst = worst.max(error);
                }
            }
        }
        worst
    }
}

/// `out = y + h sum_s a_s k_s`.
fn combine(out: &mut [f64], y: &[f64], slopes: &[Vec<f64>; STAGES], row: &[(usize, f64)], h: f64) {
    let mut scaled = [(0, 0.0); STAGES];
    for (scaled, &(s, a)) in scaled.iter_mut().zip(row) {
        *scaled = (s, a * h);
    }
    let scaled = &scaled[..row.len()];
    let (blocks, rest) = y.as_chunks::<LANES>();
    let (ends, last) = out.as_chunks_mut::<LANES>();
    for (block, (end, start)) in ends.iter_mut().zip(blocks).enumerate() {
        *end = sum(*start, slopes, scaled, block * LANES);
    }
    for (l, (end, start)) in last.iter_mut().zip(rest).enumerate() {
        *end = sum_of_one(*start, slopes, scaled, blocks.len() * LANES + l);
    }
}

/// `start + sum_s a_s k_s` for a block of components, in registers.
#[inline(always)]
fn sum(mut start: Block, slopes: &[Vec<f64>; STAGES], row: &[(usize, f64)], at: usize) -> Block {
    for &(s, a) in row {
        let slopes = &slopes[s][at..at + LANES];
        for l in 0..LANES {
            start[l] += a * slopes[l];
        }
    }
    start
}

/// The same for a single component.
#[inline(always)]
fn sum_of_one(start: f64, slopes: &[Vec<f64>; STAGES], row: &[(usize, f64)], at: usize) -> f64 {
    row.iter().fold(start, |sum, &(s, a)| sum + a * slopes[s][at])
}

#[cfg(test)]
mod tests;
