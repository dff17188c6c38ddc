//! Drugs in cell types: everything that rates under therapy are compiled from.

use super::drug::{Agent, Drug, Inhibitor, drugs_of};
use crate::arrays::values;
use crate::errors::Error;
use chemoevo_core::resistance as core;
use numpy::PyReadonlyArray2;
use pyo3::prelude::*;

/// Groups of drugs (positions, and whether doses add; otherwise the highest effect counts) and pairs with their coefficient.
type Together = (Vec<(Vec<usize>, bool)>, Vec<(usize, usize, f64)>);

/// Mechanisms that are used up: the mechanism, the rate at which it is made anew (1/h), and agents with their rates (1/(uM h)).
type UsedUp = Vec<(usize, f64, Vec<(usize, f64)>)>;

/// Cell types with their rates and expressions, and what acts on them.
#[pyclass(frozen, module = "chemoevo._core")]
pub struct Acting {
    pub birth: Vec<f64>,
    pub death: Vec<f64>,
    drugs: Vec<core::DrugInCells>,
    expressions: Vec<f64>,
    modulation: core::Modulation,
    combination: core::Combination,
}

#[pymethods]
impl Acting {
    /// Rates without drugs by types; `expressions` by mechanisms, then types; drugs, agents and mechanisms have positions.
    #[new]
    #[pyo3(signature = (birth, death, drugs, *, expressions, agents, inhibitors, used_up, together))]
    #[expect(clippy::too_many_arguments, reason = "named ones, as a constructor of Python has them")]
    fn new(
        birth: Vec<f64>,
        death: Vec<f64>,
        drugs: Vec<PyRef<'_, Drug>>,
        expressions: PyReadonlyArray2<'_, f64>,
        agents: Vec<PyRef<'_, Agent>>,
        inhibitors: Vec<PyRef<'_, Inhibitor>>,
        used_up: UsedUp,
        together: Together,
    ) -> PyResult<Self> {
        let types = expressions.as_array().ncols();
        if types != birth.len() {
            let text = format!("expressions must have one column per type, {}; got {types}.", birth.len());
            return Err(Error::Value(text).into());
        }
        let pool = |(mechanism, turnover, by)| core::UsedUp { mechanism, turnover, by };
        let modulation = core::Modulation {
            agents: agents.iter().map(|agent| agent.inner.clone()).collect(),
            inhibitors: inhibitors.iter().map(|one| one.inner).collect(),
            used_up: used_up.into_iter().map(pool).collect(),
        };
        let rule = |add| if add { core::Rule::DoseAdditive } else { core::Rule::Highest };
        let (groups, pairs) = together;
        let combination = core::Combination {
            groups: groups.into_iter().map(|(drugs, add)| core::Group { drugs, rule: rule(add) }).collect(),
            interactions: pairs.into_iter().map(|(a, b, alpha)| core::Interaction { pair: (a, b), alpha }).collect(),
        };
        let expressions = values(&expressions);
        Ok(Self { birth, death, drugs: drugs_of(&drugs), expressions, modulation, combination })
    }
}

impl Acting {
    /// The actions of the drugs by types.
    pub fn resolved(&self) -> Result<core::Acting<'_>, Error> {
        let expressions = core::Expressions { types: self.birth.len(), values: &self.expressions };
        Ok(core::Acting::new(&self.drugs, &expressions, &self.modulation, &self.combination)?)
    }
}
