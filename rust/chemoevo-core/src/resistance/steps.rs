//! The way of a drug through the cell, step by step, in every cell type at once.
//!
//! A step is one mechanism as the drug meets it. With a strength `s` and an expression `e` in the cell it adds `s e` to a sum:
//!
//! * *uptake*: what lets drug in beside what leaks in, `C (1 + sum s e)`;
//! * *efflux* and *detoxification*: sinks on the pool inside, which add (a 10-fold and a 5-fold sink make 14, not 50);
//! * *repair*: ways to mend the lesion, parallel to one another;
//! * *apoptosis* and *target*: each a factor of its own on EC50, and perhaps a ceiling on Emax.
//!
//! The pool divides what gets in, repair divides what is left, so EC50 is multiplied by their sums, over those of the reference
//! line. What exposes the cell (uptake, a protein that answers damage by death) divides EC50. Dividing a concentration by D is
//! multiplying EC50 by D, for every Hill exponent. A pump that saturates has the concentrations inside in its sum; see `pump`.

use super::chain::{ChainError, Potency, range};
use super::left::Saturable;
use super::moves::{Ceiling, Factor, Moves, Term};

/// Where a step is, from the membrane inward.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Transport into the cell.
    Uptake,
    /// Transport out of the cell; shares the pool inside with detoxification.
    Efflux,
    /// Inactivation inside the cell.
    Detoxification,
    /// Removal of the lesion; in series with the pool.
    Repair,
    /// The answer to the lesion.
    Apoptosis,
    /// What the drug binds to.
    Target,
}

/// A ceiling that a mechanism puts on the largest effect.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ceiled {
    /// Factor on Emax, in [0, 1], at an expression.
    pub factor: f64,
    /// That expression, another than in the reference line.
    pub at: f64,
}

/// One mechanism as one drug meets it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// The mechanism, by its position.
    pub mechanism: usize,
    /// Another one without which it does nothing: the pump of a conjugate.
    pub needs: Option<usize>,
    /// Where it is.
    pub stage: Stage,
    /// What it adds per expression, >= 0.
    pub strength: f64,
    /// Expression in the reference line, of both where it needs another.
    pub reference: f64,
    /// Whether more of it makes the cell more sensitive; only in apoptosis and target.
    pub exposes: bool,
    /// What it does to Emax.
    pub ceiling: Option<Ceiled>,
    /// Of a pump that saturates: the unbound concentration inside at half its capacity (uM).
    pub km: Option<f64>,
}

/// Expression of every mechanism in every type.
#[derive(Clone, Copy, Debug)]
pub struct Expressions<'a> {
    /// Number of types.
    pub types: usize,
    /// By mechanisms, then types.
    pub values: &'a [f64],
}

impl Expressions<'_> {
    fn of(&self, mechanism: usize, of_type: usize) -> f64 {
        self.values[mechanism * self.types + of_type]
    }

    /// Number of mechanisms.
    #[must_use]
    pub fn mechanisms(&self) -> usize {
        self.values.len().checked_div(self.types).unwrap_or(0)
    }
}

/// The action of a drug on one type.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct InCell {
    pub(super) potency: Potency,
    pub(super) moves: Moves,
    /// At most one pump of a drug saturates. Its term is the last of the first factor of `moves`.
    pub(super) saturable: Option<Saturable>,
}

/// Checks the numbers of steps.
///
/// # Errors
/// [`ChainError::Range`] for the first that is wrong.
pub(super) fn check(steps: &[Step], expressions: &Expressions<'_>) -> Result<(), ChainError> {
    let known = expressions.mechanisms();
    for step in steps {
        let there = step.mechanism < known && step.needs.is_none_or(|other| other < known);
        range("mechanism", "one that has expressions", step.mechanism as f64, there)?;
        range("strength", ">= 0 and finite", step.strength, step.strength >= 0.0)?;
        range("reference", ">= 0 and finite", step.reference, step.reference >= 0.0)?;
        if let Some(ceiling) = step.ceiling {
            range("ceiling", "in [0, 1]", ceiling.factor, (0.0..=1.0).contains(&ceiling.factor))?;
            let other = ceiling.at >= 0.0 && ceiling.at != step.reference;
            range("expression of a ceiling", ">= 0, and not that of the reference line", ceiling.at, other)?;
            range("ceiling", "of a step that needs no other mechanism", ceiling.factor, step.needs.is_none())?;
        }
        let free = matches!(step.stage, Stage::Apoptosis | Stage::Target);
        range("strength of what exposes", "of apoptosis or target", step.strength, free || !step.exposes)?;
        if let Some(km) = step.km {
            range("km", "> 0 and finite", km, km > 0.0)?;
            range("km", "of a step of efflux", km, step.stage == Stage::Efflux && step.needs.is_none())?;
        }
    }
    let saturable = steps.iter().filter(|step| step.km.is_some()).count();
    range("pumps of a drug that saturate", "at most one", saturable as f64, saturable <= 1)?;
    for &expression in expressions.values {
        range("expression", ">= 0 and finite", expression, expression >= 0.0)?;
    }
    Ok(())
}

