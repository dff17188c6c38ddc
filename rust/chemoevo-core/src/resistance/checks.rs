//! What is refused before rates are compiled, and in which words.

use super::chain::ChainError;
use super::combination::Drugs;
use super::drug::Mode;

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

pub(super) fn validate(birth: &[f64], death: &[f64], drugs: Drugs<'_>) -> Result<(), CompileError> {
    let expected = birth.len();
    if death.len() != expected {
        return Err(CompileError::Length { field: "death", got: death.len(), expected });
    }
    for (field, rates) in [("birth", birth), ("death", death)] {
        for &rate in rates {
            range(field, ">= 0 and finite", rate, rate >= 0.0 && rate.is_finite())?;
        }
    }
    drugs.combination.check(drugs.each.len())?;
    for (index, drug) in drugs.each.iter().enumerate() {
        if drug.potency.len() != expected {
            return Err(CompileError::Length { field: "potency", got: drug.potency.len(), expected });
        }
        let (compartments, got) = (drug.course.model().compartments(), drug.compartment);
        if got >= compartments {
            return Err(CompileError::Compartment { compartments, got });
        }
        range("unbound", ">= 0 and finite", drug.unbound, drug.unbound >= 0.0 && drug.unbound.is_finite())?;
        let (cytotoxic, together) = (drug.mode == Mode::Cytotoxic, drugs.combination.has(index));
        range(
            "mode of a drug in a group or a pair",
            "cytotoxic",
            f64::from(u8::from(cytotoxic)),
            cytotoxic || !together,
        )?;
        for potency in &drug.potency {
            potency.validate()?;
            let emax = potency.emax;
            range("emax of a drug that takes from birth", "at most 1", emax, !drug.mode.is_share() || emax <= 1.0)?;
        }
        if !drug.moves.is_empty() && drug.moves.len() != expected {
            return Err(CompileError::Length { field: "moves", got: drug.moves.len(), expected });
        }
    }
    Ok(())
}

pub(super) fn range(field: &'static str, rule: &'static str, value: f64, ok: bool) -> Result<(), CompileError> {
    if ok { Ok(()) } else { Err(CompileError::Range { field, rule, value }) }
}
