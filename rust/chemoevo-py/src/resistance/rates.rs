//! Drug effects as rates over time.

use super::drug::{CompileOptions, Drug, drugs_of};
use crate::arrays::{Held, column, shaped, values};
use crate::door;
use chemoevo_core::resistance as core;
use numpy::{Ix1, Ix2, PyReadonlyArray1};
use pyo3::prelude::*;

/// Compiled rates: breakpoints (days) (M - 1,), birth and death (M, K), and edges of the cells of quadrature (h).
#[pyclass(frozen, get_all, module = "chemoevo._core")]
pub struct RateTable {
    breakpoints: Held<f64, Ix1>,
    birth: Held<f64, Ix2>,
    death: Held<f64, Ix2>,
    cells: Held<f64, Ix1>,
}

impl RateTable {
    fn of(py: Python<'_>, table: core::RateTable, types: usize) -> PyResult<Self> {
        let shape = [table.breakpoints.len() + 1, types];
        Ok(Self {
            breakpoints: column(py, table.breakpoints),
            birth: shaped(py, table.birth, shape)?,
            death: shaped(py, table.death, shape)?,
            cells: column(py, table.cells),
        })
    }
}

/// Birth and death rates, each (times, types).
#[pyclass(frozen, get_all, module = "chemoevo._core")]
pub struct Rates {
    birth: Held<f64, Ix2>,
    death: Held<f64, Ix2>,
}

/// Groups of drugs (positions, and whether doses add; otherwise the highest effect counts) and pairs with their coefficient.
type Together = (Vec<(Vec<usize>, bool)>, Vec<(usize, usize, f64)>);

fn combination(together: Option<Together>) -> core::Combination {
    let (groups, pairs) = together.unwrap_or_default();
    let rule = |add| if add { core::Rule::DoseAdditive } else { core::Rule::Highest };
    core::Combination {
        groups: groups.into_iter().map(|(drugs, add)| core::Group { drugs, rule: rule(add) }).collect(),
        interactions: pairs.into_iter().map(|(a, b, alpha)| core::Interaction { pair: (a, b), alpha }).collect(),
    }
}

/// The rates of every type under drugs.
#[pyfunction]
#[pyo3(signature = (birth, death, drugs, options, *, together=None))]
pub fn compile_rates(
    py: Python<'_>,
    birth: Vec<f64>,
    death: Vec<f64>,
    drugs: Vec<PyRef<'_, Drug>>,
    options: &CompileOptions,
    together: Option<Together>,
) -> PyResult<RateTable> {
    let (drugs, options, combination) = (drugs_of(&drugs), options.inner, combination(together));
    let drugs = core::Drugs { each: &drugs, combination: &combination };
    RateTable::of(py, door::polled(py, |poll| core::compile(&birth, &death, drugs, options, poll))?, birth.len())
}

/// The same on given cells (h) and segments that end at `ends` (days).
#[pyfunction]
#[pyo3(signature = (birth, death, drugs, cells, ends, *, together=None))]
pub fn rates_on(
    py: Python<'_>,
    birth: Vec<f64>,
    death: Vec<f64>,
    drugs: Vec<PyRef<'_, Drug>>,
    cells: PyReadonlyArray1<'_, f64>,
    ends: PyReadonlyArray1<'_, f64>,
    together: Option<Together>,
) -> PyResult<RateTable> {
    let (drugs, cells, ends) = (drugs_of(&drugs), values(&cells), values(&ends));
    let combination = combination(together);
    let drugs = core::Drugs { each: &drugs, combination: &combination };
    RateTable::of(
        py,
        door::polled(py, |poll| core::compile_on(&birth, &death, drugs, &cells, &ends, poll))?,
        birth.len(),
    )
}

/// Birth and death rates (times, types) at instants (h).
#[pyfunction]
#[pyo3(signature = (birth, death, drugs, times, *, together=None))]
pub fn rates_at(
    py: Python<'_>,
    birth: Vec<f64>,
    death: Vec<f64>,
    drugs: Vec<PyRef<'_, Drug>>,
    times: PyReadonlyArray1<'_, f64>,
    together: Option<Together>,
) -> PyResult<Rates> {
    let (drugs, times, combination) = (drugs_of(&drugs), values(&times), combination(together));
    let drugs = core::Drugs { each: &drugs, combination: &combination };
    let (births, deaths) = door::tried(py, || core::rates_at(&birth, &death, drugs, &times))?;
    let shape = [times.len(), birth.len()];
    Ok(Rates { birth: shaped(py, births, shape)?, death: shaped(py, deaths, shape)? })
}
