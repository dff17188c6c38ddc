//! Looks now and then, by the work that was done, whether the caller wants to stop.

use super::checks::CompileError;
use std::cell::Cell;

/// Effects of one type over one cell between two looks: some milliseconds.
const LOOK_EVERY: usize = 10_000;

/// Asks `poll` whether to give up.
pub(super) struct Patience<'a> {
    poll: &'a dyn Fn() -> bool,
    spent: Cell<usize>,
}

impl<'a> Patience<'a> {
    pub(super) const fn new(poll: &'a dyn Fn() -> bool) -> Self {
        Self { poll, spent: Cell::new(0) }
    }

    /// Notes that `work` is about to be done.
    pub(super) fn spend(&self, work: usize) -> Result<(), CompileError> {
        let spent = self.spent.get().saturating_add(work);
        if spent < LOOK_EVERY {
            self.spent.set(spent);
            return Ok(());
        }
        self.spent.set(0);
        if (self.poll)() { Err(CompileError::Interrupted) } else { Ok(()) }
    }
}
