//! First times at which sums of types reach sizes, noted without stopping.
//!
//! [`super::direct`] tells every event, so that nothing but the noting is added and the numbers drawn stay the same.
//! Event-skipping takes each size that is still ahead for a goal of [`super::passage::named`]: far from all of them it skips,
//! near some of them their types go event by event, and those events are told.

use super::bounds::rates::NamedRates;
use super::watch::Watch;
use crate::process::Process;
use std::sync::Arc;

/// One sum of types, and the sizes that are asked for.
#[derive(Debug)]
pub struct Sum {
    /// Which types are added up, with bounds on their rates.
    pub rates: NamedRates,
    /// The sizes whose first times are noted, increasing, each at least 1.
    sizes: Vec<u64>,
    /// Position of its first time among the times of all sums.
    first: usize,
}

/// Sums of types, and sizes of theirs whose first times are noted.
#[derive(Debug)]
pub struct Crossings {
    /// The sums.
    pub sums: Vec<Sum>,
    /// For every type, the sums that count it.
    counting: Vec<Vec<usize>>,
    marks: usize,
}

impl Crossings {
    /// Sums given by one flag per type, and their sizes, increasing and each at least 1.
    #[must_use]
    pub fn new(process: &Process, sums: Vec<(Vec<bool>, Vec<u64>)>) -> Self {
        let mut marks = 0;
        let mut counting = vec![Vec::new(); process.types()];
        let sum = |(index, (of, sizes)): (usize, (Vec<bool>, Vec<u64>))| {
            counting.iter_mut().zip(&of).filter(|(_, of)| **of).for_each(|(sums, _)| sums.push(index));
            let first = marks;
            marks += sizes.len();
            Sum { rates: NamedRates::new(process, &of), sizes, first }
        };
        let sums = sums.into_iter().enumerate().map(sum).collect();
        Self { sums, counting, marks }
    }

    /// Number of times that are noted for a replicate: those of the first sum, then those of the second, and so on.
    #[must_use]
    pub fn marks(&self) -> usize {
        self.marks
    }
}

/// The first times that have been noted of one replicate, and the sums as they are now.
#[derive(Debug)]
pub struct Marks {
    /// The sums and sizes.
    pub plan: Arc<Crossings>,
    /// For every sum, how many of its sizes have been reached.
    reached: Vec<usize>,
    /// The cells of every sum, kept up to date while it is watched.
    cells: Vec<u64>,
    /// Whether every sum is watched: all of its types go event by event, and every event is told.
    watched: Vec<bool>,
    times: Vec<f64>,
}

impl Marks {
    /// Working memory for replicates of which these crossings are noted.
    #[must_use]
    pub fn new(plan: Arc<Crossings>) -> Self {
        let (sums, marks) = (plan.sums.len(), plan.marks);
        Self {
            plan,
            reached: vec![0; sums],
            cells: vec![0; sums],
            watched: vec![true; sums],
            times: vec![f64::INFINITY; marks],
        }
    }

    /// (days) The times, infinite where a size was not reached.
    #[must_use]
    pub fn times(&self) -> &[f64] {
        &self.times
    }

    /// A replicate, or a new attempt, begins.
    pub fn begin(&mut self, state: &[u64]) {
        self.reached.fill(0);
        self.times.fill(f64::INFINITY);
        self.watch_all();
        self.look(state, 0.0);
    }

    /// The next size of a sum, if one is left.
    #[must_use]
    pub fn ahead(&self, sum: usize) -> Option<u64> {
        self.plan.sums[sum].sizes.get(self.reached[sum]).copied()
    }

    /// Whether any size is left.
    #[must_use]
    pub fn any_ahead(&self) -> bool {
        (0..self.reached.len()).any(|sum| self.ahead(sum).is_some())
    }

    /// All types go event by event from now on: every sum is watched.
    pub fn watch_all(&mut self) {
        self.watched.fill(true);
    }

    /// Watches a sum from now on, or watches it no longer.
    pub fn watch(&mut self, sum: usize, watched: bool) {
        self.watched[sum] = watched;
    }

    /// Counts the watched sums anew: `state` holds all cells of their types at `t`.
    pub fn look(&mut self, state: &[u64], t: f64) {
        for sum in 0..self.reached.len() {
            if self.watched[sum] {
                self.cells[sum] = self.plan.sums[sum].rates.count(state);
                self.note(sum, t);
            }
        }
    }

    fn note(&mut self, sum: usize, t: f64) {
        while self.ahead(sum).is_some_and(|size| self.cells[sum] >= size) {
            self.times[self.plan.sums[sum].first + self.reached[sum]] = t;
            self.reached[sum] += 1;
        }
    }

    fn change(&mut self, cell_type: usize, change: i64, t: f64) {
        for position in 0..self.plan.counting[cell_type].len() {
            let sum = self.plan.counting[cell_type][position];
            if self.watched[sum] {
                self.cells[sum] = self.cells[sum].saturating_add_signed(change);
                if change > 0 {
                    self.note(sum, t);
                }
            }
        }
    }
}

impl Watch for Marks {
    fn plain(&mut self, cell_type: usize, change: i64, t: f64) {
        self.change(cell_type, change, t);
    }

    fn found(&mut self, from: usize, to: usize, switch: bool, t: f64) -> bool {
        if switch {
            self.change(from, -1, t);
        }
        self.change(to, 1, t);
        true
    }

    fn is_full(&self) -> bool {
        false
    }
}
