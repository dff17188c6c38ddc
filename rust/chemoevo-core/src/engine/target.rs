//! The sizes at which a run stops, and other ends that it may have before its span is over.

/// The sizes at which a run stops.
#[derive(Clone, Debug)]
pub struct Target {
    /// Number of cells of the types that count.
    pub size: u64,
    /// Number of cells in all.
    pub limit: u64,
    /// Whether each type counts; None: all do.
    pub of: Option<Vec<bool>>,
}

impl Target {
    /// Whether a type counts.
    #[must_use]
    pub fn counts(&self, i: usize) -> bool {
        self.of.as_ref().is_none_or(|of| of[i])
    }

    /// The number of cells that count, saturating.
    #[must_use]
    pub fn counted(&self, state: &[u64]) -> u64 {
        let counted = state.iter().enumerate().filter(|&(i, _)| self.counts(i));
        counted.fold(0u64, |sum, (_, &n)| sum.saturating_add(n))
    }

    /// The size at which the total ends the run.
    #[must_use]
    pub fn total_size(&self) -> u64 {
        if self.of.is_some() { self.limit } else { self.size.min(self.limit) }
    }

    /// Whether a state is at or past one of the sizes.
    #[must_use]
    pub fn is_reached(&self, state: &[u64]) -> bool {
        self.counted(state) >= self.size || total(state) >= self.limit
    }
}

/// The number of cells, saturating.
#[must_use]
pub fn total(state: &[u64]) -> u64 {
    state.iter().fold(0u64, |sum, &n| sum.saturating_add(n))
}

/// When the direct method ends before the span does.
#[derive(Clone, Copy, Debug)]
pub struct Until<'a> {
    /// The sizes at which it ends.
    pub target: &'a Target,
    /// Most events; after them it ends as `OutOfSteps` at the time of the last one, without using up the budget.
    pub events: u64,
}

impl<'a> Until<'a> {
    /// Only at the sizes of a target.
    #[must_use]
    pub fn target(target: &'a Target) -> Self {
        Self { target, events: u64::MAX }
    }
}
