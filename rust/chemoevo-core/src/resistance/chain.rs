//! Potency, and strengths of mechanisms from published folds.
//!
//! The hazard is `Emax C^h/(EC50^h + C^h)` (Hill 1910), computed as a logistic function of `h ln(C/EC50)`. What mechanisms do to EC50
//! and Emax in a cell is in `steps`.

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
/// the others do already. Of one mechanism it is `(f - 1)/(e - f r)`, also for one that is lost: with e = 0, r = 1 and
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
        if ln_concentration == f64::NEG_INFINITY {
            return 0.0;
        }
        self.emax / (1.0 + (self.hill * (self.ec50.ln() - ln_concentration)).exp())
    }
}

pub(super) fn range(field: &'static str, rule: &'static str, value: f64, ok: bool) -> Result<(), ChainError> {
    if ok && value.is_finite() { Ok(()) } else { Err(ChainError::Range { field, rule, value }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: Potency = Potency { ec50: 2.0, hill: 1.5, emax: 0.8 };

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
}
