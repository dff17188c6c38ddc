//! What is left of every mechanism over time: inhibitors at their own concentration, proteins that are used up, pumps that saturate.
//! Of what is induced more than all is left.

use super::agent::Agent;
use super::checks::CompileError;
use super::modulation::{Delivery, Modulation};
use super::moves::Factor;
use super::patience::Patience;
use super::pump::{self, Substrate};
use super::trace::Trace;
use super::window::{Chain, Followed, Opening, Windows, opened};
use crate::pharmacology::Course;

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
    let left = Left::new(modulation, 0, Vec::new(), &[], until, &Patience::new(poll))?;
    Ok(times.iter().map(|&time| left.oxygen(time)).collect())
}

/// What comes of a drug without agents.
pub(super) struct Coming<'a> {
    pub(super) course: &'a Course,
    /// The fastest rate of its kinetics, in 1/h.
    pub(super) fastest: f64,
    /// Unbound concentration (uM) at a time in hours.
    pub(super) free: &'a dyn Fn(f64) -> f64,
}

/// What is left of every mechanism, and behind those of every pump that saturates, at any time.
pub(super) struct Left<'a> {
    modulation: &'a Modulation,
    mechanisms: usize,
    traces: Vec<Trace>,
    /// Of every inducer its agent, with the lag.
    induced: Vec<Followed>,
    pumps: Vec<PumpState>,
    windows: Windows,
    /// Drugs that follow what is delivered with a lag, by their positions.
    lags: Vec<Option<Followed>>,
}

impl<'a> Left<'a> {
    /// Until a time in hours. `courses` are those of the drugs.
    ///
    /// # Errors
    /// [`CompileError::Interrupted`] if the caller says so.
    pub(super) fn new(
        modulation: &'a Modulation,
        mechanisms: usize,
        pumps: Vec<PumpState>,
        courses: &[Coming<'_>],
        until: f64,
        patience: &Patience<'_>,
    ) -> Result<Self, CompileError> {
        let agents = &modulation.agents;
        let traces = modulation.used_up.iter().map(|one| Trace::new(one, agents, until)).collect();
        let induced = modulation.inducers.iter().map(|one| one.followed(agents, until, patience));
        let induced = induced.collect::<Result<_, CompileError>>()?;
        let windows = Windows::new(&modulation.windows, agents, until, patience)?;
        let lags = modulation.delivery.iter().zip(courses).map(|(delivery, coming)| {
            let Some(rate) = delivery.lag else { return Ok(None) };
            let moving = delivery.openings.iter().map(|one| &agents[modulation.windows[one.window].agent]);
            let kinks: Vec<f64> =
                coming.course.kinks().chain(moving.clone().flat_map(|agent| agent.course.kinks())).collect();
            let fastest = moving.map(Agent::fastest).fold(coming.fastest, f64::max);
            let drive = |time: f64| (coming.free)(time) * opened(&delivery.openings, &windows.at(time));
            Followed::new(Chain { stages: 1, rate }, &kinks, fastest, until, &drive, patience).map(Some)
        });
        let lags = lags.collect::<Result<_, CompileError>>()?;
        Ok(Self { modulation, mechanisms, traces, induced, pumps, windows, lags })
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
        drug < self.modulation.delivery.len()
    }

    /// Unbound concentration of a drug in the niche at a time in hours, where `free` is what comes there without agents.
    pub(super) fn delivered(&self, drug: usize, time: f64, free: &dyn Fn(f64) -> f64) -> f64 {
        let Some(delivery) = self.modulation.delivery.get(drug) else { return free(time) };
        let there = match &self.lags[drug] {
            Some(followed) => followed.at(time),
            None => self.opened(&delivery.openings, time) * free(time),
        };
        there / self.less_made(delivery, time)
    }

    /// By how much less of a drug is made by oxygen that moves than at rest.
    fn less_made(&self, delivery: &Delivery, time: f64) -> f64 {
        match (delivery.hypoxia_half, &self.modulation.oxygen) {
            (Some(half), Some(oxygen)) => {
                let now = oxygen.at_rest * self.opened(&oxygen.openings, time);
                (half + now) / (half + oxygen.at_rest)
            }
            _ => 1.0,
        }
    }

    fn opened(&self, openings: &[Opening], time: f64) -> f64 {
        if openings.is_empty() { 1.0 } else { opened(openings, &self.windows.at(time)) }
    }

    /// Oxygen over that at rest, at a time in hours.
    pub(super) fn oxygen(&self, time: f64) -> f64 {
        self.modulation.oxygen.as_ref().map_or(1.0, |oxygen| self.opened(&oxygen.openings, time))
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
        agents.chain(chains).chain(self.modulation.delivery.iter().filter_map(|one| one.lag)).fold(0.0, f64::max)
    }
}
