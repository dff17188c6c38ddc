//! Steps of a saturable drug: collocation of what saturation withholds, in exact exponentials of the linear limit.
//!
//! The plasma concentration obeys `C(t) = base(t) + sum_p int_0^t K_p(t - s) g_p(C(s)) ds`: `base` and the kernels `K_p`, sums of
//! exponentials, belong to the linear cascade and are exact, and only the `g_p` (see `model`) are approximated, by
//! polynomials through the eight Gauss points of a step. That is an exponential collocation method (Hochbruck & Ostermann
//! 2010, Acta Numer 19:209, section 2.4, doi:10.1017/S0962492910000048; as a Volterra equation Brunner 2004, Collocation
//! Methods, section 2.2). The eight concentrations solve a system that Newton's method finds. There is no limit of
//! stability, and as the drug falls below its KM the `g_p` vanish, steps grow without bound, and the solution is that of
//! the linear limit.
//!
//! A step is taken if, where the polynomials are worst, at its ends, they leave `g` by so little that the concentration
//! at its end is changed by less than [`TOLERANCE`] of itself. Steps are halves of halves of a stretch without kinks, so
//! that few lengths occur and their weights are made once.

use super::cascade::{Drive, Measure, POWERS};
use super::chain::{phi, ramps};
use super::gauss::{NODES, Square, eliminate};
use super::model::Model;
use std::rc::Rc;

/// Relative change of the concentration that one step may make.
const TOLERANCE: f64 = 1e-7;
/// Largest concentration that is followed, in the smallest KM: beyond, what is withheld is nearly all of the linear limit, and their
/// difference loses digits.
const MOST_OVER: f64 = 3e4;
/// Halvings of a stretch, at most.
const DEEPEST: u32 = 44;
/// Lengths of which the weights are kept.
const KEPT: usize = 64;
/// Iterations of Newton's method, at most.
const ITERATIONS: usize = 12;

/// What each saturation withholds over a step: coefficients of the powers of time.
pub(super) type Withheld = Vec<[f64; POWERS]>;

/// One step: where it starts in its stretch, what the stages hold then, and what is withheld.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) offset: f64,
    pub(super) values: Vec<f64>,
    pub(super) withheld: Withheld,
}

/// Why a stretch was not crossed.
pub(super) enum Failure {
    /// The concentration is so many times a KM, so many hours on.
    Saturated(f64, f64),
    /// Steps would be too short; how far it came, in hours.
    Steps(f64),
    /// The caller wants to stop.
    Interrupted,
}

/// The input of one stage, as coefficients of the powers of time.
pub(super) fn input(model: &Model, withheld: &[[f64; POWERS]], stage: usize) -> Option<[f64; POWERS]> {
    let mut sum: Option<[f64; POWERS]> = None;
    for (saturation, powers) in model.saturations.iter().zip(withheld) {
        let feed = saturation.feeds[stage];
        if feed != 0.0 {
            let sum = sum.get_or_insert([0.0; POWERS]);
            for (s, g) in sum.iter_mut().zip(powers) {
                *s += feed * g;
            }
        }
    }
    sum
}

/// For every saturation, what `g` at each point adds to the concentration at each point; and the kernel's whole weight.
struct Weights {
    of: Vec<(Square, f64)>,
}

/// Crosses stretches of one drug in one patient.
pub(super) struct Collocation<'a> {
    model: &'a Model,
    made: Vec<(f64, Rc<Weights>)>,
    next: usize,
}

impl<'a> Collocation<'a> {
    pub(super) const fn new(model: &'a Model) -> Self {
        Self { model, made: Vec::new(), next: 0 }
    }

