//! The draws that a stream stands for. They are not claimed to be right, only to be the same in every version: a change
//! here changes the result of every simulation with a given seed, and belongs in the changelog.

use super::*;

#[test]
fn draws_are_stable() {
    let mut rng = stream(&[42; 32], 7);
    let r = &mut rng;
    let counts = [
        binomial(r, 1, 0.5),
        binomial(r, 7, 0.3),
        binomial(r, 100, 0.4),
        binomial(r, 100, 0.001),
        binomial(r, 1000, 0.005),
        binomial(r, 1000, 0.9),
        binomial(r, 1_000_000_000_000_000, 0.5),
        poisson(r, 0.2),
        poisson(r, 7.5),
        poisson(r, 80.0),
        poisson(r, 1e15),
        negative_binomial(r, 1, 0.7),
        negative_binomial(r, 2, 30.0),
        negative_binomial(r, 20, 0.01),
        negative_binomial(r, 50, 2.0),
        negative_binomial(r, 1_000_000_000_000, 3.0),
    ];
    assert_eq!(counts, [0; 16]);
    let bits = [uniform_open(r), exponential(r), standard_normal(r), gamma(r, 0.3), gamma(r, 4.0), gamma(r, 1e15)]
        .map(f64::to_bits);
    assert_eq!(bits, [0; 6]);
    assert_eq!([bernoulli(r, 0.3), bernoulli(r, 0.3), bernoulli(r, 0.3)], [false; 3]);
}
