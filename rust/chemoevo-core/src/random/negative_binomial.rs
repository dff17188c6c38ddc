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
use super::special::log1p;
use super::uniform::{bernoulli, exponential, uniform_fine};

/// Mean up to which inversion is faster, since it mostly ends with the first comparison.
const INVERSION_TO: f64 = 0.5;

/// Number of successes up to which one draw for each is faster.
const GEOMETRICS_TO: u64 = 5;

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
    if k == 1 && odds < 1.0 {
        trials(rng, odds / (1.0 + odds))
    } else if mean < INVERSION_TO {
        inversion(rng, k as f64, odds, mean)
    } else if k <= GEOMETRICS_TO {
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
    let log_mass = -k * log1p(odds);
    let mut mass = log_mass.exp();
    let mut tail = -log_mass.exp_m1();
    let failure = odds / (1.0 + odds);
    let mut j = 0.0;
    while u < tail && mass > NEGLIGIBLE {
        mass *= (k + j) / (j + 1.0) * failure;
        j += 1.0;
        tail -= mass;
    }
    j as u64
}

/// Failures before the first success, one by one.
fn trials<R: Rng + ?Sized>(rng: &mut R, failure: f64) -> u64 {
    let mut count = 0;
    while bernoulli(rng, failure) {
        count += 1;
    }
    count
}

/// The sum of `k` geometric variates, each the integer part of an exponential of rate `-ln(1 - q) = ln(1 + 1/odds)`.
fn geometrics<R: Rng + ?Sized>(rng: &mut R, k: u64, odds: f64) -> u64 {
    let mean = log1p(odds.recip()).recip();
    // The conversion saturates.
    (0..k).fold(0, |sum: u64, _| sum.saturating_add((exponential(rng) * mean) as u64))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::random::stream;

    #[test]
    fn degenerate_cases() {
        let mut rng = stream(&[2; 32], 0);
        for k in [0, 1, 3, 1000, u64::MAX] {
            for odds in [0.0, -1.0, f64::NAN, f64::NEG_INFINITY] {
                assert_eq!(negative_binomial(&mut rng, k, odds), 0);
            }
            assert_eq!(negative_binomial(&mut rng, k, f64::INFINITY), if k == 0 { 0 } else { u64::MAX });
        }
        assert_eq!(negative_binomial(&mut rng, 0, 1.0), 0);
        assert_eq!(negative_binomial(&mut rng, 1_000_000, 1e18), u64::MAX);
    }

    proptest! {
        #[test]
        fn never_panics(
            k in prop_oneof![0..300_u64, 0..=u64::MAX, (0..64_u32).prop_map(|e| 1 << e)],
            exponent in -310.0..310.0_f64,
            replicate: u64,
        ) {
            let mut rng = stream(&[5; 32], replicate);
            let odds = 10_f64.powf(exponent);
            for _ in 0..20 {
                let failures = negative_binomial(&mut rng, k, odds);
                prop_assert!(k as f64 * odds > 1e-20 || failures == 0);
            }
        }
    }
}
