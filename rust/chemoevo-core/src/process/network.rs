//! The validated process.

use super::checks::{ProcessError, check};
use super::competition::{ActsOn, Competition, Crowding};
use super::lethal::Given;
use super::pulse::{Pulse, merge_pulses};
use super::rates::{Segment, SparseRates};

/// A multitype branching process with piecewise-constant rates and pulses.
///
/// Interval `k` is `[breakpoints[k-1], breakpoints[k])`; the first starts at 0, the last never ends.
#[derive(Clone, Debug, PartialEq)]
pub struct Process {
    types: usize,
    breakpoints: Vec<f64>,
    /// (1 or M, K) by rows: one row where they are the same in all intervals.
    birth: Vec<f64>,
    /// The same.
    death: Vec<f64>,
    mutation: SparseRates,
    switching: SparseRates,
    pulses: Vec<Pulse>,
    competition: Option<Competition>,
    /// Rates of every interval and type as given, where some divisions are lethal: those above are folded.
    given: Option<Vec<Given>>,
}

impl Process {
    /// Builds a process from arrays of shape (1 or M, K) and sparse tables of mutation probabilities and switching rates.
    ///
    /// Pulses are sorted by time; pulses at one instant are multiplied into one.
    ///
    /// # Errors
    /// [`ProcessError`] where an array has the wrong length or a value is out of range.
    pub fn new(
        types: usize,
        breakpoints: Vec<f64>,
        birth: Vec<f64>,
        death: Vec<f64>,
        mutation: SparseRates,
        switching: SparseRates,
        pulses: Vec<Pulse>,
    ) -> Result<Self, ProcessError> {
        if types == 0 {
            return Err(ProcessError::NoTypes);
        }
        let intervals = breakpoints.len() + 1;
        let finite = |x: f64| (0.0..=f64::MAX).contains(&x);
        for (field, array) in [("birth", &birth), ("death", &death)] {
            if array.len() != types && array.len() != intervals * types {
                return Err(ProcessError::Length { field, got: array.len(), expected: intervals * types });
            }
            check(field, array, finite)?;
        }
        check("breakpoints", &breakpoints, |x| x > 0.0 && x.is_finite())?;
        for k in 1..breakpoints.len() {
            if breakpoints[k] <= breakpoints[k - 1] {
                return Err(ProcessError::Range { field: "breakpoints", index: k, value: breakpoints[k] });
            }
        }
        // A row of probabilities may sum to 1 up to rounding.
        let probable = |sum: f64| (0.0..=1.0 + 1e-12).contains(&sum);
        let rows =
            [("mutation row sum", mutation.sum_unless(probable)), ("switching row sum", switching.sum_unless(finite))];
        for (field, wrong) in rows {
            if let Some((k, i, value)) = wrong {
                return Err(ProcessError::Range { field, index: k * types + i, value });
            }
        }
        let pulses = merge_pulses(types, pulses)?;
        Ok(Self { types, breakpoints, birth, death, mutation, switching, pulses, competition: None, given: None })
    }

    /// The same where a share of the divisions is lethal, of shape (M, K).
    ///
    /// # Errors
    /// [`ProcessError`] where the array has the wrong length or a value is out of range.
    pub fn with_lethal(mut self, lethal: &[f64]) -> Result<Self, ProcessError> {
        let (got, expected) = (lethal.len(), self.intervals() * self.types);
        if got != expected {
            return Err(ProcessError::Length { field: "lethal", got, expected });
        }
        check("lethal", lethal, |q| (0.0..=1.0).contains(&q))?;
        let places = (0..self.intervals()).flat_map(|k| (0..self.types).map(move |i| (k, i)));
        let given = places.zip(lethal).map(|((k, i), &lethal)| {
            let (birth, death) = (self.birth(k, i), self.death(k, i));
            Given { birth, death, lethal }
        });
        let given: Vec<_> = given.collect();
        (self.birth, self.death) = given.iter().map(|rates| rates.folded()).unzip();
        self.given = Some(given);
        Ok(self)
    }

    /// The same with competition.
    ///
    /// # Errors
    /// [`ProcessError`] where an array has the wrong length or a value is out of range.
    pub fn with_competition(mut self, crowding: Crowding, on: ActsOn) -> Result<Self, ProcessError> {
        self.competition = Some(Competition::new(self.types, crowding, on)?);
        Ok(self)
    }

