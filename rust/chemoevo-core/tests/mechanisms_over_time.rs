//! What inhibitors, pools and pumps do to drugs over time, against the formulas written out.

use chemoevo_core::pharmacology::{Absorption, Administration, Course, Measure, Model, Parts, Transit};
use chemoevo_core::resistance::pump::{Substrate, load};
use chemoevo_core::resistance::{
    Acting, Agent, Ceiled, Combination, CompileOptions, DrugInCells, Expressions, Inhibitor, Mode, Modulation, Niches,
    Potency, RateTable, Stage, Step, UsedUp, compile, compile_on, rates_at,
};
use std::sync::Arc;

const LINE: Potency = Potency { ec50: 0.02, hill: 1.4, emax: 1.2 };
const BIRTH: f64 = 0.14;
const DEATH: f64 = 0.13;

fn course(clearance: f64, volume: f64, doses: &[(f64, f64, f64)]) -> Course {
    let given =
        |&(time, amount, duration): &(f64, f64, f64)| Administration { time, amount, duration, by_mouth: false };
    let doses: Vec<Administration> = doses.iter().map(given).collect();
    let parts = Parts { clearance, volume, ..Parts::default() };
    Course::new(Arc::new(Model::new(&parts).unwrap()), &doses, None, &|| false).unwrap()
}

/// uM unbound: about 1 at the end of an infusion of 3 h, half-life 2.8 h.
fn drug(mode: Mode, line: Potency, steps: Vec<Step>) -> DrugInCells {
    let course = course(10.0, 40.0, &[(24.0, 100.0, 3.0), (72.0, 100.0, 3.0)]);
    DrugInCells {
        course: Arc::new(course),
        compartment: 0,
        unbound: 0.5,
        mode,
        line,
        steps,
        scales: vec![],
        cycling: false,
    }
}

fn inhibitor() -> Agent {
    Agent { course: Arc::new(course(5.0, 200.0, &[(23.0, 60.0, 0.5)])), compartment: 0, unbound: 0.1 }
}

fn step(mechanism: usize, stage: Stage, strength: f64) -> Step {
    let (needs, ceiling, km) = (None, None, None);
    Step { mechanism, needs, stage, strength, reference: 0.0, exposes: false, ceiling, km }
}

fn modulation(agents: Vec<Agent>, inhibitors: Vec<Inhibitor>, used_up: Vec<UsedUp>) -> Modulation {
    Modulation { agents, inhibitors, used_up, ..Modulation::default() }
}

/// Death added to every type, at times in hours.
fn added(drugs: &[DrugInCells], types: usize, values: &[f64], modulation: &Modulation, times: &[f64]) -> Vec<f64> {
    let (expressions, combination) = (Expressions { types, values }, Combination::default());
    let acting = Acting::new(drugs, &expressions, modulation, &combination).unwrap();
    let rates =
        rates_at(&vec![BIRTH; types], &vec![DEATH; types], &Niches::one(types, acting.drugs()), times, &|| false)
            .unwrap();
    rates[1].iter().map(|death| death - DEATH).collect()
}

fn hill(dose: f64, line: Potency) -> f64 {
    line.emax * dose.powf(line.hill) / (1.0 + dose.powf(line.hill))
}

fn close(got: f64, want: f64, within: f64) {
    assert!((got - want).abs() <= within * want.abs(), "{got} {want}");
}

const TIMES: [f64; 7] = [1.0, 24.5, 27.0, 30.0, 60.0, 74.0, 100.0];

