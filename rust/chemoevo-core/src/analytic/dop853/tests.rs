use super::*;

/// `y' = y (1 - y / 2)`.
struct Logistic;

impl System for Logistic {
    fn slope(&mut self, y: &[f64], dy: &mut [f64]) {
        for (d, y) in dy.iter_mut().zip(y) {
            *d = y * (1.0 - 0.5 * y);
        }
    }

    fn room(&self, _: f64) -> f64 {
        f64::INFINITY
    }

    fn fastest(&self) -> f64 {
        1.0
    }

    fn accepted(&mut self, _: &mut [f64]) -> Result<(), AnalyticError> {
        Ok(())
    }

    fn settles(&self) -> bool {
        true
    }
}

#[test]
fn tableau_satisfies_low_order_conditions() {
    let c: Vec<f64> = std::iter::once(0.0).chain(A.iter().map(|row| row.iter().map(|e| e.1).sum())).collect();
    for power in 0..8 {
        let sum: f64 = B.iter().map(|&(s, b)| b * c[s].powi(power)).sum();
        assert!((sum - 1.0 / f64::from(power + 1)).abs() < 1e-14, "{power}: {sum}");
    }
    assert!(E3.iter().map(|e| e.1).sum::<f64>().abs() < 1e-14);
    assert!(E5.iter().map(|e| e.1).sum::<f64>().abs() < 1e-14);
}

#[test]
fn relative_accuracy_from_1e_280() {
    let keep = || false;
    let mut stepper = Stepper::new(2, &keep);
    let mut y = [1e-280, 0.5];
    stepper.advance(&mut Logistic, &mut y, 600.0).unwrap();
    let want = |y0: f64, t: f64| y0 * f64::exp(t) / (1.0 + 0.5 * y0 * f64::exp_m1(t));
    assert!((y[0] / want(1e-280, 600.0) - 1.0).abs() < 2e-9, "{:e}", y[0] / want(1e-280, 600.0) - 1.0);
    assert!((y[1] - 2.0).abs() < 1e-10);
}

/// `y' = 1 - y` from 0 over times far beyond the limit of stability, where one step over all of it ends below 0.
#[test]
fn zero_is_left_however_long_the_first_step() {
    struct Relaxation;
    impl System for Relaxation {
        fn slope(&mut self, y: &[f64], dy: &mut [f64]) {
            dy[0] = 1.0 - y[0];
        }
        fn room(&self, _: f64) -> f64 {
            f64::INFINITY
        }
        fn fastest(&self) -> f64 {
            1.0
        }
        fn accepted(&mut self, _: &mut [f64]) -> Result<(), AnalyticError> {
            Ok(())
        }
        fn settles(&self) -> bool {
            true
        }
    }
    let keep = || false;
    for t in [1.0, 8.0, 20.0, 50.0, 100.0, 1000.0f64] {
        let mut y = [0.0];
        Stepper::new(1, &keep).advance(&mut Relaxation, &mut y, t).unwrap();
        assert!((y[0] + (-t).exp_m1()).abs() < 1e-9, "{t}: {y:?}");
    }
}

#[test]
fn a_caller_may_interrupt_and_endless_work_is_refused() {
    let stop = || true;
    let mut stepper = Stepper::new(1, &stop);
    struct Oscillator;
    impl System for Oscillator {
        fn slope(&mut self, y: &[f64], dy: &mut [f64]) {
            dy[0] = -1e9 * (y[0] - 1.0);
        }
        fn room(&self, _: f64) -> f64 {
            f64::INFINITY
        }
        fn fastest(&self) -> f64 {
            1e9
        }
        fn accepted(&mut self, _: &mut [f64]) -> Result<(), AnalyticError> {
            Ok(())
        }
        fn settles(&self) -> bool {
            false
        }
    }
    assert_eq!(stepper.advance(&mut Oscillator, &mut [0.5], 1.0), Err(AnalyticError::Interrupted));
    let keep = || false;
    let mut stepper = Stepper::new(1, &keep);
    let failed = stepper.advance(&mut Oscillator, &mut [0.5], 1.0);
    assert!(matches!(failed, Err(AnalyticError::Steps { .. })));
}
