//! Friberg's model of the marrow (Friberg et al. 2002, J Clin Oncol 20:4713, doi:10.1200/JCO.2002.02.140): cells that divide,
//! three stages of transit, and cells that circulate.
//!
//! ```text
//! Prol' = k s (Prol ((1 - E)(Circ0/Circ)^g - 1))     k = 4/MTT
//! T1'   = k s (Prol - T1),  T2' = k s (T1 - T2),  T3' = k s (T2 - T3)
//! Circ' = k (s T3 - Circ)
//! ```
//!
//! E is the sum over drugs of `slope C` or of `Emax C/(EC50 + C)`; above 1 it kills. s is 1, or what a growth factor (G-CSF)
//! makes of the speed of division and transit for some time; it leaves the rate at which cells leave the blood.
//!
//! The state is `u = ln(Prol/Circ0)`, which keeps Prol positive for any E, and `T1..T3`, `Circ` in units of Circ0. Steps are
//! those of Dormand and Prince within a local error of [`TOLERANCE`], relative but for u, which is a logarithm. They begin at a
//! part of the fastest stage after every kink, where a dose begins or an infusion ends, and never cross one. The
//! counts between them are those of the polynomial of degree 7 that has their values and three derivatives, which the model
//! gives, at both ends.

use super::cascade::Measure;
use super::course::Course;
use super::dormand_prince::{NODES, step};
use super::dosing::CourseError;
use super::recovery::{Cells, Path, Piece};
use std::ops::Range;

/// Largest local error of a step.
pub(super) const TOLERANCE: f64 = 2e-8;
/// First step after a kink, in times of the fastest stage of any drug, and of the marrow.
const FIRST: (f64, f64) = (0.1, 0.02);
/// Longest step, in times of a stage of the marrow.
const LONGEST: f64 = 0.6;
/// Steps between two looks whether to stop.
const LOOK_EVERY: usize = 256;
/// Steps in a row without an end to them.
const MOST: usize = 1_000_000;
/// Share of the baseline below which feedback grows no more: one cell in the body, by and by.
const LEAST: f64 = 1e-12;

/// The marrow of one patient.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Marrow {
    /// Circulating cells without drugs, in any unit; counts are in it.
    pub baseline: f64,
    /// Mean transit time in hours.
    pub transit: f64,
    /// Exponent of the feedback.
    pub feedback: f64,
}

/// What a concentration does to cells that divide.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Suppression {
    /// `E = slope C`.
    Linear {
        /// Per unit of the concentration.
        slope: f64,
    },
    /// `E = most C/(half + C)`.
    Saturable {
        /// Largest effect.
        most: f64,
        /// Concentration of half of it.
        half: f64,
    },
}

/// A growth factor: division and transit so many times as fast between two times.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Support {
    /// Start in hours.
    pub from: f64,
    /// End in hours.
    pub to: f64,
    /// The factor.
    pub speed: f64,
}

/// One drug in one patient, and what it does to the marrow.
#[derive(Clone, Copy, Debug)]
pub struct Acting<'a> {
    /// Its course.
    pub course: &'a Course,
    /// The compartment that acts.
    pub compartment: usize,
    /// What it does.
    pub suppression: Suppression,
}

pub(super) fn in_range(field: &'static str, value: f64, least: f64) -> Result<(), CourseError> {
    if value > least && value.is_finite() { Ok(()) } else { Err(CourseError::Marrow { field, value }) }
}

impl Marrow {
    pub(super) fn check(&self) -> Result<(), CourseError> {
        in_range("baseline", self.baseline, 0.0)?;
        in_range("transit", self.transit, 0.0)?;
        in_range("feedback", self.feedback, -f64::MIN_POSITIVE)
    }

    /// What it holds without drugs.
    #[must_use]
    pub fn steady(&self) -> Cells {
        [self.baseline; 5]
    }

