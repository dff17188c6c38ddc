//! What inducers do to drugs over time, against the formulas written out and integrated by themselves.

use chemoevo_core::pharmacology::{Administration, Course, Measure, Model, Parts};
use chemoevo_core::resistance::{
    Acting, Agent, Combination, CompileOptions, DrugInCells, Expressions, Hypoxic, Inducer, Inhibitor, Mode,
    Modulation, Niches, Oxygen, Potency, Stage, Step, compile, rates_at,
};
use std::sync::Arc;

const LINE: Potency = Potency { ec50: 0.02, hill: 1.4, emax: 1.2 };
const BIRTH: f64 = 0.14;
const DEATH: f64 = 0.13;
/// Strength of a pump of 15.53-fold, of which the line has a fiftieth.
const STRENGTH: f64 = 21.076_298_23;
const INDUCER: Inducer = Inducer { mechanism: 0, agent: 0, ec50: 0.05, hill: 1.5, most: 7.0, rate: 0.05 };
/// Sensitive, amplified, and without the pump.
const EXPRESSED: [f64; 3] = [0.02, 1.0, 0.0];
const TIMES: [f64; 6] = [1.0, 26.0, 30.0, 60.0, 74.0, 200.0];

fn course(clearance: f64, volume: f64, doses: &[(f64, f64, f64)]) -> Arc<Course> {
    let given =
        |&(time, amount, duration): &(f64, f64, f64)| Administration { time, amount, duration, by_mouth: false };
    let doses: Vec<Administration> = doses.iter().map(given).collect();
    let parts = Parts { clearance, volume, ..Parts::default() };
    Arc::new(Course::new(Arc::new(Model::new(&parts).unwrap()), &doses, None, &|| false).unwrap())
}

fn drugs() -> [DrugInCells; 1] {
    let step = Step {
        mechanism: 0,
        needs: None,
        stage: Stage::Efflux,
        strength: STRENGTH,
        reference: 0.02,
        exposes: false,
        ceiling: None,
        km: None,
    };
    [DrugInCells {
        course: course(10.0, 40.0, &[(24.0, 100.0, 3.0), (72.0, 100.0, 3.0), (198.0, 100.0, 3.0)]),
        compartment: 0,
        unbound: 0.5,
        mode: Mode::Cytotoxic,
        line: LINE,
        steps: vec![step],
        scales: vec![],
        cycling: false,
    }]
}

fn agent(amount: f64) -> Agent {
    Agent { course: course(5.0, 60.0, &[(20.0, amount, 0.5), (68.0, amount, 0.0)]), compartment: 0, unbound: 0.1 }
}

fn induced(amount: f64, inducers: &[Inducer]) -> Modulation {
    Modulation { agents: vec![agent(amount)], inducers: inducers.to_vec(), ..Modulation::default() }
}

/// Death added to every type, at the times.
fn added(modulation: &Modulation) -> Vec<f64> {
    let (drugs, combination) = (drugs(), Combination::default());
    let expressions = Expressions { types: 3, values: &EXPRESSED };
    let acting = Acting::new(&drugs, &expressions, modulation, &combination).unwrap();
    let niches = Niches::one(3, acting.drugs());
    let rates = rates_at(&[BIRTH; 3], &[DEATH; 3], &niches, &TIMES, &|| false).unwrap();
    rates[1].iter().map(|death| death - DEATH).collect()
}

/// The agent with the lag at the times, by small steps of Heun's method.
fn delayed(amount: f64, rate: f64) -> Vec<f64> {
    let (agent, step) = (agent(amount), 1.0 / 512.0);
    let free = |time: f64| agent.unbound * agent.course.at(0, time, Measure::Value);
    let (mut value, mut time, mut found) = (0.0, 0.0, Vec::new());
    for until in TIMES {
        while time < until {
            // The end of a step is before what begins there.
            let (from, to) = (rate * (free(time) - value), free(time + step * (1.0 - 1e-9)));
            value += 0.5 * step * (from + rate * (to - value - step * from));
            time += step;
        }
        found.push(value);
    }
    found
}

