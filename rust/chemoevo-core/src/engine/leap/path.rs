//! The path of a plain birth-death process between its two ends: the law of its integral, which founds mutants.
//!
//! Cells divide at rate `b` and die at rate `d`, `a = b + d`, `r = b - d`, for `h` days, `x = r h`. From `n` cells that
//! become `N`, the integral of their number, given both ends, has the mean `n kappa(-x) + N kappa(x)` with
//! `kappa(x) = 1/r - h/expm1(x)`: it is the regression of the integral on `N`, and because both coefficients are positive
//! it is so whatever `N`, also for `N = 0`. The variance that is left is `c n` on average over `N`, with
//! `c = a h^3 e^{x/2} (4 sinh^2(x/2) - x^2) / (2 x^3 sinh(x/2))`. A gamma law with this mean and variance therefore has the
//! exact mean and variance of the integral, and its exact covariance with `N`. Given both ends the mean number of cells at
//! `t` is `N expm1(r t)/expm1(x) + n expm1(-r (h - t))/expm1(-x)`, which is monotone in `t`.
//!
//! The moments are those of the linear birth-death process, Bartlett (1955), An introduction to stochastic processes,
//! chapter 3.4; the regression on the end follows from them.

use crate::random::{gamma, uniform_open};
use rand::Rng;

/// A plain birth-death process over a stretch of constant rates.
#[derive(Clone, Copy, Debug)]
pub struct Path {
    x: f64,
    /// Weight of the start and of the end in the mean of the integral (days).
    start: f64,
    end: f64,
    /// Variance of the integral, given both ends, for each cell at the start (days^2).
    spread: f64,
    /// Mean of the integral for each cell at the start (days).
    mean: f64,
}

impl Path {
    /// With division rate `birth` and death rate `death` (per day) over `h` days, `h > 0`.
    #[must_use]
    pub fn new(birth: f64, death: f64, h: f64) -> Self {
        let x = (birth - death) * h;
        Self {
            x,
            start: h * kappa(-x),
            end: h * kappa(x),
            spread: (birth + death) * h.powi(3) * spread(x),
            mean: h * if x == 0.0 { 1.0 } else { x.exp_m1() / x },
        }
    }

    /// Mean of the integral for each cell at the start (days).
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// Draws the integral of the number of cells (cells times days), given `from` cells at the start and `to` at the end.
    #[inline]
    pub fn integral<R: Rng + ?Sized>(&self, rng: &mut R, from: f64, to: f64) -> f64 {
        let mean = from * self.start + to * self.end;
        let variance = from * self.spread;
        if variance > 0.0 { gamma(rng, mean / variance * mean) * (variance / mean) } else { mean }
    }

    /// Mean number of cells at the share `share` of the stretch, given both ends.
    #[inline]
    #[must_use]
    pub fn between(&self, from: f64, to: f64, share: f64) -> f64 {
        if self.x == 0.0 {
            return from + share * (to - from);
        }
        let late = (share * self.x).exp_m1() / self.x.exp_m1();
        let early = (-(1.0 - share) * self.x).exp_m1() / (-self.x).exp_m1();
        to * late + from * early
    }

    /// Draws the share of the stretch after which one founder comes: with a density in proportion to the mean number of
    /// cells given both ends.
    #[inline]
    pub fn founding_share<R: Rng + ?Sized>(&self, rng: &mut R, from: f64, to: f64) -> f64 {
        let most = from.max(to);
        loop {
            let share = uniform_open(rng);
            if uniform_open(rng) * most <= self.between(from, to, share) {
                return share;
            }
        }
    }
}

/// `1/x - 1/expm1(x)`, between 0 and 1; 1/2 at 0.
fn kappa(x: f64) -> f64 {
    if x.abs() < 0.3 {
        // 1/x - 1/expm1(x) = 1/2 - sum B_2k x^(2k-1)/(2k)!, Bernoulli's numbers; the next term is below 1e-16.
        let y = x * x;
        let odd = 1.0 / 12.0
            - y * (1.0 / 720.0
                - y * (1.0 / 30_240.0
                    - y * (1.0 / 1_209_600.0 - y * (1.0 / 47_900_160.0 - y * 5.284_190_138_687_493e-10))));
        0.5 - x * odd
    } else {
        1.0 / x - 1.0 / x.exp_m1()
    }
}

