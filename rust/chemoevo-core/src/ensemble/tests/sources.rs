//! Replicates under models of their own.

use super::*;
use crate::ensemble::{Assigned, RateSource, SourceError, run_each};
use std::sync::atomic::AtomicUsize;
use std::sync::{Mutex, Weak};

const ALL: [Engine; 5] =
    [Engine::Direct, Engine::Bnb, Engine::Leap(1e-3), Engine::Auto(None), Engine::Auto(Some(1e-3))];

fn process(case: &Case) -> Arc<Process> {
    Arc::new(case.plan(Engine::Direct, 0).model.process().clone())
}

/// What is recorded, beside counts: clones, or sizes that are crossed and sums, or nothing more.
fn recorded(plan: Plan, what: usize) -> Plan {
    match what {
        0 => plan,
        1 => plan.with_clones(1 << 20).unwrap(),
        _ => {
            let crossed = plan.with_crossings(vec![(vec![true, true], vec![12, 20]), (vec![false, true], vec![3])]);
            crossed.unwrap().with_sums(vec![vec![1], vec![0, 1]]).unwrap()
        }
    }
}

fn assert_same(a: &Columns, b: &Columns) {
    assert_eq!((&a.counts, &a.last, &a.outcome, &a.time), (&b.counts, &b.last, &b.outcome, &b.time));
    assert_eq!((&a.rejected, &a.steps, &a.followed, &a.engines), (&b.rejected, &b.steps, &b.followed, &b.engines));
    assert_eq!((&a.crossings, &a.clones), (&b.crossings, &b.clones));
}

fn on_threads<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(work)
}

#[test]
fn one_model_for_all_is_a_run() {
    let case = Case { replicates: 60, ..exchange() };
    for (engine, what) in ALL.into_iter().flat_map(|engine| [0, 1, 2].map(|what| (engine, what))) {
        let whole = run(&recorded(case.plan(engine, 5), what), &Progress::default()).unwrap();
        let plan = |_| Ok(recorded(case.plan(engine, 5), what));
        for threads in [1, 3] {
            let model = Arc::new(Model::new(process(&case)));
            let found = on_threads(threads, || run_each(&model, &plan, &Progress::default()).unwrap());
            assert_same(&found, &whole);
        }
    }
}

/// Replicates of three models, shuffled: each is that of a run of its model alone.
#[test]
fn replicates_are_those_of_runs_of_their_models() {
    let cases = [1.0, 1.3, 0.6].map(|birth| Case { birth: vec![birth, 0.8], replicates: 50, ..exchange() });
    let of: Vec<usize> = (0..50).map(|k| k * k % 7 % 3).collect();
    let source = Assigned { processes: cases.iter().map(process).collect(), of: of.clone() };
    for (engine, what) in ALL.into_iter().flat_map(|engine| [0, 2].map(|what| (engine, what))) {
        let plan = |model: Arc<Model>| {
            let Plan { replicates, .. } = cases[0].plan(engine, 9);
            let limits = Limits { size: 1 << 50, steps: 1 << 40, attempts: u64::MAX };
            Ok(recorded(Plan::new(model, engine, replicates, &cases[0].times, None, limits)?, what))
        };
        let alone = cases.each_ref().map(|case| run(&recorded(case.plan(engine, 9), what), &Progress::default()));
        let alone = alone.map(Result::unwrap);
        for threads in [1, 4] {
            let found = on_threads(threads, || run_each(&source, &plan, &Progress::default()).unwrap());
            let row = found.counts.len() / 50;
            for (k, &which) in of.iter().enumerate() {
                let own = &alone[which];
                assert_eq!(found.counts[k * row..(k + 1) * row], own.counts[k * row..(k + 1) * row], "{engine:?} {k}");
                assert_eq!(found.last[2 * k..2 * k + 2], own.last[2 * k..2 * k + 2]);
                let ends = |c: &Columns| (c.outcome[k], c.time[k], c.steps[k], c.followed[k], c.engines[k]);
                assert_eq!(ends(&found), ends(own));
                let marks = found.crossings.len() / 50;
                assert_eq!(found.crossings[k * marks..(k + 1) * marks], own.crossings[k * marks..(k + 1) * marks]);
            }
        }
        assert_ne!(found_counts(&alone[0]), found_counts(&alone[1]));
    }
}

fn found_counts(columns: &Columns) -> u64 {
    columns.counts.iter().sum()
}

/// A source that sees how many of its models are held.
struct Held {
    process: Arc<Process>,
    given: Mutex<Vec<Weak<Model>>>,
    most: AtomicUsize,
}

impl RateSource for Held {
    fn models(&self) -> usize {
        200
    }

    fn of(&self, replicate: usize) -> usize {
        replicate / 2
    }

    fn model(&self, _: usize) -> Arc<Model> {
        let made = Arc::new(Model::new(self.process.clone()));
        let mut given = self.given.lock().unwrap();
        given.retain(|one| one.strong_count() > 0);
        given.push(Arc::downgrade(&made));
        self.most.fetch_max(given.len(), Ordering::Relaxed);
        made
    }
}

#[test]
fn models_are_held_while_their_replicates_run() {
    let case = Case { replicates: 400, ..exchange() };
    let replicates = || case.plan(Engine::Bnb, 0).replicates;
    let limits = Limits { size: 1 << 50, steps: 1 << 40, attempts: u64::MAX };
    let plan = |model| Plan::new(model, Engine::Bnb, replicates(), &case.times, None, limits);
    // One of each thread, and the first.
    for (threads, most) in [(1, 2), (2, 3), (5, 6)] {
        let source = Held { process: process(&case), given: Mutex::default(), most: AtomicUsize::new(0) };
        let found = on_threads(threads, || run_each(&source, &plan, &Progress::default()).unwrap());
        assert_same(&found, &case.run(Engine::Bnb));
        assert!(source.most.load(Ordering::Relaxed) <= most, "{threads} threads: {:?}", source.most);
    }
}

#[test]
fn what_does_not_fit_is_an_error() {
    let case = Case { replicates: 4, ..exchange() };
    let one = process(&Case { initial: vec![1], ..Case::one_type(1.0, 0.5, 1, &[0.0, 1.0]) });
    let plan = |model: Arc<Model>| {
        let types = model.process().types();
        let replicates = Replicates { initial: vec![1; types].into(), first: 0, number: 4, key: [7; 32] };
        let limits = Limits { size: 1 << 50, steps: 1 << 40, attempts: u64::MAX };
        Plan::new(model, Engine::Direct, replicates, &case.times, None, limits)
    };
    let shape = |source: &Assigned| {
        matches!(
            run_each(source, &plan, &Progress::default()),
            Err(SourceError::Plan(super::super::PlanError::Shape(_)))
        )
    };
    let fits = Assigned { processes: vec![process(&case); 2], of: vec![0, 1, 1, 0] };
    assert!(run_each(&fits, &plan, &Progress::default()).is_ok());
    assert!(shape(&Assigned { of: vec![0, 1, 2, 0], ..fits.clone() }));
    assert!(shape(&Assigned { of: vec![0, 1], ..fits.clone() }));
    assert!(shape(&Assigned { processes: vec![], of: vec![0; 4] }));
    assert!(shape(&Assigned { processes: vec![process(&case), one], of: vec![0, 1, 1, 0] }));
    let cancelled = Progress::default();
    cancelled.cancel.store(true, Ordering::Relaxed);
    assert_eq!(run_each(&fits, &plan, &cancelled).unwrap_err(), SourceError::Run(RunError::Interrupted));
}
