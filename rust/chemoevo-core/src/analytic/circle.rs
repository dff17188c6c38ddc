//! The backward equations at many complex points: generating functions on a circle, for whole distributions.
//!
//! The unknown is the complement `G = 1 - E[prod_j z_j^{N_j}]`, complex, with its own relative accuracy: from 1e12 cells
//! the generating function is `exp(sum_i n_i log(1 - G_i))`, where G is 1e-12. Points are solved sixteen at a time with one
//! step size, by the method of `dop853` on the relative error of every `|G_i|`; the rates of a stretch are shared.
//! Where no type founds cells of another, `G` has the closed form of `kendall`, which holds in the unit disk too:
//! `G -> G/(e^{-lh} + b g G)` with `g = (1 - e^{-lh})/l`; there `Re G >= 0`, so nothing cancels in the denominator.

use super::AnalyticError;
use super::network::{Network, Stretch, stretches};
use super::tableau::{A, B, E3, E5, STAGES};
use crate::process::Process;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// Points solved together.
const LANES: usize = 16;
/// Relative error allowed in one step.
const TOLERANCE: f64 = 1e-12;
/// Values below are 0 for the control of errors.
const FLOOR: f64 = 1e-290;
/// Steps allowed in one stretch.
const STEPS: u64 = 2_000_000;
/// Relative change over the rest of a stretch below which nothing changes any more.
const STATIONARY: f64 = 1e-14;
/// Time between two looks at whether the caller wants to stop.
const LOOK: Duration = Duration::from_millis(50);

/// One complex number for each of the points.
#[derive(Clone, Copy)]
struct Lanes {
    re: [f64; LANES],
    im: [f64; LANES],
}

const ZERO: Lanes = Lanes { re: [0.0; LANES], im: [0.0; LANES] };

/// `G` from one cell of each type at time 0, as (points, types) pairs of real and imaginary part, where `G = y` for the
/// marked types and 0 for the others at the horizon (days). `|1 - y| <= 1`.
///
/// # Errors
/// [`AnalyticError`] where the process has competition, an argument is out of range or too many steps are needed.
pub fn complements(
    process: &Process,
    marked: &[bool],
    y: &[(f64, f64)],
    horizon: f64,
    threads: usize,
    poll: &dyn Fn() -> bool,
) -> Result<Vec<(f64, f64)>, AnalyticError> {
    let k = process.types();
    if process.competition().is_some() {
        return Err(AnalyticError::Competition);
    }
    if marked.len() != k {
        return Err(AnalyticError::Length { field: "marked", got: marked.len(), expected: k });
    }
    if !(horizon.is_finite() && horizon >= 0.0) {
        return Err(AnalyticError::Range { field: "horizon", value: horizon });
    }
    if let Some(point) = y.iter().find(|(re, im)| !(0.0..=1.0 + 1e-12).contains(&(1.0 - re).hypot(*im))) {
        return Err(AnalyticError::Range { field: "y", value: point.0 });
    }
    let way = stretches(process, horizon);
    let blocks: Vec<&[(f64, f64)]> = y.chunks(LANES).collect();
    let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    let (done, results) = mpsc::channel();
    let mut out = vec![(0.0, 0.0); y.len() * k];
    let mut failed = None;
    let mut looked = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..threads.clamp(1, blocks.len().max(1)) {
            let done = done.clone();
            let (next, stop, way, blocks) = (&next, &stop, &way, &blocks);
            scope.spawn(move || {
                let mut solver = Solver::new(process, stop);
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(block) = blocks.get(index).filter(|_| !stop.load(Ordering::Relaxed)) else { return };
                    let result = solver.solve(marked, block, way);
                    let failed = result.is_err();
                    if done.send((index * LANES, result)).is_err() || failed {
                        return;
                    }
                }
            });
        }
        drop(done);
        loop {
            match results.recv_timeout(LOOK) {
                Ok((first, Ok(state))) => {
                    for (i, value) in state.iter().enumerate() {
                        for lane in 0..LANES.min(y.len() - first) {
                            out[(first + lane) * k + i] = (value.re[lane], value.im[lane]);
                        }
                    }
                }
                Ok((_, Err(error))) => {
                    failed.get_or_insert(error);
                    stop.store(true, Ordering::Relaxed);
                }
                Err(mpsc::RecvTimeoutError::Timeout) => {}
                Err(mpsc::RecvTimeoutError::Disconnected) => break,
            }
            // Also while results come in without a pause.
            if looked.elapsed() >= LOOK {
                looked = Instant::now();
                if failed.is_none() && poll() {
                    failed = Some(AnalyticError::Interrupted);
                    stop.store(true, Ordering::Relaxed);
                }
            }
        }
    });
    failed.map_or(Ok(out), Err)
}

/// Solver of one block of points after the other.
struct Solver<'a> {
    process: &'a Process,
    stop: &'a AtomicBool,
    network: Network,
    state: Vec<Lanes>,
    trial: Vec<Lanes>,
    slopes: [Vec<Lanes>; STAGES],
    step: f64,
}

