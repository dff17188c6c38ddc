//! Samplers with planted bugs, each of which the comparison of laws must notice with the number of draws it uses.

use super::audit::audit;
use super::law::{binomial_law, gamma_law, negative_binomial_law, poisson_law};
use super::laws::DRAWS;
use crate::random::*;

fn assert_caught(name: &str, result: Result<(), String>) {
    assert!(result.is_err(), "{name} was not noticed");
}

#[test]
fn parameters_slightly_off_are_noticed() {
    let case = |name, law, f: &mut dyn FnMut(&mut Stream) -> f64| assert_caught(name, audit(&law, DRAWS, 9, f));
    case("p off by 0.1 %", binomial_law(1000, 0.3), &mut |r| binomial(r, 1000, 0.3 * 1.001) as f64);
    case("p off by 3 %", binomial_law(50, 0.3), &mut |r| binomial(r, 50, 0.3 * 1.03) as f64);
    case("p off by 10 %", binomial_law(1, 0.1), &mut |r| binomial(r, 1, 0.11) as f64);
    case("n off by one", binomial_law(20, 0.2), &mut |r| binomial(r, 21, 0.2) as f64);
    case("p near 1 not complemented", binomial_law(100, 0.9), &mut |r| binomial(r, 100, 0.1) as f64);
    let n = 1_000_000_000_000_000;
    let shift = 0.02 * (0.25 * n as f64).sqrt();
    case("shift of 0.02 sd", binomial_law(n, 0.5), &mut |r| binomial(r, n, 0.5) as f64 + shift);
    case("Poisson for binomial", binomial_law(1000, 0.05), &mut |r| poisson(r, 50.0) as f64);
    case("mean off by 3 %", poisson_law(3.3), &mut |r| poisson(r, 3.3 * 1.03) as f64);
    case("shift of 0.02 sd", poisson_law(1e15), &mut |r| poisson(r, 1e15 + 0.02 * 1e15_f64.sqrt()) as f64);
    case("normal for Poisson", poisson_law(99.9), &mut |r| (99.9 + 99.9_f64.sqrt() * standard_normal(r)).round());
    case("shape off by a third", gamma_law(100.0, 363.73937555556347), &mut |r| gamma(r, 100.0 + 1.0 / 3.0));
    case("normal for gamma", gamma_law(1e3, 5912.128178488163), &mut |r| 1e3 + 1e3_f64.sqrt() * standard_normal(r));
    case("k + 1 for k", negative_binomial_law(100, 1.7), &mut |r| negative_binomial(r, 101, 1.7) as f64);
    case("successes counted", negative_binomial_law(5, 0.2), &mut |r| (negative_binomial(r, 5, 0.2) + 5) as f64);
    case("odds for probability", negative_binomial_law(10, 0.2), &mut |r| negative_binomial(r, 10, 0.2 / 0.8) as f64);
    case("no overdispersion", negative_binomial_law(1_000_000, 0.1), &mut |r| poisson(r, 1e5) as f64);
}

/// `ln k!` to full relative accuracy, which is not enough: at 10^15 its last digit is worth 4.
fn ln_factorial(k: f64) -> f64 {
    (k + 0.5) * k.ln() - k + 0.5 * std::f64::consts::TAU.ln() + 1.0 / (12.0 * k)
}

/// Algorithm PTRS with the acceptance test as printed.
fn naive_poisson(rng: &mut Stream, mean: f64) -> f64 {
    let b = 0.931 + 2.53 * mean.sqrt();
    let a = -0.059 + 0.02483 * b;
    let inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
    loop {
        let (u, v) = (uniform_open(rng) - 0.5, uniform_open(rng));
        let us = 0.5 - u.abs();
        let k = ((2.0 * a / us + b) * u + mean + 0.43).floor();
        if us >= 0.07 && v <= 0.9277 - 3.6224 / (b - 2.0) {
            return k;
        }
        if k >= 1.0
            && (us >= 0.013 || v <= us)
            && (v * inverse_alpha / (a / (us * us) + b)).ln() <= k * mean.ln() - mean - ln_factorial(k)
        {
            return k;
        }
    }
}

/// Marsaglia and Tsang's method with the bracket of the acceptance test multiplied out.
fn naive_gamma(rng: &mut Stream, shape: f64) -> f64 {
    let d = shape - 1.0 / 3.0;
    loop {
        let x = standard_normal(rng);
        let v = (1.0 + x / (9.0 * d).sqrt()).powi(3);
        let u = uniform_open(rng);
        if u < 1.0 - 0.0331 * x.powi(4) || u.ln() < 0.5 * x * x + d - d * v + d * v.ln() {
            return d * v;
        }
    }
}

#[test]
fn cancellation_is_noticed() {
    // The same samplers pass where nothing cancels.
    audit(&poisson_law(1e6), DRAWS, 9, |r| naive_poisson(r, 1e6)).unwrap();
    assert_caught("differences of ln-gamma", audit(&poisson_law(1e15), DRAWS, 9, |r| naive_poisson(r, 1e15)));
    audit(&gamma_law(1e6, 0.0), DRAWS, 9, |r| naive_gamma(r, 1e6)).unwrap();
    assert_caught("d - d v + d ln v", audit(&gamma_law(1e18, 0.0), DRAWS, 9, |r| naive_gamma(r, 1e18)));
}
