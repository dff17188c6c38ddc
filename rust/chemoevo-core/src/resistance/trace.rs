//! A pool that is used up, followed over time.

use super::agents::Agents;
use super::checks::CompileError;
use super::modulation::UsedUp;
use super::patience::Patience;
use super::pool::{MOST, after, is_even};
use super::window::STEP;

/// Largest error of an area of use within a step where windows move who uses it up, as an exponent, and of a large one of its size.
const RESOLVED: f64 = 1e-10;

/// What is left of a pool at the edges of steps, from which any time is answered.
pub(super) struct Trace {
    /// Hours, increasing, from 0.
    times: Vec<f64>,
    left: Vec<f64>,
    /// The fastest at which it is made and used in any of the steps, in 1/h.
    pub(super) fastest: f64,
}

impl Trace {
    /// Until a time in hours, from an undisturbed pool at 0. Steps end at every kink of what uses it up, and are short behind it.
    /// What windows move has no area in closed form: there steps are as short as its nodes ask for.
    ///
    /// # Errors
    /// [`CompileError::Interrupted`] if the caller says so.
    pub(super) fn new(
        pool: &UsedUp,
        agents: &Agents<'_>,
        until: f64,
        patience: &Patience<'_>,
    ) -> Result<Self, CompileError> {
        let mut trace = Self { times: vec![0.0], left: vec![1.0], fastest: pool.turnover };
        let mut kinks: Vec<f64> = pool.by.iter().flat_map(|&(agent, _)| agents.kinks(agent)).collect();
        kinks.retain(|&kink| kink > 0.0 && kink < until);
        kinks.sort_by(f64::total_cmp);
        let fastest = pool.by.iter().map(|&(agent, _)| agents.fastest(agent)).fold(pool.turnover, f64::max);
        let moves = pool.by.iter().any(|&(agent, _)| agents.moves(agent));
        for end in kinks.into_iter().chain([until]) {
            let mut width = if fastest > 0.0 { 0.5 / fastest } else { end };
            loop {
                let now = trace.times[trace.times.len() - 1];
                if now >= end {
                    break;
                }
                patience.spend(STEP)?;
                let spent = |width: f64| pool.turnover * width + pool.used(agents, now, now + width);
                let long = |width: f64| {
                    let all = spent(width);
                    let uneven = all > MOST && !is_even(all, spent(0.5 * width));
                    uneven || (moves && !pool.is_resolved(agents, now, now + width))
                };
                while long(width.min(end - now)) && now + 0.5 * width > now {
                    width *= 0.5;
                }
                let next = if now + width < end { now + width } else { end };
                let left = trace.at(pool, agents, next);
                trace.fastest = trace.fastest.max(spent(next - now) / (next - now));
                trace.times.push(next);
                trace.left.push(left);
                width *= 2.0;
            }
        }
        Ok(trace)
    }

    /// What is left at a time in hours.
    pub(super) fn at(&self, pool: &UsedUp, agents: &Agents<'_>, time: f64) -> f64 {
        let step = self.times.partition_point(|&edge| edge <= time).saturating_sub(1);
        let from = self.times[step];
        after(self.left[step], pool.turnover, time - from, |s| pool.used(agents, from, from + s))
    }
}

impl UsedUp {
    /// The exponent by which it is used up between two times in hours.
    fn used(&self, agents: &Agents<'_>, from: f64, to: f64) -> f64 {
        self.by.iter().map(|&(agent, rate)| rate * agents.area(agent, from, to)).sum::<f64>().max(0.0)
    }

    /// Whether the nodes of a step are enough for what is used up in it.
    fn is_resolved(&self, agents: &Agents<'_>, from: f64, to: f64) -> bool {
        let middle = 0.5 * (from + to);
        let (whole, halves) =
            (self.used(agents, from, to), self.used(agents, from, middle) + self.used(agents, middle, to));
        (whole - halves).abs() <= RESOLVED * halves.max(1.0)
    }
}
