//! Binomial variates: bit-parallel trials, inversion or transformed rejection.
//!
//! * A few dozen trials are made directly, 64 at a time: bit `i` of the j-th random word is the j-th binary digit of the
//!   uniform number of trial `i`, compared with the digits of `p` until every trial is decided. This is exact for every
//!   `p`, however small, and takes about `log2(n) + 1.3` words.
//! * Few expected successes among many trials: inversion by sequential search (BINV), with `(1 - p)^n` from logarithms
//!   that do not lose `p`.
//! * Otherwise algorithm BTRS of Hormann (1993). Its acceptance test compares `f(k)` with `f(m)` in Loader's form,
//!   `ln f(k) = stirlerr(n) - stirlerr(k) - stirlerr(n - k) - bd0(k, np) - bd0(n - k, nq) + ln(n/(2 pi k (n - k)))/2`,
//!   which has no differences of large numbers: `k - np` is carried apart, exactly.
//!
//! References: Kachitvichyanukul & Schmeiser (1988), Binomial random variate generation, Commun. ACM 31:216-222,
//! doi:10.1145/42372.42381. Hormann (1993), The generation of binomial random variates, J. Stat. Comput. Simul.
//! 46:101-110, doi:10.1080/00949659308811496. Loader (2000), Fast and accurate computation of binomial probabilities.

use rand::Rng;

use super::poisson::NEGLIGIBLE;
use super::special::{bd0, stirlerr};
use super::uniform::{bernoulli, uniform_fine, uniform_open};

/// Largest number of trials made one after the other.
const LOOP_TO: u64 = 8;
/// Largest number of trials made by words.
const WORDS_TO: u64 = 64;
/// Expected successes from which the transformed rejection is valid, and faster.
const REJECTION_FROM: f64 = 10.0;

/// Draws the number of successes among `n` trials of probability `p`.
///
/// A `p` of 0 or below, or NaN, gives 0, and 1 or above gives `n`. The law holds to double precision for every `n` if
/// `p <= 1/2`; where `p` is near 1 and its complement is known to more digits than `1.0 - p` has, draw
/// `n - binomial(rng, n, complement)`.
#[inline]
pub fn binomial<R: Rng + ?Sized>(rng: &mut R, n: u64, p: f64) -> u64 {
    if n == 0 || p.is_nan() || p <= 0.0 {
        0
    } else if p >= 1.0 {
        n
    } else if n <= LOOP_TO {
        (0..n).map(|_| u64::from(bernoulli(rng, p))).sum()
    } else if p <= 0.5 {
        lower_half(rng, n, p)
    } else {
        n - lower_half(rng, n, 1.0 - p)
    }
}

#[inline]
fn lower_half<R: Rng + ?Sized>(rng: &mut R, n: u64, p: f64) -> u64 {
    let mean = n as f64 * p;
    if n <= WORDS_TO {
        words(rng, n, p)
    } else if mean < REJECTION_FROM {
        inversion(rng, n, p, mean)
    } else {
        rejection(rng, n, p, mean)
    }
}

/// Compares `n <= 64` uniform numbers with `p < 1`, digit by digit.
fn words<R: Rng + ?Sized>(rng: &mut R, n: u64, p: f64) -> u64 {
    let mut undecided = u64::MAX >> (64 - n);
    let mut successes = 0;
    let mut digits = p;
    // Doubling and subtracting 1 are exact; no digits left means that the number is not below p.
    while undecided != 0 && digits > 0.0 {
        let word = rng.next_u64();
        digits += digits;
        if digits >= 1.0 {
            digits -= 1.0;
            successes |= undecided & !word;
            undecided &= word;
        } else {
            undecided &= !word;
        }
    }
    u64::from(successes.count_ones())
}

/// Walks down from `P(X > 0)`; `P(X = k)/P(X = k - 1) = (n - k + 1)/k p/(1 - p)`.
fn inversion<R: Rng + ?Sized>(rng: &mut R, n: u64, p: f64, mean: f64) -> u64 {
    let u = uniform_fine(rng);
    // P(X > 0) < n p: most draws of a small mean end here.
    if u >= mean {
        return 0;
    }
    let log_mass = n as f64 * (-p).ln_1p();
    let mut mass = log_mass.exp();
    let mut tail = if mean < 0.5 { -log_mass.exp_m1() } else { 1.0 - mass };
    let odds = p / (1.0 - p);
    let scale = (n as f64 + 1.0) * odds;
    let mut k = 0.0;
    while u < tail && mass > NEGLIGIBLE {
        k += 1.0;
        mass *= scale / k - odds;
        tail -= mass;
    }
    (k as u64).min(n)
}

/// Algorithm BTRS for `p <= 1/2`; candidates are counted from the integer part of the mean, so that they stay exact.
fn rejection<R: Rng + ?Sized>(rng: &mut R, n: u64, p: f64, mean: f64) -> u64 {
    let trials = n as f64;
    let sd = (mean * (1.0 - p)).sqrt();
    let b = 1.15 + 2.53 * sd;
    let a = -0.0873 + 0.0248 * b + 0.01 * p;
    let alpha = (2.83 + 5.1 / b) * sd;
    let squeeze = 0.92 - 4.2 / b;
    let whole = mean.floor();
    let rest = mean - whole;
    // The mode is floor((n + 1) p).
    let mode_offset = (rest + p).floor();
    loop {
        let u = uniform_open(rng) - 0.5;
        let v = uniform_open(rng);
        let us = 0.5 - u.abs();
        let offset = ((2.0 * a / us + b) * u + (rest + 0.5)).floor();
        let k = whole + offset;
        if us >= 0.07 && v <= squeeze {
            return (whole as u64).saturating_add_signed(offset as i64).min(n);
        }
        if k < 0.0 || k > trials {
            continue;
        }
        let m = whole + mode_offset;
        let hat = v * alpha / (a / (us * us) + b);
        let ratio = (base(k) * base(trials - k) / (base(m) * base(trials - m))).sqrt();
        if (hat * ratio).ln() <= core(m, mode_offset - rest, trials) - core(k, offset - rest, trials) {
            return (whole as u64).saturating_add_signed(offset as i64).min(n);
        }
    }
}

/// The part of `-ln f(k)` that is not a constant or the square root of Stirling's formula; `deviation = k - n p`.
fn core(k: f64, deviation: f64, trials: f64) -> f64 {
    stirlerr(k) + stirlerr(trials - k) + bd0(k, deviation) + bd0(trials - k, -deviation)
}

/// `k`, and 1/(2 pi) for k = 0: with it Stirling's formula holds at 0 for a Stirling error of 0.
fn base(k: f64) -> f64 {
    if k > 0.0 { k } else { std::f64::consts::TAU.recip() }
}
