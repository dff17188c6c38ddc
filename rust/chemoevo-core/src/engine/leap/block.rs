//! Types between which many cells switch: moved together, by a normal law with exact moments.
//!
//! Within a step of constant rates the numbers `N` of the types of a block and their integrals `I` over time form a linear
//! process, whose mean `m` and covariance `V` solve `m' = F m`, `V' = F V + V F' + Q(m)` with
//!
//! ```text
//! F = [[J, 0], [1, 0]],   J_ii = b_i - d_i - sum_j s_ij,   J_ji = s_ij,
//! Q(m) = sum_i m_i [(b_i + d_i) e_i e_i' + sum_j s_ij (e_j - e_i)(e_j - e_i)']        (on N; none on I)
//! ```
//!
//! (moment equations of a branching process, Athreya & Ney 1972, Branching processes, chapter V.7). They are linear with
//! constant coefficients, so their Taylor series converges for any length of the step, and rapidly for the steps of
//! [`super`]. `(N, I)` is drawn from the normal law with these moments: each of the numbers is large, and a sum over as
//! many independent cells. Switches that are few, and mutants, are founders for [`super`], Poisson given `I`.

use crate::process::Process;
use crate::random::standard_normal;
use rand::Rng;

/// Largest number of terms of the series; at a length of two they fall below 1e-14 after some thirty.
const TERMS: usize = 200;

/// The moments of a block, and working memory.
#[derive(Debug, Default)]
pub struct Block {
    /// Types of the block.
    pub types: Vec<usize>,
    /// Rates of divisions that change the number, of all that takes a cell away but the switches inside the block, and of
    /// switches inside the block (from, to), per cell and day.
    pub birth: Vec<f64>,
    /// See `birth`.
    pub death: Vec<f64>,
    /// See `birth`; (k, k).
    pub switching: Vec<f64>,
    /// `(m, V)` of `(N, I)`: 2k means, then (2k, 2k) covariances.
    moments: Vec<f64>,
    term: Vec<f64>,
    next: Vec<f64>,
    factor: Vec<f64>,
    normal: Vec<f64>,
    /// The numbers of cells at the end, then their integrals (cells times days).
    pub drawn: Vec<f64>,
}

impl Block {
    /// Mean numbers of cells of the types after `h` days, from the numbers `cells`.
    pub fn means(&mut self, cells: &[f64], h: f64, out: &mut Vec<f64>) {
        let k = self.types.len();
        self.term.clear();
        self.term.extend_from_slice(cells);
        self.next.clear();
        self.next.resize(k, 0.0);
        out.clear();
        out.extend_from_slice(cells);
        for p in 1..TERMS {
            self.next.fill(0.0);
            self.flow(h / p as f64);
            std::mem::swap(&mut self.term, &mut self.next);
            if add(out, &self.term) {
                break;
            }
        }
    }

    /// `next[..k] += share * J term[..k]`.
    fn flow(&mut self, share: f64) {
        let k = self.types.len();
        for i in 0..k {
            let at = self.term[i];
            let mut leaving = self.death[i] - self.birth[i];
            for j in 0..k {
                let s = self.switching[i * k + j];
                self.next[j] += share * s * at;
                leaving += s;
            }
            self.next[i] -= share * leaving * at;
        }
    }

    /// Takes the rates of the types from an interval of a process. Switches to other types take a cell away.
    pub fn load(&mut self, process: &Process, interval: usize) {
        let k = self.types.len();
        self.birth.clear();
        self.death.clear();
        self.switching.clear();
        self.switching.resize(k * k, 0.0);
        for (i, &t) in self.types.iter().enumerate() {
            let rates = process.segment(interval, t);
            self.birth.push(rates.birth);
            let mut outside = 0.0;
            for (to, s) in process.switching().row(interval, t) {
                match self.types.iter().position(|&other| other == to) {
                    Some(j) => self.switching[i * k + j] = s,
                    None => outside += s,
                }
            }
            self.death.push(rates.death + outside);
        }
    }

    /// Mean number of cells of a type at the end.
    #[must_use]
    pub fn mean(&self, position: usize) -> f64 {
        self.moments[position]
    }

