//! Genotypes, the chain of mechanisms, and the compilation of drug effects to piecewise-constant rates.

use crate::pharmacology::Exposure;
use chemoevo_core::resistance as core;
use numpy::{IntoPyArray, PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray1};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

fn refused(error: impl std::fmt::Display) -> PyErr {
    PyValueError::new_err(error.to_string())
}

/// Bit masks of the genotypes in their order, and the mutations (from, to, locus).
#[pyfunction]
pub fn genotype_lattice(loci: usize) -> PyResult<(Vec<u32>, Vec<(usize, usize, usize)>)> {
    let lattice = core::Lattice::new(loci).ok_or_else(|| refused(format!("at most {} loci", core::MAX_LOCI)))?;
    Ok((lattice.masks().to_vec(), lattice.mutations()))
}

/// Birth rate of every genotype in the same order; `costs` one a locus.
#[pyfunction]
pub fn genotype_births(birth: f64, costs: Vec<f64>) -> PyResult<Vec<f64>> {
    let lattice = core::Lattice::new(costs.len()).ok_or_else(|| refused(format!("at most {} loci", core::MAX_LOCI)))?;
    Ok(lattice.births(birth, &costs))
}

/// Strength of a mechanism from a published fold.
#[pyfunction]
pub fn strength_from_fold(fold: f64, expression: f64, reference: f64) -> PyResult<f64> {
    core::strength_from_fold(fold, expression, reference).map_err(refused)
}

/// (ec50, emax) in a cell: `mechanisms` [(stage, strength, expression, reference, inhibition)].
#[pyfunction]
pub fn potency_in_cell(
    ec50: f64,
    hill: f64,
    emax: f64,
    mechanisms: Vec<(String, f64, f64, f64, f64)>,
    threshold: f64,
    ceiling: f64,
) -> PyResult<(f64, f64)> {
    let mechanisms = mechanisms.into_iter().map(|(stage, strength, expression, reference, inhibition)| {
        let stage = match stage.as_str() {
            "efflux" => core::Stage::Efflux,
            "detoxification" => core::Stage::Detoxification,
            "repair" => core::Stage::Repair,
            other => return Err(refused(format!("unknown stage {other:?}"))),
        };
        Ok(core::Mechanism { stage, strength, expression, reference, inhibition })
    });
    let mechanisms = mechanisms.collect::<PyResult<Vec<_>>>()?;
    let potency = core::Potency { ec50, hill, emax }.in_cell(&mechanisms, threshold, ceiling).map_err(refused)?;
    Ok((potency.ec50, potency.emax))
}

/// Arrays of a compiled schedule: breakpoints (M-1,), birth (M, K), death (M, K), edges of cells in hours.
type Rates<'py> =
    (Bound<'py, PyArray1<f64>>, Bound<'py, PyArray2<f64>>, Bound<'py, PyArray2<f64>>, Bound<'py, PyArray1<f64>>);

/// (exposure, unbound uM per mg/L, cytostatic, [(ec50, hill, emax) of every type]).
type Action<'py> = (PyRef<'py, Exposure>, f64, bool, Vec<(f64, f64, f64)>);

fn drugs_of(actions: Vec<Action<'_>>) -> Vec<core::Drug> {
    let drugs = actions.into_iter().map(|(exposure, unbound, cytostatic, potency)| core::Drug {
        exposure: exposure.inner.clone(),
        unbound,
        mode: if cytostatic { core::Mode::Cytostatic } else { core::Mode::Cytotoxic },
        potency: potency.into_iter().map(|(ec50, hill, emax)| core::Potency { ec50, hill, emax }).collect(),
    });
    drugs.collect()
}

fn arrays(py: Python<'_>, table: core::RateTable, types: usize) -> PyResult<Rates<'_>> {
    let shape = [table.breakpoints.len() + 1, types];
    Ok((
        table.breakpoints.into_pyarray(py),
        table.birth.into_pyarray(py).reshape(shape)?,
        table.death.into_pyarray(py).reshape(shape)?,
        table.cells.into_pyarray(py),
    ))
}

/// The rates of every type under drugs; `horizon` in days.
#[pyfunction]
pub fn compile_rates<'py>(
    py: Python<'py>,
    birth: Vec<f64>,
    death: Vec<f64>,
    drugs: Vec<Action<'py>>,
    horizon: f64,
    tolerance: f64,
    halved: bool,
    max_segments: usize,
) -> PyResult<Rates<'py>> {
    let drugs = drugs_of(drugs);
    let options = core::CompileOptions { horizon, tolerance, halved, max_segments };
    let table = py.detach(|| core::compile(&birth, &death, &drugs, options)).map_err(refused)?;
    arrays(py, table, birth.len())
}

/// The same on given cells (h) and segments that end at `ends` (days).
#[pyfunction]
pub fn rates_on<'py>(
    py: Python<'py>,
    birth: Vec<f64>,
    death: Vec<f64>,
    drugs: Vec<Action<'py>>,
    cells: PyReadonlyArray1<'py, f64>,
    ends: PyReadonlyArray1<'py, f64>,
) -> PyResult<Rates<'py>> {
    let drugs = drugs_of(drugs);
    let (cells, ends) = (cells.as_array().to_vec(), ends.as_array().to_vec());
    let table = py.detach(|| core::compile_on(&birth, &death, &drugs, &cells, &ends)).map_err(refused)?;
    arrays(py, table, birth.len())
}

/// Birth and death rates (times, types) at instants (h).
#[pyfunction]
pub fn rates_at<'py>(
    py: Python<'py>,
    birth: Vec<f64>,
    death: Vec<f64>,
    drugs: Vec<Action<'py>>,
    times: PyReadonlyArray1<'py, f64>,
) -> PyResult<(Bound<'py, PyArray2<f64>>, Bound<'py, PyArray2<f64>>)> {
    let (drugs, times) = (drugs_of(drugs), times.as_array().to_vec());
    let (births, deaths) = py.detach(|| core::rates_at(&birth, &death, &drugs, &times)).map_err(refused)?;
    let shape = [times.len(), birth.len()];
    Ok((births.into_pyarray(py).reshape(shape)?, deaths.into_pyarray(py).reshape(shape)?))
}