    /// The counts from a time on, when the marrow held `start` then, until another.
    ///
    /// # Errors
    /// [`CourseError`] if a number is out of range, a course begins later, counts change too fast to be followed, or `poll`
    /// says to stop.
    pub fn follow(
        &self,
        drugs: &[Acting<'_>],
        support: &[Support],
        start: (f64, &Cells),
        until: f64,
        poll: &dyn Fn() -> bool,
    ) -> Result<Path, CourseError> {
        self.check()?;
        start.1.iter().try_for_each(|&cells| in_range("start", cells, 0.0))?;
        support.iter().try_for_each(Support::check)?;
        for drug in drugs {
            drug.suppression.check()?;
            drug.course.check(start.0)?;
        }
        let mut path = self.begun(start.1);
        self.extend(&mut path, drugs, support, start.0..until, poll)?;
        Ok(path)
    }

    /// A path that begins with these cells.
    pub(super) fn begun(&self, cells: &Cells) -> Path {
        let mut state = cells.map(|cells| cells / self.baseline);
        state[0] = state[0].ln();
        Path::new(self.baseline, state)
    }

    /// Goes on with a path that has come to the start of `times`, until their end.
    pub(super) fn extend(
        &self,
        path: &mut Path,
        drugs: &[Acting<'_>],
        support: &[Support],
        times: Range<f64>,
        poll: &dyn Fn() -> bool,
    ) -> Result<(), CourseError> {
        let own = drugs.iter().flat_map(|drug| drug.course.kinks());
        let both = support.iter().flat_map(|one| [one.from, one.to]);
        let mut kinks: Vec<f64> = own.chain(both).filter(|&kink| kink > times.start && kink < times.end).collect();
        kinks.sort_by(f64::total_cmp);
        kinks.dedup();
        kinks.push(times.end);
        let mut now = times.start;
        for end in kinks {
            let speed = support.iter().filter(|s| s.from <= now && now < s.to).map(|s| s.speed).product();
            Segment { marrow: self, drugs, rate: 4.0 / self.transit, speed }.cross(path, now, end, poll)?;
            now = end;
        }
        Ok(())
    }
}

impl Suppression {
    pub(super) fn check(&self) -> Result<(), CourseError> {
        match *self {
            Self::Linear { slope } => in_range("slope", slope, -f64::MIN_POSITIVE),
            Self::Saturable { most, half } => {
                in_range("most", most, -f64::MIN_POSITIVE)?;
                in_range("half", half, 0.0)
            }
        }
    }

    fn at(&self, concentration: f64) -> f64 {
        match *self {
            Self::Linear { slope } => slope * concentration,
            Self::Saturable { most, half } => most * (concentration / (half + concentration)),
        }
    }
}

impl Support {
    pub(super) fn check(&self) -> Result<(), CourseError> {
        in_range("support", self.speed, 0.0)?;
        in_range("support", self.from, f64::NEG_INFINITY)?;
        in_range("support", self.to, f64::NEG_INFINITY)
    }
}

impl Acting<'_> {
    /// Concentrations at the nodes of a step from a time on.
    fn concentrations(&self, place: usize, now: f64, h: f64) -> [f64; 5] {
        let Some((held, rates, since)) = self.course.falling(place, now, h) else {
            return NODES.map(|node| {
                let (index, after) = self.course.within(place, now + node * h);
                self.course.inside(index, self.compartment, after, Measure::Value)
            });
        };
        let mut found = [0.0; 5];
        for (held, rate) in held.iter().zip(rates) {
            let start = held * (-rate * since).exp();
            // Four of the nodes are tenths of the step.
            let one = (-rate * 0.1 * h).exp();
            let two = one * one;
            let eight = (two * two) * (two * two);
            let fallen = [two, two * one, eight, (-rate * NODES[3] * h).exp(), eight * two];
            found.iter_mut().zip(fallen).for_each(|(sum, share)| *sum += start * share);
        }
        found
    }
}

/// A time between two kinks.
struct Segment<'a> {
    marrow: &'a Marrow,
    drugs: &'a [Acting<'a>],
    /// 1/h.
    rate: f64,
    speed: f64,
}

