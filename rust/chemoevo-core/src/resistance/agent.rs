//! Something with a concentration over time: a drug as it comes, or what changes what drugs meet.

use crate::pharmacology::{Course, Measure};
use std::sync::Arc;

/// Something with a concentration over time.
#[derive(Clone, Debug)]
pub struct Agent {
    /// How much of it there is, mg/L over hours.
    pub course: Arc<Course>,
    /// The compartment of the course that acts.
    pub compartment: usize,
    /// Unbound uM per mg/L.
    pub unbound: f64,
}

impl Agent {
    /// In uM, unbound, at a time in hours.
    pub(super) fn free(&self, time: f64) -> f64 {
        self.unbound * self.course.at(self.compartment, time, Measure::Value)
    }

    /// uM hours until a time.
    pub(super) fn area(&self, time: f64) -> f64 {
        self.unbound * self.course.at(self.compartment, time, Measure::Area)
    }

    /// The fastest rate of its kinetics, in 1/h.
    pub(super) fn fastest(&self) -> f64 {
        self.course.fastest(self.compartment)
    }
}
