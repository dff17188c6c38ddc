//! The pieces of saddle-point probabilities, each without cancellation.
//!
//! Reference: Loader (2000), Fast and accurate computation of binomial probabilities.

/// Computes `ln(1 + x) - x` for `x > -1`, to a few units in the last place also for small `x`.
#[must_use]
pub fn log1pmx(x: f64) -> f64 {
    if !(-0.4..=0.7).contains(&x) {
        return x.ln_1p() - x;
    }
    // ln(1 + x) = 2 atanh(r) with r = x/(2 + x), and 2 r - x = -r x.
    let r = x / (2.0 + x);
    let s = r * r;
    // s <= 1/16: the first neglected term is below 1e-17 of the sum; and for s <= 1e-3 already after the sixth.
    let series = if s <= 1e-3 {
        1.0 / 3.0 + s * (1.0 / 5.0 + s * (1.0 / 7.0 + s * (1.0 / 9.0 + s * (1.0 / 11.0 + s * (1.0 / 13.0)))))
    } else {
        (0..14).rev().fold(0.0, |sum, j| sum * s + 1.0 / f64::from(2 * j + 3))
    };
    r * (2.0 * s * series - x)
}

/// Computes the error of Stirling's formula, `ln k! - (k ln k - k + ln(2 pi k)/2)`, for an integer `k >= 0`.
///
/// At 0, where the formula is infinite, the value is 0.
#[must_use]
pub fn stirlerr(k: f64) -> f64 {
    const TABLE: [f64; 16] = [
        0.0,
        0.08106146679532726,
        0.0413406959554093,
        0.02767792568499834,
        0.020790672103765093,
        0.016644691189821193,
        0.013876128823070748,
        0.01189670994589177,
        0.010411265261972096,
        0.009255462182712733,
        0.00833056343336287,
        0.007573675487951841,
        0.00694284010720953,
        0.006408994188004207,
        0.0059513701127588475,
        0.005554733551962801,
    ];
    if k < 16.0 {
        return TABLE[k as usize];
    }
    // Bernoulli numbers B_2j/(2j (2j - 1)).
    let s = (k * k).recip();
    (1.0 / 12.0
        - s * (1.0 / 360.0 - s * (1.0 / 1260.0 - s * (1.0 / 1680.0 - s * (1.0 / 1188.0 - s * (691.0 / 360_360.0))))))
        / k
}

/// Computes the deviance `k ln(k/mean) + mean - k` for `k >= 0`, given `deviation = k - mean`.
#[must_use]
pub fn bd0(k: f64, deviation: f64) -> f64 {
    if k > 0.0 { -k * log1pmx(-deviation / k) } else { -deviation }
}
