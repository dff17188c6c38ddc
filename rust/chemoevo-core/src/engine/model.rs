//! What all replicates of a process share: the laws of its types and bounds on its rates.

use super::bounds::extrema::{RateBound, RateBounds, intervals_of, reachable};
use super::reduced::table::Table;
use super::span::Span;
use crate::process::{Process, Segment};
use crate::propagator::TypeLaw;
use std::sync::{Arc, OnceLock};

/// What bounds the steps of `leap`.
#[derive(Debug)]
struct StepBounds {
    /// (intervals, types) Fastest rate of divisions, deaths and switches of a cell among the descendants of a type, or at which
    /// some of them outgrow others: what is founded within a step goes as `e^{(difference of net rates) t}`.
    fastest: Vec<f64>,
    /// Of the descendants that can have special events: the largest rate at which one makes more of them, and minus the
    /// largest rate of special events.
    special: RateBounds,
    /// Fastest rate of all events of a cell of any type, in whatever interval.
    any: f64,
    /// Largest rate at which a cell of any type founds mutants, in whatever interval.
    founding: f64,
}

impl StepBounds {
    fn new(process: &Process) -> Self {
        let types = process.types();
        let reach: Vec<Vec<usize>> = (0..types).map(|i| reachable(process, i)).collect();
        let mut fastest = vec![0.0; process.intervals() * types];
        let (mut any, mut founding) = (0.0, 0.0);
        for k in 0..process.intervals() {
            let rates: Vec<_> = (0..types).map(|i| process.segment(k, i)).collect();
            any = rates.iter().fold(any, |m, s| f64::max(m, s.birth + s.death + s.special));
            for i in 0..types {
                founding = f64::max(founding, process.birth(k, i) * process.mutation().row_sum(k, i).min(1.0));
            }
            for (i, row) in reach.iter().enumerate() {
                let at = &mut fastest[k * types + i];
                let (mut highest, mut lowest) = (f64::NEG_INFINITY, f64::INFINITY);
                for &j in row {
                    let (birth, death, switches) =
                        (process.birth(k, j), rates[j].death, process.switching().row_sum(k, j));
                    // Of all divisions: those that mutate found the cells of the step as well.
                    *at = f64::max(*at, birth + death + switches);
                    highest = highest.max(birth - death);
                    lowest = lowest.min(birth - death - switches);
                }
                *at = f64::max(*at, highest - lowest);
            }
        }
        let terminal: Vec<bool> =
            (0..types).map(|i| (0..process.intervals()).all(|k| process.segment(k, i).special == 0.0)).collect();
        let special = RateBounds::over_descendants(process, |k, j| {
            if terminal[j] {
                return None;
            }
            let lost: f64 = process.mutation().row(k, j).filter(|&(to, _)| terminal[to]).map(|(_, u)| u).sum();
            let growth = process.birth(k, j) * (1.0 - lost.min(1.0)) - process.death(k, j);
            Some((growth, -process.segment(k, j).special))
        });
        Self { fastest, special, any, founding }
    }
}

/// A process prepared for simulation. Laws are built when a type is first occupied.
#[derive(Debug)]
pub struct Model {
    process: Arc<Process>,
    laws: Vec<OnceLock<TypeLaw>>,
    /// Of every type, the clones that are left by switches and have no special events.
    lines: Vec<OnceLock<TypeLaw>>,
    /// Of every interval, the laws of the mutants that count at the end of a stretch inside it.
    tables: Vec<OnceLock<Table>>,
    bounds: OnceLock<RateBounds>,
    steps: OnceLock<StepBounds>,
    event_rates: OnceLock<(f64, f64)>,
    /// Largest net growth, and largest rates of special events and of all events, of a cell of any type in whatever interval.
    extremes: OnceLock<(f64, f64, f64)>,
}

