//! A cascade of first-order stages: what every stage holds some time later.
//!
//! A stage of rate `k` loses `k` times what it holds and gains what earlier stages send. Along each way from one stage to
//! another there is one chain function of the rates on it, times the gains; with nonnegative gains nothing cancels.
//! A constant input is a stage of rate 0 before the way, an area one behind it, and an input `t^m/m!` has `m + 1` of them.

use super::chain::{LONGEST, chain, ramps};
use std::ops::Range;

/// Values of a polynomial input: powers of time 0 to 7.
pub(super) const POWERS: usize = 8;

/// One way through the cascade.
#[derive(Clone, Debug)]
struct Way {
    from: usize,
    to: usize,
    gain: f64,
    /// Rates of the stages on it, increasing, after two zeros.
    rates: Vec<f64>,
}

/// Stages in an order in which each feeds later ones only.
#[derive(Clone, Debug, Default)]
pub(super) struct Cascade {
    rates: Vec<f64>,
    /// Of every stage, those that feed it, each with its gain.
    feeds: Vec<Vec<(usize, f64)>>,
    /// Ordered by the stage in which they end.
    ways: Vec<Way>,
}

/// What drives a cascade from some time on: what its stages hold, and constant inputs into them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Drive<'a> {
    pub(super) values: &'a [f64],
    pub(super) inputs: &'a [f64],
}

/// What is asked of a stage: its value, or the area under it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// The value at a time.
    Value,
    /// Its integral from the start.
    Area,
}

impl Measure {
    /// Stages of rate 0 behind the way.
    pub(super) const fn zeros(self) -> usize {
        match self {
            Self::Value => 0,
            Self::Area => 1,
        }
    }
}

impl Cascade {
    /// Adds a stage of this rate that earlier stages feed, each with a gain.
    pub(super) fn push(&mut self, rate: f64, feeds: impl Iterator<Item = (usize, f64)>) {
        let to = self.rates.len();
        self.rates.push(rate);
        let feeds: Vec<(usize, f64)> = feeds.filter(|feed| feed.1 != 0.0).collect();
        let mut ways = vec![Way { from: to, to, gain: 1.0, rates: vec![0.0, 0.0, rate] }];
        for &(stage, gain) in &feeds {
            for way in self.ways.iter().filter(|way| way.to == stage) {
                let mut rates = way.rates.clone();
                rates.insert(rates.partition_point(|&r| r <= rate), rate);
                debug_assert!(rates.len() + POWERS <= LONGEST, "a way of {} stages", rates.len());
                ways.push(Way { from: way.from, to, gain: way.gain * gain, rates });
            }
        }
        self.ways.append(&mut ways);
        self.feeds.push(feeds);
    }

    /// Number of stages.
    pub(super) fn stages(&self) -> usize {
        self.rates.len()
    }

    /// Rates of the stages.
    pub(super) fn rates(&self) -> &[f64] {
        &self.rates
    }

    /// The largest rate on any of these ways.
    pub(super) fn fastest(&self, ways: &Range<usize>) -> f64 {
        self.ways[ways.clone()].iter().filter_map(|way| way.rates.last()).fold(0.0, |a, &b| a.max(b))
    }

    /// Derivative of the sum over stages when all stages hold `values`, `input(stage)` entering each.
    pub(super) fn slope(&self, stages: &Range<usize>, values: &[f64], input: impl Fn(usize) -> f64) -> f64 {
        let gained = |stage: usize| self.feeds[stage].iter().map(|&(from, gain)| gain * values[from]).sum::<f64>();
        stages.clone().map(|stage| gained(stage) + input(stage) - self.rates[stage] * values[stage]).sum()
    }

    /// Places of the ways that end in these stages.
    pub(super) fn ways_to(&self, stages: &Range<usize>) -> Range<usize> {
        let before = |stage: usize| self.ways.partition_point(|way| way.to < stage);
        before(stages.start)..before(stages.end)
    }