#[test]
fn an_inhibitor_acts_in_the_cells_that_have_what_it_inhibits() {
    let steps = vec![Step { reference: 0.02, ..step(0, Stage::Efflux, 21.0) }, step(1, Stage::Repair, 4.0)];
    let drugs = [drug(Mode::Cytotoxic, LINE, steps)];
    let one = Inhibitor { mechanism: 0, agent: 0, ic50: 0.01, hill: 1.5, most: 0.9, competes: false };
    let values = [0.02, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0];
    let inhibited = added(&drugs, 4, &values, &modulation(vec![inhibitor()], vec![one], vec![]), &TIMES);
    for (k, &time) in TIMES.iter().enumerate() {
        let free = 0.5 * drugs[0].course.at(0, time, Measure::Value);
        let agent = 0.1 * inhibitor().course.at(0, time, Measure::Value);
        let left = 0.1 + 0.9 / (1.0 + (agent / 0.01).powf(1.5));
        for of_type in 0..4 {
            let divisor = (1.0 + 21.0 * values[of_type] * left) / 1.42 * (1.0 + 4.0 * values[4 + of_type]);
            let want = hill(free / (0.02 * divisor), LINE);
            let got = inhibited[4 * k + of_type];
            assert!((got - want).abs() <= 1e-13 + 1e-12 * want, "{time} {of_type}: {got} {want}");
        }
    }
}

#[test]
fn a_full_inhibitor_restores_the_parent_and_none_changes_nothing() {
    let drugs = [drug(Mode::Cytotoxic, LINE, vec![step(0, Stage::Efflux, 14.53)])];
    let with = |amount: f64| {
        let agent = Agent { course: Arc::new(course(5.0, 200.0, &[(0.0, amount, 0.0)])), compartment: 0, unbound: 0.1 };
        let one = Inhibitor { mechanism: 0, agent: 0, ic50: 1e-9, hill: 1.0, most: 1.0, competes: true };
        added(&drugs, 2, &[0.0, 1.0], &modulation(vec![agent], vec![one], vec![]), &[26.0, 30.0])
    };
    let (full, none) = (with(1e9), with(0.0));
    for k in 0..2 {
        close(full[2 * k + 1], full[2 * k], 1e-9);
        close(full[2 * k], none[2 * k], 1e-14);
        assert!(none[2 * k + 1] < 0.9 * none[2 * k]);
    }
    assert_eq!(none, added(&drugs, 2, &[0.0, 1.0], &Modulation::default(), &[26.0, 30.0]));
}

/// Temozolomide 360 mg on five days.
fn temozolomide() -> Course {
    let absorption = Absorption { transit: Transit::Stages(vec![5.8]), lag: 0.0, share: 1.0 };
    let parts = Parts { clearance: 10.0, volume: 30.3, absorption: Some(absorption), ..Parts::default() };
    let dose = |day: u32| Administration { time: 24.0 * f64::from(day), amount: 360.0, duration: 0.0, by_mouth: true };
    let model = Arc::new(Model::new(&parts).unwrap());
    Course::new(model, &(0..5).map(dose).collect::<Vec<_>>(), None, &|| false).unwrap()
}