impl Segment<'_> {
    /// Steps from `start` to `end`.
    fn cross(&self, path: &mut Path, start: f64, end: f64, poll: &dyn Fn() -> bool) -> Result<(), CourseError> {
        let mut places: Vec<usize> = self.drugs.iter().map(|drug| drug.course.stretch(start)).collect();
        let mut now = start;
        let mut state = path.end;
        let mut derivative = self.derivative(self.effect(&places, now), &state);
        let fastest = self.drugs.iter().map(|drug| drug.course.fastest(drug.compartment)).fold(0.0, f64::max);
        let longest = LONGEST / (self.rate * self.speed.max(1.0));
        let mut length = (FIRST.1 / self.rate).min(FIRST.0 / fastest);
        for count in 0.. {
            let left = end - now;
            if left <= 0.0 {
                break;
            }
            if count % LOOK_EVERY == 0 && poll() {
                return Err(CourseError::Interrupted);
            }
            // The last two steps are of one length.
            let h = if length >= left { left } else { length.min(0.5 * left) };
            if count == MOST || now + h == now {
                return Err(CourseError::Counts(now));
            }
            let effects = self.effects(&places, now, h);
            let tried = step(|effect, y| self.derivative(effect, y), &effects, &state, &derivative, h);
            let error = off(&state, &tried.state, &tried.error);
            if error <= 1.0 {
                let until = if h == left { end } else { now + h };
                let ends = [self.turns(&state), self.turns(&tried.state)];
                path.push(Piece::new(now, until - now, ends), tried.state);
                (now, state, derivative) = (until, tried.state, tried.derivative);
                for (place, drug) in places.iter_mut().zip(self.drugs) {
                    *place = drug.course.next_stretch(*place, now);
                }
            }
            // What is not a number counts as far off.
            let change = if error.is_finite() { 0.9 * error.max(1e-6).powf(-0.2) } else { 0.0 };
            length = (h * change.clamp(0.2, 5.0)).min(longest);
        }
        Ok(())
    }

    /// The sum of effects in a stretch of every course, just before what begins at a time.
    fn effect(&self, places: &[usize], time: f64) -> f64 {
        let one = |(drug, &place): (&Acting<'_>, &usize)| {
            let (index, h) = drug.course.within(place, time);
            drug.suppression.at(drug.course.inside(index, drug.compartment, h, Measure::Value))
        };
        self.drugs.iter().zip(places).map(one).sum()
    }

    /// The same at the nodes of a step.
    fn effects(&self, places: &[usize], now: f64, h: f64) -> [f64; 5] {
        let mut sums = [0.0; 5];
        for (drug, &place) in self.drugs.iter().zip(places) {
            for (sum, concentration) in sums.iter_mut().zip(drug.concentrations(place, now, h)) {
                *sum += drug.suppression.at(concentration);
            }
        }
        sums
    }

    fn derivative(&self, effect: f64, state: &[f64; 5]) -> [f64; 5] {
        let [u, t1, t2, t3, circ] = *state;
        let feedback = circ.max(LEAST).powf(-self.marrow.feedback);
        let k = self.rate * self.speed;
        [
            k * ((1.0 - effect) * feedback - 1.0),
            k * (u.exp() - t1),
            k * (t1 - t2),
            k * (t2 - t3),
            self.rate * (self.speed * t3 - circ),
        ]
    }

    /// Circulating cells and their first three derivatives.
    fn turns(&self, state: &[f64; 5]) -> [f64; 4] {
        let [_, t1, t2, t3, circ] = *state;
        let (k, s) = (self.rate, self.speed);
        let first = k * s * (t2 - t3);
        let second = k * s * (k * s * (t1 - t2) - first);
        let one = k * (s * t3 - circ);
        let two = k * (s * first - one);
        [circ, one, two, k * (s * second - two)]
    }
}

/// The error of a step, 1 being as much as there may be.
fn off(before: &[f64; 5], after: &[f64; 5], error: &[f64; 5]) -> f64 {
    let of = |i: usize| {
        let scale = if i == 0 { 1.0 + before[0].abs() } else { before[i].abs().max(after[i].abs()) };
        error[i].abs() / (TOLERANCE * scale.max(LEAST))
    };
    // A maximum that keeps what is not a number.
    (0..5).map(of).fold(0.0, |a, b| if b <= a { a } else { b })
}
