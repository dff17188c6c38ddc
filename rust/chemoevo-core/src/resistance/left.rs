//! What is left of every mechanism over time: inhibitors at their own concentration, proteins that are used up, pumps that saturate.

use super::modulation::{Agent, Modulation};
use super::moves::Factor;
use super::pump::{self, Substrate};
use super::trace::Trace;

/// A pump that saturates, in one type, for one drug.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Saturable {
    /// Position of the pump among mechanisms.
    pub(super) pump: usize,
    /// Half its capacity (uM).
    pub(super) km: f64,
    /// Its capacity over the permeability, in units of Km.
    pub(super) capacity: f64,
    /// In the reference line: the pool without it, and its capacity.
    pub(super) line: (f64, f64),
    /// What divides drug in the reference line at its EC50.
    pub(super) pool_ref: f64,
    /// The pool without it.
    pub(super) pool: Factor,
    /// What gets in, over what gets into the reference line.
    pub(super) uptake: Factor,
}

/// A drug at a pump that saturates, in some types.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct AtPump {
    /// The drug, by its position.
    pub(super) drug: usize,
    pub(super) at: Saturable,
}

/// A pump that saturates, with all drugs that it carries, in some types.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct PumpState {
    pub(super) pump: usize,
    pub(super) drugs: Vec<AtPump>,
}

impl Saturable {
    /// What divides a drug in the reference line, over its value at EC50, where this much is inside (in units of Km): the line
    /// has some of the pump as well, and its curve is the measured one at every concentration.
    fn in_line(&self, inside: f64) -> f64 {
        let (others, capacity) = self.line;
        self.pool_ref / (others + capacity / (1.0 + inside))
    }
}

/// What is left of every mechanism, and behind those of every pump that saturates, at any time.
pub(super) struct Left<'a> {
    modulation: &'a Modulation,
    mechanisms: usize,
    traces: Vec<Trace>,
    pumps: Vec<PumpState>,
}

impl<'a> Left<'a> {
    /// Until a time in hours.
    pub(super) fn new(modulation: &'a Modulation, mechanisms: usize, pumps: Vec<PumpState>, until: f64) -> Self {
        let traces = modulation.used_up.iter().map(|one| Trace::new(one, &modulation.agents, until)).collect();
        Self { modulation, mechanisms, traces, pumps }
    }

    /// Whether all is left at all times.
    pub(super) fn is_whole(&self) -> bool {
        self.modulation.agents.is_empty() && self.pumps.is_empty()
    }

    /// At a time in hours; `free` are the unbound concentrations of the drugs (uM).
    pub(super) fn at(&self, time: f64, free: &[f64], left: &mut Vec<f64>) {
        left.clear();
        left.resize(self.mechanisms, 1.0);
        if self.is_whole() {
            return;
        }
        let agents: Vec<f64> = self.modulation.agents.iter().map(|agent| agent.free(time)).collect();
        // Whoever competes is at the pump of a drug that saturates it; all else takes from what works.
        for (one, trace) in self.modulation.used_up.iter().zip(&self.traces) {
            left[one.mechanism] *= trace.at(one, &self.modulation.agents, time);
        }
        let inhibitors = &self.modulation.inhibitors;
        for one in inhibitors.iter().filter(|one| !one.competes) {
            left[one.mechanism] *= pump::left(agents[one.agent], one.ic50, one.hill, one.most);
        }
        let works: Vec<f64> = self.pumps.iter().map(|state| left[state.pump]).collect();
        for one in inhibitors.iter().filter(|one| one.competes) {
            left[one.mechanism] *= pump::left(agents[one.agent], one.ic50, one.hill, one.most);
        }
        for (state, &working) in self.pumps.iter().zip(&works) {
            let at_pump = inhibitors.iter().filter(|one| one.competes && one.mechanism == state.pump);
            let compete: f64 = at_pump.map(|one| agents[one.agent] / one.ic50).sum();
            let substrate = |one: &AtPump| Substrate {
                outside: free[one.drug] * one.at.uptake.sum(left) / one.at.km,
                capacity: one.at.capacity * working,
                sinks: one.at.pool.sum(left) - 1.0,
            };
            let substrates: Vec<Substrate> = state.drugs.iter().map(substrate).collect();
            let load = pump::load(&substrates, compete);
            left.push(working / load);
            let lines = state.drugs.iter().zip(&substrates);
            left.extend(lines.map(|(one, substrate)| one.at.in_line(substrate.inside(load))));
        }
    }

    /// Times in hours at which an agent begins or ends an input.
    pub(super) fn kinks(&self) -> impl Iterator<Item = f64> + '_ {
        self.modulation.agents.iter().flat_map(|agent| agent.course.kinks())
    }

    /// Whether no agent is there before a time (hours).
    pub(super) fn quiet_until(&self, time: f64) -> bool {
        self.modulation.agents.iter().all(|agent| agent.course.begins() >= time)
    }

    /// The fastest rate of all agents, in 1/h.
    pub(super) fn fastest(&self) -> f64 {
        let inhibiting = self.modulation.agents.iter().map(Agent::fastest);
        inhibiting.fold(0.0, f64::max)
    }
}
