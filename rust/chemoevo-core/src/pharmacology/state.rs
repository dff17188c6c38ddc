//! All that a patient's body holds of a drug at an instant: enough to go on from, without the doses before it.

use super::model::Model;

/// An input that has not ended: an infusion, or a dose whose lag has not passed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Input {
    /// When it was given, in hours.
    pub given: f64,
    /// When it begins to enter.
    pub start: f64,
    /// When it ends; the same for what enters at once.
    pub end: f64,
    /// What enters in all.
    pub amount: f64,
    /// Into the first stage of absorption; otherwise into plasma.
    pub by_mouth: bool,
}

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
}

/// A state that does not belong to a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a state of {got} stages and {areas} compartments does not belong to kinetics of {stages} and {compartments}")]
pub struct StateError {
    /// Stages of the state.
    pub got: usize,
    /// Its compartments.
    pub areas: usize,
    /// Stages of the model.
    pub stages: usize,
    /// Its compartments.
    pub compartments: usize,
}

impl State {
    /// Nothing of the drug at a time.
    #[must_use]
    pub fn empty(model: &Model, time: f64) -> Self {
        let (stages, compartments) = (model.cascade.stages(), model.compartments());
        Self { time, values: vec![0.0; stages], areas: vec![0.0; compartments], inputs: Vec::new() }
    }

    pub(super) fn check(&self, model: &Model) -> Result<(), StateError> {
        let (got, areas) = (self.values.len(), self.areas.len());
        let (stages, compartments) = (model.cascade.stages(), model.compartments());
        if got == stages && areas == compartments {
            Ok(())
        } else {
            Err(StateError { got, areas, stages, compartments })
        }
    }

    /// Amounts in the stages of absorption, and in the central and peripheral compartments of plasma.
    ///
    /// # Errors
    /// [`StateError`] if the state is none of the model.
    pub fn amounts(&self, model: &Model) -> Result<(Vec<f64>, Vec<f64>), StateError> {
        self.check(model)?;
        let plasma = model.places[0].stages.clone();
        Ok((self.values[..plasma.start].to_vec(), model.disposition().amounts(&self.values[plasma])))
    }

    /// The same amounts in a body whose parameters have become others: what it holds does not change at once.
    ///
    /// Through amounts, where terms of both signs meet: a compartment that is nearly empty loses digits.
    ///
    /// # Errors
    /// [`StateError`] if the state is none of `from`, or `to` has other compartments.
    pub fn carried(&self, from: &Model, to: &Model) -> Result<Self, StateError> {
        self.check(from)?;
        self.check(to)?;
        let mut values = self.values.clone();
        let dispositions = from.dispositions.iter().zip(&to.dispositions);
        for ((old, new), (place, there)) in dispositions.zip(from.places.iter().zip(&to.places)) {
            let amounts = old.amounts(&self.values[place.stages.clone()]);
            if place.stages != there.stages {
                return self.check(to).and(Err(StateError {
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
        Ok(Self { values, ..self.clone() })
    }
}
