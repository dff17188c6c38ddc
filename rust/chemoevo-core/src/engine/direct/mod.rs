//! The direct method, with or without competition: which of the two is decided once a stretch, outside of their loops.

pub mod clones;
pub mod competing;
pub mod fenwick;
pub mod independent;

use crate::engine::model::Model;
use crate::engine::target::Target;
use crate::engine::watch::Watch;
use crate::engine::{Advance, Budget};
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
        model: &Model,
        state: &mut [u64],
        from: f64,
        to: f64,
        target: &Target,
        max_events: u64,
        rng: &mut R,
        budget: &mut Budget<'_>,
        watch: &mut W,
    ) -> Advance {
        let process = model.process();
        match process.competition() {
            None => self.independent.advance(model, state, from, to, target, max_events, rng, budget, watch),
            Some(competition) => {
                let crowded = &mut self.crowded;
                crowded.advance(competition, process, state, from, to, target, max_events, rng, budget, watch)
            }
        }
    }
}
