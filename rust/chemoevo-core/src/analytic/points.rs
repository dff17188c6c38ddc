//! The backward equations at sixteen complex points at a time.
//!
//! The points share one step size, by the method of `dop853` on the relative error of every `|G_i|`, and the rates of a
//! stretch. Where no type founds cells of another, `G` has the closed form of `kendall`, which holds in the unit disk too:
//! `G -> G/(e^{-lh} + b g G)` with `g = (1 - e^{-lh})/l`; there `Re G >= 0`, so nothing cancels in the denominator.

use super::network::{Network, Stretch};
use super::tableau::{A, B, E3, E5, STAGES};
use super::{AnalyticError, kendall};
use crate::process::Process;
use std::sync::atomic::{AtomicBool, Ordering};

/// Points solved together.
pub(super) const LANES: usize = 16;
/// Relative error allowed in one step.
const TOLERANCE: f64 = 1e-12;
/// Values below are 0 for the control of errors.
const FLOOR: f64 = 1e-290;
/// Steps allowed in one stretch.
const STEPS: u64 = 2_000_000;
/// Steps between two looks at the pace, of which there are two early in a stretch.
const LOOK: u64 = 50_000;
/// Relative change over the rest of a stretch below which nothing changes any more.
const STATIONARY: f64 = 1e-14;

/// One complex number for each of the points.
#[derive(Clone, Copy)]
pub(super) struct Lanes {
    pub(super) re: [f64; LANES],
    pub(super) im: [f64; LANES],
}

const ZERO: Lanes = Lanes { re: [0.0; LANES], im: [0.0; LANES] };

/// Solver of one block of points after the other.
pub(super) struct Solver<'a> {
    process: &'a Process,
    stop: &'a AtomicBool,
    network: Network,
    state: Vec<Lanes>,
    trial: Vec<Lanes>,
    slopes: [Vec<Lanes>; STAGES],
    step: f64,
}

impl<'a> Solver<'a> {
    pub(super) fn new(process: &'a Process, stop: &'a AtomicBool) -> Self {
        let k = process.types();
        Self {
            process,
            stop,
            network: Network::default(),
            state: vec![ZERO; k],
            trial: vec![ZERO; k],
            slopes: std::array::from_fn(|_| vec![ZERO; k]),
            step: f64::INFINITY,
        }
    }

    /// `G` from one cell of each type at the start of the way, from `block`, of shape (points, types), at its end.
    pub(super) fn solve(&mut self, block: &[(f64, f64)], way: &[Stretch]) -> Result<Vec<Lanes>, AnalyticError> {
        self.start(block);
        for part in way.iter().rev() {
            if let Some(pulse) = part.pulse {
                for (value, &p) in self.state.iter_mut().zip(&self.process.pulses()[pulse].survival) {
                    value.re.iter_mut().chain(&mut value.im).for_each(|x| *x *= p);
                }
            }
            self.network.load(self.process, part.interval);
            self.cross(part.to - part.from)?;
        }
        Ok(self.state.clone())
    }

    /// Sums over nodes of `weight . G` and of `weight . |G|`, where `G` is what `block` has become after the time of the
    /// node, by the first rates of the process; times increase, `weights` is of shape (nodes, types).
    pub(super) fn sums(
        &mut self,
        block: &[(f64, f64)],
        times: &[f64],
        weights: &[f64],
    ) -> Result<[[f64; LANES]; 3], AnalyticError> {
        self.start(block);
        self.network.load(self.process, 0);
        let (mut sum, mut now) = ([[0.0; LANES]; 3], 0.0);
        for (&time, weights) in times.iter().zip(weights.chunks(self.state.len())) {
            self.cross(time - now)?;
            now = time;
            for (value, &weight) in self.state.iter().zip(weights).filter(|(_, w)| **w > 0.0) {
                for l in 0..LANES {
                    let (re, im) = (value.re[l], value.im[l]);
                    sum[0][l] += weight * re;
                    sum[1][l] += weight * im;
                    sum[2][l] += weight * (re * re + im * im).sqrt();
                }
            }
        }
        Ok(sum)
    }

    fn start(&mut self, block: &[(f64, f64)]) {
        let k = self.state.len();
        let last = block.len() / k - 1;
        for (i, value) in self.state.iter_mut().enumerate() {
            // Lanes without a point repeat the last.
            value.re = std::array::from_fn(|l| block[l.min(last) * k + i].0);
            value.im = std::array::from_fn(|l| block[l.min(last) * k + i].1);
        }
        self.step = f64::INFINITY;
    }

