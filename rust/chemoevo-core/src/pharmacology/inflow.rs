//! What a dose by mouth brings where the number of stages is not whole: a gamma density in place of stages.
//!
//! Such an input has a memory, its age, so it is no stage of a cascade: what it has brought into any stage since it began is
//! one `Psi` for each way (see `gamma`), and is added to what the cascade holds. Once next to nothing is still to come, and
//! something else begins, what it has brought becomes part of that.

use super::cascade::{Cascade, Measure};
use super::gamma::{Density, Passage};
use super::input::Input;
use std::ops::Range;

/// One way from the central compartment on.
#[derive(Clone, Debug)]
struct Way {
    to: usize,
    gain: f64,
    passage: Passage,
}

/// How doses by mouth enter plasma and what is behind it.
#[derive(Clone, Debug)]
pub(super) struct Inflow {
    density: Density,
    /// Ordered by the stage in which they end.
    ways: Vec<Way>,
    /// Of every stage, how much of a unit that enters the central compartment it has.
    feeds: Vec<f64>,
    /// What has come in all.
    arrived: Passage,
}

/// Inputs as seen from the start of a stretch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Begun<'a> {
    pub(super) inputs: &'a [Input],
    /// The start, in hours.
    pub(super) now: f64,
}

impl Begun<'_> {
    /// Amounts, and ages `h` after the start.
    fn each(&self, h: f64) -> impl Iterator<Item = (f64, f64)> {
        self.inputs.iter().map(move |input| (input.amount, (self.now - input.start) + h))
    }
}

impl Inflow {
    /// By so many stages of a rate, into the phases of plasma, `coefficients` of a unit each.
    pub(super) fn new(number: f64, rate: f64, cascade: &Cascade, plasma: &Range<usize>, coefficients: &[f64]) -> Self {
        let density = Density::new(number, rate);
        let mut feeds = vec![0.0; cascade.stages()];
        feeds[plasma.clone()].copy_from_slice(coefficients);
        let ways = cascade
            .onward(plasma.clone())
            .map(|(from, to, gain, rates)| Way { to, gain: gain * feeds[from], passage: Passage::new(&density, rates) })
            .collect();
        Self { arrived: Passage::new(&density, &[]), density, ways, feeds }
    }

    /// Number of stages, and rate (1/h) of each.
    pub(super) const fn stages(&self) -> (f64, f64) {
        self.density.stages()
    }

    /// Hours after which an input is left out where another one begins.
    pub(super) fn lasts(&self) -> f64 {
        self.density.lasts()
    }

    /// What inputs have brought into a compartment.
    pub(super) fn total(&self, begun: Begun<'_>, stages: &Range<usize>, h: f64, measure: Measure) -> f64 {
        let before = |stage: usize| self.ways.partition_point(|way| way.to < stage);
        let ways = &self.ways[before(stages.start)..before(stages.end)];
        let brought =
            |age: f64| ways.iter().map(|way| way.gain * way.passage.at(&self.density, age, measure)).sum::<f64>();
        begun.each(h).map(|(amount, age)| amount * brought(age)).sum()
    }

    /// Adds what inputs have brought to the values of all stages.
    pub(super) fn add(&self, begun: Begun<'_>, h: f64, values: &mut [f64]) {
        for (amount, age) in begun.each(h) {
            for way in &self.ways {
                values[way.to] += amount * way.gain * way.passage.at(&self.density, age, Measure::Value);
            }
        }
    }

    /// What enters a stage per hour.
    pub(super) fn entering(&self, begun: Begun<'_>, stage: usize, h: f64) -> f64 {
        let feed = self.feeds[stage];
        if feed == 0.0 { 0.0 } else { begun.each(h).map(|(amount, age)| feed * amount * self.density.at(age)).sum() }
    }

    /// The amount that has begun to come and is not in plasma yet.
    pub(super) fn coming<'a>(&self, inputs: impl Iterator<Item = &'a Input>, time: f64) -> f64 {
        let left = |age: f64| (1.0 - self.arrived.at(&self.density, age, Measure::Area)).max(0.0);
        inputs.map(|input| input.amount * left(time - input.start)).sum()
    }
}
