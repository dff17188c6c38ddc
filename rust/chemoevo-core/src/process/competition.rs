//! Competition: the cells that are there slow the births or speed the deaths of all.
//!
//! With `r_i = max(b_i - d_i, 0)` from the rates of the interval, a state `n` gives type `i` a *crowding* `x_i(n) >= 0`,
//! and its death rate becomes `d_i + r_i x_i`, or its birth rate `max(b_i - r_i x_i, 0)`. So net growth is
//! `r_i (1 - x_i)`, which vanishes where `x_i = 1`, and a type that declines by itself feels no competition.
//!
//! * Logistic (Verhulst 1838): `x = sum_j w_j n_j / capacity`.
//! * Gompertz (Laird 1964, doi:10.1038/bjc.1964.55): `x = ln max(1, sum_j w_j n_j) / ln capacity`.
//! * Lotka-Volterra: `x_i = sum_j a_ij n_j`, with `a_ij` the effect of one cell of type `j` on type `i`.
//!
//! All three are functions of *loads* that are linear in the state, so that one event changes them at a cost of at most K.

use super::checks::ProcessError;

/// The largest crowding: what is beyond changes nothing that can be observed, and products with rates stay finite.
const MOST: f64 = 1e30;

/// How a state turns into crowding.
#[derive(Clone, Debug, PartialEq)]
pub enum Crowding {
    /// The weighted number of cells over the capacity.
    Logistic {
        /// (cells) Where net growth vanishes; at least 1.
        capacity: f64,
        /// Weight of a cell of every type.
        weights: Vec<f64>,
    },
    /// Its logarithm over that of the capacity.
    Gompertz {
        /// (cells) Where net growth vanishes; above 1.
        capacity: f64,
        /// Weight of a cell of every type.
        weights: Vec<f64>,
    },
    /// A sum of its own for every type.
    LotkaVolterra {
        /// (1/cells) Effect of a cell of type `j` on type `i`, of shape (K, K), row `i`.
        matrix: Vec<f64>,
    },
}

/// Which rate crowding changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActsOn {
    /// Divisions become rarer, down to none.
    Birth,
    /// Deaths become more frequent.
    Death,
}

/// Competition between the cells of a process.
#[derive(Clone, Debug, PartialEq)]
pub struct Competition {
    crowding: Crowding,
    on: ActsOn,
    types: usize,
    /// What one cell of type `j` adds to the loads: one number, or K of them, for every `j` in turn.
    effects: Vec<f64>,
}

impl Competition {
    /// Checks the numbers for a process of `types` types.
    ///
    /// # Errors
    /// [`ProcessError`] where an array has the wrong length or a value is out of range.
    pub fn new(types: usize, crowding: Crowding, on: ActsOn) -> Result<Self, ProcessError> {
        let (values, expected) = match &crowding {
            Crowding::Logistic { weights, .. } | Crowding::Gompertz { weights, .. } => (weights, types),
            Crowding::LotkaVolterra { matrix } => (matrix, types * types),
        };
        if values.len() != expected {
            return Err(ProcessError::Length { field: "competition", got: values.len(), expected });
        }
        if let Some(index) = values.iter().position(|v| !(v.is_finite() && *v >= 0.0)) {
            return Err(ProcessError::Range { field: "competition", index, value: values[index] });
        }
        let out_of_range = |value| ProcessError::Range { field: "competition.capacity", index: 0, value };
        let effects = match &crowding {
            Crowding::Logistic { capacity, .. } if !(capacity.is_finite() && *capacity >= 1.0) => {
                return Err(out_of_range(*capacity));
            }
            Crowding::Gompertz { capacity, .. } if !(capacity.is_finite() && *capacity > 1.0) => {
                return Err(out_of_range(*capacity));
            }
            Crowding::Logistic { weights, .. } | Crowding::Gompertz { weights, .. } => weights.clone(),
            Crowding::LotkaVolterra { matrix } => {
                (0..types).flat_map(|j| (0..types).map(move |i| matrix[i * types + j])).collect()
            }
        };
        Ok(Self { crowding, on, types, effects })
    }

