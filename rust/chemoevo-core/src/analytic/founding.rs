//! Derivatives of sums over founding times, `E = sum_k sum_j w_kj G_j(s_k)`, under constant rates.
//!
//! With `G_j(s)` the probability that a lineage of type `j`, founded a time `s` before detection, leaves a cell of those
//! asked for, and weights `w` that hold the rates of founding, `E` is the expected number of such lineages in a tumor
//! found at a size (Iwasa, Nowak & Michor 2006, Genetics 172:2557). Its adjoint is that of `sensitivity` with a source:
//! `A = dE/dG` starts at 0 before the earliest founding time, and every time adds its weights. At detection `A` is the
//! derivative by `G(0)`; the integrals on the way are those by the rates. All terms of `A` are nonnegative.

use super::sensitivity::{Sensitivity, Sweep};
use super::{AnalyticError, TwoSided};
use crate::process::Process;

/// A sum over founding times and its derivatives.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundingGradient {
    /// `G_j(s_k)`: (times, types).
    pub presence: Vec<f64>,
    /// By `G_j(0)`: (types,).
    pub end: Vec<f64>,
    /// By total division rate, mutation probabilities fixed: (types,).
    pub birth: Vec<f64>,
    /// By death rate: (types,).
    pub death: Vec<f64>,
    /// By mutation probability: one per entry of the table.
    pub mutation: Vec<f64>,
    /// By switching rate: one per entry of the table.
    pub switching: Vec<f64>,
}

/// The derivatives, for founding `times` that increase from at least 0 and `weights` (times, types).
///
/// # Errors
/// [`AnalyticError`] where the process has competition, an argument is wrong, or too many steps are needed. Pulses and
/// changes of rates are left out of account: the rates are those of the first interval.
pub fn founding_gradient(
    process: &Process,
    end: &TwoSided,
    times: &[f64],
    weights: &[f64],
    poll: &dyn Fn() -> bool,
) -> Result<FoundingGradient, AnalyticError> {
    let k = process.types();
    if process.competition().is_some() {
        return Err(AnalyticError::Competition);
    }
    for (field, got, expected) in [("end", end.len(), k), ("weights", weights.len(), k * times.len())] {
        if got != expected {
            return Err(AnalyticError::Length { field, got, expected });
        }
    }
    if let Some(&value) = weights.iter().find(|w| !(w.is_finite() && **w >= 0.0)) {
        return Err(AnalyticError::Range { field: "weights", value });
    }
    let mut sweep = Sweep::new(process, end.clone(), poll);
    let (mut before, mut presence, mut marks) = (0.0, Vec::with_capacity(weights.len()), Vec::new());
    for &time in times {
        if !(time.is_finite() && time >= before) {
            return Err(AnalyticError::Range { field: "times", value: time });
        }
        sweep.cross(0, time - before)?;
        presence.extend((0..k).map(|i| sweep.state().presence(i)));
        marks.push(sweep.marks());
        before = time;
    }
    let (mut adjoint, mut next) = (vec![0.0; k], sweep.marks());
    let mut out = Sensitivity::zeros(process, f64::INFINITY);
    for (row, &mark) in weights.chunks_exact(k).zip(&marks).rev() {
        while next > mark {
            next -= 1;
            sweep.step(next, &mut adjoint, &mut out)?;
        }
        adjoint.iter_mut().zip(row).for_each(|(a, w)| *a += w);
    }
    while next > 0 {
        next -= 1;
        sweep.step(next, &mut adjoint, &mut out)?;
    }
    // The integrals are those of a logarithm of absence, L = -E.
    let negated = |by: Vec<f64>, length: usize| by[..length].iter().map(|x| 0.0 - x).collect();
    Ok(FoundingGradient {
        presence,
        end: adjoint,
        birth: negated(out.birth, k),
        death: negated(out.death, k),
        mutation: negated(out.mutation, process.mutation().len()),
        switching: negated(out.switching, process.switching().len()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::SparseRates;

    fn one(b: f64, d: f64) -> Process {
        Process::new(1, vec![], vec![b], vec![d], SparseRates::none(1), SparseRates::none(1), vec![]).unwrap()
    }

    fn close(got: f64, want: f64) {
        assert!((got / want - 1.0).abs() < 1e-11, "{got:e} {want:e}");
    }

    /// `G(s) = g/((1 - q) e^{-rs} + q)` with `q = b g/r`, Kendall's formula.
    #[test]
    fn one_type_in_closed_form() {
        let (b, d, g) = (0.3, 0.2, 1e-3);
        let (times, weights) = ([0.0, 0.7, 12.0, 60.0], [2.0, 1.0, 0.5, 3.0]);
        let at = |b: f64, d: f64, g: f64, s: f64| {
            let (r, grown) = (b - d, f64::exp((b - d) * s));
            g * grown / (1.0 + b * g * (grown - 1.0) / r)
        };
        let sum = |b: f64, d: f64, g: f64| -> f64 { times.iter().zip(weights).map(|(&s, w)| w * at(b, d, g, s)).sum() };
        let end = TwoSided::new(&[g], &[1.0 - g]).unwrap();
        let got = founding_gradient(&one(b, d), &end, &times, &weights, &|| false).unwrap();
        for (found, &s) in got.presence.iter().zip(&times) {
            close(*found, at(b, d, g, s));
        }
        // Of sixth order, in steps of a thousandth.
        let slope = |f: &dyn Fn(f64) -> f64, x: f64| {
            let h = 1e-3 * x;
            let odd = |k: f64| f(x + k * h) - f(x - k * h);
            (0.75 * odd(1.0) - 0.15 * odd(2.0) + odd(3.0) / 60.0) / h
        };
        for (found, want) in [
            (got.end[0], slope(&|x| sum(b, d, x), g)),
            (got.birth[0], slope(&|x| sum(x, d, g), b)),
            (got.death[0], slope(&|x| sum(b, x, g), d)),
        ] {
            assert!((found / want - 1.0).abs() < 1e-10, "{found:e} {want:e}");
        }
        // A founding time left out (a bug to be seen) changes them.
        let less = founding_gradient(&one(b, d), &end, &times[..3], &weights[..3], &|| false).unwrap();
        assert!((less.death[0] / got.death[0] - 1.0).abs() > 0.1);
    }

    #[test]
    fn wrong_arguments_are_refused() {
        let (p, end) = (one(0.3, 0.2), TwoSided::new(&[0.1], &[0.9]).unwrap());
        let ask = |times: &[f64], weights: &[f64]| founding_gradient(&p, &end, times, weights, &|| false);
        assert!(matches!(ask(&[1.0, 0.5], &[1.0, 1.0]), Err(AnalyticError::Range { field: "times", .. })));
        assert!(matches!(ask(&[1.0], &[-1.0]), Err(AnalyticError::Range { field: "weights", .. })));
        assert!(matches!(ask(&[1.0], &[1.0, 1.0]), Err(AnalyticError::Length { field: "weights", .. })));
        let two = TwoSided::indicator(&[true, false]);
        assert!(matches!(
            founding_gradient(&p, &two, &[1.0], &[1.0], &|| false),
            Err(AnalyticError::Length { field: "end", .. })
        ));
    }
}
