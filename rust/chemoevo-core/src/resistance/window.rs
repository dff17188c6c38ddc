//! What agents do to a niche over time: vessels that open and are pruned, matrix that is dissolved.
//!
//! The effect `H` of an agent, in [0, 1], moves two chains of stages: `U` is the last stage of the one that opens, `W` of the one
//! that closes (each stage follows the one before it, `x_j' = k (x_(j-1) - x_j)`). What they move is multiplied by
//!
//! ```text
//! f = (1 + gain U) (1 - loss W)
//! ```
//!
//! so that a window opens and closes under an agent that stays, and passes through a trough when it is gone. Without an agent
//! `f` is 1. In the same way a drug follows plasma with a lag where `f` moves: one stage, driven by `f C`. Several windows move one
//! thing by the product of their factors.

use super::agent::Agent;
use super::chain::{ChainError, range};
use super::checks::CompileError;
use super::nodes::{NODES, WEIGHTS};
use super::patience::Patience;
use super::pump;

/// Most stages of a chain.
pub const MOST_STAGES: usize = 20;
/// Largest difference of a step and its two halves, of the largest value so far.
const ACCURACY: f64 = 1e-8;
/// Work of a step, in effects of a type over a cell.
pub(super) const STEP: usize = 100;

/// Stages, each of which follows the one before it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Chain {
    /// How many, from 1 on.
    pub stages: usize,
    /// At which rate, 1/h.
    pub rate: f64,
}

/// An agent that opens and closes something.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    /// The agent, by its position.
    pub agent: usize,
    /// Unbound concentration of half its effect (uM).
    pub ec50: f64,
    /// Hill exponent.
    pub hill: f64,
    /// How it opens.
    pub opens: Chain,
    /// How it closes.
    pub closes: Chain,
}

/// What a window does to one thing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Opening {
    /// The window, by its position.
    pub window: usize,
    /// What it adds when it is open, >= -1.
    pub gain: f64,
    /// The share it takes when it closes, in [0, 1].
    pub loss: f64,
}

impl Window {
    pub(super) fn check(&self, agents: usize) -> Result<(), ChainError> {
        range("agent of a window", "one that is there", self.agent as f64, self.agent < agents)?;
        range("ec50 of a window", "> 0 and finite", self.ec50, self.ec50 > 0.0)?;
        range("hill of a window", "> 0 and finite", self.hill, self.hill > 0.0)?;
        for chain in [self.opens, self.closes] {
            let stages = chain.stages;
            range("stages of a window", "from 1 to 20", stages as f64, (1..=MOST_STAGES).contains(&stages))?;
            range("rate of a window", "> 0 and finite", chain.rate, chain.rate > 0.0)?;
        }
        Ok(())
    }

    /// The effect of its agent.
    fn effect(&self, agents: &[Agent], time: f64) -> f64 {
        1.0 - pump::left(agents[self.agent].free(time), self.ec50, self.hill, 1.0)
    }
}

impl Opening {
    pub(super) fn check(&self, windows: usize) -> Result<(), ChainError> {
        range("window of an opening", "one that is there", self.window as f64, self.window < windows)?;
        range("gain", ">= -1 and finite", self.gain, self.gain >= -1.0)?;
        range("loss", "in [0, 1]", self.loss, (0.0..=1.0).contains(&self.loss))
    }
}

/// Chebyshev nodes of the second kind on a step, ends included: between them the last stage is a polynomial.
const DENSE: usize = 9;

/// A chain followed over time.
#[derive(Debug)]
pub(super) struct Followed {
    /// Hours, increasing, from 0.
    times: Vec<f64>,
    /// The last stage at the nodes of every step, the first node being its start.
    last: Vec<[f64; DENSE]>,
}

impl Followed {
    /// Until a time in hours, from nothing at 0, driven by a function that has kinks at some times and changes at a rate of at most
    /// `fastest` behind them.
    ///
    /// # Errors
    /// [`CompileError::Interrupted`] if the caller says so.
    pub(super) fn new(
        chain: Chain,
        kinks: &[f64],
        fastest: f64,
        until: f64,
        drive: &dyn Fn(f64) -> f64,
        patience: &Patience<'_>,
    ) -> Result<Self, CompileError> {
        let mut found = Self { times: vec![0.0], last: Vec::new() };
        let mut ends: Vec<f64> = kinks.iter().copied().filter(|&kink| kink > 0.0 && kink < until).collect();
        ends.sort_by(f64::total_cmp);
        ends.push(until);
        let (mut stages, mut largest) = (vec![0.0; chain.stages], 0.0_f64);
        for end in ends {
            let mut width = 0.5 / fastest.max(chain.rate);
            loop {
                let now = found.times[found.times.len() - 1];
                if now >= end {
                    break;
                }
                patience.spend(STEP)?;
                let mut next = (now + width).min(end);
                let mut reached = chain.after(&stages, now, next, drive);
                loop {
                    let middle = 0.5 * (now + next);
                    let half = chain.after(&stages, now, middle, drive);
                    let whole = chain.after(&half, middle, next, drive);
                    let error = reached.iter().zip(&whole).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
                    largest = whole.iter().copied().fold(largest, f64::max);
                    if error <= ACCURACY * largest || middle <= now || middle >= next {
                        reached = whole;
                        break;
                    }
                    (next, reached) = (middle, half);
                }
                // What is held runs out at the rate of the chain, whatever drives it: a polynomial follows that for a while.
                width = (2.0 * (next - now)).min(1.0 / chain.rate);
                found.last.push(std::array::from_fn(|k| match k {
                    0 => stages[chain.stages - 1],
                    _ if k + 1 == DENSE => reached[chain.stages - 1],
                    _ => chain.last_after(&stages, now, now + 0.5 * (1.0 - node(k)) * (next - now), drive),
                }));
                found.times.push(next);
                stages = reached;
            }
        }
        Ok(found)
    }

