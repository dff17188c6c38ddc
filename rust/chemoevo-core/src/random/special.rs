//! The pieces of saddle-point probabilities, each without cancellation.
//!
//! Reference: Loader (2000), Fast and accurate computation of binomial probabilities.

/// The largest integer not above `x`, for `|x| < 2^63`; beyond, the nearest number of that range.
///
/// Two instructions, where the method of the standard library is a call unless the processor is known to be newer than
/// the baseline.
#[inline]
pub(super) fn floor(x: f64) -> f64 {
    let truncated = x as i64 as f64;
    if truncated > x { truncated - 1.0 } else { truncated }
}

/// The largest integer not above `x`, for `|x| < 2^51`; beyond, a number within two units of `x`.
///
/// For the candidates of a rejection: those so far from the mean that the difference matters are never accepted.
#[inline]
pub(super) fn floor_near(x: f64) -> f64 {
    // The grain of doubles of this size is 1.
    const GRAIN: f64 = 1.5 * (1_u64 << 52) as f64;
    let nearest = (x + GRAIN) - GRAIN;
    if nearest > x { nearest - 1.0 } else { nearest }
}

/// Computes `ln(1 + x)` to a few units in the last place, faster than the library does.
///
/// The rounding of `w = 1 + x` is undone by the factor `x/(w - 1)`, since `ln(w)/(w - 1)` varies slowly: Goldberg (1991),
/// What every computer scientist should know about floating-point arithmetic, ACM Comput. Surv. 23:5-48, Theorem 4.
#[inline]
pub(super) fn log1p(x: f64) -> f64 {
    // ln(1 + x) = 2 atanh(r) with r = x/(2 + x).
    let r = x / (2.0 + x);
    let s = r * r;
    if s <= ATANH_SHORT {
        return 2.0 * (r + r * s * atanh_short(s));
    }
    let w = 1.0 + x;
    if w == 1.0 { x } else { w.ln() * x / (w - 1.0) }
}

/// Computes `ln(1 + x) - x` for `x > -1`, to a few units in the last place also for small `x`.
#[must_use]
#[inline]
pub fn log1pmx(x: f64) -> f64 {
    // ln(1 + x) = 2 atanh(r) with r = x/(2 + x), and 2 r - x = -r x.
    let r = x / (2.0 + x);
    match atanh_series(r * r) {
        Some(series) => r * (2.0 * r * r * series - x),
        None => x.ln_1p() - x,
    }
}

/// Computes the deviance `k ln(k/mean) + mean - k` for `k >= 0`, given `deviation = k - mean`.
///
/// Loader's series in `(k - mean)/(k + mean)`.
#[must_use]
#[inline]
pub fn bd0(k: f64, deviation: f64) -> f64 {
    if k <= 0.0 {
        return -deviation;
    }
    let r = deviation / (2.0 * k - deviation);
    match atanh_series(r * r) {
        Some(series) => r * (deviation + 2.0 * k * r * r * series),
        None => -k * (-deviation / k).ln_1p() - deviation,
    }
}

/// Up to where a few terms of the series of `atanh` do.
pub(crate) const ATANH_SHORT: f64 = 1e-3;

/// Sums `1/3 + s/5 + s^2/7 + ...` for `s` up to [`ATANH_SHORT`]; what is left out is below 1e-16 of the sum.
#[inline]
pub(crate) fn atanh_short(s: f64) -> f64 {
    1.0 / 3.0 + s * (1.0 / 5.0 + s * (1.0 / 7.0 + s * (1.0 / 9.0 + s * (1.0 / 11.0))))
}

/// Sums `1/3 + s/5 + s^2/7 + ...`, by which `atanh(r) = r + r s (1/3 + ...)` with `s = r^2`; none if `s > 1/16`.
#[inline]
fn atanh_series(s: f64) -> Option<f64> {
    const C: [f64; 14] = {
        let mut c = [0.0; 14];
        let mut j = 0;
        while j < 14 {
            c[j] = 1.0 / (2 * j + 3) as f64;
            j += 1;
        }
        c
    };
    // The first neglected term is below 1e-16 of the sum, and the sum itself is a correction.
    let degree = if s <= 1e-3 {
        5
    } else if s <= 1.0 / 81.0 {
        8
    } else if s <= 1.0 / 16.0 {
        13
    } else {
        return None;
    };
    Some(C[..degree].iter().rev().fold(C[degree], |sum, c| sum * s + c))
}

/// Computes the error of Stirling's formula, `ln k! - (k ln k - k + ln(2 pi k)/2)`, for an integer `k >= 0`.
///
/// At 0, where the formula is infinite, the value is 0.
#[must_use]
#[inline]
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

#[cfg(test)]
mod tests {
    use super::*;

    fn close(value: f64, expected: f64, ulps: f64) -> bool {
        (value - expected).abs() <= ulps * f64::EPSILON * expected.abs()
    }

