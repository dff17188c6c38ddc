//! First passage of sizes, exactly: event-skipping far from them, event by event near them.
//!
//! * [`total`]: the number of all cells.
//! * [`named`]: the cells of some types, while those of the others wait in [`groups`].

pub mod groups;
pub mod named;
pub mod total;