fn wanted(delayed: &[f64], one: Inducer, times: f64) -> Vec<f64> {
    let drug = &drugs()[0];
    let of = |(&time, &delayed): (&f64, &f64)| {
        let odds = (delayed / one.ec50).powf(one.hill);
        let raised = times * (1.0 + (one.most - 1.0) * odds / (1.0 + odds));
        let free = 0.5 * drug.course.at(0, time, Measure::Value);
        EXPRESSED.map(|expressed| {
            let divisor = (1.0 + STRENGTH * expressed * raised) / (1.0 + STRENGTH * 0.02);
            let dose = (free / (0.02 * divisor)).powf(LINE.hill);
            LINE.emax * dose / (1.0 + dose)
        })
    };
    TIMES.iter().zip(delayed).flat_map(of).collect()
}

fn all_close(got: &[f64], want: &[f64], within: f64) {
    assert_eq!(got.len(), want.len());
    for (got, want) in got.iter().zip(want) {
        assert!((got - want).abs() <= 1e-13 + within * want.abs(), "{got} {want}");
    }
}

#[test]
fn expression_follows_the_inducer_with_a_lag() {
    let want = wanted(&delayed(40.0, INDUCER.rate), INDUCER, 1.0);
    let got = added(&induced(40.0, &[INDUCER]));
    all_close(&got, &want, 1e-5);
    // It is seen where there is some of the pump, and nowhere else.
    let bare = added(&Modulation::default());
    // At the last time all of the inducer is gone.
    for k in 1..TIMES.len() - 1 {
        assert!(got[3 * k] < bare[3 * k] && got[3 * k + 1] < 0.9 * bare[3 * k + 1], "{k}");
        assert!((got[3 * k + 2] / bare[3 * k + 2] - 1.0).abs() < 1e-14);
    }
}

#[test]
fn at_its_ends_it_is_nothing_or_the_instant() {
    let bare = added(&Modulation::default());
    for none in [
        Inducer { most: 1.0, ..INDUCER },
        Inducer { ec50: 1e300, ..INDUCER },
        // Years pass before the protein is made anew.
        Inducer { rate: 1e-13, hill: 1.0, ..INDUCER },
    ] {
        all_close(&added(&induced(40.0, &[none])), &bare, 1e-9);
    }
    assert_eq!(added(&induced(0.0, &[INDUCER])), added(&induced(0.0, &[Inducer { most: 1.0, ..INDUCER }])));
    // A protein of minutes follows the concentration of the instant: it is behind by 1/500 h of a fall by 1/12 per hour.
    let agent = agent(40.0);
    let now: Vec<f64> = TIMES.iter().map(|&time| 0.1 * agent.course.at(0, time, Measure::Value)).collect();
    let fast = Inducer { rate: 500.0, ..INDUCER };
    all_close(&added(&induced(40.0, &[fast])), &wanted(&now, fast, 1.0), 1e-3);
    // Held by far, sensitive cells are as in hypoxia that raises the pump sevenfold.
    let full = Inducer { ec50: 1e-9, ..INDUCER };
    let got = added(&induced(40.0, &[full]));
    let dose = 0.5 * drugs()[0].course.at(0, 30.0, Measure::Value) / 0.02;
    for (of_type, fold) in [(0, 2.779_183_673), (1, 104.489_183_7)] {
        let x = (dose / fold).powf(LINE.hill);
        let want = LINE.emax * x / (1.0 + x);
        assert!((got[6 + of_type] / want - 1.0).abs() < 1e-8, "{} {want}", got[6 + of_type]);
    }
}

