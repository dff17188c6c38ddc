//! The backward equations of a process, stretch by stretch, last first.
//!
//! Of every type the smaller of `G` (presence) and `F = 1 - G` (absence) is the unknown `v`; either obeys
//!
//! ```text
//! v_i' = G_i (c_i - b_i v_i) + F_i sum_j b_i u_ij (v_j - v_i) + sum_j s_ij (v_j - v_i)
//! ```
//!
//! in the time left to the horizon, with `c_i = b_i - d_i` where `v = G` and `c_i = d_i` where `v = F`, and `v_j`
//! of the other types in the same sense as `v_i`. So survival of 1e-15 and extinction of 1e-15 are each followed
//! to their own relative error. Where no type founds cells of another the closed form is used. A stretch shorter than
//! the fastest time scale is crossed by one Taylor series, a longer one by the method of Dormand and Prince.

use super::dop853::{Stepper, System};
use super::network::{Network, stretches};
use super::taylor::{REACH, Taylor};
use super::{AnalyticError, TwoSided, kendall};
use crate::process::Process;

/// Solver of the backward equations of one process.
pub struct Backward<'a> {
    process: &'a Process,
    stepper: Stepper<'a>,
    taylor: Taylor,
    /// Longest stretch for a series, in units of the fastest rate.
    reach: f64,
    system: Complement,
}

impl<'a> Backward<'a> {
    /// A solver; `poll` is asked now and then whether to give up.
    #[must_use]
    pub fn new(process: &'a Process, poll: &'a dyn Fn() -> bool) -> Self {
        let k = process.types();
        Self {
            process,
            stepper: Stepper::new(k, poll),
            taylor: Taylor::new(k),
            reach: REACH,
            system: Complement::new(k),
        }
    }

    /// From the pair of every type at the horizon to the pair at time 0, before a pulse there, for every horizon (days).
    ///
    /// Pulses at the horizon act before it. Horizons in one stretch of constant rates share the way back to its start.
    ///
    /// # Errors
    /// [`AnalyticError`] where the process has competition, the lengths differ, a horizon is negative or not finite, or too many steps are needed.
    pub fn solve(&mut self, terminal: &TwoSided, horizons: &[f64]) -> Result<Vec<TwoSided>, AnalyticError> {
        if self.process.competition().is_some() {
            return Err(AnalyticError::Competition);
        }
        if terminal.len() != self.process.types() {
            return Err(AnalyticError::Length {
                field: "terminal",
                got: terminal.len(),
                expected: self.process.types(),
            });
        }
        if let Some(&value) = horizons.iter().find(|t| !(t.is_finite() && **t >= 0.0)) {
            return Err(AnalyticError::Range { field: "horizon", value });
        }
        let mut order: Vec<usize> = (0..horizons.len()).collect();
        order.sort_by(|&a, &b| horizons[a].total_cmp(&horizons[b]));
        let mut out = vec![terminal.clone(); horizons.len()];
        // The last stretch of the previous horizon: its start, and the solution there.
        let mut shared: Option<(f64, f64, TwoSided)> = None;
        for index in order {
            let mut way = stretches(self.process, horizons[index]);
            let last = way.pop().expect("a horizon has at least one stretch");
            let mut state = terminal.clone();
            match (&last.pulse, &shared) {
                (Some(pulse), _) => {
                    state.thin(&self.process.pulses()[*pulse].survival);
                    self.stretch(&mut state, last.interval, last.to - last.from)?;
                }
                (None, Some((from, to, known))) if *from == last.from => {
                    state.clone_from(known);
                    self.stretch(&mut state, last.interval, last.to - to)?;
                    shared = Some((last.from, last.to, state.clone()));
                }
                _ => {
                    self.stretch(&mut state, last.interval, last.to - last.from)?;
                    shared = Some((last.from, last.to, state.clone()));
                }
            }
            for part in way.iter().rev() {
                if let Some(pulse) = part.pulse {
                    state.thin(&self.process.pulses()[pulse].survival);
                }
                self.stretch(&mut state, part.interval, part.to - part.from)?;
            }
            out[index] = state;
        }
        Ok(out)
    }

    /// Back over a length of constant rates.
    fn stretch(&mut self, state: &mut TwoSided, interval: usize, length: f64) -> Result<(), AnalyticError> {
        if length <= 0.0 {
            return Ok(());
        }
        self.taylor.load(self.process, interval);
        if self.taylor.is_coupled() {
            TwoSided::settle(&mut state.value, &mut state.is_absence);
            if length * self.taylor.fastest() <= self.reach {
                self.stepper.count()?;
                if self.taylor.expand(&state.value, &state.is_absence, length).is_some() {
                    state.value.copy_from_slice(self.taylor.end());
                    return Ok(());
                }
            }
        }
        let network = &mut self.system.network;
        network.load(self.process, interval);
        if network.is_decoupled() {
            for i in 0..state.len() {
                kendall::step(state, i, network.birth[i], network.death[i], length);
            }
            return Ok(());
        }
        self.system.is_absence.clone_from(&state.is_absence);
        self.stepper.advance(&mut self.system, &mut state.value, length)?;
        state.is_absence.clone_from(&self.system.is_absence);
        Ok(())
    }

