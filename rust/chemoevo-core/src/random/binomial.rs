//! Binomial variates: bit-parallel trials, inversion or transformed rejection.
//!
//! * Up to 128 trials are made directly, eight to a random word: seven bits are the leading digits of a trial's uniform
//!   number, compared with those of `p` in parallel. One trial in 128 stays undecided, and is a trial of the remaining
//!   digits of `p`. This is exact for every `p`, however small.
//! * Few expected successes among many trials: inversion by sequential search (BINV), with `(1 - p)^n` from logarithms
//!   that do not lose `p`.
//! * Otherwise algorithm BTRS of Hormann (1993). Its acceptance test needs `ln f(k)`, here in Loader's form,
//!   `ln f(k) = stirlerr(n) - stirlerr(k) - stirlerr(n - k) - bd0(k, np) - bd0(n - k, nq) + ln(n/(2 pi k (n - k)))/2`,
//!   which has no differences of large numbers: `k - np` is carried apart, exactly.
//!   The hat is scaled by `1/(sd sqrt(2 pi))` in place of `f` at the mode, which saves evaluating it; the law then reaches
//!   0.979 of the hat and falls to 1.007 of the squeeze (largest and least over `n p` from 10 to 200).
//!
//! References: Kachitvichyanukul & Schmeiser (1988), Binomial random variate generation, Commun. ACM 31:216-222,
//! doi:10.1145/42372.42381. Hormann (1993), The generation of binomial random variates, J. Stat. Comput. Simul.
//! 46:101-110, doi:10.1080/00949659308811496. Loader (2000), Fast and accurate computation of binomial probabilities.

use std::f64::consts::TAU;

use rand::Rng;

use super::inversion::search;
use super::poisson::count;
use super::special::{bd0, floor, floor_near, log1p, stirlerr};
use super::uniform::{bernoulli, uniform_fine, uniform_open};

/// Largest number of trials made directly; their count must fit in a byte.
const DIRECT_TO: u64 = 128;
/// Largest number of trials that fit in one word.
const LANES: u64 = 8;
/// Expected successes from which the transformed rejection is valid, and soon faster.
const REJECTION_FROM: f64 = 10.0;

/// Draws the number of successes among `n` trials of probability `p`.
///
/// A `p` of 0 or below, or NaN, gives 0, and 1 or above gives `n`. The law holds to double precision for every `n` (above
/// 2^53 the mean is rounded, by less than 10^-6 standard deviations) if `p <= 1/2`; where `p` is near 1 and its complement
/// is known to more digits than `1.0 - p` has, draw `n - binomial(rng, n, complement)`.
#[inline]
pub fn binomial<R: Rng + ?Sized>(rng: &mut R, n: u64, p: f64) -> u64 {
    if n == 0 || p.is_nan() || p <= 0.0 {
        0
    } else if p >= 1.0 {
        n
    } else if n == 1 {
        u64::from(bernoulli(rng, p))
    } else if n <= LANES {
        direct(rng, n, p)
    } else if p <= 0.5 {
        lower_half(rng, n, p)
    } else {
        n - lower_half(rng, n, 1.0 - p)
    }
}

#[inline]
fn lower_half<R: Rng + ?Sized>(rng: &mut R, n: u64, p: f64) -> u64 {
    let mean = n as f64 * p;
    if mean < 0.3 {
        inversion(rng, n, p, mean)
    } else if n <= DIRECT_TO {
        direct(rng, n, p)
    } else if mean < REJECTION_FROM {
        inversion(rng, n, p, mean)
    } else {
        rejection(rng, n, p, mean)
    }
}

/// Makes `1 <= n <= 128` trials of a probability `0 < p < 1`.
#[inline]
fn direct<R: Rng + ?Sized>(rng: &mut R, n: u64, p: f64) -> u64 {
    const LOW: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = LOW << 7;
    const DIGITS: u64 = HIGH - LOW;
    // Scaling by a power of two and taking the fraction are exact.
    let scaled = p * 128.0;
    let leading = scaled as u64;
    let pattern = leading * LOW;
    // In each byte the number of trials not below the leading digits, and of those equal to them.
    let (mut at_least, mut equal) = (0, 0);
    let mut compare = |used: u64| {
        let x = rng.next_u64() & DIGITS;
        // No byte borrows from or carries into the next.
        at_least += (((x | HIGH) - pattern) >> 7) & used;
        equal += !(((x ^ pattern) + DIGITS) >> 7) & used;
    };
    for _ in 0..(n - 1) / LANES {
        compare(LOW);
    }
    compare(LOW >> (8 * (n.wrapping_neg() % LANES)));
    // The product adds up the bytes: at most 16 each and 128 in all.
    let below = n - (at_least.wrapping_mul(LOW) >> 56);
    if equal == 0 { below } else { below + undecided(rng, equal.wrapping_mul(LOW) >> 56, scaled - leading as f64) }
}

/// Trials of the digits that were not compared.
#[cold]
fn undecided<R: Rng + ?Sized>(rng: &mut R, n: u64, p: f64) -> u64 {
    (0..n).map(|_| u64::from(bernoulli(rng, p))).sum()
}

