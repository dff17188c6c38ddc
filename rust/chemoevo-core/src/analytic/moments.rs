//! Means and covariances of the counts: the forward equations of the first two moments.
//!
//! With J the matrix of mean growth, `m' = J m`, and for the covariance `V' = J V + V J' + Q(m)` from `V(0) = 0`, where an
//! event of rate r that changes the counts by D adds `r D D'` to Q (T. E. Harris, The Theory of Branching Processes,
//! Springer 1963, doi:10.1007/978-3-642-51866-9, chapter V). A pulse maps `V_jk` to `p_j p_k V_jk` and adds
//! `p_j (1 - p_j) m_j` to `V_jj`.
//!
//! The off-diagonal entries of J are nonnegative, so a nonnegative source gives a nonnegative solution. Only switches have
//! a negative one, at (from, to). Two ways keep relative accuracy, entry by entry the better one is taken:
//!
//! * `V = P - N`: P from the positive sources, N from the negative ones. Without switching N = 0 and V has all its digits.
//! * `V = diag(m) + P' - N'`: P' from the pairs of cells that a division leaves, N' from `diag(n)` at time 0 without a
//!   source: the sum of the squares of the means of single founders. It is the better one where cells only switch.

use super::AnalyticError;
use super::dop853::{Stepper, System};
use super::network::Network;
use super::walk::{Equations, check, walk};
use crate::process::Process;

/// Relative error of each of the parts, generously.
const PART: f64 = 1e-9;
/// Error allowed, relative to the larger of the variances and the means of the two types.
const ALLOWED: f64 = 1e-6;

/// Means and covariances at some times.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Moments {
    /// Mean counts of shape (times, types).
    pub mean: Vec<f64>,
    /// Covariances of shape (times, types, types).
    pub covariance: Vec<f64>,
}

/// Means and covariances at increasing times (days) from an initial composition of independent cells.
///
/// # Errors
/// [`AnalyticError`] where the process has competition, an argument is out of range, a moment exceeds 1e290, too many
/// steps are needed, or too few digits of a covariance are left.
pub fn moments(
    process: &Process,
    initial: &[f64],
    times: &[f64],
    poll: &dyn Fn() -> bool,
) -> Result<Moments, AnalyticError> {
    if process.competition().is_some() {
        return Err(AnalyticError::Competition);
    }
    check(process, initial, times)?;
    let mut system = Pairs::new(process.types(), !process.switching().is_empty(), poll);
    let mut state = system.start(initial, None);
    walk(&mut system, process, &mut state, times, poll)?;
    Ok(system.out)
}

/// The state is the means, then the upper triangle of P; with switching also those of N, P' and N'.
pub(super) struct Pairs<'a> {
    network: Network,
    k: usize,
    pairs: usize,
    parts: usize,
    /// Probability of what the moments are given, which all that ever has cells has met, and of its opposite.
    pub(super) given: (f64, f64),
    pub(super) out: Moments,
    poll: &'a dyn Fn() -> bool,
    is_interrupted: bool,
}

impl<'a> Pairs<'a> {
    pub(super) fn new(k: usize, switching: bool, poll: &'a dyn Fn() -> bool) -> Self {
        let (network, parts) = (Network::default(), if switching { 4 } else { 1 });
        Self {
            network,
            k,
            pairs: k * (k + 1) / 2,
            parts,
            given: (1.0, 0.0),
            out: Moments::default(),
            poll,
            is_interrupted: false,
        }
    }

    /// The state of `fixed` cells, and of families with means and with pairs of shape (types, types); see `tumors`.
    pub(super) fn start(&self, fixed: &[f64], families: Option<(&[f64], &[f64])>) -> Vec<f64> {
        let mut state = vec![0.0; self.k + self.parts * self.pairs];
        state[..self.k].copy_from_slice(fixed);
        if let Some((mean, pairs)) = families {
            for (i, m) in mean.iter().enumerate() {
                state[i] += m;
                for j in i..self.k {
                    let pair = pairs[i * self.k + j];
                    state[self.at(0, i, j)] = if i == j { m + pair } else { pair };
                    if self.parts > 1 {
                        state[self.at(2, i, j)] = pair;
                    }
                }
            }
        }
        if self.parts > 1 {
            for (i, &n) in fixed.iter().enumerate() {
                state[self.at(3, i, i)] = n;
            }
        }
        state
    }

    /// Place of an entry of a part in the state.
    fn at(&self, part: usize, i: usize, j: usize) -> usize {
        let (i, j) = if i <= j { (i, j) } else { (j, i) };
        self.k + part * self.pairs + i * self.k - i * (i + 1) / 2 + j
    }

    /// An entry and its error.
    fn covariance(&self, state: &[f64], i: usize, j: usize) -> (f64, f64) {
        let positive = state[self.at(0, i, j)];
        if self.parts == 1 {
            return (positive, PART * positive);
        }
        let negative = state[self.at(1, i, j)];
        let mean = if i == j { state[i] } else { 0.0 };
        let (made, squares) = (state[self.at(2, i, j)], state[self.at(3, i, j)]);
        let (direct, factorial) = (positive + negative, mean + made + squares);
        if direct <= factorial {
            (positive - negative, PART * direct)
        } else {
            (mean + made - squares, PART * factorial)
        }
    }
}