/// The action on one type of a drug with this potency in the reference line; `moved` says of which mechanisms something else than
/// all may be left.
///
/// # Errors
/// [`ChainError::Range`] where the result is not finite.
pub(super) fn in_cell(
    line: Potency,
    steps: &[Step],
    expressions: &Expressions<'_>,
    of_type: usize,
    moved: &dyn Fn(usize) -> bool,
) -> Result<InCell, ChainError> {
    let (mut pool, mut pool_ref) = (Factor::one(false), 1.0);
    let (mut repair, mut repair_ref) = (Factor::one(false), 1.0);
    let (mut uptake, mut uptake_ref) = (Factor::one(true), 1.0);
    let mut moves = Moves::default();
    let (mut ec50, mut emax) = (line.ec50, line.emax);
    let mut pump: Option<(&Step, f64)> = None;
    for step in steps {
        let own = expressions.of(step.mechanism, of_type);
        let expression = own * step.needs.map_or(1.0, |other| expressions.of(other, of_type));
        let (weight, in_line) = (step.strength * expression, step.strength * step.reference);
        let moving = (moved(step.mechanism) || step.needs.is_some_and(moved)) && weight > 0.0;
        let add = |factor: &mut Factor| {
            if moving {
                factor.terms.push(Term { of: step.mechanism, and: step.needs, weight });
            } else {
                factor.constant += weight;
            }
        };
        match step.stage {
            Stage::Efflux | Stage::Detoxification => {
                pool_ref += in_line;
                match step.km {
                    Some(_) if weight > 0.0 || in_line > 0.0 => pump = Some((step, weight)),
                    _ => add(&mut pool),
                }
            }
            Stage::Repair => {
                repair_ref += in_line;
                add(&mut repair);
            }
            Stage::Uptake => {
                uptake_ref += in_line;
                add(&mut uptake);
            }
            Stage::Apoptosis | Stage::Target => {
                let mut own = Factor::one(step.exposes);
                add(&mut own);
                settle(own, 1.0 + in_line, &mut ec50, &mut moves);
            }
        }
        if let Some(Ceiled { factor, at }) = step.ceiling {
            // A straight line from 1 in the reference line.
            let slope = (factor - 1.0) / (at - step.reference);
            let ceiling =
                Ceiling { without: 1.0 - slope * step.reference, slope: slope * expression, of: step.mechanism };
            if moved(step.mechanism) && ceiling.slope != 0.0 {
                moves.ceilings.push(ceiling);
            } else {
                emax *= (ceiling.without + ceiling.slope).clamp(0.0, 1.0);
            }
        }
    }
    let saturable = pump.map(|(step, weight)| {
        let km = step.km.unwrap_or(f64::INFINITY);
        // What is inside the reference line at its EC50: the strength is that of the pump as it works there.
        let inside = line.ec50 / pool_ref / km;
        let ratio = Factor { constant: uptake.constant / uptake_ref, ..uptake.clone() };
        let terms = ratio.terms.iter().map(|term| Term { weight: term.weight / uptake_ref, ..*term }).collect();
        Saturable {
            pump: step.mechanism,
            km,
            capacity: weight * (1.0 + inside),
            pool_ref,
            line: (pool_ref - step.strength * step.reference, step.strength * step.reference * (1.0 + inside)),
            pool: pool.clone(),
            uptake: Factor { terms, exposes: false, ..ratio },
        }
    });
    if saturable.is_some() {
        // The term of the pump goes behind the others, when its load is known by type.
        ec50 /= pool_ref;
        moves.factors.insert(0, pool);
    } else {
        settle(pool, pool_ref, &mut ec50, &mut moves);
    }
    settle(repair, repair_ref, &mut ec50, &mut moves);
    settle(uptake, uptake_ref, &mut ec50, &mut moves);
    let potency = Potency { ec50, emax, ..line };
    potency.validate()?;
    Ok(InCell { potency, moves, saturable })
}

