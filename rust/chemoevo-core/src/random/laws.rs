//! Whole laws of the samplers, compared with distribution functions computed in other ways.
//!
//! The checks of a law, each with a false-alarm probability of 1e-6 (and fixed seeds): Kolmogorov and Smirnov's distance
//! against the bound of Dvoretzky, Kiefer and Wolfowitz with Massart's constant, which holds for every sample size and
//! also for discrete laws; Pearson's chi-square over some 60 cells; mean, variance and skewness, where their estimates are
//! close to normal. That they notice errors is shown on samplers with planted bugs.

use super::*;

/// P(|Z| > 4.892) = 1e-6.
const Z: f64 = 4.892;

/// A law by its distribution function and moments.
pub(super) struct Law {
    name: String,
    cdf: Box<dyn Fn(f64) -> f64>,
    discrete: bool,
    mean: f64,
    sd: f64,
    skewness: f64,
    /// Excess kurtosis.
    kurtosis: f64,
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
fn normal_cdf(z: f64) -> f64 {
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

/// Upper quantile of chi-square at 1e-6, by bisection; `df` is even, so that the tail is a sum of Poisson masses.
fn chi_square_bound(df: usize) -> f64 {
    let tail = |x: f64| {
        let (mut term, mut sum) = ((-0.5 * x).exp(), 0.0);
        for j in 0..df / 2 {
            sum += term;
            term *= 0.5 * x / (j + 1) as f64;
        }
        sum
    };
    let (mut low, mut high) = (0.0, 1000.0);
    while high - low > 1e-6 {
        let middle = 0.5 * (low + high);
        if tail(middle) > 1e-6 { low = middle } else { high = middle }
    }
    high
}

/// Draws from a sampler and compares with a law; the failed checks, if any.
pub(super) fn audit(
    law: &Law,
    draws: usize,
    seed: u64,
    mut draw: impl FnMut(&mut Stream) -> f64,
) -> Result<(), String> {
    let mut rng = stream(&[7; 32], seed);
    let mut sample: Vec<f64> = (0..draws).map(|_| draw(&mut rng)).collect();
    sample.sort_unstable_by(f64::total_cmp);
    let count = draws as f64;
    let mut failures = Vec::new();

    // Values with their cumulative probability before and at each.
    let mut distance = 0.0_f64;
    let mut cells: Vec<(f64, f64)> = Vec::new();
    let (mut cell_mass, mut cell_count, mut done) = (0.0, 0.0, 0.0);
    let step = if law.sd > 1e7 { law.sd * 1e-9 } else { 0.0 };
    let mut i = 0;
    while i < draws {
        let x = sample[i];
        let mut j = i + 1;
        while j < draws && sample[j] <= x + step {
            j += 1;
        }
        let at = (law.cdf)(x);
        let before = if law.discrete { (law.cdf)(x - 1.0) } else { at };
        distance = distance.max(j as f64 / count - at).max(before - i as f64 / count);
        cell_count += (j - i) as f64;
        cell_mass += at - done;
        done = at;
        if cell_mass > 1.0 / 60.0 && (1.0 - done) * count > 50.0 {
            cells.push((cell_count, cell_mass * count));
            (cell_count, cell_mass) = (0.0, 0.0);
        }
        i = j;
    }
    cells.push((cell_count, (cell_mass + 1.0 - done) * count));

    let bound = ((2e6_f64).ln() / (2.0 * count)).sqrt();
    if distance > bound {
        failures.push(format!("distance {distance:.2e} > {bound:.2e}"));
    }
    // An odd number of degrees of freedom is bounded as the next even one.
    if cells.len() > 1 && cells.iter().all(|c| c.1 > 20.0) {
        let chi_square: f64 = cells.iter().map(|(o, e)| (o - e) * (o - e) / e).sum();
        let limit = chi_square_bound(cells.len() / 2 * 2);
        if chi_square > limit {
            failures.push(format!("chi-square {chi_square:.1} > {limit:.1}"));
        }
    }
    // Where the sums are close to normal.
    let standardized = || sample.iter().map(|x| (x - law.mean) / law.sd);
    if law.skewness.abs() / count.sqrt() < 0.005 {
        let z = standardized().sum::<f64>() / count.sqrt();
        if z.abs() > Z {
            failures.push(format!("mean off by {z:.1} standard errors"));
        }
    }
    if law.kurtosis < 2.0 {
        let z = standardized().map(|z| z * z - 1.0).sum::<f64>() / ((2.0 + law.kurtosis) * count).sqrt();
        if z.abs() > Z {
            failures.push(format!("variance off by {z:.1} standard errors"));
        }
    }
    if law.skewness.abs() < 0.1 && law.kurtosis.abs() < 0.1 {
        // The third Hermite polynomial has variance 6 under a normal law.
        let z = standardized().map(|z| z * (z * z - 3.0) - law.skewness).sum::<f64>() / (6.0 * count).sqrt();
        if z.abs() > Z {
            failures.push(format!("skewness off by {z:.1} standard errors"));
        }
    }
    if failures.is_empty() { Ok(()) } else { Err(format!("{}: {}", law.name, failures.join(", "))) }
}

pub(super) const DRAWS: usize = 200_000;
const MANY: usize = 10_000_000;

fn check(results: Vec<Result<(), String>>) {
    let failures: Vec<String> = results.into_iter().filter_map(Result::err).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn all_poisson(draws: usize) {
    let means = [0.01, 0.4, 0.6, 1.0, 3.3, 9.99, 10.0, 12.5, 30.0, 99.9, 1000.5, 1e6, 1e7, 1e9, 1e12, 1e15, 1e18];
    check(means.iter().map(|&m| audit(&poisson_law(m), draws, 1, |r| poisson(r, m) as f64)).collect());
}

fn all_binomial(draws: usize) {
    let mut cases = Vec::new();
    for n in [1, 2, 3, 7, 8, 9, 16, 17, 63, 64, 65, 100, 127, 128, 129, 200, 1000] {
        cases.extend([0.004, 0.03, 1.0 / 128.0, 0.2, 0.3, 0.5, 0.77, 0.99].map(|p| (n, p)));
    }
    for n in [1_000_000, 1_000_000_000, 1_000_000_000_000, 1_000_000_000_000_000, 1 << 62] {
        cases.extend([0.1, 0.3, 0.5, 0.9].map(|p| (n, p)));
        for mean in [0.1, 1.0, 9.5, 10.0, 11.3, 100.0, 1e3, 1e5] {
            cases.push((n, mean / n as f64));
        }
        cases.extend([1e-12, 1e-9, 1e-6, 1e-3].iter().filter(|&&p| n as f64 * p > 1e-3).map(|&p| (n, p)));
    }
    check(cases.iter().map(|&(n, p)| audit(&binomial_law(n, p), draws, 2, |r| binomial(r, n, p) as f64)).collect());
}

fn all_negative_binomial(draws: usize) {
    let mut cases = Vec::new();
    for k in [1, 2, 3, 4, 5, 10, 100] {
        cases.extend([0.01, 0.2, 0.99, 1.0, 1.7, 30.0, 1e8, 1e15].map(|odds| (k, odds)));
    }
    for k in [1_000_000, 1_000_000_000, 1_000_000_000_000, 1_000_000_000_000_000] {
        cases.extend([1e-3, 0.1, 0.9, 1.0, 20.0, 1e3].map(|odds| (k, odds)));
        cases.extend([0.5, 5.0, 9.9, 10.1, 300.0].map(|mean| (k, mean / k as f64)));
    }
    check(
        cases
            .iter()
            .map(|&(k, odds)| {
                audit(&negative_binomial_law(k, odds), draws, 3, |r| negative_binomial(r, k, odds) as f64)
            })
            .collect(),
    );
}

fn all_gamma(draws: usize) {
    // mpmath: loggamma(a + 1)
    let cases = [
        (0.01, -0.005690307946069646),
        (0.1, -0.04987244125983973),
        (0.5, -0.12078223763524522),
        (0.999, -0.00042246180069215413),
        (1.0, 0.0),
        (1.5, 0.2846828704729192),
        (2.7, 1.428072326665388),
        (10.0, 15.104412573075516),
        (1000.0, 5912.128178488163),
        (9999.0, 82099.71749644238),
    ];
    let mut laws: Vec<Law> = cases.iter().map(|&(a, g)| gamma_law(a, g)).collect();
    laws.extend([1e6, 1e9, 1e12, 1e15, 1e18].map(|a| gamma_law(a, 0.0)));
    check(laws.iter().map(|law| audit(law, draws, 4, |r| gamma(r, law.mean))).collect());
}

fn all_continuous(draws: usize) {
    let uniform = Law {
        name: "uniform".into(),
        cdf: Box::new(|x| x),
        discrete: false,
        mean: 0.5,
        sd: 12_f64.sqrt().recip(),
        skewness: 0.0,
        kurtosis: -1.2,
    };
    let normal = Law {
        name: "normal".into(),
        cdf: Box::new(normal_cdf),
        discrete: false,
        mean: 0.0,
        sd: 1.0,
        skewness: 0.0,
        kurtosis: 0.0,
    };
    let exponential_law = Law { name: "exponential".into(), ..gamma_law(1.0, 0.0) };
    check(vec![
        audit(&uniform, draws, 5, uniform_open),
        audit(&normal, draws, 5, standard_normal),
        audit(&exponential_law, draws, 5, exponential),
    ]);
}

/// Kolmogorov and Smirnov's two-sample distance, with the bound of Wei & Dudley (2012), doi:10.1016/j.spl.2011.11.012.
fn same_law(name: &str, mut one: impl FnMut(&mut Stream) -> f64, mut two: impl FnMut(&mut Stream) -> f64) {
    let mut rng = stream(&[8; 32], 0);
    let mut a: Vec<f64> = (0..DRAWS).map(|_| one(&mut rng)).collect();
    let mut b: Vec<f64> = (0..DRAWS).map(|_| two(&mut rng)).collect();
    a.sort_unstable_by(f64::total_cmp);
    b.sort_unstable_by(f64::total_cmp);
    let (mut i, mut j, mut distance) = (0, 0, 0_usize);
    while i < DRAWS && j < DRAWS {
        let x = a[i].min(b[j]);
        i += a[i..].iter().take_while(|&&y| y <= x).count();
        j += b[j..].iter().take_while(|&&y| y <= x).count();
        distance = distance.max(i.abs_diff(j));
    }
    let limit = (2e6_f64.ln() * DRAWS as f64).sqrt();
    assert!((distance as f64) < limit, "{name}: {distance} > {limit}");
}

#[test]
fn agrees_with_rand_distr() {
    use rand_distr::{Binomial, Distribution, Gamma, Poisson};
    for (n, p) in [(20, 0.4), (100, 0.05), (1000, 0.3), (100_000, 0.001), (1_000_000, 0.9)] {
        let other = Binomial::new(n, p).unwrap();
        same_law("binomial", |r| binomial(r, n, p) as f64, |r| other.sample(r) as f64);
    }
    for mean in [0.7, 5.0, 20.0, 1e4] {
        let other = Poisson::new(mean).unwrap();
        same_law("poisson", |r| poisson(r, mean) as f64, |r| other.sample(r));
    }
    for shape in [0.05, 0.8, 2.5, 300.0] {
        let other = Gamma::new(shape, 1.0).unwrap();
        same_law("gamma", |r| gamma(r, shape), |r| other.sample(r));
    }
}

#[test]
fn uniform_normal_and_exponential_follow_their_laws() {
    all_continuous(DRAWS);
}

#[test]
fn poisson_follows_its_law() {
    all_poisson(DRAWS);
}

#[test]
fn binomial_follows_its_law() {
    all_binomial(DRAWS / 2);
}

#[test]
fn negative_binomial_follows_its_law() {
    all_negative_binomial(DRAWS);
}

#[test]
fn gamma_follows_its_law() {
    all_gamma(DRAWS);
}

#[test]
#[ignore = "slow"]
fn laws_hold_over_many_draws() {
    all_continuous(MANY);
    all_poisson(MANY);
    all_gamma(MANY);
    all_negative_binomial(MANY / 10);
    all_binomial(MANY / 10);
}
