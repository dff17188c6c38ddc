//! Every sampler against its law, from one trial to counts of 10^18; and against `rand_distr` where that is sound.

use super::audit::audit;
use super::law::{Law, binomial_law, gamma_law, negative_binomial_law, normal_cdf, poisson_law};
use crate::random::*;

pub(super) const DRAWS: usize = 200_000;
const MANY: usize = 4_000_000;

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
    // To the last number below 1, which is 1 - 1.1e-16: failures, which are few, against their law.
    let mut near = Vec::new();
    for n in [1_000_000, 1_000_000_000, 1_000_000_000_000, 1_000_000_000_000_000, 1 << 62] {
        let complements = [1e-3, 1e-6, 1e-9, 1e-12, 1e-15, f64::EPSILON / 2.0];
        near.extend(complements.iter().filter(|&&q| n as f64 * q > 0.05).map(|&q| (n, 1.0 - q)));
    }
    check(
        near.iter()
            .map(|&(n, p)| audit(&binomial_law(n, 1.0 - p), draws, 2, |r| (n - binomial(r, n, p)) as f64))
            .collect(),
    );
}

fn all_negative_binomial(draws: usize) {
    let mut cases = Vec::new();
    for k in [1, 2, 3, 4, 5, 10, 100] {
        cases.extend([0.01, 0.2, 0.99, 1.0, 1.7, 3.9, 4.1, 30.0, 1e8, 1e15].map(|odds| (k, odds)));
    }
    // Where the methods meet: odds 0.1, mean 14.
    cases.extend([(139, 0.1), (141, 0.1), (200, 0.0999), (200, 0.1001), (700, 0.02), (1500, 0.01), (14_100, 1e-3)]);
    for k in [1_000_000, 1_000_000_000, 1_000_000_000_000, 1_000_000_000_000_000] {
        cases.extend([1e-3, 0.05, 0.1, 0.9, 1.0, 20.0, 1e3].map(|odds| (k, odds)));
        cases.extend([0.5, 5.0, 9.9, 10.1, 13.9, 14.1, 30.0, 300.0, 1e4].map(|mean| (k, mean / k as f64)));
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

/// What is never to be seen in the life of the universe is not seen.
#[test]
fn nothing_happens_at_the_smallest_probabilities() {
    let mut rng = stream(&[9; 32], 0);
    for p in [f64::MIN_POSITIVE * f64::EPSILON, 1e-300, 1e-100, 1e-50] {
        for n in [1, 1000, 1_000_000, 1_000_000_000, 1_000_000_000_000, 1_000_000_000_000_000, 1 << 62] {
            for _ in 0..1000 {
                assert_eq!(binomial(&mut rng, n, p), 0);
                assert_eq!(negative_binomial(&mut rng, n, p), 0);
                assert_eq!(poisson(&mut rng, n as f64 * p), 0);
            }
        }
    }
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
    all_negative_binomial(MANY / 4);
    all_binomial(MANY / 4);
}