    /// Number of types, K.
    #[must_use]
    pub fn types(&self) -> usize {
        self.types
    }

    /// Number of intervals of constant rates, M.
    #[must_use]
    pub fn intervals(&self) -> usize {
        self.breakpoints.len() + 1
    }

    /// The interior ends of the intervals, in days, strictly increasing.
    #[must_use]
    pub fn breakpoints(&self) -> &[f64] {
        &self.breakpoints
    }

    /// Pulses in order of time, one per instant.
    #[must_use]
    pub fn pulses(&self) -> &[Pulse] {
        &self.pulses
    }

    /// The interval that holds time `t`.
    #[must_use]
    pub fn interval_at(&self, t: f64) -> usize {
        self.breakpoints.partition_point(|&b| b <= t)
    }

    /// Start of an interval in days.
    #[must_use]
    pub fn start_of(&self, interval: usize) -> f64 {
        if interval == 0 { 0.0 } else { self.breakpoints[interval - 1] }
    }

    /// End of an interval in days; infinite for the last.
    #[must_use]
    pub fn end_of(&self, interval: usize) -> f64 {
        self.breakpoints.get(interval).copied().unwrap_or(f64::INFINITY)
    }

    /// Where the row of an interval begins in rates.
    #[inline]
    fn row_of(&self, rates: &[f64], interval: usize) -> usize {
        if rates.len() == self.types { 0 } else { interval * self.types }
    }

    /// Rate of divisions of a type in an interval that succeed, per cell and day (mutant-producing divisions included).
    #[inline]
    #[must_use]
    pub fn birth(&self, interval: usize, i: usize) -> f64 {
        self.birth[self.row_of(&self.birth, interval) + i]
    }

    /// Rates of divisions that succeed of all types in an interval, per cell and day.
    #[must_use]
    pub fn births(&self, interval: usize) -> &[f64] {
        &self.birth[self.row_of(&self.birth, interval)..][..self.types]
    }

    /// Death rates of all types in an interval, per cell and day (lethal divisions included).
    #[must_use]
    pub fn deaths(&self, interval: usize) -> &[f64] {
        &self.death[self.row_of(&self.death, interval)..][..self.types]
    }

    /// Death rate of a type in an interval, per cell and day (lethal divisions included).
    #[inline]
    #[must_use]
    pub fn death(&self, interval: usize, i: usize) -> f64 {
        self.death[self.row_of(&self.death, interval) + i]
    }

    /// Mutation probabilities per division: (from, to).
    #[must_use]
    pub fn mutation(&self) -> &SparseRates {
        &self.mutation
    }

    /// Switching rates per cell and day: (from, to).
    #[must_use]
    pub fn switching(&self) -> &SparseRates {
        &self.switching
    }

    /// The process of independent cells whose rates, for ever, are those of an interval under a crowding. No pulses.
    #[must_use]
    pub fn frozen(&self, interval: usize, crowding: &[f64]) -> Self {
        let rates = crowding.iter().enumerate().map(|(i, &x)| self.rates_under(interval, i, x));
        let (birth, death) = rates.unzip();
        Self {
            types: self.types,
            breakpoints: Vec::new(),
            birth,
            death,
            mutation: self.mutation.only(interval),
            switching: self.switching.only(interval),
            pulses: Vec::new(),
            competition: None,
            given: None,
        }
    }

    /// The competition, if cells are not independent.
    #[must_use]
    pub fn competition(&self) -> Option<&Competition> {
        self.competition.as_ref()
    }

    /// Rates of a type in an interval as given: lethal divisions are not yet deaths.
    #[inline]
    #[must_use]
    pub fn given(&self, interval: usize, i: usize) -> Given {
        let folded = || Given { birth: self.birth(interval, i), death: self.death(interval, i), lethal: 0.0 };
        self.given.as_ref().map_or_else(folded, |rates| rates[interval * self.types + i])
    }

    /// Rates of divisions that succeed and of deaths of a type in an interval under a crowding; as they are if there is
    /// no competition.
    #[inline]
    #[must_use]
    pub fn rates_under(&self, interval: usize, i: usize, crowding: f64) -> (f64, f64) {
        let given = self.given(interval, i);
        self.competition.as_ref().map_or_else(|| given.folded(), |c| given.under(c, crowding))
    }