impl<'a> Solver<'a> {
    fn new(process: &'a Process, stop: &'a AtomicBool) -> Self {
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

    fn solve(&mut self, marked: &[bool], block: &[(f64, f64)], way: &[Stretch]) -> Result<Vec<Lanes>, AnalyticError> {
        let start = Lanes {
            // Lanes without a point repeat the last.
            re: std::array::from_fn(|l| block[l.min(block.len() - 1)].0),
            im: std::array::from_fn(|l| block[l.min(block.len() - 1)].1),
        };
        for (value, &is_marked) in self.state.iter_mut().zip(marked) {
            *value = if is_marked { start } else { ZERO };
        }
        self.step = f64::INFINITY;
        for part in way.iter().rev() {
            if let Some(pulse) = part.pulse {
                for (value, &p) in self.state.iter_mut().zip(&self.process.pulses()[pulse].survival) {
                    value.re.iter_mut().chain(&mut value.im).for_each(|x| *x *= p);
                }
            }
            let length = part.to - part.from;
            if length > 0.0 {
                self.network.load(self.process, part.interval);
                if self.network.is_decoupled() {
                    self.closed(length);
                } else {
                    self.advance(length)?;
                }
            }
        }
        Ok(self.state.clone())
    }

    fn closed(&mut self, h: f64) {
        for (i, value) in self.state.iter_mut().enumerate() {
            let (b, l) = (self.network.birth[i], self.network.net[i]);
            // Numerator and denominator times e^{lh} where the cells decline: nothing overflows.
            let decay = (-(l * h).abs()).exp();
            let grown = if l == 0.0 { h } else { -(-(l * h).abs()).exp_m1() / l.abs() };
            let (up, base) = if l >= 0.0 { (1.0, decay) } else { (decay, 1.0) };
            for lane in 0..LANES {
                let (re, im) = (value.re[lane], value.im[lane]);
                let (p, q) = (base + b * grown * re, b * grown * im);
                let size = p * p + q * q;
                if size > 0.0 {
                    value.re[lane] = up * (re * p + im * q) / size;
                    value.im[lane] = up * (im * p - re * q) / size;
                }
            }
        }
    }

    fn advance(&mut self, length: f64) -> Result<(), AnalyticError> {
        let fastest = self.network.fastest;
        let (mut left, mut steps) = (length, 0);
        self.step = self.step.max(1e-6 * length.min(1.0 / fastest));
        while left > 0.0 {
            slope(&self.network, &self.state, &mut self.slopes[0]);
            if self.is_stationary(left) {
                return Ok(());
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

#[cfg(test)]
mod tests {
    use super::super::{Backward, TwoSided};
    use super::*;
    use crate::process::{Pulse, SparseRates};

    fn network() -> Process {
        Process::new(
            3,
            vec![10.0],
            vec![0.2, 0.15, 0.1, 0.1, 0.2, 0.3],
            vec![0.1, 0.2, 0.1, 0.6, 0.1, 0.05],
            SparseRates::new(3, &[(0, 1), (1, 2)], vec![1e-6, 1e-3]),
            SparseRates::new(3, &[(2, 0)], vec![0.02]),
            vec![Pulse { time: 15.0, survival: vec![0.5, 1.0, 0.9] }],
        )
        .unwrap()
    }

    #[test]
    fn real_points_agree_with_the_real_solver() {
        let p = network();
        let y: Vec<(f64, f64)> = (0..=40).map(|m| (f64::from(m) / 40.0, 0.0)).collect();
        let got = complements(&p, &[false, false, true], &y, 30.0, 2, &|| false).unwrap();
        for (m, &(g, _)) in y.iter().enumerate() {
            let terminal = TwoSided::new(&[0.0, 0.0, g], &[1.0, 1.0, 1.0 - g]).unwrap();
            let want = Backward::new(&p, &|| false).solve(&terminal, &[30.0]).unwrap().remove(0);
            for i in 0..3 {
                let (re, im) = got[3 * m + i];
                assert!((re - want.presence(i)).abs() <= 1e-10 * re && im == 0.0, "{m} {i} {re:e} {im:e}");
            }
        }
    }

    #[test]
    fn the_closed_form_and_the_solver_agree() {
        let y: Vec<(f64, f64)> = (0..20).map(|m| f64::from(m) * 0.3).map(|a| (1.0 - a.cos(), a.sin())).collect();
        let none = || SparseRates::none(2);
        for (b, d) in [(0.5, 0.1), (0.1, 0.5), (0.3, 0.3)] {
            // The second type adds nothing but the need for the solver.
            let with = SparseRates::new(2, &[(1, 0)], vec![1e-3]);
            let apart = Process::new(2, vec![], vec![b, 0.1], vec![d, 0.1], none(), none(), vec![]).unwrap();
            let solved = Process::new(2, vec![], vec![b, 0.1], vec![d, 0.1], with, none(), vec![]).unwrap();
            let [p, q] = [&apart, &solved].map(|x| complements(x, &[true, false], &y, 20.0, 1, &|| false).unwrap());
            for (p, q) in p.iter().zip(&q).step_by(2) {
                assert!((p.0 - q.0).hypot(p.1 - q.1) <= 1e-11 * p.0.hypot(p.1), "{b} {d} {p:?} {q:?}");
            }
        }
    }

    #[test]
    fn wrong_arguments_and_interrupts_are_errors() {
        let p = network();
        let marked = [true; 3];
        assert!(complements(&p, &[true], &[(0.5, 0.0)], 1.0, 1, &|| false).is_err());
        assert!(complements(&p, &marked, &[(2.5, 0.0)], 1.0, 1, &|| false).is_err());
        assert!(complements(&p, &marked, &[(f64::NAN, 0.0)], 1.0, 1, &|| false).is_err());
        assert!(complements(&p, &marked, &[(0.5, 0.0)], f64::INFINITY, 1, &|| false).is_err());
        assert_eq!(complements(&p, &marked, &[], 1.0, 2, &|| false), Ok(vec![]));
        let many = vec![(0.5, 0.5); 200_000];
        assert_eq!(complements(&p, &marked, &many, 1e3, 2, &|| true), Err(AnalyticError::Interrupted));
    }
}
