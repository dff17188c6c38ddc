//! What is left of every mechanism over time: inhibitors at their own concentration, proteins that are used up, pumps that saturate.
//! Of what is induced more than all is left.

use super::agent::Agent;
use super::agents::Agents;
use super::checks::CompileError;
use super::delivery::Delivered;
use super::modulation::Modulation;
use super::moves::Factor;
use super::patience::Patience;
use super::pump::{self, Substrate};
use super::trace::Trace;
use super::window::{Followed, Windows};

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

/// Oxygen of a niche over that without agents, at times in hours.
///
/// # Errors
/// [`CompileError::Interrupted`] if `poll` says so.
pub fn oxygen_at(modulation: &Modulation, times: &[f64], poll: &dyn Fn() -> bool) -> Result<Vec<f64>, CompileError> {
    let until = times.iter().copied().fold(0.0, f64::max);
    let windows = Windows::new(&modulation.windows, &modulation.agents, until, &Patience::new(poll))?;
    Ok(times.iter().map(|&time| modulation.oxygen_factor(&windows, time)).collect())
}

/// What is left of every mechanism, and behind those of every pump that saturates, at any time.
pub(super) struct Left<'a> {
    modulation: &'a Modulation,
    mechanisms: usize,
    agents: Agents<'a>,
    traces: Vec<Trace>,
    /// Of every inducer its agent, with the lag.
    induced: Vec<Followed>,
    pumps: Vec<PumpState>,
    /// Drugs that windows move, by their positions.
    delivered: Vec<Delivered<'a>>,
}

impl<'a> Left<'a> {
    /// Until a time in hours. `drugs` are what comes of the drugs without windows.
    ///
    /// # Errors
    /// [`CompileError::Interrupted`] if the caller says so.
    pub(super) fn new(
        modulation: &'a Modulation,
        mechanisms: usize,
        pumps: Vec<PumpState>,
        drugs: impl Iterator<Item = Agent>,
        until: f64,
        patience: &Patience<'_>,
    ) -> Result<Self, CompileError> {
        let Modulation { agents, windows, delivery, delivery_of_agents, .. } = modulation;
        let agents = Agents::new(agents, windows, delivery_of_agents, until, patience)?;
        let traces = modulation.used_up.iter().map(|one| Trace::new(one, &agents, until, patience));
        let traces = traces.collect::<Result<_, CompileError>>()?;
        let induced = modulation.inducers.iter().map(|one| one.followed(&agents, until, patience));
        let induced = induced.collect::<Result<_, CompileError>>()?;
        let each = delivery.iter().zip(drugs);
        let delivered = each.map(|(how, drug)| Delivered::new(drug, how, agents.windows(), until, patience));
        let delivered = delivered.collect::<Result<_, CompileError>>()?;
        Ok(Self { modulation, mechanisms, agents, traces, induced, pumps, delivered })
    }

    /// Whether all is left at all times.
    pub(super) fn is_whole(&self) -> bool {
        self.modulation.agents.is_empty() && self.pumps.is_empty()
    }

    /// Whether oxygen moves, and births with it.
    pub(super) fn moves_births(&self) -> bool {
        self.modulation.oxygen.as_ref().is_some_and(|oxygen| oxygen.birth_half.is_some())
    }

    /// Births over those at rest; of what `at` wrote.
    pub(super) fn births(&self, left: &[f64]) -> f64 {
        if self.moves_births() { left[self.mechanisms - 1] } else { 1.0 }
    }

    /// Whether agents or a lag change what comes of a drug.
    pub(super) fn delivers(&self, drug: usize) -> bool {
        drug < self.delivered.len()
    }

    /// Unbound concentration of a drug that is delivered, at a time in hours.
    pub(super) fn delivered(&self, drug: usize, time: f64) -> f64 {
        self.delivered[drug].free(self.agents.windows(), time) / self.less_made(drug, time)
    }

    /// By how much less of a drug is made by oxygen that moves than at rest.
    fn less_made(&self, drug: usize, time: f64) -> f64 {
        match (self.modulation.delivery[drug].hypoxia_half, &self.modulation.oxygen) {
            (Some(half), Some(oxygen)) => (half + oxygen.at_rest * self.oxygen(time)) / (half + oxygen.at_rest),
            _ => 1.0,
        }
    }

    /// Oxygen over that at rest, at a time in hours.
    fn oxygen(&self, time: f64) -> f64 {
        self.modulation.oxygen_factor(self.agents.windows(), time)
    }

    /// At a time in hours; `free` are the unbound concentrations of the drugs (uM).
    pub(super) fn at(&self, time: f64, free: &[f64], left: &mut Vec<f64>) {
        left.clear();
        left.resize(self.mechanisms, 1.0);
        if self.is_whole() {
            return;
        }
        let agents: Vec<f64> = (0..self.modulation.agents.len()).map(|agent| self.agents.free(agent, time)).collect();
        // Whoever competes is at the pump of a drug that saturates it; all else takes from what works.
        for (one, trace) in self.modulation.used_up.iter().zip(&self.traces) {
            left[one.mechanism] *= trace.at(one, &self.agents, time);
        }
        for (one, followed) in self.modulation.inducers.iter().zip(&self.induced) {
            left[one.mechanism] *= one.factor(followed.at(time));
        }
        let inhibitors = &self.modulation.inhibitors;
        for one in inhibitors.iter().filter(|one| !one.competes) {
            left[one.mechanism] *= pump::left(agents[one.agent], one.ic50, one.hill, one.most);
        }
        if let Some(oxygen) = &self.modulation.oxygen {
            let opened = self.oxygen(time);
            for one in &oxygen.induces {
                left[one.mechanism] *= oxygen.raised(one, opened);
            }
            left[self.mechanisms - 1] = oxygen.births(opened);
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

    /// The fastest rate of all agents, and of what follows them, in 1/h.
    pub(super) fn fastest(&self) -> f64 {
        let induced = self.modulation.inducers.iter().map(|one| one.rate);
        let used_up = self.traces.iter().map(|trace| trace.fastest);
        let agents = self.modulation.agents.iter().map(Agent::fastest).chain(induced).chain(used_up);
        let chains = self.modulation.windows.iter().flat_map(|window| [window.opens.rate, window.closes.rate]);
        let delivered = self.modulation.delivery.iter().chain(&self.modulation.delivery_of_agents);
        agents.chain(chains).chain(delivered.filter_map(|one| one.lag)).fold(0.0, f64::max)
    }
}
