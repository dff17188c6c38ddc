//! Drug effects on a grid that is given: rates that can be compared with those of another compilation, one by one.
//!
//! A derivative of rates by a parameter of drugs or doses is a difference of two compilations, and makes sense where
//! both have the same segments and their quadrature the same nodes: then it is the quadrature of the derivative of
//! the effect. The adaptive grid would change with the parameter. Where doses move, the grid is to move with them.

use super::checks::{CompileError, range};
use super::niche::{Niches, validate};
use super::patience::Patience;
use super::quadrature::{Effects, Rates};
use super::rate_table::{HOURS, RateTable};

const RULE: &str = "finite, >= 0 and increasing";

/// The rates of K types under drugs, by the segments that end at `ends` (days) and the cells of quadrature with the
/// edges `cells` (hours); both as [`RateTable`] has them. After the last segment there is no drug.
/// `poll` is asked every few milliseconds whether to give up.
///
/// # Errors
/// [`CompileError`] where a number is out of range, an array has the wrong length, the edges of cells do not increase,
/// a segment does not end at one of them, or `poll` says so.
pub fn compile_on(
    birth: &[f64],
    death: &[f64],
    niches: &Niches<'_>,
    cells: &[f64],
    ends: &[f64],
    poll: &dyn Fn() -> bool,
) -> Result<RateTable, CompileError> {
    validate(birth, death, niches)?;
    let until = cells.last().copied().unwrap_or(0.0);
    let patience = Patience::new(poll);
    let effects = Effects::new(birth, death, niches, until, &patience)?;
    let mut from = cells.first().copied().unwrap_or(f64::NAN);
    range("cells", RULE, from, from >= 0.0)?;
    let mut table = RateTable { cells: cells.to_vec(), ..RateTable::default() };
    let mut room = Vec::new();
    let (mut start, mut integral) = (from, vec![0.0; effects.width()]);
    for &to in &cells[1..] {
        range("cells", RULE, to, to > from && to.is_finite())?;
        let Some(&end) = ends.get(table.breakpoints.len()) else { break };
        range("ends", "edges of cells", end, to / HOURS <= end)?;
        patience.spend(effects.width())?;
        effects.add_integral(from, to, &mut room, &mut integral);
        if to / HOURS == end {
            table.append(&effects, (start, to), &integral);
            start = to;
            integral.fill(0.0);
        }
        from = to;
    }
    if table.breakpoints.len() < ends.len() {
        return Err(CompileError::Length { field: "ends", got: ends.len(), expected: table.breakpoints.len() });
    }
    table.finish(&effects);
    Ok(table)
}

/// Rates of K types at instants in hours: birth and death (times, K) by rows, and (times, transitions) of those that drugs drive; a
/// dose acts from its time on.
///
/// # Errors
/// [`CompileError`] as [`compile_on`].
pub fn rates_at(
    birth: &[f64],
    death: &[f64],
    niches: &Niches<'_>,
    times: &[f64],
    poll: &dyn Fn() -> bool,
) -> Result<[Vec<f64>; 3], CompileError> {
    validate(birth, death, niches)?;
    let until = times.iter().copied().fold(0.0, f64::max);
    let effects = Effects::new(birth, death, niches, until, &Patience::new(poll))?;
    let mut rates = Rates::default();
    for &time in times {
        effects.add_rates_at(time, &mut rates);
    }
    Ok([effects.births(rates.birth, times.len()), rates.death, rates.driven])
}
