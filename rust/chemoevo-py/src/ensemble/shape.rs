//! Shapes of what an ensemble records.

/// Shapes that the values of the core have.
pub struct Shape {
    pub replicates: usize,
    pub times: usize,
    pub columns: usize,
    pub types: usize,
    /// Sizes that are noted, if any are.
    pub crossings: Option<usize>,
}
