//! The number of cells of a clone: negative binomial laws on binomial survivors.
//!
//! Mather, Hasty & Tsimring (2012), doi:10.1093/bioinformatics/bts130, with the general propagator.

use super::Propagator;
use crate::random::{binomial, negative_binomial};
use rand::Rng;

/// Cells at the end of a stretch in which `n` cells had no special event. Saturates at `u64::MAX`.
#[inline]
pub fn count_without_event<R: Rng + ?Sized>(rng: &mut R, n: u64, p: &Propagator) -> u64 {
    count_from(rng, n, p.survivors(), p.odds())
}

/// The same from [`Propagator::survivors`] and [`Propagator::odds`].
#[inline]
pub fn count_from<R: Rng + ?Sized>(rng: &mut R, n: u64, survivors: (f64, f64), odds: f64) -> u64 {
    let kept = binomial_pair(rng, n, survivors);
    kept.saturating_add(negative_binomial(rng, kept, odds))
}

/// Cells just before a special event at the end of a stretch in which `n >= 1` cells had none before.
///
/// The chance of an event is proportional to the number of cells, so the law is size-biased: the cell that has the
/// event stands for itself, and the two sides of its line of descent add two geometric numbers.
#[inline]
pub fn count_at_event<R: Rng + ?Sized>(rng: &mut R, n: u64, p: &Propagator) -> u64 {
    let kept = if n == 1 { 0 } else { binomial_pair(rng, n - 1, p.survivors()) };
    (kept + 1).saturating_add(negative_binomial(rng, kept + 2, p.odds()))
}

/// Binomial(n, p) from both `p` and `1 - p`, so that neither end loses digits.
#[inline]
fn binomial_pair<R: Rng + ?Sized>(rng: &mut R, n: u64, (p, complement): (f64, f64)) -> u64 {
    if p > 0.5 { n - binomial(rng, n, complement) } else { binomial(rng, n, p) }
}
