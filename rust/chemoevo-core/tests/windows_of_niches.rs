//! What agents do to a niche over time: delivery, oxygen, births, induction, against the formulas.

use chemoevo_core::pharmacology::{Administration, Course, Measure, Model, Parts};
use chemoevo_core::resistance::{
    Acting, Agent, Chain, Combination, CompileOptions, Delivery, DrugInCells, Expressions, Hypoxic, Mode, Modulation,
    Niches, Opening, Oxygen, Potency, RateTable, Stage, Step, Window, compile, rates_at,
};
use std::sync::Arc;

const BIRTH: f64 = 0.4;
const DEATH: f64 = 0.1;
const LINE: Potency = Potency { ec50: 0.5, hill: 1.0, emax: 2.0 };

/// One compartment; doses (time, amount) into 1 L.
fn course(rate: f64, doses: &[(f64, f64)]) -> Course {
    let parts = Parts { clearance: rate, volume: 1.0, ..Parts::default() };
    let given = |&(time, amount): &(f64, f64)| Administration { time, amount, duration: 0.0, by_mouth: false };
    let doses: Vec<Administration> = doses.iter().map(given).collect();
    Course::new(Arc::new(Model::new(&parts).unwrap()), &doses, None, &|| false).unwrap()
}

fn drug(cycling: bool, steps: Vec<Step>) -> DrugInCells {
    DrugInCells {
        course: Arc::new(course(0.05, &[(48.0, 1.0)])),
        compartment: 0,
        unbound: 1.0,
        mode: Mode::Cytotoxic,
        line: LINE,
        steps,
        scales: vec![],
        cycling,
    }
}

/// An antibody that saturates its target for weeks: its effect is 1 to six digits.
fn antibody() -> Agent {
    Agent { course: Arc::new(course(1e-4, &[(0.0, 1e7)])), compartment: 0, unbound: 1.0 }
}

fn window() -> Window {
    let chain = |stages, per_day: f64| Chain { stages, rate: per_day / 24.0 };
    Window { agent: 0, ec50: 1.0, hill: 1.0, opens: chain(2, 0.5), closes: chain(6, 0.886_844_877_3) }
}

fn opening(gain: f64, loss: f64) -> Opening {
    Opening { window: 0, gain, loss }
}

/// The share of an Erlang law of n stages that has passed.
fn passed(n: u32, x: f64) -> f64 {
    let terms: f64 = (1..n)
        .scan(1.0, |term, k| {
            *term *= x / f64::from(k);
            Some(*term)
        })
        .sum();
    1.0 - (-x).exp() * (1.0 + terms)
}

fn opened(gain: f64, loss: f64, hours: f64) -> f64 {
    let day = hours / 24.0;
    (1.0 + gain * passed(2, 0.5 * day)) * (1.0 - loss * passed(6, 0.886_844_877_3 * day))
}

fn rates(drug: &DrugInCells, modulation: &Modulation, values: &[f64], times: &[f64]) -> [Vec<f64>; 2] {
    let expressions = Expressions { types: 1, values };
    let combination = Combination::default();
    let acting = Acting::new(std::slice::from_ref(drug), &expressions, modulation, &combination).unwrap();
    let [birth, death, _] = rates_at(&[BIRTH], &[DEATH], &Niches::one(1, acting.drugs()), times, &|| false).unwrap();
    [birth, death]
}

fn close(got: f64, want: f64, within: f64) {
    assert!((got - want).abs() <= within * want.abs(), "{got} {want}");
}

const TIMES: [f64; 6] = [1.0, 47.9, 48.0, 60.0, 120.0, 300.0];

fn hazard(dose: f64) -> f64 {
    LINE.emax * dose / (dose + LINE.ec50)
}

