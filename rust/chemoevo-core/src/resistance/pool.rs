//! A pool of repair molecules that are used up: each repairs one lesion and is lost (MGMT, the suicide enzyme).
//!
//! ```text
//! p' = kd (1 - p) - A'(t) p,    A' the sum of rates at which drugs use it up, p = 1 undisturbed
//! ```
//!
//! Only the areas under the concentrations are needed, which kinetics have in closed form: over a step of length h
//!
//! ```text
//! p(t + h) = p e^{-D(h)} + kd int_0^h e^{-(D(h) - D(s))} ds,    D(s) = kd s + A(s)
//! ```
//!
//! with the integral by five Gauss nodes. What is left of an area after a node enters as a difference, so a burst of use within a
//! step is right.

use super::nodes::{NODES, WEIGHTS};

/// Most that is made and used within a step, as an exponent: there the nodes are good to nine digits.
pub(super) const MOST: f64 = 0.5;
/// Largest difference of two halves of a step that is used up at one rate, relative.
const EVEN: f64 = 1e-9;

/// Whether half of the exponent of a step belongs to its first half.
pub(super) fn is_even(all: f64, first: f64) -> bool {
    (2.0 * first - all).abs() <= EVEN * all
}

/// What is left of a pool after a step of `h`, when `now` was there: `turnover` per time, and `used(s)` the area of use from the
/// start of the step until `s`.
#[must_use]
pub fn after(now: f64, turnover: f64, h: f64, used: impl Fn(f64) -> f64) -> f64 {
    let all = turnover * h + used(h);
    if all > MOST && is_even(all, turnover * 0.5 * h + used(0.5 * h)) {
        // Used up at one rate, however fast: it goes to what is made over what is used.
        let gone = -(-all).exp_m1();
        return (now * (-all).exp() + turnover * h * (gone / all)).clamp(0.0, 1.0);
    }
    let made: f64 = NODES
        .iter()
        .zip(WEIGHTS)
        .map(|(node, weight)| {
            // From (-1, 1) to the step.
            let s = 0.5 * (1.0 + node) * h;
            0.5 * weight * (turnover * s + used(s) - all).min(0.0).exp()
        })
        .sum();
    (now * (-all).exp() + turnover * h * made).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pharmacology::{Absorption, Administration, Course, Measure, Model, Parts, Transit};
    use std::sync::Arc;

    const TURNOVER: f64 = std::f64::consts::LN_2 / 36.0;

    #[test]
    fn temozolomide_uses_up_the_enzyme() {
        let absorption = Absorption { transit: Transit::Stages(vec![5.8]), lag: 0.0, share: 1.0 };
        let parts = Parts { clearance: 10.0, volume: 30.3, absorption: Some(absorption), ..Parts::default() };
        let model = Arc::new(Model::new(&parts).unwrap());
        let dose =
            |day: u32| Administration { time: 24.0 * f64::from(day), amount: 360.0, duration: 0.0, by_mouth: true };
        let course = Course::new(model, &(0..5).map(dose).collect::<Vec<_>>(), None, &|| false).unwrap();
        // uM per mg/L.
        let rate = 0.005 * 1000.0 / 194.2;
        let area = |time: f64| rate * course.at(0, time, Measure::Area);
        let (mut pool, step) = (1.0, 0.25);
        let (mut lowest, mut seen) = ((f64::INFINITY, 0.0), Vec::new());
        for k in 0..960_u32 {
            let start = step * f64::from(k);
            pool = after(pool, TURNOVER, step, |s| area(start + s) - area(start));
            let now = start + step;
            if pool < lowest.0 {
                lowest = (pool, now);
            }
            if [24.0, 48.0, 120.0, 168.0, 240.0].contains(&now) {
                seen.push(pool);
            }
        }
        let wanted = [0.588_768_336, 0.486_137_964_7, 0.452_578_286_4, 0.782_682_694_6, 0.945_670_666_1];
        for (got, want) in seen.iter().zip(wanted) {
            assert!((got / want - 1.0).abs() < 1e-6, "{got} {want}");
        }
        assert!((lowest.0 / 0.267_135_46 - 1.0).abs() < 1e-4 && (lowest.1 - 101.5).abs() <= 0.25, "{lowest:?}");
        // What repairs less by the pool divides less.
        assert!((1.0 + 19.0 * seen[0] - 12.186_598_38).abs() < 2e-5);
    }

    #[test]
    fn it_comes_back() {
        // To 0.05 at once, as by O6-benzylguanine.
        for (hours, want) in [(12.0, 0.245_984_500_3), (24.0, 0.401_537_501_3), (72.0, 0.7625)] {
            let got = after(0.05, TURNOVER, hours, |_| 0.0);
            assert!((got / want - 1.0).abs() < 1e-9, "{got} {want}");
        }
        let half = after(0.05, TURNOVER, 33.335_979_07, |_| 0.0);
        assert!((half - 0.5).abs() < 1e-8);
    }

    #[test]
    fn a_rate_that_stays_is_in_closed_form() {
        // p' = kd (1 - p) - k p goes to kd/(kd + k), whatever the step.
        for (k, h) in [(0.1, 2.0), (1.0, 100.0), (1e6, 72.0), (1e-3, 1e6)] {
            let rest = TURNOVER / (TURNOVER + k);
            let want = rest + (1.0 - rest) * (-(TURNOVER + k) * h).exp();
            let got = after(1.0, TURNOVER, h, |s| k * s);
            assert!((got / want - 1.0).abs() < 1e-8, "{k} {h} {got} {want}");
        }
    }

    #[test]
    fn at_its_ends() {
        assert!((after(1.0, TURNOVER, 10.0, |_| 0.0) - 1.0).abs() < 1e-12);
        // All is used up within the step, and next to nothing is made after it.
        assert!(after(1.0, TURNOVER, 1e-3, |_| 1e6) < 1e-4);
        assert_eq!(after(0.7, 0.0, 5.0, |_| 0.0), 0.7);
    }
}
