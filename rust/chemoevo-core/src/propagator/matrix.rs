//! The propagator matrix of a stretch of time, formed and multiplied without subtraction.
//!
//! Over a stretch `h` of constant rates, with `r = b - d - m`, `R = sqrt(r^2 + 4 b m)`, `c = cosh(R h / 2)` and
//! `k = sinh(R h / 2) / R`, the matrix is `[[c + r k, 2 m k], [2 b k, c - r k]]`: all entries are nonnegative and
//! the determinant is 1. Entries are kept scaled by `exp(-log_scale)`, so that growth by any factor fits. Two more
//! nonnegative numbers that would cancel if formed from the entries are carried along:
//! `f = gamma + delta - alpha - beta` (from it, the probability to be empty) and `v = delta - beta` (from it, the
//! probability of no special event).

use crate::process::Segment;

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

    /// Probability of no special event from one cell, with its own digits.
    #[must_use]
    pub fn no_event_probability(&self) -> f64 {
        self.v / self.delta
    }

    /// `ln P(empty at the end and no special event)` from one cell.
    #[must_use]
    pub fn ln_empty(&self) -> f64 {
        let empty = self.f / (self.gamma + self.delta);
        if empty < 0.5 { empty.ln() } else { (-(self.alpha + self.beta) / (self.gamma + self.delta)).ln_1p() }
    }

    /// `(pi, 1 - pi)`, each with its own digits: the chance that a cell has descendants at the end, given no special
    /// event.
    #[inline]
    #[must_use]
    pub fn survivors(&self) -> (f64, f64) {
        let scale = (self.gamma + self.delta) * self.v;
        let lost = self.delta * self.f / scale;
        if lost <= 0.5 {
            (1.0 - lost, lost)
        } else {
            let kept = (-2.0 * self.log_scale).exp() / scale;
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
    root: f64,
}

impl SegmentLaw {
    /// Prepares a segment.
    #[must_use]
    pub fn new(rates: Segment) -> Self {
        let Segment { birth: b, death: d, special: m } = rates;
        let r = b - d - m;
        // hypot keeps the digits of rates whose squares overflow or underflow.
        Self { rates, r, root: r.hypot(2.0 * (b.sqrt() * m.sqrt())) }
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
        let (r, root) = (self.r, self.root);
        let x = root * h;
        // e^-x and expm1(-x) from whichever of them the other follows without cancellation.
        let (e, expm1) = if x < 0.5 {
            let expm1 = (-x).exp_m1();
            (1.0 + expm1, expm1)
        } else {
            let e = (-x).exp();
            (e, e - 1.0)
        };
        let k = if root > 0.0 { -0.5 * expm1 / root } else { 0.5 * h };
        // 4 b m k / (R + |r|) and 4 d m k / (R + |r2|), with 0/0 := 0.
        let small = |product: f64, s: f64| if product > 0.0 { 4.0 * product / (root + s) * k } else { 0.0 };
        let (alpha, delta) = if r >= 0.0 {
            let delta = e + small(b * m, r);
            (delta + 2.0 * r * k, delta)
        } else {
            let alpha = e + small(b * m, -r);
            (alpha, alpha - 2.0 * r * k)
        };
        let r2 = b - d + m;
        let v = if r2 >= 0.0 { e + small(d * m, r2) } else { e + small(d * m, -r2) - 2.0 * r2 * k };
        let mut p =
            Propagator { alpha, beta: 2.0 * m * k, gamma: 2.0 * b * k, delta, f: 2.0 * d * k, v, log_scale: 0.5 * x };
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
    #[inline]
    #[must_use]
    pub fn first_event_time(&self, left: f64) -> f64 {
        let Segment { birth: b, special: m, .. } = self.rates;
        if m <= 0.0 {
            return f64::INFINITY;
        }
        let (r, root) = (self.r, self.root);
        // For r >= 0, A = (R + r)/(2 m) and B = 2 b/(R + r); for r < 0, A = 2 b/(R - r) and B = (R - r)/(2 m).
        let (first, second) = if r >= 0.0 {
            ((root + r) / (2.0 * m), 2.0 * b / (root + r))
        } else {
            (2.0 * b / (root - r), (root - r) / (2.0 * m))
        };
        if left * second >= 1.0 {
            return f64::INFINITY;
        }
        (ln_1p(left * first) - ln_1p(-left * second)) / root
    }
}

/// `ln(1 + x)`, by the series where three terms of it are all there is in double precision.
#[inline]
fn ln_1p(x: f64) -> f64 {
    if x.abs() < 1e-5 { x * (1.0 - x * (0.5 - x / 3.0)) } else { x.ln_1p() }
}
