//! Pulses: instants at which cells survive with a probability.

use super::checks::{ProcessError, check};

/// An instant thinning: every cell of type `i` survives independently with probability `survival[i]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Pulse {
    /// Time of the pulse in days.
    pub time: f64,
    /// Survival probability of every type.
    pub survival: Vec<f64>,
}

/// Pulses in order of time; those at one instant are multiplied into one.
pub(super) fn merge_pulses(types: usize, mut pulses: Vec<Pulse>) -> Result<Vec<Pulse>, ProcessError> {
    for pulse in &pulses {
        if pulse.survival.len() != types {
            return Err(ProcessError::Length { field: "pulse.survival", got: pulse.survival.len(), expected: types });
        }
        check("pulse.survival", &pulse.survival, |p| (0.0..=1.0).contains(&p))?;
        check("pulse.time", &[pulse.time], |t| t >= 0.0 && t.is_finite())?;
    }
    pulses.sort_by(|a, b| a.time.total_cmp(&b.time));
    let mut merged: Vec<Pulse> = Vec::with_capacity(pulses.len());
    for pulse in pulses {
        match merged.last_mut() {
            Some(last) if last.time == pulse.time => {
                for (p, q) in last.survival.iter_mut().zip(&pulse.survival) {
                    *p *= q;
                }
            }
            _ => merged.push(pulse),
        }
    }
    Ok(merged)
}
