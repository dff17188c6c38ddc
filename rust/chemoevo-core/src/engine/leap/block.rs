//! Types between which many cells switch: moved together, by a law with exact moments that keeps cells.
//!
//! Within a stretch of constant rates the numbers `N` of the types of a block, their integrals `I` over time and the
//! numbers `B` of all births and `D` of all deaths form a linear process, whose mean `m` and covariance `V` solve
//! `m' = F m`, `V' = F V + V F' + Q(m)` with
//!
//! ```text
//! N' = J N,   J_ii = b_i - d_i - sum_j s_ij,   J_ji = s_ij,     I' = N,     B' = sum_i b_i N_i,     D' = sum_i d_i N_i,
//! Q(m) = sum_i m_i [b_i (e_i + e_B)(e_i + e_B)' + d_i (e_D - e_i)(e_D - e_i)' + sum_j s_ij (e_j - e_i)(e_j - e_i)']
//! ```
//!
//! (moment equations of a branching process, Athreya & Ney 1972, Branching processes, chapter V.7). They are linear with
//! constant coefficients, so their Taylor series converges for any length of the stretch, and rapidly for the steps of
//! [`super`].
//!
//! Switches make no cell and lose none: `sum N = n + B - D`. So `B` and `D` are drawn first, as whole numbers with their
//! moments ([`super::whole`]); then the numbers of all types but the largest, normal given those before and rounded;
//! the largest is what is left. However short a stretch is, and however often it is repeated, the total then changes by
//! births and deaths alone. The integrals are normal given all that.
//!
//! Switches to types outside of the block are for [`super::leavers`], and mutants, who are Poisson given `I`, for [`super`].

use super::whole::whole;
use crate::process::Process;
use crate::random::standard_normal;
use rand::Rng;

/// Largest number of terms of the series; at a length of two they fall below 1e-14 after some thirty.
const TERMS: usize = 200;
/// A variance below this share of the whole is what rounding has left of none.
const ROUNDING: f64 = 1e-13;

/// The moments of a block, and working memory.
#[derive(Debug, Default)]
pub struct Block {
    /// Types of the block.
    pub types: Vec<usize>,
    /// Rates of divisions that change the number, of deaths, and of switches inside the block (from, to), per cell and day.
    pub birth: Vec<f64>,
    /// See `birth`.
    pub death: Vec<f64>,
    /// See `birth`; (k, k).
    pub switching: Vec<f64>,
    /// `(m, V)` of `(N, I, B, D)`: w = 2k + 2 means, then (w, w) covariances.
    moments: Vec<f64>,
    term: Vec<f64>,
    next: Vec<f64>,
    factor: Vec<f64>,
    normal: Vec<f64>,
    order: Vec<usize>,
    /// The numbers of cells at the end.
    pub cells: Vec<u64>,
    /// Their integrals (cells times days).
    pub integrals: Vec<f64>,
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

    /// Takes the rates of the types from an interval of a process.
    pub fn load(&mut self, process: &Process, interval: usize) {
        let k = self.types.len();
        self.birth.clear();
        self.death.clear();
        self.switching.clear();
        self.switching.resize(k * k, 0.0);
        for (i, &t) in self.types.iter().enumerate() {
            let rates = process.segment(interval, t);
            self.birth.push(rates.birth);
            self.death.push(rates.death);
            for (to, s) in process.switching().row(interval, t) {
                if let Some(j) = self.types.iter().position(|&other| other == to) {
                    self.switching[i * k + j] = s;
                }
            }
        }
    }

    /// Mean number of cells of a type at the end.
    #[must_use]
    pub fn mean(&self, position: usize) -> f64 {
        self.moments[position]
    }

    /// Computes the moments after `h` days, from the numbers `cells`.
    pub fn prepare(&mut self, cells: &[f64], h: f64) {
        let k = self.types.len();
        let w = 2 * k + 2;
        let size = w + w * w;
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
    }

