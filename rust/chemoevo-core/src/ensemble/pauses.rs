//! The instants at which every replicate pauses: observation times and pulses.

use crate::process::Pulse;
use std::cmp::Ordering;

/// One instant at which the run pauses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pause {
    pub(super) time: f64,
    pub(super) pulse: Option<usize>,
    pub(super) observation: Option<usize>,
    /// From this total a passage of the size before this pause can be excluded.
    pub(super) safe_total: u64,
}

/// Observation times and pulses in one order; a pulse acts before an observation at its instant.
pub(super) fn pauses(times: &[f64], pulses: &[Pulse]) -> Vec<Pause> {
    let end = times[times.len() - 1];
    let mut all: Vec<Pause> = pulses
        .iter()
        .enumerate()
        .filter(|(_, p)| p.time <= end)
        .map(|(index, p)| Pause { time: p.time, pulse: Some(index), observation: None, safe_total: 0 })
        .collect();
    // Pulses are in order of time, one per instant.
    let thinned = all.len();
    for (index, &time) in times.iter().enumerate() {
        match all[..thinned].binary_search_by(|p| p.time.partial_cmp(&time).unwrap_or(Ordering::Equal)) {
            Ok(pulse) => all[pulse].observation = Some(index),
            Err(_) => all.push(Pause { time, pulse: None, observation: Some(index), safe_total: 0 }),
        }
    }
    all.sort_by(|a, b| a.time.total_cmp(&b.time));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pulse_acts_before_an_observation_at_its_instant() {
        let pulses = [0.0, 2.0, 5.0].map(|time| Pulse { time, survival: vec![0.5] });
        let found = pauses(&[0.0, 1.0, 2.0, 3.0], &pulses);
        let expected = [(0.0, Some(0), Some(0)), (1.0, None, Some(1)), (2.0, Some(1), Some(2)), (3.0, None, Some(3))];
        assert_eq!(found, expected.map(|(time, pulse, observation)| Pause { time, pulse, observation, safe_total: 0 }));
    }
}
