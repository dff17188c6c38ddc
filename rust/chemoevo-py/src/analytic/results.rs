//! What the equations give: named arrays, read-only.

use crate::arrays::Held;
use numpy::{Ix1, Ix2, Ix3, IxDyn};
use pyo3::prelude::*;

/// Probabilities of presence and of absence from one cell of each type, each (horizons, types).
#[pyclass(frozen, get_all, module = "chemoevo._core")]
pub struct TwoSided {
    pub presence: Held<f64, Ix2>,
    pub absence: Held<f64, Ix2>,
}

/// Mean counts (n, times, types), and expected mutations and switches until each time (n, times).
#[pyclass(frozen, get_all, module = "chemoevo._core")]
pub struct MeanCounts {
    pub counts: Held<f64, Ix3>,
    pub events: Held<f64, Ix2>,
}

/// Means (..., times, types) and covariances (..., times, types, types).
#[pyclass(frozen, get_all, module = "chemoevo._core")]
pub struct Moments {
    pub mean: Held<f64, IxDyn>,
    pub covariance: Held<f64, IxDyn>,
}

/// Complements of a generating function, real and imaginary part, each (points, types).
#[pyclass(frozen, get_all, module = "chemoevo._core")]
pub struct Complements {
    pub real: Held<f64, Ix2>,
    pub imaginary: Held<f64, Ix2>,
}

/// Sums over founding times of G, real and imaginary part, and of |G|, each (points,).
#[pyclass(frozen, get_all, module = "chemoevo._core")]
pub struct Lineages {
    pub real: Held<f64, Ix1>,
    pub imaginary: Held<f64, Ix1>,
    pub size: Held<f64, Ix1>,
}

/// The logarithm of a probability of absence, and its derivatives: by `initial` cells (types,), by `birth` and `death`
/// (intervals, types), by `mutation` and `switching` (intervals, pairs), by `pulse_survival` (pulses, types), `pulse_time`
/// (pulses,), `breakpoint` (intervals - 1,) and `horizon`; nan where there is no derivative.
#[pyclass(frozen, get_all, module = "chemoevo._core")]
pub struct Sensitivity {
    pub log_absence: f64,
    pub initial: Held<f64, Ix1>,
    pub birth: Held<f64, Ix2>,
    pub death: Held<f64, Ix2>,
    pub mutation: Held<f64, Ix2>,
    pub switching: Held<f64, Ix2>,
    pub pulse_survival: Held<f64, Ix2>,
    pub pulse_time: Held<f64, Ix1>,
    pub breakpoint: Held<f64, Ix1>,
    pub horizon: f64,
}

/// The presence at founding times (times, types), and derivatives of a weighted sum of it: by presence at the `end`, by
/// `birth` and `death` (types,), and by `mutation` and `switching` (pairs,).
#[pyclass(frozen, get_all, module = "chemoevo._core")]
pub struct FoundingGradient {
    pub presence: Held<f64, Ix2>,
    pub end: Held<f64, Ix1>,
    pub birth: Held<f64, Ix1>,
    pub death: Held<f64, Ix1>,
    pub mutation: Held<f64, Ix1>,
    pub switching: Held<f64, Ix1>,
}
