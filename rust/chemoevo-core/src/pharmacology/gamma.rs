//! The chain function behind a gamma-distributed time: what has come through a number of stages that need not be whole,
//! and then through a row of first-order ones.
//!
//! `Psi(a_0, ..., a_j; h)` is the convolution of the density `k (k t)^{m-1} e^{-k t}/Gamma(m)`, of order `m >= 1` and rate `k`,
//! with the chain function `Phi(a_0, ..., a_j)`. It is `k^m h^{m+j}/Gamma(m+j+1)` times a confluent Dirichlet average (Carlson
//! 1977, Special Functions of Applied Mathematics), symmetric in the `a_i` and positive. Four ways, by how far
//! `(max - min) h` of `k` and the rates is:
//!
//! * near: `e^{-max h} sum_N h_N/(m+j+1)_N`, where `sum_N h_N z^N = prod_i (1 - x_i z)^{-b_i}` with `x_i = (max - rate_i) h >= 0` and
//!   weight `m` for `k`, 1 for the others; Kummer's `M` for one rate. All terms are positive;
//! * `k` far above all rates: `(-1)^j` times the divided difference of `(k/(k-a))^m e^{-a h}`, by the rule of Leibniz
//!   `sum_p (-1)^p g[a_0..a_p] Phi(a_p..a_j)`, `g` absolutely monotone. What is left out is below 1e-20;
//! * `k` far below all rates: the asymptotic series of what the density drives, in powers of `1/((a_i - k) h)`;
//! * rates far from one another: `(Psi(a_0..a_{j-1}) - Psi(a_1..a_j))/(a_j - a_0)`, whose terms differ by enough.

use super::cascade::Measure;
use super::chain::chain;

/// Distance, in `1/h`, from which on `k` is far from a rate, for `m = 0`, and how much it grows with `m`.
const FAR: (f64, f64) = (50.0, 2.0);
/// Distance from which on two rates are far from each other.
const APART: f64 = 40.0;
/// Most rates of one chain: a phase of plasma, of a metabolite, an effect compartment, an area.
const MOST: usize = 4;
/// Terms of a series that are too small to be seen.
const SMALL: f64 = 1e-18;

/// The density of the time that a dose needs to come through.
#[derive(Clone, Debug)]
pub(super) struct Density {
    order: f64,
    rate: f64,
    /// `ln Gamma(m + i)` at place `i`.
    ln_gamma: [f64; MOST + 1],
}

impl Density {
    /// Of `order >= 1` stages of a rate, both finite.
    pub(super) fn new(order: f64, rate: f64) -> Self {
        let mut found = [ln_gamma(order); MOST + 1];
        for i in 1..found.len() {
            found[i] = found[i - 1] + (order + (i - 1) as f64).ln();
        }
        Self { order, rate, ln_gamma: found }
    }

    /// Number of stages, and rate of each.
    pub(super) const fn stages(&self) -> (f64, f64) {
        (self.order, self.rate)
    }

    /// The density (1/h) at a time.
    pub(super) fn at(&self, h: f64) -> f64 {
        if h > 0.0 { (self.order * (self.rate * h).ln() - self.rate * h - self.ln_gamma[0]).exp() / h } else { 0.0 }
    }

    /// Hours after which less than 1e-40 is still to come.
    pub(super) fn lasts(&self) -> f64 {
        (100.0 + 3.0 * self.order) / self.rate
    }

    fn far(&self) -> f64 {
        FAR.0 + FAR.1 * self.order
    }
}

/// First-order stages behind such a time.
#[derive(Clone, Debug)]
pub(super) struct Passage {
    /// Rates of the stages, increasing, after a zero.
    rates: Vec<f64>,
    /// Divided differences `g[a_i..a_{i+p}]` of `(1 - a/k)^{-m}` at place `i` and `p`; nothing where `a_{i+p} >= k`.
    growth: [[f64; MOST]; MOST],
}

impl Passage {
    /// Stages of increasing rates, less than [`MOST`].
    pub(super) fn new(density: &Density, stages: &[f64]) -> Self {
        debug_assert!(stages.len() < MOST, "a passage of {} stages", stages.len());
        let rates = [&[0.0], stages].concat();
        let mut growth = [[0.0; MOST]; MOST];
        for (i, row) in growth.iter_mut().enumerate().take(rates.len()) {
            for (p, g) in row.iter_mut().enumerate().take(rates.len() - i) {
                let of = &rates[i..=i + p];
                if of[p] < density.rate {
                    *g = growing(density, of);
                }
            }
        }
        Self { rates, growth }
    }

    /// `Psi` of the stages at `h`, or its integral from 0.
    pub(super) fn at(&self, density: &Density, h: f64, measure: Measure) -> f64 {
        let first = 1 - measure.zeros();
        if h > 0.0 { self.part(density, first, self.rates.len() - 1, h) } else { 0.0 }
    }

