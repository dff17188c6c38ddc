//! Uniform, Bernoulli, exponential and normal variates.

use rand::Rng;
use rand_distr::{Distribution, Exp1, StandardNormal};

/// Draws from the uniform law on the open interval (0, 1): the odd multiples of 2^-53, each equally likely.
///
/// Neither 0 nor 1 is ever drawn, and the law is symmetric about 1/2.
#[inline]
pub fn uniform_open<R: Rng + ?Sized>(rng: &mut R) -> f64 {
    const STEP: f64 = 1.0 / (1_u64 << 53) as f64;
    ((rng.next_u64() >> 11) | 1) as f64 * STEP
}

/// Draws from the uniform law on (0, 1], with the resolution 2^-63 near 0.
///
/// For the tail of an inversion, where small values decide.
#[inline]
pub fn uniform_fine<R: Rng + ?Sized>(rng: &mut R) -> f64 {
    const STEP: f64 = 1.0 / (1_u64 << 63) as f64;
    // An i64 converts in one instruction, a u64 does not.
    ((rng.next_u64() >> 1) as i64 as f64 + 0.5) * STEP
}

/// Draws `true` with probability `p`, resolved to 2^-64; never if `p <= 0` or NaN, always if `p >= 1`.
#[inline]
pub fn bernoulli<R: Rng + ?Sized>(rng: &mut R, p: f64) -> bool {
    const SCALE: f64 = 2.0 * (1_u64 << 63) as f64;
    // The conversion saturates: below 0 and NaN to 0, above to u64::MAX.
    p >= 1.0 || rng.next_u64() < (p * SCALE) as u64
}

/// Draws from the exponential law of mean 1, by the ziggurat method.
///
/// Positive and finite: the underlying sampler returns infinity with probability 2^-61.
#[inline]
pub fn exponential<R: Rng + ?Sized>(rng: &mut R) -> f64 {
    // The largest finite value that the sampler returns is 7.7 + 53 ln 2 < 45.
    let value: f64 = Exp1.sample(rng);
    value.min(45.0)
}

/// Draws from the standard normal law, by the ziggurat method.
#[inline]
pub fn standard_normal<R: Rng + ?Sized>(rng: &mut R) -> f64 {
    StandardNormal.sample(rng)
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use rand::TryRng;

    use super::*;

    /// A generator of one word.
    struct Constant(u64);

    impl TryRng for Constant {
        type Error = Infallible;
        fn try_next_u32(&mut self) -> Result<u32, Infallible> {
            Ok(self.0 as u32)
        }
        fn try_next_u64(&mut self) -> Result<u64, Infallible> {
            Ok(self.0)
        }
        fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
            bytes.fill(self.0 as u8);
            Ok(())
        }
    }

    #[test]
    fn uniform_ends_are_open() {
        let (low, high) = (uniform_open(&mut Constant(0)), uniform_open(&mut Constant(u64::MAX)));
        assert_eq!(low, 0.5_f64.powi(53));
        assert_eq!(high, 1.0 - 0.5_f64.powi(53));
        assert_eq!(uniform_fine(&mut Constant(0)), 0.5_f64.powi(64));
        assert_eq!(uniform_fine(&mut Constant(u64::MAX)), 1.0);
    }

    #[test]
    fn bernoulli_ends() {
        for p in [0.0, -1.0, f64::NAN, f64::NEG_INFINITY] {
            assert!(!bernoulli(&mut Constant(0), p));
        }
        for p in [1.0, 2.0, f64::INFINITY] {
            assert!(bernoulli(&mut Constant(u64::MAX), p));
        }
        assert!(bernoulli(&mut Constant(0), 1e-19));
        assert!(bernoulli(&mut Constant((1 << 63) - 1), 0.5) && !bernoulli(&mut Constant(1 << 63), 0.5));
    }
}
