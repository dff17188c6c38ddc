//! What all replicates of a process share: the laws of its types and bounds on its rates.

use crate::process::Process;
use crate::propagator::TypeLaw;
use std::sync::{Arc, OnceLock};

/// A process prepared for simulation. Laws are built when a type is first occupied.
#[derive(Debug)]
pub struct Model {
    process: Arc<Process>,
    laws: Vec<OnceLock<TypeLaw>>,
    bounds: OnceLock<Bounds>,
}

/// For every interval and type, the largest division rate and smallest death rate over the types that its descendants
/// can have, so that a plain birth-death process with these rates stays above the true total.
#[derive(Debug)]
struct Bounds {
    birth: Vec<f64>,
    death: Vec<f64>,
}

impl Model {
    /// Prepares a process.
    #[must_use]
    pub fn new(process: Arc<Process>) -> Self {
        let laws = (0..process.types()).map(|_| OnceLock::new()).collect();
        Self { process, laws, bounds: OnceLock::new() }
    }

    /// The process.
    #[must_use]
    pub fn process(&self) -> &Process {
        &self.process
    }

    /// The law of the clones of a type.
    #[inline]
    #[must_use]
    pub fn law(&self, cell_type: usize) -> &TypeLaw {
        self.laws[cell_type].get_or_init(|| TypeLaw::new(&self.process, cell_type))
    }

    /// Writes, for every type, the largest division rate and the smallest death rate of its descendants between two
    /// times into `bounds` as (birth, death).
    pub fn rate_bounds(&self, from: f64, to: f64, bounds: &mut [(f64, f64)]) {
        let all = self.bounds.get_or_init(|| Bounds::new(&self.process));
        let types = self.process.types();
        let first = self.process.interval_at(from);
        let last = self.process.breakpoints().partition_point(|&b| b < to).max(first);
        bounds.fill((0.0, f64::INFINITY));
        for k in first..=last {
            for (i, bound) in bounds.iter_mut().enumerate() {
                bound.0 = bound.0.max(all.birth[k * types + i]);
                bound.1 = bound.1.min(all.death[k * types + i]);
            }
        }
    }
}

impl Bounds {
    fn new(process: &Process) -> Self {
        let (types, intervals) = (process.types(), process.intervals());
        let reach: Vec<Vec<usize>> = (0..types).map(|i| reachable(process, i)).collect();
        let mut birth = Vec::with_capacity(types * intervals);
        let mut death = Vec::with_capacity(types * intervals);
        for k in 0..intervals {
            for row in &reach {
                birth.push(row.iter().map(|&j| process.birth(k, j)).fold(0.0, f64::max));
                death.push(row.iter().map(|&j| process.death(k, j)).fold(f64::INFINITY, f64::min));
            }
        }
        Self { birth, death }
    }
}

/// Types that descendants of type `i` can have, itself included, in whatever interval.
fn reachable(process: &Process, i: usize) -> Vec<usize> {
    let mut seen = vec![false; process.types()];
    let mut found = vec![i];
    seen[i] = true;
    let mut next = 0;
    while let Some(&from) = found.get(next) {
        next += 1;
        for (to, _) in process.mutation().row(0, from).chain(process.switching().row(0, from)) {
            if !std::mem::replace(&mut seen[to], true) {
                found.push(to);
            }
        }
    }
    found
}
