//! Event-skipping that follows only mutants that may be there at the end of a span: see [`crate::engine::reduced`].
//!
//! At the end of the span the law of the counts is that of plain event-skipping. When the last cell was gone it does not know:
//! it is used where that hardly ever happens, and where it does, the span is run again in full until all cells die out in it,
//! which gives the law of that time.

use super::level::Level;
use super::shared::{Part, Shared};
use super::{Bnb, Group};
use crate::engine::choice::Special;
use crate::engine::model::Model;
use crate::engine::reduced::Following;
use crate::engine::reduced::table::Table;
use crate::engine::target::total;
use crate::engine::{Advance, Span, Walk};
use crate::propagator::{EventTime, count_at_event, count_without_event};
use crate::random::{negative_binomial, uniform_fine};
use rand::Rng;

#[cfg(test)]
mod tests;

/// Errors that tests plant, to see that they are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Planted {
    /// The founder of a kept event is drawn as if it had not been kept.
    NoKept,
    /// What is kept is taken from another piece.
    Neighbor,
    /// A switch that came to nothing leaves its cell in the clone.
    SwitchStays,
    /// What the coin has kept in vain is thrown for once more.
    CoinTwice,
}

#[cfg(test)]
thread_local! {
    static PLANTED: std::cell::Cell<Option<Planted>> = const { std::cell::Cell::new(None) };
}

#[cfg(test)]
fn planted(error: Planted) -> bool {
    PLANTED.get() == Some(error)
}

#[cfg(not(test))]
#[inline(always)]
const fn planted(_: Planted) -> bool {
    false
}

/// Mutations and switches that must be possible in a span: what it costs to make a table for it, in these.
const LEAST: f64 = 100.0;
const LEAST_PER_TYPE: f64 = 16.0;
const LEAST_PER_LAW: f64 = 2.0;
/// `-ln` of the largest chance that a population dies out in a span that goes by a table.
const LN_CHANCE: f64 = 40.0;
/// How often a span in which a population may die out is halved before all its mutants are followed.
const HALVINGS: u32 = 4;

/// What a founder, drawn given that its event was kept, comes to.
enum Founded {
    /// It has a kept event: its level.
    Event(f64),
    /// It has none, and there are so many cells at the end.
    Alive(u64),
    /// Its lineage does not count.
    Dropped,
}

