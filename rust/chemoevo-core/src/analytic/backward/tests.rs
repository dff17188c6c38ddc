use super::*;
use crate::process::{Pulse, SparseRates};

fn keep() -> bool {
    false
}

fn solve(process: &Process, presence: &[f64], horizon: f64) -> TwoSided {
    let absence: Vec<f64> = presence.iter().map(|g| 1.0 - g).collect();
    let terminal = TwoSided::new(presence, &absence).unwrap();
    Backward::new(process, &keep).solve(&terminal, &[horizon]).unwrap().remove(0)
}

fn close(got: f64, want: f64, tolerance: f64) {
    assert!((got / want - 1.0).abs() <= tolerance, "{got:e} {want:e} {:e}", got / want - 1.0);
}

/// Three types under a strong therapy until day 28, and a pulse on day 30.
fn therapy() -> Process {
    Process::new(
        3,
        vec![28.0],
        [0.14, 0.13, 0.1].repeat(2),
        vec![1.2, 1.0, 0.9, 0.13, 0.12, 0.12],
        SparseRates::new(3, &[(0, 1), (0, 2), (1, 2)], vec![1e-6, 1e-9, 1e-5]),
        SparseRates::new(3, &[(2, 1)], vec![1e-3]),
        vec![Pulse { time: 30.0, survival: vec![1e-3, 0.5, 1.0] }],
    )
    .unwrap()
}

// The reference values below come from Taylor series of the generating functions in 320-bit fixed-point numbers.

#[test]
fn survival_keeps_its_digits() {
    let p = therapy();
    let end = solve(&p, &[1.0; 3], 28.0);
    let want = [1.138_484_495_566_845_4e-13, 2.291_604_223_428_346_6e-11, 1.635_828_119_429_197e-10];
    (0..3).for_each(|i| close(end.presence(i), want[i], 1e-9));
    let late = solve(&p, &[1.0; 3], 40.0);
    let want = [6.299_411_127_685_275e-17, 5.719_211_447_047_008e-12, 6.651_149_223_437_688e-11];
    (0..3).for_each(|i| close(late.presence(i), want[i], 1e-9));
}

#[test]
fn presence_of_a_double_mutant_and_a_pulse_at_the_horizon() {
    let end = solve(&therapy(), &[0.0, 0.0, 1.0], 30.0);
    let want = [7.274_919_208_180_76e-20, 2.200_218_340_444_999e-15, 1.325_226_393_148_387_1e-10];
    (0..3).for_each(|i| close(end.presence(i), want[i], 1e-9));
}

#[test]
fn extinction_keeps_its_digits() {
    let p = Process::new(
        2,
        vec![],
        vec![1.0, 0.7],
        vec![1e-12, 3e-13],
        SparseRates::new(2, &[(0, 1)], vec![1e-2]),
        SparseRates::new(2, &[(1, 0)], vec![1e-3]),
        vec![],
    )
    .unwrap();
    let end = solve(&p, &[1.0; 2], 30.0);
    close(end.absence(0), 9.999_999_999_999_007e-13, 1e-9);
    close(end.absence(1), 4.293_865_902_664_559e-13, 1e-9);
}

#[test]
fn no_death_is_no_extinction() {
    let s = SparseRates::new(2, &[(0, 1)], vec![0.1]);
    let p = Process::new(2, vec![], vec![1.0, 0.0], vec![0.0; 2], s, SparseRates::none(2), vec![]).unwrap();
    let end = solve(&p, &[1.0; 2], 100.0);
    assert_eq!((end.absence(0), end.absence(1)), (0.0, 0.0));
}

/// Five loci, forward mutations only, kill that decays after each dose of a three-weekly drug.
fn lattice(segments: usize) -> Process {
    let (k, horizon) = (32, 200.0);
    let pairs: Vec<_> =
        (0..k).flat_map(|i| (0..5).filter(move |l| i >> l & 1 == 0).map(move |l| (i, i | 1 << l))).collect();
    let mut death = Vec::new();
    for m in 0..segments {
        let t = (m as f64 + 0.5) * horizon / segments as f64;
        let kill = 0.6 * (-(t % 21.0) / 2.0).exp();
        death.extend((0..k).map(|i: usize| 0.13 + kill * 0.2f64.powi(i.count_ones() as i32)));
    }
    let ends = (1..segments).map(|m| m as f64 * horizon / segments as f64).collect();
    let values = vec![1e-6; pairs.len()];
    let mutation = SparseRates::new(k, &pairs, values);
    Process::new(k, ends, vec![0.14; segments * k], death, mutation, SparseRates::none(k), vec![]).unwrap()
}

#[test]
fn one_step_a_short_segment() {
    let p = lattice(500);
    let mut solver = Backward::new(&p, &keep);
    solver.solve(&TwoSided::indicator(&[true; 32]), &[200.0]).unwrap();
    assert!(solver.steps() < 560, "{}", solver.steps());
}

/// The series and the steps of DOP853 are two methods for one solution.
#[test]
fn series_and_steps_agree_on_hourly_segments() {
    let p = lattice(4800);
    for marked in [vec![true; 32], (0..32).map(|i| i == 31).collect()] {
        let terminal = TwoSided::indicator(&marked);
        let mut solver = Backward::new(&p, &keep);
        let series = solver.solve(&terminal, &[200.0]).unwrap().remove(0);
        assert_eq!(solver.steps(), 4800);
        let mut solver = Backward::new(&p, &keep);
        solver.reach = 0.0;
        let steps = solver.solve(&terminal, &[200.0]).unwrap().remove(0);
        (0..32).for_each(|i| close(series.presence(i), steps.presence(i), 2e-10));
    }
}

#[test]
fn horizons_share_what_they_may() {
    let p = therapy();
    let terminal = TwoSided::indicator(&[false, false, true]);
    let times = [35.0, 0.0, 30.0, 29.0, 28.0, 5.0, 90.0];
    let together = Backward::new(&p, &keep).solve(&terminal, &times).unwrap();
    for (t, got) in times.iter().zip(&together) {
        let alone = solve(&p, &[0.0, 0.0, 1.0], *t);
        for i in 0..3 {
            let (a, b) = (got.presence(i), alone.presence(i));
            assert!((a - b).abs() <= 1e-9 * b, "{t} {i} {a:e} {b:e}");
        }
    }
}

#[test]
fn rates_times_time_of_ten_thousand_stay_stable() {
    let s = SparseRates::new(2, &[(0, 1), (1, 0)], vec![1.0, 1.0]);
    let p = Process::new(2, vec![], vec![1.0; 2], vec![1.0; 2], SparseRates::none(2), s, vec![]).unwrap();
    let mut solver = Backward::new(&p, &keep);
    let end = solver.solve(&TwoSided::indicator(&[true; 2]), &[1e4]).unwrap().remove(0);
    close(end.presence(0), 1.0 / (1.0 + 1e4), 1e-9);
    assert!(solver.steps() < 10_000, "{}", solver.steps());
}

#[test]
fn wrong_arguments_are_errors() {
    let p = therapy();
    let mut solver = Backward::new(&p, &keep);
    assert!(solver.solve(&TwoSided::indicator(&[true; 2]), &[1.0]).is_err());
    for t in [-1.0, f64::NAN, f64::INFINITY] {
        assert!(solver.solve(&TwoSided::indicator(&[true; 3]), &[t]).is_err());
    }
}
