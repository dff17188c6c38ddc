//! Steppers that count cells by type and nothing else: `direct`, `bnb` or `leap`, with sizes noted on the way.

use super::Steppers;
use crate::engine::bnb::Bnb;
use crate::engine::bnb::shared::Shared;
use crate::engine::bnb::stretches::Stretches;
use crate::engine::clones::Record;
use crate::engine::crossings::{Crossings, Marks};
use crate::engine::direct::Events;
use crate::engine::leap::{Leap, Settings, Ways};
use crate::engine::reduced::Following;
use crate::engine::target::Until;
use crate::engine::watch::Unwatched;
use crate::engine::{Advance, Span, Walk};
use crate::random::{Stream, binomial};
use rand::Rng;
use std::sync::Arc;

/// Counts by type and nothing else.
#[derive(Debug, Default)]
pub struct Counting {
    bnb: Bnb,
    direct: Events,
    leap: Option<Leap>,
    marks: Option<Marks>,
    /// Whether the marks have taken up the state since it was last changed from outside.
    fresh: bool,
}

impl Counting {
    /// With cohort leaping in place of event-skipping, by these settings.
    #[must_use]
    pub fn leaping(settings: Settings) -> Self {
        Self { leap: Some(Leap::new(settings)), ..Self::default() }
    }

    /// With stretches that other replicates cross as well.
    #[must_use]
    pub fn sharing(mut self, stretches: Stretches, tables: Arc<Shared>, following: Following) -> Self {
        let bnb = Bnb::sharing(stretches, tables, following);
        match &mut self.leap {
            Some(leap) => leap.exactly_by(bnb),
            None => self.bnb = bnb,
        }
        self
    }

    /// The same with sizes that are noted on the way.
    #[must_use]
    pub fn marking(self, crossings: Arc<Crossings>) -> Self {
        Self { marks: Some(Marks::new(crossings)), ..self }
    }
}

impl Steppers for Counting {
    fn enter(&mut self, _: impl FnOnce() -> Stream) {}

    fn begin(&mut self, state: &[u64]) {
        self.restart();
        if let Some(marks) = &mut self.marks {
            marks.begin(state);
        }
    }

    fn restart(&mut self) {
        self.direct.restart();
        self.fresh = false;
    }

    fn skip<R: Rng + ?Sized>(&mut self, walk: &mut Walk<'_, R>, state: &mut [u64], span: Span) -> Advance {
        match (&mut self.leap, walk.model.process().competition()) {
            (Some(leap), Some(competition)) => leap.advance_crowded(competition, &mut self.direct, walk, state, span),
            (Some(leap), None) => leap.advance(walk, state, span),
            (None, _) => self.bnb.advance(walk, state, span),
        }
    }

    fn events<R: Rng + ?Sized>(
        &mut self,
        walk: &mut Walk<'_, R>,
        state: &mut [u64],
        span: Span,
        until: Until<'_>,
    ) -> Advance {
        let Some(marks) = &mut self.marks else {
            return self.direct.advance(walk, state, span, until, &mut Unwatched);
        };
        if !std::mem::replace(&mut self.fresh, true) {
            marks.look(state, span.from);
        }
        self.direct.advance(walk, state, span, until, marks)
    }

    fn thin<R: Rng + ?Sized>(&mut self, state: &mut [u64], survival: &[f64], _: f64, rng: &mut R) {
        self.restart();
        for (n, &p) in state.iter_mut().zip(survival) {
            if p < 1.0 && *n > 0 {
                *n = binomial(rng, *n, p);
            }
        }
    }

    fn observe(&mut self, _: usize) {}

    fn note_skipping(&mut self) {
        if let Some(leap) = &mut self.leap {
            leap.ways().skipped = true;
        }
    }

    fn hurry(&mut self, eager: bool) {
        if let Some(leap) = &mut self.leap {
            leap.hurry(eager);
        }
    }

    fn leaps_above(&self, followed: u64) -> f64 {
        self.leap.as_ref().map_or(f64::INFINITY, |leap| leap.leaps_above(followed))
    }

    fn ways(&mut self) -> Ways {
        match &mut self.leap {
            Some(leap) => std::mem::take(leap.ways()),
            None => Ways::SKIPPED,
        }
    }

    fn marks(&mut self) -> Option<&mut Marks> {
        self.marks.as_mut()
    }

    fn take(&mut self) -> Option<Box<Record>> {
        None
    }
}
