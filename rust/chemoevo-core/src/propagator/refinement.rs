//! How far a step of constant rates is from the same step with finer rates.
//!
//! The numbers of a product of propagators are sums of products of nonnegative numbers. In each of these, the diagonal
//! (`alpha`, `delta`, `v`) has a factor from nearly every step, so that relative errors add up over steps. Of `beta`,
//! `gamma` and `f`, which vanish with the length of a step, there is one factor, or a few where special events are
//! frequent: what counts is the largest relative error of a step. So the relative error of every number of the product is
//! about `sum(diagonal) + max(transfer)`, and at most twice as much is that of the mean, of the probabilities of survival,
//! extinction and a special event, and of the odds of the negative binomial law: quotients of two such numbers.

use super::{Propagator, SegmentLaw};
use crate::process::Segment;

/// The propagator of a stretch of `length` days in equal parts, each with its own rates.
fn in_equal_parts(rates: &[Segment], length: f64) -> Propagator {
    let part = length / rates.len() as f64;
    rates.iter().fold(Propagator::IDENTITY, |p, &r| p.then(&SegmentLaw::new(r).over(part)))
}

/// Largest relative differences between two propagators.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Discrepancy {
    /// Of `alpha`, `delta` and `v`, which are 1 for a step of no length.
    pub diagonal: f64,
    /// Of `beta`, `gamma` and `f`, which are 0 for a step of no length.
    pub transfer: f64,
}

/// The differences between the propagators of one stretch of `length` days, with rates `coarse` in equal parts and with
/// rates `fine` in equal parts.
///
/// `floor` are rates (per day) that are as good as none: what a rate far below them would do is compared with what they
/// would do, so that a rate that starts at 0 needs no infinitely fine steps.
#[must_use]
pub fn discrepancy(coarse: &[Segment], fine: &[Segment], length: f64, floor: Segment) -> Discrepancy {
    let (p, q) = (in_equal_parts(coarse, length), in_equal_parts(fine, length));
    // To the scale of q, in which a true 1 is exp(-q.log_scale).
    let scale = (p.log_scale - q.log_scale).exp();
    let unit = (-q.log_scale).exp() * length;
    let relative = |p: f64, q: f64, floor: f64| {
        let difference = (p * scale - q).abs();
        if difference == 0.0 { 0.0 } else { difference / (q + floor * unit) }
    };
    // NaN (rates times length beyond what can be computed) is no agreement.
    let largest =
        |all: [f64; 3]| all.into_iter().fold(0.0, |m, x| if x.is_nan() { f64::INFINITY } else { f64::max(m, x) });
    Discrepancy {
        diagonal: largest([relative(p.alpha, q.alpha, 0.0), relative(p.delta, q.delta, 0.0), relative(p.v, q.v, 0.0)]),
        transfer: largest([
            relative(p.beta, q.beta, floor.special),
            relative(p.gamma, q.gamma, floor.birth),
            relative(p.f, q.f, floor.death),
        ]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NO_FLOOR: Segment = Segment { birth: 0.0, death: 0.0, special: 0.0 };

    fn rates(birth: f64, death: f64, special: f64) -> Segment {
        Segment { birth, death, special }
    }

    #[test]
    fn equal_rates_do_not_differ() {
        for r in [rates(0.14, 0.13, 1e-8), rates(0.0, 0.3, 0.0), rates(0.0, 0.0, 0.0), rates(3.0, 0.0, 0.2)] {
            let found = discrepancy(&[r, r], &[r; 4], 0.7, NO_FLOOR);
            assert!(found.diagonal < 1e-14 && found.transfer < 1e-14, "{found:?}");
        }
    }

    #[test]
    fn a_change_of_one_rate_is_seen_at_its_size() {
        // Pure births: gamma = 2 b k is proportional to b for short steps; pure deaths: f is.
        let (h, x) = (1e-6, 1e-3);
        for (a, b) in [
            (rates(1.0, 0.0, 0.0), rates(1.0 + x, 0.0, 0.0)),
            (rates(0.0, 1.0, 0.0), rates(0.0, 1.0 + x, 0.0)),
            (rates(0.0, 0.0, 1.0), rates(0.0, 0.0, 1.0 + x)),
        ] {
            let found = discrepancy(&[b, b], &[a; 4], h, NO_FLOOR).transfer;
            assert!((found / x - 1.0).abs() < 1e-3, "{found}");
        }
    }

    #[test]
    fn halves_a_third_from_the_mean_are_of_fourth_order() {
        // Rates linear in time. The error of a step is of fifth order, and so relative to what is of first order it is of
        // fourth; means of halves (a quarter from the mean) are of second order, and so is the wrong sign.
        let error = |h: f64, shift: f64| {
            let at = |x: f64| rates(0.5 + 0.3 * h * (x - 0.5), 0.4 - 0.5 * h * (x - 0.5), 0.01 + 0.006 * h * (x - 0.5));
            let fine: Vec<Segment> = (0..4096).map(|k| (f64::from(k) + 0.5) / 4096.0).map(at).collect();
            discrepancy(&[at(0.5 - shift), at(0.5 + shift)], &fine, h, NO_FLOOR)
        };
        for (shift, order) in [(1.0 / 3.0, 4.0), (1.0 / 4.0, 2.0), (-1.0 / 3.0, 2.0)] {
            let (one, half) = (error(1.0, shift), error(0.5, shift));
            let transfer = (one.transfer / half.transfer).log2();
            assert!((transfer - order).abs() < 0.2, "{shift} {transfer}");
            let diagonal = (one.diagonal / half.diagonal).log2();
            assert!(diagonal > order + 0.5, "{shift} {diagonal}");
        }
    }

    #[test]
    fn a_floor_keeps_negligible_rates_from_counting() {
        let (a, b) = (rates(0.1, 1e-12, 0.0), rates(0.1, 2e-12, 0.0));
        assert!(discrepancy(&[a, a], &[b; 4], 0.1, NO_FLOOR).transfer > 0.4);
        assert!(discrepancy(&[a, a], &[b; 4], 0.1, rates(0.0, 1e-3, 0.0)).transfer < 1e-8);
    }
}
