//! Errors of the core as exceptions of `chemoevo.errors`.

use pyo3::prelude::*;
use std::any::Any;

fn raise(py: Python<'_>, class: &str, message: String) -> PyErr {
    match py.import("chemoevo.errors").and_then(|m| m.getattr(class)).and_then(|c| c.call1((message,))) {
        Ok(instance) => PyErr::from_value(instance),
        Err(error) => error,
    }
}

/// A wrong value: `chemoevo.ModelError`.
pub fn model_error(py: Python<'_>, error: impl std::fmt::Display) -> PyErr {
    raise(py, "ModelError", error.to_string())
}

/// A panic of the core: `chemoevo.SimulationError`.
pub fn from_panic(py: Python<'_>, panic: &(dyn Any + Send)) -> PyErr {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    let message = format!("a bug of chemoevo, please report it: {}", text.unwrap_or("unknown panic"));
    raise(py, "SimulationError", message)
}
