//! All engines through the ensemble loop: closed forms, degenerate cases, contracts.

mod laws;
mod records;
mod small;
mod sources;

use super::{Columns, Engine, Limits, Outcome, Plan, Progress, Replicates, RunError, Stop, run, run_small};
use crate::engine::model::Model;
use crate::process::{Process, Pulse, SparseRates};
use std::sync::Arc;
use std::sync::atomic::Ordering;

const ENGINES: [Engine; 3] = [Engine::Direct, Engine::Bnb, Engine::Leap(1e-3)];

/// Standard deviations beyond which a mean is wrong: a false alarm once in 1.7 million checks.
const Z: f64 = 5.0;

struct Case {
    birth: Vec<f64>,
    death: Vec<f64>,
    mutation: Vec<((usize, usize), f64)>,
    breakpoints: Vec<f64>,
    pulses: Vec<Pulse>,
    initial: Vec<u64>,
    times: Vec<f64>,
    stop: Option<Stop>,
    max_size: u64,
    max_steps: u64,
    max_attempts: u64,
    replicates: usize,
}

impl Case {
    fn one_type(birth: f64, death: f64, cells: u64, times: &[f64]) -> Self {
        Self {
            birth: vec![birth],
            death: vec![death],
            mutation: vec![],
            breakpoints: vec![],
            pulses: vec![],
            initial: vec![cells],
            times: times.to_vec(),
            stop: None,
            max_size: 1 << 50,
            max_steps: 1 << 40,
            max_attempts: u64::MAX,
            replicates: 20_000,
        }
    }

    fn plan(&self, engine: Engine, first: u64) -> Plan {
        let types = self.initial.len();
        let pairs: Vec<_> = self.mutation.iter().map(|m| m.0).collect();
        let mutation = SparseRates::new(types, &pairs, self.mutation.iter().map(|m| m.1).collect());
        let process = Process::new(
            types,
            self.breakpoints.clone(),
            self.birth.clone(),
            self.death.clone(),
            mutation,
            SparseRates::none(types),
            self.pulses.clone(),
        );
        let model = Arc::new(Model::new(Arc::new(process.unwrap())));
        let replicates =
            Replicates { initial: self.initial.clone().into(), first, number: self.replicates, key: [7; 32] };
        let limits = Limits { size: self.max_size, steps: self.max_steps, attempts: self.max_attempts };
        Plan::new(model, engine, replicates, &self.times, self.stop.clone(), limits).unwrap()
    }

    fn run(&self, engine: Engine) -> Columns {
        run(&self.plan(engine, 0), &Progress::default()).unwrap()
    }
}

fn share(columns: &Columns, outcome: Outcome) -> f64 {
    columns.outcome.iter().filter(|&&o| o == outcome as u8).count() as f64 / columns.outcome.len() as f64
}

fn assert_probability(found: f64, expected: f64, n: usize) {
    let error = (expected * (1.0 - expected) / n as f64).sqrt();
    assert!((found - expected).abs() <= Z * error, "found {found}, expected {expected} +- {error}");
}

/// Two types that exchange mutants, thinned on the way.
fn exchange() -> Case {
    Case {
        birth: vec![1.0, 0.8],
        death: vec![0.5, 0.6],
        mutation: vec![((0, 1), 0.2), ((1, 0), 0.1)],
        pulses: vec![Pulse { time: 1.5, survival: vec![0.7, 0.9] }],
        initial: vec![8, 1],
        replicates: 300,
        ..Case::one_type(0.0, 0.0, 0, &[0.0, 1.0, 1.5, 3.0])
    }
}
