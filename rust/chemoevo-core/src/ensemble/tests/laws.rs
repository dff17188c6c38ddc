//! Closed forms, limits and degenerate cases.

use super::*;

#[test]
fn extinction_and_its_time_follow_kendall() {
    let case = Case::one_type(0.3, 0.5, 3, &[2.0, 8.0]);
    let extinct = |t: f64| (0.5 * t_factor(0.3, 0.5, t) / (1.0 + 0.5 * t_factor(0.3, 0.5, t))).powi(3);
    for engine in ENGINES {
        let columns = case.run(engine);
        assert_probability(share(&columns, Outcome::Extinct), extinct(8.0), case.replicates);
        for t in [1.0, 2.0, 5.0] {
            let gone = columns.outcome.iter().zip(&columns.time).filter(|&(&o, &time)| o == 0 && time <= t).count();
            assert_probability(gone as f64 / case.replicates as f64, extinct(t), case.replicates);
        }
    }
    // The check has power: a death rate 5 % higher is seen.
    let wrong = (0.525 * t_factor(0.3, 0.525, 8.0) / (1.0 + 0.525 * t_factor(0.3, 0.525, 8.0))).powi(3);
    let error = (wrong * (1.0 - wrong) / case.replicates as f64).sqrt();
    assert!((extinct(8.0) - wrong).abs() > 2.0 * Z * error);
}

/// g of Kendall's law: -expm1(-l t)/l with l = b - d.
fn t_factor(b: f64, d: f64, t: f64) -> f64 {
    let l = b - d;
    -(-l * t).exp_m1() / l
}

#[test]
fn first_passage_is_exact_and_follows_gamblers_ruin() {
    for (b, d, size) in [(1.0, 0.5, 500u64), (0.5, 0.5, 60), (0.9, 1.0, 80)] {
        let case = Case {
            stop: Some(Stop { size, of: None, retry: false }),
            times: vec![1e5],
            ..Case::one_type(b, d, 20, &[])
        };
        let r: f64 = d / b;
        let m = size as i32;
        let arrive = if r == 1.0 { 20.0 / f64::from(m) } else { (1.0 - r.powi(20)) / (1.0 - r.powi(m)) };
        for engine in ENGINES {
            let columns = case.run(engine);
            assert_probability(share(&columns, Outcome::Stopped), arrive, case.replicates);
            let ended = columns.outcome.iter().zip(&columns.last);
            assert!(ended.into_iter().all(|(&o, &n)| n == if o == Outcome::Stopped as u8 { size } else { 0 }));
        }
    }
}

#[test]
fn retry_counts_the_rejected_attempts() {
    let stop = Some(Stop { size: 300, of: None, retry: true });
    let case = Case { stop, times: vec![1e4], ..Case::one_type(1.0, 0.75, 1, &[]) };
    for engine in ENGINES {
        let columns = case.run(engine);
        assert_eq!(share(&columns, Outcome::Stopped), 1.0);
        // Attempts are geometric with success probability (1 - r)/(1 - r^300), r = 3/4: three rejected on average.
        let mean = columns.rejected.iter().sum::<u64>() as f64 / case.replicates as f64;
        assert!((mean - 3.0).abs() < Z * (12.0 / case.replicates as f64).sqrt(), "{mean}");
    }
}

#[test]
fn a_limit_of_size_is_met_exactly_and_a_limit_of_steps_ends() {
    for engine in ENGINES {
        let case = Case { max_size: 1000, ..Case::one_type(1.0, 0.1, 100, &[50.0]) };
        let columns = case.run(engine);
        assert_eq!(share(&columns, Outcome::SizeLimit), 1.0);
        assert!(columns.last.iter().all(|&n| n == 1000));
        assert!(columns.time.iter().all(|&t| t > 0.0 && t < 50.0));

        // Two types that exchange mutants, so that event-skipping has steps to take.
        let mutation = vec![((0, 1), 0.5), ((1, 0), 0.5)];
        let case = Case {
            birth: vec![1.0; 2],
            death: vec![0.2; 2],
            mutation,
            initial: vec![10, 0],
            max_steps: 50,
            ..Case::one_type(0.0, 0.0, 0, &[30.0])
        };
        let columns = case.run(engine);
        assert!(share(&columns, Outcome::EventLimit) > 0.9);
        assert!(columns.steps.iter().all(|&s| s <= 50));
    }
}

/// From one cell that never divides no attempt arrives.
#[test]
fn attempts_are_counted_and_limited() {
    for engine in [Engine::Direct, Engine::Bnb] {
        for most in [1, 7] {
            let stop = Some(Stop { size: 2, of: None, retry: true });
            let case = Case { max_attempts: most, stop, ..Case::one_type(0.0, 1.0, 1, &[1e3]) };
            let columns = case.run(engine);
            assert!(columns.outcome.iter().all(|&o| o == Outcome::AttemptLimit as u8));
            assert!(columns.rejected.iter().all(|&n| n == most));
            assert!(columns.last.iter().all(|&n| n == 0));
        }
    }
}

