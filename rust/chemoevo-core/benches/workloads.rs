//! One workload a run, on one thread: `workloads NAME SEEDS` runs it for the seeds 0, 1, ... and prints what was done.
//!
//! `benches/instructions.py` counts the instructions of two runs of unequal length, so that what they have in common,
//! such as building the model, falls out of their difference. Without arguments (as `cargo bench` and `cargo test
//! --benches` call it) every workload runs once and its time is printed.

mod models;

use chemoevo_core::engine::bnb::Bnb;
use chemoevo_core::engine::direct::{Direct, Target, total};
use chemoevo_core::engine::model::Model;
use chemoevo_core::engine::passage::{Passage, safe_total};
use chemoevo_core::engine::steppers::{Counting, Steppers};
use chemoevo_core::engine::watch::Unwatched;
use chemoevo_core::engine::{Advance, Budget};
use chemoevo_core::random::stream;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

/// Days between two observations do not matter to `direct`, which keeps the waiting event; `bnb` restarts there.
struct Workload {
    name: &'static str,
    /// What is counted.
    unit: &'static str,
    run: fn(u64) -> u64,
}

const WORKLOADS: [Workload; 6] = [
    Workload { name: "direct-lattice", unit: "event", run: |seeds| direct(&models::lattice(1e-4, true), seeds) },
    Workload { name: "direct-two-types", unit: "event", run: |seeds| direct(&models::two_types(), seeds) },
    Workload { name: "bnb-lattice", unit: "mutation", run: |seeds| bnb(&models::lattice(1e-4, true), seeds) },
    Workload { name: "bnb-observed", unit: "observation", run: |seeds| observed(&models::lattice(1e-4, true), seeds) },
    Workload { name: "passage", unit: "mutation", run: |seeds| passage(&models::lattice(1e-5, false), seeds) },
    Workload { name: "therapy", unit: "run", run: |seeds| therapy(&models::therapy(4800), seeds) },
];

static NEVER: AtomicBool = AtomicBool::new(false);

fn budget() -> Budget<'static> {
    Budget { taken: 0, limit: u64::MAX, cancel: &NEVER }
}

fn unlimited() -> Target {
    Target { size: u64::MAX, limit: u64::MAX, of: None }
}

fn founders(n: u64) -> Vec<u64> {
    let mut state = vec![0; 32];
    state[0] = n;
    state
}

/// From 1000 cells to day 12: 4e5 cells, 1.2e6 events.
fn direct(model: &Arc<Model>, seeds: u64) -> u64 {
    let (mut engine, mut budget) = (Direct::default(), budget());
    for seed in 0..seeds {
        let mut state = founders(1000);
        state.truncate(model.process().types());
        engine.restart();
        let mut rng = stream(&[1; 32], seed);
        let target = unlimited();
        let end =
            engine.advance(model, &mut state, 0.0, 12.0, &target, u64::MAX, &mut rng, &mut budget, &mut Unwatched);
        assert_eq!(end, Advance::Done);
    }
    budget.taken
}

/// From 1000 cells to day 24: 1.6e8 cells, 1.6e5 mutations.
fn bnb(model: &Model, seeds: u64) -> u64 {
    let (mut engine, mut budget) = (Bnb::default(), budget());
    for seed in 0..seeds {
        let mut state = founders(1000);
        let mut rng = stream(&[2; 32], seed);
        assert_eq!(engine.advance(model, &mut state, 0.0, 24.0, &mut rng, &mut budget), Advance::Done);
    }
    budget.taken
}

/// From 1000 cells at 100 times until day 8.
fn observed(model: &Model, seeds: u64) -> u64 {
    let (mut engine, mut budget) = (Bnb::default(), budget());
    for seed in 0..seeds {
        let mut state = founders(1000);
        let mut rng = stream(&[3; 32], seed);
        for k in 0..100 {
            let from = 0.08 * f64::from(k);
            assert_eq!(engine.advance(model, &mut state, from, from + 0.08, &mut rng, &mut budget), Advance::Done);
        }
    }
    100 * seeds
}

/// From one cell whose line survives to exactly 1e9 cells.
fn passage(model: &Model, seeds: u64) -> u64 {
    const SIZE: u64 = 1_000_000_000;
    let (mut engine, mut budget) = (Passage::new(Counting::default()), budget());
    let safe = safe_total(model, 0.0, 1000.0, SIZE);
    let target = Target { size: SIZE, limit: u64::MAX, of: None };
    for seed in 0..seeds {
        let mut rng = stream(&[4; 32], seed);
        loop {
            let mut state = founders(1);
            engine.steppers.begin(&state);
            let end = engine.advance(model, &mut state, 0.0, 1000.0, &target, &[], safe, &mut rng, &mut budget);
            if matches!(end, Advance::Reached(_)) {
                assert_eq!(total(&state), SIZE);
                break;
            }
        }
    }
    budget.taken
}

/// 1e9 cells through six cycles.
fn therapy(model: &Model, seeds: u64) -> u64 {
    let (mut engine, mut budget) = (Bnb::default(), budget());
    for seed in 0..seeds {
        let mut state = founders(1_000_000_000);
        let mut rng = stream(&[5; 32], seed);
        engine.advance(model, &mut state, 0.0, 200.0, &mut rng, &mut budget);
    }
    seeds
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [name, seeds] = arguments.as_slice()
        && let Ok(seeds) = seeds.parse()
    {
        let Some(workload) = WORKLOADS.iter().find(|w| w.name == name) else {
            panic!("no workload {name:?}; there are {:?}", WORKLOADS.map(|w| w.name));
        };
        println!("{} {}", (workload.run)(seeds), workload.unit);
        return;
    }
    for Workload { name, unit, run } in WORKLOADS {
        let start = Instant::now();
        let done = run(3);
        println!("{name:18} {:8.1} ns/{unit}", start.elapsed().as_secs_f64() * 1e9 / done as f64);
    }
}
