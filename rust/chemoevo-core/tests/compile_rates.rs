//! Compiled rates against the drug effects they stand for, integrated densely.

use chemoevo_core::pharmacology::{Absorption, Administration, Course, Measure, Metabolite, Model, Parts, Transit};
use chemoevo_core::resistance::{
    CompileError, CompileOptions, Drug, Drugs, Mode, Niches, Potency, RateTable, compile, compile_on, rates_at,
};
use std::sync::Arc;

const OPTIONS: CompileOptions = CompileOptions { horizon: 63.0, tolerance: 1e-3, halved: false, max_segments: 100_000 };
const POTENCIES: [Potency; 2] =
    [Potency { ec50: 0.0025, hill: 1.0, emax: 1.4 }, Potency { ec50: 0.04, hill: 2.5, emax: 0.8 }];

/// A course of doses `(time, amount, duration)`.
fn course(parts: Parts, doses: &[(f64, f64, f64)]) -> Course {
    let by_mouth = parts.absorption.is_some();
    let given = |&(time, amount, duration): &(f64, f64, f64)| Administration { time, amount, duration, by_mouth };
    let doses: Vec<Administration> = doses.iter().map(given).collect();
    Course::new(Arc::new(Model::new(&parts).unwrap()), &doses, None, &|| false).unwrap()
}

fn docetaxel_after(doses: &[(f64, f64, f64)]) -> Course {
    let peripherals = vec![(6.1, 7.3), (14.4, 388.0)];
    course(Parts { clearance: 44.1, volume: 8.9, peripherals, ..Parts::default() }, doses)
}

/// Docetaxel on days 0, 21 and 42.
fn docetaxel(mode: Mode) -> Drug {
    let potency = POTENCIES.map(|p| if mode == Mode::Cytostatic { Potency { emax: 0.9, ..p } } else { p });
    Drug {
        course: Arc::new(docetaxel_after(&[0.0, 504.0, 1008.0].map(|time| (time, 135.0, 1.0)))),
        compartment: 0,
        unbound: 60.0 / 807.9,
        mode,
        potency: potency.to_vec(),
        moves: vec![],
    }
}

/// Two types under drugs whose hazards add.
fn niche<'a>(drugs: impl Into<Drugs<'a>>) -> Niches<'a> {
    Niches::one(2, drugs.into())
}

fn run(drugs: &[Drug], options: CompileOptions) -> RateTable {
    compile(&[0.14, 0.1], &[0.13, 0.13], &niche(drugs), options, &|| false).unwrap()
}

/// Added death integrated from 0 to each breakpoint.
fn integrated(table: &RateTable, i: usize) -> Vec<f64> {
    let (mut from, mut sum, mut out) = (0.0, 0.0, Vec::new());
    for (k, &to) in table.breakpoints.iter().enumerate() {
        sum += (table.death[2 * k + i] - 0.13) * (to - from);
        from = to;
        out.push(sum);
    }
    out
}

/// Dense midpoint rule on a mesh that is fine after the dose; its own error is below 1e-6 here.
fn dense(drug: &Drug, i: usize, from: f64, to: f64) -> f64 {
    let n = 20_000;
    let h = (to - from) / f64::from(n);
    let effect = |t: f64| {
        drug.potency[i].effect((drug.unbound * drug.course.at(drug.compartment, 24.0 * t, Measure::Value)).ln())
    };
    (0..n).map(|k| effect(from + h * (f64::from(k) + 0.5)) * h).sum()
}

