//! Event-skipping (`bnb`): jumps from one mutation or switch to the next, exact whatever the population size.
//!
//! Cells are independent, so clones need no common clock: between two times each clone is followed alone, from its
//! founding to the end, and the founders it makes are put on a stack. With `P = P(s, t)` from `n` cells at `s`, the
//! probability of no special event is `(1 - beta/delta)^n`; the first event is where `beta/delta` exceeds
//! `w = -expm1(ln U / n)`. Mather, Hasty & Tsimring (2012), Bioinformatics 28:1230, doi:10.1093/bioinformatics/bts130,
//! extended to rates that change in time.

pub mod clones;
pub mod events;
pub mod level;
pub mod stretches;

use crate::engine::choice::Special;
use crate::engine::model::Model;
use crate::engine::{Advance, Budget};
use crate::propagator::{EventTime, count_at_event, count_without_event};
use events::{event_at, extinction_time};
use level::Level;
use rand::Rng;
use stretches::Stretches;

/// Working memory of the engine, reused from stretch to stretch.
///
/// Times within a stretch count from its start: events that are 10^-16 days apart are so even on day 1000.
#[derive(Debug, Default)]
pub struct Bnb {
    stack: Vec<(usize, f64, u64)>,
    next: Vec<u64>,
    alive: bool,
    /// When the last of the clones that are known to be gone was gone.
    last_death: f64,
    /// Clones that were empty at the end, while no other was found alive: (type, start, cells).
    gone: Vec<(usize, f64, u64)>,
    /// Stretches that other replicates cross as well.
    shared: Stretches,
}

/// Clones whose times of extinction are put off until it is known that they are needed.
const PUT_OFF: usize = 64;
/// Founders on the stack at a time for which there is room from the start.
const LINE: usize = 64;

impl Bnb {
    /// With laws over whole stretches computed once for all replicates.
    #[must_use]
    pub fn sharing(shared: Stretches) -> Self {
        Self { shared, ..Self::default() }
    }

    /// Advances the numbers of cells of every type from `from` to `to` (days). No pulse lies between.
    ///
    /// The state is left as it was if the budget runs out; `OutOfSteps` then carries `from`.
    pub fn advance<R: Rng + ?Sized>(
        &mut self,
        model: &Model,
        state: &mut [u64],
        from: f64,
        to: f64,
        rng: &mut R,
        budget: &mut Budget<'_>,
    ) -> Advance {
        self.begin(state.len());
        let stretch = self.shared.find(from, to);
        for (i, &n) in state.iter().enumerate().filter(|&(_, &n)| n > 0) {
            let mut first = None;
            if let Some(stretch) = stretch {
                let level = Level::draw(rng, n, model.law(i));
                let whole = self.shared.law(stretch, i, model.law(i));
                if !whole.exceeds(level) {
                    let count = whole.count(rng, n);
                    self.arrive(model, i, 0.0, n, count, from, to, rng);
                    continue;
                }
                first = Some(level.probability());
            }
            if let Some(end) = self.follow_to(first, model, i, 0.0, n, from, to, rng, budget) {
                return end;
            }
        }
        self.finish(model, state, from, to, rng)
    }

    /// A stretch begins: no cell has been followed to its end yet.
    pub(in crate::engine) fn begin(&mut self, types: usize) {
        self.next.clear();
        self.next.resize(types, 0);
        self.alive = false;
        self.last_death = 0.0;
        self.gone.clear();
        // No allocation later than the first stretch, but for rare lines of descent.
        self.stack.clear();
        self.stack.reserve(LINE);
        self.gone.reserve(PUT_OFF);
    }

    /// Follows `n` cells of type `i`, and all that descend from them, from `start` days after `from`, where the stretch began,
    /// to its end at `to`. Why the stretch must be given up, if so.
    #[inline]
    pub(in crate::engine) fn follow<R: Rng + ?Sized>(
        &mut self,
        model: &Model,
        i: usize,
        start: f64,
        n: u64,
        from: f64,
        to: f64,
        rng: &mut R,
        budget: &mut Budget<'_>,
    ) -> Option<Advance> {
        self.follow_to(None, model, i, start, n, from, to, rng, budget)
    }

