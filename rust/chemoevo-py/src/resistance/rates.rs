//! Drug effects as rates over time.

use super::acting::Acting;
use super::drug::CompileOptions;
use crate::arrays::{Held, column, shaped, values};
use crate::door;
use chemoevo_core::resistance as core;
use numpy::{Ix1, Ix2, PyReadonlyArray1};
use pyo3::prelude::*;

/// Compiled rates: breakpoints (days) (M - 1,), birth (1 or M, K) and death (M, K), transitions that drugs drive (M, transitions), niche after
/// niche, and edges of the cells of quadrature (h).
#[pyclass(frozen, get_all, module = "chemoevo._core")]
pub struct RateTable {
    breakpoints: Held<f64, Ix1>,
    birth: Held<f64, Ix2>,
    death: Held<f64, Ix2>,
    driven: Held<f64, Ix2>,
    cells: Held<f64, Ix1>,
}

impl RateTable {
    fn of(py: Python<'_>, table: core::RateTable, types: usize) -> PyResult<Self> {
        let intervals = table.breakpoints.len() + 1;
        let (shape, driven) = ([intervals, types], [intervals, table.driven.len() / intervals]);
        let births = [table.birth.len() / types.max(1), types];
        Ok(Self {
            breakpoints: column(py, table.breakpoints),
            birth: shaped(py, table.birth, births)?,
            death: shaped(py, table.death, shape)?,
            driven: shaped(py, table.driven, driven)?,
            cells: column(py, table.cells),
        })
    }
}

/// Birth and death rates, each (times, types), and transitions that drugs drive, (times, transitions).
#[pyclass(frozen, get_all, module = "chemoevo._core")]
pub struct Rates {
    birth: Held<f64, Ix2>,
    death: Held<f64, Ix2>,
    driven: Held<f64, Ix2>,
}

/// The rates of every type under drugs.
#[pyfunction]
pub fn compile_rates(py: Python<'_>, acting: &Acting, options: &CompileOptions) -> PyResult<RateTable> {
    let (options, resolved) = (options.inner, acting.resolved()?);
    let (birth, death) = (&acting.birth, &acting.death);
    let niches = resolved.niches();
    let table = door::polled(py, |poll| core::compile(birth, death, &niches, options, poll))?;
    RateTable::of(py, table, birth.len())
}

/// The same on given cells (h) and segments that end at `ends` (days).
#[pyfunction]
pub fn rates_on(
    py: Python<'_>,
    acting: &Acting,
    cells: PyReadonlyArray1<'_, f64>,
    ends: PyReadonlyArray1<'_, f64>,
) -> PyResult<RateTable> {
    let (cells, ends, resolved) = (values(&cells), values(&ends), acting.resolved()?);
    let (birth, death) = (&acting.birth, &acting.death);
    let niches = resolved.niches();
    let table = door::polled(py, |poll| core::compile_on(birth, death, &niches, &cells, &ends, poll))?;
    RateTable::of(py, table, birth.len())
}

/// Birth and death rates (times, types) at instants (h).
#[pyfunction]
pub fn rates_at(py: Python<'_>, acting: &Acting, times: PyReadonlyArray1<'_, f64>) -> PyResult<Rates> {
    let (times, resolved) = (values(&times), acting.resolved()?);
    let (birth, death) = (&acting.birth, &acting.death);
    let niches = resolved.niches();
    let [births, deaths, driven] = door::polled(py, |poll| core::rates_at(birth, death, &niches, &times, poll))?;
    let (rows, transitions) = (times.len(), driven.len() / times.len().max(1));
    Ok(Rates {
        birth: shaped(py, births, [rows, birth.len()])?,
        death: shaped(py, deaths, [rows, birth.len()])?,
        driven: shaped(py, driven, [rows, transitions])?,
    })
}
