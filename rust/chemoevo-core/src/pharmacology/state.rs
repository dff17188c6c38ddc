//! All that a patient's body holds of a drug at an instant: enough to go on from, without the doses before it.

use super::inflow::Inflow;
use super::input::Input;
use super::model::Model;

/// A state of one drug in one patient.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// In hours.
    pub time: f64,
    /// Stages of absorption (amounts), phases of plasma and of every metabolite (shares of the concentration), effect
    /// compartments.
    pub values: Vec<f64>,
    /// Areas up to now under plasma, metabolites and effect compartments.
    pub areas: Vec<f64>,
    /// What has not ended.
    pub inputs: Vec<Input>,
    /// Of the kinetics that it is a state of; nothing where they are not known.
    pub kinetics: Vec<f64>,
}

/// Why a state cannot be gone on from.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum StateError {
    /// It does not belong to a model.
    #[error(
        "a state of {got} stages and {areas} compartments does not belong to kinetics of {stages} and {compartments}"
    )]
    Shape {
        /// Stages of the state.
        got: usize,
        /// Its compartments.
        areas: usize,
        /// Stages of the model.
        stages: usize,
        /// Its compartments.
        compartments: usize,
    },
    /// It is one of other kinetics.
    #[error("a state of other kinetics, in which the same values are other amounts: carry it over")]
    Kinetics,
    /// What is being absorbed does not say how far it has come.
    #[error(
        "a dose that is being absorbed by {stages} stages, a number that is not whole, cannot change their number or \
         rate, {rate}/h"
    )]
    Absorption {
        /// Number of stages.
        stages: f64,
        /// Rate (1/h) of each.
        rate: f64,
    },
}

impl State {
    /// Nothing of the drug at a time.
    #[must_use]
    pub fn empty(model: &Model, time: f64) -> Self {
        let (stages, compartments) = (model.cascade.stages(), model.compartments());
        let (values, areas) = (vec![0.0; stages], vec![0.0; compartments]);
        Self { time, values, areas, inputs: Vec::new(), kinetics: model.fingerprint() }
    }

    pub(super) fn check(&self, model: &Model) -> Result<(), StateError> {
        self.shape(model)?;
        if !self.kinetics.is_empty() && self.kinetics != model.fingerprint() {
            return Err(StateError::Kinetics);
        }
        Ok(())
    }

    fn shape(&self, model: &Model) -> Result<(), StateError> {
        let (got, areas) = (self.values.len(), self.areas.len());
        let (stages, compartments) = (model.cascade.stages(), model.compartments());
        if got != stages || areas != compartments {
            Err(StateError::Shape { got, areas, stages, compartments })
        } else {
            Ok(())
        }
    }

    /// Inputs by mouth that have begun.
    fn absorbed(&self) -> impl Iterator<Item = &Input> {
        self.inputs.iter().filter(|input| input.by_mouth && input.start <= self.time)
    }

    /// Amounts in the stages of absorption, and in the central and peripheral compartments of plasma. A number of stages that
    /// is not whole is one amount: what has begun to come and is not in plasma yet.
    ///
    /// # Errors
    /// [`StateError`] if the state is none of the model.
    pub fn amounts(&self, model: &Model) -> Result<(Vec<f64>, Vec<f64>), StateError> {
        self.check(model)?;
        let plasma = model.places[0].stages.clone();
        if let Some(inflow) = &model.inflow {
            let coming = inflow.coming(self.absorbed(), self.time);
            return Ok((vec![coming], model.disposition().amounts(&self.values[plasma])));
        }
        Ok((self.values[..plasma.start].to_vec(), model.disposition().amounts(&self.values[plasma])))
    }

    /// The same amounts in a body whose parameters have become others: what it holds does not change at once.
    ///
    /// Through amounts, where terms of both signs meet: a compartment that is nearly empty loses digits.
    ///
    /// # Errors
    /// [`StateError`] if the state is none of `from`, `to` has other compartments, or something is being absorbed by a number
    /// of stages that is not whole and is not that of both.
    pub fn carried(&self, from: &Model, to: &Model) -> Result<Self, StateError> {
        self.check(from)?;
        self.shape(to)?;
        let density = |model: &Model| model.inflow.as_ref().map(Inflow::stages);
        let (old, new) = (density(from), density(to));
        if let Some((stages, rate)) = old.or(new).filter(|_| old != new && self.absorbed().next().is_some()) {
            return Err(StateError::Absorption { stages, rate });
        }
        let mut values = self.values.clone();
        let dispositions = from.dispositions.iter().zip(&to.dispositions);
        for ((old, new), (place, there)) in dispositions.zip(from.places.iter().zip(&to.places)) {
            let amounts = old.amounts(&self.values[place.stages.clone()]);
            if place.stages != there.stages {
                return self.shape(to).and(Err(StateError::Shape {
                    got: place.stages.len(),
                    areas: self.areas.len(),
                    stages: there.stages.len(),
                    compartments: to.compartments(),
                }));
            }
            for (value, share) in values[place.stages.clone()].iter_mut().zip(new.shares(&amounts)) {
                // Unlike a compartment's, the share of a phase may be negative.
                *value = share;
            }
        }
        Ok(Self { values, kinetics: to.fingerprint(), ..self.clone() })
    }
}
