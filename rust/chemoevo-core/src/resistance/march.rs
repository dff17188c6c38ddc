//! Cells of a stretch of time, each as wide as its bounds allow.

use super::bounds::{Bound, Strain, strain, unseen};
use super::checks::CompileError;
use super::mesh::{GROWTH, distinct, first};
use super::nodes::Instants;
use super::patience::Patience;
use super::quadrature::Effects;
use super::rate_table::Cells;

/// Of the width that the bounds would allow, this share is tried.
const CAUTION: f64 = 0.9;
/// A cell that is too wide is tried again with at least this share of its width.
const SHRINK: f64 = 0.1;
/// Widths change by whole steps, of which an octave has so many.
const STEPS: f64 = 16.0;

/// Fills `cells` with those of `[from, to]`, a stretch without kinks, each accurate and within tolerance.
pub(super) fn march(
    effects: &Effects<'_>,
    bounds: &[Bound],
    (from, to): (f64, f64),
    max_segments: usize,
    patience: &Patience<'_>,
    cells: &mut Cells,
) -> Result<(), CompileError> {
    cells.clear();
    let (mut sums, mut start) = (Vec::new(), from);
    let mut width = if effects.quiet_until(to) { f64::INFINITY } else { first(effects) };
    while start < to {
        let mut end = after(start, width, to);
        let strain = loop {
            patience.spend(effects.width())?;
            effects.sums(&Instants::between(start, end), &mut sums);
            let mut strain = strain(bounds, &sums);
            if start == from {
                strain.unseen = at_start(effects, bounds, (start, end));
            }
            let nearer = start + (end - start) * strain.allows().min(CAUTION);
            if strain.holds() || !(distinct(start, nearer) && distinct(nearer, end)) {
                break strain;
            }
            end = nearer;
        };
        cells.push((start, end), sums.iter().map(|sums| sums[0]));
        if cells.len() > 8 * max_segments {
            return Err(CompileError::TooManySegments(max_segments));
        }
        width = (end - start) * strain.allows();
        start = end;
    }
    Ok(())
}

/// How what may be before the first node of a cell stands to its bounds, where something comes at its start.
fn at_start(effects: &Effects<'_>, bounds: &[Bound], (start, end): (f64, f64)) -> f64 {
    if effects.quiet_until(end) {
        return 0.0;
    }
    let (mut there, mut goes_on) = (Vec::new(), Vec::new());
    effects.sums(&Instants::one(start), &mut there);
    effects.sums(&Instants::before(start, end), &mut goes_on);
    unseen(bounds, Instants::gap(start, end), &there, &goes_on)
}

/// The end of a cell about so wide: what is left of the stretch is not much narrower.
fn after(start: f64, width: f64, to: f64) -> f64 {
    let left = to - start;
    let end = start + if 2.0 * width > left { 0.5 * left } else { width };
    if width < left && distinct(start, end) && distinct(end, to) { end } else { to }
}

impl Strain {
    fn holds(self) -> bool {
        self.excess <= 1.0 && self.curvature <= 1.0 && self.rough <= 1.0 && self.unseen <= 1.0
    }

    /// How many times as wide a cell may be, in steps of a sixteenth of an octave: what differs by rounding has the same cells.
    fn allows(self) -> f64 {
        let each = [self.excess.sqrt(), self.curvature, self.rough.powf(1.0 / 14.0), self.unseen];
        let most = CAUTION / each.into_iter().fold(0.0, f64::max);
        ((most.clamp(SHRINK, GROWTH).log2() * STEPS).floor() / STEPS).exp2()
    }
}
