//! Tables for the stretches of a run, made when first asked for and shared by all replicates and threads.
//!
//! A stretch inside an interval of constant rates uses the table of the interval. One in which rates change has tables of its
//! own: one for its end, and, where a population may die out before that, others for earlier ends, at sixteenths of the
//! stretch. That for the end at `j` sixteenths reaches as far back as `j` can be divided by 2, so that from the beginning of a
//! half, quarter, eighth or sixteenth its end can be asked for.

use crate::engine::bounds::extrema::intervals_of;
use crate::engine::model::Model;
use crate::engine::reduced::table::Table;
use crate::engine::span::Span;
use crate::process::Process;
use std::sync::OnceLock;

/// Parts of a stretch at whose ends a table may end.
const PARTS: u32 = 16;
/// Pieces times types of a table, at most: forty megabytes.
const MOST_LAWS: usize = 1 << 17;

/// The tables of the stretches of a run.
#[derive(Debug, Default)]
pub struct Shared {
    stretches: Vec<Span>,
    /// (stretches, parts)
    tables: Vec<OnceLock<Table>>,
}

/// A part of a span that can go by a table.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// From the start of the span to the end of the table.
    pub span: Span,
    place: Place,
}

/// Whose table it is.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// Of an interval of constant rates.
    Interval(usize),
    /// Of a stretch, up to so many of its sixteenths.
    Stretch(usize, u32),
}

impl Shared {
    /// For stretches in order.
    #[must_use]
    pub fn new(stretches: Vec<Span>) -> Self {
        let number = stretches.len() * PARTS as usize;
        Self { stretches, tables: (0..number).map(|_| OnceLock::new()).collect() }
    }

    /// The part of a span that a table may serve after so many halvings, from its start; None if there is none. No table is made.
    #[must_use]
    pub fn part(&self, process: &Process, span: Span, halvings: u32) -> Option<Part> {
        let (first, last) = intervals_of(process, span);
        if first == last {
            let to = if halvings == 0 { span.to } else { span.from + span.length() * 0.5_f64.powi(halvings as i32) };
            let span = Span { to, ..span };
            return (process.types() <= MOST_LAWS && span.length() > 0.0)
                .then_some(Part { span, place: Place::Interval(first) });
        }
        let at = self.stretches.partition_point(|s| s.to < span.to);
        let stretch = *self.stretches.get(at).filter(|s| s.from <= span.from)?;
        let grid = Grid(stretch);
        // A part that has been handed out before ends at a sixteenth, too.
        let goal = (1..=PARTS).find(|&end| grid.day(end) == span.to)?;
        // The end of the part of this length that holds the start of the span.
        let width = PARTS.checked_shr(halvings).filter(|&width| width > 0)?;
        let done = f64::from(PARTS) * ((span.from - stretch.from) / stretch.length());
        let end = ((done / f64::from(width)).floor() as u32 * width + width).min(goal);
        let reach = grid.reach(end);
        let (first, last) = intervals_of(process, reach);
        let fits = span.from >= reach.from && span.from < reach.to && (last - first + 1) * process.types() <= MOST_LAWS;
        fits.then_some(Part { span: Span { to: reach.to, ..span }, place: Place::Stretch(at, end) })
    }

    /// The table of a part.
    pub fn table<'a>(&'a self, model: &'a Model, part: Part) -> &'a Table {
        match part.place {
            Place::Interval(interval) => model.table(interval),
            Place::Stretch(at, end) => self.tables[at * PARTS as usize + end as usize - 1]
                .get_or_init(|| Table::until_end_of(model.process(), Grid(self.stretches[at]).reach(end))),
        }
    }
}

/// The sixteenths of a stretch.
#[derive(Clone, Copy)]
struct Grid(Span);

impl Grid {
    fn day(self, sixteenths: u32) -> f64 {
        let Self(stretch) = self;
        if sixteenths == PARTS {
            stretch.to
        } else {
            stretch.from + stretch.length() * f64::from(sixteenths) / f64::from(PARTS)
        }
    }

    /// What the table that ends at `end` sixteenths covers.
    fn reach(self, end: u32) -> Span {
        Span { from: self.day(end - (1 << end.trailing_zeros())), to: self.day(end) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::SparseRates;

    #[test]
    fn parts_of_a_stretch_are_found_again_and_follow_each_other() {
        let rates = vec![0.2; 4];
        let none = || SparseRates::none(2);
        let process = Process::new(2, vec![11.0], rates.clone(), rates, none(), none(), vec![]).unwrap();
        let shared = Shared::new(vec![Span { from: 0.0, to: 2.0 }, Span { from: 2.0, to: 34.0 }]);
        let part = |from: f64, to: f64, halvings: u32| shared.part(&process, Span { from, to }, halvings);
        let end = |from: f64, to: f64, halvings: u32| part(from, to, halvings).map(|p| p.span.to);
        assert_eq!(
            [0, 1, 2, 3, 4, 5].map(|h| end(2.0, 34.0, h)),
            [34.0, 18.0, 10.0, 6.0, 4.0, 0.0].map(|t| (t > 0.0).then_some(t))
        );
        // From there on, and asked for once more.
        assert_eq!((end(6.0, 34.0, 2), end(6.0, 34.0, 3), end(2.0, 18.0, 0)), (Some(10.0), Some(10.0), Some(18.0)));
        assert_eq!(end(4.0, 18.0, 0), Some(18.0));
        // What no stretch has, or crosses two, has no table of its own.
        assert_eq!((end(2.0, 33.0, 0), end(1.0, 34.0, 0)), (None, None));
        // Inside an interval any part has.
        assert_eq!((end(12.5, 13.5, 0), end(12.5, 13.5, 1)), (Some(13.5), Some(13.0)));
        let model = Model::new(std::sync::Arc::new(process.clone()));
        let found = part(2.0, 18.0, 0).unwrap();
        assert!(std::ptr::eq(shared.table(&model, found), shared.table(&model, part(2.0, 34.0, 1).unwrap())));
    }
}
