//! Steppers that keep every clone on record: `direct` and `bnb`.

use super::Steppers;
use crate::engine::bnb::clones::BnbClones;
use crate::engine::clones::{Clones, Record};
use crate::engine::direct::Events;
use crate::engine::direct::clones::DirectClones;
use crate::engine::leap::Ways;
use crate::engine::target::Until;
use crate::engine::{Advance, Span, Walk};
use crate::random::{Stream, stream};
use rand::Rng;

/// Every clone on record. The state is always the sum over clones.
#[derive(Debug)]
pub struct Recording {
    clones: Clones,
    bnb: BnbClones,
    direct: Events,
    pickers: DirectClones,
    choice: Stream,
}

impl Recording {
    /// Working memory for at most `most` clones per replicate.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self {
            clones: Clones::new(most),
            bnb: BnbClones::default(),
            direct: Events::default(),
            pickers: DirectClones::default(),
            choice: stream(&[0; 32], 0),
        }
    }
}

impl Steppers for Recording {
    fn enter(&mut self, choice: impl FnOnce() -> Stream) {
        self.choice = choice();
    }

    fn begin(&mut self, state: &[u64]) {
        self.clones.begin(state);
        self.restart();
    }

    fn restart(&mut self) {
        self.direct.restart();
        self.pickers.restart();
    }

    fn skip<R: Rng + ?Sized>(&mut self, walk: &mut Walk<'_, R>, state: &mut [u64], span: Span) -> Advance {
        self.bnb.advance(walk, &mut self.clones, state, span)
    }

    fn events<R: Rng + ?Sized>(
        &mut self,
        walk: &mut Walk<'_, R>,
        state: &mut [u64],
        span: Span,
        until: Until<'_>,
    ) -> Advance {
        let mut watch = self.pickers.watch(&mut self.clones, walk.model.process().types(), &mut self.choice);
        self.direct.advance(walk, state, span, until, &mut watch)
    }

    fn thin<R: Rng + ?Sized>(&mut self, state: &mut [u64], survival: &[f64], t: f64, rng: &mut R) {
        self.restart();
        self.clones.thin(survival, t, state, rng);
    }

    fn observe(&mut self, observation: usize) {
        self.clones.observe(observation);
    }

    fn ways(&mut self) -> Ways {
        Ways::SKIPPED
    }

    fn take(&mut self) -> Option<Box<Record>> {
        Some(Box::new(self.clones.take()))
    }
}
