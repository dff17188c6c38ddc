//! Rules for doses, with decisions worked out by hand, and what must hold for all.

use super::*;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Docetaxel by Bruno et al. (1996), as in the tests of the marrow.
fn docetaxel() -> Arc<Model> {
    let v = 7.4;
    let sides = [(1.06, 1.51), (1.26, 0.084)].map(|(out, back)| (out * v, out * v / back));
    Arc::new(
        Model::new(&Parts { clearance: 5.2 * v, volume: v, peripherals: sides.into(), ..Parts::default() }).unwrap(),
    )
}

fn marrows() -> Marrows {
    let suppressions = vec![Suppression::Linear { slope: 15.57 * 1000.0 / 807.9 }];
    Marrows {
        each: vec![Marrow { baseline: 5.22, transit: 84.2, feedback: 0.1445 }],
        drugs: vec![Given {
            models: Arc::new(vec![docetaxel()]),
            schedule: Schedule::default(),
            compartment: 0,
            suppressions,
        }],
        support: Vec::new(),
    }
}

/// So many doses of 180 mg, every so many days.
fn planned(days: f64, cycles: usize, limit: f64) -> DosePlan {
    let dose = |cycle: usize| PlannedDose {
        cycle,
        day: 1,
        time: 24.0 * days * cycle as f64,
        duration: 1.0,
        by_mouth: false,
        drug: 0,
        levels: vec![1.0, 0.75, 0.6],
    };
    DosePlan {
        borders: (0..=cycles).map(|k| 24.0 * days * k as f64).collect(),
        doses: (0..cycles).map(dose).collect(),
        drugs: vec![PlannedDrug { ruled: true, acting: Some(0), reductions: Some(2), limits: vec![limit] }],
        amounts: vec![180.0; cycles],
        growth: None,
        supported: vec![Some(0.0); cycles],
        draws: vec![0.5; cycles],
    }
}

fn rules(look_days: f64) -> DoseRules {
    DoseRules {
        give_at: 1.5,
        give_less_at: None,
        skip_below: None,
        look_every: 24.0 * look_days,
        wait_at_most: 24.0 * 28.0,
        low: None,
        delay: None,
        fever: (0.5, 0.0),
        ends_at_lowest: true,
    }
}

fn realized(planned: &DosePlan, rules: &DoseRules) -> Realized {
    marrows().realize(planned, rules, &AtomicBool::new(false)).unwrap().remove(0)
}

#[test]
fn a_dose_planned_on_day_10_waits_until_day_13_or_17() {
    let plan = planned(10.0, 2, f64::INFINITY);
    let daily = realized(&plan, &rules(1.0));
    let seen: Vec<f64> = daily.decisions[1..5].iter().map(|d| d.count).collect();
    for (got, want) in seen.iter().zip([0.344_177_661, f64::NAN, 1.052_203_637, 1.738_710_908]) {
        assert!(want.is_nan() || (got / want - 1.0).abs() < 1e-6, "{got} {want}");
    }
    assert_eq!(daily.late, [0.0, 3.0 * 24.0]);
    let weekly = realized(&plan, &rules(7.0));
    assert_eq!(weekly.late, [0.0, 7.0 * 24.0]);
    assert!((weekly.decisions[2].count / 5.436_618_168 - 1.0).abs() < 1e-6);
    assert_eq!(weekly.decisions[1].action, Action::Wait);
    assert_eq!(weekly.decisions[2].action, Action::Give);
}

#[test]
fn what_is_realized_gives_the_same_counts_when_it_is_given_without_rules() {
    let plan = planned(10.0, 4, f64::INFINITY);
    let rules = DoseRules { low: Some((0.5, 24.0)), ends_at_lowest: false, ..rules(1.0) };
    let found = realized(&plan, &rules);
    assert!(found.factors.windows(2).all(|two| two[1] <= two[0]));
    assert_eq!(found.factors[3], 0.6);
    let mut given = marrows();
    given.drugs[0].schedule = Schedule {
        times: found.late.iter().zip(&plan.borders).map(|(late, border)| late + border).collect(),
        amounts: found.factors.iter().map(|factor| 180.0 * factor).collect(),
        durations: vec![1.0; 4],
        by_mouth: vec![false; 4],
    };
    let times: Vec<f64> = found.decisions.iter().map(|decision| decision.time).collect();
    let counts = given.counts(&times, &AtomicBool::new(false)).unwrap();
    for (decision, count) in found.decisions.iter().zip(counts) {
        assert!((decision.count / count - 1.0).abs() < 2e-6, "{decision:?} {count}");
    }
}

#[test]
fn limits_cut_the_last_dose_and_end_therapy() {
    let found = realized(&planned(21.0, 6, 400.0), &rules(7.0));
    assert_eq!(found.factors[..2], [1.0, 1.0]);
    assert!((found.factors[2] - 40.0 / 180.0).abs() < 1e-12);
    assert_eq!(found.factors[3..], [0.0; 3]);
    let last = found.decisions.last().unwrap();
    assert_eq!((last.action, last.reasons.limit, last.cycle), (Action::Stop, true, 3));
    // A limit that is met exactly ends it as well, and cuts nothing.
    let exact = realized(&planned(21.0, 3, 360.0), &rules(7.0));
    assert_eq!(exact.factors, [1.0, 1.0, 0.0]);
}

#[test]
fn fever_comes_with_its_rate() {
    let mut plan = planned(21.0, 2, f64::INFINITY);
    // 4.505 479 171 days below 0.5 in the first cycle.
    let (rate, hours) = (0.01, 4.505_479_171 * 24.0);
    let chance = -f64::exp_m1(-rate * hours);
    for (draw, wanted) in [(chance - 1e-6, Action::Reduce), (chance + 1e-6, Action::Give)] {
        plan.draws[0] = draw;
        let found = realized(&plan, &DoseRules { fever: (0.5, rate), ..rules(7.0) });
        assert_eq!(found.decisions[1].action, wanted);
        assert_eq!(found.decisions[1].reasons.fever, wanted == Action::Reduce);
    }
}

#[test]
fn plans_and_rules_that_are_none_are_refused() {
    let never = AtomicBool::new(false);
    let plan = planned(21.0, 2, f64::INFINITY);
    let wrong = [
        DoseRules { look_every: 0.0, ..rules(7.0) },
        DoseRules { give_at: f64::NAN, ..rules(7.0) },
        DoseRules { fever: (0.5, -1.0), ..rules(7.0) },
    ];
    for rules in wrong {
        assert!(matches!(marrows().realize(&plan, &rules, &never), Err(CourseError::Rule(_))));
    }
    let mut early = plan.clone();
    early.doses[1].time = 100.0;
    let mut reversed = plan.clone();
    reversed.doses.swap(0, 1);
    let mut unknown = plan.clone();
    unknown.doses[1].drug = 1;
    for (plan, index) in [(early, 1), (reversed, 1), (unknown, 1)] {
        assert_eq!(marrows().realize(&plan, &rules(7.0), &never), Err(CourseError::Planned(index)));
    }
    let few = DosePlan { amounts: vec![1.0], ..plan.clone() };
    assert!(matches!(marrows().realize(&few, &rules(7.0), &never), Err(CourseError::Patients { .. })));
    let stopped = marrows().realize(&plan, &rules(7.0), &AtomicBool::new(true));
    assert_eq!(stopped, Err(CourseError::Interrupted));
}