    /// Plain-division, death and special rates of a type in an interval.
    #[must_use]
    pub fn segment(&self, interval: usize, i: usize) -> Segment {
        let b = self.birth(interval, i);
        let u = self.mutation.row_sum(interval, i).min(1.0);
        Segment {
            birth: b * (1.0 - u),
            death: self.death(interval, i),
            special: b * u + self.switching.row_sum(interval, i),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one_type(breakpoints: Vec<f64>, birth: Vec<f64>, death: Vec<f64>) -> Result<Process, ProcessError> {
        Process::new(1, breakpoints, birth, death, SparseRates::none(1), SparseRates::none(1), vec![])
    }

    #[test]
    fn interval_is_closed_on_the_left() {
        let p = one_type(vec![1.0, 2.0], vec![1.0; 3], vec![0.5; 3]).unwrap();
        assert_eq!([0.0, 0.5, 1.0, 1.5, 2.0, 9.0].map(|t| p.interval_at(t)), [0, 0, 1, 1, 2, 2]);
        assert_eq!((p.start_of(1), p.end_of(1), p.end_of(2)), (1.0, 2.0, f64::INFINITY));
    }

    #[test]
    fn wrong_numbers_are_refused() {
        assert!(one_type(vec![], vec![-1.0], vec![0.0]).is_err());
        assert!(one_type(vec![], vec![f64::NAN], vec![0.0]).is_err());
        assert!(one_type(vec![2.0, 1.0], vec![1.0; 3], vec![0.0; 3]).is_err());
        assert!(one_type(vec![1.0], vec![1.0; 3], vec![0.0; 2]).is_err());
    }

    #[test]
    fn segment_splits_divisions() {
        let u = SparseRates::new(2, &[(0, 1)], vec![0.25]);
        let s = SparseRates::new(2, &[(0, 1), (1, 0)], vec![0.5, 0.75]);
        let p = Process::new(2, vec![], vec![2.0, 1.0], vec![0.1, 0.2], u, s, vec![]).unwrap();
        assert_eq!(p.segment(0, 0), Segment { birth: 1.5, death: 0.1, special: 1.0 });
        assert_eq!(p.segment(0, 1), Segment { birth: 1.0, death: 0.2, special: 0.75 });
    }

    #[test]
    fn lethal_divisions_fold_without_competition_and_not_with_it() {
        let p = one_type(vec![1.0], vec![0.5; 2], vec![0.25, 0.125]).unwrap();
        let lethal = p.clone().with_lethal(&[0.25, 0.0]).unwrap();
        let folded = one_type(vec![1.0], vec![0.375, 0.5], vec![0.375, 0.125]).unwrap();
        assert_eq!([0, 1].map(|k| lethal.segment(k, 0)), [0, 1].map(|k| folded.segment(k, 0)));
        assert_eq!((lethal.births(0), lethal.deaths(0)), (folded.births(0), folded.deaths(0)));
        assert_eq!(lethal.rates_under(0, 0, 9.0), (0.375, 0.375));
        assert_eq!((lethal.given(0, 0).birth, folded.given(0, 0).birth), (0.5, 0.375));
        let law = Crowding::Logistic { capacity: 100.0, weights: vec![1.0] };
        let crowded = lethal.with_competition(law, ActsOn::Birth).unwrap();
        assert_eq!(crowded.rates_under(0, 0, 0.5), (0.28125, 0.34375));
        let frozen = crowded.frozen(0, &[0.5]);
        assert_eq!((frozen.birth(0, 0), frozen.death(0, 0)), (0.28125, 0.34375));
        for wrong in [vec![0.5], vec![0.5, 1.5], vec![0.5, -0.5], vec![f64::NAN, 0.0]] {
            assert!(p.clone().with_lethal(&wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn pulses_at_one_time_multiply() {
        let pulses = [(3.0, 0.5), (1.0, 0.1), (3.0, 0.25)].map(|(time, p)| Pulse { time, survival: vec![p] });
        let none = || SparseRates::none(1);
        let p = Process::new(1, vec![], vec![1.0], vec![0.0], none(), none(), pulses.to_vec()).unwrap();
        assert_eq!(p.pulses().len(), 2);
        assert_eq!(p.pulses()[1], Pulse { time: 3.0, survival: vec![0.125] });
    }
}
