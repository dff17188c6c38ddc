//! The course of one drug in one patient: what is in every compartment at any time, from doses or from a state.
//!
//! Inputs cut time into stretches on which they are constant; the steps of a saturable drug are stretches too. At the start of
//! each one the course knows what every stage holds and the areas so far, and any time is answered from there by the
//! cascade. So nothing is approximated for linear kinetics, and a state at any time is all that is needed to go on.
//!
//! Conventions: a dose acts from its time on; doses at one time and overlapping infusions sum; an infusion runs on
//! `[time, time + duration)` and delivers its amount exactly; a lag shifts a dose; the share of a dose by mouth scales its
//! amount and not its duration.

use super::cascade::{Drive, Measure, POWERS};
use super::collocation::{Collocation, Failure, Withheld, input};
use super::dosing::{Administration, CourseError, entering};
use super::model::Model;
use super::state::{Input, State};
use std::sync::Arc;

/// Hours, times the slowest rate, that are crossed at a time behind the last input.
const REACH: f64 = 40.0;
/// Concentration, in the smallest KM, of which nothing is withheld any more.
const GONE: f64 = 1e-13;

/// From here on inputs are constant.
#[derive(Clone, Debug)]
struct Stretch {
    start: f64,
    /// Whether an input begins or ends here.
    kink: bool,
    /// What saturation withholds, where it does.
    withheld: Withheld,
}

/// A part of a stretch, from and to so many hours after its start.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stretched {
    pub(super) index: usize,
    pub(super) from: f64,
    pub(super) to: f64,
}

/// The course of one drug in one patient.
#[derive(Clone, Debug)]
pub struct Course {
    model: Arc<Model>,
    start: f64,
    stretches: Vec<Stretch>,
    /// Of every stretch: what the stages hold at its start, inputs into them, and areas.
    held: Vec<f64>,
    inputs: Vec<Input>,
}

impl Course {
    /// From `doses`, in any order, given from `start` on; without one nothing is in the body at time 0.
    ///
    /// # Errors
    /// [`CourseError`] if a dose or the state is wrong, a saturable drug cannot be followed, or `poll` says to stop.
    pub fn new(
        model: Arc<Model>,
        doses: &[Administration],
        start: Option<&State>,
        poll: &dyn Fn() -> bool,
    ) -> Result<Self, CourseError> {
        let empty = State::empty(&model, 0.0);
        let state = start.unwrap_or(&empty);
        state.check(&model)?;
        let mut inputs = state.inputs.clone();
        for (index, dose) in doses.iter().enumerate() {
            inputs.extend(entering(&model, index, dose, state.time)?);
        }
        inputs.sort_by(|a, b| {
            let by_time = a.start.total_cmp(&b.start).then(a.end.total_cmp(&b.end));
            by_time.then(a.by_mouth.cmp(&b.by_mouth)).then(a.amount.total_cmp(&b.amount))
        });
        let mut course = Self { model, start: state.time, stretches: Vec::new(), held: Vec::new(), inputs };
        course.follow(state, poll)?;
        Ok(course)
    }

    fn follow(&mut self, state: &State, poll: &dyn Fn() -> bool) -> Result<(), CourseError> {
        let model = self.model.clone();
        let kinks = self.kinks_after(state.time);
        let mut collocation = Collocation::new(&model);
        let mut values = state.values.clone();
        let mut areas = state.areas.clone();
        let mut rates = vec![0.0; values.len()];
        let (mut running, mut begun): (Vec<Input>, usize) = (Vec::new(), 0);
        for (index, &now) in std::iter::once(&state.time).chain(&kinks).enumerate() {
            running.retain(|input| input.end > now);
            while let Some(&input) = self.inputs.get(begun).filter(|input| input.start <= now) {
                if input.end > now {
                    running.push(input);
                } else {
                    model.entry(input.by_mouth).for_each(|(stage, a)| values[stage] += a * input.amount);
                }
                begun += 1;
            }
            rates.fill(0.0);
            for input in &running {
                let rate = input.amount / (input.end - input.start);
                model.entry(input.by_mouth).for_each(|(stage, a)| rates[stage] += a * rate);
            }
            let kink = index > 0 || self.inputs.iter().any(|input| input.start == now);
            let length = kinks.get(index).map(|next| next - now);
            if poll() {
                return Err(CourseError::Interrupted);
            }
            if self.saturates(&values, &rates) {
                (values, areas) = self.cross(&mut collocation, (now, length), values, &rates, (areas, kink), poll)?;
            } else {
                self.push(Stretch { start: now, kink, withheld: Vec::new() }, &values, &rates, &areas);
                if let Some(length) = length {
                    values = model.cascade.values(Drive { values: &values, inputs: &rates }, length);
                    areas = self.areas(self.stretches.len() - 1, length);
                }
            }
        }
        Ok(())
    }

    /// Times after `start` at which an input begins or ends, increasing.
    fn kinks_after(&self, start: f64) -> Vec<f64> {
        let mut kinks: Vec<f64> = self.inputs.iter().flat_map(|input| [input.start, input.end]).collect();
        kinks.retain(|&kink| kink > start);
        kinks.sort_by(f64::total_cmp);
        kinks.dedup();
        kinks
    }

    /// Whether saturation can still be seen in anything.
    fn saturates(&self, values: &[f64], rates: &[f64]) -> bool {
        let until_plasma = ..self.model.places[0].stages.end;
        let held = || values[until_plasma].iter().chain(&rates[until_plasma]);
        !self.model.is_linear() && held().any(|&v| v != 0.0)
    }