    fn cross(&mut self, length: f64) -> Result<(), AnalyticError> {
        if length > 0.0 {
            if self.network.is_decoupled() {
                self.closed(length);
            } else {
                self.advance(length)?;
            }
        }
        Ok(())
    }

    fn closed(&mut self, h: f64) {
        for (i, value) in self.state.iter_mut().enumerate() {
            let (b, l) = (self.network.birth[i], self.network.net[i]);
            // Numerator and denominator times e^{lh} where the cells decline: nothing overflows.
            let decay = (-(l * h).abs()).exp();
            let grown = kendall::grown(l, h);
            let b_grown = (b * grown).min(f64::MAX);
            let (up, base) = if l >= 0.0 { (1.0, decay) } else { (decay, 1.0) };
            for lane in 0..LANES {
                let (re, im) = (value.re[lane], value.im[lane]);
                let (p, q) = (base + b_grown * re, b_grown * im);
                let size = p * p + q * q;
                if !(1e-280..1e280).contains(&size) {
                    (value.re[lane], value.im[lane]) = quotient((re, im), (p, q), up);
                } else {
                    value.re[lane] = up * (re * p + im * q) / size;
                    value.im[lane] = up * (im * p - re * q) / size;
                }
            }
        }
    }

    fn advance(&mut self, length: f64) -> Result<(), AnalyticError> {
        let fastest = self.network.fastest;
        let (mut left, mut steps) = (length, 0);
        let (mut before, mut looks): (Vec<Lanes>, Vec<f64>) = (Vec::new(), Vec::new());
        self.step = self.step.max(1e-6 * length.min(1.0 / fastest));
        while left > 0.0 {
            slope(&self.network, &self.state, &mut self.slopes[0]);
            if self.is_stationary(left) {
                return Ok(());
            }
            if steps >= LOOK * (looks.len() as u64 + 2) && looks.len() < 2 {
                let moved = if before.is_empty() { f64::INFINITY } else { self.moved(&before) };
                before.clone_from(&self.state);
                looks.push(moved);
                // The way goes on as it did, and does not come to rest: the steps would not do if they were eight times as long.
                let pace = (length - left) / steps as f64;
                if looks.len() == 2 && moved >= 1e-8 && left > 8.0 * pace * (STEPS - steps) as f64 {
                    return Err(AnalyticError::Steps { limit: STEPS, rate: fastest, length, done: length - left });
                }
            }
            loop {
                let (h, truncated) = if self.step >= left { (left, true) } else { (self.step, false) };
                if steps >= STEPS || (!truncated && left - h == left) {
                    return Err(AnalyticError::Steps { limit: STEPS, rate: fastest, length, done: length - left });
                }
                steps += 1;
                if self.stop.load(Ordering::Relaxed) {
                    return Err(AnalyticError::Interrupted);
                }
                for (s, row) in A.iter().enumerate() {
                    combine(&mut self.trial, &self.state, &self.slopes, row, h);
                    slope(&self.network, &self.trial, &mut self.slopes[s + 1]);
                    if self.stop.load(Ordering::Relaxed) {
                        return Err(AnalyticError::Interrupted);
                    }
                }
                combine(&mut self.trial, &self.state, &self.slopes, &B, h);
                // What leaves 0 has no relative error yet: a short first step, as in `dop853`.
                let first = (0.01 / fastest).min(0.01 * left);
                if h > first && self.leaves_zero() {
                    self.step = first;
                    continue;
                }
                let error = self.error(h);
                if error <= 1.0 {
                    let factor = (0.9 * error.max(1e-10).powf(-0.125)).clamp(0.33, 6.0);
                    self.step = if truncated && factor >= 6.0 { self.step.max(h * factor) } else { h * factor };
                    std::mem::swap(&mut self.state, &mut self.trial);
                    left = if truncated { 0.0 } else { left - h };
                    break;
                }
                self.step = h * (0.9 * error.powf(-0.125)).clamp(0.1, 0.9);
            }
        }
        Ok(())
    }

    fn is_stationary(&self, left: f64) -> bool {
        self.state
            .iter()
            .zip(&self.slopes[0])
            .all(|(v, s)| (0..LANES).all(|l| s.re[l].hypot(s.im[l]) * left <= STATIONARY * v.re[l].hypot(v.im[l])))
    }