    /// The law of crowding.
    #[must_use]
    pub fn law(&self) -> &Crowding {
        &self.crowding
    }

    /// The rate that crowding changes.
    #[must_use]
    pub fn acts_on(&self) -> ActsOn {
        self.on
    }

    /// The number of cells beyond which none grows; infinite where a type may grow for ever.
    #[must_use]
    pub fn most_cells(&self) -> f64 {
        let least = |values: &[f64]| values.iter().fold(f64::INFINITY, |m, &v| m.min(v));
        match &self.crowding {
            Crowding::Logistic { capacity, weights } | Crowding::Gompertz { capacity, weights } => {
                capacity / least(weights).min(1.0)
            }
            Crowding::LotkaVolterra { matrix } => {
                let own: Vec<f64> = (0..self.types).map(|i| matrix[i * self.types + i]).collect();
                self.types as f64 / least(&own)
            }
        }
    }

    /// How many loads there are: 1 or K.
    #[must_use]
    pub fn loads(&self) -> usize {
        self.effects.len() / self.types
    }

    /// Writes the loads of a state, which has the counts (or means) of all types.
    pub fn load(&self, state: impl IntoIterator<Item = f64>, loads: &mut [f64]) {
        loads.fill(0.0);
        for (j, n) in state.into_iter().enumerate() {
            if n > 0.0 {
                self.shift(j, n, loads);
            }
        }
    }

    /// Changes the loads by `change` more cells of type `j`.
    #[inline]
    pub fn shift(&self, j: usize, change: f64, loads: &mut [f64]) {
        let m = loads.len();
        for (load, effect) in loads.iter_mut().zip(&self.effects[j * m..(j + 1) * m]) {
            *load += effect * change;
        }
    }

    /// Writes the crowding of every type under these loads.
    #[inline]
    pub fn crowding_under(&self, loads: &[f64], out: &mut [f64]) {
        match &self.crowding {
            Crowding::Logistic { capacity, .. } => out.fill(bounded(loads[0] / capacity)),
            Crowding::Gompertz { capacity, .. } => out.fill(bounded(loads[0].max(1.0).ln() / capacity.ln())),
            Crowding::LotkaVolterra { .. } => {
                for (x, load) in out.iter_mut().zip(loads) {
                    *x = bounded(*load);
                }
            }
        }
    }

    /// Writes the crowding of every type in a state.
    pub fn crowding(&self, state: &[f64], out: &mut [f64]) {
        let mut one = [0.0];
        let states = state.iter().copied();
        if self.loads() == 1 {
            self.load(states, &mut one);
            self.crowding_under(&one, out);
        } else {
            self.load(states, out);
            for x in out {
                *x = bounded(*x);
            }
        }
    }

    /// Birth and death rates of a type that has these by itself, under a crowding.
    #[inline]
    #[must_use]
    pub fn rates(&self, birth: f64, death: f64, crowding: f64) -> (f64, f64) {
        let growth = (birth - death).max(0.0);
        match self.on {
            ActsOn::Birth => ((birth - growth * crowding).max(0.0), death),
            ActsOn::Death => (birth, death + growth * crowding),
        }
    }
}

