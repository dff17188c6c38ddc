//! One replicate from start to outcome.

use super::engine::Engine;
use super::plan::Plan;
use crate::engine::clones::Record;
use crate::engine::passage::named::Goal;
use crate::engine::passage::total::Passage;
use crate::engine::steppers::Steppers;
use crate::engine::target::{Until, total};
use crate::engine::{Advance, Budget, Span, Walk};
use crate::random::{Stream, second_stream, stream};
use std::sync::atomic::AtomicBool;

/// How a replicate ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Outcome {
    /// No cell was left.
    Extinct = 0,
    /// Cells were there at the last observation time.
    Alive = 1,
    /// The stop was met.
    Stopped = 2,
    /// The largest number of cells was met.
    SizeLimit = 3,
    /// The largest number of engine steps was used up.
    EventLimit = 4,
    /// One clone more than may be recorded would have been founded.
    CloneLimit = 5,
    /// As many attempts as are allowed died out before the stop.
    AttemptLimit = 6,
}

/// The end of one replicate.
#[derive(Debug, PartialEq)]
pub(super) struct Ending {
    pub(super) outcome: Outcome,
    pub(super) time: f64,
    pub(super) rejected: u64,
    pub(super) steps: u64,
    pub(super) followed: u64,
    /// Engines that ran, one bit each: 1 `direct`, 2 `bnb`, 4 `leap`.
    pub(super) engines: u8,
    pub(super) record: Option<Box<Record>>,
}

/// Working memory of one thread.
#[derive(Debug)]
pub struct Runner<'a, S> {
    plan: &'a Plan,
    cancel: &'a AtomicBool,
    passage: Passage<S>,
    state: Vec<u64>,
    /// The engine of the replicate at hand.
    engine: Engine,
    max_steps: u64,
}

impl<'a, S: Steppers> Runner<'a, S> {
    /// Working memory for a plan, with engines that record what is asked for.
    #[must_use]
    pub fn new(plan: &'a Plan, cancel: &'a AtomicBool, steppers: S) -> Self {
        let state = vec![0; plan.model.process().types()];
        Self { plan, cancel, passage: Passage::new(steppers), state, engine: plan.engine, max_steps: plan.max_steps }
    }

    /// The same for replicates of at most so many steps.
    pub(super) fn limited(mut self, max_steps: u64) -> Self {
        self.max_steps = self.max_steps.min(max_steps);
        self
    }

    /// Runs replicate `index` of the plan; writes its counts (times, columns) and final state (types).
    /// None if somebody asked to stop.
    pub(super) fn run(&mut self, index: usize, counts: &mut [u64], last: &mut [u64]) -> Option<Ending> {
        let number = self.plan.replicates.first + index as u64;
        let mut rng = stream(&self.plan.replicates.key, number);
        let horizon = plan_end(self.plan);
        let initial = self.plan.initial_of(index);
        self.engine = self.plan.engine.of_replicate(&self.plan.model, self.plan.stop.as_ref(), initial, horizon);
        if matches!(self.engine, Engine::Auto(Some(_))) {
            let many = Engine::follows_many(&self.plan.model, self.plan.stop.as_ref(), initial, horizon);
            self.passage.steppers.hurry(many);
        }
        let _earlier = self.passage.steppers.ways();
        self.passage.steppers.enter(|| second_stream(&self.plan.replicates.key, number));
        let budget = Budget { taken: 0, followed: 0, limit: self.max_steps, cancel: self.cancel };
        let mut walk = Walk { model: &self.plan.model, rng: &mut rng, budget };
        let retry = self.plan.stop.as_ref().is_some_and(|s| s.retry);
        let mut rejected = 0;
        loop {
            let (outcome, time) = self.attempt(index, counts, &mut walk)?;
            if outcome == Outcome::Extinct && retry {
                // An attempt is a step, so that a stop that is never met ends at the limit.
                match walk.budget.step(time) {
                    None => {
                        rejected += 1;
                        if rejected >= self.plan.max_attempts {
                            return Some(self.ending(Outcome::AttemptLimit, time, rejected, &walk.budget, last));
                        }
                        counts.fill(0);
                        continue;
                    }
                    Some(Advance::Cancelled) => return None,
                    Some(_) => {
                        return Some(self.ending(Outcome::EventLimit, time, rejected, &walk.budget, last));
                    }
                }
            }
            return Some(self.ending(outcome, time, rejected, &walk.budget, last));
        }
    }