    /// The steps of a stretch without kinks, and what the stages hold at its end. `come` is what the plasma concentration has
    /// besides, at times from the start.
    pub(super) fn cross(
        &mut self,
        drive: Drive<'_>,
        come: &dyn Fn(f64) -> f64,
        length: f64,
        poll: &dyn Fn() -> bool,
    ) -> Result<(Vec<Step>, Vec<f64>), Failure> {
        let mut steps = Vec::new();
        let mut values = drive.values.to_vec();
        let (mut done, whole) = (0_u64, 1_u64 << DEEPEST);
        let mut level = self.first_level(length);
        while done < whole {
            if poll() {
                return Err(Failure::Interrupted);
            }
            let offset = length * (done as f64 / whole as f64);
            let size = length / (1_u64 << level) as f64;
            let plasma = self.model.places[0].stages.clone();
            let ratio = (values[plasma].iter().sum::<f64>() + come(offset)) / self.model.smallest_half();
            if ratio > MOST_OVER {
                return Err(Failure::Saturated(offset, ratio));
            }
            let here = Drive { values: &values, inputs: drive.inputs };
            let (withheld, error) =
                self.attempt(here, &|h| come(offset + h), size).unwrap_or_else(|| (Vec::new(), f64::INFINITY));
            let factor = 0.9 * (TOLERANCE / error).powf(1.0 / POWERS as f64);
            if error.is_nan() || error > TOLERANCE {
                level += if factor < 0.25 { 2 } else { 1 };
                if level > DEEPEST {
                    return Err(Failure::Steps(offset));
                }
                continue;
            }
            let mut after = self.model.cascade.values(here, size);
            self.model.cascade.add_forced(|stage| input(self.model, &withheld, stage), size, &mut after);
            // Below 0 by rounding only.
            after.iter_mut().zip(&values).for_each(|(v, before)| {
                if *before >= 0.0 && *v < 0.0 && v.abs() < 1e-12 * before {
                    *v = 0.0
                }
            });
            steps.push(Step { offset, values: std::mem::replace(&mut values, after), withheld });
            done += whole >> level;
            let mut room = factor;
            while room >= 2.0 && level > 0 && done % (whole >> (level - 1)) == 0 {
                room *= 0.5;
                level -= 1;
            }
        }
        Ok((steps, values))
    }

    /// Halvings until a step is no longer than the fastest phase.
    fn first_level(&self, length: f64) -> u32 {
        let fastest = self.model.disposition().exponents().last().copied().unwrap_or(0.0);
        ((length * fastest).log2().ceil().clamp(0.0, f64::from(DEEPEST))) as u32
    }

    /// What is withheld over a step of this size, and the relative error that it leaves.
    fn attempt(&mut self, drive: Drive<'_>, come: &dyn Fn(f64) -> f64, size: f64) -> Option<(Withheld, f64)> {
        let (model, nodes) = (self.model, &*NODES);
        let (cascade, ways) = (&model.cascade, &model.places[0].ways);
        let weights = self.weights(size);
        let base = nodes.points.map(|c| cascade.total(ways, drive, c * size, Measure::Value) + come(c * size));
        let start = model.places[0].stages.clone().map(|stage| drive.values[stage]).sum::<f64>() + come(0.0);
        let at_points = self.solve(&base, start, &weights)?;
        let mut withheld = Withheld::with_capacity(weights.of.len());
        let mut ends = Vec::with_capacity(weights.of.len());
        for saturation in &model.saturations {
            let mut powers = [0.0; POWERS];
            for (g, cardinal) in at_points.iter().map(|&c| saturation.missing(c)).zip(&nodes.cardinal) {
                for (p, l) in powers.iter_mut().zip(cardinal) {
                    *p += g * l;
                }
            }
            ends.push((powers[0], powers.iter().sum::<f64>()));
            let mut scale = 1.0;
            for p in &mut powers {
                *p *= scale;
                scale /= size;
            }
            withheld.push(powers);
        }
        let last = cascade.total(ways, drive, size, Measure::Value)
            + cascade.forced(ways, |stage| input(model, &withheld, stage), size, Measure::Value)
            + come(size);
        let mut error = 0.0;
        for ((saturation, (first, end)), (_, weight)) in model.saturations.iter().zip(ends).zip(&weights.of) {
            let off = (first - saturation.missing(start)).abs() + (end - saturation.missing(last.max(0.0))).abs();
            error += off * weight;
        }
        Some((withheld, if error == 0.0 { 0.0 } else { error / last.max(0.0) }))
    }