    /// The ways that begin in these stages, by the stage in which they end: from, to, gain, rates of the stages.
    pub(super) fn onward(&self, stages: Range<usize>) -> impl Iterator<Item = (usize, usize, f64, &[f64])> {
        let ways = self.ways.iter().filter(move |way| stages.contains(&way.from));
        ways.map(|way| (way.from, way.to, way.gain, &way.rates[2..]))
    }

    /// Sum over stages of a measure `h` later; `ways` are those that end in them.
    pub(super) fn total(&self, ways: &Range<usize>, drive: Drive<'_>, h: f64, measure: Measure) -> f64 {
        self.ways[ways.clone()].iter().map(|way| way.carried(drive, h, measure)).sum()
    }

    /// Adds the value of the sum over stages at each of these times later.
    pub(super) fn add_totals(&self, ways: &Range<usize>, drive: Drive<'_>, times: &[f64], totals: &mut [f64]) {
        for way in &self.ways[ways.clone()] {
            way.add_carried(drive, times, totals);
        }
    }

    /// Values of all stages `h` later.
    pub(super) fn values(&self, drive: Drive<'_>, h: f64) -> Vec<f64> {
        let mut values = vec![0.0; self.stages()];
        for way in &self.ways {
            values[way.to] += way.carried(drive, h, Measure::Value);
        }
        values
    }

    /// The share of polynomial inputs in the sum over stages of a measure `h` later: `input(stage)` has the coefficients
    /// of `1, t, t^2, ...`.
    pub(super) fn forced(
        &self,
        ways: &Range<usize>,
        input: impl Fn(usize) -> Option<[f64; POWERS]>,
        h: f64,
        measure: Measure,
    ) -> f64 {
        let pushed = |way: &Way| input(way.from).map_or(0.0, |powers| way.pushed(&powers, h, measure));
        self.ways[ways.clone()].iter().map(pushed).sum()
    }

    /// Adds the share of polynomial inputs to the values of all stages `h` later.
    pub(super) fn add_forced(&self, input: impl Fn(usize) -> Option<[f64; POWERS]>, h: f64, values: &mut [f64]) {
        for way in &self.ways {
            if let Some(powers) = input(way.from) {
                values[way.to] += way.pushed(&powers, h, Measure::Value);
            }
        }
    }

    /// What a dose that is repeated every `interval` hours has built up: `once` is what one interval leaves.
    ///
    /// Solves `s = P s + once`, `P` the cascade over the interval: forward substitution, in which nothing cancels.
    pub(super) fn repeated(&self, once: &[f64], interval: f64) -> Vec<f64> {
        let mut built = once.to_vec();
        for stage in 0..self.stages() {
            for way in self.ways[self.ways_to(&(stage..stage + 1))].iter().filter(|way| way.from != stage) {
                built[stage] += way.gain * built[way.from] * chain(&way.rates[2..], interval);
            }
            built[stage] /= -(-self.rates[stage] * interval).exp_m1();
        }
        built
    }
}

impl Way {
    fn carried(&self, drive: Drive<'_>, h: f64, measure: Measure) -> f64 {
        let (held, input) = (drive.values[self.from], drive.inputs[self.from]);
        let mut sum = 0.0;
        // Most of the time nothing is infused, and often nothing is absorbed.
        if held != 0.0 {
            sum += held * chain(&self.rates[2 - measure.zeros()..], h);
        }
        if input != 0.0 {
            sum += input * chain(&self.rates[1 - measure.zeros()..], h);
        }
        self.gain * sum
    }

    /// Adds the value that is carried until each of these times.
    fn add_carried(&self, drive: Drive<'_>, times: &[f64], totals: &mut [f64]) {
        let (held, input) = (drive.values[self.from], drive.inputs[self.from]);
        match self.rates[2..] {
            [rate] if input == 0.0 => {
                if held != 0.0 {
                    for (total, h) in totals.iter_mut().zip(times) {
                        *total += self.gain * (held * (-rate * h).exp());
                    }
                }
            }
            _ => {
                for (total, &h) in totals.iter_mut().zip(times) {
                    *total += self.carried(drive, h, Measure::Value);
                }
            }
        }
    }