#[test]
fn oral_doses_and_metabolites_act() {
    // Two doses by mouth with a lag; a metabolite acts, which rises and falls within a stretch.
    let parts = Parts {
        clearance: 5.21,
        volume: 42.0,
        peripherals: vec![(0.41, 18.77)],
        absorption: Some(Absorption { transit: Transit::Stages(vec![2.0; 3]), lag: 0.5, share: 0.8 }),
        metabolites: vec![Metabolite { formed: 0.3, clearance: 20.0, volume: 40.0, peripherals: Vec::new() }],
        ..Parts::default()
    };
    let potency = vec![Potency { ec50: 0.3, hill: 1.5, emax: 1.0 }; 2];
    let course = course(parts, &[(0.0, 300.0, 0.0), (12.0, 300.0, 0.0)]);
    for compartment in [0, 1] {
        let drug = Drug {
            course: Arc::new(course.clone()),
            compartment,
            unbound: 1.0,
            mode: Mode::Cytotoxic,
            potency: potency.clone(),
            moves: vec![],
        };
        let table = run(std::slice::from_ref(&drug), CompileOptions { horizon: 4.0, ..OPTIONS });
        let (mut from, mut want) = (0.0, 0.0);
        for (k, got) in integrated(&table, 0).into_iter().enumerate() {
            want += dense(&drug, 0, from, table.breakpoints[k]);
            from = table.breakpoints[k];
            assert!((got - want).abs() < 1e-6, "{compartment} at {from}: {got} {want}");
        }
        assert!(want > 0.05, "or the example shows nothing: {want}");
    }
    let drug =
        Drug { course: Arc::new(course), compartment: 2, unbound: 1.0, mode: Mode::Cytotoxic, potency, moves: vec![] };
    let wrong = compile(&[0.14; 2], &[0.13; 2], &niche(&[drug]), OPTIONS, &|| false);
    assert!(matches!(wrong, Err(CompileError::Compartment { compartments: 2, got: 2 })));
}

#[test]
fn integrated_hazard_is_exact_at_breakpoints() {
    let drug = docetaxel(Mode::Cytotoxic);
    for halved in [false, true] {
        let table = run(std::slice::from_ref(&drug), CompileOptions { halved, ..OPTIONS });
        for i in 0..2 {
            let (mut from, mut want) = (0.0, 0.0);
            for (k, got) in integrated(&table, i).into_iter().enumerate() {
                want += dense(&drug, i, from, table.breakpoints[k]);
                from = table.breakpoints[k];
                assert!((got - want).abs() < 1e-6, "type {i} at {from}: {got} {want}");
            }
        }
    }
}

#[test]
fn integrated_hazard_stays_within_tolerance_inside_segments() {
    let drug = docetaxel(Mode::Cytotoxic);
    for tolerance in [1e-1, 1e-2, 1e-3] {
        let table = run(std::slice::from_ref(&drug), CompileOptions { tolerance, ..OPTIONS });
        let mut worst: f64 = 0.0;
        let mut from = 0.0;
        for (k, &to) in table.breakpoints.iter().enumerate() {
            for i in 0..2 {
                let (n, mut sum) = (200, 0.0);
                let h = (to - from) / f64::from(n);
                for j in 0..n {
                    let t = from + h * (f64::from(j) + 0.5);
                    let c = drug.unbound * drug.course.at(drug.compartment, 24.0 * t, Measure::Value);
                    sum += (drug.potency[i].effect(c.ln()) - (table.death[2 * k + i] - 0.13)) * h;
                    worst = worst.max(sum.abs());
                }
            }
            from = to;
        }
        // Above a seventh of it, or the segments would be wasted; a coarse one is not what limits them, but how they curve.
        assert!(worst <= tolerance && worst > 0.15 * tolerance, "{tolerance}: {worst}");
    }
}

#[test]
fn segments_end_where_doses_and_infusions_do() {
    let table = run(&[docetaxel(Mode::Cytotoxic)], CompileOptions { tolerance: 1.0, ..OPTIONS });
    for kink in [1.0 / 24.0, 21.0, 505.0 / 24.0, 42.0, 1009.0 / 24.0, 63.0] {
        assert!(table.breakpoints.contains(&kink), "{kink}");
    }
    let fine = run(&[docetaxel(Mode::Cytotoxic)], OPTIONS);
    assert!(fine.breakpoints.windows(2).all(|w| w[0] < w[1]) && fine.breakpoints[0] > 0.0);
}

