//! Piecewise-constant rates of all types, built segment by segment.

/// Hours per day.
pub(super) const HOURS: f64 = 24.0;

/// Piecewise-constant rates: interval `k` ends at `breakpoints[k]`, the last never ends.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RateTable {
    /// Days, > 0, strictly increasing, M - 1 of them.
    pub breakpoints: Vec<f64>,
    /// Per cell and day, (M, K) by rows.
    pub birth: Vec<f64>,
    /// Per cell and day, (M, K) by rows.
    pub death: Vec<f64>,
    /// Hours, from 0 to the horizon: edges of the cells of quadrature that the segments were merged from.
    pub cells: Vec<f64>,
}

/// A stretch of time in hours with its integrated effects (see [`Effects::integral`](super::quadrature::Effects::integral)).
pub(super) struct Cell {
    pub(super) from: f64,
    pub(super) to: f64,
    pub(super) integral: Vec<f64>,
}

impl RateTable {
    /// Appends a segment, or lengthens the last one where nothing changed.
    pub(super) fn push(&mut self, birth: &[f64], death: &[f64], segment: &Cell) {
        self.append(birth, death, segment);
        self.drop_repeated(birth.len());
    }

    /// Appends a segment with its mean rates.
    pub(super) fn append(&mut self, birth: &[f64], death: &[f64], segment: &Cell) {
        let (types, length) = (birth.len(), segment.to - segment.from);
        let lost = |i: usize| segment.integral.get(types + i).map_or(0.0, |x| (x / length).clamp(0.0, 1.0));
        self.birth.extend((0..types).map(|i| birth[i] * (1.0 - lost(i))));
        self.death.extend((0..types).map(|i| death[i] + segment.integral[i] / length));
        self.breakpoints.push(segment.to / HOURS);
    }

    /// Adds the endless interval without drug.
    pub(super) fn close(&mut self, birth: &[f64], death: &[f64]) {
        self.birth.extend(birth);
        self.death.extend(death);
        self.breakpoints.push(f64::INFINITY);
        self.drop_repeated(birth.len());
        self.breakpoints.pop();
    }

    /// Joins the last interval to the one before it if their rates are the same.
    fn drop_repeated(&mut self, types: usize) {
        let count = self.breakpoints.len();
        let same = |rates: &[f64]| {
            count > 1 && rates[(count - 1) * types..] == rates[(count - 2) * types..(count - 1) * types]
        };
        if same(&self.birth) && same(&self.death) {
            self.birth.truncate((count - 1) * types);
            self.death.truncate((count - 1) * types);
            self.breakpoints.remove(count - 2);
        }
    }
}
