//! Neighboring cells joined to segments, and segments cut in two.

use super::bounds::{Bound, chord_holds};
use super::checks::CompileError;
use super::mesh::distinct;
use super::patience::Patience;
use super::quadrature::Effects;
use super::rate_table::Cells;

/// Fills `segments` with cells joined to neighbors while what is joined stays flat at every inner joint.
pub(super) fn merge(
    bounds: &[Bound],
    cells: &Cells,
    patience: &Patience<'_>,
    segments: &mut Cells,
) -> Result<(), CompileError> {
    segments.clear();
    let mut first = 0;
    let (mut total, mut longer, mut sum): (Vec<f64>, Vec<f64>, Vec<f64>) = (Vec::new(), Vec::new(), Vec::new());
    while first < cells.len() {
        let mut last = first;
        while last + 1 < cells.len() {
            patience.spend(bounds.len() * (last + 2 - first))?;
            longer.clear();
            let so_far = if last == first { cells.integral(first) } else { &total };
            longer.extend(so_far.iter().zip(cells.integral(last + 1)).map(|(t, x)| t + x));
            if !chord_holds(bounds, cells, first..last + 2, &longer, &mut sum) {
                break;
            }
            std::mem::swap(&mut total, &mut longer);
            last += 1;
        }
        let integral = if last == first { cells.integral(first) } else { &total };
        segments.push((cells.spans()[first].0, cells.spans()[last].1), integral.iter().copied());
        first = last + 1;
    }
    Ok(())
}

/// Fills `halves` with every segment in two halves, integrated over the cells it was merged from.
pub(super) fn halve(
    effects: &Effects<'_>,
    cells: &Cells,
    segments: &Cells,
    patience: &Patience<'_>,
    halves: &mut Cells,
) -> Result<(), CompileError> {
    halves.clear();
    let (mut room, mut total) = (Vec::new(), Vec::new());
    let mut over = |from: f64, to: f64| -> Result<(), CompileError> {
        total.clear();
        total.resize(effects.width(), 0.0);
        let first = cells.spans().partition_point(|cell| cell.1 <= from);
        for cell in cells.spans()[first..].iter().take_while(|cell| cell.0 < to) {
            patience.spend(effects.width())?;
            effects.add_integral(cell.0.max(from), cell.1.min(to), &mut room, &mut total);
        }
        halves.push((from, to), total.iter().copied());
        Ok(())
    };
    for &(from, to) in segments.spans() {
        let middle = 0.5 * (from + to);
        if distinct(from, middle) && distinct(middle, to) {
            over(from, middle)?;
            over(middle, to)?;
        } else {
            over(from, to)?;
        }
    }
    Ok(())
}
