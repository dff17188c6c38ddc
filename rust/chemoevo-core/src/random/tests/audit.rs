//! Whole laws of the samplers, compared with distribution functions computed in other ways.
//!
//! The checks of a law, each with a false-alarm probability of 1e-6 (and fixed seeds): Kolmogorov and Smirnov's distance
//! against the bound of Dvoretzky, Kiefer and Wolfowitz with Massart's constant, which holds for every sample size and
//! also for discrete laws; Pearson's chi-square over some 60 cells; mean, variance and skewness, where their estimates are
//! close to normal. That they notice errors is shown on samplers with planted bugs.

use crate::random::tests::law::Law;
use crate::random::{Stream, stream};

/// P(|Z| > 4.892) = 1e-6.
const Z: f64 = 4.892;

/// Upper quantile of chi-square at 1e-6, by bisection; `df` is even, so that the tail is a sum of Poisson masses.
fn chi_square_bound(df: usize) -> f64 {
    let tail = |x: f64| {
        let (mut term, mut sum) = ((-0.5 * x).exp(), 0.0);
        for j in 0..df / 2 {
            sum += term;
            term *= 0.5 * x / (j + 1) as f64;
        }
        sum
    };
    let (mut low, mut high) = (0.0, 1000.0);
    while high - low > 1e-6 {
        let middle = 0.5 * (low + high);
        if tail(middle) > 1e-6 { low = middle } else { high = middle }
    }
    high
}

/// Draws from a sampler and compares with a law; the failed checks, if any.
pub(super) fn audit(
    law: &Law,
    draws: usize,
    seed: u64,
    mut draw: impl FnMut(&mut Stream) -> f64,
) -> Result<(), String> {
    let mut rng = stream(&[7; 32], seed);
    let mut sample: Vec<f64> = (0..draws).map(|_| draw(&mut rng)).collect();
    sample.sort_unstable_by(f64::total_cmp);
    let count = draws as f64;
    let mut failures = Vec::new();

    // Values with their cumulative probability before and at each.
    let mut distance = 0.0_f64;
    let mut cells: Vec<(f64, f64)> = Vec::new();
    let (mut cell_mass, mut cell_count, mut done) = (0.0, 0.0, 0.0);
    let step = if law.sd > 1e7 { law.sd * 1e-9 } else { 0.0 };
    let mut i = 0;
    while i < draws {
        let x = sample[i];
        let mut j = i + 1;
        while j < draws && sample[j] <= x + step {
            j += 1;
        }
        let at = (law.cdf)(x);
        let before = if law.discrete { (law.cdf)(x - 1.0) } else { at };
        distance = distance.max(j as f64 / count - at).max(before - i as f64 / count);
        cell_count += (j - i) as f64;
        cell_mass += at - done;
        done = at;
        if cell_mass > 1.0 / 60.0 && (1.0 - done) * count > 50.0 {
            cells.push((cell_count, cell_mass * count));
            (cell_count, cell_mass) = (0.0, 0.0);
        }
        i = j;
    }
    cells.push((cell_count, (cell_mass + 1.0 - done) * count));

    let bound = ((2e6_f64).ln() / (2.0 * count)).sqrt();
    if distance > bound {
        failures.push(format!("distance {distance:.2e} > {bound:.2e}"));
    }
    // An odd number of degrees of freedom is bounded as the next even one.
    if cells.len() > 1 && cells.iter().all(|c| c.1 > 20.0) {
        let chi_square: f64 = cells.iter().map(|(o, e)| (o - e) * (o - e) / e).sum();
        let limit = chi_square_bound(cells.len() / 2 * 2);
        if chi_square > limit {
            failures.push(format!("chi-square {chi_square:.1} > {limit:.1}"));
        }
    }
    // Where the sums are close to normal.
    let standardized = || sample.iter().map(|x| (x - law.mean) / law.sd);
    if law.skewness.abs() / count.sqrt() < 0.005 {
        let z = standardized().sum::<f64>() / count.sqrt();
        if z.abs() > Z {
            failures.push(format!("mean off by {z:.1} standard errors"));
        }
    }
    if law.kurtosis < 2.0 {
        let z = standardized().map(|z| z * z - 1.0).sum::<f64>() / ((2.0 + law.kurtosis) * count).sqrt();
        if z.abs() > Z {
            failures.push(format!("variance off by {z:.1} standard errors"));
        }
    }
    if law.skewness.abs() < 0.1 && law.kurtosis.abs() < 0.1 {
        // The third Hermite polynomial has variance 6 under a normal law.
        let z = standardized().map(|z| z * (z * z - 3.0) - law.skewness).sum::<f64>() / (6.0 * count).sqrt();
        if z.abs() > Z {
            failures.push(format!("skewness off by {z:.1} standard errors"));
        }
    }
    if failures.is_empty() { Ok(()) } else { Err(format!("{}: {}", law.name, failures.join(", "))) }
}