    fn pushed(&self, powers: &[f64; POWERS], h: f64, measure: Measure) -> f64 {
        let first = 1 + measure.zeros();
        let mut sum = 0.0;
        let mut factorial = 1.0;
        if let [_, _, rate] = self.rates[..] {
            let answers = ramps::<{ POWERS + 2 }>(rate, h);
            for (m, coefficient) in powers.iter().enumerate() {
                sum += coefficient * factorial * answers[m + first];
                factorial *= (m + 1) as f64;
            }
        } else {
            let mut rates = [0.0; LONGEST];
            let (zeros, own) = (POWERS + 1, &self.rates[2..]);
            rates[zeros..zeros + own.len()].copy_from_slice(own);
            for (m, coefficient) in powers.iter().enumerate() {
                sum += coefficient * factorial * chain(&rates[zeros - m - first..zeros + own.len()], h);
                factorial *= (m + 1) as f64;
            }
        }
        self.gain * sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A depot, two phases, and a stage that sees both.
    fn cascade() -> Cascade {
        let mut made = Cascade::default();
        made.push(1.5, std::iter::empty());
        made.push(0.1, [(0, 0.3)].into_iter());
        made.push(0.9, [(0, 1.2)].into_iter());
        made.push(0.5, [(1, 0.5), (2, 0.5)].into_iter());
        made
    }

    #[test]
    fn values_continue_from_any_time() {
        let made = cascade();
        let inputs = [0.7, 0.1, 0.0, 0.0];
        let start = [3.0, 0.5, 0.2, 0.1];
        let whole = made.values(Drive { values: &start, inputs: &inputs }, 5.0);
        let middle = made.values(Drive { values: &start, inputs: &inputs }, 1.3);
        let end = made.values(Drive { values: &middle, inputs: &inputs }, 3.7);
        for (a, b) in whole.iter().zip(&end) {
            assert!((a / b - 1.0).abs() < 1e-14);
        }
    }

    #[test]
    fn areas_are_integrals_and_powers_are_inputs() {
        let made = cascade();
        let drive = Drive { values: &[3.0, 0.5, 0.2, 0.1], inputs: &[0.7, 0.1, 0.0, 0.0] };
        let last = made.ways_to(&(3..4));
        let n = 1000;
        let at = |k: i32| made.total(&last, drive, 4.0 * (f64::from(k) + 0.5) / f64::from(n), Measure::Value);
        let middle: f64 = (0..n).map(at).sum::<f64>() * 4.0 / f64::from(n);
        assert!((made.total(&last, drive, 4.0, Measure::Area) / middle - 1.0).abs() < 1e-6);
        // A polynomial of degree 0 is a constant input.
        let constant = |stage: usize| (stage < 2).then(|| [[0.7, 0.1][stage], 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        for measure in [Measure::Value, Measure::Area] {
            let alone = Drive { values: &[0.0; 4], inputs: drive.inputs };
            let (a, b) = (made.total(&last, alone, 4.0, measure), made.forced(&last, constant, 4.0, measure));
            assert!((a / b - 1.0).abs() < 1e-14);
        }
    }

    #[test]
    fn repetition_is_a_fixed_point() {
        let made = cascade();
        let none = [0.0; 4];
        let once = made.values(Drive { values: &[3.0, 0.0, 0.0, 0.0], inputs: &none }, 12.0);
        let built = made.repeated(&once, 12.0);
        let mut next = built.clone();
        next[0] += 3.0;
        for (a, b) in made.values(Drive { values: &next, inputs: &none }, 12.0).iter().zip(&built) {
            assert!((a / b - 1.0).abs() < 1e-14);
        }
    }
}
