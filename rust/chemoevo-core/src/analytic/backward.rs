//! The backward equations of a process, stretch by stretch, last first.
//!
//! Of every type the smaller of `G` (presence) and `F = 1 - G` (absence) is the unknown `v`; either obeys
//!
//! ```text
//! v_i' = G_i (c_i - b_i v_i) + F_i sum_j b_i u_ij (v_j - v_i) + sum_j s_ij (v_j - v_i)
//! ```
//!
//! in the time left to the horizon, with `c_i = b_i - d_i` where `v = G` and `c_i = d_i` where `v = F`, and `v_j`
//! of the other types in the same sense as `v_i`. So survival of 1e-15 and extinction of 1e-15 are each followed
//! to their own relative error. Where no type founds cells of another the closed form is used. A stretch shorter than
//! the fastest time scale is crossed by one Taylor series, a longer one by the method of Dormand and Prince.

use super::dop853::{Stepper, System};
use super::network::stretches;
use super::taylor::{REACH, Taylor};
use super::{AnalyticError, TwoSided, kendall};
use crate::process::Process;

/// Solver of the backward equations of one process.
pub struct Backward<'a> {
    process: &'a Process,
    stepper: Stepper<'a>,
    taylor: Taylor,
    /// Longest stretch for a series, in units of the fastest rate.
    reach: f64,
}

impl<'a> Backward<'a> {
    /// A solver; `poll` is asked now and then whether to give up.
    #[must_use]
    pub fn new(process: &'a Process, poll: &'a dyn Fn() -> bool) -> Self {
        let k = process.types();
        Self { process, stepper: Stepper::new(k, poll), taylor: Taylor::new(k), reach: REACH }
    }

    /// From the pair of every type at the horizon to the pair at time 0, before a pulse there, for every horizon (days).
    ///
    /// Pulses at the horizon act before it. Horizons in one stretch of constant rates share the way back to its start.
    ///
    /// # Errors
    /// [`AnalyticError`] where the process has competition, the lengths differ, a horizon is negative or not finite, or too many steps are needed.
    pub fn solve(&mut self, terminal: &TwoSided, horizons: &[f64]) -> Result<Vec<TwoSided>, AnalyticError> {
        if self.process.competition().is_some() {
            return Err(AnalyticError::Competition);
        }
        if terminal.len() != self.process.types() {
            return Err(AnalyticError::Length {
                field: "terminal",
                got: terminal.len(),
                expected: self.process.types(),
            });
        }
        if let Some(&value) = horizons.iter().find(|t| !(t.is_finite() && **t >= 0.0)) {
            return Err(AnalyticError::Range { field: "horizon", value });
        }
        let mut order: Vec<usize> = (0..horizons.len()).collect();
        order.sort_by(|&a, &b| horizons[a].total_cmp(&horizons[b]));
        let mut out = vec![terminal.clone(); horizons.len()];
        // The last stretch of the previous horizon: its start, and the solution there.
        let mut shared: Option<(f64, f64, TwoSided)> = None;
        for index in order {
            let mut way = stretches(self.process, horizons[index]);
            let last = way.pop().expect("a horizon has at least one stretch");
            let mut state = terminal.clone();
            match (&last.pulse, &shared) {
                (Some(pulse), _) => {
                    state.thin(&self.process.pulses()[*pulse].survival);
                    self.stretch(&mut state, last.interval, last.to - last.from)?;
                }
                (None, Some((from, to, known))) if *from == last.from => {
                    state.clone_from(known);
                    self.stretch(&mut state, last.interval, last.to - to)?;
                    shared = Some((last.from, last.to, state.clone()));
                }
                _ => {
                    self.stretch(&mut state, last.interval, last.to - last.from)?;
                    shared = Some((last.from, last.to, state.clone()));
                }
            }
            for part in way.iter().rev() {
                if let Some(pulse) = part.pulse {
                    state.thin(&self.process.pulses()[pulse].survival);
                }
                self.stretch(&mut state, part.interval, part.to - part.from)?;
            }
            if let Some(&value) = state.value.iter().find(|v| !(0.0..=1.0).contains(*v)) {
                return Err(self.lost(value));
            }
            out[index] = state;
        }
        Ok(out)
    }

    fn lost(&self, value: f64) -> AnalyticError {
        let p = self.process;
        let rates = (0..p.intervals()).flat_map(|m| p.births(m).iter().chain(p.deaths(m)));
        let (slowest, fastest) =
            rates.filter(|r| **r > 0.0).fold((f64::INFINITY, 0.0f64), |(a, b), &r| (a.min(r), b.max(r)));
        AnalyticError::Lost { value, slowest, fastest }
    }

    /// Back over a length of constant rates.
    fn stretch(&mut self, state: &mut TwoSided, interval: usize, length: f64) -> Result<(), AnalyticError> {
        if length <= 0.0 {
            return Ok(());
        }
        self.taylor.load(self.process, interval);
        if !self.taylor.is_coupled() {
            let (births, deaths) = (self.process.births(interval), self.process.deaths(interval));
            for (i, (&birth, &death)) in births.iter().zip(deaths).enumerate() {
                kendall::step(state, i, birth, death, length);
            }
            return Ok(());
        }
        TwoSided::settle(&mut state.value, &mut state.is_absence);
        if length * self.taylor.fastest() <= self.reach {
            self.stepper.count(self.taylor.cost())?;
            if self.taylor.expand(&state.value, &state.is_absence, length).is_some() {
                state.value.copy_from_slice(self.taylor.end());
                return Ok(());
            }
        }
        self.taylor.sense(&state.is_absence);
        let mut system = Complement { taylor: &mut self.taylor, is_absence: &mut state.is_absence };
        self.stepper.advance(&mut system, &mut state.value, length)
    }

    /// Steps taken since the start.
    #[cfg(test)]
    pub(super) fn steps(&self) -> u64 {
        self.stepper.steps()
    }
}

/// The right-hand side, with the sense of every unknown.
struct Complement<'a> {
    taylor: &'a mut Taylor,
    is_absence: &'a mut [bool],
}

impl System for Complement<'_> {
    fn slope(&mut self, y: &[f64], dy: &mut [f64]) {
        self.taylor.slopes(y, dy);
    }

    fn room(&self, y: f64) -> f64 {
        1.0 - y
    }

    fn fastest(&self) -> f64 {
        self.taylor.fastest()
    }

    fn cost(&self) -> u64 {
        self.taylor.cost_of_slopes()
    }

    fn accepted(&mut self, y: &mut [f64]) -> Result<(), AnalyticError> {
        TwoSided::settle(y, self.is_absence);
        self.taylor.sense(self.is_absence);
        Ok(())
    }

    fn settles(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests;
