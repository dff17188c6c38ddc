//! Memory for results: where there is none, that is an error and never the end of the process.

use std::sync::atomic::{AtomicU64, Ordering};
use zerocopy::FromZeros;

/// Why a run gives nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RunError {
    /// It was canceled.
    #[error("the run was canceled")]
    Interrupted,
    /// The system has no memory for what it gives.
    #[error(
        "no memory for results of {:.3} GiB more: simulate chunk by chunk with simulate_to, or observe fewer times",
        *bytes as f64 / f64::from(1 << 30)
    )]
    Memory {
        /// What was asked for in vain.
        bytes: u64,
    },
}

/// `len` zeros, which take memory where something else is written to them, and no time before.
///
/// # Errors
/// [`RunError::Memory`] if the system has no room for them.
pub(super) fn zeros<T: FromZeros>(len: usize) -> Result<Vec<T>, RunError> {
    T::new_vec_zeroed(len).map_err(|_| lacking::<T>(len))
}

/// An empty vector with room for `len` values.
///
/// # Errors
/// [`RunError::Memory`] if the system has no room for them.
pub(super) fn reserved<T>(len: usize) -> Result<Vec<T>, RunError> {
    let mut all = Vec::new();
    all.try_reserve_exact(len).map_err(|_| lacking::<T>(len))?;
    Ok(all)
}

/// A product of lengths.
///
/// # Errors
/// [`RunError::Memory`] if no memory is so large.
pub(super) fn times(a: usize, b: usize) -> Result<usize, RunError> {
    a.checked_mul(b).ok_or(RunError::Memory { bytes: u64::MAX })
}

/// Takes `bytes` more of a room that several threads share. Of clones, nobody knows beforehand how many there will be, and
/// once they are put together they are there twice.
///
/// # Errors
/// [`RunError::Memory`] if more is taken now than there is.
pub(super) fn take(taken: &AtomicU64, bytes: u64, room: u64) -> Result<(), RunError> {
    let all = taken.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes);
    if all > room { Err(RunError::Memory { bytes: all - room }) } else { Ok(()) }
}

fn lacking<T>(len: usize) -> RunError {
    RunError::Memory { bytes: (len as u64).saturating_mul(size_of::<T>() as u64) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_memory_holds_is_an_error() {
        assert_eq!(zeros(3), Ok(vec![0_u64; 3]));
        assert_eq!(zeros::<u64>(1 << 59), Err(RunError::Memory { bytes: 1 << 62 }));
        assert_eq!(zeros::<u64>(usize::MAX), Err(RunError::Memory { bytes: u64::MAX }));
        assert_eq!(reserved::<u64>(usize::MAX), Err(RunError::Memory { bytes: u64::MAX }));
        assert_eq!(times(1 << 40, 1 << 40), Err(RunError::Memory { bytes: u64::MAX }));
        let taken = AtomicU64::new(0);
        assert_eq!(
            [60, 40, 5].map(|bytes| take(&taken, bytes, 100)),
            [Ok(()), Ok(()), Err(RunError::Memory { bytes: 5 })]
        );
        let text = RunError::Memory { bytes: 3 << 29 }.to_string();
        assert!(text.contains("1.500 GiB") && text.contains("simulate_to"), "{text}");
    }
}
