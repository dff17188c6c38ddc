//! Niches: types that meet drugs at the same concentrations.

use super::checks::{CompileError, range};
use super::combination::Drugs;
use super::driven::Driven;
use super::drug::Mode;

/// Cell types of one place, and what acts on them there.
#[derive(Clone, Debug)]
pub struct Niche<'a> {
    /// The types, by their positions among all; no type is in two niches.
    pub types: Vec<usize>,
    /// Drugs as they come to the place; potencies by its types.
    pub drugs: Drugs<'a>,
    /// Transitions that drugs drive, which leave its types.
    pub driven: Vec<Driven>,
}

/// All niches. Types that are in none know no drug.
#[derive(Clone, Debug)]
pub struct Niches<'a>(pub Vec<Niche<'a>>);

impl<'a> Niches<'a> {
    /// One niche of all types.
    #[must_use]
    pub fn one(types: usize, drugs: Drugs<'a>) -> Self {
        Self(vec![Niche { types: (0..types).collect(), drugs, driven: Vec::new() }])
    }
}

/// What is refused before rates are compiled.
pub(super) fn validate(birth: &[f64], death: &[f64], niches: &Niches<'_>) -> Result<(), CompileError> {
    let expected = birth.len();
    if death.len() != expected {
        return Err(CompileError::Length { field: "death", got: death.len(), expected });
    }
    for (field, rates) in [("birth", birth), ("death", death)] {
        for &rate in rates {
            range(field, ">= 0 and finite", rate, rate >= 0.0 && rate.is_finite())?;
        }
    }
    let mut seen = vec![false; expected];
    for niche in &niches.0 {
        for &of_type in &niche.types {
            let new = seen.get(of_type).is_some_and(|seen| !seen);
            range("type of a niche", "one of the types, in one niche", of_type as f64, new)?;
            seen[of_type] = true;
        }
        validate_drugs(niche.types.len(), niche.drugs)?;
        niche.driven.iter().try_for_each(|one| one.check(niche.types.len(), niche.drugs))?;
    }
    Ok(())
}

fn validate_drugs(expected: usize, drugs: Drugs<'_>) -> Result<(), CompileError> {
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
