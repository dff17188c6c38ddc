//! The propagator matrix of a stretch of time, formed and multiplied without cancellation.
//!
//! Over a stretch `h` of constant rates, with `r = b - d - m`, `R = sqrt(r^2 + 4 b m)`, `c = cosh(R h / 2)` and
//! `k = sinh(R h / 2) / R`, the matrix is `[[c + r k, 2 m k], [2 b k, c - r k]]`: all entries are nonnegative and
//! the determinant is 1. Entries are kept scaled by `exp(-log_scale)`, so that growth by any factor fits. Two more
//! nonnegative numbers that would cancel if formed from the entries are carried along:
//! `f = gamma + delta - alpha - beta` (from it, the probability to be empty) and `v = delta - beta` (from it, the
//! probability of no special event).

use crate::process::Segment;
use crate::random::{ATANH_SHORT, atanh_short};

/// The law of one cell's clone between two times.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Propagator {
    pub(crate) alpha: f64,
    pub(crate) beta: f64,
    pub(crate) gamma: f64,
    pub(crate) delta: f64,
    pub(crate) f: f64,
    pub(crate) v: f64,
    /// Natural logarithm of the factor taken out of all entries.
    pub(crate) log_scale: f64,
}

/// Entries outside of these bounds are brought back by a power of two.
const LARGE: f64 = 1.157_920_892_373_162e77; // 2^256
const SMALL: f64 = 1.0 / LARGE;
const LN_LARGE: f64 = 256.0 * std::f64::consts::LN_2;

#[cfg(test)]
thread_local! {
    /// Products formed on this thread: the cost of a query.
    pub(super) static PRODUCTS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

impl Propagator {
    /// Nothing happens: the stretch has no length.
    pub const IDENTITY: Self = Self { alpha: 1.0, beta: 0.0, gamma: 0.0, delta: 1.0, f: 0.0, v: 1.0, log_scale: 0.0 };

    /// `self`, then `next`.
    #[inline]
    #[must_use]
    pub fn then(&self, next: &Self) -> Self {
        #[cfg(test)]
        PRODUCTS.set(PRODUCTS.get() + 1);
        let (a, b) = (self, next);
        let mut p = Self {
            alpha: a.alpha * b.alpha + a.beta * b.gamma,
            beta: a.alpha * b.beta + a.beta * b.delta,
            gamma: a.gamma * b.alpha + a.delta * b.gamma,
            delta: a.gamma * b.beta + a.delta * b.delta,
            f: a.f * (b.alpha + b.beta) + a.v * b.f,
            v: a.f * b.beta + a.v * b.v,
            log_scale: a.log_scale + b.log_scale,
        };
        let size = p.gamma + p.delta;
        if !(SMALL..=LARGE).contains(&size) {
            p.rescale(size);
        }
        p
    }

    #[cold]
    fn rescale(&mut self, size: f64) {
        let (factor, shift) = if size > LARGE { (SMALL, LN_LARGE) } else { (LARGE, -LN_LARGE) };
        for x in [&mut self.alpha, &mut self.beta, &mut self.gamma, &mut self.delta, &mut self.f, &mut self.v] {
            *x *= factor;
        }
        self.log_scale += shift;
    }

    /// Probability of at least one special event from one cell.
    #[inline]
    #[must_use]
    pub fn event_probability(&self) -> f64 {
        self.beta / self.delta
    }

    /// Whether that probability exceeds `w`.
    #[inline]
    #[must_use]
    pub fn event_probability_exceeds(&self, w: f64) -> bool {
        self.beta > w * self.delta
    }

    /// Probability of no special event from one cell, with its own digits.
    #[must_use]
    pub fn no_event_probability(&self) -> f64 {
        self.v / self.delta
    }

    /// Probability, from one cell, of at least one special event or a cell at the end.
    #[inline]
    #[must_use]
    pub fn counting(&self) -> f64 {
        (self.alpha + self.beta) / (self.gamma + self.delta)
    }

    /// Whether that probability exceeds `w`.
    #[inline]
    #[must_use]
    pub fn counting_exceeds(&self, w: f64) -> bool {
        self.alpha + self.beta > w * (self.gamma + self.delta)
    }

    /// `ln P(empty at the end and no special event)` from one cell.
    #[must_use]
    pub fn ln_empty(&self) -> f64 {
        let empty = self.f / (self.gamma + self.delta);
        if empty < 0.5 { empty.ln() } else { (-self.counting()).ln_1p() }
    }

    /// `(pi, 1 - pi)`, each with its own digits: the chance that a cell has descendants at the end, given no special
    /// event.
    #[inline]
    #[must_use]
    pub fn survivors(&self) -> (f64, f64) {
        let size = self.gamma + self.delta;
        // Both vanish after growth by e^700, which only a type without special events is ever seen to have.
        let ratio = if self.v > 0.0 { self.delta / self.v } else { 1.0 };
        let lost = ratio * (self.f / size);
        if lost <= 0.5 {
            (1.0 - lost, lost)
        } else {
            let kept = (-2.0 * self.log_scale).exp() / (size * self.v);
            (kept.min(1.0), lost.min(1.0))
        }
    }

    /// `(1 - q) / q` of the negative binomial law of the descendants.
    #[inline]
    #[must_use]
    pub fn odds(&self) -> f64 {
        self.gamma / self.delta
    }
}

/// A stretch of constant rates, with what its propagators share.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SegmentLaw {
    rates: Segment,
    r: f64,
    /// `b - d + m`.
    r2: f64,
    root: f64,
    /// `1/R`.
    inverse: f64,
    /// What stands before `k` in `alpha`, `delta` and `v` where they are scaled by `exp(-R h / 2)`.
    alpha_k: f64,
    delta_k: f64,
    v_k: f64,
    /// Of the time of the first event: `A + B`, `A - B`, `A`, `B`; see [`SegmentLaw::first_event_time`].
    sum: f64,
    difference: f64,
    first: f64,
    second: f64,
}