/// `e^{x/2} (4 sinh^2(x/2) - x^2) / (2 x^3 sinh(x/2))`; 1/12 at 0.
fn spread(x: f64) -> f64 {
    if x.abs() < 1.0 {
        // 4 sinh^2(x/2) - x^2 = 2 sum_{k>=2} x^(2k)/(2k)!, and sinh(x/2) = (x/2) sum (x/2)^(2k)/(2k+1)!.
        let y = x * x;
        let above = 1.0 / 12.0
            * (1.0
                + y / 30.0
                    * (1.0 + y / 56.0 * (1.0 + y / 90.0 * (1.0 + y / 132.0 * (1.0 + y / 182.0 * (1.0 + y / 240.0))))));
        let half = 0.5 * x;
        let below = if half == 0.0 { 1.0 } else { half.sinh() / half };
        half.exp() * above / below
    } else {
        let s = (0.5 * x).sinh();
        (0.5 * x).exp() * (4.0 * s * s - x * x) / (2.0 * x.powi(3) * s)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::Segment;
    use crate::propagator::{SegmentLaw, count_without_event};
    use crate::random::stream;

    // mpmath, 40 digits.
    #[allow(clippy::excessive_precision)]
    #[test]
    fn coefficients_keep_their_digits() {
        for (x, k, s) in [
            (1e-9, 0.499999999916666667, 0.083333333375),
            (0.1, 0.491668055224950376, 0.0875986278971285712),
            (-0.29, 0.524132860741123347, 0.0720348859365415312),
            (0.31, 0.474207948609338702, 0.0972272831907369147),
            (-0.99, 0.581183058636613627, 0.0504028069782709179),
            (1.01, 0.417230415418470809, 0.136967509286411026),
            (2.0, 0.343482357250334348, 0.220373190991498452),
            (-12.0, 0.916672810916771572, 0.000578188127183183023),
        ] {
            assert!((kappa(x) - k).abs() < 1e-14, "kappa({x}) = {:e}", kappa(x));
            assert!((spread(x) / s - 1.0).abs() < 1e-13, "spread({x}) = {:.17e}", spread(x));
        }
    }

    /// The drawn integral has the mean, the variance and the covariance with the end that the process has.
    #[test]
    fn integral_has_the_moments_of_the_process() {
        let n = 200_000;
        for (b, d, h, cells) in [(1.0, 0.5, 1.0, 40u64), (0.3, 1.5, 1.2, 60), (0.7, 0.7, 0.8, 30), (2.0, 0.0, 0.6, 50)]
        {
            let (r, a) = (b - d, b + d);
            let path = Path::new(b, d, h);
            let law = SegmentLaw::new(Segment { birth: b, death: d, special: 0.0 }).over(h);
            let mut rng = stream(&[21; 32], cells);
            let (mut sum, mut square, mut product, mut fourth) = (0.0, 0.0, 0.0, 0.0);
            let m = cells as f64;
            let growth = f64::exp(r * h);
            let mean = m * if r == 0.0 { h } else { (r * h).exp_m1() / r };
            // Var int N and Cov(N, int N) by Simpson's rule on the double integral of the covariance function.
            let v = |t: f64| if r == 0.0 { a * t } else { a / r * (r * t).exp() * (r * t).exp_m1() };
            let steps = 2000;
            let grid = |f: &dyn Fn(f64) -> f64| {
                let dt = h / f64::from(steps);
                (0..=steps)
                    .map(|k| {
                        f(f64::from(k) * dt)
                            * if k == 0 || k == steps {
                                1.0
                            } else if k % 2 == 1 {
                                4.0
                            } else {
                                2.0
                            }
                    })
                    .sum::<f64>()
                    * dt
                    / 3.0
            };
            let reach = |t: f64| if r == 0.0 { h - t } else { (r * (h - t)).exp_m1() / r };
            let variance = 2.0 * m * grid(&|t| v(t) * reach(t));
            let covariance = m * grid(&|t| v(t) * (r * (h - t)).exp());
            for _ in 0..n {
                let end = count_without_event(&mut rng, cells, &law) as f64;
                let x = path.integral(&mut rng, m, end) - mean;
                sum += x;
                square += x * x;
                fourth += x * x * x * x;
                product += x * (end - m * growth);
            }
            let n = f64::from(n);
            // Five standard errors of each: a false alarm in 6e-7.
            let z = sum / n / (variance / n).sqrt();
            assert!(z.abs() < 5.0, "mean: {z}");
            let spread = (fourth / n - (square / n).powi(2)).sqrt() / n.sqrt();
            assert!((square / n - variance).abs() < 5.0 * spread, "variance {} {variance}", square / n);
            let noise = (2.0 * variance * m * v(h)).sqrt() / n.sqrt();
            assert!((product / n - covariance).abs() < 5.0 * noise, "covariance {} {covariance}", product / n);
            // A path that knew nothing of its end would have no such covariance.
            assert!(covariance > 20.0 * noise);
        }
    }

    #[test]
    fn mean_between_the_ends_meets_them_and_its_integral() {
        for (b, d, h) in [(1.0, 0.5, 2.0), (0.2, 1.9, 1.0), (0.5, 0.5, 1.0)] {
            let path = Path::new(b, d, h);
            let (from, to) = (1000.0, 300.0);
            assert!((path.between(from, to, 0.0) - from).abs() < 1e-9);
            assert!((path.between(from, to, 1.0) - to).abs() < 1e-9);
            let steps = 1000;
            let mid: f64 = (0..steps).map(|k| path.between(from, to, (f64::from(k) + 0.5) / f64::from(steps))).sum();
            let integral = from * path.start + to * path.end;
            assert!((mid * h / f64::from(steps) / integral - 1.0).abs() < 1e-6);
        }
    }
}
