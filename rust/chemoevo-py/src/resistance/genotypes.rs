//! Genotypes: the lattice of all combinations of alterations and their copies.

use crate::arrays::{Held, shaped};
use crate::errors::Error;
use chemoevo_core::resistance as core;
use numpy::Ix2;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

/// Copies of every alteration in the genotypes, (genotypes, loci), in their order, and the steps between them: (from, to, locus,
/// whether a copy is gained).
#[pyclass(frozen, get_all, module = "chemoevo._core")]
pub struct Lattice {
    copies: Held<u8, Ix2>,
    steps: Py<PyTuple>,
}

/// The genotypes of loci with so many copies at most.
#[pyfunction]
pub fn genotype_lattice(py: Python<'_>, most: Vec<u8>) -> PyResult<Lattice> {
    let loci = most.len();
    let limit = core::MAX_GENOTYPES;
    let found = core::Lattice::new(&most).ok_or_else(|| Error::Value(format!("at most {limit} genotypes.")))?;
    let copies: Vec<u8> = found.copies().iter().flat_map(|copies| copies.iter().copied()).collect();
    let shape = [found.copies().len(), loci];
    Ok(Lattice { copies: shaped(py, copies, shape)?, steps: PyTuple::new(py, found.steps())?.unbind() })
}
