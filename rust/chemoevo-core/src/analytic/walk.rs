//! The way forward through a schedule, from an initial composition past observations: what means and moments share.

use super::AnalyticError;
use super::dop853::Stepper;
use super::network::stretches;
use crate::process::Process;

/// Forward equations of which a state is followed.
pub(super) trait Equations {
    /// Takes over the rates of an interval.
    fn load(&mut self, process: &Process, interval: usize);

    /// Solves over a length of constant rates, which may be 0.
    fn cross(&mut self, stepper: &mut Stepper<'_>, state: &mut [f64], length: f64) -> Result<(), AnalyticError>;

    /// Lets cells of every type survive a pulse with its probability.
    fn thin(&self, state: &mut [f64], survival: &[f64]);

    /// Keeps an observation.
    fn record(&mut self, state: &[f64]) -> Result<(), AnalyticError>;
}

/// Whether there are finite numbers >= 0 of every type, and times (days) that do not decrease.
pub(super) fn check(process: &Process, initial: &[f64], times: &[f64]) -> Result<(), AnalyticError> {
    let expected = process.types();
    if initial.len() != expected {
        return Err(AnalyticError::Length { field: "initial", got: initial.len(), expected });
    }
    if let Some(&value) = initial.iter().find(|n| !(n.is_finite() && **n >= 0.0)) {
        return Err(AnalyticError::Range { field: "initial", value });
    }
    let mut before = 0.0;
    for &value in times {
        if !(value.is_finite() && value >= before) {
            return Err(AnalyticError::Range { field: "times", value });
        }
        before = value;
    }
    Ok(())
}

/// Follows a state from 0 to the last of the times, which were checked; a pulse acts before an observation at its instant.
pub(super) fn walk<E: Equations>(
    equations: &mut E,
    process: &Process,
    state: &mut [f64],
    times: &[f64],
    poll: &dyn Fn() -> bool,
) -> Result<(), AnalyticError> {
    let mut stepper = Stepper::new(state.len(), poll);
    let mut next = times.iter().peekable();
    let go_on = || if poll() { Err(AnalyticError::Interrupted) } else { Ok(()) };
    for part in stretches(process, times.last().copied().unwrap_or(0.0)) {
        equations.load(process, part.interval);
        let mut now = part.from;
        // Observations inside the stretch; those at its end wait for a pulse or a change there.
        while let Some(&&time) = next.peek().filter(|t| ***t < part.to) {
            go_on()?;
            equations.cross(&mut stepper, state, time - now)?;
            equations.record(state)?;
            now = time;
            next.next();
        }
        go_on()?;
        equations.cross(&mut stepper, state, part.to - now)?;
        if let Some(pulse) = part.pulse {
            equations.thin(state, &process.pulses()[pulse].survival);
        }
    }
    next.try_for_each(|_| equations.record(state))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::{Pulse, SparseRates};

    /// Notes what happens to it; the state is the time.
    #[derive(Default)]
    struct Diary(Vec<String>);

    impl Equations for Diary {
        fn load(&mut self, _: &Process, interval: usize) {
            self.0.push(format!("load {interval}"));
        }
        fn cross(&mut self, _: &mut Stepper<'_>, state: &mut [f64], length: f64) -> Result<(), AnalyticError> {
            state[0] += length;
            Ok(())
        }
        fn thin(&self, state: &mut [f64], survival: &[f64]) {
            state[1] += survival[0];
        }
        fn record(&mut self, state: &[f64]) -> Result<(), AnalyticError> {
            self.0.push(format!("{} {}", state[0], state[1]));
            if state[0] < 9.0 { Ok(()) } else { Err(AnalyticError::Overflow) }
        }
    }

    fn process() -> Process {
        let none = || SparseRates::none(1);
        let pulses = [0.0, 1.5].map(|time| Pulse { time, survival: vec![0.5] }).to_vec();
        Process::new(1, vec![1.0], vec![1.0; 2], vec![0.0; 2], none(), none(), pulses).unwrap()
    }

    #[test]
    fn observations_come_after_pulses_and_changes_at_their_instant() {
        let mut diary = Diary::default();
        let times = [0.0, 0.25, 1.0, 1.5, 1.5, 2.0];
        walk(&mut diary, &process(), &mut [0.0, 0.0], &times, &|| false).unwrap();
        let want = ["load 0", "load 0", "0 0.5", "0.25 0.5", "load 1", "1 0.5", "load 1", "1.5 1", "1.5 1", "2 1"];
        assert_eq!(diary.0, want);
    }

    #[test]
    fn an_observation_may_fail_and_none_is_no_failure() {
        let end = walk(&mut Diary::default(), &process(), &mut [0.0, 0.0], &[2.0, 10.0, 11.0], &|| false);
        assert_eq!(end, Err(AnalyticError::Overflow));
        assert_eq!(walk(&mut Diary::default(), &process(), &mut [0.0, 0.0], &[], &|| false), Ok(()));
    }

    #[test]
    fn wrong_arguments_are_said() {
        let p = process();
        assert_eq!(check(&p, &[1.0], &[0.0, 1.0, 1.0]), Ok(()));
        let range = |field, value| Err(AnalyticError::Range { field, value });
        assert_eq!(check(&p, &[-1.0], &[1.0]), range("initial", -1.0));
        assert_eq!(check(&p, &[f64::INFINITY], &[1.0]), range("initial", f64::INFINITY));
        assert_eq!(check(&p, &[1.0], &[2.0, 1.0]), range("times", 1.0));
        assert_eq!(check(&p, &[1.0], &[-1.0]), range("times", -1.0));
        assert!(check(&p, &[1.0], &[f64::NAN]).is_err() && check(&p, &[f64::NAN], &[1.0]).is_err());
        let length = AnalyticError::Length { field: "initial", got: 2, expected: 1 };
        assert_eq!(check(&p, &[1.0, 1.0], &[1.0]), Err(length));
    }
}
