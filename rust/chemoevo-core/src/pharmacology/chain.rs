//! The chain function: what has come through a row of first-order stages.
//!
//! `Phi(a_0, ..., a_n; h)` is the convolution of `e^{-a_0 t}, ..., e^{-a_n t}` at `h`, which is `(-1)^n` times the divided
//! difference of `a -> e^{-a h}` (Opitz 1964, Z Angew Math Mech 44:T52; for chains of decays Bateman 1910, Proc Camb
//! Philos Soc 15:423). It is positive, symmetric in the rates and defined for equal ones; a rate 0 integrates over time,
//! so `q` of them in front are the input `t^{q-1}/(q-1)!`.
//!
//! With sorted rates and `D = a_n - a_0`: where `D h` is small,
//! `e^{-a_n h} h^n/n! sum_k n!/(n+k)! H_k`, `H_k` the complete homogeneous symmetric polynomials of the `(a_n - a_i) h >= 0`,
//! in which all terms are positive (McCurdy, Ng & Parlett 1984, Math Comp 43:501, doi:10.1090/S0025-5718-1984-0758198-0);
//! elsewhere `(Phi(a_0..a_{n-1}) - Phi(a_1..a_n))/D`, whose terms differ by enough for the difference to keep its digits.

/// Most rates of one chain.
pub(super) const LONGEST: usize = 64;
/// Rates of which there is room for less, which is made sooner.
const USUAL: usize = 32;

/// Terms of the series where `D h <= n + 1`, at most.
const TERMS: usize = 128;

/// `1/n`, from `n = 1` on, at place `n`.
const RECIPROCALS: [f64; 72] = {
    let mut all = [1.0; 72];
    let mut n = 2;
    while n < all.len() {
        all[n] = 1.0 / n as f64;
        n += 1;
    }
    all
};

/// `Phi(rates; h)` for rates in increasing order, at least one and at most [`LONGEST`], and `h >= 0`.
#[inline]
pub(super) fn chain(rates: &[f64], h: f64) -> f64 {
    match *rates {
        [a] => (-a * h).exp(),
        [0.0, b] => h * phi(b * h),
        [a, b] => h * (-a * h).exp() * phi((b - a) * h),
        _ if rates.len() <= USUAL => longer::<USUAL>(rates, h),
        _ => longer::<LONGEST>(rates, h),
    }
}

/// `(1 - e^{-y})/y`.
#[inline]
pub(super) fn phi(y: f64) -> f64 {
    if y == 0.0 { 1.0 } else { -(-y).exp_m1() / y }
}

/// Whether the series serves the part of a chain from `first` to `last`.
fn close(rates: &[f64], first: usize, last: usize, h: f64) -> bool {
    (rates[last] - rates[first]) * h <= (last - first + 1) as f64
}

fn longer<const ROOM: usize>(rates: &[f64], h: f64) -> f64 {
    let n = rates.len() - 1;
    if close(rates, 0, n, h) {
        return series(rates, h);
    }
    // Which parts of each length are needed: those that two neighbors of the next length are differences of.
    let mut needed = [0_u64; ROOM];
    needed[n] = 1;
    for length in (1..=n).rev() {
        let wanted = needed[length];
        for i in (0..=n - length).filter(|&i| wanted >> i & 1 == 1) {
            if !close(rates, i, i + length, h) {
                needed[length - 1] |= 3 << i;
            }
        }
    }
    let mut part = [0.0; ROOM];
    for length in 0..=n {
        for i in (0..=n - length).filter(|&i| needed[length] >> i & 1 == 1) {
            let of = &rates[i..=i + length];
            part[i] = if length < 2 {
                chain(of, h)
            } else if close(rates, i, i + length, h) {
                series(of, h)
            } else {
                (part[i] - part[i + 1]) / (of[length] - of[0])
            };
        }
    }
    part[0]
}

fn series(rates: &[f64], h: f64) -> f64 {
    let n = rates.len() - 1;
    let last = rates[n];
    let widest = (last - rates[0]) * h;
    let mut scale = (-last * h).exp();
    for k in 1..=n {
        scale *= h / k as f64;
    }
    if widest == 0.0 {
        return scale;
    }
    let terms = (24.0 + 3.0 * widest).min(TERMS as f64) as usize;
    let mut symmetric = [0.0; TERMS];
    symmetric[0] = 1.0;
    for &rate in &rates[..n] {
        let x = (last - rate) * h;
        if x > 0.0 {
            for k in 1..terms {
                symmetric[k] += x * symmetric[k - 1];
            }
        }
    }
    let (mut sum, mut weight) = (1.0, 1.0);
    for k in 1..terms {
        weight /= (n + k) as f64;
        sum += weight * symmetric[k];
    }
    scale * sum
}

