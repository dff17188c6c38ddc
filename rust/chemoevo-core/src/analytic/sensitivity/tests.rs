use super::*;
use crate::process::Pulse;

fn keep() -> bool {
    false
}

fn of_one(b: f64, d: f64, pulses: Vec<Pulse>) -> Process {
    Process::new(1, vec![], vec![b], vec![d], SparseRates::none(1), SparseRates::none(1), pulses).unwrap()
}

fn close(got: f64, want: f64) {
    assert!((got / want - 1.0).abs() < 1e-11, "{got:e} {want:e}");
}

/// Pure death, `L = ln(1 - p e^{-d t})`, with the pulse anywhere.
#[test]
fn pure_death_through_a_pulse() {
    let (d, t, p) = (0.7, 9.0, 0.25);
    let process = of_one(0.0, d, vec![Pulse { time: 4.0, survival: vec![p] }]);
    let got = sensitivity(&process, &[true], &[5.0], t, &keep).unwrap();
    let g = p * f64::exp(-d * t);
    close(got.log_absence, 5.0 * (-g).ln_1p());
    close(got.initial[0], (-g).ln_1p());
    close(got.death[0], 5.0 * t * g / (1.0 - g));
    close(got.pulse_survival[0], -5.0 * g / p / (1.0 - g));
    close(got.horizon.unwrap(), 5.0 * d * g / (1.0 - g));
    assert!(got.pulse_time[0].unwrap().abs() < 1e-15);
}

#[test]
fn critical_growth_is_kendall() {
    let (b, t) = (0.5, 1e4);
    let got = sensitivity(&of_one(b, b, vec![]), &[true], &[1.0], t, &keep).unwrap();
    // G = 1/(1 + b t); its derivatives by b and by d along b = d add up to that by the common rate.
    let g = 1.0 / (1.0 + b * t);
    close(got.birth[0] + got.death[0], t * g * g / (1.0 - g));
}

#[test]
fn what_has_no_answer_is_an_error() {
    let process = of_one(1.0, 0.0, vec![]);
    assert_eq!(sensitivity(&process, &[true], &[1.0], 2.0, &keep), Err(AnalyticError::Impossible));
    assert!(sensitivity(&process, &[true], &[1.0, 2.0], 2.0, &keep).is_err());
    assert!(sensitivity(&process, &[true], &[1.0], f64::NAN, &keep).is_err());
    let fast = of_one(1e6, 1e6, vec![]);
    assert!(matches!(sensitivity(&fast, &[true], &[1.0], 2.0, &keep), Err(AnalyticError::Steps { .. })));
}
