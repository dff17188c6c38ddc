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
//! Segments end at every kink (a dose starts or an infusion ends); from a kink on, the first mesh is geometric, so
//! that a distribution phase of minutes is seen at the start of a stretch of weeks. Cells are bisected until the
//! two halves agree, then merged while the tolerance allows and the effect does not change by more than about a
//! factor 6. From the horizon on the rates are those without drug.

use super::checks::{CompileError, range};
use super::niche::{Niches, validate};
use super::patience::Patience;
use super::quadrature::Effects;
use super::rate_table::{Cell, HOURS, RateTable};

/// Integrals are accurate to this share of the tolerance in every cell.
const QUADRATURE_SHARE: f64 = 1e-5;
/// Within a segment the integrated effect leaves its chord by at most this share of the effect: about a factor 6
/// between the ends. Halving a segment then shows what it costs, also where an effect has almost died away.
const CURVATURE: f64 = 0.2;
/// Effects below this share of the tolerance are free of that.
const NEGLIGIBLE: f64 = 1e-3;

/// Transitions that drugs drive, integrated from 0 to any time, stay within this many times the tolerance of rates, as a share of
/// their integral over all time: the probabilities of resistance and of persistence are in proportion to it,
const TRANSITIONS: f64 = 10.0;
/// and within this share in any case.
const LOOSEST: f64 = 0.01;

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
    let mut table = RateTable { cells: vec![0.0], ..RateTable::default() };
    let mut from = 0.0;
    for edge in edges.into_iter().filter(|&t| distinct(t, end)).chain([end]) {
        if !distinct(from, edge) {
            continue;
        }
        let mut cells = resolve(&effects, &bounds, (from, edge), options, &patience)?;
        table.cells.extend(cells.iter().map(|c| c.to));
        let mut segments = merge(&bounds, &mut cells, &patience)?;
        if options.halved {
            segments = halve(&effects, &cells, &segments, &patience)?;
        }
        for segment in &segments {
            table.push(&effects, segment);
        }
        if table.breakpoints.len() >= options.max_segments {
            return Err(CompileError::TooManySegments(options.max_segments));
        }
        from = edge;
    }
    table.close(&effects);
    Ok(table)
}

/// Whether two times in hours are in order also when counted in days.
fn distinct(from: f64, to: f64) -> bool {
    from / HOURS < to / HOURS
}

/// Ends of the first cells of a stretch, the last one first: short ones where it begins.
fn mesh(effects: &Effects<'_>, from: f64, to: f64) -> Vec<f64> {
    let mut mesh = vec![to];
    if !effects.quiet_until(to) {
        let (mut width, mut edges) = (0.5 / effects.fastest(), Vec::new());
        while from + width < to {
            if distinct(*edges.last().unwrap_or(&from), from + width) && distinct(from + width, to) {
                edges.push(from + width);
            }
            width *= 2.0;
        }
        mesh.extend(edges.into_iter().rev());
    }
    mesh
}

/// Cells of `[from, to]`, a stretch without kinks, each accurate and within tolerance.
fn resolve(
    effects: &Effects<'_>,
    bounds: &[Bound],
    (from, to): (f64, f64),
    options: CompileOptions,
    patience: &Patience<'_>,
) -> Result<Vec<Cell>, CompileError> {
    let mut mesh = mesh(effects, from, to);
    let (mut cells, mut start) = (Vec::new(), from);
    let (mut left, mut right) = (Vec::new(), Vec::new());
    while let Some(edge) = mesh.pop() {
        // Cells still to be looked at, the earliest on top.
        let mut stack = vec![Cell { from: start, to: edge, integral: effects.integral(start, edge) }];
        while let Some(mut cell) = stack.pop() {
            patience.spend(effects.width())?;
            let middle = 0.5 * (cell.from + cell.to);
            effects.integrate(cell.from, middle, &mut left);
            effects.integrate(middle, cell.to, &mut right);
            let splittable = distinct(cell.from, middle) && distinct(middle, cell.to);
            if splittable && !agree(bounds, &cell.integral, &left, &right) {
                stack.push(Cell { from: middle, to: cell.to, integral: std::mem::take(&mut right) });
                let integral = std::mem::replace(&mut left, cell.integral);
                stack.push(Cell { from: cell.from, to: middle, integral });
            } else {
                cell.integral.iter_mut().zip(left.iter().zip(&right)).for_each(|(sum, (l, r))| *sum = l + r);
                cells.push(cell);
            }
            if cells.len() + stack.len() > 8 * options.max_segments {
                return Err(CompileError::TooManySegments(options.max_segments));
            }
        }
        start = edge;
    }
    Ok(cells)
}

