//! The propagator against closed forms and against itself cut in pieces.

use super::matrix::PRODUCTS;
use super::{EventTime, Propagator, SegmentLaw, TypeLaw};
use crate::process::{Process, Segment, SparseRates};
use proptest::prelude::*;

fn segment(birth: f64, death: f64, special: f64) -> SegmentLaw {
    SegmentLaw::new(Segment { birth, death, special })
}

fn close(a: f64, b: f64, tolerance: f64) -> bool {
    a == b || (a - b).abs() <= tolerance * a.abs().max(b.abs())
}

#[test]
fn no_event_probability_matches_simulated_values() {
    // Four hundred thousand event-by-event runs each: standard error below 7e-4.
    for (n, b, d, m, t, expected) in
        [(10, 1.0, 0.5, 0.02, 4.0, 0.12304), (5, 0.3, 1.0, 0.05, 3.0, 0.73881), (3, 1.0, 0.0, 0.1, 2.0, 0.19329)]
    {
        let p = segment(b, d, m).over(t);
        assert!((p.no_event_probability().powi(n) - expected).abs() < 3e-5, "{n} {b} {d} {m}");
        assert!(close(p.no_event_probability(), 1.0 - p.event_probability(), 1e-14));
    }
}

#[test]
fn without_special_events_the_law_is_kendalls() {
    // Kendall (1948), doi:10.1214/aoms/1177730285, written with g = -expm1(-l t)/l, also at b = d.
    for (b, d, t) in [(0.139, 0.1313, 30.0), (1.0, 1.0, 7.0), (0.0, 0.5, 3.0), (0.7, 0.0, 5.0), (0.2, 0.9, 100.0)] {
        let l: f64 = b - d;
        let g = if l == 0.0 { t } else { (l * t).exp_m1() / l };
        let empty = d * g / (1.0 + b * g);
        let p = segment(b, d, 0.0).over(t);
        assert!(close(p.ln_empty().exp(), empty, 1e-13), "{b} {d}");
        let (kept, lost) = p.survivors();
        let alive = (l * t).exp() / (1.0 + b * g);
        assert!(close(lost, empty, 1e-13) && close(kept, alive, 1e-12), "{b} {d}");
        assert!(close(p.odds(), b * g, 1e-13), "{b} {d}");
        assert_eq!(p.event_probability(), 0.0);
    }
}

#[test]
fn nothing_happens_without_rates() {
    let p = segment(0.0, 0.0, 0.0).over(1e5);
    assert_eq!((p.survivors(), p.odds(), p.event_probability()), ((1.0, 0.0), 0.0, 0.0));
}

#[test]
fn tiny_event_rates_keep_their_digits() {
    // To first order in m, P(event) = m int_0^t (mean number of cells) = m expm1(l t)/l.
    for m in [1e-20, 1e-100, 1e-300] {
        let p = segment(0.14, 0.13, m).over(200.0);
        assert!(close(p.event_probability(), m * (0.01f64 * 200.0).exp_m1() / 0.01, 1e-11), "{m}");
    }
}

#[test]
fn a_level_beyond_all_that_can_happen_is_never_reached() {
    // After a stretch in which nearly all cells died the probability of an event has all but stopped to rise; a level
    // above its limit alpha/gamma has no time, in whatever way it is looked for.
    let tree = law(&[300.0], &[(0.139, 0.2, 1.4e-7), (0.139, 0.1313, 1.4e-7)]);
    let reached = tree.between(0.0, 0.0, 365.0).event_probability();
    for w in [1.001 * reached, 2.0 * reached, 0.5] {
        for likely in [false, true] {
            assert!(matches!(tree.first_event(0.0, 0.0, 365.0, w, likely), EventTime::Never(_)), "{w} {likely}");
        }
    }
}

/// The tree of one type whose rates change at the given times.
fn law(breakpoints: &[f64], rates: &[(f64, f64, f64)]) -> TypeLaw {
    let switching = SparseRates::new(2, &[(0, 1)], rates.iter().map(|r| r.2).collect());
    let pick = |f: fn(&(f64, f64, f64)) -> f64| rates.iter().flat_map(|r| [f(r), 0.0]).collect::<Vec<f64>>();
    let none = SparseRates::none(2);
    let process = Process::new(2, breakpoints.to_vec(), pick(|r| r.0), pick(|r| r.1), none, switching, vec![]).unwrap();
    TypeLaw::new(&process, 0)
}

