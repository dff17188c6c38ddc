//! The direct method, with or without competition: which of the two is decided once per span, outside of their loops.

pub mod clones;
pub mod competing;
pub mod fenwick;
pub mod independent;
mod plain;
mod slots;

use crate::engine::target::Until;
use crate::engine::watch::Watch;
use crate::engine::{Advance, Span, Walk};
use competing::CrowdedDirect;
use independent::Direct;
use rand::Rng;

/// Both forms of the direct method.
#[derive(Debug, Default)]
pub struct Events {
    independent: Direct,
    crowded: CrowdedDirect,
}

impl Events {
    /// Takes up the state anew at the next advance: it has changed from outside.
    pub fn restart(&mut self) {
        self.independent.restart();
        self.crowded.restart();
    }

    /// As [`Direct::advance`].
    pub fn advance<R: Rng + ?Sized, W: Watch>(
        &mut self,
        walk: &mut Walk<'_, R>,
        state: &mut [u64],
        span: Span,
        until: Until<'_>,
        watch: &mut W,
    ) -> Advance {
        match walk.model.process().competition() {
            None => self.independent.advance(walk, state, span, until, watch),
            Some(competition) => self.crowded.advance(competition, walk, state, span, until, watch),
        }
    }
}