    /// Computes the moments after `h` days, from the numbers `cells`. Returns the smallest mean number of a type at the end.
    pub fn prepare(&mut self, cells: &[f64], h: f64) -> f64 {
        let k = self.types.len();
        let size = 2 * k + 4 * k * k;
        for buffer in [&mut self.moments, &mut self.term, &mut self.next] {
            buffer.clear();
            buffer.resize(size, 0.0);
        }
        self.moments[..k].copy_from_slice(cells);
        self.term[..k].copy_from_slice(cells);
        for p in 1..TERMS {
            self.next.fill(0.0);
            self.derivative(h / p as f64);
            std::mem::swap(&mut self.term, &mut self.next);
            if add(&mut self.moments, &self.term) {
                break;
            }
        }
        self.moments[..k].iter().fold(f64::INFINITY, |least, &m| least.min(m))
    }

    /// `next = share * d/dt term`, which stands for `(m, V)`.
    fn derivative(&mut self, share: f64) {
        let (k, w) = (self.types.len(), 2 * self.types.len());
        self.flow(share);
        for i in 0..k {
            self.next[k + i] = share * self.term[i];
        }
        // V' = F V + (F V)': rows of F V for N are J V, for I they are the rows of V for N.
        let (mean, v) = self.term.split_at(w);
        let out = &mut self.next[w..];
        for i in 0..k {
            for j in 0..k {
                let s = self.switching[i * k + j];
                let mut rate = if i == j { self.birth[i] - self.death[i] } else { s };
                if i == j {
                    rate -= self.switching[i * k..(i + 1) * k].iter().sum::<f64>();
                }
                if rate != 0.0 {
                    // J_ji = rate of i to j: row j of F V gains rate times row i of V.
                    for c in 0..w {
                        let x = share * rate * v[i * w + c];
                        out[j * w + c] += x;
                        out[c * w + j] += x;
                    }
                }
                if s > 0.0 {
                    let noise = share * s * mean[i];
                    out[i * w + i] += noise;
                    out[j * w + j] += noise;
                    out[i * w + j] -= noise;
                    out[j * w + i] -= noise;
                }
            }
            out[i * w + i] += share * (self.birth[i] + self.death[i]) * mean[i];
            for c in 0..w {
                let x = share * v[i * w + c];
                out[(k + i) * w + c] += x;
                out[c * w + k + i] += x;
            }
        }
    }

    /// Draws the numbers of cells at the end and their integrals into `drawn`; none is negative.
    pub fn draw<R: Rng + ?Sized>(&mut self, rng: &mut R) {
        let w = 2 * self.types.len();
        let (mean, v) = self.moments.split_at(w);
        self.normal.clear();
        self.normal.extend((0..w).map(|_| standard_normal(rng)));
        self.factor.clear();
        self.factor.resize(w * w, 0.0);
        self.drawn.clear();
        // Cholesky's factor row by row; a variance lost to rounding is none.
        for i in 0..w {
            for j in 0..=i {
                let (a, b) = (&self.factor[i * w..i * w + j], &self.factor[j * w..j * w + j]);
                let left = v[i * w + j] - a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
                self.factor[i * w + j] = if i == j {
                    if left > 1e-13 * v[i * w + i] { left.sqrt() } else { 0.0 }
                } else {
                    let pivot = self.factor[j * w + j];
                    if pivot > 0.0 { left / pivot } else { 0.0 }
                };
            }
            let row = &self.factor[i * w..=i * w + i];
            let noise: f64 = row.iter().zip(&self.normal).map(|(x, z)| x * z).sum();
            self.drawn.push((mean[i] + noise).max(0.0));
        }
    }
}

