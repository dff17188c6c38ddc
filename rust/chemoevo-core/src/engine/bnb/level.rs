//! When the first of many cells has its special event: the level that the law of one cell must pass.

use crate::propagator::TypeLaw;
use crate::random::{exponential, uniform_fine};
use rand::Rng;

/// The level up to which cells have no special event, as the law of one cell's clone is asked for it.
#[derive(Clone, Copy, Debug)]
pub enum Level {
    /// Of the probability of an event of one cell.
    Probability(f64),
    /// Of minus the logarithm of its complement.
    Hazard(f64),
}

impl Level {
    /// Draws the level of `n` cells of a type.
    #[inline(always)]
    pub(super) fn draw<R: Rng + ?Sized>(rng: &mut R, n: u64, law: &TypeLaw) -> Self {
        if law.is_terminal() {
            Self::Probability(f64::INFINITY)
        } else if n == 1 {
            // 1 - U is uniform, too.
            Self::Probability(uniform_fine(rng))
        } else {
            Self::Hazard(exponential(rng) / n as f64)
        }
    }

    /// As a probability.
    #[inline(always)]
    pub(super) fn probability(self) -> f64 {
        match self {
            Self::Probability(w) => w,
            // Three terms of the series are all there is in double precision.
            Self::Hazard(x) if x < 1e-5 => x * (1.0 - 0.5 * x * (1.0 - x / 3.0)),
            Self::Hazard(x) => -(-x).exp_m1(),
        }
    }
}

/// The level that `P(special event | one cell)` must pass for the first event of `n` cells; infinite where there is none.
#[inline]
pub(in crate::engine) fn event_threshold<R: Rng + ?Sized>(rng: &mut R, n: u64, law: &TypeLaw) -> f64 {
    Level::draw(rng, n, law).probability()
}
