//! Derivatives of a probability with respect to everything that a process is made of, by one sweep back and one forth.
//!
//! The backward equations are solved from the horizon to time 0 in short Taylor steps whose starts are kept; then the
//! adjoint goes forward through the same steps (see `adjoint`) and collects the derivatives on its way, all for the
//! price of a few solutions, however many parameters there are. With `A = -dL/dG` just before an instant, `G_a` and
//! `G_b = p G_a` after and before a pulse there, `f` the right-hand side with the rates before and `f'` after it:
//!
//! ```text
//! survival p_i of a pulse   -A_i G_a,i          time of a pulse    -A (f(G_b) - p f(G_a))
//! a change of rates         -A (f(G) - f'(G))   the horizon        -A f(G)
//! ```
//!
//! A pulse and a change of rates at one instant, or either at the horizon, have no derivative in their times.
//!
//! R. T. Q. Chen et al., Neural ordinary differential equations, NeurIPS 2018 (arXiv:1806.07366), appendix B derives
//! adjoints with states kept or recomputed; here they are kept, for the equations of `G` are unstable forward in time.

use super::adjoint::{Adjoint, Integrals};
use super::network::stretches;
use super::taylor::{FARTHEST, ORDERS, Taylor};
use super::{AnalyticError, TwoSided};
use crate::process::{Process, SparseRates};

/// Longest step, in units of the fastest rate.
const REACH: f64 = 0.5;
/// Steps allowed altogether.
const STEPS: usize = 2_000_000;
/// Values kept on the way: two gigabytes.
const KEPT: usize = 1 << 28;
/// Work in multiplications between two questions whether to give up.
const POLL: u64 = 1 << 17;

/// `L = ln P(no cell of the marked types at the horizon)` and its derivatives.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sensitivity {
    /// `L`.
    pub log_absence: f64,
    /// By the number of initial cells of every type, `ln F_i`.
    pub initial: Vec<f64>,
    /// By total division rate, mutation probabilities fixed: (intervals, types).
    pub birth: Vec<f64>,
    /// By death rate: (intervals, types).
    pub death: Vec<f64>,
    /// By mutation probability, at the expense of divisions without a mutant: (intervals, entries of the table).
    pub mutation: Vec<f64>,
    /// By switching rate: (intervals, entries of the table).
    pub switching: Vec<f64>,
    /// By survival of a pulse: (pulses, types).
    pub pulse_survival: Vec<f64>,
    /// By the time of a pulse, where there is a derivative.
    pub pulse_time: Vec<Option<f64>>,
    /// By the time of a change of rates, where there is a derivative.
    pub breakpoint: Vec<Option<f64>>,
    /// By the horizon, where there is a derivative.
    pub horizon: Option<f64>,
}

/// What lies on the way, in the order in which the sweep back meets it.
#[derive(Clone, Copy)]
enum Mark {
    /// A step of a length, in an interval.
    Step(f64, usize),
    /// A pulse, by its index.
    Pulse(usize),
}

/// The derivatives for `initial` cells, real numbers so that an average over laws of them can be asked for; `poll` is asked now and then whether to give up.
///
/// # Errors
/// [`AnalyticError`] where the process has competition, an argument is wrong, absence is impossible, or too many steps are needed.
pub fn sensitivity(
    process: &Process,
    marked: &[bool],
    initial: &[f64],
    horizon: f64,
    poll: &dyn Fn() -> bool,
) -> Result<Sensitivity, AnalyticError> {
    let k = process.types();
    if process.competition().is_some() {
        return Err(AnalyticError::Competition);
    }
    for (field, got) in [("marked", marked.len()), ("initial", initial.len())] {
        if got != k {
            return Err(AnalyticError::Length { field, got, expected: k });
        }
    }
    if !(horizon.is_finite() && horizon >= 0.0) {
        return Err(AnalyticError::Range { field: "horizon", value: horizon });
    }
    let mut sweep = Sweep::new(process, TwoSided::indicator(marked), poll);
    sweep.back(horizon)?;
    sweep.forth(initial, horizon)
}

/// The way back, step by step, kept to go forth on it.
pub(super) struct Sweep<'a> {
    process: &'a Process,
    taylor: Taylor,
    adjoint: Adjoint,
    state: TwoSided,
    marks: Vec<Mark>,
    /// For every mark the state on its late side.
    values: Vec<f64>,
    senses: Vec<bool>,
    poll: &'a dyn Fn() -> bool,
    /// Work since that was last asked.
    work: u64,
}

