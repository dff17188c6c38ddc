//! Bounds on the rates of a process where the cells of some types are counted.

use super::extrema::{RateBounds, reachable};
use crate::process::Process;

/// What bounds the rates of a process where some types are counted.
#[derive(Debug)]
pub struct NamedRates {
    pub(super) of: Vec<bool>,
    /// Of the counted descendants: largest division rate, smallest death rate.
    pub(super) counted: RateBounds,
    /// The same of the descendants that are not counted.
    pub(super) others: RateBounds,
    /// Of the descendants that are not counted: the largest rate of founding counted cells, and 0.
    pub(super) founding: RateBounds,
    /// For every type, the descendants of its counted descendants that are not counted.
    pub(super) uncounted_after: Vec<Vec<usize>>,
}

impl NamedRates {
    /// Looks at all intervals once; `of` has one flag per type.
    #[must_use]
    pub fn new(process: &Process, of: &[bool]) -> Self {
        let rates = |k: usize, j: usize| Some((process.birth(k, j), process.death(k, j)));
        let founded = |k: usize, j: usize| {
            let sum =
                |row: &mut dyn Iterator<Item = (usize, f64)>| row.filter(|&(to, _)| of[to]).map(|r| r.1).sum::<f64>();
            let mutants = sum(&mut process.mutation().row(k, j));
            process.birth(k, j) * mutants + sum(&mut process.switching().row(k, j))
        };
        let after = |i: usize| {
            let mut found = vec![false; of.len()];
            let counted = reachable(process, i).into_iter().filter(|&j| of[j]);
            counted.for_each(|j| reachable(process, j).into_iter().for_each(|l| found[l] = !of[l]));
            (0..of.len()).filter(|&j| found[j]).collect()
        };
        Self {
            of: of.to_vec(),
            counted: RateBounds::over_descendants(process, |k, j| if of[j] { rates(k, j) } else { None }),
            others: RateBounds::over_descendants(process, |k, j| if of[j] { None } else { rates(k, j) }),
            founding: RateBounds::over_descendants(process, |k, j| (!of[j]).then(|| (founded(k, j), 0.0))),
            uncounted_after: (0..of.len()).map(after).collect(),
        }
    }

    /// Whether each type is counted.
    #[must_use]
    pub fn of(&self) -> &[bool] {
        &self.of
    }

    /// The number of counted cells, saturating.
    #[must_use]
    pub fn count(&self, state: &[u64]) -> u64 {
        state.iter().zip(&self.of).filter(|&(_, &of)| of).fold(0u64, |sum, (&n, _)| sum.saturating_add(n))
    }
}