fn agree(bounds: &[Bound], whole: &[f64], left: &[f64], right: &[f64]) -> bool {
    let halves = left.iter().zip(right);
    whole.iter().zip(halves).zip(bounds).all(|((&whole, (&l, &r)), bound)| {
        let precise = QUADRATURE_SHARE * bound.tolerance + 1e-13 * whole.abs();
        bound.flat(0.5 * (l - r), l + r) && (whole - (l + r)).abs() <= precise
    })
}

/// What segments may do to one number of an integral.
struct Bound {
    /// Largest error of it between 0 and any time, in hours.
    tolerance: f64,
    /// Whether it is a transition.
    transition: bool,
}

impl Bound {
    /// One for each number of an integral. `edges` cut the time until `end` where something begins or ends.
    fn all(effects: &Effects<'_>, edges: &[f64], end: f64, tolerance: f64) -> Vec<Self> {
        let transitions = effects.transitions();
        let mut total = vec![0.0; effects.width()];
        if transitions.iter().any(|&one| one) {
            let mut from = 0.0;
            for &edge in edges.iter().filter(|&&edge| edge < end).chain([&end]) {
                let mut start = from;
                for to in mesh(effects, from, edge).into_iter().rev() {
                    total.iter_mut().zip(effects.integral(start, to)).for_each(|(sum, x)| *sum += x);
                    start = to;
                }
                from = edge;
            }
        }
        let share = (TRANSITIONS * tolerance).min(LOOSEST);
        let one = |(&transition, total): (&bool, f64)| Self {
            tolerance: if transition { share * total } else { tolerance * HOURS },
            transition,
        };
        transitions.iter().zip(total).map(one).collect()
    }

    /// Whether a segment may leave its chord by `excess` when its whole effect is `total`.
    fn flat(&self, excess: f64, total: f64) -> bool {
        // Births may rise: then less than nothing is lost of them.
        let curved = || excess.abs() <= CURVATURE * total.abs() || total.abs() <= NEGLIGIBLE * self.tolerance;
        excess.abs() <= 0.5 * self.tolerance && (self.transition || curved())
    }
}

/// Joins neighbors while the joined segment stays flat at every inner joint. Takes the integrals of cells that stay alone.
fn merge(bounds: &[Bound], cells: &mut [Cell], patience: &Patience<'_>) -> Result<Vec<Cell>, CompileError> {
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

/// `sum` is room for sums.
fn chord_holds(bounds: &[Bound], run: &[Cell], total: &[f64], sum: &mut Vec<f64>) -> bool {
    let (from, to) = (run[0].from, run[run.len() - 1].to);
    sum.clear();
    sum.resize(total.len(), 0.0);
    run[..run.len() - 1].iter().all(|cell| {
        let share = (cell.to - from) / (to - from);
        let all = total.iter().zip(bounds);
        sum.iter_mut().zip(&cell.integral).zip(all).all(|((s, x), (t, bound))| {
            *s += x;
            bound.flat(*s - share * t, *t)
        })
    })
}

/// Every segment in two halves, integrated over the cells it was merged from.
fn halve(
    effects: &Effects<'_>,
    cells: &[Cell],
    segments: &[Cell],
    patience: &Patience<'_>,
) -> Result<Vec<Cell>, CompileError> {
    let over = |from: f64, to: f64| -> Result<Cell, CompileError> {
        let mut total = vec![0.0; effects.width()];
        let first = cells.partition_point(|c| c.to <= from);
        for cell in cells[first..].iter().take_while(|c| c.from < to) {
            patience.spend(effects.width())?;
            let part = effects.integral(cell.from.max(from), cell.to.min(to));
            total.iter_mut().zip(part).for_each(|(t, x)| *t += x);
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