#[test]
fn a_drug_uses_up_what_repairs_its_lesions() {
    let (line, unbound) = (Potency { ec50: 10.0, hill: 1.0, emax: 1.0 }, 1000.0 / 194.2);
    let steps = vec![step(0, Stage::Repair, 19.0)];
    let drugs = [DrugInCells {
        course: Arc::new(temozolomide()),
        compartment: 0,
        unbound,
        mode: Mode::Cytotoxic,
        line,
        steps,
        scales: vec![],
        cycling: false,
    }];
    let pool = UsedUp { mechanism: 0, turnover: std::f64::consts::LN_2 / 36.0, by: vec![(0, 0.005)] };
    let agent = Agent { course: Arc::new(temozolomide()), compartment: 0, unbound };
    let moved = modulation(vec![agent], vec![], vec![pool]);
    let (times, left) = ([24.0, 48.0, 120.0], [0.588_768_336, 0.486_137_964_7, 0.452_578_286_4]);
    // What is left of the pool shows in how much less the carriers feel of the drug.
    let just_after = times.map(|time| time + 0.5);
    let found = added(&drugs, 2, &[0.0, 1.0], &moved, &times);
    for k in 0..3 {
        let dose = unbound * temozolomide().at(0, times[k], Measure::Value) / 10.0;
        close(found[2 * k], dose / (1.0 + dose), 1e-12);
        let divisor = dose * (1.0 / found[2 * k + 1] - 1.0);
        close((divisor - 1.0) / 19.0, left[k], 1e-7);
    }
    // And between, by the equation in small steps.
    let mut pool = 1.0;
    let (turnover, step, mut now) = (std::f64::consts::LN_2 / 36.0, 1e-3, 0.0_f64);
    let rate = |time: f64| 0.005 * unbound * temozolomide().at(0, time, Measure::Value);
    let course_rates: Vec<f64> = (0..=49_000).map(|k| rate(f64::from(k) * 0.5 * step)).collect();
    for k in 0..24_500 {
        let slope = |pool: f64, at: usize| turnover * (1.0 - pool) - course_rates[at] * pool;
        let first = slope(pool, 2 * k);
        let middle = slope(pool + 0.5 * step * first, 2 * k + 1);
        pool += step * middle;
        now += step;
    }
    close(now, 24.5, 1e-9);
    let got = added(&drugs, 2, &[0.0, 1.0], &moved, &just_after[..1]);
    let dose = unbound * temozolomide().at(0, 24.5, Measure::Value) / 10.0;
    close((dose * (1.0 / got[1] - 1.0) - 1.0) / 19.0, pool, 1e-5);
}

#[test]
fn a_pump_that_saturates_is_used_up_as_well() {
    // Half the capacity is left, whatever takes it: the same as half the expression.
    let steps = vec![Step { km: Some(0.05), ..step(0, Stage::Efflux, 14.53) }];
    let constant = |amount: f64| course(1e-12, 1e9, &[(0.0, amount * 1e9, 0.0)]);
    let drugs = [DrugInCells { course: Arc::new(constant(0.2)), unbound: 1.0, ..drug(Mode::Cytotoxic, LINE, steps) }];
    let agent = Agent { course: Arc::new(constant(1.0)), compartment: 0, unbound: 1.0 };
    let pool = UsedUp { mechanism: 0, turnover: 0.02, by: vec![(0, 0.02)] };
    let used = added(&drugs, 1, &[1.0], &modulation(vec![agent], vec![], vec![pool]), &[1e4])[0];
    close(used, added(&drugs, 1, &[0.5], &Modulation::default(), &[1e4])[0], 1e-9);
    assert!(used > 1.2 * added(&drugs, 1, &[1.0], &Modulation::default(), &[1e4])[0]);
}

#[test]
fn a_pump_that_saturates_returns_its_fold_and_is_linear_at_low_doses() {
    let fold = 15.53;
    let pump = |km: Option<f64>| vec![Step { km, ..step(0, Stage::Efflux, fold - 1.0) }];
    // EC50 of the carrier at the fold times EC50 of the line: half its Emax, whatever Km is.
    for km in [None, Some(1e-3), Some(0.014), Some(1.0), Some(1e6)] {
        let constant = course(1e-12, 1e9, &[(0.0, fold * LINE.ec50 * 1e9, 0.0)]);
        let drugs = [DrugInCells { course: Arc::new(constant), unbound: 1.0, ..drug(Mode::Cytotoxic, LINE, pump(km)) }];
        let found = added(&drugs, 2, &[0.0, 1.0], &Modulation::default(), &[10.0]);
        close(found[1], 0.6, 1e-9);
        close(found[0], hill(fold, LINE), 1e-9);
    }
    // With a base in the line as well: its own curve is the measured one at every concentration.
    let (base, strength) = (0.02, (fold - 1.0) / (1.0 - 0.02 * fold));
    let steps = vec![Step { reference: base, km: Some(0.014), ..step(0, Stage::Efflux, strength) }];
    let in_base = |outside: f64, expression: f64| {
        let constant = course(1e-12, 1e9, &[(0.0, outside * 1e9, 0.0)]);
        let drugs =
            [DrugInCells { course: Arc::new(constant), unbound: 1.0, ..drug(Mode::Cytotoxic, LINE, steps.clone()) }];
        added(&drugs, 1, &[expression], &Modulation::default(), &[10.0])[0]
    };
    close(in_base(fold * LINE.ec50, 1.0), 0.6, 1e-9);
    for outside in [1e-6, 1e-3, LINE.ec50, 1.0, 1e3] {
        close(in_base(outside, base), hill(outside / LINE.ec50, LINE), 1e-9);
    }
    // Far below Km it is the linear pump; far above it carriers are as sensitive as others.
    let effect = |outside: f64, km: Option<f64>, e: f64| {
        let constant = course(1e-12, 1e9, &[(0.0, outside * 1e9, 0.0)]);
        let drugs = [DrugInCells { course: Arc::new(constant), unbound: 1.0, ..drug(Mode::Cytotoxic, LINE, pump(km)) }];
        added(&drugs, 1, &[e], &Modulation::default(), &[10.0])[0]
    };
    close(effect(1e-9, Some(1e3), 1.0), effect(1e-9, None, 1.0), 1e-4);
    close(effect(1e5, Some(0.014), 1.0), effect(1e5, Some(0.014), 0.0), 1e-6);
}

