//! What the direct method says of its events to those who want to know.

/// Who is told of every event, before the counts change.
pub trait Watch {
    /// A plain division (`change` = 1) or a death (-1) of a cell of a type.
    fn plain(&mut self, cell_type: usize, change: i64, t: f64);

    /// A cell of type `from` founds a clone of type `to`, by a mutation or by switching itself. False if it may not: the
    /// event does not happen, and the run ends.
    fn found(&mut self, from: usize, to: usize, switch: bool, t: f64) -> bool;

    /// Whether a founding has been refused.
    fn is_full(&self) -> bool;
}

/// Nobody is told; costs nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unwatched;

impl Watch for Unwatched {
    #[inline]
    fn plain(&mut self, _: usize, _: i64, _: f64) {}

    #[inline]
    fn found(&mut self, _: usize, _: usize, _: bool, _: f64) -> bool {
        true
    }

    #[inline]
    fn is_full(&self) -> bool {
        false
    }
}
