//! One workload per run, on one thread: `workloads NAME SEEDS` runs it for the seeds 0, 1, ... and prints what was done.
//!
//! `benches/instructions.py` counts the instructions of two runs of unequal length, so that what they have in common,
//! such as building the model, falls out of their difference. Without arguments (as `cargo bench` and `cargo test
//! --benches` call it) every workload runs once and its time is printed.

mod models;

use chemoevo_core::analytic::{Backward, TwoSided};
use chemoevo_core::engine::bnb::Bnb;
use chemoevo_core::engine::direct::independent::Direct;
use chemoevo_core::engine::leap::{Leap, Settings};
use chemoevo_core::engine::model::Model;
use chemoevo_core::engine::passage::total::{Passage, safe_total};
use chemoevo_core::engine::reduced::table::Table;
use chemoevo_core::engine::steppers::{Counting, Steppers};
use chemoevo_core::engine::target::{Target, Until, total};
use chemoevo_core::engine::watch::Unwatched;
use chemoevo_core::engine::{Advance, Budget, Span, Walk};
use chemoevo_core::ensemble::{self, Engine, Limits, Plan, Progress, Replicates};
use chemoevo_core::process::Process;

use chemoevo_core::random::{Stream, binomial, negative_binomial, poisson, stream};
use models::doses;
use std::hint::black_box;
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

const WORKLOADS: [Workload; 18] = [
    Workload { name: "direct-lattice", unit: "event", run: |seeds| direct(&models::lattice(1e-4, true), seeds) },
    Workload { name: "direct-two-types", unit: "event", run: |seeds| direct(&models::two_types(), seeds) },
    Workload { name: "bnb-lattice", unit: "mutation", run: |seeds| bnb(&models::lattice(1e-4, true), seeds) },
    Workload { name: "bnb-observed", unit: "observation", run: |seeds| observed(&models::lattice(1e-4, true), seeds) },
    Workload { name: "replicates", unit: "replicate", run: |seeds| replicates(&models::two_types(), seeds) },
    Workload { name: "passage", unit: "mutation", run: |seeds| passage(&models::lattice(1e-5, false), seeds) },
    Workload { name: "passage-turnover", unit: "mutation", run: |seeds| passage(&models::turnover(1e-5), seeds) },
    Workload { name: "reduced", unit: "mutation", run: |seeds| reduced(&models::turnover(1e-5), seeds) },
    Workload { name: "reduced-table", unit: "table", run: |seeds| tables(&models::therapy(500), seeds) },
    Workload { name: "therapy", unit: "run", run: |seeds| therapy(&models::therapy(4800), seeds) },
    Workload { name: "leap-lattice", unit: "interval", run: |seeds| leap(&models::lattice(1e-5, false), seeds) },
    Workload { name: "binomial", unit: "draw", run: |seeds| draws(seeds, binomial) },
    Workload { name: "negative-binomial", unit: "draw", run: |seeds| draws(seeds, negative_binomial) },
    Workload { name: "poisson", unit: "draw", run: |seeds| draws(seeds, |rng, n, p| poisson(rng, n as f64 * p)) },
    Workload { name: "backward", unit: "solution", run: |seeds| backward(models::therapy(500).process(), seeds) },
    Workload { name: "backward-niches", unit: "solution", run: |seeds| backward(&models::niches(500), seeds) },
    Workload { name: "compile", unit: "segment", run: |seeds| compiled(|| doses::compile_genotypes(1e-3), seeds) },
    Workload { name: "compile-niches", unit: "segment", run: |seeds| compiled(|| doses::compile_niches(4e-3), seeds) },
];

static NEVER: AtomicBool = AtomicBool::new(false);

/// A replicate on its way that has taken `taken` steps in others before.
fn walk<'a>(model: &'a Model, rng: &'a mut Stream, taken: u64) -> Walk<'a, Stream> {
    Walk { model, rng, budget: Budget { taken, followed: 0, limit: u64::MAX, cancel: &NEVER } }
}

fn unlimited() -> Target {
    Target { size: u64::MAX, limit: u64::MAX, of: None }
}

fn founders(n: u64) -> Vec<u64> {
    let mut state = vec![0; 32];
    state[0] = n;
    state
}

/// From 1000 cells to day 10: 1.5e5 cells, 4.4e5 events.
fn direct(model: &Arc<Model>, seeds: u64) -> u64 {
    let (mut engine, mut taken) = (Direct::default(), 0);
    for seed in 0..seeds {
        let mut state = founders(1000);
        state.truncate(model.process().types());
        engine.restart();
        let mut rng = stream(&[1; 32], seed);
        let target = unlimited();
        let (mut walk, span) = (walk(model, &mut rng, taken), Span { from: 0.0, to: 10.0 });
        let end = engine.advance(&mut walk, &mut state, span, Until::target(&target), &mut Unwatched);
        assert_eq!(end, Advance::Done);
        taken = walk.budget.taken;
    }
    taken
}

/// From 1000 cells to day 21: 3.6e7 cells, 3.6e4 mutations.
fn bnb(model: &Model, seeds: u64) -> u64 {
    let (mut engine, mut taken) = (Bnb::default(), 0);
    for seed in 0..seeds {
        let mut state = founders(1000);
        let mut rng = stream(&[2; 32], seed);
        let mut walk = walk(model, &mut rng, taken);
        assert_eq!(engine.advance(&mut walk, &mut state, Span { from: 0.0, to: 21.0 }), Advance::Done);
        taken = walk.budget.taken;
    }
    taken
}

