//! Hot loops allocate nothing: after warm-up, further replicates and steps leave the allocator alone.
#![allow(unsafe_code)]

#[path = "../benches/models/mod.rs"]
mod models;

use chemoevo_core::engine::bnb::Bnb;
use chemoevo_core::engine::bounds::rates::NamedRates;
use chemoevo_core::engine::direct::independent::Direct;
use chemoevo_core::engine::model::Model;
use chemoevo_core::engine::passage::named::Goal;
use chemoevo_core::engine::passage::total::{Passage, safe_total};
use chemoevo_core::engine::steppers::{Counting, Steppers};
use chemoevo_core::engine::target::{Target, Until};
use chemoevo_core::engine::watch::Unwatched;
use chemoevo_core::engine::{Advance, Budget, Span, Walk};
use chemoevo_core::ensemble::{Engine, Limits, Plan, Progress, Replicates, Stop, run};
use chemoevo_core::random::{Stream, stream};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// The system's allocator, counting what this thread asks of it.
struct Tally;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

fn note() {
    // No thread that is being taken down is counted.
    let _ = ALLOCATIONS.try_with(|n| n.set(n.get() + 1));
}

// SAFETY: every call is handed on to the system's allocator as it is.
unsafe impl GlobalAlloc for Tally {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note();
        unsafe { System.alloc(layout) }
    }
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        note();
        unsafe { System.alloc_zeroed(layout) }
    }
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note();
        unsafe { System.realloc(block, layout, size) }
    }
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Tally = Tally;

static NEVER: AtomicBool = AtomicBool::new(false);

/// Replicates that fill the working memory, and those that are then counted.
const WARM_UP: u64 = 300;
const COUNTED: u64 = 300;

/// Allocations of `COUNTED` further replicates of `replicate(walk, state)`; streams are those of `key`.
fn allocations(
    model: &Model,
    key: u8,
    initial: &[u64],
    mut replicate: impl FnMut(&mut Walk<'_, Stream>, &mut [u64]),
) -> u64 {
    let mut state = initial.to_vec();
    let (mut before, mut taken) = (0, 0);
    for number in 0..WARM_UP + COUNTED {
        if number == WARM_UP {
            before = ALLOCATIONS.get();
        }
        state.copy_from_slice(initial);
        let mut rng = stream(&[key; 32], number);
        let mut walk =
            Walk { model, rng: &mut rng, budget: Budget { taken, followed: 0, limit: u64::MAX, cancel: &NEVER } };
        replicate(&mut walk, &mut state);
        taken = walk.budget.taken;
    }
    assert!(taken > 1000, "too few steps to say anything");
    ALLOCATIONS.get() - before
}

fn founders(types: usize, n: u64) -> Vec<u64> {
    let mut state = vec![0; types];
    state[0] = n;
    state
}

/// Two spans until day `to`, as between observation times.
fn two_spans(to: f64) -> [Span; 2] {
    [Span { from: 0.0, to: 0.4 * to }, Span { from: 0.4 * to, to }]
}

fn direct(walk: &mut Walk<'_, Stream>, engine: &mut Direct, state: &mut [u64], to: f64) {
    const TARGET: Target = Target { size: u64::MAX, limit: u64::MAX, of: None };
    engine.restart();
    for span in two_spans(to) {
        engine.advance(walk, state, span, Until::target(&TARGET), &mut Unwatched);
    }
}

#[test]
fn direct_allocates_nothing() {
    let cases: [(Arc<Model>, usize, u64, f64); 3] = [
        (models::lattice(1e-2, true), 32, 100, 4.0),
        (models::two_types(), 2, 100, 4.0),
        (models::therapy(480), 32, 100, 30.0),
    ];
    for (model, types, cells, to) in cases {
        let mut engine = Direct::default();
        let found = allocations(&model, 1, &founders(types, cells), |walk, state| direct(walk, &mut engine, state, to));
        assert_eq!(found, 0);
    }
}

#[test]
fn event_skipping_allocates_nothing() {
    let cases: [(Arc<Model>, u64, f64); 3] = [
        (models::lattice(1e-2, true), 100, 8.0),
        (models::therapy(480), 10_000_000, 200.0),
        // Mostly extinct: times of extinction are put off and drawn.
        (models::lattice(1e-1, true), 2, 1.5),
    ];
    for (model, cells, to) in cases {
        let mut engine = Bnb::default();
        let found = allocations(&model, 2, &founders(32, cells), |walk, state| {
            for span in two_spans(to) {
                if engine.advance(walk, state, span) != Advance::Done {
                    break;
                }
            }
        });
        assert_eq!(found, 0);
    }
}

#[test]
fn first_passage_allocates_nothing() {
    const SIZE: u64 = 100_000;
    let target = Target { size: SIZE, limit: u64::MAX, of: None };
    // Where some types are counted: those with the last alteration.
    let flags: Vec<bool> = (0..32).map(|i| i >= 16).collect();
    let some = Target { size: SIZE / 10, limit: u64::MAX, of: Some(flags.clone()) };
    for model in [models::lattice(1e-3, true), models::lattice(1e-3, false)] {
        let rates = NamedRates::new(model.process(), &flags);
        let goals = [Goal { rates: &rates, size: some.size }];
        for (target, goals) in [(&target, &goals[..0]), (&some, &goals[..])] {
            let span = Span { from: 0.0, to: 100.0 };
            let safe = safe_total(&model, span, target.total_size());
            let mut engine = Passage::new(Counting::default());
            let mut reached = 0;
            let found = allocations(&model, 3, &founders(32, 20), |walk, state| {
                engine.steppers.begin(state);
                let end = engine.advance(walk, state, span, target, goals, safe);
                reached += u64::from(matches!(end, Advance::Reached(_)));
            });
            assert_eq!((found, reached), (0, WARM_UP + COUNTED));
        }
    }
}

/// The whole loop over replicates, on one thread: as many allocations whatever their number.
#[test]
fn replicates_allocate_nothing() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    for engine in [Engine::Direct, Engine::Bnb] {
        for stop in [None, Some(Stop { size: 2000, of: None, retry: true })] {
            let of = |number: usize| {
                let model = models::lattice(1e-2, true);
                let replicates = Replicates { initial: founders(32, 20).into(), first: 0, number, key: [7; 32] };
                let limits = Limits { size: 3000, steps: u64::MAX, attempts: u64::MAX };
                let plan = Plan::new(model, engine, replicates, &[1.0, 2.0, 9.0], stop.clone(), limits).unwrap();
                pool.install(|| {
                    let before = ALLOCATIONS.get();
                    run(&plan, &Progress::default()).unwrap();
                    ALLOCATIONS.get() - before
                })
            };
            assert_eq!(of(200), of(400), "{engine:?} {stop:?}");
        }
    }
}

#[test]
fn a_planted_allocation_is_caught() {
    let model = models::two_types();
    let mut engine = Direct::default();
    let mut kept = Vec::new();
    let found = allocations(&model, 1, &founders(2, 100), |walk, state| {
        direct(walk, &mut engine, state, 4.0);
        kept = vec![state[0]];
    });
    assert_eq!((found, kept.len()), (COUNTED, 1));
    // One vector that grows now and then is caught as well.
    let mut log = Vec::new();
    let found = allocations(&model, 1, &founders(2, 100), |walk, state| {
        direct(walk, &mut engine, state, 4.0);
        log.push(state[0]);
    });
    assert!(found > 0 && found < 10, "{found}");
}
