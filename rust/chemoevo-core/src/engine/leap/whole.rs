//! Whole numbers with a mean and a variance.

use crate::random::{bernoulli, binomial, gamma, poisson, standard_normal};
use rand::Rng;

/// Variance from which a rounded normal number stands for any other, if 0 is far enough.
const LARGE: f64 = 25.0;
/// Standard deviations that 0 must be away for that.
const FAR: f64 = 6.0;

/// Draws a whole number, >= 0, with this mean and variance: binomial, Poisson or negative binomial as the variance is below
/// the mean, equal to it or above; normal and rounded where that makes no difference.
///
/// No whole number has a variance below that of the two next to the mean: then these are taken. A binomial number of trials
/// that is not whole is mixed of the two next to it, which adds a part of a cell to the variance.
pub fn whole<R: Rng + ?Sized>(rng: &mut R, mean: f64, variance: f64) -> u64 {
    if mean <= 0.0 {
        return 0;
    }
    if variance >= LARGE && mean > FAR * variance.sqrt() {
        // Rounding adds a twelfth. `as` saturates.
        return (mean + (variance - 1.0 / 12.0).sqrt() * standard_normal(rng)).round() as u64;
    }
    if variance > mean * (1.0 + 1e-9) {
        let shape = mean * (mean / (variance - mean));
        let rate = gamma(rng, shape) * (mean / shape);
        return poisson(rng, rate);
    }
    if variance < mean * (1.0 - 1e-9) {
        let p = 1.0 - variance.max(0.0) / mean;
        let trials = mean / p;
        let low = trials.floor();
        let more = bernoulli(rng, trials - low);
        return binomial(rng, low as u64 + u64::from(more), p);
    }
    poisson(rng, mean)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::stream;

    #[test]
    fn numbers_have_their_moments() {
        let n = 200_000;
        let mut rng = stream(&[31; 32], 0);
        for (mean, variance) in [
            (1e-3, 1e-3),
            (1e-3, 0.999e-3),
            (0.4, 0.7),
            (2.5, 2.5),
            (7.0, 3.0),
            (40.0, 200.0),
            (300.0, 100.0),
            (1e6, 5e5),
            (1e6, 2e6),
            (1e9, 30.0),
        ] {
            let (mut sum, mut square) = (0.0, 0.0);
            for _ in 0..n {
                let x = whole(&mut rng, mean, variance) as f64 - mean;
                sum += x;
                square += x * x;
            }
            let n = f64::from(n);
            let (m, v) = (sum / n, square / n);
            assert!(m.abs() < 5.0 * (variance / n).sqrt(), "{mean} {variance}: mean off by {m}");
            // The fourth moment of what is rare is its variance, and a mixture adds up to a quarter of a cell.
            let noise = 5.0 * ((2.0 * variance * variance + 3.0 * variance) / n).sqrt();
            assert!(
                (v - variance).abs() < noise + if variance < mean { 0.25 } else { 0.0 } * f64::min(1.0, mean),
                "{v} {variance}"
            );
        }
        assert_eq!(whole(&mut rng, 0.0, 0.0), 0);
        assert_eq!(whole(&mut rng, -1e-9, 1e-9), 0);
        assert_eq!(whole(&mut rng, 5.0, 0.0), 5);
    }
}
