//! `CloneColumns`: the clones of all replicates.

use crate::arrays::{Held, column, signed};
use chemoevo_core::ensemble as core;
use numpy::Ix1;
use pyo3::prelude::*;

/// The clones of all replicates, one replicate after the other: (replicates,) numbers of clones and of rows of sizes;
/// type, parent, founding (days), extinction (days; infinite: none) and last size of every clone; clone, index of the
/// time and cells of every row of sizes. The arrays are read-only.
#[pyclass(frozen, get_all, module = "chemoevo._core")]
pub struct CloneColumns {
    clones: Held<i64, Ix1>,
    sizes: Held<i64, Ix1>,
    cell_type: Held<u32, Ix1>,
    parent: Held<u32, Ix1>,
    founded: Held<f64, Ix1>,
    extinct: Held<f64, Ix1>,
    size: Held<i64, Ix1>,
    observed_clone: Held<u32, Ix1>,
    observed_time: Held<u32, Ix1>,
    observed_count: Held<i64, Ix1>,
}

impl CloneColumns {
    /// Moves what the core recorded.
    pub fn of(py: Python<'_>, all: core::CloneColumns) -> Self {
        Self {
            clones: column(py, signed(all.clones)),
            sizes: column(py, signed(all.sizes)),
            cell_type: column(py, all.cell_type),
            parent: column(py, all.parent),
            founded: column(py, all.founded),
            extinct: column(py, all.extinct),
            size: column(py, signed(all.count)),
            observed_clone: column(py, all.observed_clone),
            observed_time: column(py, all.observed_time),
            observed_count: column(py, signed(all.observed_count)),
        }
    }
}