/// Rounding may leave a load that has become 0 below it; a load that is too large for a number is the most there is.
#[inline]
fn bounded(crowding: f64) -> f64 {
    crowding.clamp(0.0, MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crowding_of(competition: &Competition, state: &[f64]) -> Vec<f64> {
        let mut x = vec![f64::NAN; state.len()];
        competition.crowding(state, &mut x);
        x
    }

    #[test]
    fn crowding_is_what_the_laws_say() {
        let weights = vec![1.0, 0.5];
        let of = |law| Competition::new(2, law, ActsOn::Death).unwrap();
        let logistic = of(Crowding::Logistic { capacity: 200.0, weights: weights.clone() });
        assert_eq!(crowding_of(&logistic, &[30.0, 20.0]), [0.2, 0.2]);
        let gompertz = of(Crowding::Gompertz { capacity: 1e4, weights });
        assert_eq!(crowding_of(&gompertz, &[90.0, 20.0]), [0.5, 0.5]);
        assert_eq!(crowding_of(&gompertz, &[0.0, 1.0]), [0.0, 0.0]);
        let matrix = vec![0.01, 0.02, 0.0, 0.04];
        let lotka_volterra = of(Crowding::LotkaVolterra { matrix });
        assert_eq!(crowding_of(&lotka_volterra, &[10.0, 20.0]), [0.5, 0.8]);
    }

    #[test]
    fn loads_follow_the_changes_of_counts() {
        let laws = [
            Crowding::Logistic { capacity: 7.0, weights: vec![1.0, 0.25, 3.0] },
            Crowding::Gompertz { capacity: 7.0, weights: vec![1.0, 0.25, 3.0] },
            Crowding::LotkaVolterra { matrix: (0..9).map(|k| f64::from(k) / 16.0).collect() },
        ];
        for law in laws {
            let competition = Competition::new(3, law, ActsOn::Birth).unwrap();
            let (mut state, mut loads) = ([3.0, 0.0, 2.0], vec![0.0; competition.loads()]);
            competition.load(state, &mut loads);
            for (j, change) in [(1, 1.0), (0, -1.0), (2, -1.0), (1, 1.0)] {
                state[j] += change;
                competition.shift(j, change, &mut loads);
            }
            let mut x = [0.0; 3];
            competition.crowding_under(&loads, &mut x);
            assert_eq!(x.to_vec(), crowding_of(&competition, &state));
        }
    }

    #[test]
    fn net_growth_vanishes_at_the_capacity_and_the_declining_feel_nothing() {
        let law = || Crowding::Logistic { capacity: 100.0, weights: vec![1.0] };
        for (on, want) in [(ActsOn::Birth, (0.2, 0.2)), (ActsOn::Death, (0.5, 0.5))] {
            let competition = Competition::new(1, law(), on).unwrap();
            let got = competition.rates(0.5, 0.2, 1.0);
            assert!((got.0 - want.0).abs() < 1e-15 && (got.1 - want.1).abs() < 1e-15, "{got:?}");
            assert_eq!(competition.rates(0.1, 0.2, 3.0), (0.1, 0.2));
            assert_eq!(competition.rates(0.1, 0.0, 0.0), (0.1, 0.0));
        }
        let births = Competition::new(1, law(), ActsOn::Birth).unwrap();
        assert_eq!(births.rates(0.5, 0.2, 3.0), (0.0, 0.2));
    }

    #[test]
    fn extreme_states_stay_finite() {
        let law = Crowding::Logistic { capacity: 1.0, weights: vec![1e300] };
        let competition = Competition::new(1, law, ActsOn::Death).unwrap();
        assert_eq!(crowding_of(&competition, &[4e18]), [MOST]);
        assert!(competition.rates(1e6, 0.0, MOST).1.is_finite());
    }

    #[test]
    fn wrong_numbers_are_refused() {
        let logistic = |capacity, w| Crowding::Logistic { capacity, weights: vec![w] };
        let gompertz = |capacity| Crowding::Gompertz { capacity, weights: vec![1.0] };
        let wrong = [logistic(0.5, 1.0), logistic(f64::NAN, 1.0), logistic(9.0, -1.0), gompertz(1.0)];
        for law in wrong.into_iter().chain([Crowding::LotkaVolterra { matrix: vec![1.0, 2.0] }]) {
            assert!(Competition::new(1, law.clone(), ActsOn::Death).is_err(), "{law:?}");
        }
    }
}