/// `Phi(0, ..., 0, rate; h)` with `q` zeros at place `q`, from none on: the answer of one stage to `t^{q-1}/(q-1)!`.
///
/// `q` zeros make `h^q phi_q(-y)`, `y = rate h`, with `phi_q = 1/q! - y phi_{q+1}`: downward from a positive series where `y`
/// is small, upward elsewhere, so that errors shrink.
pub(super) fn ramps<const N: usize>(rate: f64, h: f64) -> [f64; N] {
    let y = rate * h;
    let mut out = [0.0; N];
    let mut inverse = [1.0; N];
    for q in 1..N {
        inverse[q] = inverse[q - 1] * RECIPROCALS[q];
    }
    out[0] = (-y).exp();
    if y > 6.0 {
        let per = 1.0 / y;
        for q in 1..N {
            out[q] = (inverse[q - 1] - out[q - 1]) * per;
        }
    } else if N > 1 {
        // phi_q(-y) = e^{-y} sum_n y^n/(n! (q + n) (q - 1)!).
        let top = N - 1;
        let (mut term, mut sum) = (1.0, 0.0);
        for n in 0..(16.0 + 5.0 * y) as usize {
            sum += term * RECIPROCALS[top + n];
            term *= y * RECIPROCALS[n + 1];
        }
        out[top] = out[0] * sum * inverse[top - 1];
        for q in (1..top).rev() {
            out[q] = inverse[q] - y * out[q + 1];
        }
    }
    let mut power = 1.0;
    for value in &mut out[1..] {
        power *= h;
        *value *= power;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(got: f64, want: f64, within: f64) {
        assert!((got / want - 1.0).abs() < within, "{got} {want}");
    }

    /// The density of a sum of exponential times, by convolution of the chain without its last stage.
    fn convolved(rates: &[f64], h: f64) -> f64 {
        let (&last, before) = rates.split_last().unwrap();
        let n = 4000;
        let step = h / f64::from(n);
        let at = |k: i32| chain(before, step * f64::from(k)) * (-last * (h - step * f64::from(k))).exp();
        // Simpson's rule.
        let inner: f64 = (1..n).map(|k| if k % 2 == 1 { 4.0 * at(k) } else { 2.0 * at(k) }).sum();
        (at(0) + inner + at(n)) * step / 3.0
    }

    #[test]
    fn short_chains_are_closed_forms() {
        near(chain(&[0.3], 2.0), (-0.6_f64).exp(), 1e-15);
        near(chain(&[0.0, 0.3], 2.0), -(-0.6_f64).exp_m1() / 0.3, 1e-15);
        near(chain(&[0.3, 0.7], 2.0), ((-0.6_f64).exp() - (-1.4_f64).exp()) / 0.4, 1e-14);
        near(chain(&[0.5; 4], 3.0), (-1.5_f64).exp() * 27.0 / 6.0, 1e-15);
        near(chain(&[0.0; 4], 3.0), 27.0 / 6.0, 1e-15);
        assert_eq!(chain(&[0.0, 1.0, 2.0], 0.0), 0.0);
    }

    #[test]
    fn long_chains_are_convolutions() {
        for rates in [
            &[0.0, 0.0, 0.4][..],
            &[0.0, 0.1, 5.0],
            &[0.1, 0.1, 0.2, 3.0],
            &[0.0, 0.3, 0.3, 0.3, 0.3, 4.0],
            &[0.2, 9.0, 9.0, 9.0, 9.0, 9.0],
            &[0.0, 0.0, 0.01, 0.4, 1.0, 1.0 + 1e-9, 7.0, 12.0],
        ] {
            for h in [0.01, 0.3, 2.0, 7.0] {
                near(chain(rates, h), convolved(rates, h), 1e-8);
            }
        }
    }

    #[test]
    fn equal_rates_are_the_limit_of_rates_that_differ() {
        for h in [0.1, 1.0, 30.0] {
            near(chain(&[0.2, 0.5, 0.5 * (1.0 + 1e-10), 0.9], h), chain(&[0.2, 0.5, 0.5, 0.9], h), 1e-8);
        }
        // A stage of a gamma-distributed time before a slow one: e^{-l h} P(m, D h)/D^m.
        let p_10 = 0.416_960_255_149_946_5; // P(10, 9), by summation of the Poisson law.
        let poisson: f64 = (0..10)
            .scan(1.0, |t, k| {
                let now = *t;
                *t *= 9.0 / f64::from(k + 1);
                Some(now)
            })
            .sum();
        let p: f64 = 1.0 - (-9.0_f64).exp() * poisson;
        assert!((p - p_10).abs() < 0.01);
        let mut rates = [3.1; 11];
        rates[0] = 0.1;
        near(chain(&rates, 3.0), (-0.3_f64).exp() * p / 3.0_f64.powi(10), 1e-13);
    }

    #[test]
    fn fast_stages_pass_everything_on() {
        near(1e9 * chain(&[0.2, 1e9], 3.0), (-0.6_f64).exp(), 1e-8);
        near(1e18 * chain(&[0.2, 1e9, 1e9], 3.0), (-0.6_f64).exp(), 1e-8);
    }

    #[test]
    fn ramps_are_chains_with_zeros() {
        for y in [0.0, 1e-9, 0.3, 2.0, 5.9, 6.1, 30.0, 500.0] {
            let found = ramps::<11>(y / 2.0, 2.0);
            let mut rates = vec![y / 2.0];
            for got in found {
                near(got, chain(&rates, 2.0).max(f64::MIN_POSITIVE), 2e-14);
                rates.insert(0, 0.0);
            }
        }
    }
}