impl Equations for Pairs<'_> {
    fn load(&mut self, process: &Process, interval: usize) {
        self.network.load(process, interval);
    }

    fn cross(&mut self, stepper: &mut Stepper<'_>, state: &mut [f64], length: f64) -> Result<(), AnalyticError> {
        if length <= 0.0 {
            return Ok(());
        }
        if !self.network.is_decoupled() {
            return stepper.advance(self, state, length);
        }
        let n = &self.network;
        let growth: Vec<f64> = n.net.iter().map(|l| l * length).collect();
        for i in 0..self.k {
            let (mean, net) = (state[i], n.net[i]);
            // int_0^h e^{l s} e^{2 l (h - s)} ds = e^{l h} (e^{l h} - 1)/l
            let weight = growth[i].exp() * if net == 0.0 { length } else { growth[i].exp_m1() / net };
            for part in 0..self.parts {
                for j in i..self.k {
                    let at = self.at(part, i, j);
                    if state[at] > 0.0 {
                        state[at] *= (growth[i] + growth[j]).exp();
                    }
                }
                let source = [n.birth[i] + n.death[i], 0.0, 2.0 * n.birth[i], 0.0][part];
                if mean > 0.0 && source > 0.0 {
                    state[self.at(part, i, i)] += mean * source * weight;
                }
            }
            if mean > 0.0 {
                state[i] *= growth[i].exp();
            }
        }
        self.accepted(state)
    }

    fn thin(&self, state: &mut [f64], survival: &[f64]) {
        for i in 0..self.k {
            for part in 0..self.parts {
                for j in i..self.k {
                    state[self.at(part, i, j)] *= survival[i] * survival[j];
                }
            }
            state[self.at(0, i, i)] += survival[i] * (1.0 - survival[i]) * state[i];
            state[i] *= survival[i];
        }
    }

    fn record(&mut self, state: &[f64]) -> Result<(), AnalyticError> {
        let (k, (met, unmet)) = (self.k, self.given);
        let mean: Vec<f64> = state[..k].iter().map(|m| m / met).collect();
        let from = self.out.covariance.len();
        let mut errors = vec![0.0; k * k];
        for i in 0..k {
            for j in 0..k {
                let (value, error) = self.covariance(state, i, j);
                let shift = if unmet > 0.0 { unmet * mean[i] * mean[j] } else { 0.0 };
                self.out.covariance.push(value / met - shift);
                errors[i * k + j] = error / met + PART * shift;
            }
        }
        let matrix = &self.out.covariance[from..];
        let size: Vec<f64> = (0..k).map(|i| matrix[i * k + i].max(mean[i])).collect();
        for i in 0..k {
            for j in 0..k {
                let reached = errors[i * k + j] / (size[i] * size[j]).sqrt();
                if reached > ALLOWED {
                    return Err(AnalyticError::Accuracy { what: "a covariance", reached, allowed: ALLOWED });
                }
            }
        }
        self.out.mean.extend(mean);
        Ok(())
    }
}

impl System for Pairs<'_> {
    fn slope(&mut self, y: &[f64], dy: &mut [f64]) {
        dy.fill(0.0);
        let (n, k) = (&self.network, self.k);
        let (means, rest) = y.split_at(k);
        for i in 0..k {
            // The pairs of a type are a million multiplications where there are a thousand types.
            self.is_interrupted = self.is_interrupted || (k >= 64 && (self.poll)());
            if self.is_interrupted {
                return;
            }
            let leaving = n.mutation.sum[i] + n.switching.sum[i];
            let stay = n.net[i] - leaving;
            dy[i] += stay * means[i];
            for (j, rate) in n.mutation.row(i).chain(n.switching.row(i)) {
                dy[j] += rate * means[i];
            }
            // A cell of i grows into pairs with every l: (i, l) -> (i, l) and (j, l).
            for part in 0..self.parts {
                for l in 0..k {
                    let at = self.at(part, i, l);
                    let pair = rest[at - k];
                    if pair == 0.0 {
                        continue;
                    }
                    let twice = if i == l { 2.0 } else { 1.0 };
                    dy[at] += twice * stay * pair;
                    for (j, rate) in n.mutation.row(i).chain(n.switching.row(i)) {
                        dy[self.at(part, j, l)] += if j == l { 2.0 * rate * pair } else { rate * pair };
                    }
                }
            }
            if means[i] == 0.0 {
                continue;
            }
            let plain = (n.birth[i] - n.mutation.sum[i]).max(0.0);
            dy[self.at(0, i, i)] += (plain + n.death[i] + n.switching.sum[i]) * means[i];
            for (j, rate) in n.mutation.row(i).chain(n.switching.row(i)) {
                dy[self.at(0, j, j)] += rate * means[i];
            }
            if self.parts > 1 {
                for (j, rate) in n.switching.row(i) {
                    dy[self.at(1, i, j)] += rate * means[i];
                }
                dy[self.at(2, i, i)] += 2.0 * plain * means[i];
                for (j, rate) in n.mutation.row(i) {
                    dy[self.at(2, i, j)] += rate * means[i];
                }
            }
        }
    }

    fn room(&self, _: f64) -> f64 {
        f64::INFINITY
    }

    fn fastest(&self) -> f64 {
        2.0 * self.network.fastest
    }

    fn cost(&self) -> u64 {
        (self.parts * self.k) as u64 * self.network.cost()
    }

    fn is_interrupted(&self) -> bool {
        self.is_interrupted
    }

    fn accepted(&mut self, y: &mut [f64]) -> Result<(), AnalyticError> {
        if y.iter().all(|m| *m < 1e290) { Ok(()) } else { Err(AnalyticError::Overflow) }
    }

    fn settles(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests;