impl Bnb {
    /// The part of a span that goes by a table, if it pays: a decision by the state at its start alone.
    pub(super) fn part<'a>(
        following: Following,
        shared: &'a Shared,
        model: &'a Model,
        state: &[u64],
        span: Span,
    ) -> Option<(&'a Table, Span)> {
        let served = |part: Part| (shared.table(model, part), part.span);
        match following {
            Following::All => return None,
            Following::Kept => return shared.part(model.process(), span, 0).map(served),
            Following::Auto => {}
        }
        let least = least(model, span);
        if (total(state) as f64) * model.special_events_of_one_at_most(span.length()) < least
            || model.special_events_at_most(state, span) < least
        {
            return None;
        }
        let parts = (0..=HALVINGS).map_while(|halvings| shared.part(model.process(), span, halvings));
        let mut possible = parts.take_while(|part| model.special_events_at_most(state, part.span) >= least);
        let part = possible.find(|part| model.surely_survives(state, part.span, LN_CHANCE))?;
        Some(served(part)).filter(|(table, _)| table.pays())
    }

    /// Cells at the start of a span from which on it may pay to leave mutants out.
    pub(super) fn cells_worth(model: &Model, span: Span) -> u64 {
        // Saturates where nothing special happens.
        (least(model, span) / model.special_events_of_one_at_most(span.length())) as u64
    }

    /// Mutations and switches that are expected to be followed in a span, or in the first part of it, and which part that is.
    /// What need not be known better is bounded: where the bound is at most `enough`, or if it is not `worth` a table.
    pub fn expected(&self, model: &Model, state: &[u64], span: Span, enough: f64, worth: bool) -> (f64, Span) {
        let bound = model.special_events_at_most(state, span);
        if bound <= enough || !worth {
            return (bound, span);
        }
        if let Some((table, part)) = Self::part(self.following, &self.tables, model, state, span) {
            return (table.expected(model.process(), state, part.length()).min(bound), part);
        }
        let Some(part) = self.tables.part(model.process(), span, 0) else {
            return (bound, span);
        };
        let all = self.tables.table(model, part).expected_of_all(model.process(), state, part.span.length());
        (all.min(bound), part.span)
    }

    /// Advances the numbers of cells of every type over a span to the end of a table.
    pub(super) fn advance_by<R: Rng + ?Sized>(
        &mut self,
        table: &Table,
        walk: &mut Walk<'_, R>,
        state: &mut [u64],
        span: Span,
    ) -> Advance {
        self.begin(state.len());
        for (i, &n) in state.iter().enumerate().filter(|&(_, &n)| n > 0) {
            if let Some(end) = self.follow_by(table, walk, Group { cell_type: i, start: 0.0, cells: n }, span) {
                return end;
            }
        }
        if self.alive {
            state.copy_from_slice(&self.next);
            return Advance::Done;
        }
        let before = state.to_vec();
        loop {
            match self.advance_in_full(walk, state, span, None) {
                Advance::Done => state.copy_from_slice(&before),
                other => return other,
            }
        }
    }

    /// Follows cells that are under no condition, and all that descend from them, to the end of the table.
    fn follow_by<R: Rng + ?Sized>(
        &mut self,
        table: &Table,
        walk: &mut Walk<'_, R>,
        group: Group,
        span: Span,
    ) -> Option<Advance> {
        let (process, length) = (walk.model.process(), span.length());
        self.stack.clear();
        let Group { cell_type: mut i, mut start, cells: mut n } = group;
        let mut piece = table.piece_at(length - start);
        // The level of a founder, which is known to have an event.
        let mut known = None;
        loop {
            match first_kept(table, walk.rng, (i, n), (piece, start, length), known.take()) {
                EventTime::Never(p) => self.note(i, count_without_event(walk.rng, n, &p)),
                EventTime::At { time, law, segment } => {
                    if let Some(end) = walk.budget.follow(span.from) {
                        return Some(end);
                    }
                    let count = count_at_event(walk.rng, n, &law);
                    // A switch takes its cell from the clone, whatever comes of it.
                    let (mut left, founder) = match table.kept_event(walk.rng, process, i, segment) {
                        Some(Special::Mutation(j)) => (count, Some(j)),
                        Some(Special::Switch(j)) => (count - 1, Some(j)),
                        None => (count, None),
                    };
                    let founded =
                        founder.map_or(Founded::Dropped, |j| found(table, walk.rng, (j, segment), length - time));
                    if planted(Planted::SwitchStays) && left < count && matches!(founded, Founded::Dropped) {
                        left = count;
                    }
                    match (founded, founder) {
                        (Founded::Event(w), Some(j)) => {
                            // The founder is followed first, which keeps the stack as short as a line of descent.
                            if left > 0 {
                                self.stack.push(Group { cell_type: i, start: time, cells: left });
                            }
                            (i, start, n, piece, known) = (j, time, 1, segment, Some(w));
                            continue;
                        }
                        (Founded::Alive(count), Some(j)) => self.note(j, count),
                        _ => {}
                    }
                    if left > 0 {
                        (start, n, piece) = (time, left, segment);
                        continue;
                    }
                }
            }
            let Group { cell_type, start: from, cells } = self.stack.pop()?;
            (i, start, n, piece) = (cell_type, from, cells, table.piece_at(length - from));
        }
    }
}

/// Mutations and switches that must be possible in a span for a table to pay.
fn least(model: &Model, span: Span) -> f64 {
    let process = model.process();
    let intervals = process.breakpoints().partition_point(|&b| b < span.to) - process.interval_at(span.from);
    LEAST + process.types() as f64 * (LEAST_PER_TYPE + LEAST_PER_LAW * intervals as f64)
}

/// The first kept event of `n` cells of type `i` that are there `start` days after the beginning of a stretch of `length` days.
#[inline]
fn first_kept<R: Rng + ?Sized>(
    table: &Table,
    rng: &mut R,
    (i, n): (usize, u64),
    (piece, start, length): (usize, f64, f64),
    known: Option<f64>,
) -> EventTime {
    let law = table.law(i);
    let search = |w: f64, likely: bool| law.first_event_from(piece, -length, start, length, w, likely);
    if let Some(w) = known {
        return search(w, true);
    }
    let w = Level::draw(rng, n, law).probability();
    if w < 1.0 && n as f64 * law.segment(piece).rates().special * (length - start) > 1.0 {
        return search(w, true);
    }
    let whole = table.to_end(i, piece, length - start);
    if whole.event_probability_exceeds(w) { search(w, false) } else { EventTime::Never(whole) }
}

/// A founder of type `j` of an event that was kept in `piece`, with so many days left.
#[inline]
fn found<R: Rng + ?Sized>(table: &Table, rng: &mut R, (j, piece): (usize, usize), left: f64) -> Founded {
    let kept = if planted(Planted::NoKept) {
        1.0
    } else {
        table.kept(if planted(Planted::Neighbor) { piece.saturating_sub(2) } else { piece }, j)
    };
    let w = uniform_fine(rng) * kept;
    let whole = table.to_end(j, piece, left);
    if planted(Planted::CoinTwice) && uniform_fine(rng) > whole.counting() / kept {
        return Founded::Dropped;
    }
    if whole.event_probability_exceeds(w) {
        Founded::Event(w)
    } else if whole.counting_exceeds(w) {
        Founded::Alive(negative_binomial(rng, 1, whole.odds()).saturating_add(1))
    } else {
        Founded::Dropped
    }
}