/// Adds a term of a series; whether it was negligible.
fn add(sum: &mut [f64], term: &[f64]) -> bool {
    let mut negligible = true;
    for (s, &t) in sum.iter_mut().zip(term) {
        *s += t;
        negligible &= t.abs() <= 1e-15 * s.abs();
    }
    negligible
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::stream;

    fn pair(b: [f64; 2], d: [f64; 2], s: [f64; 2]) -> Block {
        Block {
            types: vec![0, 1],
            birth: b.to_vec(),
            death: d.to_vec(),
            switching: vec![0.0, s[0], s[1], 0.0],
            ..Block::default()
        }
    }

    /// Euler's method with tiny steps on the same equations, written out for two types.
    #[test]
    fn moments_solve_the_equations() {
        let (b, d, s, n, h) = ([1.0, 0.3], [0.4, 1.7], [0.8, 0.5], [1000.0, 300.0], 0.9);
        let mut block = pair(b, d, s);
        block.prepare(&n, h);
        let steps = 400_000;
        let dt = h / f64::from(steps);
        let (mut m, mut v) = (n, [0.0f64; 3]);
        let j = [[b[0] - d[0] - s[0], s[1]], [s[0], b[1] - d[1] - s[1]]];
        for _ in 0..steps {
            let flows = [s[0] * m[0], s[1] * m[1]];
            let q = [(b[0] + d[0]) * m[0] + flows[0] + flows[1], (b[1] + d[1]) * m[1] + flows[0] + flows[1]];
            let (v00, v01, v11) = (v[0], v[1], v[2]);
            v[0] += dt * (2.0 * (j[0][0] * v00 + j[0][1] * v01) + q[0]);
            v[1] += dt * (j[0][0] * v01 + j[0][1] * v11 + j[1][0] * v00 + j[1][1] * v01 - flows[0] - flows[1]);
            v[2] += dt * (2.0 * (j[1][0] * v01 + j[1][1] * v11) + q[1]);
            m = [m[0] + dt * (j[0][0] * m[0] + j[0][1] * m[1]), m[1] + dt * (j[1][0] * m[0] + j[1][1] * m[1])];
        }
        let found = &block.moments;
        for (got, want) in [(found[0], m[0]), (found[1], m[1]), (found[4], v[0]), (found[5], v[1]), (found[9], v[2])] {
            assert!((got / want - 1.0).abs() < 1e-5, "{got} {want}");
        }
        let mut means = Vec::new();
        block.means(&n, h, &mut means);
        assert!((means[0] / m[0] - 1.0).abs() < 1e-5 && (means[1] / m[1] - 1.0).abs() < 1e-5);
    }

    /// Without switching the integral has the closed form of [`super::super::path`].
    #[test]
    fn integral_has_its_closed_form() {
        let (b, d, n, h) = (0.7f64, 0.2f64, 500.0, 1.3f64);
        let mut block = pair([b, 0.0], [d, 0.0], [0.0, 0.0]);
        block.prepare(&[n, 0.0], h);
        let (r, x) = (b - d, (b - d) * h);
        let mean = n * x.exp_m1() / r;
        let variance = 2.0 * n * (b + d) * h.powi(3) * x.exp() * (x.sinh() - x) / x.powi(3);
        assert!((block.moments[2] / mean - 1.0).abs() < 1e-12);
        assert!((block.moments[4 + 2 * 4 + 2] / variance - 1.0).abs() < 1e-12);
    }

    #[test]
    fn draws_have_the_moments() {
        let mut block = pair([1.0, 0.3], [0.4, 1.7], [0.8, 0.5]);
        block.prepare(&[1e6, 2e5], 0.7);
        let mut rng = stream(&[8; 32], 0);
        let n = 100_000;
        let mut sums = [[0.0; 4]; 4];
        for _ in 0..n {
            block.draw(&mut rng);
            let x: Vec<f64> = block.drawn.iter().zip(&block.moments).map(|(x, m)| x - m).collect();
            for i in 0..4 {
                for j in 0..4 {
                    sums[i][j] += x[i] * x[j] / f64::from(n);
                }
            }
        }
        let v = |i: usize, j: usize| block.moments[4 + 4 * i + j];
        for i in 0..4 {
            for j in 0..4 {
                let noise = ((v(i, i) * v(j, j) + v(i, j).powi(2)) / f64::from(n)).sqrt();
                assert!((sums[i][j] - v(i, j)).abs() < 5.0 * noise, "{i} {j}: {} {}", sums[i][j], v(i, j));
            }
        }
    }
}