#[test]
fn more_of_a_drug_comes_through_a_window() {
    let drug = drug(false, vec![]);
    let delivery = Delivery { openings: vec![opening(1.0, 0.6)], ..Delivery::default() };
    let modulation = Modulation {
        agents: vec![antibody()],
        windows: vec![window()],
        delivery: vec![delivery.clone()],
        ..Modulation::default()
    };
    let [birth, death] = rates(&drug, &modulation, &[], &TIMES);
    for (k, &time) in TIMES.iter().enumerate() {
        let plasma = drug.course.at(0, time, Measure::Value);
        close(death[k], DEATH + hazard(plasma * opened(1.0, 0.6, time)), 1e-6);
        assert_eq!(birth[k], BIRTH);
    }
    // With a lag: what is delivered is followed, here by a plain sum.
    let rate = 0.2;
    let lagged = Delivery { lag: Some(rate), ..delivery };
    let [_, death] = rates(&drug, &Modulation { delivery: vec![lagged], ..modulation }, &[], &TIMES);
    let (mut there, mut now, step, mut seen) = (0.0, 48.0, 0.002, Vec::new());
    for &time in TIMES.iter().filter(|&&time| time >= 48.0) {
        while now < time - 1e-9 {
            let middle = now + 0.5 * step;
            let comes = drug.course.at(0, middle, Measure::Value) * opened(1.0, 0.6, middle);
            there = there * (-rate * step).exp() - comes * (-rate * step).exp_m1();
            now += step;
        }
        seen.push(there);
    }
    for (k, there) in seen.into_iter().enumerate() {
        close(death[k + 2], DEATH + hazard(there), 1e-5);
    }
}

#[test]
fn oxygen_moves_births_and_what_depends_on_them() {
    let pump = Step {
        mechanism: 0,
        needs: None,
        stage: Stage::Efflux,
        strength: 10.0,
        reference: 0.0,
        exposes: false,
        ceiling: None,
        km: None,
    };
    let hypoxic = Hypoxic { mechanism: 0, factor: 7.0, at: 20.0, half: 30.0, hill: 4.0 };
    let oxygen =
        |birth_half| Oxygen { at_rest: 5.0, openings: vec![opening(1.0, 0.6)], birth_half, induces: vec![hypoxic] };
    let modulation = |birth_half| Modulation {
        agents: vec![antibody()],
        windows: vec![window()],
        oxygen: Some(oxygen(birth_half)),
        ..Modulation::default()
    };
    let induced = |p: f64| 1.0 + 6.0 * (1.0 + (20.0_f64 / 30.0).powi(4)) / (1.0 + (p / 30.0).powi(4));
    for (cycling, half) in [(true, Some(5.0)), (false, Some(5.0)), (true, None)] {
        let drug = drug(cycling, vec![pump]);
        let [birth, death] = rates(&drug, &modulation(half), &[0.3], &TIMES);
        for (k, &time) in TIMES.iter().enumerate() {
            let p = 5.0 * opened(1.0, 0.6, time);
            let births = half.map_or(1.0, |half: f64| p / (half + p) * 2.0);
            close(birth[k], BIRTH * births, 1e-6);
            let divisor = 1.0 + 3.0 * induced(p) / induced(5.0);
            let kill = hazard(drug.course.at(0, time, Measure::Value) / divisor);
            close(death[k], DEATH + kill * if cycling { births } else { 1.0 }, 1e-6);
        }
    }
    // Made in hypoxia: less of it where there is more oxygen.
    let drug = drug(false, vec![]);
    let made = Delivery { hypoxia_half: Some(2.0), ..Delivery::default() };
    let [_, death] = rates(&drug, &Modulation { delivery: vec![made], ..modulation(None) }, &[0.3], &TIMES);
    for (k, &time) in TIMES.iter().enumerate() {
        let p = 5.0 * opened(1.0, 0.6, time);
        close(death[k], DEATH + hazard(drug.course.at(0, time, Measure::Value) * 7.0 / (2.0 + p)), 1e-6);
    }
}

