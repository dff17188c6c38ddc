//! A pool that is used up, followed over time.

use super::agent::Agent;
use super::modulation::UsedUp;
use super::pool::{MOST, after, is_even};

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
    pub(super) fn new(pool: &UsedUp, agents: &[Agent], until: f64) -> Self {
        let mut trace = Self { times: vec![0.0], left: vec![1.0], fastest: pool.turnover };
        let mut kinks: Vec<f64> = pool.by.iter().flat_map(|&(agent, _)| agents[agent].course.kinks()).collect();
        kinks.retain(|&kink| kink > 0.0 && kink < until);
        kinks.sort_by(f64::total_cmp);
        let fastest = pool.by.iter().map(|&(agent, _)| agents[agent].fastest()).fold(pool.turnover, f64::max);
        for end in kinks.into_iter().chain([until]) {
            let mut width = if fastest > 0.0 { 0.5 / fastest } else { end };
            loop {
                let now = trace.times[trace.times.len() - 1];
                if now >= end {
                    break;
                }
                let spent = |width: f64| pool.turnover * width + pool.used(agents, now, now + width);
                let long = |width: f64| {
                    let all = spent(width);
                    all > MOST && !is_even(all, spent(0.5 * width))
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
        trace
    }

    /// What is left at a time in hours.
    pub(super) fn at(&self, pool: &UsedUp, agents: &[Agent], time: f64) -> f64 {
        let step = self.times.partition_point(|&edge| edge <= time).saturating_sub(1);
        let from = self.times[step];
        after(self.left[step], pool.turnover, time - from, |s| pool.used(agents, from, from + s))
    }
}

impl UsedUp {
    /// The exponent by which it is used up between two times in hours.
    fn used(&self, agents: &[Agent], from: f64, to: f64) -> f64 {
        let each = self.by.iter().map(|&(agent, rate)| rate * (agents[agent].area(to) - agents[agent].area(from)));
        each.sum::<f64>().max(0.0)
    }
}
