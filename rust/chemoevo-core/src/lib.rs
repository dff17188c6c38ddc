//! Multitype branching processes under therapy, answered twice: by exact simulation and by backward equations.
//!
//! The crate is layered: a folder knows only folders above it in this list, and no two modules know each other, also not by
//! way of others.
//!
//! * [`process`]: types, event rates, how the rates change in time, pulses.
//! * [`random`]: keyed streams and samplers.
//! * [`propagator`]: the linear-fractional law of one clone over a stretch of time.
//! * [`engine`]: what advances a state: `direct`, `bnb`, `leap`, first passage.
//! * [`ensemble`]: many replicates, observation times, outcomes, cancellation.
//! * [`analytic`]: the backward equations.
//! * [`pharmacology`]: doses to concentrations; knows no genotype.
//! * [`resistance`]: concentrations to the rates of cell types.
//!
//! No file is parsed here, nothing is printed, and there is no `unsafe`.
#![forbid(unsafe_code)]

pub mod analytic;
pub mod engine;
pub mod ensemble;
pub mod pharmacology;
pub mod process;
pub mod propagator;
pub mod random;
pub mod resistance;
