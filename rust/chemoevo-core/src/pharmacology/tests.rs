//! Courses of published drugs, computed elsewhere with another program, and what must hold for every course.

use super::*;
use std::sync::Arc;

fn never() -> bool {
    false
}

fn model(parts: &Parts) -> Arc<Model> {
    Arc::new(Model::new(parts).unwrap())
}

fn dose(time: f64, amount: f64, duration: f64, by_mouth: bool) -> Administration {
    Administration { time, amount, duration, by_mouth }
}

fn course(model: &Arc<Model>, doses: &[Administration]) -> Course {
    Course::new(model.clone(), doses, None, &never).unwrap()
}

fn agree(course: &Course, compartment: usize, wanted: &[(f64, f64)], within: f64) {
    for &(time, want) in wanted {
        let got = course.at(compartment, time, Measure::Value);
        assert!((got / want - 1.0).abs() < within, "{compartment} at {time}: {got} {want}");
    }
}

/// Richardson et al. (2025), 300 mg.
fn olaparib() -> Arc<Model> {
    model(&Parts {
        clearance: 5.21,
        volume: 35.06 * 3.0_f64.powf(0.17),
        peripherals: vec![(0.41, 18.77)],
        absorption: Some(Absorption { transit: Transit::Stages(vec![9.22; 5]), lag: 0.0, share: 1.0 }),
        ..Parts::default()
    })
}

/// A drug whose stages are no whole number, with a metabolite and an effect compartment.
fn transit(number: f64, saturable: Saturable) -> Arc<Model> {
    model(&Parts {
        clearance: 6.0,
        volume: 15.0,
        peripherals: vec![(4.0, 30.0)],
        absorption: Some(Absorption { transit: Transit::Gamma { number, rate: 0.9 }, lag: 0.4, share: 0.6 }),
        metabolites: vec![Metabolite { formed: 0.3, clearance: 9.0, volume: 20.0, peripherals: vec![(2.0, 12.0)] }],
        effects: vec![Effect { rate: 0.2, ratio: 1.0, source: 1 }],
        saturable,
    })
}

/// Crombag et al. (2019), in micromoles.
fn paclitaxel() -> Arc<Model> {
    model(&Parts {
        volume: 12.0,
        peripherals: vec![(16.8, 268.0)],
        saturable: Saturable { elimination: Some((33.8, 0.44)), transfer: Some((177.0, 1.61, 1.21)) },
        ..Parts::default()
    })
}

#[test]
fn transit_stages_and_steady_dosing() {
    let once = course(&olaparib(), &[dose(0.0, 300.0, 0.0, true)]);
    agree(&once, 0, &[(0.5, 3.400_950_022), (1.0, 6.335_313_334), (4.0, 4.491_093_064), (12.0, 1.582_225_84)], 5e-10);
    let start = steady(&olaparib(), &[dose(0.0, 300.0, 0.0, true)], 12.0).unwrap();
    let built = Course::new(olaparib(), &[dose(0.0, 300.0, 0.0, true)], Some(&start), &never).unwrap();
    agree(&built, 0, &[(0.0, 2.290_999_288), (1.109_925, 8.427_501_509), (12.0, 2.290_999_288)], 1e-9);
}

#[test]
fn metabolites_and_effect_compartments() {
    let irinotecan = model(&Parts {
        clearance: 33.2,
        volume: 225.0,
        peripherals: vec![(13.9, 119.0)],
        metabolites: vec![Metabolite {
            formed: 0.03 * 392.4 / 586.7,
            clearance: 46.0,
            volume: 15.9,
            peripherals: Vec::new(),
        }],
        ..Parts::default()
    });
    let found = course(&irinotecan, &[dose(0.0, 324.0, 1.5, false)]);
    agree(&found, 0, &[(1.5, 1.239_031_982), (2.0, 1.119_987_853), (24.0, 0.082_916_080_55)], 5e-10);
    agree(&found, 1, &[(1.5, 0.014_206_437_36), (6.0, 0.008_288_360_692), (24.0, 0.001_231_709_241)], 5e-10);
    let carboplatin = model(&Parts {
        clearance: 8.38,
        volume: 15.4,
        peripherals: vec![(0.135 * 15.4, 0.135 * 15.4 / 0.215)],
        effects: vec![Effect { rate: 0.5, ratio: 1.0, source: 0 }],
        ..Parts::default()
    });
    let found = course(&carboplatin, &[dose(0.0, 800.0, 1.0, false)]);
    agree(&found, 1, &[(0.5, 2.676_024_919), (1.0, 8.879_693_935), (48.0, 0.003_848_308_152)], 5e-10);
}

