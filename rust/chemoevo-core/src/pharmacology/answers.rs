//! What a course answers: any measure at any time, states, and where it is smooth.

use super::cascade::{Drive, Measure};
use super::course::Course;
use super::dosing::CourseError;
use super::model::Model;
use super::state::State;
use std::sync::Arc;

/// A part of a stretch, from and to so many hours after its start.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stretched {
    pub(super) index: usize,
    pub(super) from: f64,
    pub(super) to: f64,
}

impl Course {
    /// Times of which there is room on the stack.
    const AT_ONCE: usize = 8;

    /// Derivative of the concentration in a compartment `h` after the start of a stretch.
    pub(super) fn slope(&self, index: usize, compartment: usize, h: f64) -> f64 {
        let values = self.values(index, h);
        let stages = &self.model.places[compartment].stages;
        self.model.cascade.slope(stages, &values, |stage| self.entering(index, stage, h))
    }

    /// The parts of stretches between two times, the first of which is not before the start.
    pub(super) fn parts(&self, from: f64, to: f64) -> impl Iterator<Item = Stretched> + '_ {
        let first = self.stretch(from);
        let until = move |index: usize| self.stretches.get(index + 1).map_or(to, |next| next.start.min(to));
        (first..self.stretches.len()).take_while(move |&index| self.stretches[index].start < to).map(move |index| {
            let start = self.stretches[index].start;
            Stretched { index, from: (from - start).max(0.0), to: until(index) - start }
        })
    }

    /// Whether all concentrations only fall in a stretch: nothing enters, and each phase of plasma holds some of the drug.
    pub(super) fn falls(&self, index: usize) -> bool {
        let (drive, _) = self.row(index);
        let plasma = &self.model.places[0].stages;
        let still = |part: &[f64]| part.iter().all(|&v| v == 0.0);
        self.model.places.len() == 1
            && self.stretches[index].withheld.is_empty()
            && !self.absorbs(index)
            && still(drive.inputs)
            && still(&drive.values[..plasma.start])
            && drive.values[plasma.clone()].iter().all(|&v| v >= 0.0)
    }

    /// The area under the concentration of a compartment in a part of a stretch: no difference of larger ones, where
    /// nothing saturates and no density of absorption comes in.
    pub(super) fn area_of(&self, part: Stretched, compartment: usize) -> f64 {
        let (model, ways) = (&*self.model, &self.model.places[compartment].ways);
        let (drive, _) = self.row(part.index);
        if !self.stretches[part.index].withheld.is_empty() || self.absorbs(part.index) {
            let until = |h| self.inside(part.index, compartment, h, Measure::Area);
            return (until(part.to) - until(part.from)).max(0.0);
        }
        let there;
        let from = if part.from == 0.0 {
            drive.values
        } else {
            there = model.cascade.values(drive, part.from);
            &there[..]
        };
        model.cascade.total(ways, Drive { values: from, inputs: drive.inputs }, part.to - part.from, Measure::Area)
    }

    /// The stretch in which a time is; the first one for times before it.
    pub(super) fn stretch(&self, time: f64) -> usize {
        self.stretches.partition_point(|s| s.start <= time).saturating_sub(1)
    }

    /// What the phases of plasma hold at the start of a stretch, their rates, and how long ago that was: where all
    /// concentrations only fall, and nothing begins, until some hours after a time in it.
    pub(super) fn falling(&self, index: usize, time: f64, hours: f64) -> Option<(&[f64], &[f64], f64)> {
        let ends = self.stretches.get(index + 1).is_some_and(|next| next.start < time + hours);
        (!ends && self.falls(index)).then(|| {
            let plasma = self.model.places[0].stages.clone();
            let held = &self.row(index).0.values[plasma.clone()];
            (held, &self.model.cascade.rates()[plasma], time - self.stretches[index].start)
        })
    }

    /// The stretch in which a time is that is not before a stretch, going by what was before what begins then; and how far
    /// in it.
    pub(super) fn within(&self, mut index: usize, time: f64) -> (usize, f64) {
        while self.stretches.get(index + 1).is_some_and(|next| next.start < time) {
            index += 1;
        }
        (index, time - self.stretches[index].start)
    }

    /// The stretch in which a time is that is not before a stretch.
    pub(super) fn next_stretch(&self, mut index: usize, time: f64) -> usize {
        while self.stretches.get(index + 1).is_some_and(|next| next.start <= time) {
            index += 1;
        }
        index
    }

    /// The concentration in a compartment, or the area under it from the start, at a time that is not before the start.
    #[must_use]
    pub fn at(&self, compartment: usize, time: f64, measure: Measure) -> f64 {
        let index = self.stretch(time);
        self.inside(index, compartment, time - self.stretches[index].start, measure)
    }

    /// The same at many times, soonest if they increase.
    pub(super) fn fill(&self, compartment: usize, measure: Measure, times: &[f64], out: &mut [f64]) {
        let (mut index, mut until) = (0, f64::NEG_INFINITY);
        for (value, &time) in out.iter_mut().zip(times) {
            if !(time < until && self.stretches[index].start <= time) {
                index = self.stretch(time);
                until = self.stretches.get(index + 1).map_or(f64::INFINITY, |next| next.start);
            }
            *value = self.inside(index, compartment, time - self.stretches[index].start, measure);
        }
    }

    /// Concentrations at times that increase; `index` is the stretch of some time near them, and becomes that of the last.
    pub(crate) fn concentrations(&self, compartment: usize, times: &[f64], index: &mut usize, out: &mut [f64]) {
        let begins = |index: usize| self.stretches.get(index).map_or(f64::INFINITY, |stretch| stretch.start);
        let mut done = 0;
        while let Some(&time) = times.get(done) {
            if !(begins(*index) <= time && time < begins(*index + 1)) {
                *index = self.stretch(time);
            }
            let (start, next) = (self.stretches[*index].start, begins(*index + 1));
            let until =
                times[done..].iter().position(|&time| time >= next).map_or(times.len(), |more| done + more.max(1));
            let (these, found) = (&times[done..until], &mut out[done..until]);
            if self.stretches[*index].withheld.is_empty() && !self.absorbs(*index) {
                found.fill(0.0);
                let mut later = [0.0; Self::AT_ONCE];
                for (these, found) in these.chunks(Self::AT_ONCE).zip(found.chunks_mut(Self::AT_ONCE)) {
                    let later = &mut later[..these.len()];
                    later.iter_mut().zip(these).for_each(|(h, time)| *h = time - start);
                    let drive = self.row(*index).0;
                    self.model.cascade.add_totals(&self.model.places[compartment].ways, drive, later, found);
                }
            } else {
                for (value, time) in found.iter_mut().zip(these) {
                    *value = self.inside(*index, compartment, time - start, Measure::Value);
                }
            }
            done = until;
        }
    }

    /// The same at many times; `poll` is asked every so many of them whether to stop.
    ///
    /// # Errors
    /// [`CourseError`] if the compartment is not there, a time is before the start or not finite, or `poll` says to stop.
    pub fn table(
        &self,
        times: &[f64],
        compartment: usize,
        measure: Measure,
        look_every: usize,
        poll: &dyn Fn() -> bool,
    ) -> Result<Vec<f64>, CourseError> {
        let compartments = self.model.compartments();
        if compartment >= compartments {
            return Err(CourseError::Compartment { compartments, got: compartment });
        }
        times.iter().try_for_each(|&time| self.check(time))?;
        let mut found = vec![0.0; times.len()];
        for (part, some) in found.chunks_mut(look_every).zip(times.chunks(look_every)) {
            if poll() {
                return Err(CourseError::Interrupted);
            }
            self.fill(compartment, measure, some, part);
        }
        Ok(found)
    }

    /// The state at a time, doses at it included and later ones not.
    ///
    /// # Errors
    /// [`CourseError::Before`] if the course starts later, or the time is not finite.
    pub fn state(&self, time: f64) -> Result<State, CourseError> {
        self.check(time)?;
        let index = self.stretch(time);
        let h = time - self.stretches[index].start;
        let inputs = self.inputs.iter().filter(|i| i.given <= time && (i.end > time || i.start > time));
        Ok(State {
            time,
            values: self.values(index, h),
            areas: (0..self.model.places.len()).map(|place| self.inside(index, place, h, Measure::Area)).collect(),
            inputs: inputs.copied().collect(),
            kinetics: self.model.fingerprint(),
        })
    }

    /// What the stages hold just before a time, without what enters at once then.
    pub(super) fn before(&self, time: f64) -> Vec<f64> {
        let index = self.stretches.partition_point(|s| s.start < time).saturating_sub(1);
        self.model.cascade.values(self.row(index).0, time - self.stretches[index].start)
    }

    /// Whether a time can be asked for.
    ///
    /// # Errors
    /// [`CourseError::Before`] if the course starts later than a time, or it is not finite.
    pub fn check(&self, time: f64) -> Result<(), CourseError> {
        if time >= self.start && time.is_finite() {
            Ok(())
        } else {
            Err(CourseError::Before { time, start: self.start })
        }
    }

    /// Times in hours, increasing, at which an input begins or ends.
    pub fn kinks(&self) -> impl Iterator<Item = f64> + '_ {
        self.stretches.iter().filter(|s| s.kink).map(|s| s.start)
    }

    /// The first time (h) from which on there is anything of the drug; infinity where there never is.
    #[must_use]
    pub fn begins(&self) -> f64 {
        let holds = |index: &usize| {
            let (drive, _) = self.row(*index);
            self.absorbs(*index) || drive.values.iter().chain(drive.inputs).any(|&v| v != 0.0)
        };
        (0..self.stretches.len()).find(holds).map_or(f64::INFINITY, |index| self.stretches[index].start)
    }

    /// The fastest rate (1/h) at which the concentration in a compartment can change.
    #[must_use]
    pub fn fastest(&self, compartment: usize) -> f64 {
        let absorption = self.model.inflow.as_ref().map_or(0.0, |inflow| inflow.stages().1);
        self.model.cascade.fastest(&self.model.places[compartment].ways).max(absorption)
    }

    /// The kinetics.
    #[must_use]
    pub fn model(&self) -> &Arc<Model> {
        &self.model
    }

    /// Stretches of which the course is made: steps of a saturable drug are among them.
    #[must_use]
    pub fn stretches(&self) -> usize {
        self.stretches.len()
    }
}