/// Puts a factor into EC50 where nothing of it moves, and among what moves otherwise.
fn settle(factor: Factor, reference: f64, ec50: &mut f64, moves: &mut Moves) {
    *ec50 *= if factor.exposes { reference } else { reference.recip() };
    if factor.terms.is_empty() {
        *ec50 *= factor.on_ec50(&[]);
    } else {
        moves.factors.push(factor);
    }
}

/// EC50 and Emax in one cell where of every mechanism a share is left, or more than all of it, `left` by mechanism. No pump
/// saturates.
///
/// # Errors
/// [`ChainError`] where a number is out of range or the result is not finite.
pub fn potency_in_cell(
    line: Potency,
    steps: &[Step],
    expressions: &[f64],
    left: &[f64],
) -> Result<Potency, ChainError> {
    line.validate()?;
    let cells = Expressions { types: 1, values: expressions };
    check(steps, &cells)?;
    for &share in left {
        range("left", ">= 0 and finite", share, share >= 0.0)?;
    }
    range("left", "one per mechanism", left.len() as f64, left.len() == expressions.len())?;
    let linear: Vec<Step> = steps.iter().map(|step| Step { km: None, ..*step }).collect();
    let found = in_cell(line, &linear, &cells, 0, &|_| true)?;
    let (ec50, emax) = (found.potency.ec50 * found.moves.on_ec50(left), found.potency.emax * found.moves.on_emax(left));
    let potency = Potency { ec50, emax, ..line };
    potency.validate()?;
    Ok(potency)
}

#[cfg(test)]
mod tests {
    use super::super::chain::{MeasuredFold, strengths_from_folds};
    use super::*;
    use Stage::{Apoptosis, Detoxification, Efflux, Repair, Target, Uptake};

    const LINE: Potency = Potency { ec50: 2.0, hill: 1.5, emax: 0.8 };

    fn step(mechanism: usize, stage: Stage, strength: f64) -> Step {
        let (needs, ceiling, km) = (None, None, None);
        Step { mechanism, needs, stage, strength, reference: 0.0, exposes: false, ceiling, km }
    }

    /// The strength of one mechanism by itself.
    fn strength(fold: f64, expression: f64, reference: f64) -> f64 {
        strengths_from_folds(&[MeasuredFold { fold, expression, reference }]).unwrap()[0]
    }

    fn close(got: f64, want: f64, within: f64) {
        assert!((got / want - 1.0).abs() <= within, "{got} {want}");
    }

    fn fold(steps: &[Step], expressions: &[f64]) -> f64 {
        potency_in_cell(LINE, steps, expressions, &vec![1.0; expressions.len()]).unwrap().ec50 / LINE.ec50
    }

    #[test]
    fn sinks_on_one_pool_add_and_repair_multiplies() {
        let (ten, five) = (strength(10.0, 1.0, 0.0), strength(5.0, 1.0, 0.0));
        for (stages, want) in [((Efflux, Detoxification), 14.0), ((Efflux, Repair), 50.0), ((Repair, Repair), 14.0)] {
            close(fold(&[step(0, stages.0, ten), step(1, stages.1, five)], &[1.0, 1.0]), want, 1e-12);
        }
        // Of apoptosis and target each has its own factor.
        close(fold(&[step(0, Apoptosis, ten), step(1, Target, five)], &[1.0, 1.0]), 50.0, 1e-12);
        // Copies add: a fold is linear in their number.
        for copies in 0..5 {
            close(fold(&[step(0, Efflux, ten)], &[f64::from(copies)]), 1.0 + 9.0 * f64::from(copies), 1e-12);
        }
    }

    #[test]
    fn calibration_returns_the_published_fold() {
        for (f, e, r) in [(15.53, 1.0, 0.0), (3.0, 8.0, 1.0), (1.0, 0.0, 0.0), (7.9, 8.0, 1.0)] {
            for stage in [Efflux, Repair, Apoptosis, Target] {
                let one = Step { reference: r, ..step(0, stage, strength(f, e, r)) };
                close(fold(&[one], &[e]), f, 1e-12);
            }
        }
    }

