//! What changes mechanisms over time: inhibitors at their own concentration, what uses up proteins, and inducers.

use super::agent::Agent;
use super::chain::{ChainError, range};
use super::delivery::Delivery;
use super::inducer::Inducer;
use super::window::{Opening, Window, Windows};

/// An agent that keeps a mechanism from working: `(1 - most) + most/(1 + (C/IC50)^h)` of it is left.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Inhibitor {
    /// The mechanism, by its position.
    pub mechanism: usize,
    /// The agent, by its position.
    pub agent: usize,
    /// Unbound concentration of half the inhibition (uM).
    pub ic50: f64,
    /// Hill exponent.
    pub hill: f64,
    /// Largest inhibited share, in [0, 1].
    pub most: f64,
    /// Whether it takes the place of drugs at a pump that saturates. At other mechanisms that makes no difference.
    pub competes: bool,
}

/// A protein that is used up, and made anew.
#[derive(Clone, Debug, PartialEq)]
pub struct UsedUp {
    /// The mechanism, by its position.
    pub mechanism: usize,
    /// Rate at which it is made anew, 1/h.
    pub turnover: f64,
    /// Agents that use it up, each with its rate per uM and hour.
    pub by: Vec<(usize, f64)>,
}

/// A mechanism that hypoxia induces: by `1 + (factor - 1) g(p)/g(at)` at an oxygen p, with `g = 1/(1 + (p/half)^hill)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hypoxic {
    /// The mechanism, by its position.
    pub mechanism: usize,
    /// The factor at the oxygen `at`, >= 1.
    pub factor: f64,
    /// (mmHg) The oxygen of the factor.
    pub at: f64,
    /// (mmHg) Oxygen of half the induction.
    pub half: f64,
    /// Its exponent.
    pub hill: f64,
}

impl Hypoxic {
    fn raised(&self, oxygen: f64) -> f64 {
        let share = |p: f64| 1.0 / (1.0 + (p / self.half).powf(self.hill));
        1.0 + (self.factor - 1.0) * share(oxygen) / share(self.at)
    }
}

/// Oxygen of a niche that moves.
#[derive(Clone, Debug, PartialEq)]
pub struct Oxygen {
    /// (mmHg) Without agents.
    pub at_rest: f64,
    /// What windows do to it.
    pub openings: Vec<Opening>,
    /// (mmHg) Oxygen at which cells divide half as often as without limit (Monod); None where they do not follow oxygen.
    pub birth_half: Option<f64>,
    /// Mechanisms that follow it.
    pub induces: Vec<Hypoxic>,
}

impl Oxygen {
    /// Births over those at rest, when oxygen is multiplied by `opened`.
    pub(super) fn births(&self, opened: f64) -> f64 {
        let (rest, now) = (self.at_rest, self.at_rest * opened);
        self.birth_half.map_or(1.0, |half| now / (half + now) * ((half + rest) / rest))
    }

    /// A mechanism over its expression at rest.
    pub(super) fn raised(&self, one: &Hypoxic, opened: f64) -> f64 {
        one.raised(self.at_rest * opened) / one.raised(self.at_rest)
    }
}

/// All that changes mechanisms over time.
#[derive(Clone, Debug, Default)]
pub struct Modulation {
    /// What has concentrations.
    pub agents: Vec<Agent>,
    /// What is kept from working; of several inhibitors the product is left.
    pub inhibitors: Vec<Inhibitor>,
    /// What is used up; one entry per mechanism at most.
    pub used_up: Vec<UsedUp>,
    /// What is raised.
    pub inducers: Vec<Inducer>,
    /// Agents that open and close something.
    pub windows: Vec<Window>,
    /// How drugs come there, by their positions; empty where nothing moves that.
    pub delivery: Vec<Delivery>,
    /// The same of agents: as many as come first, and no agent of a window.
    pub delivery_of_agents: Vec<Delivery>,
    /// Oxygen, where it moves.
    pub oxygen: Option<Oxygen>,
}