#[test]
fn number_of_segments_grows_with_the_root_of_the_accuracy() {
    let count = |tolerance| {
        run(&[docetaxel(Mode::Cytotoxic)], CompileOptions { tolerance, ..OPTIONS }).breakpoints.len() as f64
    };
    // Second order: a hundred times the accuracy takes ten times the segments; first order would take a hundred.
    let ratio = count(1e-5) / count(1e-3);
    assert!((6.0..16.0).contains(&ratio), "{ratio}");
    // The budget at the default tolerance: about fifty segments a cycle.
    assert!(count(4e-3) <= 3.0 * 55.0, "{}", count(4e-3));
}

#[test]
fn halving_keeps_every_breakpoint() {
    let drug = [docetaxel(Mode::Cytotoxic)];
    let (whole, half) = (run(&drug, OPTIONS), run(&drug, CompileOptions { halved: true, ..OPTIONS }));
    assert!(whole.breakpoints.iter().all(|t| half.breakpoints.contains(t)));
    assert!(half.breakpoints.len() > 2 * whole.breakpoints.len() - 10);
}

#[test]
fn without_drug_there_is_one_interval() {
    let nil = Drug { unbound: 0.0, ..docetaxel(Mode::Cytotoxic) };
    for drugs in [vec![], vec![nil]] {
        let table = run(&drugs, OPTIONS);
        assert!(table.breakpoints.is_empty());
        assert_eq!((table.birth, table.death), (vec![0.14, 0.1], vec![0.13, 0.13]));
    }
}

#[test]
fn the_last_interval_has_no_drug() {
    let table = run(&[docetaxel(Mode::Cytotoxic)], CompileOptions { horizon: 22.0, ..OPTIONS });
    assert_eq!(*table.breakpoints.last().unwrap(), 22.0);
    assert_eq!(table.death[table.death.len() - 2..], [0.13, 0.13]);
    assert!(table.death[table.death.len() - 4] > 0.13);
}

#[test]
fn a_dose_at_the_horizon_does_nothing() {
    let until = |horizon| run(&[docetaxel(Mode::Cytotoxic)], CompileOptions { horizon, ..OPTIONS });
    let mut first = docetaxel(Mode::Cytotoxic);
    first.course = Arc::new(docetaxel_after(&[(0.0, 135.0, 1.0)]));
    assert_eq!(until(21.0), run(&[first], CompileOptions { horizon: 21.0, ..OPTIONS }));
}

#[test]
fn a_fast_phase_is_seen_at_the_start_of_a_long_stretch() {
    // A half-life of five minutes in a stretch of 90 days.
    let parts = Parts { clearance: 12.0 * std::f64::consts::LN_2, volume: 1.0, ..Parts::default() };
    let course = course(parts, &[(240.0, 1.0, 0.0)]);
    let potency = vec![Potency { ec50: 1e-3, hill: 1.0, emax: 1.0 }; 2];
    let drug =
        Drug { course: Arc::new(course), compartment: 0, unbound: 1.0, mode: Mode::Cytotoxic, potency, moves: vec![] };
    let table = run(&[drug], CompileOptions { horizon: 100.0, tolerance: 1e-4, ..OPTIONS });
    // The integral of C/(EC50 + C) for C = e^{-k t} is ln(1 + 1/EC50)/k.
    let want = 1001.0_f64.ln() / (12.0 * std::f64::consts::LN_2) / 24.0;
    let got = *integrated(&table, 0).last().unwrap();
    assert!((got - want).abs() < 1e-7, "{got} {want}");
}

