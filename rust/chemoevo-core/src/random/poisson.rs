//! Poisson variates: inversion for small means, Hormann's transformed rejection for the others.
//!
//! The rejection is algorithm PTRS of Hormann (1993). Its acceptance test needs `ln f(k)` to an absolute error far below
//! one, which `k ln(mean) - mean - ln k!` does not give at a mean of 10^12. Loader's form has no such difference:
//! `ln f(k) = -stirlerr(k) - bd0(k, mean) - ln(2 pi k)/2`, where `k - mean` is carried apart, exactly.
//!
//! The published constants were fitted: over means from 10 to 1000 the law rises above the hat by up to 0.58 % (at 14.04)
//! and falls below the squeeze by up to 0.47 % (at 26), which changes it by some 10^-7. The hat is raised by 0.6 %, and the
//! squeeze lowered by 1.2 %, so that the method is exact.
//!
//! References: Hormann (1993), The transformed rejection method for generating Poisson random variables, Insurance:
//! Mathematics and Economics 12:39-45, doi:10.1016/0167-6687(93)90997-4. Loader (2000), Fast and accurate computation of
//! binomial probabilities.

use std::f64::consts::TAU;

use rand::Rng;

use super::inversion::search;
use super::special::{bd0, floor, floor_near, stirlerr};
use super::uniform::{uniform_fine, uniform_open};

/// Mean from which the transformed rejection is faster; it is valid from 10.
const REJECTION_FROM: f64 = 14.0;

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

/// `P(X = k)/P(X = k - 1) = mean/k`.
#[inline]
fn inversion<R: Rng + ?Sized>(rng: &mut R, mean: f64) -> u64 {
    let u = uniform_fine(rng);
    // P(X > 0) < mean: most draws of a small mean end here.
    if u >= mean {
        return 0;
    }
    let mass = (-mean).exp();
    let tail = if mean < 0.5 { -(-mean).exp_m1() } else { 1.0 - mass };
    search(u, mass, tail, |k| mean / k)
}

#[inline]
fn rejection<R: Rng + ?Sized>(rng: &mut R, mean: f64) -> u64 {
    // More than a hundred standard deviations above the largest count.
    if mean > 1.9e19 {
        return u64::MAX;
    }
    let hat = Hat::new(mean);
    loop {
        let u = uniform_open(rng) - 0.5;
        let v = uniform_open(rng);
        let us = 0.5 - u.abs();
        let offset = hat.offset(u, us);
        if (us >= 0.07 && v <= hat.squeeze) || ((us >= 0.013 || v <= us) && hat.accepts(offset, us, v)) {
            return count(hat.whole, offset);
        }
    }
}

/// The constants of algorithm PTRS; candidates are counted from the integer part of the mean, so that they stay exact.
struct Hat {
    a: f64,
    b: f64,
    inverse_alpha: f64,
    squeeze: f64,
    whole: f64,
    rest: f64,
}

impl Hat {
    #[inline]
    fn new(mean: f64) -> Self {
        let b = 0.931 + 2.53 * mean.sqrt();
        let whole = floor(mean);
        Self {
            a: -0.059 + 0.02483 * b,
            b,
            // The factors: see the header.
            inverse_alpha: 1.006 * (1.1239 + 1.1328 / (b - 3.4)),
            squeeze: 0.988 * (0.9277 - 3.6224 / (b - 2.0)),
            whole,
            rest: mean - whole,
        }
    }

    /// The candidate for `u` in (-1/2, 1/2), `us = 1/2 - |u|`.
    #[inline]
    fn offset(&self, u: f64, us: f64) -> f64 {
        floor_near((2.0 * self.a * us.recip() + self.b) * u + (self.rest + 0.43))
    }

    /// Whether `v` is at most the ratio of the law to the hat.
    #[inline]
    fn accepts(&self, offset: f64, us: f64, v: f64) -> bool {
        let k = self.whole + offset;
        if k < 0.0 {
            return false;
        }
        let scaled = v * self.inverse_alpha / (self.a / (us * us) + self.b);
        (scaled * root(k)).ln() <= -stirlerr(k) - bd0(k, offset - self.rest)
    }
}

/// `sqrt(2 pi k)`, and 1 for k = 0: the factor of Stirling's formula that goes with [`stirlerr`].
#[inline]
fn root(k: f64) -> f64 {
    if k > 0.0 { (TAU * k).sqrt() } else { 1.0 }
}

/// The sum of two integers, at most `u64::MAX`.
#[inline]
pub(super) fn count(whole: f64, offset: f64) -> u64 {
    if whole < 4e18 {
        (whole as i64 + offset as i64) as u64
    } else {
        (whole as i128 + offset as i128).clamp(0, i128::from(u64::MAX)) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever the mean, the law must lie under the hat, above the squeeze, and below the quick rejection.
    #[test]
    fn hat_covers_the_law() {
        let means = (0..200).map(|i| 10.0 + 0.1 * f64::from(i)).chain([14.04, 26.0, 50.0, 70.0]);
        for mean in means.chain((3..36).map(|i| 10_f64.powf(0.5 * f64::from(i)))) {
            let hat = Hat::new(mean);
            for i in 1..20_000 {
                let magnitude = f64::from(i) / 40_000.0;
                for u in [magnitude, -magnitude] {
                    let us = 0.5 - magnitude;
                    let offset = hat.offset(u, us);
                    assert!(!hat.accepts(offset, us, 1.0 + 1e-9), "mean {mean}, u {u}: above the hat");
                    assert!(us < 0.07 || hat.accepts(offset, us, hat.squeeze), "mean {mean}, u {u}: below the squeeze");
                    assert!(us >= 0.013 || !hat.accepts(offset, us, us), "mean {mean}, u {u}: wrongly rejected");
                }
            }
        }
    }

    #[test]
    fn extreme_means() {
        let mut rng = crate::random::stream(&[2; 32], 0);
        for mean in [0.0, -1.0, f64::NEG_INFINITY, f64::NAN, 5e-324, 1e-300] {
            assert_eq!(poisson(&mut rng, mean), 0);
        }
        for mean in [1.9e19, 1e20, f64::MAX, f64::INFINITY] {
            assert_eq!(poisson(&mut rng, mean), u64::MAX);
        }
        // Within five standard deviations of 2^64, half of the draws do not fit.
        let saturated = (0..1000).filter(|_| poisson(&mut rng, 2.0 * (1_u64 << 63) as f64) == u64::MAX).count();
        assert!((350..650).contains(&saturated));
    }
}
