//! Poisson variates: inversion for small means, Hormann's transformed rejection for the others.
//!
//! The rejection is algorithm PTRS of Hormann (1993). Its acceptance test needs `ln f(k)` to an absolute error far below
//! one, which `k ln(mean) - mean - ln k!` does not give at a mean of 10^12. Loader's form has no such difference:
//! `ln f(k) = -stirlerr(k) - bd0(k, mean) - ln(2 pi k)/2`, where `k - mean` is carried apart, exactly.
//!
//! References: Hormann (1993), The transformed rejection method for generating Poisson random variables, Insurance:
//! Mathematics and Economics 12:39-45, doi:10.1016/0167-6687(93)90997-4. Loader (2000), Fast and accurate computation of
//! binomial probabilities.

use std::f64::consts::TAU;

use rand::Rng;

use super::special::{bd0, stirlerr};
use super::uniform::{uniform_fine, uniform_open};

/// Mean from which the transformed rejection is valid, and faster.
const REJECTION_FROM: f64 = 10.0;

/// Probabilities below this end an inversion: rounding of the sum is larger.
pub(super) const NEGLIGIBLE: f64 = 1e-20;

/// Draws from the Poisson law of a mean.
///
/// A mean of 0 or below, or NaN, gives 0. Values that do not fit are `u64::MAX`, and so is an infinite mean.
#[inline]
pub fn poisson<R: Rng + ?Sized>(rng: &mut R, mean: f64) -> u64 {
    if mean < REJECTION_FROM {
        if mean > 0.0 { inversion(rng, mean) } else { 0 }
    } else if mean.is_nan() {
        0
    } else {
        rejection(rng, mean)
    }
}

/// Walks down from `P(X > 0)`, so that rare events keep their digits.
#[inline]
fn inversion<R: Rng + ?Sized>(rng: &mut R, mean: f64) -> u64 {
    let u = uniform_fine(rng);
    // P(X > 0) < mean: most draws of a small mean end here.
    if u >= mean {
        return 0;
    }
    let mut mass = (-mean).exp();
    let mut tail = if mean < 0.5 { -(-mean).exp_m1() } else { 1.0 - mass };
    let mut k = 0.0;
    while u < tail && mass > NEGLIGIBLE {
        k += 1.0;
        mass *= mean / k;
        tail -= mass;
    }
    k as u64
}

/// Algorithm PTRS; candidates are counted from the integer part of the mean, so that they stay exact.
fn rejection<R: Rng + ?Sized>(rng: &mut R, mean: f64) -> u64 {
    // Ten orders of magnitude more standard deviations above the largest count than any draw reaches.
    if mean > 2e19 {
        return u64::MAX;
    }
    let b = 0.931 + 2.53 * mean.sqrt();
    let a = -0.059 + 0.02483 * b;
    let inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
    let squeeze = 0.9277 - 3.6224 / (b - 2.0);
    let whole = mean.floor();
    let rest = mean - whole;
    loop {
        let u = uniform_open(rng) - 0.5;
        let v = uniform_open(rng);
        let us = 0.5 - u.abs();
        let offset = ((2.0 * a / us + b) * u + (rest + 0.43)).floor();
        if us >= 0.07 && v <= squeeze {
            return count(whole, offset);
        }
        let k = whole + offset;
        if k < 0.0 || (us < 0.013 && v > us) {
            continue;
        }
        let hat = v * inverse_alpha / (a / (us * us) + b);
        if (hat * root(k)).ln() <= -stirlerr(k) - bd0(k, offset - rest) {
            return count(whole, offset);
        }
    }
}

/// `sqrt(2 pi k)`, and 1 for k = 0: the factor of Stirling's formula that goes with [`stirlerr`].
fn root(k: f64) -> f64 {
    if k > 0.0 { (TAU * k).sqrt() } else { 1.0 }
}

/// The sum of two integers, at most `u64::MAX`.
#[inline]
fn count(whole: f64, offset: f64) -> u64 {
    if whole < 4e18 {
        (whole as i64 + offset as i64) as u64
    } else {
        (whole as i128 + offset as i128).clamp(0, i128::from(u64::MAX)) as u64
    }
}
