//! Switching and mutation that follow drugs, and niches with their own concentrations, against the formulas.

use chemoevo_core::pharmacology::{Administration, Course, Measure, Model, Parts};
use chemoevo_core::resistance::{
    CompileOptions, Drive, Driven, Drug, Drugs, Mode, Niche, Niches, Potency, RateTable, Transition, compile,
    compile_on, rates_at,
};
use std::sync::Arc;

const OPTIONS: CompileOptions = CompileOptions { horizon: 10.0, tolerance: 1e-3, halved: false, max_segments: 10_000 };
const BIRTH: [f64; 2] = [0.3, 0.2];
const DEATH: [f64; 2] = [0.1, 0.1];

/// One compartment, half-life `ln 2/rate` hours; a dose at time 0 that makes 1 mg/L.
fn decay(rate: f64) -> Course {
    let parts = Parts { clearance: rate, volume: 1.0, ..Parts::default() };
    let dose = Administration { time: 0.0, amount: 1.0, duration: 0.0, by_mouth: false };
    Course::new(Arc::new(Model::new(&parts).unwrap()), &[dose], None, &|| false).unwrap()
}

fn drug(rate: f64, mode: Mode, potency: &[Potency]) -> Drug {
    Drug { course: Arc::new(decay(rate)), compartment: 0, unbound: 3.0, mode, potency: potency.to_vec(), moves: vec![] }
}

fn potency(ec50: f64, emax: f64) -> Potency {
    Potency { ec50, hill: 1.0, emax }
}

fn share(drug: &Drug, ec50: f64, hours: f64) -> f64 {
    let free = drug.unbound * drug.course.at(0, hours, Measure::Value);
    free / (free + ec50)
}

fn driven(from: usize, transition: Transition, base: f64, by: &[(usize, f64, f64)]) -> Driven {
    let by = by.iter().map(|&(drug, taken, added)| Drive { drug, taken, added }).collect();
    Driven { from, transition, base, by }
}

/// Mean of a function over days, by the midpoint rule.
fn mean(f: impl Fn(f64) -> f64, from: f64, to: f64) -> f64 {
    let n = 4000;
    let h = (to - from) / f64::from(n);
    (0..n).map(|k| f(from + h * (f64::from(k) + 0.5))).sum::<f64>() / f64::from(n)
}

#[test]
fn mutation_is_weighted_by_births() {
    // One drug takes births, the other drives a probability from 1e-6 up to 2e-5; both fall by e per day.
    let takes = Drug { unbound: 1.5, ..drug(1.0 / 24.0, Mode::Cytostatic, &[potency(1.0, 1.0)]) };
    let drives = Drug { unbound: 1.0, ..drug(1.0 / 24.0, Mode::Cytotoxic, &[potency(1.0, 0.0)]) };
    let births = |day: f64| 1.0 - share(&takes, 1.0, 24.0 * day);
    let probability = |day: f64| 1e-6 * (1.0 + 19.0 * share(&drives, 1.0, 24.0 * day));
    let cells: Vec<f64> = (0..=72).map(f64::from).collect();
    let first = |drugs: &[Drug], by: usize| {
        let mutation = driven(0, Transition::Mutation, 1e-6, &[(by, 0.0, 19e-6)]);
        let niches = Niches(vec![Niche { types: vec![0], drugs: Drugs::from(drugs), driven: vec![mutation] }]);
        let table = compile_on(&[0.5], &[0.1], &niches, &cells, &[3.0], &|| false).unwrap();
        assert_eq!(table.driven[1], 1e-6);
        table.driven[0]
    };
    // Births that stay leave the plain mean of 1e-6 (1 + 19 e^-t/(1 + e^-t)) on [0, 3], computed apart.
    let plain = first(std::slice::from_ref(&drives), 0);
    assert!((plain / 5.082_212_25e-6 - 1.0).abs() < 1e-8, "{plain}");
    let want = mean(|t| births(t) * probability(t), 0.0, 3.0) / mean(births, 0.0, 3.0);
    let got = first(&[takes, drives], 1);
    assert!((got / want - 1.0).abs() < 1e-6 && got < 0.9 * plain, "{got} {want}");
}

