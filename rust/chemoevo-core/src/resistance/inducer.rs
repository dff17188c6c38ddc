//! Agents that raise the expression of a mechanism, with a lag: what the protein's turnover lets through.
//!
//! The expression of all cells is multiplied by
//!
//! ```text
//! 1 + (most - 1) E^h/(EC50^h + E^h),    E' = k (C - E),  E(0) = 0
//! ```
//!
//! with `C` the unbound concentration of the agent and `k` the rate at which the protein is made anew. Several inducers, and
//! hypoxia, multiply. A cell that expresses nothing of the mechanism has nothing to raise.

use super::agents::Agents;
use super::chain::{ChainError, range};
use super::checks::CompileError;
use super::patience::Patience;
use super::pump;
use super::window::{Chain, Followed};

/// An agent that raises the expression of a mechanism.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Inducer {
    /// The mechanism, by its position.
    pub mechanism: usize,
    /// The agent, by its position.
    pub agent: usize,
    /// Unbound concentration of half the induction, held for long (uM).
    pub ec50: f64,
    /// Hill exponent.
    pub hill: f64,
    /// Largest factor on the expression, >= 1.
    pub most: f64,
    /// Rate at which the expression follows, 1/h.
    pub rate: f64,
}

impl Inducer {
    pub(super) fn check(&self, agents: usize, mechanisms: usize) -> Result<(), ChainError> {
        let there = self.agent < agents && self.mechanism < mechanisms;
        range("inducer", "of an agent and a mechanism", self.agent as f64, there)?;
        range("ec50 of an inducer", "> 0 and finite", self.ec50, self.ec50 > 0.0)?;
        range("hill of an inducer", "> 0 and finite", self.hill, self.hill > 0.0)?;
        range("most of an inducer", ">= 1 and finite", self.most, self.most >= 1.0)?;
        range("rate of an inducer", "> 0 and finite", self.rate, self.rate > 0.0)
    }

    /// Factor on the expression where the agent acts as `delayed` (uM) does when it is held.
    pub(super) fn factor(&self, delayed: f64) -> f64 {
        1.0 + (self.most - 1.0) * pump::bound(delayed, self.ec50, self.hill)
    }

    /// Its agent with the lag, until a time in hours.
    ///
    /// # Errors
    /// [`CompileError::Interrupted`] if the caller says so.
    pub(super) fn followed(
        &self,
        agents: &Agents<'_>,
        until: f64,
        patience: &Patience<'_>,
    ) -> Result<Followed, CompileError> {
        let (kinks, fastest) = (agents.kinks(self.agent), agents.fastest(self.agent));
        let chain = Chain { stages: 1, rate: self.rate };
        Followed::new(chain, &kinks, fastest, until, &|time| agents.free(self.agent, time), patience)
    }
}

#[cfg(test)]
mod tests {
    use super::super::agent::Agent;
    use super::*;
    use crate::pharmacology::{Administration, Course, Effect, Measure, Model, Parts};
    use std::sync::Arc;

    #[test]
    fn an_inducer_raises_by_its_share() {
        let one = Inducer { mechanism: 0, agent: 0, ec50: 0.3, hill: 2.0, most: 7.0, rate: 0.1 };
        for (delayed, want) in [(0.0, 1.0), (0.3, 4.0), (0.6, 1.0 + 6.0 * 0.8), (1e300, 7.0)] {
            assert!((one.factor(delayed) - want).abs() <= 1e-14, "{delayed}");
        }
        // Little of it keeps its digits.
        let little = one.factor(3e-7) - 1.0;
        assert!((little / 6e-12 - 1.0).abs() < 1e-4);
        assert_eq!(Inducer { most: 1.0, ..one }.factor(5.0), 1.0);
        for wrong in [
            Inducer { most: 0.5, ..one },
            Inducer { ec50: 0.0, ..one },
            Inducer { rate: 0.0, ..one },
            Inducer { hill: f64::NAN, ..one },
            Inducer { mechanism: 1, ..one },
        ] {
            assert!(wrong.check(1, 1).is_err());
        }
    }

    #[test]
    fn the_lag_is_that_of_an_effect_compartment() {
        let rate = std::f64::consts::LN_2 / 14.0;
        let effects = vec![Effect { rate, ratio: 1.0, source: 0 }];
        let parts = Parts { clearance: 8.38, volume: 15.4, peripherals: vec![(2.1, 9.7)], effects, ..Parts::default() };
        let dose =
            |k: u32| Administration { time: 504.0 * f64::from(k), amount: 500.0, duration: 1.0, by_mouth: false };
        let model = Arc::new(Model::new(&parts).unwrap());
        let course = Arc::new(Course::new(model, &[dose(0), dose(1)], None, &|| false).unwrap());
        let (each, patience) =
            ([Agent { course: course.clone(), compartment: 0, unbound: 0.4 }], Patience::new(&|| false));
        let agents = Agents::new(&each, &[], &[], 1000.0, &patience).unwrap();
        let one = Inducer { mechanism: 0, agent: 0, ec50: 1.0, hill: 1.0, most: 2.0, rate };
        let followed = one.followed(&agents, 1000.0, &patience).unwrap();
        for time in [0.3, 1.0, 1.1, 7.0, 90.0, 503.0, 505.0, 560.0, 999.0] {
            let want = 0.4 * course.at(1, time, Measure::Value);
            assert!((followed.at(time) - want).abs() <= 1e-7 * want + 1e-9, "{time} {} {want}", followed.at(time));
        }
    }
}