#[test]
fn a_short_peak_of_effect_within_a_stretch_is_seen() {
    // Effects that rise and fall around the peak of a concentration: the narrower, the nearer to it EC50 is and the steeper.
    let parts = Parts {
        clearance: 0.2,
        volume: 1.0,
        absorption: Some(Absorption { transit: Transit::Stages(vec![0.7]), lag: 0.0, share: 1.0 }),
        metabolites: vec![Metabolite { formed: 0.5, clearance: 0.3, volume: 1.0, peripherals: Vec::new() }],
        ..Parts::default()
    };
    let course = Arc::new(course(parts, &[(0.0, 1.0, 0.0)]));
    let n = 200_000;
    let h = 96.0 / f64::from(n);
    for compartment in [0, 1] {
        let at: Vec<f64> = (0..n).map(|k| course.at(compartment, h * (f64::from(k) + 0.5), Measure::Value)).collect();
        let peak = at.iter().copied().fold(0.0, f64::max);
        for hill in [1.0, 10.0, 50.0] {
            for k in 0..40 {
                let potency = Potency { ec50: peak * (0.7 + 0.01 * f64::from(k)), hill, emax: 2.0 };
                let want: f64 = at.iter().map(|c| potency.effect(c.ln())).sum::<f64>() * h / 24.0;
                let drug = Drug {
                    course: course.clone(),
                    compartment,
                    unbound: 1.0,
                    mode: Mode::Cytotoxic,
                    potency: vec![potency; 2],
                    moves: vec![],
                };
                let table = run(&[drug], CompileOptions { horizon: 4.0, tolerance: 1e-3, ..OPTIONS });
                let got = *integrated(&table, 0).last().unwrap();
                // Not more than the cells promise, of which there are some dozens.
                assert!((got - want).abs() < 1e-6, "{compartment} {hill} {potency:?}: {got} {want}");
            }
        }
    }
}

#[test]
fn a_steep_rise_at_the_start_of_a_stretch_is_seen() {
    // Infusions of two days, whose drug has half its effect after some minutes and nearly all of it from then on. For as long as
    // `t0 (pi/h)/sin(pi/h)` there is no effect: the integral of 1/(1 + (t/t0)^h) over all time.
    for (hill, t0, emax) in [(8.0, 0.05, 20.0), (20.0, 0.1, 5.0), (4.0, 0.005, 200.0), (30.0, 1e-4, 1e4)] {
        let course = course(Parts { clearance: 0.01, volume: 1.0, ..Parts::default() }, &[(24.0, 48.0, 48.0)]);
        let potency = [Potency { ec50: t0, hill, emax }; 2];
        let (course, potency) = (Arc::new(course), potency.to_vec());
        let steep = Drug { course, compartment: 0, unbound: 1.0, mode: Mode::Cytotoxic, potency, moves: vec![] };
        let table = run(&[steep], OPTIONS);
        let at = table.breakpoints.iter().position(|&day| day == 3.0).unwrap();
        let angle = std::f64::consts::PI / hill;
        let want = emax * (2.0 - t0 * angle / angle.sin() / 24.0);
        let got = integrated(&table, 0)[at];
        // Of what is missing, a thousandth is how far levels are from a straight line.
        assert!((got - want).abs() <= 1e-2 * OPTIONS.tolerance + 1e-3 * (2.0 * emax - want), "{hill}: {got} {want}");
    }
}

#[test]
fn births_of_any_rate_are_within_the_tolerance() {
    for birth in [0.1, 1.0, 5.0, 50.0] {
        let drug = docetaxel(Mode::Cytostatic);
        let table = compile(&[birth; 2], &[0.0; 2], &niche(&[drug]), OPTIONS, &|| false).unwrap();
        let halved = CompileOptions { halved: true, ..OPTIONS };
        let halves =
            compile(&[birth; 2], &[0.0; 2], &niche(&[docetaxel(Mode::Cytostatic)]), halved, &|| false).unwrap();
        let mut from = 0.0;
        for (k, &to) in halves.breakpoints.iter().enumerate() {
            // In the middle of a segment its chord is about as far from the curve as it gets.
            let segment = table.breakpoints.partition_point(|&end| end < to);
            for i in 0..2 {
                let error = (halves.birth[2 * k + i] - table.birth[2 * segment + i]) * (to - from);
                assert!(error.abs() <= OPTIONS.tolerance, "{birth}: {error} until {to}");
            }
            from = to;
        }
    }
}

