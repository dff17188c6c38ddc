//! Rates of one interval, and sparse tables of transitions between types.

use super::checks::all;

/// Where the values of one transition, or of one sum, are: that of an interval is at `first + interval * step`.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Place {
    first: usize,
    /// 0 where they are one.
    step: usize,
}

impl Place {
    #[inline]
    fn at(self, interval: usize) -> usize {
        self.first + interval * self.step
    }
}

/// Transitions `from -> to` with a value for every interval, stored by rows (compressed sparse rows).
///
/// The pattern of transitions is common to all intervals. Values that are the same in all of them are stored once, and so are
/// sums of rows in which none moves.
#[derive(Clone, Debug, PartialEq)]
pub struct SparseRates {
    start: Vec<usize>,
    to: Vec<usize>,
    places: Vec<Place>,
    /// Interval by interval those that move, then those of one value.
    values: Vec<f64>,
    /// Of every row.
    sum_places: Vec<Place>,
    /// In the same order.
    sums: Vec<f64>,
    /// 1 where none moves.
    intervals: usize,
}

impl SparseRates {
    /// Builds the table from `(from, to)` pairs, sorted and unique, and values of shape (1 or M, pairs).
    #[must_use]
    pub fn new(types: usize, pairs: &[(usize, usize)], values: Vec<f64>) -> Self {
        let number = pairs.len();
        if number == 0 || values.len() == number {
            return Self::with_moving(types, pairs, values, &[], Vec::new());
        }
        let all: Vec<usize> = (0..number).collect();
        Self::with_moving(types, pairs, vec![0.0; number], &all, values)
    }

    /// The same from one value of every pair, and those of some of the pairs, by their positions, in all intervals:
    /// (M, moving) by rows.
    #[must_use]
    pub fn with_moving(
        types: usize,
        pairs: &[(usize, usize)],
        constant: Vec<f64>,
        moving: &[usize],
        in_intervals: Vec<f64>,
    ) -> Self {
        let mut start = vec![0; types + 1];
        for &(from, _) in pairs {
            start[from + 1] += 1;
        }
        for i in 0..types {
            start[i + 1] += start[i];
        }
        let (step, behind) = (moving.len(), in_intervals.len());
        let mut places: Vec<Place> = (0..pairs.len()).map(|k| Place { first: behind + k, step: 0 }).collect();
        for (first, &position) in moving.iter().enumerate() {
            places[position] = Place { first, step };
        }
        let mut values = in_intervals;
        values.extend_from_slice(&constant);
        let to = pairs.iter().map(|p| p.1).collect();
        let intervals = behind.checked_div(step).unwrap_or(1);
        let mut table = Self { start, to, places, values, sum_places: Vec::new(), sums: Vec::new(), intervals };
        table.sum_rows(pairs, moving);
        table
    }

    fn sum_rows(&mut self, pairs: &[(usize, usize)], moving: &[usize]) {
        let types = self.start.len() - 1;
        let mut rows: Vec<usize> = moving.iter().map(|&position| pairs[position].0).collect();
        let targets = rows.clone();
        rows.sort_unstable();
        rows.dedup();
        let behind = self.intervals * rows.len();
        let mut places: Vec<Place> = (0..types).map(|i| Place { first: behind + i, step: 0 }).collect();
        for (first, &i) in rows.iter().enumerate() {
            places[i] = Place { first, step: rows.len() };
        }
        // What does not move is summed once.
        let mut still = vec![0.0; types];
        for (&(from, _), place) in pairs.iter().zip(&self.places).filter(|(_, place)| place.step == 0) {
            still[from] += self.values[place.first];
        }
        let at_rest: Vec<f64> = rows.iter().map(|&i| still[i]).collect();
        let targets: Vec<usize> = targets.iter().map(|&i| places[i].first).collect();
        let mut sums = Vec::with_capacity(behind + types);
        if !moving.is_empty() {
            for values in self.values.chunks_exact(moving.len()).take(self.intervals) {
                let begin = sums.len();
                sums.extend_from_slice(&at_rest);
                let sums = &mut sums[begin..];
                values.iter().zip(&targets).for_each(|(value, &row)| sums[row] += value);
            }
        }
        sums.extend(still);
        (self.sum_places, self.sums) = (places, sums);
    }

    /// The values of one interval, as a table of its own.
    #[must_use]
    pub fn only(&self, interval: usize) -> Self {
        let values: Vec<f64> = self.places.iter().map(|place| self.values[place.at(interval)]).collect();
        let sums: Vec<f64> = self.sum_places.iter().map(|place| self.sums[place.at(interval)]).collect();
        let once = |number: usize| (0..number).map(|first| Place { first, step: 0 }).collect();
        Self {
            start: self.start.clone(),
            to: self.to.clone(),
            places: once(values.len()),
            sum_places: once(sums.len()),
            values,
            sums,
            intervals: 1,
        }
    }