#[test]
fn drugs_compete_for_a_pump() {
    // Two drugs at 10 and 5 Km with capacities 20 and 8, a sink of 0.5 beside the second, an inhibitor at 0.7 Ki.
    let constant = |concentration: f64| course(1e-12, 1e9, &[(0.0, concentration * 1e9, 0.0)]);
    let flat = Potency { ec50: 1.0, hill: 1.0, emax: 1.0 };
    let with = |concentration: f64, capacity: f64, sink: f64| {
        // The strength is that of the pump at EC50 inside the line, where it works at 1/(1 + EC50/Km).
        let pump = Step { km: Some(1.0), ..step(0, Stage::Efflux, capacity / 2.0) };
        let steps = vec![pump, step(1, Stage::Detoxification, sink)];
        DrugInCells {
            course: Arc::new(constant(concentration)),
            compartment: 0,
            unbound: 1.0,
            mode: Mode::Cytotoxic,
            line: flat,
            steps,
            scales: vec![],
            cycling: false,
        }
    };
    let drugs = [with(10.0, 20.0, 0.0), with(5.0, 8.0, 0.5)];
    let agent = Agent { course: Arc::new(constant(0.7)), compartment: 0, unbound: 1.0 };
    let inhibitor = |competes| Inhibitor { mechanism: 0, agent: 0, ic50: 1.0, hill: 1.0, most: 1.0, competes };
    let effect = |inside: f64| inside / (1.0 + inside);
    let moved = modulation(vec![agent.clone()], vec![inhibitor(true)], vec![]);
    let both = added(&drugs, 1, &[1.0, 1.0], &moved, &[5.0])[0];
    close(both, effect(2.184_601_292) + effect(1.705_903_746), 1e-9);
    // One drug at 10 Km, capacity 20, and an inhibitor at 4 Ki, which competes or does not.
    let agent = Agent { course: Arc::new(constant(4.0)), ..agent };
    for (competes, inside) in [(true, 2.807_764_064), (false, 6.531_128_874)] {
        let moved = modulation(vec![agent.clone()], vec![inhibitor(competes)], vec![]);
        close(added(&drugs[..1], 1, &[1.0, 0.0], &moved, &[5.0])[0], effect(inside), 1e-9);
    }
}

/// Share of what leaves a cell that the pump carries, at a concentration outside in units of Km.
fn share_of_pump(outside: f64, capacity: f64) -> f64 {
    let load = load(&[Substrate { outside, capacity, sinks: 0.0 }], 0.0);
    capacity / load / (1.0 + capacity / load)
}

