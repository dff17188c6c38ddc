//! Why rates could not be compiled, in which words.

use super::chain::ChainError;

/// Why rates could not be compiled.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CompileError {
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
    /// A number is out of range.
    #[error("{field} must be {rule}; got {value}")]
    Range {
        /// The number.
        field: &'static str,
        /// Its range.
        rule: &'static str,
        /// The value.
        value: f64,
    },
    /// A compartment that the course of a drug does not have.
    #[error("compartment of a drug must be below {compartments}; got {got}")]
    Compartment {
        /// Number of compartments.
        compartments: usize,
        /// The one asked for.
        got: usize,
    },
    /// An action is out of range.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The tolerance asks for too many segments.
    #[error("more than {0} segments are needed: allow a larger tolerance or more segments")]
    TooManySegments(usize),
    /// The caller asked to stop.
    #[error("the compilation was interrupted")]
    Interrupted,
}

pub(super) fn range(field: &'static str, rule: &'static str, value: f64, ok: bool) -> Result<(), CompileError> {
    if ok { Ok(()) } else { Err(CompileError::Range { field, rule, value }) }
}