#[test]
fn mutation_is_weighted_by_the_births_of_its_own_type() {
    // One curve for both types, of which the second is spared most of its effect on births.
    let takes = drug(0.1, Mode::Cytostatic, &[potency(1.0, 1.0), potency(1.0, 0.1)]);
    let mutation = [0, 1].map(|from| driven(from, Transition::Mutation, 1e-6, &[(0, 0.0, 19e-6)]));
    let drugs = [takes];
    let niches = Niches(vec![Niche { types: vec![0, 1], drugs: Drugs::from(&drugs), driven: mutation.to_vec() }]);
    let times = [0.0, 5.0, 40.0];
    let [_, _, driven] = rates_at(&BIRTH, &DEATH, &niches, &times, &|| false).unwrap();
    for (row, &time) in driven.chunks(2).zip(&times) {
        let want = 1e-6 * (1.0 + 19.0 * share(&drugs[0], 1.0, time));
        assert!(row.iter().all(|got| (got / want - 1.0).abs() < 1e-12), "{time}: {row:?} {want}");
    }
}

fn two_niches(drugs: &[Vec<Drug>; 2]) -> Niches<'_> {
    let enters = driven(0, Transition::Switching, 1e-4, &[(0, 0.0, 0.02)]);
    let leaves = driven(0, Transition::Switching, 0.05, &[(0, 1.0, 0.0)]);
    let each = drugs.iter().zip([vec![enters, leaves], vec![]]).enumerate();
    Niches(each.map(|(k, (drugs, driven))| Niche { types: vec![1 - k], drugs: drugs.into(), driven }).collect())
}

#[test]
fn niches_have_their_own_concentrations() {
    let here = drug(0.1, Mode::Cytotoxic, &[potency(0.5, 2.0)]);
    let there = Drug { unbound: 0.3, ..drug(0.1, Mode::Cytotoxic, &[potency(0.5, 2.0)]) };
    let drugs = [vec![here.clone()], vec![there.clone()]];
    let niches = two_niches(&drugs);
    let times = [0.0, 1.0, 30.0, 200.0];
    let [birth, death, driven] = rates_at(&BIRTH, &DEATH, &niches, &times, &|| false).unwrap();
    for (k, &time) in times.iter().enumerate() {
        let (near, far) = (share(&here, 0.5, time), share(&there, 0.5, time));
        assert_eq!(birth[2 * k..2 * k + 2], BIRTH);
        // The first niche has the second type.
        assert!((death[2 * k] / (0.1 + 2.0 * far) - 1.0).abs() < 1e-13);
        assert!((death[2 * k + 1] / (0.1 + 2.0 * near) - 1.0).abs() < 1e-13);
        assert!((driven[2 * k] / (1e-4 + 0.02 * near) - 1.0).abs() < 1e-13);
        assert!((driven[2 * k + 1] / (0.05 * (1.0 - near)) - 1.0).abs() < 1e-12);
    }
}

