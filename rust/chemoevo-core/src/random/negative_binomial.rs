//! Negative binomial variates: failures before the k-th success.
//!
//! The law is a Poisson law whose mean is gamma distributed: `Poisson(Gamma(k) odds)`. The ratio of the two
//! probabilities, `odds = (1 - q)/q`, is asked for rather than the probability `q` of a success, since `1 - q` has lost
//! its digits where `q` is near 1, and `q` where it is near 0.
//!
//! Reference: Devroye (1986), Non-uniform random variate generation, Springer, Sections X.2 and X.4.7.

use rand::Rng;

use super::gamma::gamma;
use super::poisson::{NEGLIGIBLE, poisson};
use super::uniform::{exponential, uniform_fine};

/// Mean up to which inversion is used, if the tail is short.
const INVERSION_TO: f64 = 10.0;

/// Draws the number of failures before the `k`-th success, `odds` being the mean number of failures a success.
///
/// The mean is `k odds`, the variance `k odds (1 + odds)`. Zero for `k = 0` or odds of 0 or below, or NaN; values that
/// do not fit are `u64::MAX`.
#[inline]
pub fn negative_binomial<R: Rng + ?Sized>(rng: &mut R, k: u64, odds: f64) -> u64 {
    if k == 0 || odds.is_nan() || odds <= 0.0 {
        return 0;
    }
    let mean = k as f64 * odds;
    if odds < 1.0 && mean < INVERSION_TO {
        inversion(rng, k as f64, odds, mean)
    } else if k <= 3 {
        geometrics(rng, k, odds)
    } else {
        let mean = gamma(rng, k as f64) * odds;
        poisson(rng, mean)
    }
}

/// Walks down from `P(X > 0)`; `P(X = j + 1)/P(X = j) = (k + j)/(j + 1) odds/(1 + odds)`.
fn inversion<R: Rng + ?Sized>(rng: &mut R, k: f64, odds: f64, mean: f64) -> u64 {
    let u = uniform_fine(rng);
    // P(X > 0) < mean: most draws of a small mean end here.
    if u >= mean {
        return 0;
    }
    let log_mass = -k * odds.ln_1p();
    let mut mass = log_mass.exp();
    let mut tail = if mean < 0.5 { -log_mass.exp_m1() } else { 1.0 - mass };
    let failure = odds / (1.0 + odds);
    let mut j = 0.0;
    while u < tail && mass > NEGLIGIBLE {
        mass *= (k + j) / (j + 1.0) * failure;
        j += 1.0;
        tail -= mass;
    }
    j as u64
}

/// The sum of `k` geometric variates, each the integer part of an exponential of rate `-ln(1 - q) = ln(1 + 1/odds)`.
fn geometrics<R: Rng + ?Sized>(rng: &mut R, k: u64, odds: f64) -> u64 {
    let mean = odds.recip().ln_1p().recip();
    // The conversion saturates.
    (0..k).fold(0, |sum: u64, _| sum.saturating_add((exponential(rng) * mean) as u64))
}
