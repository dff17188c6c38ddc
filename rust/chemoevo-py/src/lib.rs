//! The module `chemoevo._core`: a thin binding, no algorithm.

mod analytic;
mod errors;
mod pharmacology;
mod pool;
mod process;
mod questions;
mod refinement;
mod resistance;
mod simulate;

#[pyo3::pymodule]
mod _core {
    use pyo3::prelude::*;

    #[pymodule_export]
    use crate::analytic::{
        backward, founding_gradient, log_absence, log_ultimate_extinction, mean_counts, sensitivity,
    };
    #[pymodule_export]
    use crate::pharmacology::Exposure;
    #[pymodule_export]
    use crate::process::Process;
    #[pymodule_export]
    use crate::questions::{complements, lineages, moments, moments_of_families, moments_of_survivors};
    #[pymodule_export]
    use crate::refinement::step_discrepancies;
    #[pymodule_export]
    use crate::resistance::{
        compile_rates, genotype_births, genotype_lattice, potency_in_cell, rates_at, rates_on, strength_from_fold,
    };
    #[pymodule_export]
    use crate::simulate::{exact_engine, simulate};

    #[pymodule_init]
    fn init(m: &Bound<'_, PyModule>) -> PyResult<()> {
        m.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
