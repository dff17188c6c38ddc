//! The module `chemoevo._core`: a thin binding, no algorithm.

// A long list of arguments is a class with a name.
#![deny(clippy::too_many_arguments)]

mod analytic;
mod arrays;
mod door;
mod ensemble;
mod errors;
mod pharmacology;
mod pool;
mod process;
mod refinement;
mod resistance;

#[pyo3::pymodule]
mod _core {
    use pyo3::prelude::*;
    use pyo3::types::PyTuple;

    #[pymodule_export]
    use crate::analytic::circle::{complements, lineages};
    #[pymodule_export]
    use crate::analytic::gradients::{founding_gradient, sensitivity};
    #[pymodule_export]
    use crate::analytic::means::mean_counts;
    #[pymodule_export]
    use crate::analytic::moments::{moments, moments_of_families, moments_of_survivors};
    #[pymodule_export]
    use crate::analytic::probabilities::{backward, log_absence, log_ultimate_extinction};
    #[pymodule_export]
    use crate::analytic::results::{
        Complements, FoundingGradient, Lineages, MeanCounts, Moments, Sensitivity, TwoSided,
    };
    #[pymodule_export]
    use crate::ensemble::choice::exact_engine;
    #[pymodule_export]
    use crate::ensemble::clone_columns::CloneColumns;
    #[pymodule_export]
    use crate::ensemble::columns::Columns;
    #[pymodule_export]
    use crate::ensemble::plan::Plan;
    #[pymodule_export]
    use crate::pharmacology::cohort::Cohort;
    #[pymodule_export]
    use crate::pharmacology::course::Course;
    #[pymodule_export]
    use crate::pharmacology::kinetics::{Kinetics, State};
    #[pymodule_export]
    use crate::pharmacology::marrows::Marrows;
    #[pymodule_export]
    use crate::pharmacology::realized::{DosePlan, DoseRules, Realized};
    #[pymodule_export]
    use crate::process::Process;
    #[pymodule_export]
    use crate::refinement::step_discrepancies;
    #[pymodule_export]
    use crate::resistance::acting::{Acting, Niche};
    #[pymodule_export]
    use crate::resistance::chain::{Potency, Step, potency_in_cell, strengths_from_folds};
    #[pymodule_export]
    use crate::resistance::drug::{Agent, CompileOptions, Driven, Drug, Inducer, Inhibitor};
    #[pymodule_export]
    use crate::resistance::genotypes::{Lattice, genotype_lattice};
    #[pymodule_export]
    use crate::resistance::moving::Moving;
    #[pymodule_export]
    use crate::resistance::rates::{RateTable, Rates, compile_rates, rates_at, rates_on};

    #[pymodule_init]
    fn init(m: &Bound<'_, PyModule>) -> PyResult<()> {
        m.add("OUTCOMES", PyTuple::new(m.py(), crate::ensemble::codes::OUTCOMES)?)?;
        m.add("ENGINES", PyTuple::new(m.py(), crate::ensemble::codes::ENGINES)?)?;
        m.add("NO_PARENT", crate::ensemble::codes::NO_PARENT)?;
        m.add("LEAPS_ABOVE", chemoevo_core::engine::leap::FOLLOWED)?;
        m.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
