//! Genotypes: the lattice of all combinations of alterations.

use crate::errors::Error;
use chemoevo_core::resistance as core;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

/// Bit masks of the genotypes in their order, and the mutations (from, to, locus).
#[pyclass(frozen, get_all, module = "chemoevo._core")]
pub struct Lattice {
    masks: Py<PyTuple>,
    mutations: Py<PyTuple>,
}

fn lattice(loci: usize) -> Result<core::Lattice, Error> {
    core::Lattice::new(loci).ok_or_else(|| Error::Value(format!("at most {} loci; got {loci}.", core::MAX_LOCI)))
}

/// The genotypes of so many loci.
#[pyfunction]
pub fn genotype_lattice(py: Python<'_>, loci: usize) -> PyResult<Lattice> {
    let found = lattice(loci)?;
    Ok(Lattice {
        masks: PyTuple::new(py, found.masks())?.unbind(),
        mutations: PyTuple::new(py, found.mutations())?.unbind(),
    })
}

/// Birth rate of every genotype in the same order; one of `costs` per locus.
#[pyfunction]
pub fn genotype_births(birth: f64, costs: Vec<f64>) -> PyResult<Vec<f64>> {
    Ok(lattice(costs.len())?.births(birth, &costs))
}
