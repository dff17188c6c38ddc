//! What all replicates of a process share: the laws of its types and bounds on its rates.

use super::extrema::{RateBound, RateBounds};
use crate::process::Process;
use crate::propagator::TypeLaw;
use std::sync::{Arc, OnceLock};

/// A process prepared for simulation. Laws are built when a type is first occupied.
#[derive(Debug)]
pub struct Model {
    process: Arc<Process>,
    laws: Vec<OnceLock<TypeLaw>>,
    bounds: OnceLock<RateBounds>,
    event_rates: OnceLock<(f64, f64)>,
}

impl Model {
    /// Prepares a process.
    #[must_use]
    pub fn new(process: Arc<Process>) -> Self {
        let laws = (0..process.types()).map(|_| OnceLock::new()).collect();
        Self { process, laws, bounds: OnceLock::new(), event_rates: OnceLock::new() }
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
    pub fn rate_bounds(&self, from: f64, to: f64, bounds: &mut [RateBound]) {
        let all = self.bounds.get_or_init(|| RateBounds::new(&self.process));
        let first = self.process.interval_at(from);
        let last = self.process.breakpoints().partition_point(|&b| b < to).max(first);
        all.over(first, last, bounds);
    }

    /// Rates of all events and of special events, summed over types and intervals.
    #[must_use]
    pub fn event_rates(&self) -> (f64, f64) {
        *self.event_rates.get_or_init(|| {
            let (mut events, mut special) = (0.0, 0.0);
            for k in 0..self.process.intervals() {
                for i in 0..self.process.types() {
                    let rates = self.process.segment(k, i);
                    events += rates.birth + rates.death + rates.special;
                    special += rates.special;
                }
            }
            (events, special)
        })
    }
}
