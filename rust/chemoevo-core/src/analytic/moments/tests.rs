use super::*;
use crate::process::{Pulse, SparseRates};

fn close(got: f64, want: f64, tolerance: f64) {
    assert!((got - want).abs() <= tolerance * want.abs(), "{got:e} {want:e}");
}

#[test]
fn one_type_with_a_pulse() {
    let (b, d, t, p, n) = (0.3f64, 0.1f64, 5.0f64, 0.2f64, 7.0f64);
    let none = || SparseRates::none(1);
    let pulses = vec![Pulse { time: t, survival: vec![p] }];
    let process = Process::new(1, vec![2.0], vec![b; 2], vec![d; 2], none(), none(), pulses).unwrap();
    let m = moments(&process, &[n], &[3.0, t], &|| false).unwrap();
    let variance = |t: f64| n * (b + d) / (b - d) * ((b - d) * t).exp() * ((b - d) * t).exp_m1();
    close(m.covariance[0], variance(3.0), 1e-13);
    close(m.covariance[1], p * p * variance(t) + p * (1.0 - p) * n * ((b - d) * t).exp(), 1e-13);
}

#[test]
fn switching_alone_is_multinomial() {
    let (s, r, t, n) = (0.4f64, 0.1f64, 30.0f64, 1e12f64);
    let switching = SparseRates::new(2, &[(0, 1), (1, 0)], vec![s, r]);
    let process = Process::new(2, vec![], vec![0.0; 2], vec![0.0; 2], SparseRates::none(2), switching, vec![]).unwrap();
    let m = moments(&process, &[n, 0.0], &[1e-9, t], &|| false).unwrap();
    for (at, t) in [1e-9, t].into_iter().enumerate() {
        let away = s / (s + r) * -(-(s + r) * t).exp_m1();
        let want = n * away * (1.0 - away);
        let v = &m.covariance[4 * at..4 * at + 4];
        close(v[0], want, 1e-9);
        close(v[1], -want, 1e-9);
        close(v[3], want, 1e-9);
    }
}

#[test]
fn overflow_and_wrong_arguments_are_said() {
    let none = || SparseRates::none(1);
    let p = Process::new(1, vec![], vec![1.0], vec![0.0], none(), none(), vec![]).unwrap();
    assert_eq!(moments(&p, &[1.0], &[400.0], &|| false), Err(AnalyticError::Overflow));
    assert!(moments(&p, &[-1.0], &[1.0], &|| false).is_err());
    assert!(moments(&p, &[1.0, 1.0], &[1.0], &|| false).is_err());
    assert!(moments(&p, &[1.0], &[2.0, 1.0], &|| false).is_err());
}

/// Stem cells that switch to and fro and lay a cell of a third type at every division: P and N grow with the cube of the
/// time, P' and N' with its square, and the variance b t with the time itself.
#[test]
fn digits_that_are_lost_are_said() {
    let mutation = SparseRates::new(3, &[(0, 2), (1, 2)], vec![1.0; 2]);
    let switching = SparseRates::new(3, &[(0, 1), (1, 0)], vec![1.0; 2]);
    let process = Process::new(3, vec![], vec![1.0, 1.0, 0.0], vec![0.0; 3], mutation, switching, vec![]).unwrap();
    let m = moments(&process, &[1.0, 0.0, 0.0], &[400.0], &|| false).unwrap();
    close(m.covariance[8], 400.0, 1e-7);
    match moments(&process, &[1.0, 0.0, 0.0], &[1000.0], &|| false) {
        Err(AnalyticError::Accuracy { what, reached, allowed }) => {
            assert_eq!((what, allowed), ("a covariance", ALLOWED));
            close(reached, 2e-6, 0.01);
        }
        other => panic!("{other:?}"),
    }
}
