//! What is refused of the numbers of a process, and in which words.

/// What is wrong with the numbers of a process.
///
/// The Python layer validates with better words; this is the core's own line of defense.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ProcessError {
    /// There are no types.
    #[error("a process needs at least one type")]
    NoTypes,
    /// An array has the wrong length.
    #[error("{field} has {got} values; expected {expected}")]
    Length {
        /// Name of the array.
        field: &'static str,
        /// Its length.
        got: usize,
        /// The length it must have.
        expected: usize,
    },
    /// A value is out of range.
    #[error("{field}[{index}] = {value} is out of range")]
    Range {
        /// Name of the array.
        field: &'static str,
        /// Flat index of the offending value.
        index: usize,
        /// The value.
        value: f64,
    },
}

/// Refuses an array with a number that is not `ok`.
pub(super) fn check(field: &'static str, array: &[f64], ok: impl Fn(f64) -> bool) -> Result<(), ProcessError> {
    if all(array, &ok) {
        return Ok(());
    }
    match array.iter().position(|&x| !ok(x)) {
        Some(index) => Err(ProcessError::Range { field, index, value: array[index] }),
        None => Ok(()),
    }
}

/// Whether all numbers are `ok`; without a way out in between, which takes longer than to go on.
pub(super) fn all(array: &[f64], ok: impl Fn(f64) -> bool) -> bool {
    array.iter().fold(true, |all, &x| all & ok(x))
}
