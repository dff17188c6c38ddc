//! Piecewise-constant rates of all types, built segment by segment.

use super::quadrature::{Effects, Rates};

/// Hours per day.
pub(super) const HOURS: f64 = 24.0;

/// Piecewise-constant rates: interval `k` ends at `breakpoints[k]`, the last never ends.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RateTable {
    /// Days, > 0, strictly increasing, M - 1 of them.
    pub breakpoints: Vec<f64>,
    /// Per cell and day, (M, K) by rows; one row where no drug takes from births.
    pub birth: Vec<f64>,
    /// Per cell and day, (M, K) by rows.
    pub death: Vec<f64>,
    /// Transitions that drugs drive, niche after niche, (M, transitions) by rows: per day, or probabilities per division.
    pub driven: Vec<f64>,
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
    pub(super) fn push(&mut self, effects: &Effects<'_>, segment: &Cell) {
        self.append(effects, segment);
        self.drop_repeated();
    }

    /// Appends a segment with its mean rates.
    pub(super) fn append(&mut self, effects: &Effects<'_>, segment: &Cell) {
        self.extend(|rates| effects.add_means(&segment.integral, segment.to - segment.from, rates));
        self.breakpoints.push(segment.to / HOURS);
    }

    /// Adds the rates of the endless interval without drug.
    pub(super) fn finish(&mut self, effects: &Effects<'_>) {
        self.extend(|rates| effects.add_rest(rates));
        self.birth = effects.births_once(std::mem::take(&mut self.birth));
    }

    /// The same, or lengthens the last interval where nothing changed.
    pub(super) fn close(&mut self, effects: &Effects<'_>) {
        self.extend(|rates| effects.add_rest(rates));
        self.breakpoints.push(f64::INFINITY);
        self.drop_repeated();
        self.breakpoints.pop();
        self.birth = effects.births_once(std::mem::take(&mut self.birth));
    }

    fn extend(&mut self, add: impl FnOnce(&mut Rates)) {
        let [birth, death, driven] = [&mut self.birth, &mut self.death, &mut self.driven].map(std::mem::take);
        let mut rates = Rates { birth, death, driven };
        add(&mut rates);
        Rates { birth: self.birth, death: self.death, driven: self.driven } = rates;
    }

    /// Joins the last interval to the one before it if their rates are the same.
    fn drop_repeated(&mut self) {
        let count = self.breakpoints.len();
        if count < 2 {
            return;
        }
        let each = [&mut self.birth, &mut self.death, &mut self.driven];
        let repeated = each.iter().all(|rates| {
            let width = rates.len() / count;
            rates[(count - 1) * width..] == rates[(count - 2) * width..(count - 1) * width]
        });
        if repeated {
            for rates in each {
                rates.truncate(rates.len() / count * (count - 1));
            }
            self.breakpoints.remove(count - 2);
        }
    }
}
