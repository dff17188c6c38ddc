//! Published sets of Friberg's model, computed elsewhere with another program, and what must hold for every one.

use super::*;
use std::sync::Arc;

fn never() -> bool {
    false
}

/// Bruno et al. (1996).
fn docetaxel() -> Arc<Model> {
    let v = 7.4;
    let sides = [(1.06, 1.51), (1.26, 0.084)].map(|(out, back)| (out * v, out * v / back));
    Arc::new(
        Model::new(&Parts { clearance: 5.2 * v, volume: v, peripherals: sides.into(), ..Parts::default() }).unwrap(),
    )
}

/// Crombag et al. (2019), in micromoles.
fn paclitaxel() -> Arc<Model> {
    let saturable = Saturable { elimination: Some((33.8, 0.44)), transfer: Some((177.0, 1.61, 1.21)) };
    let parts = Parts { volume: 12.0, peripherals: vec![(16.8, 268.0)], saturable, ..Parts::default() };
    Arc::new(Model::new(&parts).unwrap())
}

fn cycles(model: Arc<Model>, amount: f64, duration: f64, number: usize) -> Course {
    let dose = |k| Administration { time: 504.0 * k as f64, amount, duration, by_mouth: false };
    Course::new(model, &(0..number).map(dose).collect::<Vec<_>>(), None, &never).unwrap()
}

const FRIBERG: Marrow = Marrow { baseline: 5.05, transit: 88.7, feedback: 0.161 };
const KLOFT: Marrow = Marrow { baseline: 5.22, transit: 84.2, feedback: 0.1445 };
/// uM in mg/L of docetaxel.
const MOLAR: f64 = 1000.0 / 807.9;

fn linear(course: &Course, slope: f64) -> Acting<'_> {
    Acting { course, compartment: 0, suppression: Suppression::Linear { slope } }
}