#[test]
fn births_that_rise_are_compiled_as_they_are() {
    let drug = drug(true, vec![]);
    let oxygen = Oxygen { at_rest: 5.0, openings: vec![opening(3.0, 0.2)], birth_half: Some(5.0), induces: vec![] };
    let modulation =
        Modulation { agents: vec![antibody()], windows: vec![window()], oxygen: Some(oxygen), ..Modulation::default() };
    let (expressions, combination) = (Expressions { types: 1, values: &[] }, Combination::default());
    let acting = Acting::new(std::slice::from_ref(&drug), &expressions, &modulation, &combination).unwrap();
    let niches = Niches::one(1, acting.drugs());
    let options = CompileOptions { horizon: 30.0, tolerance: 1e-3, halved: false, max_segments: 10_000 };
    let table: RateTable = compile(&[BIRTH], &[DEATH], &niches, options, &|| false).unwrap();
    let mut from = 0.0;
    for (k, &to) in table.breakpoints.iter().enumerate() {
        let n = 400;
        let h = (to - from) / f64::from(n);
        let times: Vec<f64> = (0..n).map(|i| 24.0 * (from + h * (f64::from(i) + 0.5))).collect();
        let [births, deaths, _] = rates_at(&[BIRTH], &[DEATH], &niches, &times, &|| false).unwrap();
        let mean = |all: &[f64]| all.iter().sum::<f64>() / f64::from(n);
        close(table.birth[k], mean(&births), 1e-5);
        close(table.death[k], mean(&deaths), 1e-4);
        from = to;
    }
    assert!(table.birth.iter().any(|&birth| birth > 1.3 * BIRTH) && table.breakpoints.len() > 10);
}

#[test]
fn wrong_numbers_are_refused() {
    let drug = drug(false, vec![]);
    let right = || Modulation {
        agents: vec![antibody()],
        windows: vec![window()],
        delivery: vec![Delivery { openings: vec![opening(1.0, 0.6)], ..Delivery::default() }],
        oxygen: Some(Oxygen { at_rest: 5.0, openings: vec![], birth_half: None, induces: vec![] }),
        ..Modulation::default()
    };
    let refused = |change: &dyn Fn(&mut Modulation)| {
        let mut modulation = right();
        change(&mut modulation);
        let (expressions, combination) = (Expressions { types: 1, values: &[] }, Combination::default());
        Acting::new(std::slice::from_ref(&drug), &expressions, &modulation, &combination).is_err()
    };
    assert!(!refused(&|_| {}));
    assert!(refused(&|m| m.windows[0].agent = 1));
    assert!(refused(&|m| m.windows[0].ec50 = 0.0));
    assert!(refused(&|m| m.windows[0].opens.stages = 0));
    assert!(refused(&|m| m.windows[0].closes.rate = f64::NAN));
    assert!(refused(&|m| m.delivery[0].openings[0].window = 1));
    assert!(refused(&|m| m.delivery[0].openings[0].loss = 1.1));
    assert!(refused(&|m| m.delivery[0].openings[0].gain = -1.1));
    assert!(refused(&|m| m.delivery[0].lag = Some(0.0)));
    assert!(refused(&|m| m.oxygen.as_mut().unwrap().at_rest = 0.0));
    // What comes through a window is never what opens one.
    let delivered = |m: &mut Modulation| {
        m.agents = vec![antibody(), antibody()];
        m.windows[0].agent = 1;
        m.delivery_of_agents = vec![Delivery { openings: vec![opening(1.0, 0.6)], ..Delivery::default() }];
    };
    let then = |change: &dyn Fn(&mut Modulation)| {
        refused(&|m| {
            delivered(m);
            change(m);
        })
    };
    assert!(!then(&|_| {}));
    assert!(then(&|m| m.windows[0].agent = 0));
    assert!(then(&|m| m.delivery_of_agents = vec![Delivery::default(); 3]));
    assert!(then(&|m| m.delivery_of_agents[0].openings[0].window = 1));
    assert!(then(&|m| m.delivery_of_agents[0].hypoxia_half = Some(1.0)));
}
