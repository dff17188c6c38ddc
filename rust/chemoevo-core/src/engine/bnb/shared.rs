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

/// A table, and the part of a span that can go by it.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// The table.
    pub table: &'a Table,
    /// From the start of the span to the end of the table.
    pub span: Span,
}

impl Shared {
    /// For stretches in order.
    #[must_use]
    pub fn new(stretches: Vec<Span>) -> Self {
        let number = stretches.len() * PARTS as usize;
        Self { stretches, tables: (0..number).map(|_| OnceLock::new()).collect() }
    }

    /// The `halvings`-th shorter part of a span that has a table; None if it has none.
    pub fn part<'a>(&'a self, model: &'a Model, span: Span, halvings: u32) -> Option<Part<'a>> {
        let process = model.process();
        let (first, last) = intervals_of(process, span);
        if first == last {
            let to = if halvings == 0 { span.to } else { span.from + span.length() * 0.5_f64.powi(halvings as i32) };
            let laws = process.types();
            return (laws <= MOST_LAWS && to > span.from)
                .then(|| Part { table: model.table(first), span: Span { from: span.from, to } });
        }
        let at = self.stretches.partition_point(|s| s.to < span.to);
        let stretch = *self.stretches.get(at).filter(|s| s.to == span.to && s.from <= span.from)?;
        // The end of the part of this length that holds the start of the span, in sixteenths of the stretch.
        let width = PARTS.checked_shr(halvings).filter(|&width| width > 0)?;
        let done = f64::from(PARTS) * ((span.from - stretch.from) / stretch.length());
        let end = ((done / f64::from(width)).floor() as u32 * width + width).min(PARTS);
        let day = |sixteenths: u32| {
            if sixteenths == PARTS {
                stretch.to
            } else {
                stretch.from + stretch.length() * f64::from(sixteenths) / f64::from(PARTS)
            }
        };
        let reach = Span { from: day(end - (1 << end.trailing_zeros())), to: day(end) };
        let (first, last) = intervals_of(process, reach);
        if span.from < reach.from || span.from >= reach.to || (last - first + 1) * process.types() > MOST_LAWS {
            return None;
        }
        let place = at * PARTS as usize + end as usize - 1;
        let table = self.tables[place].get_or_init(|| Table::until_end_of(process, reach));
        Some(Part { table, span: Span { to: reach.to, ..span } })
    }
}
