//! Bounds on rates, and on the chance that a size is passed unseen within a step. They know the process and no engine.
//!
//! * [`extrema`]: the fastest and slowest rates between two times.
//! * [`rates`]: the same where the cells of some types are counted.
//! * [`envelope`]: the birth-death process that stays above one cell's clone, and how far one may step under such bounds.
//! * [`total`]: a bound for the number of all cells.
//! * [`named`]: a bound for the cells of some types, whatever the number of others.

pub mod envelope;
pub mod extrema;
pub mod named;
pub mod rates;
pub mod total;
