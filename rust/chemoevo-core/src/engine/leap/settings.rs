//! When to leap and how far, and which ways a replicate took.

/// Mutations and switches that are followed in a replicate before cohorts leap, if they may: some 25 ms of work. What is exact
/// needs no discussion; beyond that, leaping is many times faster. It is a number and no time, so that every machine chooses
/// alike.
pub const FOLLOWED: f64 = 1e5;

/// When to leap, and how far.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Relative error of the means that cohorts grow to in a step.
    pub(super) tolerance: f64,
    /// Expected founders of a type within a step from which it leaps.
    pub(super) founders: f64,
    /// Expected mutations and switches of all cells until the end of a span up to which they are followed exactly.
    pub(super) exact_up_to: f64,
    /// The same of a whole replicate, those left out that are gone at the end of their span.
    pub(super) followed_up_to: f64,
}

impl Settings {
    /// Leaps wherever that is cheaper than following events, with steps for a relative error of `tolerance` in the numbers
    /// that cohorts grow to.
    #[must_use]
    pub fn eager(tolerance: f64) -> Self {
        Self { tolerance, founders: 50.0, exact_up_to: 200.0, followed_up_to: 0.0 }
    }

    /// Leaps only where following events would take long.
    #[must_use]
    pub fn reluctant(tolerance: f64) -> Self {
        Self { followed_up_to: FOLLOWED, ..Self::eager(tolerance) }
    }

    /// Expected mutations and switches until the end of a span up to which they are followed exactly, where so many have been
    /// in the replicate.
    pub(super) fn exact_after(&self, followed: u64) -> f64 {
        self.exact_up_to.max(self.followed_up_to - followed as f64)
    }

    /// Longest step, times the fastest rate, where so many generations of mutants lead to a cell.
    ///
    /// The two-point Gauss rule over a step of length 1 has the error `f''''/4320`, and mutants of mutants have the errors of
    /// all generations before them. A quarter of the tolerance is for one generation, or less where there are more.
    #[must_use]
    pub(super) fn reach(&self, generations: f64) -> f64 {
        (4320.0 * self.tolerance / generations.max(4.0)).powf(0.25).min(2.0)
    }
}

/// Which ways a replicate took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ways {
    /// All events were taken for a while, one by one.
    pub counted: bool,
    /// Some cells were followed from event to event.
    pub skipped: bool,
    /// Some cells were moved in cohorts, approximately.
    pub leapt: bool,
}

impl Ways {
    /// All cells were followed from event to event.
    pub const SKIPPED: Self = Self { counted: false, skipped: true, leapt: false };
}