    /// Largest relative change of a value.
    fn moved(&self, before: &[Lanes]) -> f64 {
        let mut most = 0.0f64;
        for (now, old) in self.state.iter().zip(before) {
            for l in 0..LANES {
                let size = now.re[l].hypot(now.im[l]) + FLOOR;
                most = most.max((now.re[l] - old.re[l]).hypot(now.im[l] - old.im[l]) / size);
            }
        }
        most
    }

    fn leaves_zero(&self) -> bool {
        self.state
            .iter()
            .zip(&self.trial)
            .any(|(a, b)| (0..LANES).any(|l| a.re[l] == 0.0 && a.im[l] == 0.0 && b.re[l].abs() + b.im[l].abs() > FLOOR))
    }

    /// Largest error over the tolerance; infinite where a value is not finite.
    fn error(&self, h: f64) -> f64 {
        let mut worst = 0.0f64;
        for (i, (start, end)) in self.state.iter().zip(&self.trial).enumerate() {
            let third = weighted(&self.slopes, E3.iter(), i);
            let fifth = weighted(&self.slopes, E5.iter(), i);
            for l in 0..LANES {
                let before = start.re[l] * start.re[l] + start.im[l] * start.im[l];
                let after = end.re[l] * end.re[l] + end.im[l] * end.im[l];
                if !after.is_finite() || after > 9.0 {
                    return f64::INFINITY;
                }
                if before == 0.0 {
                    continue;
                }
                let scale = h / (TOLERANCE * before.max(after).sqrt() + FLOOR);
                let size = (fifth.re[l] * fifth.re[l] + fifth.im[l] * fifth.im[l]) * scale * scale;
                let other = (third.re[l] * third.re[l] + third.im[l] * third.im[l]) * scale * scale;
                let whole = size + 0.01 * other;
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

/// `up (re + i im) / (p + i q)` where the squares would leave what floating-point numbers hold; 0 by 0 is 0.
fn quotient((re, im): (f64, f64), (p, q): (f64, f64), up: f64) -> (f64, f64) {
    let (above, below) = (re.abs().max(im.abs()), p.abs().max(q.abs()));
    if above == 0.0 || below == 0.0 {
        return (0.0, 0.0);
    }
    // Both by their sizes: the parts are then at most 1, and one of them is.
    let (re, im, p, q) = (re / above, im / above, p / below, q / below);
    let size = (p * p + q * q) / up;
    let by = above / below;
    (by * ((re * p + im * q) / size), by * ((im * p - re * q) / size))
}

/// `G_i' = l_i G_i - b_i G_i^2 + (1 - G_i) sum_j b_i u_ij (G_j - G_i) + sum_j s_ij (G_j - G_i)`.
fn slope(n: &Network, y: &[Lanes], dy: &mut [Lanes]) {
    for (i, v) in y.iter().enumerate() {
        let (mut mutants, mut switched) = (ZERO, ZERO);
        for (rows, sum) in [(&n.mutation, &mut mutants), (&n.switching, &mut switched)] {
            for (j, rate) in rows.row(i) {
                for l in 0..LANES {
                    sum.re[l] += rate * (y[j].re[l] - v.re[l]);
                    sum.im[l] += rate * (y[j].im[l] - v.im[l]);
                }
            }
        }
        let (net, b, out) = (n.net[i], n.birth[i], &mut dy[i]);
        for l in 0..LANES {
            let (re, im) = (v.re[l], v.im[l]);
            let (p, q) = (net - b * re, -b * im);
            let (f, g) = (1.0 - re, -im);
            out.re[l] = re * p - im * q + f * mutants.re[l] - g * mutants.im[l] + switched.re[l];
            out.im[l] = re * q + im * p + f * mutants.im[l] + g * mutants.re[l] + switched.im[l];
        }
    }
}

fn combine(out: &mut [Lanes], y: &[Lanes], slopes: &[Vec<Lanes>; STAGES], row: &[(usize, f64)], h: f64) {
    out.copy_from_slice(y);
    for &(s, a) in row {
        let a = a * h;
        for (o, k) in out.iter_mut().zip(&slopes[s]) {
            for l in 0..LANES {
                o.re[l] += a * k.re[l];
                o.im[l] += a * k.im[l];
            }
        }
    }
}

fn weighted<'w>(slopes: &[Vec<Lanes>; STAGES], weights: impl Iterator<Item = &'w (usize, f64)>, i: usize) -> Lanes {
    let mut sum = ZERO;
    for &(s, e) in weights {
        for l in 0..LANES {
            sum.re[l] += e * slopes[s][i].re[l];
            sum.im[l] += e * slopes[s][i].im[l];
        }
    }
    sum
}
