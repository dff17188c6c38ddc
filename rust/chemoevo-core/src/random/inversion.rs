//! Inversion by sequential search: for laws of whole numbers that are mostly small.
//!
//! Devroye (1986), Non-uniform random variate generation, Springer, section X.2. The search walks down from `P(X > 0)`, so that
//! rare events keep their digits.

/// Probabilities below this end a search: rounding of the sum is larger.
const NEGLIGIBLE: f64 = 1e-20;

/// The smallest `k` with `P(X > k) <= u`, from `mass = P(X = 0)`, `tail = P(X > 0)` and `ratio(k) = P(X = k)/P(X = k - 1)`.
#[inline]
pub(super) fn search(u: f64, mut mass: f64, mut tail: f64, ratio: impl Fn(f64) -> f64) -> u64 {
    let mut k = 0.0;
    while u < tail && mass > NEGLIGIBLE {
        k += 1.0;
        mass *= ratio(k);
        tail -= mass;
    }
    k as u64
}
