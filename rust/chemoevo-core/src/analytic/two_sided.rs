//! Probabilities near 0 and near 1, both with their digits.

use super::AnalyticError;

/// For every type a probability `G` (presence) and its complement `F = 1 - G` (absence), of which the smaller is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct TwoSided {
    /// The smaller of the two.
    pub(super) value: Vec<f64>,
    /// Whether `value` is the absence `F`.
    pub(super) is_absence: Vec<bool>,
}

impl TwoSided {
    /// From a probability of presence and one of absence a type: of each pair the smaller is taken.
    ///
    /// # Errors
    /// [`AnalyticError`] where the lengths differ, a value is outside `[0, 1]` or a pair does not sum to 1.
    pub fn new(presence: &[f64], absence: &[f64]) -> Result<Self, AnalyticError> {
        if presence.len() != absence.len() {
            return Err(AnalyticError::Length { field: "absence", got: absence.len(), expected: presence.len() });
        }
        for (field, array) in [("presence", presence), ("absence", absence)] {
            if let Some(&value) = array.iter().find(|x| !(0.0..=1.0).contains(*x)) {
                return Err(AnalyticError::Range { field, value });
            }
        }
        if let Some((g, f)) = presence.iter().zip(absence).find(|(g, f)| (*g + *f - 1.0).abs() > 1e-9) {
            return Err(AnalyticError::Range { field: "presence + absence", value: g + f });
        }
        let is_absence: Vec<bool> = presence.iter().zip(absence).map(|(g, f)| f < g).collect();
        let value = is_absence.iter().enumerate().map(|(i, &a)| if a { absence[i] } else { presence[i] }).collect();
        Ok(Self { value, is_absence })
    }

    /// Presence 1 on the marked types, 0 on the others: "is a cell of these types there?"
    #[must_use]
    pub fn indicator(marked: &[bool]) -> Self {
        Self { value: vec![0.0; marked.len()], is_absence: marked.to_vec() }
    }

    /// Number of types.
    #[must_use]
    pub fn len(&self) -> usize {
        self.value.len()
    }

    /// Whether there are no types.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.value.is_empty()
    }

    /// Probability `G_i`.
    #[must_use]
    pub fn presence(&self, i: usize) -> f64 {
        if self.is_absence[i] { 1.0 - self.value[i] } else { self.value[i] }
    }

    /// Probability `F_i = 1 - G_i`.
    #[must_use]
    pub fn absence(&self, i: usize) -> f64 {
        if self.is_absence[i] { self.value[i] } else { 1.0 - self.value[i] }
    }

    /// Logarithm of the probability of absence from independent cells, `counts[i]` of type `i`: `sum_i n_i ln F_i`.
    ///
    /// All terms have one sign, so nothing is lost. No cells of a type: factor 1, also where `F = 0`.
    #[must_use]
    pub fn log_absence(&self, counts: impl IntoIterator<Item = f64>) -> f64 {
        let mut sum = 0.0;
        for (i, n) in counts.into_iter().enumerate() {
            if n > 0.0 {
                sum += n * self.log_of(i);
            }
        }
        sum
    }

    /// `ln F_i`.
    #[must_use]
    pub fn log_of(&self, i: usize) -> f64 {
        let v = self.value[i];
        if self.is_absence[i] { v.ln() } else { (-v).ln_1p() }
    }

    /// A pulse, backward: a cell survives it with probability `survival[i]`.
    pub(super) fn thin(&mut self, survival: &[f64]) {
        for (i, &p) in survival.iter().enumerate() {
            let v = self.value[i];
            if self.is_absence[i] {
                let absence = v + (1.0 - p) * (1.0 - v);
                self.is_absence[i] = absence <= 0.5;
                self.value[i] = if absence <= 0.5 { absence } else { p * (1.0 - v) };
            } else {
                self.value[i] = p * v;
            }
        }
    }

    /// Stores the other of the pair where the stored one has become the larger. The subtraction is exact.
    pub(super) fn settle(value: &mut [f64], is_absence: &mut [bool]) {
        for (v, a) in value.iter_mut().zip(is_absence) {
            if *v > 0.5 {
                *v = 1.0 - *v;
                *a = !*a;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_smaller_of_a_pair() {
        let p = TwoSided::new(&[1e-15, 1.0, 0.5, 0.0], &[1.0, 1e-20, 0.5, 1.0]).unwrap();
        assert_eq!(p.presence(0), 1e-15);
        assert_eq!(p.absence(1), 1e-20);
        assert_eq!((p.presence(3), p.absence(3)), (0.0, 1.0));
        assert!(TwoSided::new(&[0.5], &[0.4]).is_err());
        assert!(TwoSided::new(&[-0.5], &[1.5]).is_err());
        assert!(TwoSided::new(&[f64::NAN], &[0.5]).is_err());
        assert!(TwoSided::new(&[0.5], &[]).is_err());
    }

    #[test]
    fn log_absence_keeps_digits_at_any_count() {
        let p = TwoSided::new(&[1e-15, 1.0, 1.0], &[1.0, 1e-12, 0.0]).unwrap();
        let n = 1e15;
        assert!((p.log_absence([n, 0.0, 0.0]) + 1.0).abs() < 1e-14);
        assert!((p.log_absence([0.0, 2.0, 0.0]) - 2.0 * 1e-12f64.ln()).abs() < 1e-13);
        assert_eq!(p.log_absence([0.0, 0.0, 1.0]), f64::NEG_INFINITY);
        assert_eq!(p.log_absence([0.0; 3]), 0.0);
    }

    #[test]
    fn pulses_thin_both_sides() {
        let mut p = TwoSided::new(&[1e-15, 1.0, 1.0, 0.999], &[1.0, 1e-12, 0.0, 1e-3]).unwrap();
        p.thin(&[1e-3, 1.0, 0.0, 1e-6]);
        assert_eq!(p.presence(0), 1e-18);
        assert_eq!(p.absence(1), 1e-12);
        assert_eq!((p.presence(2), p.absence(2)), (0.0, 1.0));
        assert!((p.presence(3) / (1e-6 * 0.999) - 1.0).abs() < 1e-15);
    }
}
