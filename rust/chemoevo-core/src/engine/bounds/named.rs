//! A bound on the chance that the cells of some types reach a size, while any number of others are about.
//!
//! The counted types are a set `C`. Let `x_i(s) >= 0` be given for all types `i` and times `s` in `[0, t]`. Then
//! `V(s) = prod_i (1 + x_i(s))^{N_i(s)}` is a nonnegative supermartingale if for every type, at its true rates,
//!
//! `-x_i' >= b_i (1 + x_i) ((1 - sum_j u_ij) x_i + sum_j u_ij x_j) - d_i x_i + sum_j s_ij (x_j - x_i)`    (1)
//!
//! (the right side is the drift that divisions, deaths and switches of one cell give to `ln V`, times `1 + x_i`). If
//! moreover `x_i(s) >= w` for `i` in `C`, then `V >= (1 + w)^M` whenever `M` counted cells are there, and by Doob's
//! inequality `P(M are reached) <= prod_i (1 + x_i(0))^{n_i} / (1 + w)^M`, for any `w > 0`.
//!
//! *Counted types.* Let `B_i` be the largest division rate and `D_i` the smallest death rate of the counted descendants of
//! `i` (itself included) over the step, `l = B - min(B, D)` and `x_i(s) = w / (e^{-l (t-s)} - B g w)`, with
//! `g = (1 - e^{-l (t-s)}) / l`: the solution of `-x' = B x (1 + x) - min(B, D) x` with `x(t) = w`, which stays at or above
//! `w`. With `x_j <= x_i` for every child `j` of `i` the right side of (1) is at most `b_i x_i (1 + x_i) - d_i x_i`, and so
//! at most `-x_i'`. For counted children it holds since they have fewer descendants; for the others it is asked that
//! `x_j(0) <= w`.
//!
//! *The others.* Let `f_i` be the largest rate at which a cell of an uncounted descendant of `i` (itself included) founds
//! counted cells, `b'` and `d'` the largest division and smallest death rate of those descendants, `X_i` the `x(0)` of
//! a counted type with the rates `B_i`, `D_i`, which no counted descendant of `i` exceeds at any time. Then `y` with
//! `-y' = f X (1 + y) + b' y (1 + y) - d' y`, `y(t) = 0`, satisfies (1) as long as `y_j <= y_i` for uncounted children,
//! which have fewer descendants. It is not solved but bounded, by `y0 = f X expm1(L t) / L` with `L = b' - d'`: let
//! `e = (f X + 2 b' y0) t <= ln 2`. As long as `y <= 2 y0`, `-y' <= f X + (L + f X + 2 b' y0) y`, and so
//! `y <= f X expm1(k s) / k <= y0 e^e` with `k = L + e / t` and `s <= t`, which is at most `2 y0`: `y` never leaves it.
//!
//! The logarithm of the bound is summed as `sum_C n_i ln_excess_i(w) + sum_others n_i y_i - (M - N) log1p(w)`, where `N`
//! is the number of counted cells, in which nothing cancels.

use super::envelope::{Envelope, Gain, longest_accepted, trial_step};
use super::extrema::{RateBound, intervals_of};
use super::rates::NamedRates;
use crate::engine::span::Span;
use crate::process::Process;

/// One type over a step of `t` days.
#[derive(Clone, Copy, Debug)]
struct Term {
    n: f64,
    counted: bool,
    /// Whether the type is not counted and may descend from counted cells within the step.
    descends: bool,
    envelope: Envelope,
    /// `f`, `b'` and `expm1(L t) / L`.
    founding: f64,
    birth: f64,
    growth: f64,
}

/// Working memory: the rates over the time looked at, and the terms of the bound.
#[derive(Debug, Default)]
pub struct NamedBound {
    counted: Vec<RateBound>,
    others: Vec<RateBound>,
    founding: Vec<RateBound>,
    descends: Vec<bool>,
    terms: Vec<Term>,
}

impl NamedBound {
    /// Takes up the rates within a span.
    pub fn look(&mut self, rates: &NamedRates, process: &Process, span: Span) {
        let (first, last) = intervals_of(process, span);
        let types = rates.of.len();
        for (all, bounds) in [
            (&rates.counted, &mut self.counted),
            (&rates.others, &mut self.others),
            (&rates.founding, &mut self.founding),
        ] {
            bounds.resize(types, (0.0, 0.0));
            all.over(first, last, bounds);
        }
    }