/// `P(X = k)/P(X = k - 1) = (n - k + 1)/k p/(1 - p)`.
fn inversion<R: Rng + ?Sized>(rng: &mut R, n: u64, p: f64, mean: f64) -> u64 {
    let u = uniform_fine(rng);
    // P(X > 0) < n p: most draws of a small mean end here.
    if u >= mean {
        return 0;
    }
    let log_mass = n as f64 * log1p(-p);
    let mass = log_mass.exp();
    let tail = if mean < 0.5 { -log_mass.exp_m1() } else { 1.0 - mass };
    let odds = p / (1.0 - p);
    let scale = (n as f64 + 1.0) * odds;
    search(u, mass, tail, |k| scale / k - odds).min(n)
}

#[inline]
fn rejection<R: Rng + ?Sized>(rng: &mut R, n: u64, p: f64, mean: f64) -> u64 {
    let hat = Hat::new(n as f64, p, mean);
    loop {
        let u = uniform_open(rng) - 0.5;
        let v = uniform_open(rng);
        let us = 0.5 - u.abs();
        let offset = hat.offset(u, us);
        if (us >= 0.07 && v <= hat.squeeze) || hat.accepts(offset, us, v) {
            return count(hat.whole, offset).min(n);
        }
    }
}

/// The constants of algorithm BTRS for `p <= 1/2`; candidates are counted from the integer part of the mean, so that
/// they stay exact.
struct Hat {
    trials: f64,
    a: f64,
    b: f64,
    numerator: f64,
    squeeze: f64,
    whole: f64,
    rest: f64,
}

impl Hat {
    #[inline]
    fn new(trials: f64, p: f64, mean: f64) -> Self {
        let sd = (mean * (1.0 - p)).sqrt();
        let b = 1.15 + 2.53 * sd;
        let inverse = b.recip();
        let whole = floor(mean);
        Self {
            trials,
            a: -0.0873 + 0.0248 * b + 0.01 * p,
            b,
            numerator: 2.83 + 5.1 * inverse,
            squeeze: 0.92 - 4.2 * inverse,
            whole,
            rest: mean - whole,
        }
    }

    /// The candidate for `u` in (-1/2, 1/2), `us = 1/2 - |u|`.
    #[inline]
    fn offset(&self, u: f64, us: f64) -> f64 {
        floor_near((2.0 * self.a * us.recip() + self.b) * u + (self.rest + 0.5))
    }

    /// Whether `v` is at most the ratio of the law to the hat.
    #[inline]
    fn accepts(&self, offset: f64, us: f64, v: f64) -> bool {
        let k = self.whole + offset;
        if k < 0.0 || k > self.trials {
            return false;
        }
        let failures = self.trials - k;
        let deviation = offset - self.rest;
        let root = (base(k) * base(failures) / self.trials).sqrt();
        (v * self.numerator / (self.a / (us * us) + self.b) * root).ln()
            <= stirlerr(self.trials) - stirlerr(k) - stirlerr(failures) - bd0(k, deviation) - bd0(failures, -deviation)
    }
}

/// `k`, and 1/(2 pi) for k = 0: with it Stirling's formula holds at 0 for a Stirling error of 0.
#[inline]
pub(super) fn base(k: f64) -> f64 {
    if k > 0.0 { k } else { TAU.recip() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::random::stream;

    /// Whatever the parameters, the law must lie under the hat and above the squeeze.
    #[test]
    fn hat_covers_the_law() {
        let means = (0..40).map(|i| 10.0 + 0.25 * f64::from(i));
        let means: Vec<f64> = means.chain((3..30).map(|i| 10_f64.powf(0.5 * f64::from(i)))).collect();
        for p in [0.5, 0.41, 0.3, 0.1, 0.01, 1e-4, 1e-9] {
            for mean in &means {
                let trials = (mean / p).ceil();
                let hat = Hat::new(trials, p, trials * p);
                for i in 1..5_000 {
                    let magnitude = f64::from(i) / 10_000.0;
                    for u in [magnitude, -magnitude] {
                        let us = 0.5 - magnitude;
                        let offset = hat.offset(u, us);
                        assert!(!hat.accepts(offset, us, 1.0 + 1e-9), "n {trials}, p {p}, u {u}: above the hat");
                        let squeezed = us < 0.07 || hat.accepts(offset, us, hat.squeeze);
                        assert!(squeezed, "n {trials}, p {p}, u {u}: below the squeeze");
                    }
                }
            }
        }
    }

    #[test]
    fn degenerate_cases() {
        let mut rng = stream(&[2; 32], 0);
        for n in [0, 1, 5, 100, 1000, u64::MAX] {
            for p in [0.0, -0.0, -1.0, f64::NEG_INFINITY, f64::NAN] {
                assert_eq!(binomial(&mut rng, n, p), 0);
            }
            for p in [1.0, 1.5, f64::INFINITY] {
                assert_eq!(binomial(&mut rng, n, p), n);
            }
        }
    }

    proptest! {
        #[test]
        fn stays_between_zero_and_n(
            n in prop_oneof![0..300_u64, 0..=u64::MAX, (0..64_u32).prop_map(|e| 1 << e)],
            exponent in -300.0..0.0_f64,
            complement in -16.0..0.0_f64,
            moderate in 0.0..1.0_f64,
            replicate: u64,
        ) {
            let mut rng = stream(&[5; 32], replicate);
            for p in [10_f64.powf(exponent), 1.0 - 10_f64.powf(complement), moderate, 10.0 / n as f64] {
                for _ in 0..20 {
                    prop_assert!(binomial(&mut rng, n, p) <= n);
                }
            }
        }
    }
}
