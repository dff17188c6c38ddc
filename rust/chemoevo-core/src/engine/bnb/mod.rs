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
mod reduced;
pub mod shared;
pub mod stretches;

use crate::engine::choice::Special;
use crate::engine::reduced::Following;
use crate::engine::target::total;
use crate::engine::{Advance, Span, Walk};
use crate::propagator::{EventTime, count_at_event, count_without_event};
use events::{event_at, extinction_time};
use level::Level;
use rand::Rng;
use shared::Shared;
use std::sync::Arc;
use stretches::Stretches;

/// Cells of one type that are there at some time within a span.
#[derive(Clone, Copy, Debug)]
pub(in crate::engine) struct Group {
    /// Their type.
    pub(in crate::engine) cell_type: usize,
    /// (days) When they are there, from the start of the span.
    pub(in crate::engine) start: f64,
    /// How many they are.
    pub(in crate::engine) cells: u64,
}

/// Working memory of the engine, reused from span to span.
///
/// Times within a span count from its start: events that are 10^-16 days apart are so even on day 1000.
#[derive(Debug, Default)]
pub struct Bnb {
    /// Cells that are still to be followed.
    stack: Vec<Group>,
    /// Cells of every type found at the end of the span so far.
    next: Vec<u64>,
    /// Whether there are any.
    alive: bool,
    /// When the last of the clones that are known to be gone was gone.
    last_death: f64,
    /// Clones that were empty at the end, while no other was found alive.
    gone: Vec<Group>,
    /// Spans that other replicates cross as well.
    shared: Stretches,
    /// The laws of mutants that count in these, and whether only such are followed.
    tables: Arc<Shared>,
    following: Following,
}

/// Clones whose times of extinction are put off until it is known that they are needed.
const PUT_OFF: usize = 64;
/// Groups on the stack for which there is room from the start.
const LINE: usize = 64;

impl Bnb {
    /// With laws over whole spans computed once for all replicates.
    #[must_use]
    pub fn sharing(shared: Stretches, tables: Arc<Shared>, following: Following) -> Self {
        Self { shared, tables, following, ..Self::default() }
    }

    /// Advances the numbers of cells of every type over a span without pulses.
    ///
    /// If the budget runs out, the state is that at the time which `OutOfSteps` carries.
    pub fn advance<R: Rng + ?Sized>(&mut self, walk: &mut Walk<'_, R>, state: &mut [u64], span: Span) -> Advance {
        let (model, stretch) = (walk.model, self.shared.find(span));
        let few = match (self.following, stretch) {
            (Following::All, _) => true,
            (Following::Auto, Some(stretch)) => {
                total(state) < self.shared.cells_worth(stretch, |span| Self::cells_worth(model, span))
            }
            (Following::Auto, None) => total(state) < Self::cells_worth(model, span),
            (Following::Kept, _) => false,
        };
        if few {
            return self.advance_in_full(walk, state, span, stretch);
        }
        self.advance_in_parts(walk, state, span)
    }

    /// The same over a span in which it may pay to leave mutants out.
    #[cold]
    fn advance_in_parts<R: Rng + ?Sized>(&mut self, walk: &mut Walk<'_, R>, state: &mut [u64], span: Span) -> Advance {
        let (model, tables, mut rest) = (walk.model, self.tables.clone(), span);
        while let Some((table, part)) = Self::part(self.following, &tables, model, state, rest) {
            match self.advance_by(table, walk, state, part) {
                Advance::Done if part.to < span.to => rest = rest.after(part.to),
                other => return other,
            }
        }
        let stretch = self.shared.find(rest);
        self.advance_in_full(walk, state, rest, stretch)
    }

    /// The same with all mutants followed. The state is left as it was if the budget runs out.
    fn advance_in_full<R: Rng + ?Sized>(
        &mut self,
        walk: &mut Walk<'_, R>,
        state: &mut [u64],
        span: Span,
        stretch: Option<usize>,
    ) -> Advance {
        self.begin(state.len());
        let model = walk.model;
        for (i, &n) in state.iter().enumerate().filter(|&(_, &n)| n > 0) {
            let group = Group { cell_type: i, start: 0.0, cells: n };
            let mut first = None;
            if let Some(stretch) = stretch {
                let level = Level::draw(walk.rng, n, model.law(i));
                let whole = self.shared.law(stretch, i, model.law(i));
                if !whole.exceeds(level) {
                    let count = whole.count(walk.rng, n);
                    self.arrive(walk, group, count, span);
                    continue;
                }
                first = Some(level.probability());
            }
            if let Some(end) = self.follow_to(first, walk, group, span) {
                return end;
            }
        }
        self.finish(walk, state, span)
    }

