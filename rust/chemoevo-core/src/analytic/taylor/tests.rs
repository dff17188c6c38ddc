use super::*;
use crate::process::SparseRates;

/// Nine types (a block and one more), chained by mutation and closed by switching.
fn chain() -> Process {
    let pairs: Vec<_> = (0..8).map(|i| (i, i + 1)).collect();
    let mutation = SparseRates::new(9, &pairs, vec![1e-3; 8]);
    let switching = SparseRates::new(9, &[(8, 0), (3, 1)], vec![0.2, 0.1]);
    let birth = (0..9).map(|i| 0.3 + 0.05 * f64::from(i)).collect();
    let death = (0..9).map(|i| 0.5 - 0.05 * f64::from(i)).collect();
    Process::new(9, vec![], birth, death, mutation, switching, vec![]).unwrap()
}

#[test]
fn a_step_there_and_back_returns() {
    let process = chain();
    let mut taylor = Taylor::new(9);
    taylor.load(&process, 0);
    let value = [1e-6, 1e-3, 0.5, 0.2, 1e-5, 0.3, 1e-4, 0.4, 0.01];
    let is_absence = [false, true, false, true, false, false, true, true, false];
    taylor.expand(&value, &is_absence, 0.7).unwrap();
    let start = taylor.end().to_vec();
    taylor.expand(&start, &is_absence, 0.3).unwrap();
    let end = taylor.end().to_vec();
    taylor.expand(&end, &is_absence, -0.3).unwrap();
    for (got, want) in taylor.end().iter().zip(start) {
        assert!((got / want - 1.0).abs() < 1e-11, "{got:e} {want:e}");
    }
}

#[test]
fn mutants_eight_steps_away_appear_in_one_series() {
    let process = chain();
    let mut taylor = Taylor::new(9);
    taylor.load(&process, 0);
    let mut value = [0.0; 9];
    value[8] = 0.25;
    let order = taylor.expand(&value, &[false; 9], 0.5).unwrap();
    assert!(order > 9, "{order}");
    assert!(taylor.end().iter().all(|v| *v > 0.0));
    // One long step and two halves meet.
    let whole = taylor.end().to_vec();
    taylor.expand(&value, &[false; 9], 0.25).unwrap();
    let half = taylor.end().to_vec();
    taylor.expand(&half, &[false; 9], 0.25).unwrap();
    for (a, b) in taylor.end().iter().zip(&whole) {
        assert!((a / b - 1.0).abs() < 1e-11, "{a:e} {b:e}");
    }
}

#[test]
fn a_step_beyond_the_radius_of_convergence_is_refused() {
    let mut taylor = Taylor::new(9);
    taylor.load(&chain(), 0);
    assert_eq!(taylor.expand(&[0.5; 9], &[false; 9], 40.0), None);
}