#[test]
fn cytostatic_drugs_multiply_birth() {
    let both = [docetaxel(Mode::Cytostatic), docetaxel(Mode::Cytostatic)];
    let (one, two) = (run(&both[..1], OPTIONS), run(&both, OPTIONS));
    assert!(one.death.iter().all(|&d| d == 0.13));
    // In the first segment the concentrations are alike, so the mean of (1 - e)^2 is at least the mean squared.
    let kept = |table: &RateTable| table.birth[0] / 0.14;
    assert!(kept(&one) < 1.0 && kept(&one) > 0.1 - 1e-12);
    assert!(two.birth.iter().zip(&two.death).all(|(&b, _)| b >= 0.0));
    assert!(kept(&two) < kept(&one));
}

#[test]
fn hazards_of_two_drugs_add() {
    let drug = docetaxel(Mode::Cytotoxic);
    let one = run(std::slice::from_ref(&drug), OPTIONS);
    let two = run(&[drug.clone(), drug], OPTIONS);
    let (a, b) = (*integrated(&one, 0).last().unwrap(), *integrated(&two, 0).last().unwrap());
    assert!((b / a - 2.0).abs() < 1e-6);
}

#[test]
fn wrong_input_is_refused() {
    let compile = |drug: Drug, options| compile(&[0.14, 0.1], &[0.13, 0.13], &niche(&[drug]), options, &|| false);
    let drug = || docetaxel(Mode::Cytotoxic);
    for horizon in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(compile(drug(), CompileOptions { horizon, ..OPTIONS }).is_err());
    }
    assert!(compile(drug(), CompileOptions { tolerance: 0.0, ..OPTIONS }).is_err());
    assert!(compile(Drug { potency: vec![], ..drug() }, OPTIONS).is_err());
    assert!(compile(Drug { unbound: f64::NAN, ..drug() }, OPTIONS).is_err());
    assert!(compile(Drug { mode: Mode::Cytostatic, ..drug() }, OPTIONS).is_err());
    let few = compile(drug(), CompileOptions { max_segments: 20, ..OPTIONS });
    assert_eq!(few, Err(CompileError::TooManySegments(20)));
}

#[test]
fn the_own_grid_gives_the_same_rates() {
    for mode in [Mode::Cytotoxic, Mode::Cytostatic] {
        let drugs = [docetaxel(mode)];
        let table = run(&drugs, OPTIONS);
        assert_eq!(table.cells[0], 0.0);
        assert_eq!(*table.cells.last().unwrap(), 24.0 * OPTIONS.horizon);
        let again =
            compile_on(&[0.14, 0.1], &[0.13, 0.13], &niche(&drugs), &table.cells, &table.breakpoints, &|| false)
                .unwrap();
        assert_eq!(again.breakpoints, table.breakpoints);
        for (a, b) in again.birth.iter().zip(&table.birth).chain(again.death.iter().zip(&table.death)) {
            assert!((a - b).abs() <= 1e-14 * b, "{a} {b}");
        }
    }
}

#[test]
fn a_little_more_drug_adds_the_integral_of_the_slope() {
    // The adaptive grid of the larger dose is another: there the difference is not that of the effect.
    let (drug, step) = (docetaxel(Mode::Cytotoxic), 1e-6);
    let more = Drug { unbound: drug.unbound * (1.0 + step), ..drug.clone() };
    let table = run(std::slice::from_ref(&drug), OPTIONS);
    let on = |drug: &Drug| {
        compile_on(
            &[0.14, 0.1],
            &[0.13, 0.13],
            &niche(std::slice::from_ref(drug)),
            &table.cells,
            &table.breakpoints,
            &|| false,
        )
        .unwrap()
    };
    let (before, after) = (on(&drug), on(&more));
    let (mut from, mut checked) = (0.0, 0);
    for (k, &to) in table.breakpoints.iter().enumerate() {
        // d/d ln C of C^h/(EC50^h + C^h) is h times effect times what is missing to the ceiling.
        let n = 4000;
        let h = (to - from) / f64::from(n);
        let slope = |t: f64| {
            let p = drug.potency[0];
            let effect = p.effect((drug.unbound * drug.course.at(drug.compartment, 24.0 * t, Measure::Value)).ln());
            p.hill * effect * (1.0 - effect / p.emax)
        };
        let want = (0..n).map(|j| slope(from + h * (f64::from(j) + 0.5))).sum::<f64>() / f64::from(n);
        let got = (after.death[2 * k] - before.death[2 * k]) / step;
        assert!((got - want).abs() <= 1e-5 * want + 1e-8, "{k}: {got} {want}");
        checked += 1;
        from = to;
    }
    assert!(checked > 50);
}

