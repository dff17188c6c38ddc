//! Neighboring cells joined to segments, and segments cut in two.

use super::bounds::{Bound, chord_holds};
use super::checks::CompileError;
use super::mesh::distinct;
use super::patience::Patience;
use super::quadrature::Effects;
use super::rate_table::Cell;

/// Joins neighbors while the joined segment stays flat at every inner joint. Takes the integrals of cells that stay alone.
pub(super) fn merge(bounds: &[Bound], cells: &mut [Cell], patience: &Patience<'_>) -> Result<Vec<Cell>, CompileError> {
    let mut merged = Vec::new();
    let mut first = 0;
    let (mut total, mut longer, mut sum): (Vec<f64>, Vec<f64>, Vec<f64>) = (Vec::new(), Vec::new(), Vec::new());
    while first < cells.len() {
        let mut last = first;
        while let Some(next) = cells.get(last + 1) {
            patience.spend(bounds.len() * (last + 2 - first))?;
            longer.clear();
            let so_far = if last == first { &cells[first].integral } else { &total };
            longer.extend(so_far.iter().zip(&next.integral).map(|(t, x)| t + x));
            if !chord_holds(bounds, &cells[first..=last + 1], &longer, &mut sum) {
                break;
            }
            std::mem::swap(&mut total, &mut longer);
            last += 1;
        }
        let integral = std::mem::take(if last == first { &mut cells[first].integral } else { &mut total });
        merged.push(Cell { from: cells[first].from, to: cells[last].to, integral });
        first = last + 1;
    }
    Ok(merged)
}

/// Every segment in two halves, integrated over the cells it was merged from.
pub(super) fn halve(
    effects: &Effects<'_>,
    cells: &[Cell],
    segments: &[Cell],
    patience: &Patience<'_>,
) -> Result<Vec<Cell>, CompileError> {
    let mut room = Vec::new();
    let mut over = |from: f64, to: f64| -> Result<Cell, CompileError> {
        let mut total = vec![0.0; effects.width()];
        let first = cells.partition_point(|c| c.to <= from);
        for cell in cells[first..].iter().take_while(|c| c.from < to) {
            patience.spend(effects.width())?;
            effects.add_integral(cell.from.max(from), cell.to.min(to), &mut room, &mut total);
        }
        Ok(Cell { from, to, integral: total })
    };
    let mut halves = Vec::with_capacity(2 * segments.len());
    for s in segments {
        let middle = 0.5 * (s.from + s.to);
        if distinct(s.from, middle) && distinct(middle, s.to) {
            halves.extend([over(s.from, middle)?, over(middle, s.to)?]);
        } else {
            halves.push(over(s.from, s.to)?);
        }
    }
    Ok(halves)
}