    /// `Psi` of some of them in a row.
    fn part(&self, density: &Density, first: usize, last: usize, h: f64) -> f64 {
        let (k, low, high) = (density.rate, self.rates[first], self.rates[last]);
        let far = density.far();
        if (k.max(high) - k.min(low)) * h <= far + APART {
            series(density, &self.rates[first..=last], h)
        } else if (low - k) * h >= far {
            driven(density, &self.rates[first..=last], h)
        } else if (k - high) * h >= far {
            self.passed(first, last, h)
        } else {
            // Some rates are far apart.
            (self.part(density, first, last - 1, h) - self.part(density, first + 1, last, h)) / (high - low)
        }
    }

    /// Where `k` is far above the rates.
    fn passed(&self, first: usize, last: usize, h: f64) -> f64 {
        let mut sum = 0.0;
        for p in (0..=last - first).rev() {
            let rest = chain(&self.rates[first + p..=last], h);
            // Where nothing is left in double precision the factor may be beyond it.
            let term = if rest == 0.0 { 0.0 } else { self.growth[first][p] * rest };
            sum = term - sum;
        }
        sum
    }
}

/// Where all are near.
fn series(density: &Density, rates: &[f64], h: f64) -> f64 {
    let (m, k, n) = (density.order, density.rate, rates.len());
    let (least, most) = (k.min(rates[0]), k.max(rates[n - 1]));
    let own = (most - k) * h;
    let mut away = [0.0; MOST];
    for (x, rate) in away.iter_mut().zip(rates) {
        *x = (most - rate) * h;
    }
    // Of the product of the first factors, the coefficients over (m + n)_N.
    let (mut of_own, mut products) = (1.0, [1.0; MOST]);
    let (mut sum, mut index) = (1.0, 0.0);
    loop {
        let per = 1.0 / (m + n as f64 + index);
        index += 1.0;
        of_own *= own * (m + index - 1.0) / index * per;
        let mut term = of_own;
        for (product, x) in products[..n].iter_mut().zip(&away) {
            *product = term + x * per * *product;
            term = *product;
        }
        sum += term;
        if term <= SMALL * sum {
            break;
        }
    }
    let widest = (most - least) * h;
    let scale = m * (k * h).ln() - least * h - density.ln_gamma[n];
    // Of two factors, neither of which is beyond the numbers.
    scale.exp() * h.powi(n as i32 - 1) * (sum * (-widest).exp())
}

/// Where `k` is far below the rates: `h^{m-1} e^{-k h}/Gamma(m) prod_i 1/(a_i - k) sum_p (-1)^p (m-1)...(m-p) H_p`, `H_p` the complete
/// homogeneous symmetric polynomials of `1/((a_i - k) h)`.
fn driven(density: &Density, rates: &[f64], h: f64) -> f64 {
    let (m, k, n) = (density.order, density.rate, rates.len());
    let mut near = [0.0; MOST];
    let mut scale = (m * (k * h).ln() - k * h - density.ln_gamma[0]).exp() / h;
    for (x, rate) in near.iter_mut().zip(rates) {
        scale /= rate - k;
        *x = 1.0 / ((rate - k) * h);
    }
    let (mut sum, mut falling, mut index) = (1.0_f64, 1.0, 0.0);
    let (mut symmetric, mut before) = ([1.0; MOST], f64::INFINITY);
    loop {
        index += 1.0;
        falling *= index - m;
        let mut all = 0.0;
        for (s, x) in symmetric[..n].iter_mut().zip(&near) {
            *s = all + x * *s;
            all = *s;
        }
        let term = falling * all;
        // Behind m the series falls, and at last grows again.
        if term.abs() <= SMALL * sum || (index > m && term.abs() >= before) {
            break;
        }
        sum += term;
        before = term.abs();
    }
    scale * sum
}

/// The divided difference of `a -> (1 - a/k)^{-m}` at increasing rates below `k`.
fn growing(density: &Density, rates: &[f64]) -> f64 {
    let (m, k, p) = (density.order, density.rate, rates.len() - 1);
    let left = |rate: f64| (k - rate) / k;
    let most = left(rates[0]);
    if p == 0 {
        return most.powf(-m);
    }
    if left(rates[p]) < 0.7 * most {
        return (growing(density, &rates[1..]) - growing(density, &rates[..p])) / (rates[p] - rates[0]);
    }
    // k^{-p} (m)_p/p! most^{-m-p} sum_N (m+p)_N/(p+1)_N h_N, h_N the complete homogeneous polynomials of 1 - left/most.
    let (mut sum, mut products, mut weight, mut index) = (1.0, [1.0; MOST], 1.0, 0.0);
    loop {
        weight *= (m + p as f64 + index) / (p as f64 + 1.0 + index);
        index += 1.0;
        let mut all = 0.0;
        for (product, &rate) in products.iter_mut().zip(rates) {
            *product = all + (rate - rates[0]) / (k - rates[0]) * *product;
            all = *product;
        }
        sum += weight * all;
        if weight * all <= SMALL * sum {
            break;
        }
    }
    let rising: f64 = (0..p).map(|i| (m + i as f64) / (i + 1) as f64 / k).product();
    rising * most.powf(-m - p as f64) * sum
}

