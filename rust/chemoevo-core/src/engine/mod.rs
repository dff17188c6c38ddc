//! Steppers: an engine advances a state between two times; the caller owns observation, stop and decision times.
//!
//! Three engines:
//!
//! * [`direct`]: every event, one by one (Gillespie 1976, doi:10.1016/0021-9991(76)90041-3); also where the counts change
//!   the rates.
//! * [`bnb`]: from one mutation or switch to the next (Mather, Hasty & Tsimring 2012, doi:10.1093/bioinformatics/bts130).
//! * [`leap`]: many mutants at once, where they are many; approximate, with a stated tolerance.
//!
//! `direct` and `bnb` also keep every clone on record, in [`clones`]. Above the engines:
//!
//! * [`steppers`]: all three on one state, with what is recorded on the way.
//! * [`crossings`]: first passages that are noted without stopping.
//! * [`passage`]: first passage of the total, or of the cells of some types, to a size, exactly.
//!
//! Below them: [`Walk`], what an engine needs to advance a replicate over a [`Span`]; [`model`], what all replicates of a process share; [`bounds`] on its rates; [`target`], the sizes at which a
//! run stops; [`choice`] of a special event; [`watch`], who is told of every event.

pub mod bnb;
pub mod bounds;
pub mod choice;
pub mod clones;
pub mod crossings;
pub mod direct;
pub mod leap;
pub mod model;
pub mod passage;
mod span;
pub mod steppers;
pub mod target;
mod walk;
pub mod watch;

pub use span::Span;
pub use walk::{Advance, Budget, Walk};