#[test]
fn a_query_costs_a_logarithm_of_the_number_of_segments() {
    // A year of rates that change M times, no two segments alike.
    for segments in [50usize, 500, 5_000, 50_000] {
        let (year, h) = (365.0, 365.0 / segments as f64);
        let breakpoints: Vec<f64> = (1..segments).map(|k| k as f64 * h).collect();
        let rates: Vec<(f64, f64, f64)> = (0..segments)
            .map(|k| {
                let wave = (0.7 * k as f64 * h).sin();
                (0.14 + 0.02 * wave, 0.13 - 0.02 * wave, 1e-4 + 1e-9 * k as f64)
            })
            .collect();
        let tree = law(&breakpoints, &rates);
        let mut most = 0;
        for step in 0..200 {
            let from = year * (f64::from(step) * 0.618_034).fract();
            let to = from + (1.05 * year - from) * (f64::from(step) * 0.754_878).fract();
            let reached = tree.between(0.0, from, to).event_probability();
            for w in [0.1 * reached, 0.5 * reached, 0.999 * reached, 2.0 * reached] {
                for likely in [false, true] {
                    PRODUCTS.set(0);
                    let _ = tree.first_event(0.0, from, to, w, likely);
                    most = most.max(PRODUCTS.get());
                }
            }
        }
        // Up the tree and down again, and the ends.
        let limit = 3 * segments.ilog2() as usize + 6;
        assert!(most <= limit, "{segments} segments: {most} products, limit {limit}");
    }
}

fn rate() -> impl Strategy<Value = f64> {
    prop_oneof![Just(0.0), 1e-12..1e-6f64, 1e-3..2.0f64, 1.0..50.0f64]
}

proptest! {
    #[test]
    fn a_segment_is_the_product_of_its_parts(b in rate(), d in rate(), m in rate(), h in 1e-6..5.0f64, cut in 0.0..1.0f64) {
        let s = segment(b, d, m);
        let whole = s.over(h);
        let parts = s.over(h * cut).then(&s.over(h - h * cut));
        prop_assert!(close(whole.event_probability(), parts.event_probability(), 1e-10));
        prop_assert!(close(whole.no_event_probability(), parts.no_event_probability(), 1e-10));
        prop_assert!(close(whole.odds(), parts.odds(), 1e-10));
        prop_assert!(close(whole.survivors().0, parts.survivors().0, 1e-10));
        prop_assert!(close(whole.survivors().1, parts.survivors().1, 1e-10));
    }

    #[test]
    fn the_event_time_inverts_the_event_probability(b in rate(), d in rate(), m in 1e-9..2.0f64, tau in 1e-3..5.0f64) {
        let s = segment(b, d, m);
        let w = s.over(tau).event_probability();
        // Where the probability has saturated the time cannot be read back from it.
        prop_assume!(s.over(tau).no_event_probability() > 1e-6 && s.over(1.01 * tau).event_probability() > w * (1.0 + 1e-9));
        let found = s.event_time(&Propagator::IDENTITY, w);
        prop_assert!(close(s.over(found).event_probability(), w, 1e-9), "{} {}", found, tau);
    }

    #[test]
    fn the_tree_agrees_with_the_product_of_all_segments(
        lengths in prop::collection::vec(1e-3..2.0f64, 1..40),
        rates in prop::collection::vec((rate(), rate(), rate()), 41),
        ends in (0.0..1.0f64, 0.0..1.0f64),
        level in 0.0..1.0f64,
        beyond in any::<bool>(),
    ) {
        // Growth by more than e^30 is beyond every use: longer stretches are shortened.
        let growth: f64 = rates.iter().zip(&lengths).map(|(r, h)| (r.0 - r.1).max(0.0) * h).sum();
        let scale = (30.0 / growth).min(1.0);
        let breakpoints: Vec<f64> = lengths.iter().scan(0.0, |t, h| { *t += h * scale; Some(*t) }).collect();
        let rates = &rates[..=breakpoints.len()];
        let horizon = breakpoints.last().unwrap() + 0.5 * scale;
        let (from, to) = (horizon * ends.0.min(ends.1), horizon * ends.0.max(ends.1));
        let tree = law(&breakpoints, rates);
        let mut expected = Propagator::IDENTITY;
        for (k, r) in rates.iter().enumerate() {
            let start = if k == 0 { 0.0 } else { breakpoints[k - 1] }.max(from);
            let end = breakpoints.get(k).copied().unwrap_or(f64::INFINITY).min(to);
            if end > start {
                expected = expected.then(&segment(r.0, r.1, r.2).over(end - start));
            }
        }
        let found = tree.between(0.0, from, to);
        prop_assert!(close(found.event_probability(), expected.event_probability(), 1e-9));
        prop_assert!(close(found.odds(), expected.odds(), 1e-9));
        prop_assert!(close(found.survivors().0, expected.survivors().0, 1e-9));
        // The first passage of a level lies where the probability has just reached it, whichever way it is looked for.
        // Levels beyond it are never passed: after a decline there may be nobody left for an event.
        let w = if beyond { level } else { level * found.event_probability() };
        for likely in [false, true] {
            if let EventTime::At { time: t, law: p, .. } = tree.first_event(0.0, from, to, w, likely) {
                prop_assert!((from..=to).contains(&t));
                prop_assert!(close(p.event_probability(), w, 1e-7) || p.event_probability() >= w);
                let before = tree.between(0.0, from, t - 1e-6 * (t - from));
                prop_assert!(before.event_probability() <= w * (1.0 + 1e-9));
            } else {
                prop_assert!(found.event_probability() <= w * (1.0 + 1e-12));
            }
        }
    }
}