    /// A span begins: no cell has been followed to its end yet.
    pub(in crate::engine) fn begin(&mut self, types: usize) {
        self.next.clear();
        self.next.resize(types, 0);
        self.alive = false;
        self.last_death = 0.0;
        self.gone.clear();
        // No allocation later than the first span, but for rare lines of descent.
        self.stack.clear();
        self.stack.reserve(LINE);
        self.gone.reserve(PUT_OFF);
    }

    /// Follows a group of cells, and all that descend from them, to the end of the span. Why the span must be given up, if so.
    #[inline]
    pub(in crate::engine) fn follow<R: Rng + ?Sized>(
        &mut self,
        walk: &mut Walk<'_, R>,
        group: Group,
        span: Span,
    ) -> Option<Advance> {
        self.follow_to(None, walk, group, span)
    }

    /// The same, with the level of the first event of the group if it has been drawn.
    #[inline]
    fn follow_to<R: Rng + ?Sized>(
        &mut self,
        mut first: Option<f64>,
        walk: &mut Walk<'_, R>,
        group: Group,
        span: Span,
    ) -> Option<Advance> {
        let (model, from, length) = (walk.model, span.from, span.length());
        self.stack.clear();
        let Group { cell_type: mut i, mut start, cells: mut n } = group;
        loop {
            let law = model.law(i);
            let w = first.take().unwrap_or_else(|| Level::draw(walk.rng, n, law).probability());
            let likely = w < 1.0 && n as f64 * law.special_hazard(from + start, length - start) > 1.0;
            match law.first_event(from, start, length, w, likely) {
                EventTime::Never(p) => {
                    let count = count_without_event(walk.rng, n, &p);
                    self.arrive(walk, Group { cell_type: i, start, cells: n }, count, span);
                }
                EventTime::At { time: t, law: p, .. } => {
                    if let Some(end) = walk.budget.follow(from) {
                        return Some(end);
                    }
                    let count = count_at_event(walk.rng, n, &p);
                    let (left, founder) = match event_at(walk.rng, model.process(), i, from + t) {
                        Some(Special::Mutation(j)) => (count, Some(j)),
                        Some(Special::Switch(j)) => (count - 1, Some(j)),
                        None => (count, None),
                    };
                    // The founder is followed first, which keeps the stack as short as a line of descent.
                    if let Some(j) = founder {
                        if left > 0 {
                            self.stack.push(Group { cell_type: i, start: t, cells: left });
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
                Some(group) => (i, start, n) = (group.cell_type, group.start, group.cells),
                None => return None,
            }
        }
    }

    /// The cells of a group that had no special event are `count` at the end of the span.
    #[inline]
    fn arrive<R: Rng + ?Sized>(&mut self, walk: &mut Walk<'_, R>, group: Group, count: u64, span: Span) {
        self.note(group.cell_type, count);
        if !self.alive {
            self.gone.push(group);
            if self.gone.len() == PUT_OFF {
                self.last_death = self.latest(walk, span);
            }
        }
    }

    /// Cells of type `i` that are there at the end of the span.
    #[inline]
    pub(in crate::engine) fn note(&mut self, i: usize, count: u64) {
        self.next[i] = self.next[i].saturating_add(count);
        self.alive |= count > 0;
    }

    /// Whether a cell has been found alive at the end of the span.
    pub(in crate::engine) fn is_alive(&self) -> bool {
        self.alive
    }

    /// Cells that were followed elsewhere were gone `t` days after the start of the span.
    pub(in crate::engine) fn note_death(&mut self, t: f64) {
        self.last_death = self.last_death.max(t);
    }

    /// The end of the span: the state becomes what was found there.
    pub(in crate::engine) fn finish<R: Rng + ?Sized>(
        &mut self,
        walk: &mut Walk<'_, R>,
        state: &mut [u64],
        span: Span,
    ) -> Advance {
        state.copy_from_slice(&self.next);
        if self.alive { Advance::Done } else { Advance::Extinct((span.from + self.latest(walk, span)).min(span.to)) }
    }

    /// The latest time of extinction of the clones that were put off, and of those before, from the start of the span.
    fn latest<R: Rng + ?Sized>(&mut self, walk: &mut Walk<'_, R>, span: Span) -> f64 {
        let times = self.gone.drain(..).map(|Group { cell_type, start, cells }| {
            let law = walk.model.law(cell_type);
            let ln_empty = |s: f64, t: f64| law.between(span.from, s, t).ln_empty();
            extinction_time(walk.rng, ln_empty, start, span.length(), cells)
        });
        times.fold(self.last_death, f64::max)
    }
}