    #[test]
    fn several_mechanisms_that_all_cells_have_are_calibrated_together() {
        let measured = [
            MeasuredFold { fold: 15.53, expression: 1.0, reference: 0.02 },
            MeasuredFold { fold: 3.0, expression: 1.0, reference: 0.1 },
        ];
        let strengths = strengths_from_folds(&measured).unwrap();
        for (got, want) in strengths.iter().zip([30.808_556_75, 4.617_631_815]) {
            close(*got, want, 1e-9);
        }
        // Every fold comes back, with the others as they are in every cell; and both together.
        let stages = [Efflux, Detoxification];
        let both = [0, 1].map(|k| Step { reference: measured[k].reference, ..step(k, stages[k], strengths[k]) });
        for (expressions, want) in
            [([1.0, 0.1], 15.53), ([0.02, 1.0], 3.0), ([0.02, 0.1], 1.0), ([1.0, 1.0], 17.530_000_000)]
        {
            close(fold(&both, &expressions), want, 1e-9);
        }
        // One that is lost: a hundred times as sensitive without it, and half way back with half of it.
        let lost = [MeasuredFold { fold: 0.01, expression: 0.0, reference: 1.0 }];
        let of_lost = strengths_from_folds(&lost).unwrap()[0];
        close(of_lost, 99.0, 1e-12);
        let repair = Step { reference: 1.0, ..step(0, Repair, of_lost) };
        for (expression, want) in [(0.0, 0.01), (0.5, 0.505), (1.0, 1.0)] {
            close(fold(&[repair], &[expression]), want, 1e-12);
        }
        // Of one it is the strength from its fold; with a base it is induced in cells without the alteration.
        let alone = strengths_from_folds(&measured[..1]).unwrap()[0];
        // s = (f - 1)/(e - f r).
        close(alone, 14.53 / (1.0 - 15.53 * 0.02), 1e-12);
        close(alone, 21.076_298_23, 1e-9);
        let pump = Step { reference: 0.02, ..step(0, Efflux, alone) };
        close(fold(&[pump], &[7.0 * 0.02]), 2.779_183_673, 1e-9);
        close(fold(&[pump], &[7.0]), 104.489_183_7, 1e-9);
    }

    #[test]
    fn what_lets_drug_in_or_answers_damage_exposes() {
        // A line without the carrier is 20 times as resistant; what leaks in is then a twentieth.
        let carrier = Step { reference: 1.0, ..step(0, Uptake, 19.0) };
        close(fold(&[carrier], &[0.0]), 20.0, 1e-12);
        close(fold(&[carrier], &[1.0]), 1.0, 1e-12);
        // In series before efflux.
        close(fold(&[carrier, step(1, Efflux, 9.0)], &[0.0, 1.0]), 200.0, 1e-12);
        let p53 = Step { reference: 1.0, exposes: true, ..step(0, Apoptosis, 3.18) };
        close(fold(&[p53], &[0.0]), 4.18, 1e-12);
        close(fold(&[p53], &[0.5]), 4.18 / 2.59, 1e-12);
    }

    #[test]
    fn a_conjugate_must_be_pumped_out() {
        // GSTA1 and MRP1 each alone do nothing to chlorambucil, both do 4-fold (Morrow et al. 1998).
        let conjugation = Step { needs: Some(1), ..step(0, Detoxification, 3.0) };
        for (expressions, want) in [([1.0, 0.0], 1.0), ([0.0, 1.0], 1.0), ([1.0, 1.0], 4.0), ([2.0, 0.5], 4.0)] {
            close(fold(&[conjugation], &expressions), want, 1e-12);
        }
        let left = potency_in_cell(LINE, &[conjugation], &[1.0, 1.0], &[0.5, 0.4]).unwrap();
        close(left.ec50 / LINE.ec50, 1.6, 1e-12);
    }

    #[test]
    fn a_backup_is_parallel() {
        // Without recombination a PARP inhibitor leaves no repair; with it nearly all is left: no rule of its own is needed.
        let (recombination, parp) = (step(0, Repair, 99.0), step(1, Repair, 9.0));
        let with = |expression: f64, left: f64| {
            let found = potency_in_cell(LINE, &[recombination, parp], &[expression, 1.0], &[1.0, left]).unwrap();
            found.ec50 / LINE.ec50
        };
        close(with(0.0, 0.0), 1.0, 1e-12);
        close(with(0.0, 1.0), 10.0, 1e-12);
        close(with(1.0, 0.0) / with(1.0, 1.0), 100.0 / 109.0, 1e-12);
    }