/// `R h` below which an entry is the sum of its series: subtraction of `r k` from `c` then costs less than a bit.
const SHORT: f64 = 0.5;

impl SegmentLaw {
    /// Prepares a segment.
    #[must_use]
    pub fn new(rates: Segment) -> Self {
        let Segment { birth: b, death: d, special: m } = rates;
        let r = b - d - m;
        // hypot keeps the digits of rates whose squares overflow or underflow.
        let root = r.hypot(2.0 * (b.sqrt() * m.sqrt()));
        // R - |r| = 4 b m / (R + |r|) and R - |r2| = 4 d m / (R + |r2|), with 0/0 := 0.
        let small = |product: f64, s: f64| if product > 0.0 { 4.0 * product / (root + s.abs()) } else { 0.0 };
        let r2 = b - d + m;
        let (near, far) = (small(b * m, r), small(b * m, r) + 2.0 * r.abs());
        let (alpha_k, delta_k) = if r >= 0.0 { (far, near) } else { (near, far) };
        let v_k = small(d * m, r2) + if r2 >= 0.0 { 0.0 } else { -2.0 * r2 };
        let (first, second) = if m <= 0.0 {
            (0.0, f64::INFINITY)
        } else if r >= 0.0 {
            ((root + r) / (2.0 * m), 2.0 * b / (root + r))
        } else {
            (2.0 * b / (root - r), (root - r) / (2.0 * m))
        };
        let (sum, difference) = (first + second, first - second);
        Self { rates, r, r2, root, inverse: root.recip(), alpha_k, delta_k, v_k, sum, difference, first, second }
    }

    /// The rates.
    #[must_use]
    pub fn rates(&self) -> Segment {
        self.rates
    }

