//! How drugs and agents come to a niche where windows open and close: what comes to the vessels times what windows let through,
//! which the niche follows at once or with a lag.

use super::agent::Agent;
use super::chain::{ChainError, range};
use super::checks::CompileError;
use super::patience::Patience;
use super::window::{Chain, Followed, Opening, Windows};

/// How a drug or an agent comes to a niche where that moves.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Delivery {
    /// What windows do to it.
    pub openings: Vec<Opening>,
    /// (1/h) Rate at which the niche follows what is delivered; None at once.
    pub lag: Option<f64>,
    /// (mmHg) Of a drug that is made in hypoxia: oxygen at which half is made of what is made without any.
    pub hypoxia_half: Option<f64>,
}

impl Delivery {
    pub(super) fn check(&self, windows: usize) -> Result<(), ChainError> {
        self.openings.iter().try_for_each(|one| one.check(windows))?;
        for (field, value) in [("lag of a niche", self.lag), ("hypoxia_half", self.hypoxia_half)] {
            range(field, "> 0 and finite", value.unwrap_or(1.0), value.is_none_or(|x| x > 0.0))?;
        }
        Ok(())
    }
}

/// What is in a niche of something that is delivered there.
#[derive(Debug)]
pub(super) struct Delivered<'a> {
    /// What there would be at once and without windows.
    comes: Agent,
    delivery: &'a Delivery,
    /// With the lag.
    followed: Option<Followed>,
    /// Hours at which what comes, or an agent of a window, begins or ends to come, in no order.
    pub(super) kinks: Vec<f64>,
    /// The fastest rate at which it changes, 1/h.
    pub(super) fastest: f64,
}

impl<'a> Delivered<'a> {
    /// Until a time in hours.
    ///
    /// # Errors
    /// [`CompileError::Interrupted`] if the caller says so.
    pub(super) fn new(
        comes: Agent,
        delivery: &'a Delivery,
        windows: &Windows<'_>,
        until: f64,
        patience: &Patience<'_>,
    ) -> Result<Self, CompileError> {
        let movers = || delivery.openings.iter().map(|one| windows.agent(one));
        let kinks: Vec<f64> = comes.course.kinks().chain(movers().flat_map(|agent| agent.course.kinks())).collect();
        let driven = movers().map(Agent::fastest).fold(comes.fastest(), f64::max);
        let drive = |time: f64| comes.free(time) * windows.factor(&delivery.openings, time);
        let lag = delivery.lag.map(|rate| Chain { stages: 1, rate });
        let followed = lag.map(|lag| Followed::new(lag, &kinks, driven, until, &drive, patience)).transpose()?;
        let rates = delivery.openings.iter().map(|one| windows.fastest(one)).chain(delivery.lag);
        let fastest = rates.fold(driven, f64::max);
        Ok(Self { comes, delivery, followed, kinks, fastest })
    }

    /// Unbound concentration (uM) at a time in hours.
    pub(super) fn free(&self, windows: &Windows<'_>, time: f64) -> f64 {
        match &self.followed {
            Some(followed) => followed.at(time),
            None => windows.factor(&self.delivery.openings, time) * self.comes.free(time),
        }
    }
}
