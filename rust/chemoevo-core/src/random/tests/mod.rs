//! Tests of the samplers as a whole; those of a formula are beside it.

mod audit;
mod bench;
mod law;
mod laws;
mod planted;
mod stability;
