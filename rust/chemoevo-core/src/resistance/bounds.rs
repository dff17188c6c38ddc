//! What segments may do to integrated rates.

use super::mesh::mesh;
use super::nodes::{Instants, Sums};
use super::quadrature::Effects;
use super::rate_table::{Cells, HOURS};
use std::ops::Range;

/// Integrals are accurate to this share of the tolerance in every cell.
const QUADRATURE_SHARE: f64 = 1e-5;
/// Within a segment the integrated effect leaves its chord by at most this share of the effect: about a factor 6
/// between the ends. Halving a segment then shows what it costs, also where an effect has almost died away.
const CURVATURE: f64 = 0.2;
/// Effects below this share of the tolerance are free of that.
const NEGLIGIBLE: f64 = 1e-3;

/// What a stretch of time may hold before the first node of its first cell, as a share of the tolerance: a steep effect may be
/// there at every node, and not at the start.
const UNSEEN: f64 = 1e-3;

/// Transitions that drugs drive, integrated from 0 to any time, stay within this many times the tolerance of rates, as a share of
/// their integral over all time: the probabilities of resistance and of persistence are in proportion to it,
const TRANSITIONS: f64 = 10.0;
/// and within this share in any case.
const LOOSEST: f64 = 0.01;

/// Growth of the cells in which all that there is of a transition is summed: a tolerance need not be known well.
const COARSE: f64 = 4.0;

/// What segments may do to one number of an integral.
pub(super) struct Bound {
    /// Largest error of it between 0 and any time, in hours.
    tolerance: f64,
    /// Whether it is a transition.
    transition: bool,
}

/// How a cell stands to its bounds: each is a quotient that is at most 1 where they hold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Strain {
    /// Of the excess over the chord, in proportion to the square of the width.
    pub(super) excess: f64,
    /// Of that excess over the effect itself, in proportion to the width.
    pub(super) curvature: f64,
    /// Of the square of the error of the quadrature, in proportion to the fourteenth power of the width.
    pub(super) rough: f64,
    /// Of what the first cell of a stretch may hold before its first node, in proportion to the width.
    pub(super) unseen: f64,
}

impl Bound {
    /// One for each number of an integral. `edges` cut the time until `end` where something begins or ends.
    pub(super) fn all(effects: &Effects<'_>, edges: &[f64], end: f64, tolerance: f64) -> Vec<Self> {
        let transitions = effects.transitions();
        let mut total = vec![0.0; effects.width()];
        if transitions.iter().any(|&one| one) {
            let (mut from, mut room) = (0.0, Vec::new());
            for &edge in edges.iter().filter(|&&edge| edge < end).chain([&end]) {
                for to in mesh(effects, from, edge, COARSE) {
                    effects.sums(&Instants::few(from, to), &mut room);
                    total.iter_mut().zip(&room).for_each(|(sum, x)| *sum += x[0]);
                    from = to;
                }
            }
        }
        let share = (TRANSITIONS * tolerance).min(LOOSEST);
        let one = |((&transition, &share_of), total): ((&bool, &f64), f64)| Self {
            // Of births more than one per day a share is a larger rate.
            tolerance: if transition { share * total } else { tolerance * HOURS / share_of.max(1.0) },
            transition,
        };
        transitions.iter().zip(effects.shares_of()).zip(total).map(one).collect()
    }

    /// Whether a segment may leave its chord by `excess` when its whole effect is `total`.
    fn flat(&self, excess: f64, total: f64) -> bool {
        // Births may rise: then less than nothing is lost of them.
        let curved = || excess.abs() <= CURVATURE * total.abs() || total.abs() <= NEGLIGIBLE * self.tolerance;
        excess.abs() <= 0.5 * self.tolerance && (self.transition || curved())
    }
}

/// How a cell with these sums stands to its bounds.
///
/// The excess over the chord at the middle is half of what one half holds more than the other. The rule of five nodes is more
/// accurate than its difference `d` from one of degree three: relative to the effect its error is about `d^(5/2)` where
/// coefficients fall geometrically, and still below `d^(3/2)` where the effect begins as a power of time that is no whole number.
pub(super) fn strain(bounds: &[Bound], sums: &[Sums]) -> Strain {
    let mut found = Strain { excess: 0.0, curvature: 0.0, rough: 0.0, unseen: 0.0 };
    for (bound, &[total, skew, rough]) in bounds.iter().zip(sums) {
        let (excess, effect) = (0.5 * skew.abs(), total.abs());
        let most = 0.5 * bound.tolerance;
        if excess > found.excess * most {
            found.excess = excess / most;
        }
        let curved = !bound.transition && effect > NEGLIGIBLE * bound.tolerance;
        if curved && excess > found.curvature * (CURVATURE * effect) {
            found.curvature = excess / (CURVATURE * effect);
        }
        let (precise, rough) = ((QUADRATURE_SHARE * bound.tolerance).powi(2) * (effect + excess), rough.abs().powi(3));
        if rough > found.rough * precise {
            found.rough = rough / precise;
        }
    }
    found
}

/// How what a cell may hold before its first node, after so long a `gap`, stands to its bounds: what is there at its start, and what
/// would be if it went on as at the nodes.
pub(super) fn unseen(bounds: &[Bound], gap: f64, there: &[Sums], goes_on: &[Sums]) -> f64 {
    let mut found = 0.0;
    for (bound, (there, goes_on)) in bounds.iter().zip(there.iter().zip(goes_on)) {
        let (may, most) = (gap * (there[0] - goes_on[0]).abs(), UNSEEN * bound.tolerance);
        if may > found * most {
            found = may / most;
        }
    }
    found
}

/// Whether cells, of which `total` is the integral, may be one segment; `sum` is room for sums.
pub(super) fn chord_holds(
    bounds: &[Bound],
    cells: &Cells,
    run: Range<usize>,
    total: &[f64],
    sum: &mut Vec<f64>,
) -> bool {
    let spans = cells.spans();
    let (from, to) = (spans[run.start].0, spans[run.end - 1].1);
    sum.clear();
    sum.resize(total.len(), 0.0);
    (run.start..run.end - 1).all(|k| {
        let share = (spans[k].1 - from) / (to - from);
        let all = total.iter().zip(bounds);
        sum.iter_mut().zip(cells.integral(k)).zip(all).all(|((s, x), (t, bound))| {
            *s += x;
            bound.flat(*s - share * t, *t)
        })
    })
}
