//! `Columns`: what an ensemble recorded.

use super::clone_columns::CloneColumns;
use super::shape::Shape;
use crate::arrays::{Held, column, shaped, signed};
use chemoevo_core::ensemble as core;
use numpy::{Ix1, Ix2, Ix3};
use pyo3::prelude::*;

/// What an ensemble recorded: counts (replicates, times, columns), final states (replicates, types), and by replicate the
/// code of its outcome, the day of its end, attempts that died out before, steps, mutations and switches followed, and engines that ran, a bit each. With
/// clones their columns; with crossings the first times (replicates, sizes), infinite where a size was not reached. The
/// arrays are read-only.
#[pyclass(frozen, get_all, module = "chemoevo._core")]
pub struct Columns {
    counts: Held<i64, Ix3>,
    #[pyo3(name = "final")]
    last: Held<i64, Ix2>,
    outcome: Held<u8, Ix1>,
    time: Held<f64, Ix1>,
    rejected: Held<i64, Ix1>,
    steps: Held<i64, Ix1>,
    followed: Held<i64, Ix1>,
    engines: Held<u8, Ix1>,
    clones: Option<Py<CloneColumns>>,
    crossings: Option<Held<f64, Ix2>>,
}

impl Columns {
    /// Moves what the core recorded.
    pub fn of(py: Python<'_>, all: core::Columns, shape: &Shape) -> PyResult<Self> {
        let n = shape.replicates;
        let clones = all.clones.map(|clones| Py::new(py, CloneColumns::of(py, clones)));
        Ok(Self {
            counts: shaped(py, signed(all.counts), [n, shape.times, shape.columns])?,
            last: shaped(py, signed(all.last), [n, shape.types])?,
            outcome: column(py, all.outcome),
            time: column(py, all.time),
            rejected: column(py, signed(all.rejected)),
            steps: column(py, signed(all.steps)),
            followed: column(py, signed(all.followed)),
            engines: column(py, all.engines),
            clones: clones.transpose()?,
            crossings: shape.crossings.map(|sizes| shaped(py, all.crossings, [n, sizes])).transpose()?,
        })
    }
}