#[test]
fn means_and_their_control() {
    let drugs = [vec![drug(0.1, Mode::Cytotoxic, &[potency(0.5, 2.0)])], vec![]];
    let table = |tolerance| -> RateTable {
        let options = CompileOptions { tolerance, ..OPTIONS };
        compile(&BIRTH, &DEATH, &two_niches(&drugs), options, &|| false).unwrap()
    };
    let enters = |day: f64| 1e-4 + 0.02 * share(&drugs[0][0], 0.5, 24.0 * day);
    let (fine, all) = (table(1e-3), 10.0 * mean(enters, 0.0, 10.0));
    let mut from = 0.0;
    for (k, &to) in fine.breakpoints.iter().enumerate() {
        let want = mean(enters, from, to);
        assert!((fine.driven[2 * k] / want - 1.0).abs() < 1e-6, "{} {want}", fine.driven[2 * k]);
        // Inside a segment what has been integrated leaves its chord by a hundredth of all there is at most.
        let middle = 0.5 * (from + to);
        let excess = 0.5 * (mean(enters, from, middle) - want) * (to - from);
        assert!(excess.abs() <= 0.0051 * all, "{excess} {all}");
        from = to;
    }
    let rest = &fine.driven[2 * fine.breakpoints.len()..];
    assert_eq!(rest, [1e-4, 0.05]);
    // The tolerance is a tolerance for them too; without them fewer segments are needed.
    assert!(table(1e-4).breakpoints.len() > fine.breakpoints.len());
    let mut without = two_niches(&drugs);
    without.0[0].driven.clear();
    let plain = compile(&BIRTH, &DEATH, &without, OPTIONS, &|| false).unwrap();
    assert!(plain.breakpoints.len() <= fine.breakpoints.len());
    assert!(plain.driven.is_empty());
}

#[test]
fn distinct_transitions_are_one() {
    // Two types of which one is resistant: two shares; transitions alike in type and numbers have the same rates.
    let drugs = [drug(0.1, Mode::Cytotoxic, &[potency(0.5, 2.0), potency(5.0, 2.0)])];
    let all: Vec<Driven> = [0, 1, 0, 1].map(|from| driven(from, Transition::Switching, 0.0, &[(0, 0.0, 0.02)])).into();
    let niches = Niches(vec![Niche { types: vec![0, 1], drugs: Drugs::from(&drugs), driven: all }]);
    let [_, _, rates] = rates_at(&BIRTH, &DEATH, &niches, &[5.0], &|| false).unwrap();
    assert_eq!((rates[0], rates[1]), (rates[2], rates[3]));
    for (k, ec50) in [0.5, 5.0].into_iter().enumerate() {
        assert!((rates[k] / (0.02 * share(&drugs[0], ec50, 5.0)) - 1.0).abs() < 1e-13);
    }
    // A drug that kills nothing drives all the same.
    let mute = [drug(0.1, Mode::Cytotoxic, &[potency(0.5, 0.0), potency(0.5, 0.0)])];
    let niches =
        Niches(vec![Niche { types: vec![0, 1], drugs: Drugs::from(&mute), driven: niches.0[0].driven.clone() }]);
    let [_, death, rates] = rates_at(&BIRTH, &DEATH, &niches, &[5.0], &|| false).unwrap();
    assert_eq!(death, DEATH);
    assert!((rates[0] / (0.02 * share(&mute[0], 0.5, 5.0)) - 1.0).abs() < 1e-13);
}

#[test]
fn what_is_out_of_range_is_refused() {
    let drugs = [drug(0.1, Mode::Cytotoxic, &[potency(0.5, 2.0), potency(0.5, 2.0)])];
    let refused = |types: &[usize], driven: Driven| {
        let niche = Niche { types: types.to_vec(), drugs: Drugs::from(&drugs), driven: vec![driven] };
        rates_at(&BIRTH, &DEATH, &Niches(vec![niche]), &[0.0], &|| false).is_err()
    };
    let switching = |by: &[(usize, f64, f64)]| driven(0, Transition::Switching, 1e-4, by);
    assert!(!refused(&[0, 1], switching(&[(0, 1.0, 2.0)])));
    assert!(refused(&[0, 0], switching(&[])));
    assert!(refused(&[0, 2], switching(&[])));
    assert!(refused(&[0, 1], switching(&[(1, 0.0, 0.0)])));
    assert!(refused(&[0, 1], switching(&[(0, 1.1, 0.0)])));
    assert!(refused(&[0, 1], switching(&[(0, 0.0, -1.0)])));
    assert!(refused(&[0, 1], driven(2, Transition::Switching, 0.0, &[])));
    assert!(refused(&[0, 1], driven(0, Transition::Switching, f64::NAN, &[])));
    assert!(refused(&[0, 1], driven(0, Transition::Mutation, 0.9, &[(0, 0.0, 0.2)])));
}