impl Model {
    /// Prepares a process.
    #[must_use]
    pub fn new(process: Arc<Process>) -> Self {
        fn none<T>(number: usize) -> Vec<OnceLock<T>> {
            (0..number).map(|_| OnceLock::new()).collect()
        }
        Self {
            laws: none(process.types()),
            lines: none(process.types()),
            tables: none(process.intervals()),
            process,
            bounds: OnceLock::new(),
            steps: OnceLock::new(),
            event_rates: OnceLock::new(),
            extremes: OnceLock::new(),
        }
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

    /// The laws of the mutants that count at the end of any stretch inside an interval.
    #[must_use]
    pub fn table(&self, interval: usize) -> &Table {
        self.tables[interval].get_or_init(|| Table::inside(&self.process, interval))
    }

    /// Whether the chance that no cell is left at the end of a span is below `e^-ln_chance`, by a bound: cells of the types
    /// that are there, descended by divisions without mutation alone.
    #[must_use]
    pub fn surely_survives(&self, state: &[u64], span: Span, ln_chance: f64) -> bool {
        let mut sum = 0.0;
        state.iter().enumerate().filter(|&(_, &n)| n > 0).any(|(i, &n)| {
            let law = self.lines[i].get_or_init(|| {
                TypeLaw::with_rates(&self.process, |k| {
                    let Segment { birth, death, .. } = self.process.segment(k, i);
                    Segment { birth, death: death + self.process.switching().row_sum(k, i), special: 0.0 }
                })
            });
            sum -= n as f64 * law.between(span.from, 0.0, span.length()).ln_empty();
            sum >= ln_chance
        })
    }

    /// Writes, for every type, the largest division rate and the smallest death rate of its descendants within a
    /// span into `bounds` as (birth, death).
    pub fn rate_bounds(&self, span: Span, bounds: &mut [RateBound]) {
        let all = self.bounds.get_or_init(|| RateBounds::new(&self.process));
        let (first, last) = intervals_of(&self.process, span);
        all.over(first, last, bounds);
    }

    fn steps(&self) -> &StepBounds {
        self.steps.get_or_init(|| StepBounds::new(&self.process))
    }

    /// The fastest rate (per day) of divisions, deaths and switches of a cell, in an interval, among all types that descendants of
    /// the cells that are there can have.
    #[must_use]
    pub fn fastest(&self, interval: usize, state: &[u64]) -> f64 {
        let row = &self.steps().fastest[interval * state.len()..(interval + 1) * state.len()];
        row.iter().zip(state).filter(|&(_, &n)| n > 0).fold(0.0, |m, (&rate, _)| f64::max(m, rate))
    }

    /// Expected foundings of mutants on a line of descent within so many days, at most.
    #[must_use]
    pub fn generations(&self, days: f64) -> f64 {
        self.steps().founding * days
    }

    /// A bound on the expected number of mutations and switches within a span, from the fastest growth and the most
    /// frequent special events of the descendants that can have them.
    #[must_use]
    pub fn special_events_at_most(&self, state: &[u64], span: Span) -> f64 {
        let (first, last) = intervals_of(&self.process, span);
        let present = state.iter().enumerate().filter(|&(_, &n)| n > 0);
        present.fold(0.0, |sum, (i, &n)| {
            let (growth, special) = self.steps().special.of(i, first, last);
            // Minus infinity: no descendant of this type ever has a special event.
            if growth == f64::NEG_INFINITY || special == 0.0 {
                return sum;
            }
            let h = span.length();
            let integral = if growth * h == 0.0 { h } else { (growth * h).exp_m1() / growth };
            sum + n as f64 * -special * integral
        })
    }

    /// The same of one cell of any type within so many days: cruder, and cheap.
    #[must_use]
    pub fn special_events_of_one_at_most(&self, days: f64) -> f64 {
        self.events_of_one_at_most(days, false)
    }

    /// The same, or of `all` events.
    #[must_use]
    pub fn events_of_one_at_most(&self, days: f64, all: bool) -> f64 {
        let &(growth, special, any) = self.extremes.get_or_init(|| {
            let (mut growth, mut special, mut any) = (f64::NEG_INFINITY, 0.0, 0.0);
            for k in 0..self.process.intervals() {
                for i in 0..self.process.types() {
                    growth = f64::max(growth, self.process.birth(k, i) - self.process.death(k, i));
                    let rates = self.process.segment(k, i);
                    special = f64::max(special, rates.special);
                    any = f64::max(any, rates.birth + rates.death + rates.special);
                }
            }
            (growth, special, any)
        });
        let rate = if all { any } else { special };
        rate * if growth * days == 0.0 { days } else { (growth * days).exp_m1() / growth }
    }

    /// A bound on the expected number of events until `to`, of a population that stays at or below `cells`.
    #[must_use]
    pub fn events_at_most(&self, state: &[u64], to: f64, cells: f64) -> f64 {
        let all = self.bounds.get_or_init(|| RateBounds::new(&self.process));
        let last = self.process.breakpoints().partition_point(|&b| b < to);
        let mut integral = 0.0;
        for (i, &n) in state.iter().enumerate().filter(|&(_, &n)| n > 0) {
            let (birth, death) = all.of(i, 0, last);
            let growth = birth - death.min(birth);
            integral += n as f64 * if growth * to > 0.0 { (growth * to).exp_m1() / growth } else { to };
        }
        self.steps().any * integral.min(cells * to)
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
