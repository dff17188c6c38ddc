//! Effects of several drugs together: doses that add (Loewe) within a target, hazards that add (Bliss) between targets, the
//! highest single agent, and one coefficient for a pair.
//!
//! Effects are hazards per day, so that they do not depend on how long cells are exposed: hazards that add are survivals that
//! multiply (Bliss 1939, doi:10.1111/j.1744-7348.1939.tb06990.x).

use super::chain::ChainError;
use super::drug::Drug;
use super::left::PumpState;
use super::modulation::{Modulation, UNMODULATED};

/// Largest sum of a drug's coefficients that antagonize: with more a hazard could be negative.
const MOST_ANTAGONISM: f64 = 4.0;
/// Steps of Newton's method; four to six are usual.
const STEPS: usize = 100;

/// One drug of a group: its dose in units of EC50, Hill exponent, and largest effect.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Part {
    /// `C/EC50`, >= 0.
    pub(super) dose: f64,
    /// Hill exponent, > 0.
    pub(super) hill: f64,
    /// Largest effect, >= 0.
    pub(super) emax: f64,
}

impl Part {
    /// Its effect alone, by Hill's curve.
    #[must_use]
    fn alone(&self) -> f64 {
        if self.dose > 0.0 { self.emax / (1.0 + (-self.hill * self.dose.ln()).exp()) } else { 0.0 }
    }

    /// The dose of it alone that has an effect, in units of EC50; infinite where none has.
    fn dose_for(&self, effect: f64) -> f64 {
        let odds = (self.emax - effect) / effect;
        if odds > 0.0 { (-odds.ln() / self.hill).exp() } else { f64::INFINITY }
    }
}

/// The effect of drugs of one target, whose doses add: the E at which `sum_k dose_k / (dose of k alone with effect E) = 1` (Loewe
/// 1926). A drug whose largest effect is at most E contributes nothing; of drugs with one ceiling and one exponent the doses
/// are toxic units, which sum.
#[must_use]
fn dose_additive(parts: &[Part]) -> f64 {
    let acting: Vec<Part> = parts.iter().copied().filter(|part| part.dose > 0.0 && part.emax > 0.0).collect();
    match acting[..] {
        [] => 0.0,
        [one] => one.alone(),
        _ if acting.iter().all(|part| part.emax == acting[0].emax) => acting[0].emax * share(&acting),
        _ => bracketed(&acting),
    }
}

/// The share of one ceiling, by Newton's method in its logit: the logarithm of the sum of doses falls and is convex there.
fn share(parts: &[Part]) -> f64 {
    let alone = |part: &Part| part.hill * part.dose.ln();
    let mut logit = parts.iter().map(alone).fold(f64::NEG_INFINITY, f64::max);
    for _ in 0..STEPS {
        let (mut sum, mut slope) = (0.0, 0.0);
        for part in parts {
            // In units of the dose of it alone that has this effect.
            let term = (part.dose.ln() - logit / part.hill).exp();
            sum += term;
            slope += term / part.hill;
        }
        let step = sum.ln() * sum / slope;
        logit += step;
        if step.abs() <= 1e-15 * (1.0 + logit.abs()) {
            break;
        }
    }
    1.0 / (1.0 + (-logit).exp())
}

/// The effect of drugs with several ceilings: between the highest effect of one alone and the highest ceiling, by bisection, which
/// bears the infinite slope at a ceiling.
fn bracketed(parts: &[Part]) -> f64 {
    let mut low = parts.iter().map(Part::alone).fold(0.0, f64::max);
    let mut high = parts.iter().map(|part| part.emax).fold(0.0, f64::max);
    while low < high {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        let units: f64 = parts.iter().map(|part| part.dose / part.dose_for(middle)).sum();
        if units >= 1.0 { low = middle } else { high = middle }
    }
    low
}

/// A coefficient of a pair of drugs: above 0 they do more together than their sum, below 0 less. Their hazard is
/// `a + b + alpha a b/(a + b)`: of degree 1 in both, so that a coefficient means the same at every level; 0 is Bliss, -1 makes a
/// weak partner useless.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interaction {
    /// The two, by their positions.
    pub pair: (usize, usize),
    /// The coefficient.
    pub alpha: f64,
}

impl Interaction {
    /// What it adds to the hazards of its two drugs.
    pub(super) fn more(&self, a: f64, b: f64) -> f64 {
        // Neither 0/0 nor a product that overflows.
        if a + b > 0.0 { self.alpha * a * (b / (a + b)) } else { 0.0 }
    }
}

