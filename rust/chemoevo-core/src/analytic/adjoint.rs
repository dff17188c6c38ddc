//! One step of the adjoint of the backward equations, and the integrals over it that are the derivatives.
//!
//! With `L` the logarithm of a probability of absence, `f` the right-hand side of the equations for `G` and
//! `A_i(t) = -dL/dG_i(t) >= 0`,
//!
//! ```text
//! dA_j/dt = a_j A_j + sum_i u_ij y_i A_i + sum_i s_ij A_i,     dL/dtheta = - int sum_i A_i df_i/dtheta dt
//! y_i = b_i F_i,   a_i = b_i (F_i - G_i) - d_i - b_i (M_i + F_i sum_j u_ij) - sum_j s_ij,   M_i = sum_j u_ij (G_j - G_i)
//! ```
//!
//! forward in time. The system is linear with nonnegative coupling, so nothing cancels. Over a step `G` is a polynomial
//! (see `taylor`), hence `A` has its series by the same recursion; the integrals are taken by Gauss's rule of eight nodes.

use super::coupling::{Coupling, FIRST, framed};
use super::taylor::Taylor;
use crate::process::Process;

/// Highest order of the adjoint's series, beyond that of the polynomials.
const HIGHEST: usize = 24;
/// Last term of the series against its sum.
const TOLERANCE: f64 = 1e-14;
/// Nodes and weights of Gauss's rule on `[-1, 1]`, each for both signs.
const GAUSS: [(f64, f64); 4] = [
    (0.183_434_642_495_649_8, 0.362_683_783_378_362),
    (0.525_532_409_916_329, 0.313_706_645_877_887_3),
    (0.796_666_477_413_626_7, 0.222_381_034_453_374_5),
    (0.960_289_856_497_536_3, 0.101_228_536_290_376_3),
];

/// Derivatives with respect to the rates of one interval; sums over the steps in it.
pub(super) struct Integrals<'a> {
    pub(super) birth: &'a mut [f64],
    pub(super) death: &'a mut [f64],
    /// One number an entry of the tables, row by row.
    pub(super) mutation: &'a mut [f64],
    pub(super) switching: &'a mut [f64],
}

/// Work space; all arrays order by order, types next to each other.
pub(super) struct Adjoint {
    types: usize,
    highest: usize,
    value: Vec<f64>,
    diagonal: Vec<f64>,
    coupling: Vec<f64>,
    series: Vec<f64>,
    /// In a frame; see `coupling`.
    presence: Vec<f64>,
    absence: Vec<f64>,
    out: Vec<f64>,
    weighted: Vec<f64>,
}

impl Adjoint {
    /// For series of at most so many orders.
    pub(super) fn new(types: usize, orders: usize) -> Self {
        let rows = |n: usize| vec![0.0; types * n];
        Self {
            types,
            highest: orders + HIGHEST,
            value: rows(orders + 1),
            diagonal: rows(orders + 1),
            coupling: rows(orders + 1),
            series: rows(orders + HIGHEST + 1),
            presence: framed(types),
            absence: rows(1),
            out: rows(1),
            weighted: rows(1),
        }
    }

    /// Carries `adjoint` over the step whose series `taylor` holds, and adds to the integrals. False where its series does not end.
    pub(super) fn cross(
        &mut self,
        (process, interval): (&Process, usize),
        (taylor, order, h): (&Taylor, usize, f64),
        is_absence: &[bool],
        adjoint: &mut [f64],
        integrals: &mut Integrals,
    ) -> bool {
        self.recenter(taylor, order);
        self.coefficients(process, interval, taylor, order, is_absence);
        let Some(highest) = self.solve(taylor, order, h, adjoint) else { return false };
        for (node, weight) in GAUSS.iter().flat_map(|&(x, w)| [(x, w), (-x, w)]) {
            let at = 0.5 * (1.0 + node);
            self.integrate((process, interval), (order, highest), at, 0.5 * weight * h, is_absence, integrals);
        }
        true
    }

    /// The polynomial in the time from the early end of the step, as a part of it: `w(1 - x)`.
    fn recenter(&mut self, taylor: &Taylor, order: usize) {
        let k = self.types;
        for (n, row) in self.value.chunks_exact_mut(k).enumerate().take(order + 1) {
            taylor.term(n, row);
        }
        for lowest in 0..order {
            for n in (lowest..order).rev() {
                let (low, high) = self.value.split_at_mut((n + 1) * k);
                low[n * k..].iter_mut().zip(&high[..k]).for_each(|(a, b)| *a += b);
            }
        }
        self.value.chunks_exact_mut(k).take(order + 1).skip(1).step_by(2).flatten().for_each(|v| *v = -*v);
    }