    /// `next = share * d/dt term`, which stands for `(m, V)`.
    fn derivative(&mut self, share: f64) {
        let (k, w) = (self.types.len(), 2 * self.types.len() + 2);
        let (births, deaths) = (2 * k, 2 * k + 1);
        self.flow(share);
        for i in 0..k {
            self.next[k + i] = share * self.term[i];
            self.next[births] += share * self.birth[i] * self.term[i];
            self.next[deaths] += share * self.death[i] * self.term[i];
        }
        // V' = F V + (F V)': a row of F V is the rows of V for N, times the rates at which they feed it.
        let (mean, v) = self.term.split_at(w);
        let out = &mut self.next[w..];
        for i in 0..k {
            let mut feed = |to: usize, rate: f64| {
                if rate != 0.0 {
                    for c in 0..w {
                        let x = share * rate * v[i * w + c];
                        out[to * w + c] += x;
                        out[c * w + to] += x;
                    }
                }
            };
            let inside = &self.switching[i * k..(i + 1) * k];
            feed(i, self.birth[i] - self.death[i] - inside.iter().sum::<f64>());
            for (j, &s) in inside.iter().enumerate().filter(|&(j, _)| j != i) {
                feed(j, s);
            }
            feed(k + i, 1.0);
            feed(births, self.birth[i]);
            feed(deaths, self.death[i]);
            // A switch, a birth and a death change two numbers at once, by one each.
            let mut jump = |a: usize, b: usize, rate: f64, sign: f64| {
                let noise = share * rate * mean[i];
                out[a * w + a] += noise;
                out[b * w + b] += noise;
                out[a * w + b] += sign * noise;
                out[b * w + a] += sign * noise;
            };
            for (j, &s) in inside.iter().enumerate().filter(|&(_, &s)| s > 0.0) {
                jump(i, j, s, -1.0);
            }
            jump(i, births, self.birth[i], 1.0);
            jump(i, deaths, self.death[i], -1.0);
        }
    }

    /// Draws the numbers of cells at the end and their integrals, from `start` cells in all.
    pub fn draw<R: Rng + ?Sized>(&mut self, rng: &mut R, start: u64) {
        let (k, w) = (self.types.len(), 2 * self.types.len() + 2);
        let (births, deaths) = (2 * k, 2 * k + 1);
        let largest = (1..k).fold(0, |best, i| if self.moments[i] > self.moments[best] { i } else { best });
        self.order.clear();
        self.order.extend([births, deaths]);
        self.order.extend((0..k).filter(|&i| i != largest));
        self.order.push(largest);
        self.order.extend(k..2 * k);
        self.factor.clear();
        self.factor.resize(w * w, 0.0);
        self.normal.clear();
        self.cells.clear();
        self.cells.resize(k, 0);
        self.integrals.clear();
        let (mut born, mut left) = (0, 0);
        for i in 0..w {
            let at = self.order[i];
            let (mean, sd) = self.given_those_before(i);
            let value = if at == births {
                born = whole(rng, mean, sd * sd);
                born as f64
            } else if at == deaths {
                let there = start.saturating_add(born);
                let died = whole(rng, mean, sd * sd).min(there);
                left = there - died;
                died as f64
            } else if at < k {
                // `as` saturates.
                let drawn = (mean + sd * standard_normal(rng)).round().max(0.0) as u64;
                let count = if at == largest { left } else { drawn.min(left) };
                self.cells[at] = count;
                left -= count;
                count as f64
            } else {
                let integral = (mean + sd * standard_normal(rng)).max(0.0);
                self.integrals.push(integral);
                integral
            };
            self.normal.push(if sd > 0.0 { (value - mean) / sd } else { 0.0 });
        }
    }

    /// Mean and standard deviation of the number drawn as the `i`-th, given those drawn before: a row of Cholesky's factor.
    fn given_those_before(&mut self, i: usize) -> (f64, f64) {
        let w = self.order.len();
        let (mean, v) = self.moments.split_at(w);
        let covariance = |a: usize, b: usize| v[self.order[a] * w + self.order[b]];
        for j in 0..=i {
            let (a, b) = (&self.factor[i * w..i * w + j], &self.factor[j * w..j * w + j]);
            let left = covariance(i, j) - a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
            self.factor[i * w + j] = if i == j {
                if left > ROUNDING * covariance(i, i) { left.sqrt() } else { 0.0 }
            } else {
                let pivot = self.factor[j * w + j];
                if pivot > 0.0 { left / pivot } else { 0.0 }
            };
        }
        let row = &self.factor[i * w..=i * w + i];
        let shift: f64 = row.iter().zip(&self.normal).map(|(x, z)| x * z).sum();
        (mean[self.order[i]] + shift, row[i])
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
mod tests;
