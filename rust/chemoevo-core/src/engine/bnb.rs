//! Event-skipping (`bnb`): jumps from one mutation or switch to the next, exact whatever the population size.
//!
//! Cells are independent, so clones need no common clock: between two times each clone is followed alone, from its
//! founding to the end, and the founders it makes are put on a stack. With `P = P(s, t)` from `n` cells at `s`, the
//! probability of no special event is `(1 - beta/delta)^n`; the first event is where `beta/delta` exceeds
//! `w = -expm1(ln U / n)`. Mather, Hasty & Tsimring (2012), Bioinformatics 28:1230, doi:10.1093/bioinformatics/bts130,
//! extended to rates that change in time.

use super::choice::{Special, special_event};
use super::model::Model;
use super::stretches::Stretches;
use super::{Advance, Budget};
use crate::process::Process;
use crate::propagator::{EventTime, TypeLaw, count_at_event, count_without_event};
use crate::random::{exponential, uniform_fine, uniform_open};
use rand::Rng;

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
    pub(super) fn begin(&mut self, types: usize) {
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
    pub(super) fn follow<R: Rng + ?Sized>(
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
    pub(super) fn note(&mut self, i: usize, count: u64) {
        self.next[i] = self.next[i].saturating_add(count);
        self.alive |= count > 0;
    }

    /// Whether a cell has been found alive at the end of the stretch.
    pub(super) fn is_alive(&self) -> bool {
        self.alive
    }

    /// Cells that were followed elsewhere were gone `t` days after the start of the stretch.
    pub(super) fn note_death(&mut self, t: f64) {
        self.last_death = self.last_death.max(t);
    }

    /// The end of the stretch: the state becomes what was found there.
    pub(super) fn finish<R: Rng + ?Sized>(
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

/// The level up to which cells have no special event, as the law of one cell's clone is asked for it.
#[derive(Clone, Copy, Debug)]
pub enum Level {
    /// Of the probability of an event of one cell.
    Probability(f64),
    /// Of minus the logarithm of its complement.
    Hazard(f64),
}

impl Level {
    /// Draws the level of `n` cells of a type.
    #[inline(always)]
    fn draw<R: Rng + ?Sized>(rng: &mut R, n: u64, law: &TypeLaw) -> Self {
        if law.is_terminal() {
            Self::Probability(f64::INFINITY)
        } else if n == 1 {
            // 1 - U is uniform, too.
            Self::Probability(uniform_fine(rng))
        } else {
            Self::Hazard(exponential(rng) / n as f64)
        }
    }

    /// As a probability.
    #[inline(always)]
    fn probability(self) -> f64 {
        match self {
            Self::Probability(w) => w,
            // Three terms of the series are all there is in double precision.
            Self::Hazard(x) if x < 1e-5 => x * (1.0 - 0.5 * x * (1.0 - x / 3.0)),
            Self::Hazard(x) => -(-x).exp_m1(),
        }
    }
}

/// The level that `P(special event | one cell)` must pass for the first event of `n` cells; infinite where there is none.
#[inline]
pub(super) fn event_threshold<R: Rng + ?Sized>(rng: &mut R, n: u64, law: &TypeLaw) -> f64 {
    Level::draw(rng, n, law).probability()
}

/// The special event of a cell of type `i` at `t`: on the very end of an interval it belongs to that interval.
#[inline]
pub(super) fn event_at<R: Rng + ?Sized>(rng: &mut R, process: &Process, i: usize, t: f64) -> Option<Special> {
    let interval = process.interval_at(t);
    special_event(rng, process, i, interval)
        .or_else(|| interval.checked_sub(1).and_then(|before| special_event(rng, process, i, before)))
}

/// When the last of `n` cells was gone, given that they were all gone by `to` without a special event.
///
/// From `P(T <= t | empty at the end) = (F(0; s, t) / F(0; s, end))^n` by bisection to the last bit.
///
/// `ln_empty` gives `ln F(0; s, t)`.
pub(super) fn extinction_time<R: Rng + ?Sized>(
    rng: &mut R,
    ln_empty: impl Fn(f64, f64) -> f64,
    from: f64,
    to: f64,
    n: u64,
) -> f64 {
    let target = ln_empty(from, to) + uniform_open(rng).ln() / n as f64;
    let (mut low, mut high) = (from, to);
    loop {
        let middle = low + 0.5 * (high - low);
        if middle <= low || middle >= high {
            return high;
        }
        if ln_empty(from, middle) < target {
            low = middle;
        } else {
            high = middle;
        }
    }
}
