//! Drug action inside the cell: one stage per mechanism.
//!
//! Unbound drug outside -> *efflux* and *detoxification*, two sinks on one intracellular pool -> *repair* of the
//! lesion -> *apoptosis*. A sink of strength `s` for the drug and expression `e` in the cell removes drug at `s e`
//! times the rate at which it otherwise leaves, so at steady state the pool is divided by `1 + sum s e (1 - i)`
//! (`i` the inhibited share). The potency is measured in a reference line of expression `e_ref`; relative to it
//!
//! * the pool is divided by `(1 + sum_k s_k e_k (1 - i_k)) / (1 + sum_k s_k e_ref,k)`, the sum over both sinks:
//!   sinks on one pool add (a 10-fold and a 5-fold sink make 14, not 50);
//! * repair, in series, divides what is left by its own factor of the same form (parallel pathways add in it);
//! * apoptosis multiplies EC50 by a threshold factor and Emax by a ceiling factor.
//!
//! Dividing the concentration by D is multiplying EC50 by D, for every Hill exponent. The hazard is
//! `Emax C^h/(EC50^h + C^h)` (Hill 1910), computed as a logistic function of `h ln(C/EC50)`.

/// Where a mechanism acts. Apoptosis is a pair of factors, not a stage of this kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Transport out of the cell; shares the intracellular pool with detoxification.
    Efflux,
    /// Inactivation inside the cell; shares the intracellular pool with efflux.
    Detoxification,
    /// Removal of the lesion; in series with the pool.
    Repair,
}

/// One mechanism as one cell type and one drug see it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mechanism {
    /// Where it acts.
    pub stage: Stage,
    /// Strength for the drug, `s >= 0`.
    pub strength: f64,
    /// Expression in the cell type, `e >= 0`.
    pub expression: f64,
    /// Expression in the line where the potency was measured, `e_ref >= 0`.
    pub reference: f64,
    /// Inhibited share, `i` in [0, 1]; several inhibitors leave the product of their `1 - i`.
    pub inhibition: f64,
}

/// What is wrong with the numbers of a chain.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ChainError {
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
    /// No strength gives this fold.
    #[error(
        "a fold of {fold} is impossible at expression {expression} against reference {reference}: \
         it must be below expression/reference = {limit}"
    )]
    Fold {
        /// The fold asked for.
        fold: f64,
        /// Expression of the resistant line.
        expression: f64,
        /// Expression of the reference line.
        reference: f64,
        /// Folds must be below this.
        limit: f64,
    },
    /// Folds that cannot be at once.
    #[error(
        "these folds are impossible together: what the reference line has of their mechanisms would be {basal} of all that \
         removes the drug from it, which must be below 1"
    )]
    Together {
        /// The sum of `(f - 1) r/(e - r)`.
        basal: f64,
    },
}

/// Strength of a mechanism from a published fold: `s = (f - 1)/(e - f e_ref)`.
///
/// # Errors
/// [`ChainError`] for `f < 1` (a mechanism that sensitizes is a threshold factor), for `f >= e/e_ref`, or for
/// expressions that are negative or not finite.
pub fn strength_from_fold(fold: f64, expression: f64, reference: f64) -> Result<f64, ChainError> {
    range("fold", ">= 1 and finite", fold, fold >= 1.0)?;
    range("expression", ">= 0 and finite", expression, expression >= 0.0)?;
    range("reference", ">= 0 and finite", reference, reference >= 0.0)?;
    if fold == 1.0 {
        return Ok(0.0);
    }
    let room = expression - fold * reference;
    if room > 0.0 {
        return Ok((fold - 1.0) / room);
    }
    Err(ChainError::Fold { fold, expression, reference, limit: expression / reference })
}

/// A published fold on EC50: a line with another expression of one mechanism against a reference line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeasuredFold {
    /// The fold, > 0; below 1 where the line has less of it than the reference.
    pub fold: f64,
    /// Expression in the line, >= 0.
    pub expression: f64,
    /// Expression in the reference line, >= 0: how much of it every cell has.
    pub reference: f64,
}

