//! The agents of a niche over time: those that act at its vessels, and those that come to it as windows let them.

use super::agent::Agent;
use super::checks::CompileError;
use super::delivery::{Delivered, Delivery};
use super::nodes::Instants;
use super::patience::Patience;
use super::window::{Window, Windows};

/// The agents of a niche, as they are there. Agents of windows act at the vessels, where nothing moves them: what a window lets
/// through never moves a window.
#[derive(Debug)]
pub(super) struct Agents<'a> {
    each: &'a [Agent],
    windows: Windows<'a>,
    /// Of those that windows move, by their positions.
    delivered: Vec<Option<Delivered<'a>>>,
}

impl<'a> Agents<'a> {
    /// Until a time in hours; `delivery` by the positions of agents, where anything moves that.
    ///
    /// # Errors
    /// [`CompileError::Interrupted`] if the caller says so.
    pub(super) fn new(
        each: &'a [Agent],
        windows: &'a [Window],
        delivery: &'a [Delivery],
        until: f64,
        patience: &Patience<'_>,
    ) -> Result<Self, CompileError> {
        let windows = Windows::new(windows, each, until, patience)?;
        let delivered = each.iter().zip(delivery).map(|(agent, delivery)| {
            let moves = !delivery.openings.is_empty() || delivery.lag.is_some();
            moves.then(|| Delivered::new(agent.clone(), delivery, &windows, until, patience)).transpose()
        });
        let delivered = delivered.collect::<Result<_, CompileError>>()?;
        Ok(Self { each, windows, delivered })
    }

    pub(super) const fn windows(&self) -> &Windows<'a> {
        &self.windows
    }

    fn delivered(&self, agent: usize) -> Option<&Delivered<'a>> {
        self.delivered.get(agent).and_then(Option::as_ref)
    }

    /// Whether windows, or a lag behind them, move what there is of an agent.
    pub(super) fn moves(&self, agent: usize) -> bool {
        self.delivered(agent).is_some()
    }

    /// Of one agent in uM, unbound, at a time in hours.
    pub(super) fn free(&self, agent: usize, time: f64) -> f64 {
        match self.delivered(agent) {
            Some(delivered) => delivered.free(&self.windows, time),
            None => self.each[agent].free(time),
        }
    }

    /// uM hours between two times: in closed form where nothing moves the agent, else by nodes, which are right for a stretch that
    /// is short.
    pub(super) fn area(&self, agent: usize, from: f64, to: f64) -> f64 {
        if !self.moves(agent) {
            return self.each[agent].area(to) - self.each[agent].area(from);
        }
        let at = Instants::between(from, to);
        at.times().iter().zip(at.weights()).map(|(&time, weights)| weights[0] * self.free(agent, time)).sum()
    }

    /// The fastest rate at which an agent changes, in 1/h.
    pub(super) fn fastest(&self, agent: usize) -> f64 {
        self.delivered(agent).map_or_else(|| self.each[agent].fastest(), |delivered| delivered.fastest)
    }

    /// Times in hours at which an agent begins or ends to come or to be moved, in no order.
    pub(super) fn kinks(&self, agent: usize) -> Vec<f64> {
        self.delivered(agent).map_or_else(|| self.each[agent].course.kinks().collect(), |found| found.kinks.clone())
    }
}