#[test]
fn saturable_elimination_and_transfer() {
    let amount = |per_square_meter: f64| per_square_meter * 1.8 / 853.9 * 1000.0;
    for (per_square_meter, duration, peak, area) in [
        (175.0, 3.0, 4.599_568_753, 15.684_462_51),
        (80.0, 1.0, 3.666_461_01, 5.543_691_835),
        (175.0, 24.0, 0.297_248_490_1, 7.085_215_588),
        (225.0, 3.0, 6.758_757_569, 23.668_146_65),
    ] {
        let found = course(&paclitaxel(), &[dose(0.0, amount(per_square_meter), duration, false)]);
        agree(&found, 0, &[(duration, peak)], 5e-9);
        assert!((found.at(0, 3000.0, Measure::Area) / area - 1.0).abs() < 5e-9);
    }
}

#[test]
fn a_course_goes_on_from_any_state() {
    let doses = [dose(0.0, 300.0, 0.0, true), dose(1.0, 50.0, 2.0, false), dose(5.0, 300.0, 1.0, true)];
    let whole = course(&olaparib(), &doses);
    for cut in [0.0, 0.5, 1.0, 2.2, 5.0, 5.5, 9.0] {
        let state = whole.state(cut).unwrap();
        let later: Vec<Administration> = doses.iter().copied().filter(|d| d.time > cut).collect();
        let again = Course::new(olaparib(), &later, Some(&state), &never).unwrap();
        for time in [cut, cut + 0.3, 7.0 + cut, 40.0] {
            for measure in [Measure::Value, Measure::Area] {
                let (a, b) = (whole.at(0, time, measure), again.at(0, time, measure));
                assert!((a - b).abs() <= 1e-13 * a, "{cut} {time} {a} {b}");
            }
        }
    }
}

/// Ekhart et al. (2009).
fn carboplatin(doses: &[(f64, f64, f64)]) -> Course {
    let parts = Parts {
        clearance: 8.38,
        volume: 15.4,
        peripherals: vec![(0.135 * 15.4, 0.135 * 15.4 / 0.215)],
        ..Parts::default()
    };
    let doses: Vec<Administration> =
        doses.iter().map(|&(time, amount, length)| dose(time, amount, length, false)).collect();
    course(&model(&parts), &doses)
}

fn value(course: &Course, time: f64) -> f64 {
    course.at(0, time, Measure::Value)
}

#[test]
fn area_is_dose_over_clearance() {
    for duration in [0.0, 1e-9, 1e-3, 1.0, 48.0] {
        let area = carboplatin(&[(3.0, 840.0, duration)]).at(0, 1e5, Measure::Area);
        assert!((area * 8.38 / 840.0 - 1.0).abs() < 1e-12, "{duration} {area}");
    }
}

#[test]
fn continuous_from_the_right_and_zero_before() {
    let bolus = carboplatin(&[(2.0, 154.0, 0.0)]);
    assert_eq!(value(&bolus, 2.0_f64.next_down()), 0.0);
    assert!((value(&bolus, 2.0) - 10.0).abs() < 1e-13);
    assert_eq!((bolus.begins(), carboplatin(&[]).begins()), (2.0, f64::INFINITY));
    let infusion = carboplatin(&[(2.0, 154.0, 1.0)]);
    assert_eq!(value(&infusion, 2.0), 0.0);
    assert!((value(&infusion, 3.0_f64.next_down()) - value(&infusion, 3.0)).abs() < 1e-12);
    assert_eq!(value(&carboplatin(&[]), 1.0), 0.0);
}

#[test]
fn doses_superpose_in_any_order() {
    let all = [(0.0, 300.0, 2.0), (1.0, 200.0, 3.0), (1.0, 50.0, 0.0), (1.0, 70.0, 0.0), (2.0, 10.0, 1e-3)];
    let mut shuffled = all;
    shuffled.reverse();
    let (together, backward) = (carboplatin(&all), carboplatin(&shuffled));
    for k in 0..200 {
        let t = 0.05 * f64::from(k);
        let sum: f64 = all.iter().map(|&d| value(&carboplatin(&[d]), t)).sum();
        assert!((value(&together, t) - sum).abs() < 1e-12 * (1.0 + sum), "{t}");
        assert_eq!(value(&together, t), value(&backward, t));
    }
}

