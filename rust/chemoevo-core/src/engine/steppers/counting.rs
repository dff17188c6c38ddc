//! Steppers that count cells by type and nothing else: `direct`, `bnb` or `leap`, with sizes noted on the way.

use super::Steppers;
use crate::engine::bnb::Bnb;
use crate::engine::bnb::stretches::Stretches;
use crate::engine::clones::Record;
use crate::engine::crossings::{Crossings, Marks};
use crate::engine::direct::Events;
use crate::engine::leap::{Leap, Settings, Ways};
use crate::engine::model::Model;
use crate::engine::target::Target;
use crate::engine::watch::Unwatched;
use crate::engine::{Advance, Budget};
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
    pub fn sharing(mut self, stretches: Stretches) -> Self {
        let bnb = Bnb::sharing(stretches);
        match &mut self.leap {
            Some(leap) => leap.bnb = bnb,
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

    fn skip<R: Rng + ?Sized>(
        &mut self,
        model: &Model,
        state: &mut [u64],
        from: f64,
        to: f64,
        rng: &mut R,
        budget: &mut Budget<'_>,
    ) -> Advance {
        match (&mut self.leap, model.process().competition()) {
            (Some(leap), Some(competition)) => {
                let events = &mut self.direct;
                leap.advance_crowded(model, competition, events, state, from, to, rng, budget)
            }
            (Some(leap), None) => leap.advance(model, state, from, to, rng, budget),
            (None, _) => self.bnb.advance(model, state, from, to, rng, budget),
        }
    }

    fn events<R: Rng + ?Sized>(
        &mut self,
        model: &Model,
        state: &mut [u64],
        from: f64,
        to: f64,
        target: &Target,
        max_events: u64,
        rng: &mut R,
        budget: &mut Budget<'_>,
    ) -> Advance {
        let Some(marks) = &mut self.marks else {
            return self.direct.advance(model, state, from, to, target, max_events, rng, budget, &mut Unwatched);
        };
        if !std::mem::replace(&mut self.fresh, true) {
            marks.look(state, from);
        }
        self.direct.advance(model, state, from, to, target, max_events, rng, budget, marks)
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
            leap.ways.skipped = true;
        }
    }

    fn leaps_above(&self) -> f64 {
        self.leap.as_ref().map_or(f64::INFINITY, Leap::leaps_above)
    }

    fn ways(&mut self) -> Ways {
        match &mut self.leap {
            Some(leap) => std::mem::take(&mut leap.ways),
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
