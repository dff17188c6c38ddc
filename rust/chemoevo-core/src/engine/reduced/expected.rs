//! How many events are to be expected: what it costs to follow them.
//!
//! The expected number `e_i` of events in the lineage of one cell of type `i`, with `x` days left, obeys
//! `de_i/dx = M_i + (b'_i - d_i - S_i) e_i + sum_j (b_i u_ij + s_ij) e_j`, where `M_i` is their rate and `S_i` that of switches.
//! It holds for kept events as well as for all: a founder that is left out would have had none that is kept. It decides nothing
//! but which way is taken, so that it is solved to a few parts in a hundred, by exponential steps of a quarter of the fastest
//! time. Where these would be too many, as where cells switch a thousand times a day for years, it is not known, and infinite.

use crate::process::Process;

/// Longest step, times the fastest rate.
const STEP: f64 = 0.25;
/// Most steps, of all types together: some milliseconds. Of few types, and of many.
const MOST_STEPS: f64 = 200_000.0;
const MOST_OF_ALL: f64 = 8_192.0;
const LEAST_OF_ALL: f64 = 512.0;
/// Nodes of a piece, at most; beyond the last piece with an end, each is so much further than the one before.
const NODES: f64 = 8.0;
const FURTHER: f64 = 0.2;
/// (days) Where the nodes end.
const LAST: f64 = 1e4;

/// A stretch of constant rates, and how often the cells of each type have events in it (per cell and day).
#[derive(Debug)]
pub(super) struct Course {
    pub(super) interval: usize,
    /// (days) Perhaps without end, for the last.
    pub(super) length: f64,
    pub(super) events: Vec<f64>,
}

/// Goes back over a course: from the expected events of a cell at its end to those at its start.
pub(super) fn back(process: &Process, course: Course, events: &mut [f64]) {
    let (interval, length) = (course.interval, course.length);
    let rates = Rates::new(process, course);
    rates.go(process, interval, length, MOST_OF_ALL, events);
}

/// Expected events by the days that are left.
#[derive(Debug)]
pub(super) struct Expected {
    types: usize,
    /// (days) Increasing, from 0.
    left: Vec<f64>,
    /// (nodes, types)
    events: Vec<f64>,
}

impl Expected {
    /// Of courses, from the end backward.
    pub(super) fn new(process: &Process, courses: impl IntoIterator<Item = Course>) -> Self {
        let types = process.types();
        let mut all = Self { types, left: vec![0.0], events: vec![0.0; types] };
        let mut now = vec![0.0; types];
        let mut steps = (MOST_STEPS / types as f64).clamp(LEAST_OF_ALL, MOST_OF_ALL);
        for piece in courses {
            let (interval, length) = (piece.interval, piece.length);
            let rates = Rates::new(process, piece);
            let end = all.left[all.left.len() - 1] + length.min(LAST);
            let node = (0.5 / rates.growth).max(if length.is_finite() { length / NODES } else { 0.0 });
            loop {
                let at = all.left[all.left.len() - 1];
                // Between nodes it grows as an exponential would, so that they must not miss the time in which it does.
                // What few steps cross is one stretch anyway.
                let far = STEP * LEAST_OF_ALL / rates.fastest;
                let next = at + if length.is_finite() { node } else { node.max(FURTHER * at) }.min(far);
                // A step too short for the clock is no step.
                let next = if next > at { next.min(end) } else { end };
                if rates.steps(next - at) > steps {
                    return all;
                }
                steps -= rates.go(process, interval, next - at, steps, &mut now);
                all.left.push(next);
                all.events.extend_from_slice(&now);
                if next >= end {
                    break;
                }
            }
        }
        all
    }

    /// Of these cells.
    pub(super) fn of(&self, state: &[u64], left: f64) -> f64 {
        let last = self.left.len() - 1;
        if left > self.left[last] * (1.0 + 1e-9) {
            return f64::INFINITY;
        }
        let node = self.left.partition_point(|&x| x < left).clamp(1, last.max(1)).min(last);
        let before = node.saturating_sub(1);
        let width = self.left[node] - self.left[before];
        let share = if width > 0.0 { ((left - self.left[before]) / width).clamp(0.0, 1.0) } else { 1.0 };
        let at = |k: usize, i: usize| self.events[k * self.types + i];
        let present = state.iter().enumerate().filter(|&(_, &n)| n > 0);
        present.fold(0.0, |sum, (i, &n)| {
            let (a, b) = (at(before, i), at(node, i));
            // It grows exponentially where it is large.
            let events = if a > 0.0 { a * (b / a).powf(share) } else { share * b };
            sum + n as f64 * events
        })
    }
}

/// The rates of all types in a course.
struct Rates {
    events: Vec<f64>,
    /// Net growth of a clone.
    net: Vec<f64>,
    growth: f64,
    fastest: f64,
}

impl Rates {
    fn new(process: &Process, course: Course) -> Self {
        let Course { interval: k, events, .. } = course;
        let of = |i: usize| {
            let plain = process.segment(k, i);
            plain.birth - plain.death - process.switching().row_sum(k, i)
        };
        let net: Vec<f64> = (0..process.types()).map(of).collect();
        let growth = (0..net.len()).fold(0.0, |m, i| f64::max(m, process.birth(k, i) - process.death(k, i)));
        let fastest = net.iter().fold(growth, |m, x| f64::max(m, x.abs()));
        Self { events, net, growth, fastest }
    }

    /// Steps that so many days take.
    fn steps(&self, h: f64) -> f64 {
        (h * self.fastest / STEP).ceil().max(1.0)
    }

    /// Goes `h` days back, in at most so many steps. How many it took.
    fn go(&self, process: &Process, interval: usize, h: f64, most: f64, events: &mut [f64]) -> f64 {
        let steps = self.steps(h).min(most);
        let h = h / steps;
        let factors = self.net.iter().map(|net| {
            let x = net * h;
            (x.exp(), if x == 0.0 { h } else { x.exp_m1() / net })
        });
        let factors: Vec<(f64, f64)> = factors.collect();
        let (mut gain, mut there) = (vec![0.0; events.len()], vec![0.0; events.len()]);
        for _ in 0..steps as usize {
            self.gains(process, interval, events, &mut gain);
            for (i, (growth, integral)) in factors.iter().enumerate() {
                there[i] = events[i] * growth + gain[i] * integral;
            }
            // Once more with the mean of what is gained at both ends of the step.
            let early = gain.clone();
            self.gains(process, interval, &there, &mut gain);
            for (i, (growth, integral)) in factors.iter().enumerate() {
                events[i] = (events[i] * growth + 0.5 * (early[i] + gain[i]) * integral).min(1e200);
            }
        }
        steps
    }

    /// Events by rate: those of a cell, and those to come of the cells that it founds.
    fn gains(&self, process: &Process, interval: usize, events: &[f64], gain: &mut [f64]) {
        for (i, gain) in gain.iter_mut().enumerate() {
            let division = process.birth(interval, i);
            let mutants: f64 = process.mutation().row(interval, i).map(|(j, u)| division * u * events[j]).sum();
            let switched: f64 = process.switching().row(interval, i).map(|(j, s)| s * events[j]).sum();
            *gain = self.events[i] + mutants + switched;
        }
    }
}
