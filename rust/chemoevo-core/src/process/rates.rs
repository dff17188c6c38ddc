//! Rates of one interval, and sparse tables of transitions between types.

/// Transitions `from -> to` with a value for every interval, stored by rows (compressed sparse rows).
///
/// The pattern of transitions is common to all intervals; the values are constant or given per interval.
#[derive(Clone, Debug, PartialEq)]
pub struct SparseRates {
    start: Vec<usize>,
    to: Vec<usize>,
    values: Vec<f64>,
    /// Sum of every row, (1 or M, types).
    sums: Vec<f64>,
    intervals: usize,
}

impl SparseRates {
    /// Builds the table from `(from, to)` pairs, sorted and unique, and values of shape (1 or M, pairs).
    #[must_use]
    pub fn new(types: usize, pairs: &[(usize, usize)], values: Vec<f64>) -> Self {
        let mut start = vec![0; types + 1];
        for &(from, _) in pairs {
            start[from + 1] += 1;
        }
        for i in 0..types {
            start[i + 1] += start[i];
        }
        let intervals = if pairs.is_empty() { 1 } else { values.len() / pairs.len() };
        let to = pairs.iter().map(|p| p.1).collect();
        let mut table = Self { start, to, values, sums: Vec::new(), intervals };
        let rows = (0..intervals).flat_map(|k| (0..types).map(move |i| (k, i)));
        table.sums = rows.map(|(k, i)| table.row(k, i).map(|(_, v)| v).sum()).collect();
        table
    }

    /// The values of one interval, as a table of its own.
    #[must_use]
    pub fn only(&self, interval: usize) -> Self {
        let (k, types) = (if self.intervals == 1 { 0 } else { interval }, self.start.len() - 1);
        Self {
            start: self.start.clone(),
            to: self.to.clone(),
            values: self.values[k * self.to.len()..(k + 1) * self.to.len()].to_vec(),
            sums: self.sums[k * types..(k + 1) * types].to_vec(),
            intervals: 1,
        }
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
        let base = if self.intervals == 1 { 0 } else { interval * self.to.len() };
        let range = self.start[from]..self.start[from + 1];
        let values = &self.values[base + range.start..base + range.end];
        self.to[range].iter().copied().zip(values.iter().copied())
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
        let base = if self.intervals == 1 { 0 } else { interval * self.to.len() };
        let values = &self.values[base + range.start..base + range.end];
        // Without a branch, which could not be predicted.
        let (mut sum, mut passed) = (0.0, 0);
        for value in values {
            sum += value;
            passed += usize::from(left >= sum);
        }
        // Past the end by rounding: the last transition that happens.
        let position = if passed < values.len() { Some(passed) } else { values.iter().rposition(|&v| v > 0.0) };
        position.map(|k| self.to[range.start + k])
    }

    /// Sum of the values that leave `from` in `interval`.
    #[inline]
    #[must_use]
    pub fn row_sum(&self, interval: usize, from: usize) -> f64 {
        let types = self.start.len() - 1;
        self.sums[if self.intervals == 1 { from } else { interval * types + from }]
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