    /// Which types may descend from counted cells, those founded within the step included: to be called when the state
    /// has changed.
    pub fn take_up(&mut self, rates: &NamedRates, state: &[u64]) {
        self.descends.clear();
        self.descends.resize(state.len(), false);
        for (after, _) in rates.uncounted_after.iter().zip(state).filter(|&(_, &n)| n > 0) {
            after.iter().for_each(|&j| self.descends[j] = true);
        }
    }

    /// Events of counted cells that may be expected per day, their foundings included.
    #[must_use]
    pub fn activity(&self, rates: &NamedRates, state: &[u64]) -> f64 {
        let each =
            |i: usize| if rates.of[i] { self.counted[i].0 + self.counted[i].1 } else { self.founding[i].0.max(0.0) };
        state.iter().enumerate().filter(|&(_, &n)| n > 0).map(|(i, &n)| n as f64 * each(i)).sum()
    }

    /// A step in days, at most `longest`, that the bound accepts; `left` counted cells are missing to the size.
    pub fn safe_step(&mut self, rates: &NamedRates, state: &[u64], left: f64, longest: f64) -> f64 {
        let (mut cells, mut growth, mut founded) = (0.0, 0.0, 0.0);
        for (i, &n) in state.iter().enumerate().filter(|&(_, &n)| n > 0) {
            if rates.of[i] {
                cells += n as f64;
                growth += n as f64 * (self.counted[i].0 - self.counted[i].1).max(0.0);
            } else {
                founded += n as f64 * self.founding[i].0.max(0.0);
            }
        }
        let mut step = longest.min(trial_step(left, growth + founded, self.activity(rates, state)));
        if growth > 0.0 {
            step = step.min(((cells + left) / cells).ln() * cells / growth);
        }
        longest_accepted(step, |step| self.is_safe(rates, state, left, step))
    }

    /// Whether the chance that the counted cells become `left` more at any time within `t` days is below `e^LN_CHANCE`.
    pub fn is_safe(&mut self, rates: &NamedRates, state: &[u64], left: f64, t: f64) -> bool {
        self.form_terms(rates, state, t);
        if self.terms.is_empty() {
            return true;
        }
        let (mut gain, mut variance, mut largest_w) = (0.0, 0.0, f64::INFINITY);
        for Term { n, counted, envelope, founding, growth, .. } in &self.terms {
            let &Envelope { decay, lost, b_g } = envelope;
            if *counted {
                gain += n * lost / decay;
                variance += n * (2.0 * b_g - lost) / (decay * decay);
            } else if *n > 0.0 {
                let founded = n * founding * growth / decay;
                gain += founded;
                variance += founded * (1.0 + 2.0 * b_g / decay);
            }
            largest_w = largest_w.min(decay / b_g);
        }
        Gain { mean: gain, variance, largest_w }.stays_below(left, |w| self.ln_bound(left, t, w))
    }

    /// The types that matter: with cells, or perhaps descending from counted cells, and with counted descendants.
    fn form_terms(&mut self, rates: &NamedRates, state: &[u64], t: f64) {
        self.terms.clear();
        for (i, &n) in state.iter().enumerate() {
            let (counted, bounds) = (rates.of[i], self.counted[i]);
            let descends = !counted && self.descends[i];
            // No counted descendant: no division rate bounds them.
            if bounds.0 < 0.0 || (n == 0 && !descends) || (!counted && self.founding[i].0 <= 0.0) {
                continue;
            }
            let l = self.others[i].0 - self.others[i].1;
            self.terms.push(Term {
                n: n as f64,
                counted,
                descends,
                envelope: Envelope::new(bounds, t),
                founding: self.founding[i].0,
                birth: self.others[i].0,
                growth: if l * t == 0.0 { t } else { (l * t).exp_m1() / l },
            });
        }
    }

    /// The logarithm of the bound at `w`; infinite where it does not hold.
    fn ln_bound(&self, left: f64, t: f64, w: f64) -> f64 {
        let mut sum = -left * w.ln_1p();
        for term in &self.terms {
            sum += if term.counted {
                term.n * term.envelope.ln_excess(w)
            } else {
                let y = term.y(t, w);
                if term.descends && y > w { f64::INFINITY } else { term.n * y }
            };
        }
        sum
    }
}

impl Term {
    /// `y(0)` of a type that is not counted; infinite where the bound does not hold.
    fn y(&self, t: f64, w: f64) -> f64 {
        let x = w / (self.envelope.decay - self.envelope.b_g * w);
        let y0 = self.founding * x * self.growth;
        let e = (self.founding * x + 2.0 * self.birth * y0) * t;
        if e <= std::f64::consts::LN_2 { y0 * e.exp() } else { f64::INFINITY }
    }
}

#[cfg(test)]
mod tests;
