//! What enters a body over time.

/// An input that has not ended: an infusion, a dose whose lag has not passed, or one that comes through a number of stages
/// that is not whole.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Input {
    /// When it was given, in hours.
    pub given: f64,
    /// When it begins to enter.
    pub start: f64,
    /// When it ends; the same for what enters at once. Of a number of stages that is not whole: when so little is still to
    /// come that it is left out, if there are later doses.
    pub end: f64,
    /// What enters in all.
    pub amount: f64,
    /// Into the first stage of absorption; otherwise into plasma.
    pub by_mouth: bool,
}
