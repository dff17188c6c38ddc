//! Bounds on rates, and on the chance that a size is passed unseen within a step. They know the process and no engine.
//!
//! * [`extrema`]: the fastest and slowest rates between two times.
//! * [`envelope`]: the birth-death process that stays above one cell's clone, and how far one may step under such bounds.
//! * [`rates`]: the same where the cells of some types are counted.
//! * [`named`]: a bound for the cells of some types, whatever the number of others.

pub mod envelope;
pub mod extrema;
pub mod named;
pub mod rates;