/// Checks that hazards cannot become negative: for each drug, coefficients below 0 sum to at least -4; and that pairs are pairs.
///
/// # Errors
/// [`ChainError::Range`] for the first that is wrong.
fn check_interactions(drugs: usize, interactions: &[Interaction]) -> Result<(), ChainError> {
    let wrong = |rule, value| Err(ChainError::Range { field: "interaction", rule, value });
    for one in interactions {
        let (a, b) = one.pair;
        if a == b || a.max(b) >= drugs {
            return wrong("one of two drugs that are there", one.alpha);
        }
        if !one.alpha.is_finite() {
            return wrong("finite", one.alpha);
        }
    }
    for drug in 0..drugs {
        let of_drug = interactions.iter().filter(|one| one.pair.0 == drug || one.pair.1 == drug);
        let antagonism: f64 = of_drug.map(|one| (-one.alpha).max(0.0)).sum();
        if antagonism > MOST_ANTAGONISM {
            return wrong("at least -4, summed over the partners of a drug that it antagonizes", -antagonism);
        }
    }
    Ok(())
}

/// How drugs of a group act together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Their doses add: drugs of one target.
    DoseAdditive,
    /// The strongest alone counts: the effect of one contains that of the other.
    Highest,
}

/// Drugs that act together by a rule of their own.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// The drugs, by their positions.
    pub drugs: Vec<usize>,
    /// The rule.
    pub rule: Rule,
}

impl Group {
    /// The effect of its drugs, one part each.
    pub(super) fn effect(&self, parts: &[Part]) -> f64 {
        match self.rule {
            Rule::DoseAdditive => dose_additive(parts),
            Rule::Highest => parts.iter().map(Part::alone).fold(0.0, f64::max),
        }
    }
}

/// How drugs that act at once are put together: hazards add, but for drugs of a group and for pairs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Combination {
    /// Of at least two drugs each; no drug is in two.
    pub groups: Vec<Group>,
    /// Between drugs that are in no group.
    pub interactions: Vec<Interaction>,
}

/// Hazards add.
static INDEPENDENT: Combination = Combination { groups: Vec::new(), interactions: Vec::new() };

impl Combination {
    /// Whether all hazards add.
    #[must_use]
    pub fn is_independent(&self) -> bool {
        self.groups.is_empty() && self.interactions.is_empty()
    }

    /// Whether a drug is in a group or a pair.
    pub(super) fn has(&self, drug: usize) -> bool {
        self.groups.iter().any(|group| group.drugs.contains(&drug))
            || self.interactions.iter().any(|one| one.pair.0 == drug || one.pair.1 == drug)
    }

    /// Checks that groups and pairs are of drugs that are there, and no drug is in two groups or in a group and a pair.
    ///
    /// # Errors
    /// [`ChainError::Range`] for the first that is wrong.
    pub fn check(&self, drugs: usize) -> Result<(), ChainError> {
        check_interactions(drugs, &self.interactions)?;
        let mut seen: Vec<usize> = self.groups.iter().flat_map(|group| group.drugs.iter().copied()).collect();
        let grouped = seen.len();
        let in_pairs = seen.iter().any(|&d| self.interactions.iter().any(|one| one.pair.0 == d || one.pair.1 == d));
        let there = seen.iter().all(|&drug| drug < drugs) && self.groups.iter().all(|group| group.drugs.len() > 1);
        seen.sort_unstable();
        seen.dedup();
        if there && seen.len() == grouped && !in_pairs {
            return Ok(());
        }
        let rule = "of at least two drugs that are there, each in one group and in no pair";
        Err(ChainError::Range { field: "group", rule, value: grouped as f64 })
    }
}

/// Drugs, how they act together, and what changes mechanisms over time.
#[derive(Clone, Copy, Debug)]
pub struct Drugs<'a> {
    /// The drugs.
    pub each: &'a [Drug],
    /// How they act together.
    pub combination: &'a Combination,
    /// What changes mechanisms.
    pub(super) modulation: &'a Modulation,
    /// Number of mechanisms.
    pub(super) mechanisms: usize,
    /// Pumps that saturate.
    pub(super) pumps: &'a [PumpState],
}