    /// Concentrations at the points of a step.
    fn solve(&self, base: &[f64; POWERS], start: f64, weights: &Weights) -> Option<[f64; POWERS]> {
        // As if the last known share were kept: in the linear limit that is the solution.
        let first: Vec<f64> = self.model.saturations.iter().map(|s| s.missing(start)).collect();
        let mut c = *base;
        for ((matrix, _), g) in weights.of.iter().zip(first) {
            for (value, row) in c.iter_mut().zip(matrix) {
                *value += g * row.iter().sum::<f64>();
            }
        }
        for value in &mut c {
            *value = value.max(0.0);
        }
        for _ in 0..ITERATIONS {
            let mut residual = c;
            let mut jacobian = [[0.0; POWERS]; POWERS];
            for (k, row) in jacobian.iter_mut().enumerate() {
                residual[k] -= base[k];
                row[k] = 1.0;
            }
            for (saturation, (matrix, _)) in self.model.saturations.iter().zip(&weights.of) {
                let g = c.map(|value| saturation.missing(value));
                let slope = c.map(|value| saturation.slope(value));
                for k in 0..POWERS {
                    for j in 0..POWERS {
                        residual[k] -= matrix[k][j] * g[j];
                        jacobian[k][j] -= matrix[k][j] * slope[j];
                    }
                }
            }
            eliminate(&mut jacobian, &mut residual)?;
            let mut largest = 0.0;
            for (value, change) in c.iter_mut().zip(&residual) {
                let now = (*value - change).max(0.0);
                largest = f64::max(largest, (now - *value).abs() / now.max(f64::MIN_POSITIVE));
                *value = now;
            }
            // Convergence is quadratic.
            if largest < 1e-5 {
                return Some(c);
            }
        }
        None
    }

    fn weights(&mut self, size: f64) -> Rc<Weights> {
        if let Some((_, found)) = self.made.iter().find(|(of, _)| *of == size) {
            return found.clone();
        }
        let made = Rc::new(self.make(size));
        if self.made.len() < KEPT {
            self.made.push((size, made.clone()));
        } else {
            self.made[self.next] = (size, made.clone());
            self.next = (self.next + 1) % KEPT;
        }
        made
    }

    fn make(&self, size: f64) -> Weights {
        let (model, nodes) = (self.model, &*NODES);
        let stages = model.places[0].stages.clone();
        let mut of: Vec<(Square, f64)> = model.saturations.iter().map(|_| ([[0.0; POWERS]; POWERS], 0.0)).collect();
        let mut by_power: Vec<Square> = of.iter().map(|w| w.0).collect();
        for stage in stages {
            let rate = model.cascade.rates()[stage];
            for ((_, whole), saturation) in of.iter_mut().zip(&model.saturations) {
                *whole += saturation.feeds[stage].abs() * size * phi(rate * size);
            }
            for (k, c) in nodes.points.iter().enumerate() {
                let answers = ramps::<{ POWERS + 1 }>(rate, c * size);
                let mut scale = 1.0;
                for m in 0..POWERS {
                    for (saturation, powers) in model.saturations.iter().zip(&mut by_power) {
                        powers[k][m] += saturation.feeds[stage] * scale * answers[m + 1];
                    }
                    scale *= (m + 1) as f64 / size;
                }
            }
        }
        for ((matrix, _), powers) in of.iter_mut().zip(&by_power) {
            for k in 0..POWERS {
                for j in 0..POWERS {
                    matrix[k][j] = (0..POWERS).map(|m| powers[k][m] * nodes.cardinal[j][m]).sum();
                }
            }
        }
        Weights { of }
    }
}