fn path(marrow: Marrow, acting: &[Acting<'_>], support: &[Support], until: f64) -> Path {
    marrow.follow(acting, support, (0.0, &marrow.steady()), until, &never).unwrap()
}

/// Nadir, its day, days below 0.5 and 1, day back above 1.5, count on day 21; not a number where nothing is said.
type Wanted = [f64; 6];

fn found(path: &Path, from: f64) -> Wanted {
    let mut below = [Below::NEVER; 3];
    let spell = path.spell(from, from + 504.0, &[0.5, 1.0, 1.5], &mut below);
    let [low, one, more] = below;
    [spell.nadir, spell.after / 24.0, low.hours / 24.0, one.hours / 24.0, more.back / 24.0, spell.last]
}

fn agree(got: Wanted, want: Wanted, within: f64) {
    for (k, (g, w)) in got.iter().zip(want).enumerate() {
        // Days of nadirs are given to four digits.
        let within = if k == 1 { 5e-4 } else { within };
        assert!(w.is_nan() || (g - w).abs() <= within * w.abs(), "{k}: {g} {w} in {got:?}");
    }
}

const NAN: f64 = f64::NAN;

#[test]
fn docetaxel_by_two_sets() {
    let course = cycles(docetaxel(), 180.0, 1.0, 3);
    let friberg = path(FRIBERG, &[linear(&course, 8.58 * MOLAR)], &[], 1512.0);
    agree(found(&friberg, 0.0), [0.896_066_630_6, 7.5697, 0.0, 2.237_866_06, 10.333_445_9, 6.214_064_404], 3e-7);
    agree(found(&friberg, 1008.0), [0.954_120_538_7, NAN, 0.0, 1.477_66, NAN, NAN], 1e-6);
    let kloft = path(KLOFT, &[linear(&course, 15.57 * MOLAR)], &[], 1512.0);
    agree(
        found(&kloft, 0.0),
        [0.220_358_586_8, 8.4312, 4.505_479_171, 6.873_796_975, 12.687_733_1, 6.756_089_813],
        3e-7,
    );
    agree(found(&kloft, 1008.0), [0.250_073_167_2, NAN, 4.166_873, 6.602_948, NAN, NAN], 1e-6);
    let most = Suppression::Saturable { most: 83.9, half: 7.17 / MOLAR };
    let emax = path(FRIBERG, &[Acting { course: &course, compartment: 0, suppression: most }], &[], 504.0);
    agree(found(&emax, 0.0), [0.872_152_647_6, NAN, 0.0, 2.486_076, NAN, NAN], 1e-6);
}

#[test]
fn a_growth_factor_speeds_transit() {
    let course = cycles(docetaxel(), 180.0, 1.0, 1);
    let support = [Support { from: 48.0, to: 288.0, speed: 1.0 / 0.6 }];
    let helped = path(FRIBERG, &[linear(&course, 8.58 * MOLAR)], &support, 504.0);
    agree(found(&helped, 0.0), [1.364_432_942, 6.2737, 0.0, 0.0, 7.110_091, NAN], 1e-6);
}

#[test]
fn counts_on_the_days_after_a_dose() {
    let course = cycles(docetaxel(), 180.0, 1.0, 1);
    let kloft = path(KLOFT, &[linear(&course, 15.57 * MOLAR)], &[], 504.0);
    for (day, want) in [(10.0, 0.344_177_661), (12.0, 1.052_203_637), (13.0, 1.738_710_908), (17.0, 5.436_618_168)] {
        let got = kloft.at(24.0 * day);
        assert!((got / want - 1.0).abs() < 3e-7, "{day}: {got} {want}");
    }
}

#[test]
fn paclitaxel_whose_kinetics_saturate() {
    let course = cycles(paclitaxel(), 1000.0 * 315.0 / 853.9, 3.0, 1);
    for (marrow, slope, want) in [
        ((5.47, 131.0, 0.22), 48.6 * 0.05, [2.261_223_645, 9.8835, 0.0, 0.0, NAN, 6.406_339_291]),
        ((5.20, 127.0, 0.23), 2.21, [2.279_599_57, 9.4720, 0.0, 0.0, NAN, NAN]),
        ((7.21, 124.0, 0.239), 28.9 * 0.05, [4.139_179_151, 8.9738, 0.0, 0.0, NAN, NAN]),
    ] {
        let (baseline, transit, feedback) = marrow;
        agree(
            found(&path(Marrow { baseline, transit, feedback }, &[linear(&course, slope)], &[], 504.0), 0.0),
            want,
            3e-7,
        );
    }
}

#[test]
fn without_effect_nothing_moves() {
    let course = cycles(docetaxel(), 180.0, 1.0, 2);
    let still = path(KLOFT, &[linear(&course, 0.0)], &[], 1008.0);
    for hour in 0..1008 {
        assert!((still.at(f64::from(hour)) / 5.22 - 1.0).abs() < 1e-15);
    }
    assert!((path(KLOFT, &[], &[], 0.0).at(0.0) / 5.22 - 1.0).abs() < 1e-15);
}

#[test]
fn two_drugs_add_and_a_state_goes_on() {
    let course = cycles(docetaxel(), 180.0, 1.0, 2);
    let whole = path(KLOFT, &[linear(&course, 15.57 * MOLAR)], &[], 1008.0);
    let halves = [linear(&course, 5.57 * MOLAR), linear(&course, 10.0 * MOLAR)];
    assert!((path(KLOFT, &halves, &[], 1008.0).at(700.0) / whole.at(700.0) - 1.0).abs() < 1e-12);
    // In the middle of an infusion, and at a dose.
    for stop in [0.3, 504.0] {
        let first = path(KLOFT, &halves, &[], stop);
        let rest = KLOFT.follow(&halves, &[], (stop, &first.cells()), 1008.0, &never).unwrap();
        for hour in [600.0, 700.0, 1008.0] {
            assert!((rest.at(hour) / whole.at(hour) - 1.0).abs() < 3e-7, "{stop} {hour}");
        }
    }
}

#[test]
fn effects_of_any_size_end() {
    let course = cycles(docetaxel(), 180.0, 1.0, 6);
    for slope in [1e-9, 1e3, 1e6] {
        let path = path(KLOFT, &[linear(&course, slope)], &[], 3024.0);
        assert!((0..3024).all(|hour| path.at(f64::from(hour)).is_finite()), "{slope}");
        assert!(path.steps() < 20_000, "{slope}: {}", path.steps());
    }
}

#[test]
fn wrong_numbers_are_refused() {
    let course = cycles(docetaxel(), 180.0, 1.0, 1);
    let tried = |marrow: Marrow, acting: Acting<'_>, speed: f64| {
        let support = [Support { from: 0.0, to: 1.0, speed }];
        marrow.follow(&[acting], &support, (0.0, &marrow.steady()), 10.0, &never).err()
    };
    let good = linear(&course, 1.0);
    assert_eq!(tried(KLOFT, good, 1.0), None);
    for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(tried(Marrow { baseline: bad, ..KLOFT }, good, 1.0).is_some());
        assert!(tried(Marrow { transit: bad, ..KLOFT }, good, 1.0).is_some());
        assert!(tried(KLOFT, good, bad).is_some());
        assert_eq!(tried(Marrow { feedback: bad, ..KLOFT }, good, 1.0).is_some(), bad != 0.0);
        assert_eq!(tried(KLOFT, linear(&course, bad), 1.0).is_some(), bad != 0.0);
        let half = Suppression::Saturable { most: 1.0, half: bad };
        assert!(tried(KLOFT, Acting { suppression: half, ..good }, 1.0).is_some());
    }
    let stopped = KLOFT.follow(&[good], &[], (0.0, &KLOFT.steady()), 10.0, &|| true).err();
    assert_eq!(stopped, Some(CourseError::Interrupted));
}

#[test]
fn steps_are_few() {
    let course = cycles(docetaxel(), 180.0, 1.0, 1);
    let kloft = path(KLOFT, &[linear(&course, 15.57 * MOLAR)], &[], 504.0);
    assert!(kloft.steps() < 200, "{}", kloft.steps());
}