impl<'a> Drugs<'a> {
    /// Drugs whose action nothing moves.
    #[must_use]
    pub fn new(each: &'a [Drug], combination: &'a Combination) -> Self {
        Self { each, combination, modulation: &UNMODULATED, mechanisms: 0, pumps: &[] }
    }
}

impl<'a, T: AsRef<[Drug]> + ?Sized> From<&'a T> for Drugs<'a> {
    /// Drugs whose hazards add.
    fn from(drugs: &'a T) -> Self {
        Self::new(drugs.as_ref(), &INDEPENDENT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(dose: f64, ec50: f64, hill: f64, emax: f64) -> Part {
        Part { dose: dose / ec50, hill, emax }
    }

    fn close(got: f64, want: f64, within: f64) {
        assert!((got - want).abs() <= within * want.abs().max(1e-300), "{got} {want}");
    }

    /// The hazard of drugs of which some are pairs.
    fn together(hazards: &[f64], interactions: &[Interaction]) -> f64 {
        let more = |one: &Interaction| one.more(hazards[one.pair.0], hazards[one.pair.1]);
        hazards.iter().sum::<f64>() + interactions.iter().map(more).sum::<f64>()
    }

    #[test]
    fn doses_of_one_target_add() {
        let (a, b, d) =
            (|dose| part(dose, 1.0, 1.0, 1.0), |dose| part(dose, 2.0, 2.0, 1.0), |dose| part(dose, 1.0, 3.0, 0.6));
        close(dose_additive(&[a(0.3), b(1.0)]), 0.420_639_105_4, 1e-9);
        close(dose_additive(&[a(0.3), d(0.8)]), 0.425_322_218_3, 1e-9);
        close(dose_additive(&[a(1.2), d(2.0)]), 0.599_417_876_8, 1e-9);
        // Above its ceiling a drug adds nothing.
        close(dose_additive(&[a(3.0), d(2.0)]), 0.75, 1e-12);
        close(dose_additive(&[a(0.5), b(1.0), d(0.5)]), 0.569_750_217_6, 1e-9);
        // A drug in two parts is the drug.
        close(dose_additive(&[a(0.25), a(0.75)]), 0.5, 1e-14);
        close(dose_additive(&[part(0.6, 1.0, 2.0, 1.0), part(0.4, 1.0, 2.0, 1.0)]), 0.5, 1e-14);
        close(dose_additive(&[d(0.3), d(0.7)]), d(1.0).alone(), 1e-14);
    }

    #[test]
    fn no_dose_is_no_part_and_order_does_not_matter() {
        assert_eq!(dose_additive(&[]), 0.0);
        assert_eq!(dose_additive(&[part(0.0, 1.0, 1.0, 1.0)]), 0.0);
        let one = part(0.7, 1.0, 1.7, 0.9);
        assert_eq!(dose_additive(&[one, part(0.0, 1.0, 1.0, 5.0)]), one.alone());
        let other = part(0.2, 3.0, 0.6, 1.4);
        assert_eq!(dose_additive(&[one, other]), dose_additive(&[other, one]));
        for tiny in [1e-300, 1e-12, 1e12] {
            let both = dose_additive(&[part(tiny, 1.0, 1.0, 1.0), part(tiny, 1.0, 1.0, 1.0)]);
            close(both, part(2.0 * tiny, 1.0, 1.0, 1.0).alone(), 1e-12);
            let two = dose_additive(&[part(tiny, 1.0, 1.0, 1.0), part(tiny, 1.0, 2.0, 2.0)]);
            assert!(two.is_finite() && (0.0..=2.0).contains(&two));
        }
    }

    #[test]
    fn two_drugs_together_do_at_least_as_much_as_the_better_one() {
        for k in 0..200 {
            let x = |m: usize| 0.05 + ((k * m) % 97) as f64 / 20.0;
            let both = [part(x(3), x(5), x(7), x(11)), part(x(13), x(17), x(19), x(23))];
            let together = dose_additive(&both);
            let best = both.iter().map(Part::alone).fold(0.0, f64::max);
            let ceiling = both.iter().map(|one| one.emax).fold(0.0, f64::max);
            assert!(together >= best * (1.0 - 1e-12) && together <= ceiling, "{both:?}");
            let units: f64 = both.iter().map(|one| one.dose / one.dose_for(together)).sum();
            // At a ceiling one of the terms jumps.
            assert!((units - 1.0).abs() < 1e-6 || both.iter().any(|one| (one.emax / together - 1.0).abs() < 1e-6));
        }
    }

    #[test]
    fn one_coefficient_for_a_pair() {
        let pair = |alpha| [Interaction { pair: (0, 1), alpha }];
        close(together(&[1.3, 0.2], &pair(-1.0)), 1.326_666_667, 1e-9);
        close(together(&[1.3, 0.2], &pair(1.0)), 1.673_333_333, 1e-9);
        assert_eq!(together(&[1.3, 0.2], &pair(0.0)), 1.5);
        assert_eq!(together(&[1.3, 0.0], &pair(-4.0)), 1.3);
        assert_eq!(together(&[0.0, 0.0], &pair(3.0)), 0.0);
        assert!(together(&[1e-300, 1e-300], &pair(1.0)) > 2e-300);
        assert!(together(&[1e300, 1e300], &pair(-4.0)).is_finite());
        // 50 % and 50 % by Bliss are 75 %; what a coefficient adds to that.
        let half = std::f64::consts::LN_2;
        for (alpha, excess) in [(-4.0, -0.75), (-1.0, -0.103_553_390_6), (1.0, 0.073_223_304_7), (4.0, 0.1875)] {
            let killed = 1.0 - (-together(&[half, half], &pair(alpha))).exp();
            close(killed - 0.75, excess, 1e-9);
        }
        // 90 % and 90 % are 99 %.
        let ninety = std::f64::consts::LN_10;
        close((-together(&[ninety, ninety], &[])).exp(), 0.01, 1e-14);
    }

    #[test]
    fn the_fractional_inhibitory_concentration_of_a_pair() {
        // Both with half of the drug's dose; hazards a (C/EC50)^h/(1 + ...) of which 50 % are killed at C = 1.
        for (alpha, hill, q, fic) in [
            (0.0, 2.0, 0.0, std::f64::consts::SQRT_2),
            (0.0, 1.0, 1.0, 0.666_666_666_7),
            (1.0, 1.5, 0.5, 0.911_537_251_8),
            (1.0, 1.0, 0.0, 0.8),
        ] {
            let half = std::f64::consts::LN_2;
            // (C/IC50)^h, of which q is (IC50/EC50)^h.
            let hazard = |x: f64| half * x * (1.0 + q) / (1.0 + q * x);
            let pair = [Interaction { pair: (0, 1), alpha }];
            let excess = |dose: f64| together(&[hazard(dose.powf(hill)); 2], &pair) - half;
            let (mut low, mut high) = (1e-3, 10.0);
            for _ in 0..200 {
                let middle = 0.5 * (low + high);
                if excess(middle) < 0.0 { low = middle } else { high = middle }
            }
            close(2.0 * low, fic, 1e-9);
        }
    }

    #[test]
    fn coefficients_that_could_make_hazards_negative_are_refused() {
        let one = |a, b, alpha| Interaction { pair: (a, b), alpha };
        assert!(check_interactions(3, &[one(0, 1, -4.0), one(1, 2, 7.0)]).is_ok());
        assert!(check_interactions(3, &[one(0, 1, -2.0), one(0, 2, -2.0)]).is_ok());
        for wrong in [
            vec![one(0, 1, -4.1)],
            vec![one(0, 1, -3.0), one(0, 2, -2.0)],
            vec![one(0, 0, 1.0)],
            vec![one(0, 3, 1.0)],
            vec![one(0, 1, f64::NAN)],
        ] {
            assert!(check_interactions(3, &wrong).is_err(), "{wrong:?}");
        }
        let group = |drugs: &[usize]| Group { drugs: drugs.to_vec(), rule: Rule::Highest };
        let with = |groups: Vec<Group>, interactions| Combination { groups, interactions }.check(4);
        assert!(with(vec![group(&[0, 2]), group(&[1, 3])], vec![]).is_ok());
        assert!(with(vec![group(&[0, 2])], vec![one(1, 3, 1.0)]).is_ok());
        for groups in [vec![group(&[0])], vec![group(&[0, 4])], vec![group(&[0, 1]), group(&[1, 2])]] {
            assert!(with(groups, vec![]).is_err());
        }
        assert!(with(vec![group(&[0, 2])], vec![one(2, 3, 1.0)]).is_err());
        // At the bound a hazard is 0 where both are equal, and nowhere below.
        for b in [1e-9, 0.3, 1.0, 2.0, 1e9] {
            assert!(together(&[1.0, b], &[one(0, 1, -4.0)]) >= -1e-9);
        }
    }
}