    /// Crosses a stretch in steps, or goes on until nothing that saturates is left; values and areas at its end.
    fn cross(
        &mut self,
        collocation: &mut Collocation<'_>,
        (mut now, length): (f64, Option<f64>),
        mut values: Vec<f64>,
        rates: &[f64],
        (mut areas, mut kink): (Vec<f64>, bool),
        poll: &dyn Fn() -> bool,
    ) -> Result<(Vec<f64>, Vec<f64>), CourseError> {
        let until_plasma = self.model.places[0].stages.end;
        let slowest = self.model.cascade.rates()[..until_plasma].iter().fold(f64::INFINITY, |a, &b| a.min(b));
        let size = length.unwrap_or(REACH / slowest);
        loop {
            let drive = Drive { values: &values, inputs: rates };
            let (steps, end) = collocation.cross(drive, size, poll).map_err(|failure| match failure {
                Failure::Steps(offset) => CourseError::Steps(now + offset),
                Failure::Interrupted => CourseError::Interrupted,
            })?;
            let ends: Vec<f64> = steps.iter().skip(1).map(|step| step.offset).chain([size]).collect();
            for (step, until) in steps.into_iter().zip(ends) {
                let stretch = Stretch { start: now + step.offset, kink, withheld: step.withheld };
                self.push(stretch, &step.values, rates, &areas);
                areas = self.areas(self.stretches.len() - 1, until - step.offset);
                kink = false;
            }
            values = end;
            if length.is_some() {
                return Ok((values, areas));
            }
            now += size;
            if values[..until_plasma].iter().all(|v| v.abs() < GONE * self.model.smallest_half()) {
                self.push(Stretch { start: now, kink, withheld: Vec::new() }, &values, rates, &areas);
                return Ok((values, areas));
            }
        }
    }

    fn push(&mut self, stretch: Stretch, values: &[f64], rates: &[f64], areas: &[f64]) {
        self.stretches.push(stretch);
        for part in [values, rates, areas] {
            self.held.extend_from_slice(part);
        }
    }

    /// What drives a stretch, and the areas at its start.
    fn row(&self, index: usize) -> (Drive<'_>, &[f64]) {
        let (stages, places) = (self.model.cascade.stages(), self.model.places.len());
        let row = &self.held[index * (2 * stages + places)..][..2 * stages + places];
        (Drive { values: &row[..stages], inputs: &row[stages..2 * stages] }, &row[2 * stages..])
    }

    /// Derivative of the concentration in a compartment `h` after the start of a stretch.
    pub(super) fn slope(&self, index: usize, compartment: usize, h: f64) -> f64 {
        let (drive, _) = self.row(index);
        let (model, withheld) = (&*self.model, &self.stretches[index].withheld);
        let values = self.values(index, h);
        let entering = |stage: usize| {
            let powers = input(model, withheld, stage).unwrap_or_default();
            drive.inputs[stage] + powers.iter().rev().fold(0.0, |sum, coefficient| sum * h + coefficient)
        };
        model.cascade.slope(&model.places[compartment].stages, &values, entering)
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
            && still(drive.inputs)
            && still(&drive.values[..plasma.start])
            && drive.values[plasma.clone()].iter().all(|&v| v >= 0.0)
    }

    /// What all stages hold `h` after the start of a stretch.
    fn values(&self, index: usize, h: f64) -> Vec<f64> {
        let (model, withheld) = (&*self.model, &self.stretches[index].withheld);
        let mut values = model.cascade.values(self.row(index).0, h);
        if !withheld.is_empty() {
            model.cascade.add_forced(
                |stage| -> Option<[f64; POWERS]> { input(model, withheld, stage) },
                h,
                &mut values,
            );
        }
        values
    }

    fn areas(&self, index: usize, h: f64) -> Vec<f64> {
        (0..self.model.places.len()).map(|place| self.inside(index, place, h, Measure::Area)).collect()
    }

    /// A measure of a compartment `h` after the start of a stretch.
    pub(super) fn inside(&self, index: usize, compartment: usize, h: f64, measure: Measure) -> f64 {
        let (model, ways) = (&*self.model, &self.model.places[compartment].ways);
        let (drive, areas) = self.row(index);
        let mut sum = model.cascade.total(ways, drive, h, measure);
        let withheld = &self.stretches[index].withheld;
        if !withheld.is_empty() {
            sum += model.cascade.forced(ways, |stage| input(model, withheld, stage), h, measure);
            sum = sum.max(0.0);
        }
        if measure == Measure::Area { sum + areas[compartment] } else { sum }
    }

    /// The area under the concentration of a compartment in a part of a stretch: no difference of larger ones, where
    /// nothing saturates.
    pub(super) fn area_of(&self, part: Stretched, compartment: usize) -> f64 {
        let (model, ways) = (&*self.model, &self.model.places[compartment].ways);
        let (drive, areas) = self.row(part.index);
        if !self.stretches[part.index].withheld.is_empty() {
            let until = |h| self.inside(part.index, compartment, h, Measure::Area) - areas[compartment];
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
    fn stretch(&self, time: f64) -> usize {
        self.stretches.partition_point(|s| s.start <= time).saturating_sub(1)
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
            areas: self.areas(index, h),
            inputs: inputs.copied().collect(),
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
            drive.values.iter().chain(drive.inputs).any(|&v| v != 0.0)
        };
        (0..self.stretches.len()).find(holds).map_or(f64::INFINITY, |index| self.stretches[index].start)
    }

    /// The fastest rate (1/h) at which the concentration in a compartment can change.
    #[must_use]
    pub fn fastest(&self, compartment: usize) -> f64 {
        self.model.cascade.fastest(&self.model.places[compartment].ways)
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
