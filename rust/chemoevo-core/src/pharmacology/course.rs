//! The course of one drug in one patient: what is in every compartment at any time, from doses or from a state.
//!
//! Inputs cut time into stretches on which they are constant; the steps of a saturable drug are stretches too. At the start of
//! each one the course knows what every stage holds and the areas so far, and any time is answered from there by the
//! cascade; what comes by a gamma density (see `inflow`) is added. So nothing is approximated for linear kinetics, and a
//! state at any time is all that is needed to go on.
//!
//! Conventions: a dose acts from its time on; doses at one time and overlapping infusions sum; an infusion runs on
//! `[time, time + duration)` and delivers its amount exactly; a lag shifts a dose; the share of a dose by mouth scales its
//! amount and not its duration.

use super::cascade::{Drive, Measure, POWERS};
use super::collocation::{Collocation, Failure, Withheld, input};
use super::dosing::{Administration, CourseError, entering};
use super::inflow::Begun;
use super::input::Input;
use super::model::Model;
use super::state::State;
use std::ops::Range;
use std::sync::Arc;

/// Hours, times the slowest rate, that are crossed at a time behind the last input.
const REACH: f64 = 40.0;
/// Concentration, in the smallest KM, of which nothing is withheld any more.
const GONE: f64 = 1e-13;

/// From here on inputs are constant, but for those that come by a gamma density.
#[derive(Clone, Debug)]
pub(super) struct Stretch {
    pub(super) start: f64,
    /// Whether an input begins or ends here.
    pub(super) kink: bool,
    /// What saturation withholds, where it does.
    pub(super) withheld: Withheld,
    /// Which of the inputs that come by a gamma density have begun, and are not part of what the stages hold.
    absorbed: Range<usize>,
}