impl<'a> Sweep<'a> {
    pub(super) fn new(process: &'a Process, state: TwoSided, poll: &'a dyn Fn() -> bool) -> Self {
        let k = process.types();
        // What lies m mutations away leaves 0 at the order m.
        let orders = ORDERS + k.min(FARTHEST);
        let (taylor, adjoint) = (Taylor::of_order(k, orders), Adjoint::new(k, orders));
        Self {
            process,
            taylor,
            adjoint,
            state,
            marks: Vec::new(),
            values: Vec::new(),
            senses: Vec::new(),
            poll,
            work: 0,
        }
    }

    /// Where the way back has come to.
    pub(super) fn state(&self) -> &TwoSided {
        &self.state
    }

    /// Steps and pulses until there.
    pub(super) fn marks(&self) -> usize {
        self.marks.len()
    }

    fn back(&mut self, horizon: f64) -> Result<(), AnalyticError> {
        for part in stretches(self.process, horizon).iter().rev() {
            if let Some(pulse) = part.pulse {
                self.mark(Mark::Pulse(pulse));
                self.state.thin(&self.process.pulses()[pulse].survival);
            }
            self.cross(part.interval, part.to - part.from)?;
        }
        Ok(())
    }

    /// Back over a stretch of constant rates.
    pub(super) fn cross(&mut self, interval: usize, length: f64) -> Result<(), AnalyticError> {
        let mut left = length;
        let most = STEPS.min(KEPT / self.process.types());
        self.taylor.load(self.process, interval);
        let few = (length * self.taylor.fastest() / REACH).ceil().max(1.0);
        let mut step = length / few;
        while left > 0.0 {
            let h = if step >= left * (1.0 - 1e-9) { left } else { step };
            TwoSided::settle(&mut self.state.value, &mut self.state.is_absence);
            if few + self.marks.len() as f64 > most as f64 || left - h == left {
                let rate = self.taylor.fastest();
                return Err(AnalyticError::Steps { limit: most as u64, rate, length, done: length - left });
            }
            self.spend()?;
            if self.taylor.expand(&self.state.value, &self.state.is_absence, h).is_none() {
                step = 0.5 * h;
                continue;
            }
            self.mark(Mark::Step(h, interval));
            self.state.value.copy_from_slice(self.taylor.end());
            left -= h;
        }
        Ok(())
    }

    fn mark(&mut self, mark: Mark) {
        self.marks.push(mark);
        self.values.extend_from_slice(&self.state.value);
        self.senses.extend_from_slice(&self.state.is_absence);
    }

    /// Asks whether to go on as often as the work needs it, whatever the size of a step.
    fn spend(&mut self) -> Result<(), AnalyticError> {
        self.work += self.taylor.cost().max(POLL >> 7);
        if self.work < POLL {
            return Ok(());
        }
        self.work = 0;
        if (self.poll)() { Err(AnalyticError::Interrupted) } else { Ok(()) }
    }

    fn late(&self, mark: usize) -> TwoSided {
        let span = mark * self.process.types()..(mark + 1) * self.process.types();
        TwoSided { value: self.values[span.clone()].to_vec(), is_absence: self.senses[span].to_vec() }
    }

    fn forth(&mut self, initial: &[f64], horizon: f64) -> Result<Sensitivity, AnalyticError> {
        let (process, k) = (self.process, self.process.types());
        let log_absence = self.state.log_absence(initial.iter().copied());
        if log_absence == f64::NEG_INFINITY {
            return Err(AnalyticError::Impossible);
        }
        let by_count = (0..k).map(|i| self.state.log_of(i)).collect();
        let mut out = Sensitivity { log_absence, initial: by_count, ..Sensitivity::zeros(process, horizon) };
        // No cells of a type: nothing, also where F = 0.
        let weight = |(i, &n): (usize, &f64)| if n > 0.0 { n / self.state.absence(i) } else { 0.0 };
        let mut adjoint: Vec<f64> = initial.iter().enumerate().map(weight).collect();
        let (mut before, mut here): (Option<(usize, usize)>, Vec<usize>) = (None, Vec::new());
        let mut at_pulse = adjoint.clone();
        for mark in (0..self.marks.len()).rev() {
            match self.marks[mark] {
                Mark::Pulse(pulse) => {
                    if here.is_empty() {
                        at_pulse.clone_from(&adjoint);
                    }
                    here.push(mark);
                    let after = self.late(mark);
                    for (i, &p) in process.pulses()[pulse].survival.iter().enumerate() {
                        out.pulse_survival[pulse * k + i] = -adjoint[i] * after.presence(i);
                        adjoint[i] *= p;
                    }
                }
                Mark::Step(_, interval) => {
                    if let Some(last) = before {
                        self.instant(last, interval, &here, (&adjoint, &at_pulse), &mut out);
                    }
                    here.clear();
                    self.step(mark, &mut adjoint, &mut out)?;
                    before = Some((mark, interval));
                }
            }
        }
        let parts = [&out.birth, &out.death, &out.mutation, &out.switching, &out.pulse_survival];
        if !parts.into_iter().flatten().all(|d| d.is_finite()) {
            return Err(AnalyticError::Overflow);
        }
        let changes = |interval: usize| process.end_of(interval) == horizon;
        if let Some((mark, interval)) = before.filter(|&(_, interval)| here.is_empty() && !changes(interval)) {
            let slopes = self.slopes(interval, &self.late(mark));
            out.horizon = Some(-dot(&adjoint, &slopes));
        }
        Ok(out)
    }

