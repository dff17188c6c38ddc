//! The laws, computed in other ways than the samplers use: probabilities by their ratios, the gamma law by its series,
//! and Edgeworth's expansion where the law is wide.

/// A law by its distribution function and moments.
pub(super) struct Law {
    pub(super) name: String,
    pub(super) cdf: Box<dyn Fn(f64) -> f64>,
    pub(super) discrete: bool,
    pub(super) mean: f64,
    pub(super) sd: f64,
    pub(super) skewness: f64,
    /// Excess kurtosis.
    pub(super) kurtosis: f64,
}

/// Regularized incomplete gamma function, by its series of positive terms; `ln_gamma1 = ln Gamma(a + 1)`.
fn gamma_cdf(a: f64, ln_gamma1: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    let (mut term, mut sum, mut j) = (1.0, 1.0, 1.0);
    while term > 1e-18 * sum {
        term *= x / (a + j);
        sum += term;
        j += 1.0;
    }
    ((a * x.ln() - x - ln_gamma1).exp() * sum).min(1.0)
}

/// The standard normal distribution function.
pub(super) fn normal_cdf(z: f64) -> f64 {
    let half = 0.5 * gamma_cdf(0.5, 0.5 * (std::f64::consts::PI / 4.0).ln(), 0.5 * z * z);
    if z < 0.0 { 0.5 - half } else { 0.5 + half }
}

/// Edgeworth's expansion to the second order: the error is of order (skewness)^3.
fn edgeworth(mean: f64, sd: f64, skewness: f64, kurtosis: f64) -> Box<dyn Fn(f64) -> f64> {
    Box::new(move |x| {
        let z = ((x - mean) / sd).clamp(-9.0, 9.0);
        let s = z * z;
        let density = (-0.5 * s).exp() / std::f64::consts::TAU.sqrt();
        let first = skewness / 6.0 * (s - 1.0);
        let second = kurtosis / 24.0 * z * (s - 3.0) + skewness * skewness / 72.0 * z * (s * s - 10.0 * s + 15.0);
        normal_cdf(z) - density * (first + second)
    })
}

/// The law on 0, 1, 2, ... with `P(k + 1)/P(k) = ratio(k)`: multiplied out from the mean, both ways, and normalized.
fn by_ratios(name: String, mean: f64, sd: f64, skewness: f64, kurtosis: f64, ratio: impl Fn(f64) -> f64) -> Law {
    let cdf: Box<dyn Fn(f64) -> f64> = if sd > 3e3 {
        // Half a unit is the correction for continuity.
        edgeworth(mean - 0.5, sd, skewness, kurtosis)
    } else {
        let start = mean.floor();
        let (mut below, mut above) = (Vec::new(), vec![1.0]);
        let (mut mass, mut k) = (1.0, start);
        while k > 0.0 && mass > 1e-25 {
            k -= 1.0;
            mass /= ratio(k);
            below.push(mass);
        }
        let first = k;
        (mass, k) = (1.0, start);
        while mass > 1e-25 {
            mass *= ratio(k);
            above.push(mass);
            k += 1.0;
        }
        let masses: Vec<f64> = below.into_iter().rev().chain(above).collect();
        let total: f64 = masses.iter().sum();
        let mut sum = 0.0;
        let table: Vec<f64> = masses
            .iter()
            .map(|m| {
                sum += m / total;
                sum
            })
            .collect();
        Box::new(move |x| {
            let i = x.floor() - first;
            if i < 0.0 { 0.0 } else { table[(i as usize).min(table.len() - 1)].min(1.0) }
        })
    };
    Law { name, cdf, discrete: true, mean, sd, skewness, kurtosis }
}

pub(super) fn poisson_law(mean: f64) -> Law {
    let name = format!("Poisson({mean:e})");
    by_ratios(name, mean, mean.sqrt(), mean.sqrt().recip(), mean.recip(), |k| mean / (k + 1.0))
}

pub(super) fn binomial_law(n: u64, p: f64) -> Law {
    let (trials, q) = (n as f64, 1.0 - p);
    let variance = trials * p * q;
    let name = format!("Binomial({n}, {p:e})");
    by_ratios(name, trials * p, variance.sqrt(), (q - p) / variance.sqrt(), (1.0 - 6.0 * p * q) / variance, |k| {
        (trials - k) / (k + 1.0) * (p / q)
    })
}

