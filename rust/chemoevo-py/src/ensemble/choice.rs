//! Which engine "auto" takes.

use super::codes;
use crate::arrays::counts;
use crate::process::Process;
use chemoevo_core::ensemble::Engine;
use numpy::PyReadonlyArray1;
use pyo3::prelude::*;

/// The exact engine that "auto" takes from `initial` (K,) until day `until`.
#[pyfunction]
pub fn exact_engine(process: &Process, initial: PyReadonlyArray1<'_, i64>, until: f64) -> PyResult<&'static str> {
    let initial = counts("initial", &initial)?;
    Ok(codes::name_of(Engine::Auto(None).of_replicate(&process.model, None, &initial, until)))
}
