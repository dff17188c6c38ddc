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
//! Below them: [`model`], what all replicates of a process share; [`bounds`] on its rates; [`target`], the sizes at which a
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
pub mod steppers;
pub mod target;
pub mod watch;

/// How an engine's advance ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Advance {
    /// The end of the stretch was reached.
    Done,
    /// The last cell was gone at this time.
    Extinct(f64),
    /// The target was reached at this time.
    Reached(f64),
    /// The budget of steps was used up at this time.
    OutOfSteps(f64),
    /// One clone more than may be recorded would have been founded at this time.
    NoRoom(f64),
    /// Somebody asked to stop.
    Cancelled,
}

/// How many steps a replicate may still take, and whether somebody has asked to stop.
#[derive(Debug)]
pub struct Budget<'a> {
    /// Steps taken so far, in all attempts of the replicate.
    pub taken: u64,
    /// Most steps allowed.
    pub limit: u64,
    /// Set by the caller to end the run soon.
    pub cancel: &'a std::sync::atomic::AtomicBool,
}

/// Steps between two looks at the cancellation flag: under a millisecond of work.
const LOOK_EVERY: u64 = 1 << 12;

impl Budget<'_> {
    /// Why no step may be taken now, if so.
    #[must_use]
    pub fn check(&self, t: f64) -> Option<Advance> {
        if self.cancel.load(std::sync::atomic::Ordering::Relaxed) {
            Some(Advance::Cancelled)
        } else if self.taken >= self.limit {
            Some(Advance::OutOfSteps(t))
        } else {
            None
        }
    }

    /// Takes one step; looks at the flag now and then.
    #[inline]
    #[must_use]
    pub fn step(&mut self, t: f64) -> Option<Advance> {
        let look = self.taken >= self.limit || self.taken.is_multiple_of(LOOK_EVERY);
        if look && let Some(end) = self.check(t) {
            return Some(end);
        }
        self.taken += 1;
        None
    }
}