    /// The first sum of a row for which something does not hold, with its interval and row.
    pub(super) fn sum_unless(&self, holds: impl Fn(f64) -> bool) -> Option<(usize, usize, f64)> {
        if all(&self.sums, &holds) {
            return None;
        }
        let rows = (0..self.intervals).flat_map(|k| (0..self.start.len() - 1).map(move |i| (k, i)));
        rows.map(|(k, i)| (k, i, self.row_sum(k, i))).find(|&(_, _, sum)| !holds(sum))
    }

    /// No transitions at all.
    #[must_use]
    pub fn none(types: usize) -> Self {
        Self::new(types, &[], Vec::new())
    }

    /// Number of transitions in the pattern.
    #[must_use]
    pub fn len(&self) -> usize {
        self.to.len()
    }

    /// Whether the pattern is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.to.is_empty()
    }

    /// `(to, value)` of every transition that leaves `from` in `interval`.
    #[inline]
    pub fn row(&self, interval: usize, from: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        let range = self.start[from]..self.start[from + 1];
        let places = &self.places[range.clone()];
        self.to[range].iter().zip(places).map(move |(&to, place)| (to, self.values[place.at(interval)]))
    }

    /// Whether the values are the same in all intervals.
    #[inline]
    #[must_use]
    pub fn is_constant(&self) -> bool {
        self.intervals == 1
    }

    /// The transition at which the running sum of the values first exceeds `left`: the target for a uniform number on
    /// [0, row sum). None if the row is empty or all 0.
    #[inline]
    #[must_use]
    pub fn pick(&self, interval: usize, from: usize, left: f64) -> Option<usize> {
        let range = self.start[from]..self.start[from + 1];
        let places = &self.places[range.clone()];
        // Without a branch, which could not be predicted.
        let (mut sum, mut passed) = (0.0, 0);
        for place in places {
            sum += self.values[place.at(interval)];
            passed += usize::from(left >= sum);
        }
        // Past the end by rounding: the last transition that happens.
        let happens = |place: &Place| self.values[place.at(interval)] > 0.0;
        let position = if passed < places.len() { Some(passed) } else { places.iter().rposition(happens) };
        position.map(|k| self.to[range.start + k])
    }

    /// Sum of the values that leave `from` in `interval`.
    #[inline]
    #[must_use]
    pub fn row_sum(&self, interval: usize, from: usize) -> f64 {
        self.sums[self.sum_places[from].at(interval)]
    }
}

/// The rates of one type in one interval, in the form the event-skipping engine and its propagator use.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Segment {
    /// Rate of *plain* divisions (both daughters of the parent's type), `b (1 - sum u)`, per cell and day.
    pub birth: f64,
    /// Death rate per cell and day.
    pub death: f64,
    /// Rate of *special* events, `b sum u + sum s`, per cell and day.
    pub special: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAIRS: [(usize, usize); 4] = [(0, 1), (0, 2), (1, 2), (2, 0)];

    #[test]
    fn what_moves_beside_what_does_not_is_what_is_given_whole() {
        let whole = SparseRates::new(4, &PAIRS, vec![1.0, 2.0, 3.0, 4.0, 1.0, 5.0, 3.0, 6.0, 1.0, 7.0, 3.0, 8.0]);
        let moving = vec![2.0, 4.0, 5.0, 6.0, 7.0, 8.0];
        let parts = SparseRates::with_moving(4, &PAIRS, vec![1.0, 0.0, 3.0, 0.0], &[1, 3], moving);
        for interval in 0..3 {
            for from in 0..4 {
                let rows = [&whole, &parts].map(|table| table.row(interval, from).collect::<Vec<_>>());
                assert_eq!(rows[0], rows[1]);
                assert_eq!(whole.row_sum(interval, from), parts.row_sum(interval, from));
                for left in [0.0, 1.5, 6.5, 99.0] {
                    assert_eq!(whole.pick(interval, from, left), parts.pick(interval, from, left));
                }
                let rows = [&whole, &parts].map(|table| table.only(interval).row(0, from).collect::<Vec<_>>());
                assert_eq!(rows[0], rows[1]);
            }
        }
        assert_eq!(parts.row(2, 0).collect::<Vec<_>>(), [(1, 1.0), (2, 7.0)]);
        assert!(!parts.is_constant() && parts.only(1).is_constant());
        assert_eq!(parts.sum_unless(|sum| sum < 8.0), Some((2, 0, 8.0)));
        assert_eq!(parts.sum_unless(|sum| sum < 9.0), None);
    }

    #[test]
    fn one_value_serves_all_intervals() {
        let table = SparseRates::new(4, &PAIRS, vec![1.0, 2.0, 3.0, 4.0]);
        assert!(table.is_constant());
        assert_eq!((table.row_sum(7, 0), table.pick(7, 0, 1.0), table.pick(7, 3, 0.0)), (3.0, Some(2), None));
    }
}
