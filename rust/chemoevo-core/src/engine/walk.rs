//! One replicate on its way: what every engine needs to advance it, and how an advance can end.

use super::model::Model;
use std::sync::atomic::{AtomicBool, Ordering};

/// What an engine needs to advance the state of one replicate.
#[derive(Debug)]
pub struct Walk<'a, R: ?Sized> {
    /// The process, with its laws and bounds.
    pub model: &'a Model,
    /// The replicate's random numbers.
    pub rng: &'a mut R,
    /// The steps that it may still take.
    pub budget: Budget<'a>,
}

impl<R: ?Sized> Walk<'_, R> {
    /// Runs `part` with another model of the same types, such as one whose rates are frozen; the steps that it takes count.
    pub fn by<T>(&mut self, model: &Model, part: impl FnOnce(&mut Walk<'_, R>) -> T) -> T {
        let mut walk = Walk { model, rng: &mut *self.rng, budget: Budget { ..self.budget } };
        let result = part(&mut walk);
        (self.budget.taken, self.budget.followed) = (walk.budget.taken, walk.budget.followed);
        result
    }
}

/// How an engine's advance ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Advance {
    /// The end of the span was reached.
    Done,
    /// The last cell was gone at this time.
    Extinct(f64),
    /// The target was reached at this time.
    Reached(f64),
    /// The budget of steps was used up at this time.
    OutOfSteps(f64),
    /// One clone more than may be recorded would have been founded at this time.
    NoRoom(f64),
    /// Somebody asked to stop.
    Cancelled,
}

/// How many steps a replicate may still take, and whether somebody has asked to stop.
#[derive(Debug)]
pub struct Budget<'a> {
    /// Steps taken so far, in all attempts of the replicate.
    pub taken: u64,
    /// Mutations and switches that event-skipping followed, among them.
    pub followed: u64,
    /// Most steps allowed.
    pub limit: u64,
    /// Set by the caller to end the run soon.
    pub cancel: &'a AtomicBool,
}

impl Budget<'_> {
    /// Why no step may be taken now, if so.
    #[must_use]
    pub fn check(&self, t: f64) -> Option<Advance> {
        if self.is_canceled() {
            Some(Advance::Cancelled)
        } else if self.taken >= self.limit {
            Some(Advance::OutOfSteps(t))
        } else {
            None
        }
    }

    /// Whether somebody has asked to stop.
    #[must_use]
    pub fn is_canceled(&self) -> bool {
        self.cancel.load(Ordering::Relaxed)
    }

    /// Takes the step of following a mutation or switch.
    #[inline]
    #[must_use]
    pub fn follow(&mut self, t: f64) -> Option<Advance> {
        let end = self.step(t);
        self.followed += u64::from(end.is_none());
        end
    }

    /// Takes one step. The flag is looked at every time, which costs nothing: a step may take a nanosecond, or milliseconds
    /// where many types switch.
    #[inline]
    #[must_use]
    pub fn step(&mut self, t: f64) -> Option<Advance> {
        if (self.taken >= self.limit || self.is_canceled())
            && let Some(end) = self.check(t)
        {
            return Some(end);
        }
        self.taken += 1;
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::{Process, SparseRates};
    use crate::random::stream;
    use std::sync::Arc;

    fn model(birth: f64) -> Model {
        let none = || SparseRates::none(1);
        Model::new(Arc::new(Process::new(1, vec![], vec![birth], vec![0.0], none(), none(), vec![]).unwrap()))
    }

    #[test]
    fn steps_by_another_process_count() {
        let (never, mut rng, own, other) = (AtomicBool::new(false), stream(&[1; 32], 0), model(1.0), model(2.0));
        let mut walk =
            Walk { model: &own, rng: &mut rng, budget: Budget { taken: 1, followed: 0, limit: 3, cancel: &never } };
        let birth = walk.by(&other, |walk| {
            assert_eq!((walk.budget.step(0.5), walk.budget.step(0.5)), (None, None));
            walk.model.process().birth(0, 0)
        });
        assert_eq!((birth, walk.model.process().birth(0, 0)), (2.0, 1.0));
        assert_eq!((walk.budget.taken, walk.budget.step(0.7)), (3, Some(Advance::OutOfSteps(0.7))));
    }
}