    /// Steps taken since the start.
    #[cfg(test)]
    pub(super) fn steps(&self) -> u64 {
        self.stepper.steps()
    }
}

/// The right-hand side, with the sense of every unknown.
struct Complement {
    network: Network,
    is_absence: Vec<bool>,
    /// Presence and absence of all types at a stage.
    presence: Vec<f64>,
    absence: Vec<f64>,
}

impl Complement {
    fn new(k: usize) -> Self {
        Self { network: Network::default(), is_absence: vec![false; k], presence: vec![0.0; k], absence: vec![0.0; k] }
    }
}

impl System for Complement {
    fn slope(&mut self, y: &[f64], dy: &mut [f64]) {
        let Self { network: n, is_absence, presence, absence } = self;
        for (i, &v) in y.iter().enumerate() {
            let other = 1.0 - v;
            (presence[i], absence[i]) = if is_absence[i] { (other, v) } else { (v, other) };
        }
        for (i, &v) in y.iter().enumerate() {
            let (same, bend) = if is_absence[i] { (&*absence, n.death[i]) } else { (&*presence, n.net[i]) };
            let mutants = n.mutation.dot(i, same) - n.mutation.sum[i] * v;
            let switched = n.switching.dot(i, same) - n.switching.sum[i] * v;
            dy[i] = presence[i] * (bend - n.birth[i] * v) + absence[i] * mutants + switched;
        }
    }

    fn room(&self, y: f64) -> f64 {
        1.0 - y
    }

    fn fastest(&self) -> f64 {
        self.network.fastest
    }

    fn accepted(&mut self, y: &mut [f64]) -> Result<(), AnalyticError> {
        TwoSided::settle(y, &mut self.is_absence);
        Ok(())
    }

