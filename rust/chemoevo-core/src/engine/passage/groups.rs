//! Cells that nobody counts, one group per type, between the dates of their mutations and switches.
//!
//! Times count from the start of the span, as in [`crate::engine::bnb`]. A group of `n` cells at `s` has the date of its
//! next special event, drawn as event-skipping draws it. If something else happens first, at `t`, the group is put off: its size at `t` is drawn given no
//! special event in `(s, t]`, and a new date from there. That is exact: nothing has been used of the old date but that it
//! lies beyond `t`, and cells have no memory.

use crate::engine::bnb::events::{event_at, extinction_time};
use crate::engine::bnb::level::event_threshold;
use crate::engine::choice::Special;
use crate::engine::{Span, Walk};
use crate::propagator::{EventTime, Propagator, count_at_event, count_without_event};
use rand::Rng;

/// The cells of one type that wait for their next special event; times from the start of the span.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    cells: u64,
    start: f64,
    /// When the next special event happens; infinite if not before the end.
    date: f64,
    /// From the start to the date.
    until: Propagator,
}

/// The groups of all types, and the span in which they are: from when (days) and for how long.
#[derive(Debug, Default)]
pub struct Groups {
    groups: Vec<Waiting>,
    from: f64,
    length: f64,
}

impl Groups {
    /// Takes the cells of all types that do not go `eventwise` out of the state, at the start of a span.
    pub fn begin<R: Rng + ?Sized>(
        &mut self,
        walk: &mut Walk<'_, R>,
        state: &mut [u64],
        eventwise: &[bool],
        span: Span,
    ) {
        let none = Waiting { cells: 0, start: 0.0, date: f64::INFINITY, until: Propagator::IDENTITY };
        self.groups.clear();
        self.groups.resize(state.len(), none);
        (self.from, self.length) = (span.from, span.length());
        for (i, n) in state.iter_mut().enumerate().filter(|(i, n)| !eventwise[*i] && **n > 0) {
            self.set(walk, i, std::mem::take(n), 0.0);
        }
    }

    /// The earliest date, and the type that has it.
    #[must_use]
    pub fn next(&self) -> (f64, Option<usize>) {
        let dates = self.groups.iter().enumerate().filter(|(_, g)| g.date < f64::INFINITY);
        dates.fold((f64::INFINITY, None), |first, (i, g)| if g.date < first.0 { (g.date, Some(i)) } else { first })
    }

    /// The special event of type `i` at its date: the type of the cell that it founds.
    pub fn fire<R: Rng + ?Sized>(&mut self, walk: &mut Walk<'_, R>, i: usize) -> Option<usize> {
        let Waiting { cells, date, until, .. } = self.groups[i];
        let count = count_at_event(walk.rng, cells, &until);
        let (left, founder) = match event_at(walk.rng, walk.model.process(), i, self.from + date) {
            Some(Special::Mutation(j)) => (count, Some(j)),
            Some(Special::Switch(j)) => (count - 1, Some(j)),
            None => (count, None),
        };
        self.set(walk, i, left, date);
        founder
    }

    /// `n` more cells of type `i`, from `t` on.
    pub fn add<R: Rng + ?Sized>(&mut self, walk: &mut Walk<'_, R>, i: usize, n: u64, t: f64) {
        let there = self.at(walk, i, t);
        self.set(walk, i, there.saturating_add(n), t);
    }

    /// Adds the cells of all groups at `t` to the state, which holds the cells that went event by event; no date lies
    /// before `t`.
    ///
    /// If all are gone, when the last was: those in the state were gone at `gone`.
    pub fn settle<R: Rng + ?Sized>(
        &mut self,
        walk: &mut Walk<'_, R>,
        state: &mut [u64],
        t: f64,
        gone: f64,
    ) -> Option<f64> {
        for (i, n) in state.iter_mut().enumerate() {
            *n = n.saturating_add(self.at(walk, i, t));
        }
        if state.iter().any(|&n| n > 0) {
            return None;
        }
        let groups = self.groups.iter().enumerate().filter(|(_, g)| g.cells > 0);
        let last = groups.fold(gone, |last, (i, g)| {
            let law = walk.model.law(i);
            f64::max(
                last,
                extinction_time(walk.rng, |s, t| law.between(self.from, s, t).ln_empty(), g.start, t, g.cells),
            )
        });
        Some(last)
    }

    /// The cells of type `i` at `t`, given no special event until then.
    fn at<R: Rng + ?Sized>(&self, walk: &mut Walk<'_, R>, i: usize, t: f64) -> u64 {
        let Waiting { cells, start, .. } = self.groups[i];
        if cells == 0 || t <= start {
            return cells;
        }
        count_without_event(walk.rng, cells, &walk.model.law(i).between(self.from, start, t))
    }

    /// Sets the cells of type `i` at `t` and draws their date.
    fn set<R: Rng + ?Sized>(&mut self, walk: &mut Walk<'_, R>, i: usize, cells: u64, t: f64) {
        let mut group = Waiting { cells, start: t, date: f64::INFINITY, until: Propagator::IDENTITY };
        let law = walk.model.law(i);
        if cells > 0 && t < self.length && !law.is_terminal() {
            let w = event_threshold(walk.rng, cells, law);
            let likely = w < 1.0 && cells as f64 * law.special_hazard(self.from + t, self.length - t) > 1.0;
            if let EventTime::At { time: date, law: until, .. } = law.first_event(self.from, t, self.length, w, likely)
            {
                (group.date, group.until) = (date, until);
            }
        }
        self.groups[i] = group;
    }
}