    #[test]
    fn inhibition_takes_the_mechanism_away() {
        let left = |share: f64, reference: f64| {
            let one = Step { reference, ..step(0, Efflux, 9.0) };
            potency_in_cell(LINE, &[one], &[1.0], &[share]).unwrap().ec50 / LINE.ec50
        };
        assert_eq!(left(0.0, 0.0), 1.0);
        close(left(0.5, 0.0), 5.5, 1e-12);
        // A reference line that expresses the mechanism is less sensitive than the inhibited cell.
        close(left(0.0, 1.0), 0.1, 1e-12);
    }

    #[test]
    fn apoptosis_moves_threshold_and_ceiling() {
        let ceiling = Some(Ceiled { factor: 0.6, at: 1.0 });
        let one = Step { ceiling, ..step(0, Apoptosis, 0.3) };
        let at = |expression: f64, left: f64| potency_in_cell(LINE, &[one], &[expression], &[left]).unwrap();
        let found = at(1.0, 1.0);
        close(found.ec50, 2.6, 1e-15);
        close(found.emax, 0.48, 1e-15);
        assert_eq!(found.hill, 1.5);
        close(at(0.5, 1.0).emax, 0.64, 1e-15);
        close(at(1.0, 0.5).emax, 0.64, 1e-15);
        // It goes no further than to nothing, nor above all.
        assert_eq!(at(9.0, 1.0).emax, 0.0);
        // A drug that acts only where a protein is: nothing where it is lost.
        let ceiling = Some(Ceiled { factor: 0.0, at: 0.0 });
        let only = Step { ceiling, reference: 1.0, exposes: true, ..step(0, Apoptosis, 0.0) };
        let emax = |expression: f64| potency_in_cell(LINE, &[only], &[expression], &[1.0]).unwrap().emax;
        assert_eq!((emax(0.0), emax(1.0), emax(3.0)), (0.0, 0.8, 0.8));
    }

    #[test]
    fn dividing_the_concentration_is_multiplying_the_ec50() {
        let p = potency_in_cell(LINE, &[step(0, Efflux, 9.0)], &[1.0], &[1.0]).unwrap();
        for c in [1e-6, 0.3, 2.0, 1e4_f64] {
            close(p.effect(c.ln()), LINE.effect((c / 10.0).ln()), 1e-12);
        }
    }

    #[test]
    fn wrong_numbers_are_refused() {
        let good = step(0, Efflux, 1.0);
        let wrong = |steps: &[Step], expressions: &[f64], left: &[f64]| {
            assert!(potency_in_cell(LINE, steps, expressions, left).is_err(), "{steps:?} {expressions:?} {left:?}");
        };
        assert!(potency_in_cell(LINE, &[good], &[1.0], &[1.0]).is_ok());
        assert!(potency_in_cell(Potency { ec50: 0.0, ..LINE }, &[], &[], &[]).is_err());
        wrong(&[step(0, Efflux, -1.0)], &[1.0], &[1.0]);
        wrong(&[step(1, Efflux, 1.0)], &[1.0], &[1.0]);
        wrong(&[good], &[-1.0], &[1.0]);
        wrong(&[good], &[f64::NAN], &[1.0]);
        wrong(&[good], &[1.0], &[-0.1]);
        wrong(&[good], &[1.0], &[]);
        wrong(&[Step { exposes: true, ..good }], &[1.0], &[1.0]);
        wrong(&[Step { km: Some(1.0), ..step(0, Repair, 1.0) }], &[1.0], &[1.0]);
        wrong(&[Step { km: Some(0.0), ..good }], &[1.0], &[1.0]);
        wrong(&[Step { reference: f64::INFINITY, ..good }], &[1.0], &[1.0]);
        let ceiling = |factor: f64, at: f64| Step { ceiling: Some(Ceiled { factor, at }), ..step(0, Target, 1.0) };
        wrong(&[ceiling(1.5, 1.0)], &[1.0], &[1.0]);
        wrong(&[ceiling(0.5, 0.0)], &[1.0], &[1.0]);
    }
}
