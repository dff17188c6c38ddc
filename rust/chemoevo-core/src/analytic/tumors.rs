//! Moments in tumors that grew from one cell: for a time, or to a size.
//!
//! **For a time.** From one cell, through growth and what follows, the counts X have moments m and V. X = 0 where the tumor
//! died out in growth, so with A the probability that it did not, given that,
//!
//! ```text
//! E[X] = m / A,   Cov[X] = V / A - (1 - A) m m' / A^2
//! ```
//!
//! **To a size.** The composition is a fixed number of cells and, independent of it, a Poisson number of families. A family
//! with means x has second moments E[X X'], and a Poisson process of them has the covariance `diag(mean) + pairs`, where
//! `pairs` adds up `E[X X'] - diag(x)` >= 0 of all families (N. R. Campbell 1909; J. F. C. Kingman, Poisson Processes,
//! Oxford 1993, section 3.2). In the terms of `moments`: P(0) is that sum, P'(0) the pairs, and N'(0) the fixed cells.

use super::AnalyticError;
use super::moments::{Moments, Pairs};
use super::walk::{check, walk};
use crate::process::Process;

/// Moments at increasing times (days) after growth for `days` from one cell of the first type, given that some cell was
/// there at the end of growth; `there` holds the probability of that, and of its opposite.
///
/// # Errors
/// As for [`moments`](super::moments()).
pub fn moments_of_survivors(
    growth: &Process,
    days: f64,
    there: (f64, f64),
    process: &Process,
    times: &[f64],
    poll: &dyn Fn() -> bool,
) -> Result<Moments, AnalyticError> {
    let k = process.types();
    if growth.types() != k {
        return Err(AnalyticError::Length { field: "growth", got: growth.types(), expected: k });
    }
    if growth.competition().is_some() || process.competition().is_some() {
        return Err(AnalyticError::Competition);
    }
    if !(1e-290..=1.0).contains(&there.0) || !(0.0..=1.0).contains(&there.1) {
        return Err(AnalyticError::Range { field: "there", value: there.0 });
    }
    let mut one = vec![0.0; k];
    one[0] = 1.0;
    check(growth, &one, &[days])?;
    check(process, &one, times)?;
    let mut system = Pairs::new(k, !(growth.switching().is_empty() && process.switching().is_empty()), poll);
    system.given = there;
    let mut state = system.start(&one, None);
    walk(&mut system, growth, &mut state, &[days], poll)?;
    system.out = Moments::default();
    walk(&mut system, process, &mut state, times, poll)?;
    Ok(system.out)
}

/// Moments at increasing times (days) from `fixed` cells and a Poisson number of families, of which all together have the
/// means `mean` and the sums of `E[X_i X_j] - [i = j] E[X_i]` in `pairs`, of shape (types, types), symmetric.
///
/// # Errors
/// As for [`moments`](super::moments()).
pub fn moments_of_families(
    process: &Process,
    fixed: &[f64],
    mean: &[f64],
    pairs: &[f64],
    times: &[f64],
    poll: &dyn Fn() -> bool,
) -> Result<Moments, AnalyticError> {
    let k = process.types();
    if process.competition().is_some() {
        return Err(AnalyticError::Competition);
    }
    check(process, fixed, times)?;
    check(process, mean, times)?;
    if pairs.len() != k * k {
        return Err(AnalyticError::Length { field: "pairs", got: pairs.len(), expected: k * k });
    }
    if let Some(&value) = pairs.iter().find(|n| !(n.is_finite() && **n >= 0.0)) {
        return Err(AnalyticError::Range { field: "pairs", value });
    }
    let mut system = Pairs::new(k, !process.switching().is_empty(), poll);
    let mut state = system.start(fixed, Some((mean, pairs)));
    walk(&mut system, process, &mut state, times, poll)?;
    Ok(system.out)
}

#[cfg(test)]
mod tests {
    use super::super::{Backward, TwoSided, moments};
    use super::*;
    use crate::process::SparseRates;

    fn close(got: f64, want: f64, tolerance: f64) {
        assert!((got - want).abs() <= tolerance * want.abs(), "{got:e} {want:e}");
    }

    fn single(b: f64, d: f64) -> Process {
        Process::new(1, vec![], vec![b], vec![d], SparseRates::none(1), SparseRates::none(1), vec![]).unwrap()
    }

    fn there(process: &Process, days: f64) -> (f64, f64) {
        let end = TwoSided::indicator(&vec![true; process.types()]);
        let at = Backward::new(process, &|| false).solve(&end, &[days]).unwrap().remove(0);
        (at.presence(0), at.absence(0))
    }

    #[test]
    fn survivors_of_one_type_are_geometric() {
        for (b, d, days) in [(0.3, 0.1, 30.0), (0.2, 0.2, 100.0), (0.1, 0.4, 200.0), (0.3, 0.1, 1e-6)] {
            let growth = single(b, d);
            let m = moments_of_survivors(&growth, days, there(&growth, days), &growth, &[0.0], &|| false).unwrap();
            let (l, a) = (b - d, there(&growth, days).0);
            let mean = (l * days).exp() / a;
            close(m.mean[0], mean, 1e-12);
            // The mean less one, without a difference: e^{lt} = A (1 + b (e^{lt} - 1)/l).
            let more = b * if l == 0.0 { days } else { (l * days).exp_m1() / l };
            close(m.covariance[0], mean * more, 1e-6 * 1f64.max(1.0 / more));
        }
    }

    #[test]
    fn families_of_one_cell_are_poisson() {
        let process = single(0.3, 0.1);
        let (n, t) = (7.0, 5.0);
        let got = moments_of_families(&process, &[2.0], &[n], &[0.0], &[0.0, t], &|| false).unwrap();
        close(got.covariance[0], n, 1e-15);
        let alone = moments(&process, &[1.0], &[t], &|| false).unwrap();
        close(got.mean[1], (2.0 + n) * alone.mean[0], 1e-13);
        close(got.covariance[1], (2.0 + n) * alone.covariance[0] + n * alone.mean[0].powi(2), 1e-13);
    }

    #[test]
    fn wrong_arguments_are_said() {
        let p = single(0.3, 0.1);
        let none = || SparseRates::none(2);
        let two = Process::new(2, vec![], vec![0.1; 2], vec![0.1; 2], none(), none(), vec![]).unwrap();
        let stop = || false;
        assert!(moments_of_survivors(&two, 1.0, (0.5, 0.5), &p, &[1.0], &stop).is_err());
        assert!(moments_of_survivors(&p, 1.0, (0.0, 1.0), &p, &[1.0], &stop).is_err());
        assert!(moments_of_survivors(&p, f64::NAN, (0.5, 0.5), &p, &[1.0], &stop).is_err());
        assert!(moments_of_survivors(&p, 1.0, (0.5, 0.5), &p, &[-1.0], &stop).is_err());
        assert!(moments_of_families(&p, &[1.0], &[1.0], &[], &[1.0], &stop).is_err());
        assert!(moments_of_families(&p, &[1.0], &[1.0], &[-1.0], &[1.0], &stop).is_err());
        assert!(moments_of_families(&p, &[-1.0], &[1.0], &[1.0], &[1.0], &stop).is_err());
        assert!(moments_of_families(&p, &[1.0], &[f64::NAN], &[1.0], &[1.0], &stop).is_err());
    }
}