/// The course of one drug in one patient.
#[derive(Clone, Debug)]
pub struct Course {
    pub(super) model: Arc<Model>,
    pub(super) start: f64,
    pub(super) stretches: Vec<Stretch>,
    /// Of every stretch: what the stages hold at its start, inputs into them, and areas.
    held: Vec<f64>,
    pub(super) inputs: Vec<Input>,
    /// Those that come by a gamma density, soonest first.
    absorbed: Vec<Input>,
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
        let (start, stretches, held, absorbed) = (state.time, Vec::new(), Vec::new(), Vec::new());
        let mut course = Self { model, start, stretches, held, inputs, absorbed };
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
        let mut absorbed = 0..0;
        for (index, &now) in std::iter::once(&state.time).chain(&kinks).enumerate() {
            running.retain(|input| input.end > now);
            while let Some(&input) = self.inputs.get(begun).filter(|input| input.start <= now) {
                if input.by_mouth && model.inflow.is_some() {
                    self.absorb(input, index == 0, (&mut values, &mut areas));
                } else if input.end > now {
                    running.push(input);
                } else {
                    model.entry(input.by_mouth).for_each(|(stage, a)| values[stage] += a * input.amount);
                }
                begun += 1;
            }
            absorbed = self.settle(absorbed, now, (&mut values, &mut areas));
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
            let stretch = Stretch { start: now, kink, withheld: Vec::new(), absorbed: absorbed.clone() };
            if self.saturates(&values, &rates, &absorbed) {
                (values, areas) = self.cross(&mut collocation, (stretch, length), values, &rates, areas, poll)?;
            } else {
                self.push(stretch, &values, &rates, &areas);
                if let Some(length) = length {
                    values = model.cascade.values(Drive { values: &values, inputs: &rates }, length);
                    areas = self.areas(self.stretches.len() - 1, length);
                }
            }
        }
        Ok(())
    }

    /// Takes up an input that comes by a gamma density. Of one that had begun before the start, what it has brought by then
    /// is in the values and areas of the state, and is taken out of them.
    fn absorb(&mut self, input: Input, first: bool, (values, areas): (&mut [f64], &mut [f64])) {
        if first && input.start < self.start {
            let had = Input { amount: -input.amount, ..input };
            self.bring(Begun { inputs: &[had], now: self.start }, values, areas);
        }
        self.absorbed.push(input);
    }

    /// Makes what the first of these inputs have brought part of what is held, where next to nothing is still to come;
    /// which ones are left.
    fn settle(&self, was: Range<usize>, now: f64, (values, areas): (&mut [f64], &mut [f64])) -> Range<usize> {
        let Some(inflow) = &self.model.inflow else { return 0..0 };
        let mut left = was.start..self.absorbed.len();
        while let Some(input) = self.absorbed[left.clone()].first().filter(|i| now - i.start >= inflow.lasts()) {
            self.bring(Begun { inputs: std::slice::from_ref(input), now }, values, areas);
            left.start += 1;
        }
        left
    }

    /// Adds what inputs have brought to values and areas.
    fn bring(&self, begun: Begun<'_>, values: &mut [f64], areas: &mut [f64]) {
        let Some(inflow) = &self.model.inflow else { return };
        inflow.add(begun, 0.0, values);
        for (area, place) in areas.iter_mut().zip(&self.model.places) {
            *area += inflow.total(begun, &place.stages, 0.0, Measure::Area);
        }
    }

    /// Times after `start` at which an input begins or ends, increasing.
    fn kinks_after(&self, start: f64) -> Vec<f64> {
        let gamma = self.model.inflow.is_some();
        let ends = |input: &Input| [input.start, if gamma && input.by_mouth { input.start } else { input.end }];
        let mut kinks: Vec<f64> = self.inputs.iter().flat_map(ends).collect();
        kinks.retain(|&kink| kink > start);
        kinks.sort_by(f64::total_cmp);
        kinks.dedup();
        kinks
    }

    /// Whether saturation can still be seen in anything.
    fn saturates(&self, values: &[f64], rates: &[f64], absorbed: &Range<usize>) -> bool {
        let until_plasma = ..self.model.places[0].stages.end;
        let held = || values[until_plasma].iter().chain(&rates[until_plasma]);
        !self.model.is_linear() && (!absorbed.is_empty() || held().any(|&v| v != 0.0))
    }

    /// Crosses a stretch in steps, or goes on until nothing that saturates is left; values and areas at its end.
    fn cross(
        &mut self,
        collocation: &mut Collocation<'_>,
        (mut at, length): (Stretch, Option<f64>),
        mut values: Vec<f64>,
        rates: &[f64],
        mut areas: Vec<f64>,
        poll: &dyn Fn() -> bool,
    ) -> Result<(Vec<f64>, Vec<f64>), CourseError> {
        let model = self.model.clone();
        let until_plasma = model.places[0].stages.end;
        let rates_of_all = model.cascade.rates()[..until_plasma].iter().copied();
        let slowest = rates_of_all.chain(model.inflow.as_ref().map(|i| i.stages().1)).fold(f64::INFINITY, f64::min);
        let size = length.unwrap_or(REACH / slowest);
        loop {
            let drive = Drive { values: &values, inputs: rates };
            let come = |h: f64| self.come(&at, 0, h, Measure::Value);
            let (steps, end) = collocation.cross(drive, &come, size, poll).map_err(|failure| match failure {
                Failure::Steps(offset) => CourseError::Steps(at.start + offset),
                Failure::Saturated(offset, ratio) => CourseError::Saturated { time: at.start + offset, ratio },
                Failure::Interrupted => CourseError::Interrupted,
            })?;
            let ends: Vec<f64> = steps.iter().skip(1).map(|step| step.offset).chain([size]).collect();
            for (step, until) in steps.into_iter().zip(ends) {
                let stretch = Stretch { start: at.start + step.offset, withheld: step.withheld, ..at.clone() };
                self.push(stretch, &step.values, rates, &areas);
                areas = self.areas(self.stretches.len() - 1, until - step.offset);
                at.kink = false;
            }
            values = end;
            if length.is_some() {
                return Ok((values, areas));
            }
            at.start += size;
            if self.gone(&at, &values) {
                self.push(at, &values, rates, &areas);
                return Ok((values, areas));
            }
        }
    }

    /// Whether there is so little in plasma, and on its way, that nothing is withheld any more.
    fn gone(&self, at: &Stretch, values: &[f64]) -> bool {
        let (plasma, little) = (self.model.places[0].stages.end, GONE * self.model.smallest_half());
        let coming = self.model.inflow.as_ref().map_or(0.0, |inflow| {
            let most: f64 = self.model.disposition().coefficients().iter().sum();
            most * inflow.coming(self.absorbed[at.absorbed.clone()].iter(), at.start)
        });
        let come = self.come(at, 0, 0.0, Measure::Value);
        values[..plasma].iter().chain([&coming, &come]).all(|v| v.abs() < little)
    }

    /// A measure of what inputs by a gamma density have brought into a compartment `h` after the start of a stretch.
    fn come(&self, at: &Stretch, compartment: usize, h: f64, measure: Measure) -> f64 {
        match &self.model.inflow {
            Some(inflow) if !at.absorbed.is_empty() => {
                inflow.total(self.begun(at), &self.model.places[compartment].stages, h, measure)
            }
            _ => 0.0,
        }
    }

    fn begun(&self, at: &Stretch) -> Begun<'_> {
        Begun { inputs: &self.absorbed[at.absorbed.clone()], now: at.start }
    }

    fn push(&mut self, stretch: Stretch, values: &[f64], rates: &[f64], areas: &[f64]) {
        self.stretches.push(stretch);
        for part in [values, rates, areas] {
            self.held.extend_from_slice(part);
        }
    }

    /// What drives a stretch, and the areas at its start.
    pub(super) fn row(&self, index: usize) -> (Drive<'_>, &[f64]) {
        let (stages, places) = (self.model.cascade.stages(), self.model.places.len());
        let row = &self.held[index * (2 * stages + places)..][..2 * stages + places];
        (Drive { values: &row[..stages], inputs: &row[stages..2 * stages] }, &row[2 * stages..])
    }

    /// Areas at the end of a stretch of this length, without what comes by a gamma density.
    fn areas(&self, index: usize, h: f64) -> Vec<f64> {
        (0..self.model.places.len()).map(|place| self.held(index, place, h, Measure::Area)).collect()
    }

    /// A measure of a compartment `h` after the start of a stretch, without what comes by a gamma density.
    fn held(&self, index: usize, compartment: usize, h: f64, measure: Measure) -> f64 {
        let (model, ways) = (&*self.model, &self.model.places[compartment].ways);
        let (drive, areas) = self.row(index);
        let mut sum = model.cascade.total(ways, drive, h, measure);
        let withheld = &self.stretches[index].withheld;
        if !withheld.is_empty() {
            sum += model.cascade.forced(ways, |stage| input(model, withheld, stage), h, measure);
            // Unlike a concentration, a part of one may be below 0.
            if !self.absorbs(index) {
                sum = sum.max(0.0);
            }
        }
        if measure == Measure::Area { sum + areas[compartment] } else { sum }
    }

    /// A measure of a compartment `h` after the start of a stretch.
    pub(super) fn inside(&self, index: usize, compartment: usize, h: f64, measure: Measure) -> f64 {
        let held = self.held(index, compartment, h, measure);
        if self.absorbs(index) {
            (held + self.come(&self.stretches[index], compartment, h, measure)).max(0.0)
        } else {
            held
        }
    }

    /// What all stages hold `h` after the start of a stretch.
    pub(super) fn values(&self, index: usize, h: f64) -> Vec<f64> {
        let (model, stretch) = (&*self.model, &self.stretches[index]);
        let mut values = model.cascade.values(self.row(index).0, h);
        if !stretch.withheld.is_empty() {
            model.cascade.add_forced(
                |stage| -> Option<[f64; POWERS]> { input(model, &stretch.withheld, stage) },
                h,
                &mut values,
            );
        }
        if let Some(inflow) = &model.inflow {
            inflow.add(self.begun(stretch), h, &mut values);
        }
        values
    }

    /// What enters a stage per hour, `h` after the start of a stretch.
    pub(super) fn entering(&self, index: usize, stage: usize, h: f64) -> f64 {
        let (model, stretch) = (&*self.model, &self.stretches[index]);
        let powers = input(model, &stretch.withheld, stage).unwrap_or_default();
        let mut sum = self.row(index).0.inputs[stage] + powers.iter().rev().fold(0.0, |sum, c| sum * h + c);
        if let Some(inflow) = &model.inflow {
            sum += inflow.entering(self.begun(stretch), stage, h);
        }
        sum
    }

    /// Whether something comes by a gamma density in a stretch.
    pub(super) fn absorbs(&self, index: usize) -> bool {
        !self.stretches[index].absorbed.is_empty()
    }
}