    fn settles(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::{Pulse, SparseRates};

    fn keep() -> bool {
        false
    }

    fn solve(process: &Process, presence: &[f64], horizon: f64) -> TwoSided {
        let absence: Vec<f64> = presence.iter().map(|g| 1.0 - g).collect();
        let terminal = TwoSided::new(presence, &absence).unwrap();
        Backward::new(process, &keep).solve(&terminal, &[horizon]).unwrap().remove(0)
    }

    fn close(got: f64, want: f64, tolerance: f64) {
        assert!((got / want - 1.0).abs() <= tolerance, "{got:e} {want:e} {:e}", got / want - 1.0);
    }

    /// Three types under a strong therapy until day 28, and a pulse on day 30.
    fn therapy() -> Process {
        Process::new(
            3,
            vec![28.0],
            [0.14, 0.13, 0.1].repeat(2),
            vec![1.2, 1.0, 0.9, 0.13, 0.12, 0.12],
            SparseRates::new(3, &[(0, 1), (0, 2), (1, 2)], vec![1e-6, 1e-9, 1e-5]),
            SparseRates::new(3, &[(2, 1)], vec![1e-3]),
            vec![Pulse { time: 30.0, survival: vec![1e-3, 0.5, 1.0] }],
        )
        .unwrap()
    }

    // The reference values below come from Taylor series of the generating functions in 320-bit fixed-point numbers.

    #[test]
    fn survival_keeps_its_digits() {
        let p = therapy();
        let end = solve(&p, &[1.0; 3], 28.0);
        let want = [1.138_484_495_566_845_4e-13, 2.291_604_223_428_346_6e-11, 1.635_828_119_429_197e-10];
        (0..3).for_each(|i| close(end.presence(i), want[i], 1e-9));
        let late = solve(&p, &[1.0; 3], 40.0);
        let want = [6.299_411_127_685_275e-17, 5.719_211_447_047_008e-12, 6.651_149_223_437_688e-11];
        (0..3).for_each(|i| close(late.presence(i), want[i], 1e-9));
    }

    #[test]
    fn presence_of_a_double_mutant_and_a_pulse_at_the_horizon() {
        let end = solve(&therapy(), &[0.0, 0.0, 1.0], 30.0);
        let want = [7.274_919_208_180_76e-20, 2.200_218_340_444_999e-15, 1.325_226_393_148_387_1e-10];
        (0..3).for_each(|i| close(end.presence(i), want[i], 1e-9));
    }

    #[test]
    fn extinction_keeps_its_digits() {
        let p = Process::new(
            2,
            vec![],
            vec![1.0, 0.7],
            vec![1e-12, 3e-13],
            SparseRates::new(2, &[(0, 1)], vec![1e-2]),
            SparseRates::new(2, &[(1, 0)], vec![1e-3]),
            vec![],
        )
        .unwrap();
        let end = solve(&p, &[1.0; 2], 30.0);
        close(end.absence(0), 9.999_999_999_999_007e-13, 1e-9);
        close(end.absence(1), 4.293_865_902_664_559e-13, 1e-9);
    }

    #[test]
    fn no_death_is_no_extinction() {
        let s = SparseRates::new(2, &[(0, 1)], vec![0.1]);
        let p = Process::new(2, vec![], vec![1.0, 0.0], vec![0.0; 2], s, SparseRates::none(2), vec![]).unwrap();
        let end = solve(&p, &[1.0; 2], 100.0);
        assert_eq!((end.absence(0), end.absence(1)), (0.0, 0.0));
    }

    /// Five loci, forward mutations only, kill that decays after each dose of a three-weekly drug.
    fn lattice(segments: usize) -> Process {
        let (k, horizon) = (32, 200.0);
        let pairs: Vec<_> =
            (0..k).flat_map(|i| (0..5).filter(move |l| i >> l & 1 == 0).map(move |l| (i, i | 1 << l))).collect();
        let mut death = Vec::new();
        for m in 0..segments {
            let t = (m as f64 + 0.5) * horizon / segments as f64;
            let kill = 0.6 * (-(t % 21.0) / 2.0).exp();
            death.extend((0..k).map(|i: usize| 0.13 + kill * 0.2f64.powi(i.count_ones() as i32)));
        }
        let ends = (1..segments).map(|m| m as f64 * horizon / segments as f64).collect();
        let values = vec![1e-6; pairs.len()];
        let mutation = SparseRates::new(k, &pairs, values);
        Process::new(k, ends, vec![0.14; segments * k], death, mutation, SparseRates::none(k), vec![]).unwrap()
    }

    #[test]
    fn one_step_a_short_segment() {
        let p = lattice(500);
        let mut solver = Backward::new(&p, &keep);
        solver.solve(&TwoSided::indicator(&[true; 32]), &[200.0]).unwrap();
        assert!(solver.steps() < 560, "{}", solver.steps());
    }

    /// The series and the steps of DOP853 are two methods for one solution.
    #[test]
    fn series_and_steps_agree_on_hourly_segments() {
        let p = lattice(4800);
        for marked in [vec![true; 32], (0..32).map(|i| i == 31).collect()] {
            let terminal = TwoSided::indicator(&marked);
            let mut solver = Backward::new(&p, &keep);
            let series = solver.solve(&terminal, &[200.0]).unwrap().remove(0);
            assert_eq!(solver.steps(), 4800);
            let mut solver = Backward::new(&p, &keep);
            solver.reach = 0.0;
            let steps = solver.solve(&terminal, &[200.0]).unwrap().remove(0);
            (0..32).for_each(|i| close(series.presence(i), steps.presence(i), 2e-10));
        }
    }

    #[test]
    fn horizons_share_what_they_may() {
        let p = therapy();
        let terminal = TwoSided::indicator(&[false, false, true]);
        let times = [35.0, 0.0, 30.0, 29.0, 28.0, 5.0, 90.0];
        let together = Backward::new(&p, &keep).solve(&terminal, &times).unwrap();
        for (t, got) in times.iter().zip(&together) {
            let alone = solve(&p, &[0.0, 0.0, 1.0], *t);
            for i in 0..3 {
                let (a, b) = (got.presence(i), alone.presence(i));
                assert!((a - b).abs() <= 1e-9 * b, "{t} {i} {a:e} {b:e}");
            }
        }
    }

    #[test]
    fn rates_times_time_of_ten_thousand_stay_stable() {
        let s = SparseRates::new(2, &[(0, 1), (1, 0)], vec![1.0, 1.0]);
        let p = Process::new(2, vec![], vec![1.0; 2], vec![1.0; 2], SparseRates::none(2), s, vec![]).unwrap();
        let mut solver = Backward::new(&p, &keep);
        let end = solver.solve(&TwoSided::indicator(&[true; 2]), &[1e4]).unwrap().remove(0);
        close(end.presence(0), 1.0 / (1.0 + 1e4), 1e-9);
        assert!(solver.steps() < 10_000, "{}", solver.steps());
    }

    #[test]
    fn wrong_arguments_are_errors() {
        let p = therapy();
        let mut solver = Backward::new(&p, &keep);
        assert!(solver.solve(&TwoSided::indicator(&[true; 2]), &[1.0]).is_err());
        for t in [-1.0, f64::NAN, f64::INFINITY] {
            assert!(solver.solve(&TwoSided::indicator(&[true; 3]), &[t]).is_err());
        }
    }
}