    /// The same, with the level of the first event of the `n` cells if it has been drawn.
    #[inline]
    fn follow_to<R: Rng + ?Sized>(
        &mut self,
        mut first: Option<f64>,
        model: &Model,
        i: usize,
        start: f64,
        n: u64,
        from: f64,
        to: f64,
        rng: &mut R,
        budget: &mut Budget<'_>,
    ) -> Option<Advance> {
        let length = to - from;
        self.stack.clear();
        let (mut i, mut start, mut n) = (i, start, n);
        loop {
            let law = model.law(i);
            let w = first.take().unwrap_or_else(|| Level::draw(rng, n, law).probability());
            let likely = w < 1.0 && n as f64 * law.special_hazard(from + start, length - start) > 1.0;
            match law.first_event(from, start, length, w, likely) {
                EventTime::Never(p) => {
                    let count = count_without_event(rng, n, &p);
                    self.arrive(model, i, start, n, count, from, to, rng);
                }
                EventTime::At(t, p) => {
                    if let Some(end) = budget.step(from) {
                        return Some(end);
                    }
                    let count = count_at_event(rng, n, &p);
                    let (left, founder) = match event_at(rng, model.process(), i, from + t) {
                        Some(Special::Mutation(j)) => (count, Some(j)),
                        Some(Special::Switch(j)) => (count - 1, Some(j)),
                        None => (count, None),
                    };
                    // The founder is followed first, which keeps the stack as short as a line of descent.
                    if let Some(j) = founder {
                        if left > 0 {
                            self.stack.push((i, t, left));
                        }
                        (i, start, n) = (j, t, 1);
                        continue;
                    }
                    if left > 0 {
                        (start, n) = (t, left);
                        continue;
                    }
                }
            }
            match self.stack.pop() {
                Some(group) => (i, start, n) = group,
                None => return None,
            }
        }
    }

    /// The `n` cells of a clone that were there at `start` without a special event are `count` at the end of the stretch.
    #[inline]
    fn arrive<R: Rng + ?Sized>(
        &mut self,
        model: &Model,
        i: usize,
        start: f64,
        n: u64,
        count: u64,
        from: f64,
        to: f64,
        rng: &mut R,
    ) {
        self.note(i, count);
        if !self.alive {
            self.gone.push((i, start, n));
            if self.gone.len() == PUT_OFF {
                self.last_death = self.latest(model, from, to, rng);
            }
        }
    }

    /// Cells of type `i` that are there at the end of the stretch.
    #[inline]
    pub(in crate::engine) fn note(&mut self, i: usize, count: u64) {
        self.next[i] = self.next[i].saturating_add(count);
        self.alive |= count > 0;
    }

    /// Whether a cell has been found alive at the end of the stretch.
    pub(in crate::engine) fn is_alive(&self) -> bool {
        self.alive
    }

    /// Cells that were followed elsewhere were gone `t` days after the start of the stretch.
    pub(in crate::engine) fn note_death(&mut self, t: f64) {
        self.last_death = self.last_death.max(t);
    }

    /// The end of the stretch: the state becomes what was found there.
    pub(in crate::engine) fn finish<R: Rng + ?Sized>(
        &mut self,
        model: &Model,
        state: &mut [u64],
        from: f64,
        to: f64,
        rng: &mut R,
    ) -> Advance {
        state.copy_from_slice(&self.next);
        if self.alive { Advance::Done } else { Advance::Extinct((from + self.latest(model, from, to, rng)).min(to)) }
    }

    /// The latest time of extinction of the clones that were put off, and of those before, from the start of the stretch.
    fn latest<R: Rng + ?Sized>(&mut self, model: &Model, from: f64, to: f64, rng: &mut R) -> f64 {
        let times = self.gone.drain(..).map(|(i, start, n)| {
            let law = model.law(i);
            extinction_time(rng, |s, t| law.between(from, s, t).ln_empty(), start, to - from, n)
        });
        times.fold(self.last_death, f64::max)
    }
}
