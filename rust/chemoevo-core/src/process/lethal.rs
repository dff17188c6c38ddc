//! Lethal divisions: the share of a type's divisions in which the cell is lost, and founds nothing.
//!
//! Of the divisions, at rate `b`, a share `q` is lethal: `(1 - q) b` of them succeed, and `d + q b` cells are lost per cell
//! and day. Mutants arise at divisions that succeed. Crowding knows nothing of it: it acts on the rates as given, of which
//! lethal divisions then take their share. So with competition on births a crowded cell divides more rarely and is lost at
//! division more rarely, which no pair of birth and death rates of independent cells has.

use super::competition::Competition;

/// Rates of a type as given, and the share of its divisions that is lethal.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Given {
    /// Total division rate per cell and day, lethal ones included.
    pub birth: f64,
    /// Death rate per cell and day, lethal divisions apart.
    pub death: f64,
    /// Share in [0, 1] of lethal divisions.
    pub lethal: f64,
}

impl Given {
    /// Net growth on which crowding acts, per day: never negative, lethal divisions apart.
    #[inline]
    #[must_use]
    pub fn growth(self) -> f64 {
        (self.birth - self.death).max(0.0)
    }

    /// Rates of divisions that succeed, and of all deaths.
    #[inline]
    #[must_use]
    pub fn folded(self) -> (f64, f64) {
        ((1.0 - self.lethal) * self.birth, self.death + self.lethal * self.birth)
    }

    /// The same under a crowding.
    #[inline]
    #[must_use]
    pub fn under(self, competition: &Competition, crowding: f64) -> (f64, f64) {
        let (birth, death) = competition.rates(self.birth, self.death, crowding);
        Self { birth, death, ..self }.folded()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::{ActsOn, Crowding};

    const RATES: Given = Given { birth: 0.5, death: 0.25, lethal: 0.25 };

    #[test]
    fn lethal_divisions_are_deaths() {
        assert_eq!(RATES.folded(), (0.375, 0.375));
        assert_eq!(Given { lethal: 1.0, ..RATES }.folded(), (0.0, 0.75));
        assert_eq!(Given { lethal: 0.0, ..RATES }.folded(), (0.5, 0.25));
    }

    #[test]
    fn crowding_acts_on_the_rates_as_given() {
        let law = || Crowding::Logistic { capacity: 100.0, weights: vec![1.0] };
        // Net growth as given is 0.25: at half the capacity births are 0.375, or deaths 0.375.
        for (on, want) in [(ActsOn::Birth, (0.28125, 0.34375)), (ActsOn::Death, (0.375, 0.5))] {
            let competition = Competition::new(1, law(), on).unwrap();
            assert_eq!(RATES.under(&competition, 0.5), want);
            assert_eq!(RATES.under(&competition, 0.0), RATES.folded());
        }
    }
}
