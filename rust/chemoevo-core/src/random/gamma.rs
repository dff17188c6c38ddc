//! Gamma variates: Marsaglia & Tsang's method.
//!
//! With `d = a - 1/3`, `c = 1/sqrt(9 d)`, `x` normal and `e = c x`, the candidate `d (1 + e)^3` is accepted if
//! `ln U < x^2/2 + d - d v + d ln v`, `v = (1 + e)^3` (their Section 4). These terms cancel to order `d e^4`; as printed
//! they are noise at `a = 10^15`. Here `1 - v + ln v` is `3 (ln(1 + e) - e) - 3 e^2 - e^3`, with the difference of
//! logarithm and argument computed without cancellation, and `x^2/2` is `9 d e^2/2`.
//!
//! Reference: Marsaglia & Tsang (2000), A simple method for generating gamma variables, ACM Trans. Math. Softw.
//! 26:363-372, doi:10.1145/358407.358414.

use rand::Rng;

use super::special::log1pmx;
use super::uniform::{exponential, standard_normal, uniform_open};

/// Draws from the gamma law of a shape and scale 1.
///
/// The shape is positive; up to 10^18 the law holds to double precision. Shape 0 or below, or NaN, gives 0;
/// infinity gives infinity.
#[inline]
pub fn gamma<R: Rng + ?Sized>(rng: &mut R, shape: f64) -> f64 {
    if shape >= 1.0 {
        if shape == 1.0 { exponential(rng) } else { marsaglia_tsang(rng, shape) }
    } else if shape > 0.0 {
        // Their Section 6: G(a) = G(a + 1) U^(1/a).
        marsaglia_tsang(rng, shape + 1.0) * (-exponential(rng) / shape).exp()
    } else {
        0.0
    }
}

#[inline]
fn marsaglia_tsang<R: Rng + ?Sized>(rng: &mut R, shape: f64) -> f64 {
    let d = shape - 1.0 / 3.0;
    if d == f64::INFINITY {
        return d;
    }
    let c = (9.0 * d).sqrt().recip();
    loop {
        let x = standard_normal(rng);
        let e = c * x;
        let root = 1.0 + e;
        if root <= 0.0 {
            continue;
        }
        let v = root * root * root;
        let u = uniform_open(rng);
        let square = x * x;
        if u < 1.0 - 0.0331 * square * square || u.ln() < log_acceptance(d, e) {
            return d * v;
        }
    }
}

/// Logarithm of the probability that the candidate `d (1 + e)^3` is accepted.
fn log_acceptance(d: f64, e: f64) -> f64 {
    d * (3.0 * log1pmx(e) + e * e * (1.5 - e))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::random::stream;

    // mpmath, 40 digits: d*(1 - v + log(v)) + x**2/2 with v = (1 + e)**3, x = e*sqrt(9*d)
    #[test]
    fn acceptance_does_not_cancel() {
        for (d, e, expected) in [
            (0.75, 0.3, -0.0036804049481451323),
            (0.75, -0.9, -1.6978164592366032),
            (10.0, 0.25, -0.02444346057370733),
            (10.0, -0.5, -0.7944154167983593),
            (1000.0, 0.03, -0.0005932753667918021),
            (1000000.0, 0.001, -7.494004995718033e-07),
            (1000000.0, -0.002, -1.2019232054953315e-05),
            (1000000000.0, 5e-05, -4.687312507812166e-09),
            (1000000000000.0, -1e-06, -7.500006000004999e-13),
            (1000000000000000.0, 7e-08, -1.8007498991580064e-14),
            (1e+18, 3e-09, -6.074999985419997e-17),
        ] {
            let value = log_acceptance(d, e);
            assert!((value - expected).abs() < 1e-13 * (1.0 + d * e * e), "{d} {e}: {value} {expected}");
        }
    }

    #[test]
    fn degenerate_cases() {
        let mut rng = stream(&[2; 32], 0);
        for shape in [0.0, -1.0, f64::NAN, f64::NEG_INFINITY] {
            assert_eq!(gamma(&mut rng, shape), 0.0);
        }
        assert_eq!(gamma(&mut rng, f64::INFINITY), f64::INFINITY);
    }

    proptest! {
        #[test]
        fn stays_nonnegative_and_finite(exponent in -310.0..300.0_f64, replicate: u64) {
            let mut rng = stream(&[5; 32], replicate);
            for _ in 0..20 {
                let value = gamma(&mut rng, 10_f64.powf(exponent));
                prop_assert!(value >= 0.0 && value.is_finite());
            }
        }
    }
}