/// Strengths of mechanisms that act on one pool, or repair one lesion, from a fold of each, where the reference line has some of
/// all: with `q_k = (f_k - 1)/(e_k - r_k)` and `Q = sum q_k r_k`, `s_k = q_k/(1 - Q)`. What one does is then measured beside what
/// the others do already. Of one mechanism it is [`strength_from_fold`], also for one that is lost: with e = 0, r = 1 and
/// f = 1/F, `s = F - 1`.
///
/// # Errors
/// [`ChainError`] where a number is out of range, a fold and the expressions point opposite ways, or the folds are too large
/// together for what the reference line has (Q >= 1).
pub fn strengths_from_folds(measured: &[MeasuredFold]) -> Result<Vec<f64>, ChainError> {
    let share = |one: &MeasuredFold| {
        let MeasuredFold { fold, expression, reference } = *one;
        range("fold", "> 0 and finite", fold, fold > 0.0)?;
        range("expression", ">= 0 and finite", expression, expression >= 0.0)?;
        range("reference", ">= 0 and finite", reference, reference >= 0.0)?;
        if fold == 1.0 {
            return Ok(0.0);
        }
        let share = (fold - 1.0) / (expression - reference);
        let fits = share > 0.0 && share.is_finite() && share * reference < 1.0;
        let limit = expression / reference;
        if fits { Ok(share) } else { Err(ChainError::Fold { fold, expression, reference, limit }) }
    };
    let shares = measured.iter().map(share).collect::<Result<Vec<f64>, _>>()?;
    let basal: f64 = shares.iter().zip(measured).map(|(share, one)| share * one.reference).sum();
    if basal >= 1.0 {
        return Err(ChainError::Together { basal });
    }
    Ok(shares.into_iter().map(|share| share / (1.0 - basal)).collect())
}

/// Concentration, steepness and ceiling of a drug's action on one cell type.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Potency {
    /// Unbound concentration of half the effect, in uM.
    pub ec50: f64,
    /// Hill exponent.
    pub hill: f64,
    /// Largest effect: a hazard per day on death, or a fraction of birth.
    pub emax: f64,
}

impl Potency {
    /// The potency in a cell with these mechanisms, threshold factor (on EC50) and ceiling factor (on Emax).
    ///
    /// # Errors
    /// [`ChainError`] where a number is out of range or the result is not finite.
    pub fn in_cell(self, mechanisms: &[Mechanism], threshold: f64, ceiling: f64) -> Result<Self, ChainError> {
        self.validate()?;
        range("threshold", "> 0 and finite", threshold, threshold > 0.0)?;
        range("ceiling", ">= 0 and finite", ceiling, ceiling >= 0.0)?;
        let (mut pool, mut pool_ref, mut repair, mut repair_ref) = (1.0, 1.0, 1.0, 1.0);
        for m in mechanisms {
            range("strength", ">= 0 and finite", m.strength, m.strength >= 0.0)?;
            range("expression", ">= 0 and finite", m.expression, m.expression >= 0.0)?;
            range("reference", ">= 0 and finite", m.reference, m.reference >= 0.0)?;
            range("inhibition", "in [0, 1]", m.inhibition, (0.0..=1.0).contains(&m.inhibition))?;
            let (cell, line) = (m.strength * m.expression * (1.0 - m.inhibition), m.strength * m.reference);
            match m.stage {
                Stage::Efflux | Stage::Detoxification => {
                    pool += cell;
                    pool_ref += line;
                }
                Stage::Repair => {
                    repair += cell;
                    repair_ref += line;
                }
            }
        }
        let ec50 = self.ec50 * (pool / pool_ref) * (repair / repair_ref) * threshold;
        let changed = Self { ec50, emax: self.emax * ceiling, ..self };
        changed.validate()?;
        Ok(changed)
    }

    /// Checks EC50 > 0, Hill > 0, Emax >= 0, all finite.
    ///
    /// # Errors
    /// [`ChainError::Range`] for the first that is not.
    pub fn validate(&self) -> Result<(), ChainError> {
        range("ec50", "> 0 and finite", self.ec50, self.ec50 > 0.0)?;
        range("hill", "> 0 and finite", self.hill, self.hill > 0.0)?;
        range("emax", ">= 0 and finite", self.emax, self.emax >= 0.0)
    }

    /// Effect at a concentration given by its logarithm (uM; minus infinity is no drug).
    #[inline]
    #[must_use]
    pub fn effect(&self, ln_concentration: f64) -> f64 {
        self.effect_at(self.ec50.ln(), ln_concentration)
    }

