//! Cell types by what they express, and what drugs and agents do in them: made into actions by type before rates are compiled.

use super::chain::{ChainError, Potency};
use super::combination::{Combination, Drugs};
use super::drug::{Drug, Mode};
use super::left::{AtPump, PumpState};
use super::modulation::Modulation;
use super::moves::{Factor, Moves, Term};
use super::steps::{Expressions, InCell, Step, check, in_cell};
use crate::pharmacology::Course;
use std::sync::Arc;

/// A drug, its potency in the reference line, and its way through cells.
#[derive(Clone, Debug)]
pub struct DrugInCells {
    /// How much of it there is, mg/L over hours.
    pub course: Arc<Course>,
    /// The compartment of the course that acts.
    pub compartment: usize,
    /// Unbound uM per mg/L.
    pub unbound: f64,
    /// What it changes.
    pub mode: Mode,
    /// In the reference line.
    pub line: Potency,
    /// Mechanisms as it meets them.
    pub steps: Vec<Step>,
    /// What the state of a cell does to its action, by types; none where it does nothing.
    pub scales: Vec<Scale>,
    /// Whether it acts on cells in proportion to how many cycle, where oxygen moves that.
    pub cycling: bool,
}

/// Factors on a potency: cells that rest or tolerate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// On EC50, > 0.
    pub ec50: f64,
    /// On the largest effect, >= 0.
    pub emax: f64,
}

/// Drugs in cells, by type.
#[derive(Debug)]
pub struct Acting<'a> {
    drugs: Vec<Drug>,
    combination: &'a Combination,
    modulation: &'a Modulation,
    mechanisms: usize,
    pumps: Vec<PumpState>,
}

impl<'a> Acting<'a> {
    /// The actions of drugs on types with these expressions.
    ///
    /// # Errors
    /// [`ChainError`] where a number is out of range or the result is not finite.
    pub fn new(
        drugs: &[DrugInCells],
        expressions: &Expressions<'_>,
        modulation: &'a Modulation,
        combination: &'a Combination,
    ) -> Result<Self, ChainError> {
        let own = expressions.mechanisms();
        modulation.check(own)?;
        // Behind the mechanisms comes how often cells divide, over how often they do at rest.
        let mechanisms = if modulation.oxygen.is_some() { own + 1 } else { own };
        let mut each: Vec<Vec<InCell>> = Vec::with_capacity(drugs.len());
        for drug in drugs {
            drug.line.validate()?;
            check(&drug.steps, expressions)?;
            let moved = |mechanism: usize| modulation.moves(mechanism);
            let of_types = (0..expressions.types).map(|k| in_cell(drug.line, &drug.steps, expressions, k, &moved));
            let mut of_types = of_types.collect::<Result<Vec<InCell>, _>>()?;
            for (one, scale) in of_types.iter_mut().zip(&drug.scales) {
                one.potency.ec50 *= scale.ec50;
                one.potency.emax *= scale.emax;
                one.potency.validate()?;
            }
            if drug.cycling && modulation.oxygen.is_some() {
                of_types.iter_mut().for_each(|one| one.moves.cycling = Some(own));
            }
            each.push(of_types);
        }
        let pumps = saturate(&mut each, mechanisms, expressions.types);
        let made = drugs.iter().zip(each).map(|(drug, of_types)| {
            let (potency, moves): (Vec<Potency>, Vec<Moves>) =
                of_types.into_iter().map(|one| (one.potency, one.moves)).unzip();
            let still = moves.iter().all(Moves::is_empty);
            Drug {
                course: drug.course.clone(),
                compartment: drug.compartment,
                unbound: drug.unbound,
                mode: drug.mode,
                potency,
                moves: if still { Vec::new() } else { moves },
            }
        });
        Ok(Self { drugs: made.collect(), combination, modulation, mechanisms, pumps })
    }

    /// As rates are compiled from.
    #[must_use]
    pub fn drugs(&self) -> Drugs<'_> {
        Drugs {
            each: &self.drugs,
            combination: self.combination,
            modulation: self.modulation,
            mechanisms: self.mechanisms,
            pumps: &self.pumps,
        }
    }
}

/// Pumps that saturate, with all drugs that they carry in a type, every distinct one once. Behind the mechanisms come, of each, its
/// multiplier and those of the reference lines of its drugs; each drug's action gets terms for the pump of its type.
fn saturate(each: &mut [Vec<InCell>], mechanisms: usize, types: usize) -> Vec<PumpState> {
    let mut pumps: Vec<PumpState> = Vec::new();
    for pump in 0..mechanisms {
        for of_type in 0..types {
            let carried = each.iter().enumerate().filter_map(|(drug, types)| {
                let found = types[of_type].saturable.as_ref().filter(|one| one.pump == pump)?;
                Some(AtPump { drug, at: found.clone() })
            });
            let state = PumpState { pump, drugs: carried.collect() };
            if state.drugs.is_empty() {
                continue;
            }
            let position = pumps.iter().position(|other| *other == state).unwrap_or_else(|| {
                pumps.push(state.clone());
                pumps.len() - 1
            });
            let before: usize = pumps[..position].iter().map(|other| 1 + other.drugs.len()).sum();
            let of = mechanisms + before;
            for (k, one) in state.drugs.iter().enumerate() {
                let factors = &mut each[one.drug][of_type].moves.factors;
                factors[0].terms.push(Term { of, and: None, weight: one.at.capacity });
                let in_line = Term { of: of + 1 + k, and: None, weight: 1.0 };
                factors.push(Factor { constant: 0.0, terms: vec![in_line], exposes: false });
            }
        }
    }
    pumps
}
