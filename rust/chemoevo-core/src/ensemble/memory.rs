//! Memory for results: where there is none, that is an error and never the end of the process.

use super::run::RunError;

/// `len` times the value.
///
/// # Errors
/// [`RunError::Memory`] if the system has no room for them.
pub(super) fn filled<T: Clone>(len: usize, value: T) -> Result<Vec<T>, RunError> {
    let mut all = reserved(len)?;
    all.resize(len, value);
    Ok(all)
}

/// An empty vector with room for `len` values.
///
/// # Errors
/// [`RunError::Memory`] if the system has no room for them.
pub(super) fn reserved<T>(len: usize) -> Result<Vec<T>, RunError> {
    let mut all = Vec::new();
    let bytes = (len as u64).saturating_mul(size_of::<T>() as u64);
    all.try_reserve_exact(len).map_err(|_| RunError::Memory { bytes })?;
    Ok(all)
}

/// A product of lengths.
///
/// # Errors
/// [`RunError::Memory`] if no memory is so large.
pub(super) fn times(a: usize, b: usize) -> Result<usize, RunError> {
    a.checked_mul(b).ok_or(RunError::Memory { bytes: u64::MAX })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_memory_holds_is_an_error() {
        assert_eq!(filled(3, 7_u64), Ok(vec![7; 3]));
        assert_eq!(filled(1 << 60, 0_u64), Err(RunError::Memory { bytes: 1 << 63 }));
        assert_eq!(reserved::<u64>(usize::MAX), Err(RunError::Memory { bytes: u64::MAX }));
        assert_eq!(times(1 << 40, 1 << 40), Err(RunError::Memory { bytes: u64::MAX }));
        let text = RunError::Memory { bytes: 3 << 29 }.to_string();
        assert!(text.contains("1.500 GiB") && text.contains("simulate_to"), "{text}");
    }
}