    /// A change of rates, a pulse, or neither, between the step `last` and one in `interval` after it.
    fn instant(
        &mut self,
        (last, earlier): (usize, usize),
        interval: usize,
        here: &[usize],
        (adjoint, at_pulse): (&[f64], &[f64]),
        out: &mut Sensitivity,
    ) {
        let before = self.late(last);
        match here {
            [] if earlier != interval => {
                let (f, g) = (self.slopes(earlier, &before), self.slopes(interval, &before));
                let jump: Vec<f64> = f.iter().zip(g).map(|(f, g)| f - g).collect();
                out.breakpoint[earlier] = Some(-dot(adjoint, &jump));
            }
            [] => (),
            &[mark] if earlier == interval => {
                let Mark::Pulse(pulse) = self.marks[mark] else { return };
                let (f, g) = (self.slopes(interval, &before), self.slopes(interval, &self.late(mark)));
                let survival = &self.process.pulses()[pulse].survival;
                let jump: Vec<f64> = f.iter().zip(g).zip(survival).map(|((f, g), p)| f - p * g).collect();
                out.pulse_time[pulse] = Some(-dot(at_pulse, &jump));
            }
            // A pulse and a change, or two pulses: their order matters.
            _ => (),
        }
    }

    /// Forth over a step; nothing at a pulse.
    pub(super) fn step(
        &mut self,
        mark: usize,
        adjoint: &mut [f64],
        out: &mut Sensitivity,
    ) -> Result<(), AnalyticError> {
        let Mark::Step(h, interval) = self.marks[mark] else { return Ok(()) };
        self.spend()?;
        let late = self.late(mark);
        self.taylor.load(self.process, interval);
        let order = self.taylor.expand(&late.value, &late.is_absence, h).expect("it was expanded before");
        let mut integrals = out.of(self.process, interval);
        let place = (self.process, interval);
        let done = self.adjoint.cross(place, (&self.taylor, order, h), &late.is_absence, adjoint, &mut integrals);
        if done && adjoint.iter().all(|a| a.is_finite()) { Ok(()) } else { Err(AnalyticError::Overflow) }
    }

    /// `f(G)` with the rates of an interval.
    fn slopes(&mut self, interval: usize, state: &TwoSided) -> Vec<f64> {
        self.taylor.load(self.process, interval);
        let mut slopes = vec![0.0; state.len()];
        self.taylor.sense(&state.is_absence);
        self.taylor.slopes(&state.value, &mut slopes);
        slopes.iter().zip(&state.is_absence).map(|(s, is_absence)| if *is_absence { -s } else { *s }).collect()
    }
}

impl Sensitivity {
    pub(super) fn zeros(process: &Process, horizon: f64) -> Self {
        let (m, k) = (process.intervals(), process.types());
        let per_interval = |table: &SparseRates| vec![0.0; m * table.len()];
        let later = |time: f64| (time > horizon).then_some(0.0);
        Self {
            birth: vec![0.0; m * k],
            death: vec![0.0; m * k],
            mutation: per_interval(process.mutation()),
            switching: per_interval(process.switching()),
            pulse_survival: vec![0.0; process.pulses().len() * k],
            pulse_time: process.pulses().iter().map(|p| later(p.time)).collect(),
            breakpoint: (0..m - 1).map(|i| later(process.end_of(i))).collect(),
            ..Self::default()
        }
    }

    fn of(&mut self, process: &Process, interval: usize) -> Integrals<'_> {
        let (k, u, s) = (process.types(), process.mutation().len(), process.switching().len());
        Integrals {
            birth: &mut self.birth[interval * k..][..k],
            death: &mut self.death[interval * k..][..k],
            mutation: &mut self.mutation[interval * u..][..u],
            switching: &mut self.switching[interval * s..][..s],
        }
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests;
