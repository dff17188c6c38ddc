//! The one door for errors: everything that can go wrong below Python becomes an exception of `chemoevo.errors` here.

mod kind;

use chemoevo_core::analytic::AnalyticError;
use chemoevo_core::ensemble::{PlanError, RunError};
use chemoevo_core::pharmacology::{CourseError, KineticsError, StateError};
use chemoevo_core::process::ProcessError;
use chemoevo_core::resistance::{ChainError, CompileError};
use kind::Kind;
use pyo3::prelude::*;
use rayon::ThreadPoolBuildError;
use std::any::Any;

/// What can go wrong in the core and in this binding.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Analytic(#[from] AnalyticError),
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error(transparent)]
    Run(#[from] RunError),
    #[error(transparent)]
    Process(#[from] ProcessError),
    #[error(transparent)]
    Kinetics(#[from] KineticsError),
    #[error(transparent)]
    Course(#[from] CourseError),
    #[error(transparent)]
    State(#[from] StateError),
    #[error(transparent)]
    Chain(#[from] ChainError),
    #[error(transparent)]
    Compile(#[from] CompileError),
    #[error("the thread pool could not start: {0}")]
    Pool(#[from] ThreadPoolBuildError),
    #[error("the worker was lost")]
    Lost,
    /// A value that the binding itself refuses.
    #[error("{0}")]
    Value(String),
    #[error("a bug of chemoevo, please report it: {0}")]
    Bug(String),
}

impl Error {
    /// The bug behind a panic.
    pub fn panic(panic: &(dyn Any + Send)) -> Self {
        let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
        Self::Bug(text.unwrap_or("unknown panic").to_owned())
    }
}

impl From<Error> for PyErr {
    fn from(error: Error) -> Self {
        Python::attach(|py| match error.kind() {
            Kind::Model => raise(py, "ModelError", &error),
            Kind::Simulation => raise(py, "SimulationError", &error),
            Kind::Pending => PyErr::take(py).unwrap_or_else(|| raise(py, "SimulationError", &error)),
        })
    }
}

fn raise(py: Python<'_>, class: &str, error: &Error) -> PyErr {
    match py.import("chemoevo.errors").and_then(|m| m.getattr(class)).and_then(|c| c.call1((error.to_string(),))) {
        Ok(instance) => PyErr::from_value(instance),
        Err(error) => error,
    }
}
