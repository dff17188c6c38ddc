//! The module `chemoevo._core`: a thin binding, no algorithm.

mod analytic;
mod errors;
mod pool;
mod process;
mod simulate;

#[pyo3::pymodule]
mod _core {
    use pyo3::prelude::*;

    #[pymodule_export]
    use crate::analytic::{backward, log_absence, log_ultimate_extinction, mean_counts};
    #[pymodule_export]
    use crate::process::Process;
    #[pymodule_export]
    use crate::simulate::{cheapest_engine, simulate};

    #[pymodule_init]
    fn init(m: &Bound<'_, PyModule>) -> PyResult<()> {
        m.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
