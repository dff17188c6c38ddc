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
use chemoevo_core::engine::target::Target;
use chemoevo_core::engine::watch::Unwatched;
use chemoevo_core::engine::{Advance, Budget};
use chemoevo_core::ensemble::{Engine, Plan, Progress, Stop, run};
use chemoevo_core::random::stream;
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

/// Allocations of `COUNTED` further replicates of `replicate(number, state, budget)`.
fn allocations(initial: &[u64], mut replicate: impl FnMut(u64, &mut [u64], &mut Budget<'_>)) -> u64 {
    let mut state = initial.to_vec();
    let mut budget = Budget { taken: 0, limit: u64::MAX, cancel: &NEVER };
    let mut before = 0;
    for number in 0..WARM_UP + COUNTED {
        if number == WARM_UP {
            before = ALLOCATIONS.get();
        }
        state.copy_from_slice(initial);
        replicate(number, &mut state, &mut budget);
    }
    assert!(budget.taken > 1000, "too few steps to say anything");
    ALLOCATIONS.get() - before
}

fn founders(types: usize, n: u64) -> Vec<u64> {
    let mut state = vec![0; types];
    state[0] = n;
    state
}

fn direct(model: &Model, engine: &mut Direct, number: u64, state: &mut [u64], to: f64, budget: &mut Budget<'_>) {
    const TARGET: Target = Target { size: u64::MAX, limit: u64::MAX, of: None };
    let mut rng = stream(&[1; 32], number);
    engine.restart();
    // Two stretches, as between observation times.
    for (from, to) in [(0.0, 0.4 * to), (0.4 * to, to)] {
        engine.advance(model, state, from, to, &TARGET, u64::MAX, &mut rng, budget, &mut Unwatched);
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
        let found = allocations(&founders(types, cells), |number, state, budget| {
            direct(&model, &mut engine, number, state, to, budget);
        });
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
        let found = allocations(&founders(32, cells), |number, state, budget| {
            let mut rng = stream(&[2; 32], number);
            for (from, to) in [(0.0, 0.4 * to), (0.4 * to, to)] {
                if engine.advance(&model, state, from, to, &mut rng, budget) != Advance::Done {
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
            let safe = safe_total(&model, 0.0, 100.0, target.total_size());
            let mut engine = Passage::new(Counting::default());
            let mut reached = 0;
            let found = allocations(&founders(32, 20), |number, state, budget| {
                let mut rng = stream(&[3; 32], number);
                engine.steppers.begin(state);
                let end = engine.advance(&model, state, 0.0, 100.0, target, goals, safe, &mut rng, budget);
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
            let of = |replicates: usize| {
                let model = models::lattice(1e-2, true);
                let (initial, times) = (founders(32, 20), [1.0, 2.0, 9.0]);
                let plan =
                    Plan::new(model, engine, initial, 0, replicates, &times, stop.clone(), 3000, u64::MAX, [7; 32]);
                let plan = plan.unwrap();
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
    let found = allocations(&founders(2, 100), |number, state, budget| {
        direct(&model, &mut engine, number, state, 4.0, budget);
        kept = vec![number];
    });
    assert_eq!((found, kept.len()), (COUNTED, 1));
    // One vector that grows now and then is caught as well.
    let mut log = Vec::new();
    let found = allocations(&founders(2, 100), |number, state, budget| {
        direct(&model, &mut engine, number, state, 4.0, budget);
        log.push(state[0]);
    });
    assert!(found > 0 && found < 10, "{found}");
}