    /// The same for an EC50 given by its logarithm, for callers that ask often.
    #[inline]
    pub(super) fn effect_at(&self, ln_ec50: f64, ln_concentration: f64) -> f64 {
        if ln_concentration == f64::NEG_INFINITY {
            return 0.0;
        }
        self.emax / (1.0 + (self.hill * (ln_ec50 - ln_concentration)).exp())
    }
}

fn range(field: &'static str, rule: &'static str, value: f64, ok: bool) -> Result<(), ChainError> {
    if ok && value.is_finite() { Ok(()) } else { Err(ChainError::Range { field, rule, value }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Stage::{Detoxification, Efflux, Repair};

    const LINE: Potency = Potency { ec50: 2.0, hill: 1.5, emax: 0.8 };

    fn mechanism(stage: Stage, strength: f64, expression: f64) -> Mechanism {
        Mechanism { stage, strength, expression, reference: 0.0, inhibition: 0.0 }
    }

    fn fold(mechanisms: &[Mechanism]) -> f64 {
        LINE.in_cell(mechanisms, 1.0, 1.0).unwrap().ec50 / LINE.ec50
    }

    #[test]
    fn sinks_on_one_pool_add_and_repair_multiplies() {
        let (ten, five) = (strength_from_fold(10.0, 1.0, 0.0).unwrap(), strength_from_fold(5.0, 1.0, 0.0).unwrap());
        assert!((fold(&[mechanism(Efflux, ten, 1.0), mechanism(Detoxification, five, 1.0)]) - 14.0).abs() < 1e-12);
        assert!((fold(&[mechanism(Efflux, ten, 1.0), mechanism(Repair, five, 1.0)]) - 50.0).abs() < 1e-12);
        assert!((fold(&[mechanism(Repair, ten, 1.0), mechanism(Repair, five, 1.0)]) - 14.0).abs() < 1e-12);
    }

    #[test]
    fn calibration_returns_the_published_fold() {
        for (f, e, r) in [(15.53, 1.0, 0.0), (3.0, 8.0, 1.0), (1.0, 0.0, 0.0), (7.9, 8.0, 1.0)] {
            let m = Mechanism { reference: r, ..mechanism(Efflux, strength_from_fold(f, e, r).unwrap(), e) };
            assert!((fold(&[m]) / f - 1.0).abs() < 1e-12);
        }
        assert!(matches!(strength_from_fold(8.0, 8.0, 1.0), Err(ChainError::Fold { .. })));
        assert!(matches!(strength_from_fold(2.0, 0.0, 0.0), Err(ChainError::Fold { .. })));
        assert!(strength_from_fold(0.5, 1.0, 0.0).is_err());
        assert!(strength_from_fold(f64::NAN, 1.0, 0.0).is_err());
    }

    #[test]
    fn several_mechanisms_that_all_cells_have_are_calibrated_together() {
        let measured = [
            MeasuredFold { fold: 15.53, expression: 1.0, reference: 0.02 },
            MeasuredFold { fold: 3.0, expression: 1.0, reference: 0.1 },
        ];
        let strengths = strengths_from_folds(&measured).unwrap();
        for (got, want) in strengths.iter().zip([30.808_556_75, 4.617_631_815]) {
            assert!((got / want - 1.0).abs() < 1e-9, "{got} {want}");
        }
        // Every fold comes back, with the others as they are in every cell; and both together.
        let with = |expressions: [f64; 2]| {
            let stages = [Efflux, Detoxification];
            let each: Vec<Mechanism> = (0..2)
                .map(|k| Mechanism {
                    reference: measured[k].reference,
                    ..mechanism(stages[k], strengths[k], expressions[k])
                })
                .collect();
            fold(&each)
        };
        assert!((with([1.0, 0.1]) / 15.53 - 1.0).abs() < 1e-12);
        assert!((with([0.02, 1.0]) / 3.0 - 1.0).abs() < 1e-12);
        assert!((with([0.02, 0.1]) - 1.0).abs() < 1e-12);
        assert!((with([1.0, 1.0]) / 17.53 - 1.0).abs() < 1e-9);
        // One that is lost: a hundred times as sensitive without it.
        let lost = [MeasuredFold { fold: 0.01, expression: 0.0, reference: 1.0 }];
        assert!((strengths_from_folds(&lost).unwrap()[0] / 99.0 - 1.0).abs() < 1e-12);
        // Of one it is the strength from its fold; with a base it is induced in cells without the alteration.
        let one = [measured[0]];
        let alone = strengths_from_folds(&one).unwrap()[0];
        assert!((alone / strength_from_fold(15.53, 1.0, 0.02).unwrap() - 1.0).abs() < 1e-12);
        assert!((alone / 21.076_298_23 - 1.0).abs() < 1e-9);
        let induced = |expression| fold(&[Mechanism { reference: 0.02, ..mechanism(Efflux, alone, expression) }]);
        assert!((induced(7.0 * 0.02) / 2.779_183_673 - 1.0).abs() < 1e-9);
        assert!((induced(7.0) / 104.489_183_7 - 1.0).abs() < 1e-9);
    }

    #[test]
    fn folds_that_cannot_be_are_refused() {
        let one = |fold, expression, reference| MeasuredFold { fold, expression, reference };
        assert_eq!(strengths_from_folds(&[one(1.0, 0.0, 0.0)]).unwrap(), [0.0]);
        for wrong in [one(0.5, 1.0, 0.0), one(2.0, 0.0, 1.0), one(8.0, 8.0, 1.0), one(2.0, 1.0, 1.0)] {
            assert!(matches!(strengths_from_folds(&[wrong]), Err(ChainError::Fold { .. })), "{wrong:?}");
        }
        assert!(matches!(strengths_from_folds(&[one(0.0, 0.0, 1.0)]), Err(ChainError::Range { .. })));
        // Each alone is possible, both are not.
        let both = [one(6.0, 10.0, 1.0), one(6.0, 10.0, 1.0)];
        assert!(strengths_from_folds(&both[..1]).is_ok());
        assert!(matches!(strengths_from_folds(&both), Err(ChainError::Together { .. })));
    }

    #[test]
    fn inhibition_takes_the_mechanism_away() {
        let m = mechanism(Efflux, 9.0, 1.0);
        assert_eq!(fold(&[Mechanism { inhibition: 1.0, ..m }]), 1.0);
        assert!((fold(&[Mechanism { inhibition: 0.5, ..m }]) - 5.5).abs() < 1e-12);
        // A reference line that expresses the mechanism is less sensitive than the inhibited cell.
        let m = Mechanism { inhibition: 1.0, reference: 1.0, ..m };
        assert!((fold(&[m]) - 0.1).abs() < 1e-12);
    }

    #[test]
    fn apoptosis_moves_threshold_and_ceiling() {
        let p = LINE.in_cell(&[], 1.3, 0.6).unwrap();
        assert!((p.ec50 - 2.6).abs() < 1e-15 && (p.emax - 0.48).abs() < 1e-15 && p.hill == 1.5);
    }

    #[test]
    fn dividing_the_concentration_is_multiplying_the_ec50() {
        let p = LINE.in_cell(&[mechanism(Efflux, 9.0, 1.0)], 1.0, 1.0).unwrap();
        for c in [1e-6, 0.3, 2.0, 1e4_f64] {
            assert!((p.effect(c.ln()) / LINE.effect((c / 10.0).ln()) - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn effect_is_stable_at_its_ends() {
        let c = 3.0_f64;
        let hill = 0.8 * c.powf(1.5) / (2.0_f64.powf(1.5) + c.powf(1.5));
        assert!((LINE.effect(c.ln()) - hill).abs() < 1e-15);
        assert_eq!(LINE.effect(f64::NEG_INFINITY), 0.0);
        assert_eq!(LINE.effect(700.0), 0.8);
        let steep = Potency { hill: 500.0, ..LINE };
        assert_eq!((steep.effect(-700.0), steep.effect(700.0)), (0.0, 0.8));
        assert!((steep.effect(2.0_f64.ln()) - 0.4).abs() < 1e-15);
        // Small concentrations keep their digits.
        assert!((LINE.effect(1e-30_f64.ln()) / (0.8 * (0.5e-30_f64).powf(1.5)) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn wrong_numbers_are_refused() {
        assert!(Potency { ec50: 0.0, ..LINE }.in_cell(&[], 1.0, 1.0).is_err());
        assert!(LINE.in_cell(&[], 0.0, 1.0).is_err());
        assert!(LINE.in_cell(&[], 1.0, f64::NAN).is_err());
        assert!(LINE.in_cell(&[mechanism(Efflux, -1.0, 1.0)], 1.0, 1.0).is_err());
        assert!(LINE.in_cell(&[Mechanism { inhibition: 1.1, ..mechanism(Efflux, 1.0, 1.0) }], 1.0, 1.0).is_err());
    }
}