#[test]
fn shares_of_a_pump_in_efflux() {
    // Of the paclitaxel that leaves MCF7/BC19 cells P-gp carries 86 % at 1 nM outside and 34 % at 1500 nM, with Kd 14 nM inside
    // (Jang et al. 2001, J Pharmacol Exp Ther 298:1236). Free drug inside is 0.1535 of that outside where the pump is still, so
    // Kd is 91 nM of what is outside: with the capacity that the first share gives, the second one follows.
    let (km, capacity) = (14e-3 / 0.1535, 6.1);
    close(share_of_pump(1e-3 / km, capacity), 0.858_968_1, 1e-5);
    close(share_of_pump(1.5 / km, capacity), 0.339_632_7, 2e-2);
    // Between them it falls.
    let shares = [0.001, 0.01, 0.05, 0.1, 0.5, 1.5].map(|outside| share_of_pump(outside / km, capacity));
    assert!(shares.windows(2).all(|pair| pair[1] < pair[0]));
    // A pump of one's cell that did not saturate would carry the same share at all.
    close(share_of_pump(1.5 / 1e9, capacity), capacity / (1.0 + capacity), 1e-6);
}

#[test]
fn modes_of_a_drug() {
    let of = |mode: Mode, emax: f64| drug(mode, Potency { emax, ..LINE }, vec![step(0, Stage::Efflux, 9.0)]);
    let drugs =
        [of(Mode::Cytostatic, 0.5), of(Mode::Dividing, 0.8), of(Mode::NortonSimon, 1.5), of(Mode::Cytotoxic, 0.7)];
    let (expressions, none) = (Expressions { types: 2, values: &[0.0, 1.0] }, Combination::default());
    let still = Modulation::default();
    let acting = Acting::new(&drugs, &expressions, &still, &none).unwrap();
    let [births, deaths, _] =
        rates_at(&[0.2, 0.1], &[DEATH; 2], &Niches::one(2, acting.drugs()), &[27.0], &|| false).unwrap();
    for k in 0..2 {
        let free = 0.5 * drugs[0].course.at(0, 27.0, Measure::Value);
        let h = hill(free / (0.02 * [1.0, 10.0][k]), Potency { emax: 1.0, ..LINE });
        let begun = [0.2, 0.1][k] * (1.0 - 0.5 * h);
        close(births[k], begun * (1.0 - 0.8 * h), 1e-12);
        close(deaths[k], DEATH + begun * 0.8 * h + begun * 1.5 * h + 0.7 * h, 1e-12);
    }
    // Norton-Simon kill has the mean of loss at division at half its effect.
    let net = |mode: Mode, emax: f64| {
        let drugs = [of(mode, emax)];
        let acting = Acting::new(&drugs, &expressions, &still, &none).unwrap();
        let [births, deaths, _] =
            rates_at(&[0.2, 0.1], &[DEATH; 2], &Niches::one(2, acting.drugs()), &[27.0, 50.0], &|| false).unwrap();
        births.iter().zip(&deaths).map(|(b, d)| b - d).collect::<Vec<f64>>()
    };
    for (a, b) in net(Mode::Dividing, 0.4).iter().zip(net(Mode::NortonSimon, 0.8)) {
        assert!((a - b).abs() < 1e-15);
    }
}