#[test]
fn instants_see_a_dose_from_its_time_on() {
    let mut drug = docetaxel(Mode::Cytotoxic);
    drug.course = Arc::new(docetaxel_after(&[(10.0, 135.0, 0.0)]));
    let times = [10.0_f64.next_down(), 10.0];
    let [birth, death, _] =
        rates_at(&[0.14, 0.1], &[0.13, 0.13], &niche(std::slice::from_ref(&drug)), &times, &|| false).unwrap();
    assert_eq!(birth, [0.14, 0.1, 0.14, 0.1]);
    assert_eq!(death[..2], [0.13, 0.13]);
    let want = 0.13 + drug.potency[1].effect((drug.unbound * 135.0 / 8.9).ln());
    assert!((death[3] - want).abs() < 1e-12, "{} {want}", death[3]);
    let stat = docetaxel(Mode::Cytostatic);
    let [birth, death, _] =
        rates_at(&[0.14, 0.1], &[0.13, 0.13], &niche(std::slice::from_ref(&stat)), &[3.0], &|| false).unwrap();
    let lost = stat.potency[0].effect((stat.unbound * stat.course.at(0, 3.0, Measure::Value)).ln());
    assert!((birth[0] - 0.14 * (1.0 - lost)).abs() < 1e-15 && death == [0.13, 0.13]);
}

#[test]
fn grids_that_do_not_fit_are_refused() {
    let drugs = [docetaxel(Mode::Cytotoxic)];
    let on =
        |cells: &[f64], ends: &[f64]| compile_on(&[0.14, 0.1], &[0.13, 0.13], &niche(&drugs), cells, ends, &|| false);
    assert!(on(&[0.0, 24.0, 48.0], &[1.0, 2.0]).is_ok());
    assert!(matches!(on(&[], &[]), Err(CompileError::Range { field: "cells", .. })));
    assert!(matches!(on(&[-1.0, 24.0], &[1.0]), Err(CompileError::Range { field: "cells", .. })));
    assert!(matches!(on(&[0.0, 24.0, 24.0], &[1.0, 2.0]), Err(CompileError::Range { field: "cells", .. })));
    assert!(matches!(on(&[0.0, 48.0], &[1.0]), Err(CompileError::Range { field: "ends", .. })));
    assert!(matches!(on(&[0.0, 24.0], &[1.0, 2.0]), Err(CompileError::Length { field: "ends", .. })));
}

#[test]
fn who_asks_to_stop_is_heard_within_some_thousand_cells() {
    let asked = std::cell::Cell::new(0);
    let stop = || {
        asked.set(asked.get() + 1);
        true
    };
    let absurd = docetaxel(Mode::Cytotoxic);
    let potency = absurd.potency.iter().map(|p| Potency { emax: 1e18, ..*p }).collect();
    let drugs = [Drug { potency, ..absurd }];
    let compiled = compile(&[0.14, 0.1], &[0.13, 0.13], &niche(&drugs), OPTIONS, &stop);
    assert!(matches!(compiled, Err(CompileError::Interrupted)));
    let cells: Vec<f64> = (0..10_000).map(f64::from).collect();
    let on = compile_on(&[0.14, 0.1], &[0.13, 0.13], &niche(&drugs), &cells, &[9999.0 / 24.0], &stop);
    assert!(matches!(on, Err(CompileError::Interrupted)));
    assert_eq!(asked.get(), 2);
}
