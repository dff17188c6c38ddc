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

    fn cost(&self) -> u64 {
        1
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
        fn cost(&self) -> u64 {
            1
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

/// `y0' = -f (y0 - y1)`, `y1' = -r y1^2`: the first follows the second at once, and the second does not settle.
struct Pair {
    fast: f64,
    slow: f64,
    settles: bool,
}

impl System for Pair {
    fn slope(&mut self, y: &[f64], dy: &mut [f64]) {
        dy[0] = -self.fast * (y[0] - y[1]);
        dy[1] = -self.slow * y[1] * y[1];
    }
    fn room(&self, _: f64) -> f64 {
        f64::INFINITY
    }
    fn cost(&self) -> u64 {
        1
    }

    fn fastest(&self) -> f64 {
        self.fast
    }
    fn accepted(&mut self, _: &mut [f64]) -> Result<(), AnalyticError> {
        Ok(())
    }
    fn settles(&self) -> bool {
        self.settles
    }
}

#[test]
fn a_caller_may_interrupt() {
    let stop = || true;
    let mut system = Pair { fast: 1e9, slow: 1.0, settles: true };
    let failed = Stepper::new(2, &stop).advance(&mut system, &mut [0.5, 1.0], 1.0);
    assert_eq!(failed, Err(AnalyticError::Interrupted));
}

/// Steps taken and the result over a length, with 20000 steps allowed.
fn within(mut system: Pair, length: f64) -> (u64, Result<(), AnalyticError>) {
    let keep = || false;
    let mut stepper = Stepper::new(2, &keep);
    stepper.limit = 20_000;
    let result = stepper.advance(&mut system, &mut [0.5, 1.0], length);
    (stepper.steps(), result)
}

#[test]
fn what_is_out_of_reach_is_refused_early() {
    for settles in [true, false] {
        let (steps, failed) = within(Pair { fast: 1e9, slow: 1.0, settles }, 1.0);
        assert!(steps < 4000, "{steps}");
        let Err(AnalyticError::Steps { limit: 20_000, rate: 1e9, length: 1.0, done }) = failed else {
            panic!("{failed:?}");
        };
        assert!(done > 1e-6 && done < 1e-4, "{done}");
        // What was done is in reach.
        assert_eq!(within(Pair { fast: 1e9, slow: 1.0, settles }, 5.0 * done).1, Ok(()));
    }
}

#[test]
fn what_may_still_be_reached_goes_on() {
    // Twice as far as the steps allow: nothing is predicted before most of them are tried.
    let far = 2.0
        * within(Pair { fast: 1e9, slow: 1e-3, settles: false }, 1.0).1.map_or_else(
            |error| match error {
                AnalyticError::Steps { done, .. } => 10.0 * done,
                other => panic!("{other:?}"),
            },
            |()| panic!("within reach"),
        );
    let (steps, failed) = within(Pair { fast: 1e9, slow: 1e-3, settles: false }, far);
    assert!(steps > 15_000, "{steps}");
    assert!(matches!(failed, Err(AnalyticError::Steps { .. })));
    // A long way, at first in short steps: what grows from next to nothing is waited for.
    let keep = || false;
    for start in [1e-280, 1e-100, 1e-9, 0.5] {
        let mut stepper = Stepper::new(1, &keep);
        stepper.limit = 8000;
        let mut y = [start];
        assert_eq!(stepper.advance(&mut Logistic, &mut y, 20_000.0), Ok(()));
        assert!((y[0] - 2.0).abs() < 1e-10, "{} {y:?}", stepper.steps());
    }
}
