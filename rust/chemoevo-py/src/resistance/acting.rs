//! Drugs in cell types: everything that rates under therapy are compiled from.

use super::drug::{Agent, Driven, Drug, Inducer, Inhibitor, drugs_of};
use super::moving::Moving;
use crate::arrays::{Held, column, values};
use crate::door;
use crate::errors::Error;
use chemoevo_core::resistance as core;
use numpy::{Ix1, PyReadonlyArray1, PyReadonlyArray2};
use pyo3::prelude::*;

/// Groups of drugs (positions, and whether doses add; otherwise the highest effect counts) and pairs with their coefficient.
type Together = (Vec<(Vec<usize>, bool)>, Vec<(usize, usize, f64)>);

/// Mechanisms that are used up: the mechanism, the rate at which it is made anew (1/h), and agents with their rates (1/(uM h)).
type UsedUp = Vec<(usize, f64, Vec<(usize, f64)>)>;

/// Cell types of one place with their expressions, and what acts on them there.
#[pyclass(frozen, module = "chemoevo._core")]
pub struct Niche {
    types: Vec<usize>,
    drugs: Vec<core::DrugInCells>,
    expressions: Vec<f64>,
    modulation: core::Modulation,
    combination: core::Combination,
    driven: Vec<core::Driven>,
}

#[pymethods]
impl Niche {
    /// `types` by their positions among all; `expressions` by mechanisms, then these types; drugs, agents and mechanisms have
    /// positions; `moving` is what agents open and close.
    #[new]
    #[pyo3(signature = (types, drugs, *, expressions, agents, inhibitors, used_up, together, driven, moving=None, inducers=Vec::new()))]
    #[expect(clippy::too_many_arguments, reason = "named ones, as a constructor of Python has them")]
    fn new(
        types: Vec<usize>,
        drugs: Vec<PyRef<'_, Drug>>,
        expressions: PyReadonlyArray2<'_, f64>,
        agents: Vec<PyRef<'_, Agent>>,
        inhibitors: Vec<PyRef<'_, Inhibitor>>,
        used_up: UsedUp,
        together: Together,
        driven: Vec<PyRef<'_, Driven>>,
        moving: Option<PyRef<'_, Moving>>,
        inducers: Vec<PyRef<'_, Inducer>>,
    ) -> PyResult<Self> {
        let (columns, expected) = (expressions.as_array().ncols(), types.len());
        if columns != expected {
            let text = format!("expressions must have one column per type, {expected}; got {columns}.");
            return Err(Error::Value(text).into());
        }
        let pool = |(mechanism, turnover, by)| core::UsedUp { mechanism, turnover, by };
        let mut modulation = core::Modulation {
            agents: agents.iter().map(|agent| agent.inner.clone()).collect(),
            inhibitors: inhibitors.iter().map(|one| one.inner).collect(),
            used_up: used_up.into_iter().map(pool).collect(),
            inducers: inducers.iter().map(|one| one.inner).collect(),
            ..core::Modulation::default()
        };
        if let Some(moving) = moving {
            moving.put_into(&mut modulation);
        }
        let rule = |add| if add { core::Rule::DoseAdditive } else { core::Rule::Highest };
        let (groups, pairs) = together;
        let combination = core::Combination {
            groups: groups.into_iter().map(|(drugs, add)| core::Group { drugs, rule: rule(add) }).collect(),
            interactions: pairs.into_iter().map(|(a, b, alpha)| core::Interaction { pair: (a, b), alpha }).collect(),
        };
        let driven = driven.iter().map(|one| one.inner.clone()).collect();
        let expressions = values(&expressions);
        Ok(Self { types, drugs: drugs_of(&drugs), expressions, modulation, combination, driven })
    }
}

/// Rates of cell types without drugs, and the niches in which drugs act on them.
#[pyclass(frozen, module = "chemoevo._core")]
pub struct Acting {
    pub birth: Vec<f64>,
    pub death: Vec<f64>,
    niches: Vec<Py<Niche>>,
}

#[pymethods]
impl Acting {
    /// Rates by types; a type is in one niche at most.
    #[new]
    fn new(birth: Vec<f64>, death: Vec<f64>, niches: Vec<Py<Niche>>) -> Self {
        Self { birth, death, niches }
    }

    /// Oxygen of a niche over that without agents, at instants (h).
    fn oxygen(&self, py: Python<'_>, niche: usize, times: PyReadonlyArray1<'_, f64>) -> PyResult<Held<f64, Ix1>> {
        let modulation = self.niches.get(niche).map(|niche| &niche.get().modulation);
        let modulation = modulation.ok_or_else(|| Error::Value(format!("niche {niche} is not there.")))?;
        let times = values(&times);
        Ok(column(py, door::polled(py, |poll| core::oxygen_at(modulation, &times, poll))?))
    }
}

/// The actions of drugs by types, niche by niche.
pub struct Resolved<'a>(Vec<(&'a Niche, core::Acting<'a>)>);

impl Acting {
    pub fn resolved(&self) -> Result<Resolved<'_>, Error> {
        let each = self.niches.iter().map(|niche| {
            let niche = niche.get();
            let expressions = core::Expressions { types: niche.types.len(), values: &niche.expressions };
            Ok((niche, core::Acting::new(&niche.drugs, &expressions, &niche.modulation, &niche.combination)?))
        });
        Ok(Resolved(each.collect::<Result<_, Error>>()?))
    }
}

impl Resolved<'_> {
    pub fn niches(&self) -> core::Niches<'_> {
        let made = self.0.iter().map(|(niche, acting)| core::Niche {
            types: niche.types.clone(),
            drugs: acting.drugs(),
            driven: niche.driven.clone(),
        });
        core::Niches(made.collect())
    }
}