    #[test]
    fn floors_agree() {
        for i in -40_000..40_000 {
            for x in [f64::from(i) / 8.0, f64::from(i) * 1e10 + 0.25, (f64::from(i) * 5e10).next_down()] {
                assert_eq!((floor(x), floor_near(x)), (x.floor(), x.floor()), "{x}");
            }
        }
    }

    // mpmath, 700 digits: log(1 + x)
    #[test]
    #[allow(clippy::excessive_precision, clippy::approx_constant)]
    fn log1p_keeps_its_digits() {
        for (x, expected) in [
            (1e-20, 9.999999999999999451483e-21),
            (-1e-12, -1.000000000000499979887e-12),
            (1e-08, 9.999999950000000542559e-9),
            (-1e-05, -1.000005000033333665139e-5),
            (0.003, 0.002995508979798478873874),
            (-0.06, -0.06187540371808746943562),
            (0.2, 0.1823215567939546354636),
            (-0.45, -0.5978370007556204695592),
            (0.9, 0.6418538861723947876776),
            (1.5, 0.9162907318741550651835),
            (10000000000.0, 23.02585093004045684017),
        ] {
            assert!(close(log1p(x), expected, 3.0), "{x}: {} {expected}", log1p(x));
        }
    }

    // mpmath, 700 digits: log(1 + x) - x
    #[test]
    #[allow(clippy::excessive_precision)]
    fn log1pmx_keeps_its_digits() {
        for (x, expected) in [
            (1e-20, -4.999999999999999451499e-41),
            (-1e-12, -5.0000000000033331322e-25),
            (1e-08, -4.999999966666667125892e-17),
            (-1e-05, -5.000033333583336151389e-11),
            (0.003, -4.491020201521188576162e-6),
            (-0.06, -0.00187540371808747165607),
            (0.07, -0.002341351526185195167373),
            (0.2, -0.01767844320604537563865),
            (-0.2, -0.02314355131420975854185),
            (-0.39, -0.1042963218147801278024),
            (0.5, -0.09453489189183561802199),
            (0.69, -0.1652714710650178741713),
            (0.71, -0.1735066294854315104854),
            (-0.41, -0.1176327420823719004467),
            (-0.9, -1.402585092994045883858),
            (-0.999999, -12.81551155793551846835),
            (3.0, -1.613705638880109381166),
            (10000000000.0, -9.99999997697414906996e+9),
        ] {
            assert!(close(log1pmx(x), expected, 8.0), "{x}: {} {expected}", log1pmx(x));
        }
    }

    // mpmath, 700 digits: loggamma(k + 1) - (k*log(k) - k) - log(2*pi*k)/2
    #[test]
    #[allow(clippy::excessive_precision)]
    fn stirlerr_keeps_its_digits() {
        for (k, expected) in [
            (0.0, 0.0),
            (1.0, 0.08106146679532725821967),
            (2.0, 0.04134069595540929409382),
            (5.0, 0.01664469118982119216319),
            (14.0, 0.005951370112758847735624),
            (15.0, 0.005554733551962801371039),
            (16.0, 0.005207655919609640440718),
            (17.0, 0.004901395948434737860717),
            (20.0, 0.004166319691996922457463),
            (50.0, 0.001666644446983365509949),
            (100.0, 0.0008333305556349146833812),
            (1000.0, 8.333333055555634920575e-5),
            (1000000.0, 8.333333333333055555556e-8),
            (1000000000.0, 8.333333333333333333056e-11),
            (1000000000000000.0, 8.333333333333333333333e-17),
        ] {
            assert!(close(stirlerr(k), expected, 4.0), "{k}: {} {expected}", stirlerr(k));
        }
    }

    // mpmath, 700 digits: k*log(k/m) + m - k with m = k - deviation
    #[test]
    #[allow(clippy::excessive_precision)]
    fn bd0_keeps_its_digits() {
        for (k, deviation, expected) in [
            (0.0, -12.5, 12.5),
            (1.0, -9.0, 6.697414907005954315982),
            (5.0, -5.5, 1.790313276353113437587),
            (10.0, -0.25, 0.003073874096284989856923),
            (20.0, 8.0, 2.21651247531981366411),
            (100.0, 30.0, 5.667494393873237891264),
            (100.0, 99.0, 361.5170185988091368036),
            (1000.0, -31.0, 0.4707949651771267495693),
            (1000000.0, 1.5, 1.125001125001265626519e-6),
            (1000000.0, -4000.0, 7.978730462547000924882),
            (1000000000.0, 100000.0, 5.000333358335333500014),
            (1000000000000.0, -3000000.0, 4.4999910000202499514),
            (1000000000000000.0, 0.5, 1.250000000000000416667e-16),
            (1000000000000000.0, 100000000.0, 5.000000333333358333335),
            (1e+18, -3000000000.0, 4.49999999100000002025),
        ] {
            assert!(close(bd0(k, deviation), expected, 8.0), "{k} {deviation}: {} {expected}", bd0(k, deviation));
        }
    }
}
