//! The law of what is left out, errors that are planted in it, and when a table is used.

use super::*;
use crate::engine::Budget;
use crate::process::{Process, SparseRates};
use crate::random::stream;
use std::sync::atomic::AtomicBool;

const REPLICATES: u64 = 20_000;
/// Standard deviations beyond which two means differ: a false alarm once in 1.7 million comparisons.
const Z: f64 = 5.0;

/// Near-critical with two steps of mutation; the last two types switch both ways.
fn model() -> Model {
    let mutation = SparseRates::new(3, &[(0, 1), (1, 2)], vec![0.1, 0.1]);
    let switching = SparseRates::new(3, &[(1, 2), (2, 1)], vec![0.1, 0.15]);
    let process = Process::new(3, vec![], vec![0.14, 0.15, 0.1], vec![0.13, 0.13, 0.12], mutation, switching, vec![]);
    Model::new(std::sync::Arc::new(process.unwrap()))
}

/// Of every type: share of replicates without it, its mean and its mean square, each with its variance.
fn statistics(model: &Model, following: Following, seed: u8) -> Vec<(f64, f64)> {
    static NEVER: AtomicBool = AtomicBool::new(false);
    let span = Span { from: 0.0, to: 60.0 };
    let mut engine = Bnb { following, ..Bnb::default() };
    let mut sums = [(0.0, 0.0); 9];
    for number in 0..REPLICATES {
        let mut rng = stream(&[seed; 32], number);
        let budget = Budget { taken: 0, followed: 0, limit: u64::MAX, cancel: &NEVER };
        let mut state = [20, 2, 0];
        let _end = engine.advance(&mut Walk { model, rng: &mut rng, budget }, &mut state, span);
        for (i, n) in state.into_iter().enumerate() {
            let n = n as f64;
            for (k, x) in [f64::from(n == 0.0), n, n * n].into_iter().enumerate() {
                sums[3 * i + k].0 += x;
                sums[3 * i + k].1 += x * x;
            }
        }
    }
    let count = REPLICATES as f64;
    sums.iter().map(|(x, square)| (x / count, (square / count - (x / count).powi(2)) / count)).collect()
}

fn worst(a: &[(f64, f64)], b: &[(f64, f64)]) -> f64 {
    a.iter().zip(b).fold(0.0, |worst, (a, b)| f64::max(worst, (a.0 - b.0).abs() / (a.1 + b.1).sqrt()))
}

#[test]
fn what_is_left_out_changes_no_law_and_planted_errors_are_found() {
    let model = model();
    let all = statistics(&model, Following::All, 1);
    assert!(worst(&all, &statistics(&model, Following::All, 2)) < Z);
    let kept = statistics(&model, Following::Kept, 3);
    assert!(worst(&all, &kept) < Z, "{all:?} {kept:?}");
    for error in [Planted::NoKept, Planted::Neighbor, Planted::SwitchStays, Planted::CoinTwice] {
        PLANTED.set(Some(error));
        let wrong = statistics(&model, Following::Kept, 3);
        PLANTED.set(None);
        assert!(worst(&all, &wrong) > 2.0 * Z, "{error:?} {}", worst(&all, &wrong));
    }
}

#[test]
fn few_events_are_not_worth_a_table_and_a_dying_population_goes_in_parts() {
    let (model, shared) = (model(), Shared::default());
    let part = |following, state: &[u64], to| Bnb::part(following, &shared, &model, state, Span { from: 0.0, to });
    assert!(part(Following::Auto, &[50, 0, 0], 100.0).is_none());
    assert!(part(Following::All, &[1_000_000, 0, 0], 100.0).is_none());
    assert_eq!(part(Following::Auto, &[1_000_000, 0, 0], 100.0).unwrap().1.to, 100.0);
    assert_eq!(part(Following::Kept, &[1, 0, 0], 100.0).unwrap().1.to, 100.0);
    let process = Process::new(
        2,
        vec![],
        vec![0.1, 0.1],
        vec![0.4, 0.3],
        SparseRates::new(2, &[(0, 1)], vec![1e-3]),
        SparseRates::none(2),
        vec![],
    );
    let model = Model::new(std::sync::Arc::new(process.unwrap()));
    // A million cells that halve every other day: some are there after 20 days, none after 80.
    let span = Span { from: 0.0, to: 80.0 };
    let part = Bnb::part(Following::Auto, &shared, &model, &[1_000_000, 0], span).unwrap();
    assert_eq!(part.1, Span { from: 0.0, to: 20.0 });
}
