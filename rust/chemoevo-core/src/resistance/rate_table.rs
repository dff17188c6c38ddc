//! Piecewise-constant rates of all types, built segment by segment.

use super::quadrature::{Effects, Rates};

/// Hours per day.
pub(super) const HOURS: f64 = 24.0;

/// Segments that a stretch of time usually needs at most,
const ROWS: usize = 32;
/// and numbers for which room is made in any case.
const MOST_ROOM: usize = 1 << 22;

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

/// Neighboring stretches of time in hours with their integrated effects, in one piece of memory that is used again.
#[derive(Default)]
pub(super) struct Cells {
    /// From and to.
    spans: Vec<(f64, f64)>,
    /// By rows, one of each.
    integrals: Vec<f64>,
}

impl Cells {
    pub(super) fn clear(&mut self) {
        self.spans.clear();
        self.integrals.clear();
    }

    pub(super) fn len(&self) -> usize {
        self.spans.len()
    }

    pub(super) fn push(&mut self, span: (f64, f64), integral: impl Iterator<Item = f64>) {
        self.spans.push(span);
        self.integrals.extend(integral);
    }

    /// From and to of each.
    pub(super) fn spans(&self) -> &[(f64, f64)] {
        &self.spans
    }

    pub(super) fn integral(&self, k: usize) -> &[f64] {
        let width = self.integrals.len() / self.spans.len();
        &self.integrals[k * width..(k + 1) * width]
    }
}

impl RateTable {
    /// One whose first cell begins at 0, with room for what so many stretches of time usually need: tables are large, and what
    /// grows by doubling touches memory several times. Room that is not used is given back.
    pub(super) fn with_room(effects: &Effects<'_>, stretches: usize) -> Self {
        let room = |width: usize| Vec::with_capacity((stretches * ROWS).min(MOST_ROOM / width.max(1)) * width);
        let [birth, death, driven] = effects.rates().map(room);
        Self { birth, death, driven, breakpoints: Vec::new(), cells: vec![0.0] }
    }

    /// Appends a segment, or lengthens the last one where nothing changed.
    pub(super) fn push(&mut self, effects: &Effects<'_>, span: (f64, f64), integral: &[f64]) {
        self.append(effects, span, integral);
        self.drop_repeated();
    }

    /// Appends a segment with its mean rates.
    pub(super) fn append(&mut self, effects: &Effects<'_>, (from, to): (f64, f64), integral: &[f64]) {
        self.extend(|rates| effects.add_means(integral, to - from, rates));
        self.breakpoints.push(to / HOURS);
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
        for rates in [&mut self.birth, &mut self.death, &mut self.driven] {
            rates.shrink_to_fit();
        }
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