#[test]
fn what_moves_is_compiled_as_it_is() {
    // Integrals at breakpoints against a dense mesh, with an inhibitor, a pool and a ceiling that moves.
    let ceiling = Some(Ceiled { factor: 0.5, at: 1.0 });
    let steps = vec![
        step(0, Stage::Efflux, 9.0),
        step(1, Stage::Repair, 4.0),
        Step { ceiling, ..step(2, Stage::Apoptosis, 1.0) },
    ];
    let drugs = [drug(Mode::Cytotoxic, LINE, steps)];
    let agents = vec![inhibitor(), Agent { course: drugs[0].course.clone(), compartment: 0, unbound: 0.5 }];
    let inhibit = |mechanism| Inhibitor { mechanism, agent: 0, ic50: 0.01, hill: 1.0, most: 1.0, competes: false };
    let pool = UsedUp { mechanism: 1, turnover: 0.02, by: vec![(1, 2.0)] };
    let moved = modulation(agents, vec![inhibit(0), inhibit(2)], vec![pool]);
    let values = [0.0, 1.0, 0.0, 1.0, 0.0, 1.0];
    let (expressions, none) = (Expressions { types: 2, values: &values }, Combination::default());
    let acting = Acting::new(&drugs, &expressions, &moved, &none).unwrap();
    let options = CompileOptions { horizon: 10.0, tolerance: 1e-3, halved: false, max_segments: 10_000 };
    let table: RateTable =
        compile(&[BIRTH; 2], &[DEATH; 2], &Niches::one(2, acting.drugs()), options, &|| false).unwrap();
    let ends = table.breakpoints.clone();
    let (mut from, mut worst) = (0.0, 0.0_f64);
    for (k, &to) in ends.iter().enumerate() {
        let n = 400;
        let times: Vec<f64> =
            (0..n).map(|j| 24.0 * (from + (to - from) * (f64::from(j) + 0.5) / f64::from(n))).collect();
        let dense = added(&drugs, 2, &values, &moved, &times);
        for of_type in 0..2 {
            let mean = dense.iter().skip(of_type).step_by(2).sum::<f64>() / f64::from(n);
            worst = worst.max((table.death[2 * k + of_type] - DEATH - mean).abs() * (to - from));
        }
        from = to;
    }
    assert!(worst < 1e-5, "{worst}");
    // The inhibitor is given an hour before the drug: its kinks end segments too.
    assert!(ends.contains(&(23.0 / 24.0)) || ends.contains(&(23.5 / 24.0)) || ends.contains(&1.0));
    // On the same cells and segments it is the same.
    let again = compile_on(
        &[BIRTH; 2],
        &[DEATH; 2],
        &Niches::one(2, acting.drugs()),
        &table.cells,
        &table.breakpoints,
        &|| false,
    )
    .unwrap();
    for (a, b) in again.death.iter().zip(&table.death) {
        close(*a, *b, 1e-9);
    }
}

#[test]
fn wrong_numbers_are_refused() {
    let drugs = [drug(Mode::Cytotoxic, LINE, vec![step(0, Stage::Efflux, 9.0)])];
    let one = Inhibitor { mechanism: 0, agent: 0, ic50: 0.01, hill: 1.0, most: 1.0, competes: false };
    let pool = |mechanism: usize, by: Vec<(usize, f64)>| UsedUp { mechanism, turnover: 0.02, by };
    let (none, expressions) = (Combination::default(), Expressions { types: 1, values: &[1.0] });
    let refused = |moved: Modulation| Acting::new(&drugs, &expressions, &moved, &none).is_err();
    assert!(!refused(modulation(vec![inhibitor()], vec![one], vec![pool(0, vec![(0, 1.0)])])));
    for wrong in [
        modulation(vec![], vec![one], vec![]),
        modulation(vec![inhibitor()], vec![Inhibitor { mechanism: 1, ..one }], vec![]),
        modulation(vec![inhibitor()], vec![Inhibitor { ic50: 0.0, ..one }], vec![]),
        modulation(vec![inhibitor()], vec![Inhibitor { most: 1.1, ..one }], vec![]),
        modulation(vec![inhibitor()], vec![Inhibitor { hill: f64::NAN, ..one }], vec![]),
        modulation(vec![Agent { compartment: 1, ..inhibitor() }], vec![], vec![]),
        modulation(vec![Agent { unbound: -1.0, ..inhibitor() }], vec![], vec![]),
        modulation(vec![inhibitor()], vec![], vec![pool(0, vec![(1, 1.0)])]),
        modulation(vec![inhibitor()], vec![], vec![pool(0, vec![(0, -1.0)])]),
        modulation(vec![inhibitor()], vec![], vec![pool(0, vec![]), pool(0, vec![])]),
        modulation(vec![inhibitor()], vec![], vec![UsedUp { turnover: -1.0, ..pool(0, vec![]) }]),
    ] {
        assert!(refused(wrong));
    }
}