#[test]
fn inducers_inhibitors_and_hypoxia_multiply() {
    let there = delayed(40.0, INDUCER.rate);
    let once = Inducer { most: 1.0 + 6.0, ..INDUCER };
    // Two of the same factor at each instant are the square.
    let twice = added(&induced(40.0, &[once, once]));
    let drug = &drugs()[0];
    for (k, (&time, delayed)) in TIMES.iter().zip(&there).enumerate() {
        let odds = (delayed / once.ec50).powf(once.hill);
        let raised = (1.0 + 6.0 * odds / (1.0 + odds)).powi(2);
        let free = 0.5 * drug.course.at(0, time, Measure::Value);
        let divisor = (1.0 + STRENGTH * raised) / (1.0 + STRENGTH * 0.02);
        let x = (free / (0.02 * divisor)).powf(LINE.hill);
        let want = LINE.emax * x / (1.0 + x);
        assert!((twice[3 * k + 1] - want).abs() <= 1e-13 + 1e-5 * want);
    }
    // An inhibitor that leaves half of it.
    let half = Inhibitor { mechanism: 0, agent: 0, ic50: 1e-12, hill: 1.0, most: 0.5, competes: false };
    let both = Modulation { inhibitors: vec![half], ..induced(40.0, &[INDUCER]) };
    let late = &TIMES[2..];
    let (got, want) = (added(&both), wanted(&there, INDUCER, 0.5));
    all_close(&got[6..], &want[6..], 1e-5);
    assert_eq!(late.len() * 3, got[6..].len());
    // Oxygen that is what it is at rest multiplies by one.
    let hypoxic = Hypoxic { mechanism: 0, factor: 7.0, at: 20.0, half: 30.0, hill: 4.0 };
    let oxygen = Oxygen { at_rest: 10.0, openings: vec![], birth_half: None, induces: vec![hypoxic] };
    let still = Modulation { oxygen: Some(oxygen), ..induced(40.0, &[INDUCER]) };
    all_close(&added(&still), &added(&induced(40.0, &[INDUCER])), 1e-12);
}

#[test]
fn more_of_an_inducer_never_kills_more() {
    let amounts = [0.0, 1e-3, 0.1, 1.0, 10.0, 1e3, 1e6];
    let each: Vec<Vec<f64>> = amounts.iter().map(|&amount| added(&induced(amount, &[INDUCER]))).collect();
    for pair in each.windows(2) {
        assert!(pair[0].iter().zip(&pair[1]).all(|(less, more)| *more <= less * (1.0 + 1e-7)));
    }
    assert!(each[6][4] < 0.5 * each[0][4]);
}

#[test]
fn compiled_rates_follow_it() {
    let (drugs, combination, modulation) = (drugs(), Combination::default(), induced(40.0, &[INDUCER]));
    let expressions = Expressions { types: 3, values: &EXPRESSED };
    let acting = Acting::new(&drugs, &expressions, &modulation, &combination).unwrap();
    let niches = Niches::one(3, acting.drugs());
    let options = CompileOptions { horizon: 12.0, tolerance: 1e-4, halved: false, max_segments: 100_000 };
    let table = compile(&[BIRTH; 3], &[DEATH; 3], &niches, options, &|| false).unwrap();
    let mut from = 0.0;
    let mut whole = [0.0; 3];
    for (k, &to) in table.breakpoints.iter().enumerate() {
        (0..3).for_each(|i| whole[i] += (to - from) * (table.death[3 * k + i] - DEATH));
        from = to;
    }
    // The midpoint rule between kinks.
    let number = 60_000;
    let step = 288.0 / f64::from(number);
    let times: Vec<f64> = (0..number).map(|k| (f64::from(k) + 0.5) * step).collect();
    let rates = rates_at(&[BIRTH; 3], &[DEATH; 3], &niches, &times, &|| false).unwrap();
    for i in 0..3 {
        let want: f64 = rates[1].iter().skip(i).step_by(3).map(|death| death - DEATH).sum::<f64>() * step / 24.0;
        assert!((whole[i] / want - 1.0).abs() < 1e-5, "{} {want}", whole[i]);
    }
}
