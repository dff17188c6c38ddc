//! Which engine "auto" takes.

use super::codes;
use crate::arrays::values;
use crate::process::Process;
use chemoevo_core::ensemble::Engine;
use numpy::PyReadonlyArray1;
use pyo3::prelude::*;

/// The exact engine that "auto" takes from `initial` (K,) until day `until`.
#[pyfunction]
pub fn exact_engine(process: &Process, initial: PyReadonlyArray1<'_, u64>, until: f64) -> &'static str {
    codes::name_of(Engine::Auto(None).of_replicate(&process.model, None, &values(&initial), until))
}
