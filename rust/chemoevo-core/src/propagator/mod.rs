//! The law of one clone over a stretch of time, as products of nonnegative 2x2 matrices.
//!
//! For one type with rates `b` of plain divisions, `d` of deaths and `m` of special events (mutant-producing
//! divisions and switches), let `G(z; s, t) = 1 - E[z^N(t), no special event in (s, t]]` from one cell at `s`.
//! Then `dG/dt = m + (b - d - m) G - b G^2` with `G = g = 1 - z` at `t = s`, a Riccati equation that is linear
//! in homogeneous coordinates: `G = (alpha g + beta) / (gamma g + delta)`. It generalizes the constant-rate law of
//! Mather, Hasty & Tsimring (2012), Bioinformatics 28:1230, doi:10.1093/bioinformatics/bts130, to rates that
//! change in time: the matrices of consecutive stretches multiply, `P(s, t) = P(s, u) P(u, t)`.

mod law;
mod matrix;
mod refinement;
mod tree;

#[cfg(test)]
mod tests;

pub use law::{count_at_event, count_from, count_without_event};
pub use matrix::{Propagator, SegmentLaw};
pub use refinement::{Discrepancy, discrepancy};
pub use tree::{EventTime, TypeLaw};
