//! Keyed random streams, and samplers whose laws hold for counts from one cell to 10^18.
//!
//! Every sampler is exact in law up to the rounding of its inputs: acceptance tests are evaluated without differences of
//! large numbers, so that a binomial or negative binomial of 10^15 cells is as faithful as one of ten.
//! Laws are plain functions of the generator and the parameters, since an event-driven simulation rarely draws twice
//! with the same parameters.

mod binomial;
mod gamma;
mod inversion;
mod negative_binomial;
mod poisson;
mod special;
mod stream;
mod uniform;

pub use binomial::binomial;
pub use gamma::gamma;
pub use negative_binomial::negative_binomial;
pub use poisson::poisson;
pub(crate) use special::{ATANH_SHORT, atanh_short};
pub use special::{bd0, log1pmx, stirlerr};
pub use stream::{Stream, second_stream, stream};
pub use uniform::{bernoulli, exponential, standard_normal, uniform_fine, uniform_open};

#[cfg(test)]
mod tests;
