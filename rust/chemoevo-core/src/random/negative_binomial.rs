//! Negative binomial variates: failures before the k-th success.
//!
//! The ratio of the two probabilities, `odds = (1 - q)/q`, is asked for rather than the probability `q` of a success,
//! since `1 - q` has lost its digits where `q` is near 1, and `q` where it is near 0.
//!
//! * Few expected failures: inversion by sequential search.
//! * Low odds, many failures: transformed rejection. The law continues the binomial law of `-k` trials of probability
//!   `-odds`, and the hat of algorithm BTRS (Hormann 1993, see [`super::binomial`]) covers it as well: over means from 14
//!   and odds up to 0.1 the law reaches 0.996 of the hat. It falls to 0.994 of the squeeze, which is lowered by 1.5 %.
//!   With `N = k + j`, Loader's form is
//!   `ln f(j) = stirlerr(N) - stirlerr(k) - stirlerr(j) - bd0(k, N q) - bd0(j, N (1 - q)) + ln(k/(2 pi j N))/2`,
//!   where `j - N (1 - q) = -(k - N q) = q (j - k odds)`: nothing cancels.
//! * Otherwise the law is a Poisson law whose mean is gamma distributed: `Poisson(Gamma(k) odds)`.
//!
//! Reference: Devroye (1986), Non-uniform random variate generation, Springer, Sections X.2 and X.4.7.

use rand::Rng;

use super::binomial::base;
use super::gamma::gamma;
use super::inversion::search;
use super::poisson::{count, poisson};
use super::special::{bd0, floor, floor_near, log1p, stirlerr};
use super::uniform::{exponential, uniform_fine, uniform_open};

/// Mean up to which inversion is faster, since it mostly ends with the first comparison.
const INVERSION_TO: f64 = 0.5;

/// Expected failures, and odds, from and to which the transformed rejection is valid.
const REJECTION_FROM: f64 = 14.0;
const REJECTION_ODDS: f64 = 0.1;

/// Odds up to which the search for a geometric variate is faster than a logarithm.
const SEARCH_TO: f64 = 4.0;

/// Number of successes up to which one draw for each is faster.
const GEOMETRICS_TO: u64 = 5;

/// Draws the number of failures before the `k`-th success, `odds` being the mean number of failures per success.
///
/// The mean is `k odds`, the variance `k odds (1 + odds)`. Zero for `k = 0` or odds of 0 or below, or NaN; values that
/// do not fit are `u64::MAX`.
#[inline]
pub fn negative_binomial<R: Rng + ?Sized>(rng: &mut R, k: u64, odds: f64) -> u64 {
    if k == 0 || odds.is_nan() || odds <= 0.0 {
        return 0;
    }
    let mean = k as f64 * odds;
    if k == 1 && odds < SEARCH_TO {
        geometric(rng, odds / (1.0 + odds))
    } else if mean < INVERSION_TO {
        inversion(rng, k as f64, odds, mean)
    } else if k <= GEOMETRICS_TO {
        geometrics(rng, k, odds)
    } else if odds <= REJECTION_ODDS && mean >= REJECTION_FROM {
        rejection(rng, k as f64, odds, mean)
    } else {
        let mean = gamma(rng, k as f64) * odds;
        poisson(rng, mean)
    }
}

/// `P(X = j)/P(X = j - 1) = (k + j - 1)/j odds/(1 + odds)`.
fn inversion<R: Rng + ?Sized>(rng: &mut R, k: f64, odds: f64, mean: f64) -> u64 {
    let u = uniform_fine(rng);
    // P(X > 0) < mean: most draws of a small mean end here.
    if u >= mean {
        return 0;
    }
    let log_mass = -k * log1p(odds);
    let failure = odds / (1.0 + odds);
    search(u, log_mass.exp(), -log_mass.exp_m1(), |j| (k + (j - 1.0)) / j * failure)
}