#[test]
fn a_vanishing_infusion_is_a_bolus() {
    let (bolus, short) = (carboplatin(&[(504.0, 840.0, 0.0)]), carboplatin(&[(504.0, 840.0, 1e-12)]));
    for t in [504.5, 506.0, 600.0] {
        assert!((value(&short, t) / value(&bolus, t) - 1.0).abs() < 1e-11);
    }
    assert_eq!(value(&carboplatin(&[(504.0, 840.0, 1e-30)]), 505.0), value(&bolus, 505.0));
    // Of a rate that no number holds.
    let first = carboplatin(&[(0.0, 840.0, 0.0)]);
    for length in [f64::from_bits(1), 1e-308, 1e-300] {
        assert!(
            (value(&carboplatin(&[(0.0, 840.0, length)]), 5.0) / value(&first, 5.0) - 1.0).abs() < 1e-12,
            "{length:e}"
        );
    }
}

#[test]
fn periods_have_peaks_between_and_times_above() {
    let found = course(&olaparib(), &[dose(0.0, 300.0, 0.0, true), dose(30.0, 300.0, 0.0, true)]);
    let mut out = [Period::default(); 2];
    found.periods(0, &[0.0, 30.0, 500.0], 4.0, &mut out);
    let fine = |from: f64, to: f64| {
        let values = (0..=100_000).map(|k| value(&found, from + (to - from) * f64::from(k) / 100_000.0));
        values.fold((0.0_f64, 0.0_f64), |(most, above), c| {
            (most.max(c), above + f64::from(u8::from(c > 4.0)) * (to - from) / 100_000.0)
        })
    };
    for (period, (from, to)) in out.iter().zip([(0.0, 30.0), (30.0, 60.0)]) {
        let (most, above) = fine(from, to);
        assert!((period.highest / most - 1.0).abs() < 1e-7 && period.highest >= most, "{period:?} {most}");
        assert!((period.above - above).abs() < 1e-3, "{period:?} {above}");
    }
    assert_eq!(out[0].last, value(&found, 30.0));
    let whole = found.at(0, 500.0, Measure::Area);
    assert!(((out[0].area + out[1].area) / whole - 1.0).abs() < 1e-13);
    // What is left long after a dose has its digits: the same as of a body that begins with it.
    let borders: Vec<f64> = (0..40).map(|k| 24.0 * f64::from(k)).collect();
    let mut late = [Period::default(); 39];
    found.periods(0, &borders, 4.0, &mut late);
    let (model, state) = (olaparib(), found.state(borders[38]).unwrap());
    let fresh = Course::new(model, &[], Some(&State { areas: vec![0.0], ..state }), &never).unwrap();
    let want = fresh.at(0, borders[39], Measure::Area);
    assert!(want < 1e-4 && (late[38].area / want - 1.0).abs() < 1e-12, "{} {want}", late[38].area);
}

#[test]
fn what_is_wrong_is_an_error() {
    let linear = olaparib();
    let wrong = |doses: &[Administration]| Course::new(linear.clone(), doses, None, &never).map(drop).unwrap_err();
    for bad in [dose(-1.0, 1.0, 1.0, false), dose(0.0, f64::NAN, 1.0, false), dose(0.0, 1.0, f64::INFINITY, true)] {
        assert!(matches!(wrong(&[bad]), CourseError::Dose(_)));
    }
    let state = course(&linear, &[]).state(3.0).unwrap();
    let early = Course::new(linear.clone(), &[dose(2.0, 1.0, 0.0, false)], Some(&state), &never);
    assert!(matches!(early, Err(CourseError::Early { .. })));
    let other = Course::new(paclitaxel(), &[], Some(&state), &never);
    assert!(matches!(other, Err(CourseError::State(_))));
    let mouth = Course::new(paclitaxel(), &[dose(0.0, 1.0, 0.0, true)], None, &never);
    assert!(matches!(mouth, Err(CourseError::Route(0))));
    let stopped = Course::new(paclitaxel(), &[dose(0.0, 1.0, 0.0, false)], None, &|| true);
    assert!(matches!(stopped, Err(CourseError::Interrupted)));
    assert!(matches!(steady(&paclitaxel(), &[], 24.0), Err(CourseError::Saturable)));
    assert!(matches!(steady(&linear, &[], 0.0), Err(CourseError::Interval(_))));
    assert!(matches!(steady(&linear, &[dose(24.0, 1.0, 0.0, true)], 24.0), Err(CourseError::Outside { .. })));
    assert!(matches!(course(&linear, &[]).state(-1.0), Err(CourseError::Before { .. })));
}