#[test]
fn the_largest_sizes_are_met_exactly() {
    for exponent in [40, 53, 54, 58, 61, 62] {
        let size = 1u64 << exponent;
        let case =
            Case { max_size: size, max_steps: 1 << 24, replicates: 20, ..Case::one_type(1.0, 0.1, 1000, &[1e3]) };
        let columns = case.run(Engine::Bnb);
        assert!(columns.outcome.iter().all(|&o| o == Outcome::SizeLimit as u8), "2^{exponent}");
        assert!(columns.last.iter().all(|&n| n == size), "2^{exponent}");
    }
}

#[test]
fn nothing_and_nobody() {
    for engine in ENGINES {
        let still = Case { replicates: 3, ..Case::one_type(0.0, 0.0, 7, &[1.0, 1e9]) }.run(engine);
        assert_eq!((still.counts, still.outcome), (vec![7; 6], vec![Outcome::Alive as u8; 3]));
        let nobody = Case { replicates: 2, ..Case::one_type(1.0, 1.0, 0, &[1.0]) }.run(engine);
        assert_eq!((nobody.outcome, nobody.time), (vec![Outcome::Extinct as u8; 2], vec![0.0; 2]));
        let full = Case { max_size: 5, replicates: 2, ..Case::one_type(1.0, 1.0, 5, &[0.0, 1.0]) }.run(engine);
        assert_eq!((full.counts, full.time), (vec![5; 4], vec![0.0; 2]));
    }
}

#[test]
fn pulses_act_on_their_day_and_can_end_a_replicate() {
    let pulse = |time, survival| Pulse { time, survival: vec![survival] };
    let pulses = vec![pulse(0.0, 0.5), pulse(2.0, 0.25), pulse(3.0, 0.0), pulse(9.0, 1.0)];
    for engine in ENGINES {
        let case = Case { pulses: pulses.clone(), ..Case::one_type(0.0, 0.0, 1000, &[0.0, 1.0, 2.0, 4.0]) };
        let columns = case.run(engine);
        for (row, expected) in [500.0, 500.0, 125.0, 0.0].into_iter().enumerate() {
            let mean = columns.counts.iter().skip(row).step_by(4).sum::<u64>() as f64 / case.replicates as f64;
            assert!((mean - expected).abs() <= Z * (expected / case.replicates as f64).sqrt(), "{row}: {mean}");
        }
        assert!(columns.time.iter().all(|&t| t == 3.0) && share(&columns, Outcome::Extinct) == 1.0);
    }
}

#[test]
fn a_replicate_is_a_function_of_its_number() {
    for engine in ENGINES {
        let case = Case { replicates: 40, ..Case::one_type(1.0, 0.6, 3, &[1.0, 3.0]) };
        let all = case.run(engine);
        let some = Case { replicates: 5, ..Case::one_type(1.0, 0.6, 3, &[1.0, 3.0]) };
        let some = run(&some.plan(engine, 17), &Progress::default()).unwrap();
        assert_eq!(all.counts[34..44], some.counts);
        assert_eq!(all.time[17..22], some.time);
    }
}

#[test]
fn direct_does_not_depend_on_the_observation_times() {
    let case = |times: &[f64]| Case {
        birth: vec![1.0, 0.8, 0.0, 0.0],
        death: vec![0.5, 0.3, 0.1, 0.2],
        mutation: vec![((0, 1), 0.1)],
        breakpoints: vec![2.5],
        initial: vec![5, 2],
        replicates: 200,
        ..Case::one_type(0.0, 0.0, 0, times)
    };
    let coarse = case(&[4.0]).run(Engine::Direct);
    let fine = case(&[0.5, 1.0, 2.0, 2.5, 3.0, 4.0]).run(Engine::Direct);
    assert_eq!(coarse.last, fine.last);
    assert_eq!(coarse.time, fine.time);
}

#[test]
fn a_cancelled_run_says_so() {
    let case = Case { replicates: 10, ..Case::one_type(1.0, 0.5, 1, &[5.0]) };
    let progress = Progress::default();
    progress.cancel.store(true, Ordering::Relaxed);
    assert_eq!(run(&case.plan(Engine::Direct, 0), &progress).unwrap_err(), RunError::Interrupted);
    assert_eq!(run(&case.plan(Engine::Bnb, 0).with_clones(9).unwrap(), &progress).unwrap_err(), RunError::Interrupted);
}

/// The first type is counted in a float as long as that is exact.
#[test]
fn direct_counts_one_by_one_across_2_to_the_53() {
    for (birth, death) in [(1.0, 0.0), (0.0, 1.0)] {
        let before = if birth > 0.0 { (1 << 53) - 1700 } else { (1 << 53) + 1700 };
        let case = Case { max_steps: 3001, replicates: 3, ..Case::one_type(birth, death, before, &[1.0]) };
        let case = Case { max_size: 1 << 62, ..case };
        let columns = case.run(Engine::Direct);
        let after = if birth > 0.0 { before + 3001 } else { before - 3001 };
        assert_eq!((&columns.last, &columns.steps), (&vec![after; 3], &vec![3001; 3]));
    }
}
