//! Steady dosing as a state to start from.
//!
//! Doses that repeat every `interval` hours for ever leave a state that repeats: `s = P s + once`, with `P` the cascade over an
//! interval and `once` what the doses of one interval leave at its end. `P` is triangular and nonnegative, so `s` follows by
//! substitution without cancellation, also where it takes thousands of doses to build up. A lag shifts the doses within
//! the interval, and what is on its way at the start belongs to the state.

use super::course::Course;
use super::dosing::{Administration, CourseError, entering};
use super::inflow::Begun;
use super::input::Input;
use super::model::Model;
use super::state::State;
use std::sync::Arc;

/// Most doses that can be on their way at once.
const MOST: f64 = 1e6;

/// (h) Doses at time 0 are still to come, where a state at time 0 has them.
const JUST_BEFORE: f64 = -f64::MIN_POSITIVE;

/// The state just before time 0 and the doses of an interval that begins then, when the same doses (their times within the
/// interval) were given in every interval before.
///
/// # Errors
/// [`CourseError`] if the kinetics saturate, a dose is wrong or not within the interval, or the interval is not positive or
/// too short for how a dose is absorbed.
pub fn steady(model: &Arc<Model>, doses: &[Administration], interval: f64) -> Result<State, CourseError> {
    if !model.is_linear() {
        return Err(CourseError::Saturable);
    }
    if !(interval > 0.0 && interval.is_finite()) {
        return Err(CourseError::Interval(interval));
    }
    let mut within = State::empty(model, 0.0);
    let (mut coming, mut settled) = (Vec::new(), Vec::new());
    for (index, dose) in doses.iter().enumerate() {
        let Some(input) = entering(model, index, dose, 0.0)? else { continue };
        if dose.time >= interval {
            return Err(CourseError::Outside { index, time: dose.time, interval });
        }
        if let Some(inflow) = model.inflow.as_ref().filter(|_| dose.by_mouth) {
            if inflow.lasts() > MOST * interval {
                return Err(CourseError::OnTheWay { hours: inflow.lasts() });
            }
            // Those that have next to nothing to come are part of what is held: of the latest of them all others follow.
            for k in 1_u64.. {
                let earlier = moved(&input, k as f64 * interval);
                if -earlier.start >= inflow.lasts() {
                    settled.push(earlier);
                    break;
                }
                coming.push(earlier);
            }
            continue;
        }
        // Every interval sees the whole input, in as many pieces as it needs intervals.
        let late = (input.end / interval).floor();
        for k in 0..=late as usize {
            let earlier = moved(&input, k as f64 * interval);
            if let Some(piece) = cut(&earlier, interval) {
                within.inputs.push(piece);
            }
            if k > 0 && (earlier.end > 0.0 || earlier.start >= 0.0) {
                coming.push(earlier);
            }
        }
    }
    let mut once = Course::new(model.clone(), &[], Some(&ordered(within)), &|| false)?.before(interval);
    if let Some(inflow) = &model.inflow {
        inflow.add(Begun { inputs: &settled, now: 0.0 }, 0.0, &mut once);
    }
    let mut values = model.cascade.repeated(&once, interval);
    if let Some(inflow) = &model.inflow {
        let begun: Vec<Input> = coming.iter().copied().filter(|input| input.by_mouth && input.start < 0.0).collect();
        inflow.add(Begun { inputs: &begun, now: 0.0 }, 0.0, &mut values);
    }
    Ok(ordered(State { values, inputs: coming, ..State::empty(model, JUST_BEFORE) }))
}

/// An input so many hours earlier.
fn moved(input: &Input, hours: f64) -> Input {
    Input { given: input.given - hours, start: input.start - hours, end: input.end - hours, ..*input }
}

/// What of an input enters in the interval that begins at 0.
fn cut(input: &Input, interval: f64) -> Option<Input> {
    if input.start == input.end {
        return (0.0..interval).contains(&input.start).then_some(*input);
    }
    let (start, end) = (input.start.max(0.0), input.end.min(interval));
    let share = (end - start) / (input.end - input.start);
    (end > start).then_some(Input { start, end, amount: input.amount * share, ..*input })
}

fn ordered(mut state: State) -> State {
    state.inputs.sort_by(|a, b| a.start.total_cmp(&b.start).then(a.end.total_cmp(&b.end)));
    state
}
