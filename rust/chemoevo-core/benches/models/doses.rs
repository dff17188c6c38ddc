//! Doses in patients, and the cell types that they act on: what rates are compiled from.

use chemoevo_core::pharmacology::{Administration, Course, Effect, Model, Parts};
use chemoevo_core::resistance::{
    Acting, Combination, CompileOptions, Drive, Driven, DrugInCells, Expressions, Mode, Modulation, Niche, Niches,
    Potency, Scale, Stage, Step, Transition, compile,
};
use std::sync::Arc;

/// Clearance (L/h), volume (L), peripheral compartments, and dose (mg).
type Given = (f64, f64, &'static [(f64, f64)], f64);

/// About those of docetaxel, of carboplatin, and of a drug that stays for long.
const DRUGS: [Given; 3] = [
    (44.1, 8.9, &[(6.1, 7.3), (14.4, 388.0)], 135.0),
    (8.38, 15.4, &[(2.079, 9.67)], 575.0),
    (50.0, 17.7, &[(60.0, 600.0), (20.0, 1800.0)], 90.0),
];
const LOCI: usize = 5;
const GENOTYPES: usize = 1 << LOCI;

/// Six cycles of 21 days, each with one infusion of an hour; `lag` is the rate (1/h) of a place that follows plasma.
fn course((clearance, volume, peripherals, amount): Given, lag: Option<f64>) -> Arc<Course> {
    let effects = lag.map(|rate| Effect { rate, ratio: 1.0, source: 0 }).into_iter().collect();
    let parts = Parts { clearance, volume, peripherals: peripherals.to_vec(), effects, ..Parts::default() };
    let dose = |k: u32| Administration { time: 504.0 * f64::from(k), amount, duration: 1.0, by_mouth: false };
    let model = Arc::new(Model::new(&parts).unwrap());
    Arc::new(Course::new(model, &(0..6).map(dose).collect::<Vec<_>>(), None, &|| false).unwrap())
}

/// A pump, a sink, two ways of repair and a threshold, of which each drug meets three.
fn steps(drug: usize) -> Vec<Step> {
    const STAGES: [Stage; LOCI] =
        [Stage::Efflux, Stage::Detoxification, Stage::Repair, Stage::Repair, Stage::Apoptosis];
    let met = (0..3).map(|k| (drug + 2 * k) % LOCI);
    let one = |mechanism: usize| Step {
        mechanism,
        needs: None,
        stage: STAGES[mechanism],
        strength: 2.0 + mechanism as f64,
        reference: 0.02,
        exposes: false,
        ceiling: None,
        km: None,
    };
    met.map(one).collect()
}

/// Expression of every mechanism in every genotype, `copies` times over.
fn expressions(copies: usize) -> Vec<f64> {
    let of = |mechanism: usize| {
        (0..copies * GENOTYPES).map(move |k| if (k % GENOTYPES) >> mechanism & 1 == 1 { 1.0 } else { 0.02 })
    };
    (0..LOCI).flat_map(of).collect()
}

/// The drugs as they come to a place; with two phenotypes, of which one tolerates.
fn drugs(access: f64, lag: Option<f64>, phenotypes: bool) -> Vec<DrugInCells> {
    let tolerant = |k: usize| Scale { ec50: 1.0, emax: if k < GENOTYPES { 1.0 } else { 0.2 } };
    let scales: Vec<Scale> = if phenotypes { (0..2 * GENOTYPES).map(tolerant).collect() } else { Vec::new() };
    let one = |(k, &drug): (usize, &Given)| DrugInCells {
        course: course(drug, lag.filter(|_| k == 0)),
        compartment: usize::from(lag.is_some() && k == 0),
        unbound: 0.5 * access,
        mode: Mode::Cytotoxic,
        line: Potency { ec50: 0.02, hill: 1.0 + 0.2 * k as f64, emax: 5.0 },
        steps: steps(k),
        scales: scales.clone(),
        cycling: false,
    };
    DRUGS.iter().enumerate().map(one).collect()
}

fn options(tolerance: f64) -> CompileOptions {
    CompileOptions { horizon: 200.0, tolerance, halved: false, max_segments: 100_000 }
}

/// Compiles the rates of 32 genotypes; returns the number of segments.
pub fn compile_genotypes(tolerance: f64) -> usize {
    let (drugs, values) = (drugs(1.0, None, false), expressions(1));
    let (modulation, combination) = (Modulation::default(), Combination::default());
    let expressions = Expressions { types: GENOTYPES, values: &values };
    let acting = Acting::new(&drugs, &expressions, &modulation, &combination).unwrap();
    let niches = Niches::one(GENOTYPES, acting.drugs());
    let table = compile(&[0.14; GENOTYPES], &[0.13; GENOTYPES], &niches, options(tolerance), &|| false).unwrap();
    table.breakpoints.len() + 1
}

/// Compiles those of the same in three niches and two phenotypes, which drugs drive; returns the number of segments.
pub fn compile_niches(tolerance: f64) -> usize {
    const TYPES: usize = 2 * GENOTYPES;
    let each = [(1.0, None), (0.5, None), (0.2, Some(0.1155))].map(|(access, lag)| drugs(access, lag, true));
    let values = expressions(2);
    let (modulation, combination) = (Modulation::default(), Combination::default());
    let expressions = Expressions { types: TYPES, values: &values };
    let acting = each.each_ref().map(|drugs| Acting::new(drugs, &expressions, &modulation, &combination).unwrap());
    let switch = |k: usize| {
        let (base, taken, added) = if k < GENOTYPES { (1e-4, 0.0, 0.01) } else { (0.05, 0.9, 0.0) };
        Driven { from: k, transition: Transition::Switching, base, by: vec![Drive { drug: 0, taken, added }] }
    };
    let made = acting.iter().enumerate().map(|(n, acting)| Niche {
        types: (n * TYPES..(n + 1) * TYPES).collect(),
        drugs: acting.drugs(),
        driven: (0..TYPES).map(switch).collect(),
    });
    let niches = Niches(made.collect());
    let table = compile(&[0.3; 3 * TYPES], &[0.1; 3 * TYPES], &niches, options(tolerance), &|| false).unwrap();
    table.breakpoints.len() + 1
}
