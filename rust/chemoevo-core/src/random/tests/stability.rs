//! The draws that a stream stands for. They are not claimed to be right, only to be the same in every version: a change
//! here changes the result of every simulation with a given seed, and belongs in the changelog.

use crate::random::*;

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
    assert_eq!(
        counts,
        [0, 2, 40, 1, 5, 911, 499999995555293, 0, 8, 68, 1000000021406905, 0, 100, 0, 88, 2999999507930]
    );
    let values = [uniform_open(r), exponential(r), standard_normal(r), gamma(r, 0.3), gamma(r, 4.0), gamma(r, 1e15)];
    // Logarithm and exponential may differ in the last place between systems.
    for (value, expected) in values.into_iter().zip([
        0.8419901776646689,
        0.7227680910007219,
        -1.8103016812494188,
        0.061849741320513456,
        3.926653929778465,
        999999996878427.6,
    ]) {
        assert!((value - expected).abs() <= 1e-14 * expected.abs(), "{values:?}");
    }
    assert_eq!([bernoulli(r, 0.3), bernoulli(r, 0.3), bernoulli(r, 0.3)], [true, false, true]);
    assert_eq!([negative_binomial(r, 1_000_000, 0.05), negative_binomial(r, 1, 2.5)], [50062, 0]);
}