    /// The times of the last replicate at which sizes were first reached.
    pub(super) fn crossings(&mut self, times: &mut [f64]) {
        if let Some(marks) = self.passage.steppers.marks() {
            times.copy_from_slice(marks.times());
        }
    }

    fn ending(&mut self, outcome: Outcome, time: f64, rejected: u64, budget: &Budget<'_>, last: &mut [u64]) -> Ending {
        last.copy_from_slice(&self.state);
        let ways = self.passage.steppers.ways();
        let engines = if self.engine == Engine::Direct {
            1
        } else {
            u8::from(ways.counted) + 2 * u8::from(ways.skipped) + 4 * u8::from(ways.leapt)
        };
        Ending {
            outcome,
            time,
            rejected,
            steps: budget.taken,
            followed: budget.followed,
            engines,
            record: self.passage.steppers.take(),
        }
    }

    fn attempt(&mut self, index: usize, counts: &mut [u64], walk: &mut Walk<'_, Stream>) -> Option<(Outcome, f64)> {
        let plan = self.plan;
        let columns = plan.columns();
        self.state.copy_from_slice(plan.initial_of(index));
        self.passage.steppers.begin(&self.state);
        let mut t = 0.0;
        let mut ended = self.at_start();
        let mut observed = 0;
        for pause in &plan.pauses {
            if ended.is_some() {
                break;
            }
            if pause.time > t {
                ended = match self.advance(walk, Span { from: t, to: pause.time }, pause.safe_total) {
                    Advance::Done => None,
                    Advance::Extinct(time) => Some((Outcome::Extinct, time)),
                    Advance::Reached(time) => Some((self.reached(), time)),
                    Advance::OutOfSteps(time) => Some((Outcome::EventLimit, time)),
                    Advance::NoRoom(time) => Some((Outcome::CloneLimit, time)),
                    Advance::Cancelled => return None,
                };
                if let Some((_, time)) = ended {
                    // Where that is the very instant of an observation, the last state is written below.
                    debug_assert!(time <= pause.time);
                    break;
                }
                t = pause.time;
            }
            if let Some(pulse) = pause.pulse {
                let survival = &plan.model.process().pulses()[pulse].survival;
                self.passage.steppers.thin(&mut self.state, survival, t, walk.rng);
                if total(&self.state) == 0 {
                    ended = Some((Outcome::Extinct, t));
                    break;
                }
            }
            if let Some(row) = pause.observation {
                plan.note(&self.state, &mut counts[row * columns..(row + 1) * columns]);
                self.passage.steppers.observe(row);
                observed = row + 1;
            }
        }
        if let Some((_, end)) = ended {
            // Observations at the very instant of the end (at the start, or a stop that is met there) see the last state.
            for row in plan.pauses.iter().take_while(|p| p.time <= end).filter_map(|p| p.observation) {
                if row >= observed {
                    self.passage.steppers.observe(row);
                }
            }
        }
        // After the end the last state repeats.
        for row in counts[observed * columns..].chunks_exact_mut(columns) {
            plan.note(&self.state, row);
        }
        Some(ended.unwrap_or((Outcome::Alive, t)))
    }

    fn at_start(&self) -> Option<(Outcome, f64)> {
        if self.plan.target.is_reached(&self.state) {
            Some((self.reached(), 0.0))
        } else if total(&self.state) == 0 {
            Some((Outcome::Extinct, 0.0))
        } else {
            None
        }
    }

    /// Which of the two sizes was met; the stop has precedence.
    fn reached(&self) -> Outcome {
        if self.plan.target.counted(&self.state) >= self.plan.target.size {
            Outcome::Stopped
        } else {
            Outcome::SizeLimit
        }
    }

    fn advance(&mut self, walk: &mut Walk<'_, Stream>, span: Span, safe_total: u64) -> Advance {
        let (state, target) = (&mut self.state, &self.plan.target);
        match self.engine {
            Engine::Direct => self.passage.steppers.events(walk, state, span, Until::target(target)),
            Engine::Bnb | Engine::Leap(_) | Engine::Auto(_) => {
                let goals = self.plan.named.as_ref().map(|rates| Goal { rates, size: target.size });
                self.passage.advance(walk, state, span, target, goals.as_slice(), safe_total)
            }
        }
    }
}

/// The last instant of a plan (days).
fn plan_end(plan: &Plan) -> f64 {
    plan.pauses.last().map_or(0.0, |p| p.time)
}