    /// The last stage at a time in hours, by the barycentric formula (Berrut & Trefethen 2004, doi:10.1137/S0036144502417715, (4.2)
    /// with the weights (5.4)).
    pub(super) fn at(&self, time: f64) -> f64 {
        let step = self.times.partition_point(|&edge| edge <= time).clamp(1, self.last.len().max(1)) - 1;
        let Some(values) = self.last.get(step) else { return 0.0 };
        let (from, to) = (self.times[step], self.times[step + 1]);
        let x = 1.0 - 2.0 * ((time - from) / (to - from)).clamp(0.0, 1.0);
        let (mut above, mut below) = (0.0, 0.0);
        for (k, value) in values.iter().enumerate() {
            let gap = x - node(k);
            if gap == 0.0 {
                return *value;
            }
            let end = if k == 0 || k + 1 == DENSE { 0.5 } else { 1.0 };
            let weight = if k % 2 == 0 { end } else { -end } / gap;
            above += weight * value;
            below += weight;
        }
        (above / below).max(0.0)
    }
}

/// The k-th Chebyshev node, from 1 down to -1.
fn node(k: usize) -> f64 {
    const NODES: [f64; DENSE] = [
        1.0,
        0.923_879_532_511_286_7,
        std::f64::consts::FRAC_1_SQRT_2,
        0.382_683_432_365_089_8,
        0.0,
        -0.382_683_432_365_089_8,
        -std::f64::consts::FRAC_1_SQRT_2,
        -0.923_879_532_511_286_7,
        -1.0,
    ];
    NODES[k]
}

impl Chain {
    /// All stages after a step.
    fn after(&self, stages: &[f64], from: f64, to: f64, drive: &dyn Fn(f64) -> f64) -> Vec<f64> {
        let nodes: Vec<(f64, f64)> = driven_nodes(from, to, drive).collect();
        (1..=self.stages).map(|stage| self.settled(stage, stages, to - from, &nodes)).collect()
    }

    /// The last one.
    fn last_after(&self, stages: &[f64], from: f64, to: f64, drive: &dyn Fn(f64) -> f64) -> f64 {
        let nodes: Vec<(f64, f64)> = driven_nodes(from, to, drive).collect();
        self.settled(self.stages, stages, to - from, &nodes)
    }

    /// One stage after `h`: what was in it and before it, and what the drive has brought, by nodes (time left, weighted drive).
    fn settled(&self, stage: usize, stages: &[f64], h: f64, nodes: &[(f64, f64)]) -> f64 {
        let rate = self.rate;
        // From a stage into one that is `steps` further on, in a time.
        let passes = |steps: usize, time: f64| {
            let x = rate * time;
            (1..=steps).fold((-x).exp(), |term, k| term * x / k as f64)
        };
        let held: f64 = (1..=stage).map(|k| stages[k - 1] * passes(stage - k, h)).sum();
        held + nodes.iter().map(|&(left, drive)| rate * drive * passes(stage - 1, left)).sum::<f64>()
    }
}

/// The drive at the nodes of a step, with the time from there to its end.
fn driven_nodes(from: f64, to: f64, drive: &dyn Fn(f64) -> f64) -> impl Iterator<Item = (f64, f64)> {
    let half = 0.5 * (to - from);
    NODES.iter().zip(WEIGHTS).map(move |(node, weight)| {
        let left = half * (1.0 - node);
        (left, weight * half * drive(to - left))
    })
}

/// The windows of a niche, followed over time.
#[derive(Debug)]
pub(super) struct Windows<'a> {
    windows: &'a [Window],
    agents: &'a [Agent],
    /// `U` and `W` of each.
    states: Vec<[Followed; 2]>,
}

impl<'a> Windows<'a> {
    /// Until a time in hours.
    ///
    /// # Errors
    /// [`CompileError::Interrupted`] if the caller says so.
    pub(super) fn new(
        windows: &'a [Window],
        agents: &'a [Agent],
        until: f64,
        patience: &Patience<'_>,
    ) -> Result<Self, CompileError> {
        let states = windows.iter().map(|window| {
            let agent = &agents[window.agent];
            let kinks: Vec<f64> = agent.course.kinks().collect();
            let drive = |time: f64| window.effect(agents, time);
            let followed = |chain| Followed::new(chain, &kinks, agent.fastest(), until, &drive, patience);
            Ok([followed(window.opens)?, followed(window.closes)?])
        });
        let states = states.collect::<Result<_, CompileError>>()?;
        Ok(Self { windows, agents, states })
    }

