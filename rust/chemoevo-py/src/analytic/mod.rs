//! The equations: arrays in, arrays out, the GIL released.

pub mod circle;
pub mod gradients;
pub mod means;
pub mod moments;
pub mod probabilities;
pub mod results;
