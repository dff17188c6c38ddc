//! Drug effects over time, compiled to adaptive stretches of constant rates.
//!
//! Hazards of cytotoxic drugs add to death (Bliss 1939 independence in continuous time: survival probabilities
//! multiply); each cytostatic drug multiplies birth by one minus its effect; of drugs that kill dividing cells see `Mode`. In every segment a rate is replaced
//! by its mean there, so the integrated rates `R(t)` are exact at every breakpoint. What the replacement changes
//! is `R(t)` inside a segment, and that is controlled: **for every type, death and birth integrated from 0 to any
//! time differ from the exact ones by at most `tolerance`** where the effect is monotone within the segment (one
//! falling or rising concentration), since the excess over the chord is then convex or concave and at most twice
//! its value at the middle, which is the quantity tested. The mean growth factor over any window is therefore
//! within a relative `2 tolerance` (death and birth), and so are survival probabilities of one type, to first order.
//! The error falls with the square of the segment length. Transitions that drugs drive are controlled in the same way, in proportion
//! to their integral until the horizon.
//!
//! What begins and ends between the last node of a cell and the first of the next is not seen: a fall within a twentieth of a cell,
//! as a Hill exponent of 20 and more may make it.
//!
//! Segments end at every kink (a dose starts or an infusion ends). From a kink on cells are as wide as the tolerance allows, the
//! first of them short and each at most twice as wide as the one before; then they are merged while the tolerance allows and the
//! effect does not change by more than about a factor 6. From the horizon on the rates are those without drug.

use super::bounds::Bound;
use super::checks::{CompileError, range};
use super::march::march;
use super::merge::{halve, merge};
use super::mesh::distinct;
use super::niche::{Niches, validate};
use super::patience::Patience;
use super::quadrature::Effects;
use super::rate_table::{Cells, HOURS, RateTable};

/// How finely to compile.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CompileOptions {
    /// Days from the first instant to the end of all drug effects.
    pub horizon: f64,
    /// Largest change of an integrated rate within a segment; in [1e-9, 1].
    pub tolerance: f64,
    /// Halve every segment afterwards: comparing answers measures what the segments cost.
    pub halved: bool,
    /// Largest number of segments.
    pub max_segments: usize,
}

/// Compiles the rates of K types under drugs; `poll` is asked every few milliseconds whether to give up.
///
/// # Errors
/// [`CompileError`] where a number is out of range, an array has the wrong length, the segments are too many, or
/// `poll` says so.
pub fn compile(
    birth: &[f64],
    death: &[f64],
    niches: &Niches<'_>,
    options: CompileOptions,
    poll: &dyn Fn() -> bool,
) -> Result<RateTable, CompileError> {
    let patience = Patience::new(poll);
    validate(birth, death, niches)?;
    let CompileOptions { horizon, tolerance, .. } = options;
    range("horizon", "> 0 and finite", horizon, horizon > 0.0 && horizon.is_finite())?;
    range("tolerance", "in [1e-9, 1]", tolerance, (1e-9..=1.0).contains(&tolerance))?;
    let end = options.horizon * HOURS;
    let effects = Effects::new(birth, death, niches, end, &patience)?;
    let mut edges = effects.kinks();
    edges.retain(|&t| t > 0.0);
    edges.sort_by(f64::total_cmp);
    let bounds = Bound::all(&effects, &edges, end, tolerance);
    let (mut cells, mut segments, mut halves) = (Cells::default(), Cells::default(), Cells::default());
    let mut from = 0.0;
    edges.retain(|&t| distinct(t, end));
    edges.push(end);
    let mut table = RateTable::with_room(&effects, edges.len());
    for &edge in &edges {
        if !distinct(from, edge) {
            continue;
        }
        march(&effects, &bounds, (from, edge), options.max_segments, &patience, &mut cells)?;
        table.cells.extend(cells.spans().iter().map(|cell| cell.1));
        merge(&bounds, &cells, &patience, &mut segments)?;
        if options.halved {
            halve(&effects, &cells, &segments, &patience, &mut halves)?;
            std::mem::swap(&mut segments, &mut halves);
        }
        for (k, &span) in segments.spans().iter().enumerate() {
            table.push(&effects, span, segments.integral(k));
        }
        if table.breakpoints.len() >= options.max_segments {
            return Err(CompileError::TooManySegments(options.max_segments));
        }
        from = edge;
    }
    table.close(&effects);
    Ok(table)
}