pub(super) fn negative_binomial_law(k: u64, odds: f64) -> Law {
    let size = k as f64;
    let variance = size * odds * (1.0 + odds);
    let name = format!("NegativeBinomial({k}, {odds:e})");
    let skewness = (1.0 + 2.0 * odds) / variance.sqrt();
    let kurtosis = 6.0 / size + variance.recip();
    let mut law = by_ratios(name, size * odds, variance.sqrt(), skewness, kurtosis, |j| {
        (size + j) / (j + 1.0) * (odds / (1.0 + odds))
    });
    if k < 1000 && law.sd > 3e3 {
        // Too skew for Edgeworth's expansion, and so wide that it is the gamma law of the mean to 1/odds.
        assert!(odds > 1e6);
        let ln_gamma1: f64 = (1..=k).map(|j| (j as f64).ln()).sum();
        law.cdf = Box::new(move |x| gamma_cdf(size, ln_gamma1, x / odds));
    }
    law
}

/// `ln_gamma1 = ln Gamma(shape + 1)`; not needed for large shapes.
pub(super) fn gamma_law(shape: f64, ln_gamma1: f64) -> Law {
    let skewness = 2.0 / shape.sqrt();
    let cdf: Box<dyn Fn(f64) -> f64> = if shape > 1e4 {
        edgeworth(shape, shape.sqrt(), skewness, 6.0 / shape)
    } else {
        Box::new(move |x| gamma_cdf(shape, ln_gamma1, x))
    };
    let name = format!("Gamma({shape:e})");
    Law { name, cdf, discrete: false, mean: shape, sd: shape.sqrt(), skewness, kurtosis: 6.0 / shape }
}

// mpmath, 45 digits, p and odds as doubles. Gamma: integral of the density. Poisson: 1 - P(Gamma(k + 1) <= mean).
// Binomial: betainc(n - k, k + 1, 0, 1 - p, regularized). Negative binomial: betainc(k, j + 1, 0, 1/(1 + odds), regularized).
#[test]
#[allow(clippy::excessive_precision)]
fn laws_are_accurate() {
    for (law, x, expected) in [
        (gamma_law(1e6, 0.0), 998_000.0, 0.022696114006736803),
        (gamma_law(1e6, 0.0), 1_000_500.0, 0.69155047577149718),
        (gamma_law(1e15, 0.0), 999_999_905_131_670.2, 0.0013498976656191499),
        (gamma_law(1e15, 0.0), 1_000_000_000_000_000.0, 0.50000000420522087),
        (gamma_law(1e15, 0.0), 1_000_000_047_434_164.9, 0.9331927969118607),
        (poisson_law(99.9), 80.0, 0.023174187696593436),
        (poisson_law(1e7), 10_003_000.0, 0.82865069921347044),
        (poisson_law(1e15), 999_999_970_000_000.0, 0.17139085973007494),
        (binomial_law(1000, 0.3), 310.0, 0.76630504342038625),
        (binomial_law(1_000_000, 0.5), 499_200.0, 0.054910278253074705),
        (binomial_law(1_000_000_000, 1e-06), 1050.0, 0.94397125162359884),
        (binomial_law(1_000_000_000_000, 0.1), 100_000_500_000.0, 0.95220973492126507),
        (binomial_law(1_000_000_000_000_000, 0.3), 299_999_980_000_000.0, 0.083773143532327708),
        (binomial_law(1_000_000_000_000_000, 1e-12), 970.0, 0.17561181360022172),
        (negative_binomial_law(10, 1.7), 25.0, 0.88902950100495536),
        (negative_binomial_law(1_000_000, 0.1), 100_700.0, 0.98257112876206694),
        (negative_binomial_law(1_000_000, 20.0), 20_020_000.0, 0.83545302119093158),
        (negative_binomial_law(1_000_000_000_000_000, 1000.0), 9.9999997e+17, 0.17151145406004071),
    ] {
        let value = (law.cdf)(x);
        assert!((value - expected).abs() < 1e-6, "{}: P(X <= {x}) is {expected}, not {value}", law.name);
    }
}
