//! The bound against chances that are known, and its shape.

use super::*;
use crate::process::SparseRates;

/// The smallest logarithm of the bound that `n` cells of two types become `m` of the second within `t` days.
fn smallest(process: &Process, n: &[u64], m: f64, t: f64) -> f64 {
    let rates = NamedRates::new(process, &[false, true]);
    let mut bound = NamedBound::default();
    bound.take_up(&rates, n);
    bound.look(&rates, process, Span { from: 0.0, to: t });
    bound.form_terms(&rates, n, t);
    (1..2000).map(|k| bound.ln_bound(m - n[1] as f64, t, 0.01 * f64::from(k))).fold(0.0, f64::min)
}

fn two(birth: [f64; 2], death: [f64; 2], u: f64, s: [f64; 2]) -> Process {
    let mutation = SparseRates::new(2, &[(0, 1)], vec![u]);
    let ways = if s[1] > 0.0 { 2 } else { 1 };
    let switching = SparseRates::new(2, &[(0, 1), (1, 0)][..ways], s[..ways].to_vec());
    Process::new(2, vec![], birth.to_vec(), death.to_vec(), mutation, switching, vec![]).unwrap()
}

fn ln_sum(terms: impl Iterator<Item = f64>) -> f64 {
    let terms: Vec<f64> = terms.collect();
    let most = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    most + terms.iter().map(|x| (x - most).exp()).sum::<f64>().ln()
}

#[test]
fn the_bound_holds_and_is_close_where_the_chance_is_known() {
    // 500 cells switch, none dies or divides: P(at least m) of a binomial number.
    for (t, m) in [(0.02, 40_u32), (0.1, 120)] {
        let odds = f64::exp_m1(0.9 * t);
        let mut term = -450.0 * t;
        let switched = (1..=500_u32).map(|k| {
            term += (f64::from(501 - k) / f64::from(k) * odds).ln();
            (k, term)
        });
        let exact = ln_sum(switched.filter(|&(k, _)| k >= m).map(|(_, ln_p)| ln_p));
        let found = smallest(&two([0.0, 0.0], [0.0, 0.0], 0.0, [0.9, 0.0]), &[500, 0], f64::from(m), t);
        assert!(found >= exact, "{t} {m}: {found} {exact}");
        assert!(found <= 0.6 * exact, "{t} {m}: {found} {exact}");
    }
    // 40 counted cells that only divide: P(at least m) of a negative binomial number.
    for (t, m) in [(0.1, 70_u32), (0.5, 140), (1.0, 260)] {
        let p = f64::exp(-t);
        let mut term = 40.0 * p.ln();
        let cells = (41..20_000_u32).map(|k| {
            term += (f64::from(k - 1) / f64::from(k - 40)).ln() + (-p).ln_1p();
            (k, term)
        });
        let exact = ln_sum(cells.filter(|&(k, _)| k >= m).map(|(_, ln_p)| ln_p));
        let found = smallest(&two([0.0, 1.0], [0.0, 0.0], 0.0, [0.0, 0.0]), &[0, 40], f64::from(m), t);
        assert!(found >= exact, "{t} {m}: {found} {exact}");
        assert!(found <= 0.75 * exact, "{t} {m}: {found} {exact}");
    }
}

#[test]
fn cells_that_leave_and_come_back_are_bounded_too() {
    // With a way back the types that counted cells may become must not be more dangerous than counted cells.
    let there_and_back = two([0.2, 0.1], [0.0, 0.0], 0.0, [3.0, 0.5]);
    let one_way = two([0.2, 0.1], [0.0, 0.0], 0.0, [3.0, 0.0]);
    assert!(smallest(&one_way, &[20, 300], 500.0, 0.05) < -37.0);
    assert!(smallest(&there_and_back, &[20, 300], 500.0, 0.05) < -37.0);
    // Half a day is so long that a cell that has left may have come back.
    assert!(smallest(&one_way, &[0, 300], 500.0, 0.5) < -37.0);
    assert!(smallest(&there_and_back, &[0, 300], 500.0, 0.5) > -1.0);
}

#[test]
fn what_counted_cells_founded_within_the_step_may_become_is_thought_of() {
    // 0 founds 1, which is counted and founds 2, which founds 1 again; none but 0 is there.
    let mutation = SparseRates::new(3, &[(0, 1), (1, 2), (2, 1)], vec![0.1; 3]);
    let none = SparseRates::none(3);
    let process = Process::new(3, vec![], vec![1.0; 3], vec![0.5; 3], mutation, none, vec![]).unwrap();
    let rates = NamedRates::new(&process, &[false, true, false]);
    let mut bound = NamedBound::default();
    bound.take_up(&rates, &[5, 0, 0]);
    assert_eq!(bound.descends, [false, false, true]);
}
