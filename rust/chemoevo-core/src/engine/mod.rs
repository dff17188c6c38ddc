//! Engines: each advances the state of a replicate over a span of time; the caller owns observations, pulses and the stop.
//!
//! From top to bottom; a module knows only those below it.
//!
//! * [`passage`]: first passage of the total, or of the cells of some types, to a size, exactly.
//! * [`steppers`]: the engines on one state, with what is recorded on the way.
//! * [`crossings`]: first passages that are noted without stopping.
//! * [`leap`]: many mutants at once, where they are many; approximate, with a stated tolerance.
//! * [`direct`]: every event, one by one (Gillespie 1976, doi:10.1016/0021-9991(76)90041-3); also where the counts change
//!   the rates.
//! * [`bnb`]: from one mutation or switch to the next (Mather, Hasty & Tsimring 2012, doi:10.1093/bioinformatics/bts130).
//! * [`clones`]: the clones of a replicate, of which `direct` and `bnb` can keep a record.
//! * [`watch`]: who is told of every event.
//! * [`target`]: the sizes at which a run stops.
//! * [`Walk`]: what an engine needs to advance a replicate.
//! * [`model`]: what all replicates of a process share.
//! * [`reduced`]: the laws of those mutants alone that may be there at the end of a stretch.
//! * [`choice`]: which special event a cell has.
//! * [`bounds`]: bounds on rates, and on the chance that a size is passed unseen.
//! * [`Span`]: from one time to another.

pub mod bnb;
pub mod bounds;
pub mod choice;
pub mod clones;
pub mod crossings;
pub mod direct;
pub mod leap;
pub mod model;
pub mod passage;
pub mod reduced;
mod span;
pub mod steppers;
pub mod target;
mod walk;
pub mod watch;

pub use span::Span;
pub use walk::{Advance, Budget, Walk};