/// Ten million cells for a year, of whose mutants only those are followed that may be there at its end.
fn reduced(model: &Model, seeds: u64) -> u64 {
    let (mut engine, mut followed) = (Bnb::default(), 0);
    for seed in 0..seeds {
        let mut state = founders(10_000_000);
        let mut rng = stream(&[9; 32], seed);
        let mut walk = walk(model, &mut rng, 0);
        assert_eq!(engine.advance(&mut walk, &mut state, Span { from: 0.0, to: 365.0 }), Advance::Done);
        followed += walk.budget.followed;
    }
    followed
}

/// The laws of the mutants that count at the end of 200 days of therapy.
fn tables(model: &Model, seeds: u64) -> u64 {
    for _ in 0..seeds {
        black_box(Table::until_end_of(model.process(), Span { from: 0.0, to: 200.0 }));
    }
    seeds
}

/// From 1000 cells at 100 times until day 8.
fn observed(model: &Model, seeds: u64) -> u64 {
    let mut engine = Bnb::default();
    for seed in 0..seeds {
        let mut state = founders(1000);
        let mut rng = stream(&[3; 32], seed);
        let mut walk = walk(model, &mut rng, 0);
        for k in 0..100 {
            let from = 0.08 * f64::from(k);
            assert_eq!(engine.advance(&mut walk, &mut state, Span { from, to: from + 0.08 }), Advance::Done);
        }
    }
    100 * seeds
}

/// Replicates of ten cells of two types at days 1 to 10, as a user runs them.
fn replicates(model: &Arc<Model>, seeds: u64) -> u64 {
    let times: Vec<f64> = (1..=10).map(f64::from).collect();
    let n = 1000 * seeds as usize;
    let replicates = Replicates { initial: [10, 0].into(), first: 0, number: n, key: [8; 32] };
    let limits = Limits { size: u64::MAX, steps: u64::MAX, attempts: u64::MAX };
    let plan = Plan::new(model.clone(), Engine::Bnb, replicates, &times, None, limits);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    black_box(pool.install(|| ensemble::run(&plan.unwrap(), &Progress::default())).unwrap());
    1000 * seeds
}

/// From one cell whose line survives to exactly 1e8 cells.
fn passage(model: &Model, seeds: u64) -> u64 {
    const SIZE: u64 = 100_000_000;
    let (mut engine, mut taken, span) = (Passage::new(Counting::default()), 0, Span { from: 0.0, to: 1e5 });
    let safe = safe_total(model, span, SIZE);
    let target = Target { size: SIZE, limit: u64::MAX, of: None };
    for seed in 0..seeds {
        let mut rng = stream(&[4; 32], seed);
        let mut walk = walk(model, &mut rng, taken);
        loop {
            let mut state = founders(1);
            engine.steppers.begin(&state);
            let end = engine.advance(&mut walk, &mut state, span, &target, &[], safe);
            if matches!(end, Advance::Reached(_)) {
                assert_eq!(total(&state), SIZE);
                break;
            }
        }
        taken = walk.budget.taken;
    }
    taken
}

/// 1e9 cells through six cycles.
fn therapy(model: &Model, seeds: u64) -> u64 {
    let mut engine = Bnb::default();
    for seed in 0..seeds {
        let mut state = founders(1_000_000_000);
        let mut rng = stream(&[5; 32], seed);
        engine.advance(&mut walk(model, &mut rng, 0), &mut state, Span { from: 0.0, to: 200.0 });
    }
    seeds
}

/// 1e9 cells of the wild type over twenty intervals of half a day.
fn leap(model: &Model, seeds: u64) -> u64 {
    let mut engine = Leap::new(Settings::eager(1e-3));
    for seed in 0..seeds {
        let mut state = founders(1_000_000_000);
        let mut rng = stream(&[6; 32], seed);
        let mut walk = walk(model, &mut rng, 0);
        for k in 0..20 {
            let from = 0.5 * f64::from(k);
            assert_eq!(engine.advance(&mut walk, &mut state, Span { from, to: from + 0.5 }), Advance::Done);
        }
    }
    20 * seeds
}

/// A thousand draws at each of twelve points: few and many cells, small, middling and large probabilities (or odds).
fn draws(seeds: u64, draw: impl Fn(&mut Stream, u64, f64) -> u64) -> u64 {
    const CELLS: [u64; 4] = [1, 30, 1_000_000, 1_000_000_000_000];
    const PROBABILITIES: [f64; 3] = [1e-6, 0.3, 0.95];
    let mut done = 0;
    for seed in 0..seeds {
        let mut rng = stream(&[7; 32], seed);
        for (n, p) in CELLS.into_iter().flat_map(|n| PROBABILITIES.map(|p| (n, p))) {
            for _ in 0..1000 {
                black_box(draw(&mut rng, black_box(n), black_box(p)));
                done += 1;
            }
        }
    }
    done
}

/// Survival of all types until day 200.
fn backward(process: &Process, seeds: u64) -> u64 {
    for _ in 0..seeds {
        let mut solver = Backward::new(process, &|| false);
        black_box(solver.solve(&TwoSided::indicator(&vec![true; process.types()]), &[200.0]).unwrap());
    }
    seeds
}

/// Segments of as many compilations.
fn compiled(compile: impl Fn() -> usize, seeds: u64) -> u64 {
    (0..seeds).map(|_| black_box(compile()) as u64).sum()
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
