//! The first cells of a stretch of time, before anything is known of what happens there.

use super::quadrature::Effects;
use super::rate_table::HOURS;

/// A cell is at most so many times as wide as the one before it: a distribution phase of minutes is seen at the start of a stretch of
/// weeks.
pub(super) const GROWTH: f64 = 2.0;

/// Whether two times in hours are in order also when counted in days.
pub(super) fn distinct(from: f64, to: f64) -> bool {
    from / HOURS < to / HOURS
}

/// Width of the first cell of a stretch in which something may come.
pub(super) fn first(effects: &Effects<'_>) -> f64 {
    0.5 / effects.fastest()
}

/// Ends of cells, each so many times as wide as the one before it.
pub(super) fn mesh(effects: &Effects<'_>, from: f64, to: f64, growth: f64) -> Vec<f64> {
    let mut mesh = Vec::new();
    if !effects.quiet_until(to) {
        let mut width = first(effects);
        while from + width < to {
            if distinct(*mesh.last().unwrap_or(&from), from + width) && distinct(from + width, to) {
                mesh.push(from + width);
            }
            width *= growth;
        }
    }
    mesh.push(to);
    mesh
}