    /// The propagator over `h` days.
    #[inline]
    #[must_use]
    pub fn over(&self, h: f64) -> Propagator {
        let Segment { birth: b, death: d, special: m } = self.rates;
        let x = self.root * h;
        if x < SHORT {
            let (c, sinhc) = cosh_sinhc(0.25 * x * x);
            let k = 0.5 * h * sinhc;
            return Propagator {
                alpha: c + self.r * k,
                beta: 2.0 * m * k,
                gamma: 2.0 * b * k,
                delta: c - self.r * k,
                f: 2.0 * d * k,
                v: c - self.r2 * k,
                log_scale: 0.0,
            };
        }
        let e = (-x).exp();
        let k = 0.5 * (1.0 - e) * self.inverse;
        let mut p = Propagator {
            alpha: e + self.alpha_k * k,
            beta: 2.0 * m * k,
            gamma: 2.0 * b * k,
            delta: e + self.delta_k * k,
            f: 2.0 * d * k,
            v: e + self.v_k * k,
            log_scale: 0.5 * x,
        };
        let size = p.gamma + p.delta;
        if !(SMALL..=LARGE).contains(&size) {
            p.rescale(size);
        }
        p
    }

    /// The time into the segment at which `P(special event)` from one cell has risen to `w`, where `before` is the
    /// propagator up to the segment's start. Not clamped to the segment; infinite if never.
    #[must_use]
    pub fn event_time(&self, before: &Propagator, w: f64) -> f64 {
        let above = before.delta * w - before.beta;
        if above <= 0.0 {
            return 0.0;
        }
        // alpha/gamma is the probability with an event from everyone still there: what lies beyond is never reached.
        let below = before.alpha - before.gamma * w;
        if below > 0.0 { self.first_event_time(above / below) } else { f64::INFINITY }
    }

    /// The same for a segment that begins at time 0: nothing came before.
    ///
    /// It is `ln((1 + A w)/(1 - B w))/R`, with `A = (R + r)/(2 m)` and `B = 2 b/(R + r)` for `r >= 0`, and `A = 2 b/(R - r)`
    /// and `B = (R - r)/(2 m)` for `r < 0`.
    #[inline]
    #[must_use]
    pub fn first_event_time(&self, w: f64) -> f64 {
        // Without special events B is infinite.
        if w * self.second >= 1.0 {
            return f64::INFINITY;
        }
        // Near 0 the logarithm is 2 atanh(ratio).
        let ratio = w * self.sum / (2.0 + w * self.difference);
        let square = ratio * ratio;
        if square <= ATANH_SHORT {
            return 2.0 * (ratio + ratio * square * atanh_short(square)) * self.inverse;
        }
        ((1.0 + w * self.first) / (1.0 - w * self.second)).ln() * self.inverse
    }
}

/// `cosh(y)` and `sinh(y)/y` from `s = y^2`, to full precision for `y` up to `SHORT/2`.
#[inline]
fn cosh_sinhc(s: f64) -> (f64, f64) {
    const fn inverse_factorial(n: u64) -> f64 {
        let (mut product, mut i) = (1, 1);
        while i <= n {
            product *= i;
            i += 1;
        }
        1.0 / product as f64
    }
    /// Coefficients of the even (`odd` = 0) or odd series.
    const fn series(odd: u64) -> [f64; 7] {
        let mut c = [0.0; 7];
        let mut i = 0;
        while i < 7 {
            c[i] = inverse_factorial(2 * i as u64 + odd);
            i += 1;
        }
        c
    }
    const C: [f64; 7] = series(0);
    const S: [f64; 7] = series(1);
    // In two halves, which the processor computes side by side.
    let cube = s * s * s;
    let high = |c: &[f64; 7]| c[3] + s * (c[4] + s * (c[5] + s * c[6]));
    let low = |c: &[f64; 7]| s * (c[1] + s * c[2]);
    (1.0 + (low(&C) + cube * high(&C)), 1.0 + (low(&S) + cube * high(&S)))
}