#[test]
fn a_number_of_stages_that_is_not_whole_goes_on_from_any_state() {
    let doses = [dose(0.0, 300.0, 0.0, true), dose(1.0, 50.0, 2.0, false), dose(400.0, 90.0, 0.0, true)];
    let elimination = Some((30.0, 0.5));
    for (made, within) in
        [(transit(3.7, Saturable::default()), 1e-12), (transit(3.7, Saturable { elimination, transfer: None }), 1e-8)]
    {
        let whole = course(&made, &doses);
        for cut in [0.0, 0.2, 0.4, 0.5, 2.2, 9.0, 150.0, 400.1, 401.0] {
            let state = whole.state(cut).unwrap();
            let later: Vec<Administration> = doses.iter().copied().filter(|d| d.time > cut).collect();
            let again = Course::new(made.clone(), &later, Some(&state), &never).unwrap();
            for (place, time) in (0..3).flat_map(|p| [cut + 0.3, cut + 7.0, 403.0, 430.0].map(|t| (p, t))) {
                for measure in [Measure::Value, Measure::Area] {
                    let (a, b) = (whole.at(place, time, measure), again.at(place, time, measure));
                    assert!((a - b).abs() <= within * a, "{cut} {place} {time} {a} {b}");
                }
            }
        }
    }
}

#[test]
fn inputs_that_are_left_out_are_not_missed() {
    // A dose long ago is part of what is held once another begins.
    let made = transit(3.7, Saturable::default());
    let (first, second) = (dose(0.0, 300.0, 0.0, true), dose(200.0, 1e-3, 0.0, true));
    let (both, one, other) = (course(&made, &[first, second]), course(&made, &[first]), course(&made, &[second]));
    for (place, time) in (0..3).flat_map(|p| [199.0, 201.0, 230.0].map(|t| (p, t))) {
        for measure in [Measure::Value, Measure::Area] {
            let sum = one.at(place, time, measure) + other.at(place, time, measure);
            assert!((both.at(place, time, measure) / sum - 1.0).abs() < 1e-13, "{place} {time}");
        }
    }
    assert_eq!((one.begins(), one.kinks().count(), both.kinks().count()), (0.4, 1, 2));
    let mut out = [Period::default()];
    one.periods(0, &[0.0, 30.0], 1.0, &mut out);
    let fine = (0..=30_000).map(|k| value(&one, f64::from(k) * 1e-3)).fold(0.0, f64::max);
    assert!(out[0].highest >= fine && out[0].highest / fine - 1.0 < 1e-6);
}

#[test]
fn what_is_being_absorbed_keeps_its_number_of_stages() {
    let (made, other) = (transit(3.7, Saturable::default()), transit(3.8, Saturable::default()));
    let found = course(&made, &[dose(0.0, 300.0, 0.0, true)]);
    let (before, within) = (found.state(0.1).unwrap(), found.state(2.0).unwrap());
    assert!(before.carried(&made, &other).is_ok() && within.carried(&made, &made).is_ok());
    assert!(matches!(within.carried(&made, &other), Err(StateError::Absorption { .. })));
    let lasting = Course::new(made, &[dose(0.0, 1.0, 1.0, true)], None, &never);
    assert!(matches!(lasting, Err(CourseError::Lasts(0))));
    let often = steady(&other, &[dose(0.0, 1.0, 0.0, true)], 1e-5);
    assert!(matches!(often, Err(CourseError::OnTheWay { .. })));
}

/// Whatever stretch is looked at first, several at once are those asked for one by one, to the last bit.
#[test]
fn many_concentrations_at_once_are_those_of_every_time() {
    let plan = [dose(2.0, 40.0, 1.0, false), dose(9.0, 40.0, 0.0, false)];
    let by_mouth = [dose(0.0, 40.0, 0.0, true), dose(12.0, 40.0, 0.0, true)];
    let courses = [
        course(&paclitaxel(), &plan),
        course(&transit(3.5, Saturable::default()), &[plan, by_mouth].concat()),
        course(&transit(2.0, Saturable { elimination: Some((20.0, 3.0)), transfer: None }), &plan),
        course(&olaparib(), &[plan, by_mouth].concat()),
    ];
    let times: Vec<f64> = (0..60).map(|k| 0.37 * f64::from(k)).chain([40.0, 2000.0]).collect();
    for course in &courses {
        for compartment in 0..course.model().compartments() {
            let want: Vec<f64> = times.iter().map(|&time| course.at(compartment, time, Measure::Value)).collect();
            for (some, hint) in
                [1, 5, 62].into_iter().flat_map(|some| [0, 1, course.stretches() - 1].map(|h| (some, h)))
            {
                let (mut index, mut found) = (hint, vec![f64::NAN; times.len()]);
                for (times, found) in times.chunks(some).zip(found.chunks_mut(some)) {
                    course.concentrations(compartment, times, &mut index, found);
                }
                assert_eq!(found, want, "compartment {compartment}, {some} from stretch {hint}");
            }
        }
    }
}