    /// What windows make of one thing at a time in hours: the product of what each does to it.
    pub(super) fn factor(&self, openings: &[Opening], time: f64) -> f64 {
        let each = openings.iter().map(|one| {
            let [opens, closes] = &self.states[one.window];
            (1.0 + one.gain * opens.at(time)) * (1.0 - one.loss * closes.at(time))
        });
        each.product()
    }

    /// The agent that moves something.
    pub(super) fn agent(&self, opening: &Opening) -> &'a Agent {
        &self.agents[self.windows[opening.window].agent]
    }

    /// The fastest rate of the stages that move something, 1/h.
    pub(super) fn fastest(&self, opening: &Opening) -> f64 {
        let window = &self.windows[opening.window];
        window.opens.rate.max(window.closes.rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn follow(chain: Chain, kinks: &[f64], fastest: f64, until: f64, drive: &dyn Fn(f64) -> f64) -> Followed {
        Followed::new(chain, kinks, fastest, until, drive, &Patience::new(&|| false)).unwrap()
    }

    /// `P(n, x)`, the share of an Erlang law of n stages that has passed, without a difference.
    fn passed(n: usize, x: f64) -> f64 {
        let (mut term, mut sum) = ((1..=n).fold((-x).exp(), |term, k| term * x / k as f64), 0.0);
        for k in n + 1..2000 {
            sum += term;
            term *= x / k as f64;
        }
        sum
    }

    /// What a window does, at a time in days, whose states were followed.
    fn factor(states: [Followed; 2]) -> impl Fn(f64) -> f64 {
        let windows = Windows { windows: &[], agents: &[], states: vec![states] };
        move |day| windows.factor(&[Opening { window: 0, gain: 1.0, loss: 0.6 }], 24.0 * day)
    }

    fn close(got: f64, want: f64, within: f64) {
        assert!((got - want).abs() <= within * want.abs(), "{got} {want}");
    }

    #[test]
    fn a_drive_that_stays_fills_stages_as_an_erlang_law() {
        for (stages, rate) in [(1, 0.3), (2, 0.02), (6, 0.04)] {
            let followed = follow(Chain { stages, rate }, &[], 1.0, 1000.0, &|_| 1.0);
            for time in [0.5, 7.0, 100.0, 999.0] {
                close(followed.at(time), passed(stages, rate * time), 1e-8);
            }
        }
    }

    #[test]
    fn a_window_opens_and_closes() {
        // Two stages at 0.5 per day, six at 0.8868448773 per day; computed apart.
        let at = factor(
            [(2, 0.5 / 24.0), (6, 0.886_844_877_3 / 24.0)]
                .map(|(stages, rate)| follow(Chain { stages, rate }, &[], 1.0, 800.0, &|_| 1.0)),
        );
        let wanted = [
            (1.0, 1.089_996_03),
            (2.0, 1.256_876_328),
            (5.0, 1.418_929_885),
            (8.0, 1.094_025_849),
            (14.0, 0.815_782_784_5),
            (28.0, 0.799_996_931_7),
            (4.098_071, 1.452_202_328),
        ];
        for (day, want) in wanted {
            close(at(day), want, 1e-8);
        }
    }

    #[test]
    fn an_agent_that_leaves_closes_it_through_a_trough() {
        let gone = 72.0;
        let drive = |time: f64| if time < gone { 1.0 } else { 0.0 };
        let at = factor(
            [(2, 0.5 / 24.0), (6, 0.9 / 24.0)]
                .map(|(stages, rate)| follow(Chain { stages, rate }, &[gone], 1.0, 800.0, &drive)),
        );
        let wanted = [
            (3.0, 1.393_084_419),
            (5.0, 1.199_304_422),
            (8.0, 0.889_352_353_4),
            (14.0, 0.984_371_992_6),
            (28.0, 1.000_032_367),
        ];
        for (day, want) in wanted {
            close(at(day), want, 1e-8);
        }
    }

    #[test]
    fn a_lag_behind_a_decay_is_in_closed_form() {
        // y' = k (e^-at - y).
        let (rate, fall) = (0.115, 0.9);
        let drive = |time: f64| (-fall * time).exp();
        let followed = follow(Chain { stages: 1, rate }, &[], fall, 500.0, &drive);
        for time in [0.1_f64, 3.0, 40.0, 400.0] {
            let want = rate / (fall - rate) * ((-rate * time).exp() - (-fall * time).exp());
            assert!((followed.at(time) - want).abs() <= 1e-8, "{time}");
        }
    }

    #[test]
    fn who_asks_to_stop_is_heard() {
        let chain = Chain { stages: 2, rate: 4.0 };
        let asked = std::cell::Cell::new(0);
        let stop = || {
            asked.set(asked.get() + 1);
            asked.get() == 3
        };
        let found = Followed::new(chain, &[], 1.0, 1e9, &|_| 1.0, &Patience::new(&stop));
        assert!(matches!(found, Err(CompileError::Interrupted)) && asked.get() == 3);
    }
}