/// Nothing changes any mechanism.
pub(super) static UNMODULATED: Modulation = Modulation {
    agents: Vec::new(),
    inhibitors: Vec::new(),
    used_up: Vec::new(),
    inducers: Vec::new(),
    windows: Vec::new(),
    delivery: Vec::new(),
    delivery_of_agents: Vec::new(),
    oxygen: None,
};

impl Modulation {
    /// Whether it changes a mechanism.
    pub(super) fn moves(&self, mechanism: usize) -> bool {
        self.inhibitors.iter().any(|one| one.mechanism == mechanism)
            || self.used_up.iter().any(|one| one.mechanism == mechanism)
            || self.inducers.iter().any(|one| one.mechanism == mechanism)
            || self.oxygen.iter().flat_map(|oxygen| &oxygen.induces).any(|one| one.mechanism == mechanism)
    }

    /// Oxygen over that at rest, at a time in hours.
    pub(super) fn oxygen_factor(&self, windows: &Windows<'_>, time: f64) -> f64 {
        self.oxygen.as_ref().map_or(1.0, |oxygen| windows.factor(&oxygen.openings, time))
    }

    /// Checks the numbers, for so many mechanisms.
    ///
    /// # Errors
    /// [`ChainError::Range`] for the first that is wrong.
    pub(super) fn check(&self, mechanisms: usize) -> Result<(), ChainError> {
        let there = |agent: usize, mechanism: usize| agent < self.agents.len() && mechanism < mechanisms;
        for agent in &self.agents {
            let known = agent.course.model().compartments();
            range("compartment of an agent", "one of its course", agent.compartment as f64, agent.compartment < known)?;
            range("unbound of an agent", ">= 0 and finite", agent.unbound, agent.unbound >= 0.0)?;
        }
        self.inducers.iter().try_for_each(|one| one.check(self.agents.len(), mechanisms))?;
        for one in &self.inhibitors {
            range("inhibitor", "of an agent and a mechanism", one.agent as f64, there(one.agent, one.mechanism))?;
            range("ic50", "> 0 and finite", one.ic50, one.ic50 > 0.0)?;
            range("hill of an inhibitor", "> 0 and finite", one.hill, one.hill > 0.0)?;
            range("most", "in [0, 1]", one.most, (0.0..=1.0).contains(&one.most))?;
        }
        for (k, one) in self.used_up.iter().enumerate() {
            let twice = self.used_up[..k].iter().any(|other| other.mechanism == one.mechanism);
            range("mechanism that is used up", "given once", one.mechanism as f64, !twice)?;
            range("turnover", ">= 0 and finite", one.turnover, one.turnover >= 0.0)?;
            for &(agent, rate) in &one.by {
                range("what uses up", "an agent and a mechanism", agent as f64, there(agent, one.mechanism))?;
                range("rate of using up", ">= 0 and finite", rate, rate >= 0.0)?;
            }
        }
        self.check_windows(mechanisms)
    }

    fn check_windows(&self, mechanisms: usize) -> Result<(), ChainError> {
        let windows = self.windows.len();
        let moved = self.delivery_of_agents.len();
        range("agents that are delivered", "those that are there", moved as f64, moved <= self.agents.len())?;
        for window in &self.windows {
            window.check(self.agents.len())?;
            range("agent of a window", "one that acts at the vessels", window.agent as f64, window.agent >= moved)?;
        }
        self.delivery.iter().chain(&self.delivery_of_agents).try_for_each(|one| one.check(windows))?;
        let made = self.delivery_of_agents.iter().find_map(|one| one.hypoxia_half);
        range("hypoxia_half of an agent", "none", made.unwrap_or(0.0), made.is_none())?;
        if let Some(oxygen) = &self.oxygen {
            range("oxygen", "> 0 and finite", oxygen.at_rest, oxygen.at_rest > 0.0)?;
            oxygen.openings.iter().try_for_each(|one| one.check(windows))?;
            for one in &oxygen.induces {
                range("induced mechanism", "one that is there", one.mechanism as f64, one.mechanism < mechanisms)?;
                range("factor of induction", ">= 1 and finite", one.factor, one.factor >= 1.0)?;
            }
        }
        Ok(())
    }
}