/// Failures before the first success: `P(X > j) = failure^(j + 1)`.
#[inline]
fn geometric<R: Rng + ?Sized>(rng: &mut R, failure: f64) -> u64 {
    let u = uniform_fine(rng);
    let (mut tail, mut j) = (failure, 0);
    while u < tail {
        tail *= failure;
        j += 1;
    }
    j
}

#[inline]
fn rejection<R: Rng + ?Sized>(rng: &mut R, k: f64, odds: f64, mean: f64) -> u64 {
    let hat = Hat::new(k, odds, mean);
    loop {
        let u = uniform_open(rng) - 0.5;
        let v = uniform_open(rng);
        let us = 0.5 - u.abs();
        let offset = hat.offset(u, us);
        if (us >= 0.07 && v <= hat.squeeze) || hat.accepts(offset, us, v) {
            return count(hat.whole, offset);
        }
    }
}

/// The constants of algorithm BTRS for `-k` trials of probability `-odds`.
struct Hat {
    successes: f64,
    odds: f64,
    a: f64,
    b: f64,
    numerator: f64,
    squeeze: f64,
    whole: f64,
    rest: f64,
}

impl Hat {
    #[inline]
    fn new(successes: f64, odds: f64, mean: f64) -> Self {
        let sd = (mean * (1.0 + odds)).sqrt();
        let b = 1.15 + 2.53 * sd;
        let inverse = b.recip();
        let whole = floor(mean);
        Self {
            successes,
            odds,
            a: -0.0873 + 0.0248 * b - 0.01 * odds,
            b,
            numerator: 2.83 + 5.1 * inverse,
            squeeze: 0.985 * (0.92 - 4.2 * inverse),
            whole,
            rest: mean - whole,
        }
    }

    /// The candidate for `u` in (-1/2, 1/2), `us = 1/2 - |u|`, counted from the integer part of the mean.
    #[inline]
    fn offset(&self, u: f64, us: f64) -> f64 {
        floor_near((2.0 * self.a * us.recip() + self.b) * u + (self.rest + 0.5))
    }

    /// Whether `v` is at most the ratio of the law to the hat.
    #[inline]
    fn accepts(&self, offset: f64, us: f64, v: f64) -> bool {
        let j = self.whole + offset;
        if j < 0.0 {
            return false;
        }
        let k = self.successes;
        let trials = k + j;
        let deviation = (offset - self.rest) / (1.0 + self.odds);
        let root = (base(j) * (trials / k)).sqrt();
        (v * self.numerator / (self.a / (us * us) + self.b) * root).ln()
            <= stirlerr(trials) - stirlerr(k) - stirlerr(j) - bd0(k, -deviation) - bd0(j, deviation)
    }
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

    /// Whatever the parameters, the law must lie under the hat and above the squeeze.
    #[test]
    fn hat_covers_the_law() {
        let means = (0..90).map(|i| REJECTION_FROM + 0.1 * f64::from(i));
        let means: Vec<f64> = means.chain((3..30).map(|i| 10_f64.powf(0.5 * f64::from(i)))).collect();
        for odds in [REJECTION_ODDS, 0.08, 0.05, 0.02, 1e-3, 1e-6, 1e-9] {
            for mean in &means {
                let successes = (mean / odds).ceil();
                let hat = Hat::new(successes, odds, successes * odds);
                for i in 1..5_000 {
                    let magnitude = f64::from(i) / 10_000.0;
                    for u in [magnitude, -magnitude] {
                        let us = 0.5 - magnitude;
                        let offset = hat.offset(u, us);
                        assert!(!hat.accepts(offset, us, 1.0 + 1e-9), "mean {mean}, odds {odds}, u {u}: above the hat");
                        let squeezed = us < 0.07 || hat.accepts(offset, us, hat.squeeze);
                        assert!(squeezed, "mean {mean}, odds {odds}, u {u}: below the squeeze");
                    }
                }
            }
        }
    }

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