    /// `a` and `y` as polynomials.
    fn coefficients(&mut self, process: &Process, interval: usize, taylor: &Taylor, order: usize, is_absence: &[bool]) {
        let k = self.types;
        let (mutation, _) = taylor.tables();
        for n in 0..=order {
            for i in 0..k {
                let (v, other) = (self.value[n * k + i], f64::from(n == 0) - self.value[n * k + i]);
                (self.presence[FIRST + i], self.absence[i]) = if is_absence[i] { (other, v) } else { (v, other) };
            }
            mutation.apply(&self.presence, &mut self.out);
            for i in 0..k {
                let (b, d) = (process.birth(interval, i), process.death(interval, i));
                let (u, s) = (process.mutation().row_sum(interval, i), process.switching().row_sum(interval, i));
                let (g, f) = (self.presence[FIRST + i], self.absence[i]);
                let constant = if n == 0 { d + s } else { 0.0 };
                self.diagonal[n * k + i] = b * (f - g) - constant - b * (self.out[i] - u * g + f * u);
                self.coupling[n * k + i] = b * f;
            }
        }
    }

    /// The series of the adjoint; `adjoint` becomes its sum. Returns its order.
    fn solve(&mut self, taylor: &Taylor, order: usize, h: f64, adjoint: &mut [f64]) -> Option<usize> {
        let k = self.types;
        let (mutation, switching) = taylor.tables();
        self.series[..k].copy_from_slice(adjoint);
        let mut zeros = adjoint.iter().filter(|a| **a == 0.0).count();
        let mut was_small = false;
        for n in 0..self.highest {
            let (known, next) = self.series.split_at_mut((n + 1) * k);
            let next = &mut next[..k];
            next.fill(0.0);
            self.weighted.fill(0.0);
            for m in 0..=n.min(order) {
                let past = &known[(n - m) * k..][..k];
                let (a, y) = (&self.diagonal[m * k..][..k], &self.coupling[m * k..][..k]);
                for i in 0..k {
                    next[i] += a[i] * past[i];
                    self.weighted[i] += y[i] * past[i];
                }
            }
            add_transposed(mutation, &self.weighted, &mut self.out, next);
            add_transposed(switching, &known[n * k..], &mut self.out, next);
            let step = h / (n + 1) as f64;
            let mut is_small = true;
            for (term, sum) in next.iter_mut().zip(&mut *adjoint) {
                *term *= step;
                *sum += *term;
                is_small &= term.abs() <= TOLERANCE * sum.abs();
            }
            let now = adjoint.iter().filter(|a| **a == 0.0).count();
            if is_small && was_small && now == zeros {
                return Some(n + 1);
            }
            (was_small, zeros) = (is_small, now);
        }
        None
    }

    /// One node of the rule, at a part `at` of the step.
    fn integrate(
        &mut self,
        (process, interval): (&Process, usize),
        (order, highest): (usize, usize),
        at: f64,
        weight: f64,
        is_absence: &[bool],
        integrals: &mut Integrals,
    ) {
        let k = self.types;
        let evaluate = |rows: &[f64], highest: usize, out: &mut [f64]| {
            out.fill(0.0);
            for row in rows.chunks_exact(k).take(highest + 1).rev() {
                out.iter_mut().zip(row).for_each(|(o, r)| *o = *o * at + r);
            }
        };
        evaluate(&self.value, order, &mut self.out);
        evaluate(&self.series, highest, &mut self.weighted);
        for (i, &v) in self.out.iter().enumerate() {
            (self.presence[FIRST + i], self.absence[i]) = if is_absence[i] { (1.0 - v, v) } else { (v, 1.0 - v) };
        }
        let (g, f) = (&self.presence[FIRST..], &self.absence);
        // G_j - G_i, from the smaller ones of both pairs.
        let ahead = |i: usize, j: usize| if is_absence[i] { f[i] - f[j] } else { g[j] - g[i] };
        let (mut mutation, mut switching) = (integrals.mutation.iter_mut(), integrals.switching.iter_mut());
        for i in 0..k {
            let w = weight * self.weighted[i];
            let by = w * process.birth(interval, i) * f[i];
            let mut mutants = 0.0;
            for ((j, u), out) in process.mutation().row(interval, i).zip(&mut mutation) {
                mutants += u * ahead(i, j);
                *out -= by * ahead(i, j);
            }
            for ((j, _), out) in process.switching().row(interval, i).zip(&mut switching) {
                *out -= w * ahead(i, j);
            }
            integrals.birth[i] -= w * f[i] * (g[i] + mutants);
            integrals.death[i] += w * g[i];
        }
    }
}

fn add_transposed(table: &Coupling, x: &[f64], scratch: &mut [f64], out: &mut [f64]) {
    if !table.is_empty() {
        table.apply_transposed(x, scratch);
        out.iter_mut().zip(scratch).for_each(|(o, s)| *o += *s);
    }
}