/// `ln Gamma(x)` for `x >= 1`, by the series of Stirling far out, to a few 1e-15.
fn ln_gamma(x: f64) -> f64 {
    let (mut product, mut y) = (1.0, x);
    while y < 20.0 {
        product *= y;
        y += 1.0;
    }
    let (per, square) = (1.0 / y, 1.0 / (y * y));
    let tail =
        1.0 / 12.0 - square * (1.0 / 360.0 - square * (1.0 / 1260.0 - square * (1.0 / 1680.0 - square / 1188.0)));
    (y - 0.5) * y.ln() - y + 0.5 * std::f64::consts::TAU.ln() + per * tail - f64::ln(product)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(got: f64, want: f64, within: f64) {
        assert!((got / want - 1.0).abs() < within, "{got:e} {want:e}");
    }

    fn passed(order: f64, rate: f64, stages: &[f64], h: f64, measure: Measure) -> f64 {
        let density = Density::new(order, rate);
        Passage::new(&density, stages).at(&density, h, measure)
    }

    #[test]
    fn every_distance_of_rates() {
        // Computed elsewhere with 40 digits, by the series of positive terms alone.
        for (order, rate, stages, h, want) in [
            (4.5, 2.0, &[0.3][..], 1.0, 0.082_649_210_624_810_8),
            (4.5, 0.3, &[2.0], 5.0, 0.009_645_574_568_753_49),
            (1.5, 3.0, &[0.2, 0.2, 0.2], 40.0, 0.289_748_253_116_554_14),
            (1.5, 0.1, &[3.0, 3.0, 3.0], 40.0, 1.672_670_850_375_855_5e-4),
            (9.7, 1.0, &[0.1, 1.0, 5.0], 300.0, 5.896_232_657_517_833e-14),
            (20.25, 7.0, &[0.01, 0.01, 6.9], 60.0, 4.670_144_335_191_021),
            (2.3, 0.7, &[0.7], 1e-9, 3.273_663_424_857_383e-22),
            (2.3, 50.0, &[0.001, 0.3], 60.0, 3.149_858_999_131_039_9),
            (49.9, 0.2, &[0.21, 3.0, 3.0], 200.0, 0.001_874_552_115_537_005_8),
        ] {
            near(passed(order, rate, stages, h, Measure::Value), want, 1e-12);
        }
        near(passed(33.5, 1.0, &[0.9, 1.1, 4.0], 90.0, Measure::Area), 0.252_525_252_518_948_7, 1e-12);
    }

    #[test]
    fn whole_numbers_of_stages_are_chains() {
        for stages in [1_usize, 2, 5, 16, 30, 50] {
            for onward in [&[0.3][..], &[1.3], &[0.3, 0.3, 9.0], &[0.05, 1.2, 1.4], &[1e7]] {
                for h in [0.01, 1.0, 9.0, 40.0, 300.0] {
                    let mut rates = [&vec![1.3; stages][..], onward].concat();
                    rates.sort_by(f64::total_cmp);
                    let want = chain(&rates, h) * 1.3_f64.powi(stages as i32);
                    if want > 1e-280 {
                        near(passed(stages as f64, 1.3, onward, h, Measure::Value), want, 1e-11);
                    }
                }
            }
        }
    }

    #[test]
    fn numbers_of_stages_and_rates_are_continuous() {
        for h in [1e-3, 0.5, 8.0, 90.0, 2e3] {
            let at = |order: f64, rate: f64| passed(order, rate, &[0.2, 0.7], h, Measure::Area);
            let (a, b, c) = (at(5.0 - 1e-7, 0.7), at(5.0, 0.7), at(5.0 + 1e-7, 0.7));
            near(a, b, 2e-6);
            near(0.5 * (a + c), b, 1e-12);
            near(at(5.0, 0.7 * (1.0 + 1e-10)), b, 1e-9);
        }
    }

    #[test]
    fn all_comes_in_the_end_and_the_density_is_its_slope() {
        let density = Density::new(3.7, 0.9);
        let arrived = |h: f64| passed(3.7, 0.9, &[], h, Measure::Area);
        assert!((arrived(1e3) - 1.0).abs() < 1e-14 && 1.0 - arrived(density.lasts()) < 1e-14);
        for h in [0.1, 2.0, 11.0] {
            near(density.at(h), (arrived(h + 1e-5) - arrived(h - 1e-5)) / 2e-5, 1e-8);
        }
        assert_eq!((density.at(0.0), arrived(0.0)), (0.0, 0.0));
        assert!(density.at(density.lasts()) * density.lasts() < 1e-40);
    }

    #[test]
    fn logarithms_of_the_gamma_function() {
        let mut factorial = 1.0;
        for n in 1..57 {
            assert!((ln_gamma(f64::from(n)) - f64::ln(factorial)).abs() < 1e-13);
            factorial *= f64::from(n);
        }
        near(ln_gamma(1.5), (0.5 * std::f64::consts::PI.sqrt()).ln(), 1e-13);
    }
}
