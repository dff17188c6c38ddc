//! Mean counts, and the expected number of mutations and switches: the forward equations.
//!
//! ```text
//! m_j' = (b_j - d_j - b_j sum_k u_jk - sum_k s_jk) m_j + sum_i (b_i u_ij + s_ij) m_i,
//! e'   = sum_i (b_i sum_k u_ik + sum_k s_ik) m_i
//! ```
//!
//! They are linear and exact for independent cells. With competition the same equations, with `b` and `d` under the
//! crowding of `m` itself, are those of the *mean field*: the limit of large populations, in which counts no longer
//! fluctuate (Kurtz 1970, doi:10.2307/3212147), and an approximation of the mean.

use super::AnalyticError;
use super::dop853::{Stepper, System};
use super::network::Network;
use super::walk::{Equations, check, walk};
use crate::process::{ActsOn, Competition, Process};

/// Mean counts and expected special events at some times.
#[derive(Clone, Debug, PartialEq)]
pub struct Means {
    /// Mean counts of shape (times, types).
    pub counts: Vec<f64>,
    /// Expected number of mutations and switches from 0 to every time.
    pub special_events: Vec<f64>,
}

/// Mean counts at increasing times (days) from an initial composition; a pulse acts before an observation at its instant.
/// With competition they are those of the mean field.
///
/// # Errors
/// [`AnalyticError`] where an argument is out of range, a mean exceeds 1e290 or too many steps are needed.
pub fn mean_counts(
    process: &Process,
    initial: &[f64],
    times: &[f64],
    poll: &dyn Fn() -> bool,
) -> Result<Means, AnalyticError> {
    check(process, initial, times)?;
    let mut forward = Forward::new(process.competition(), process.types(), times.len());
    let mut state: Vec<f64> = initial.iter().copied().chain([0.0]).collect();
    walk(&mut forward, process, &mut state, times, poll)?;
    Ok(forward.out)
}

struct Forward<'a> {
    network: Network,
    competition: Option<&'a Competition>,
    crowding: Vec<f64>,
    /// Largest rate of the system, where competition adds to those of the network.
    fastest: f64,
    out: Means,
}

impl<'a> Forward<'a> {
    fn new(competition: Option<&'a Competition>, types: usize, times: usize) -> Self {
        let out = Means { counts: Vec::with_capacity(types * times), special_events: Vec::with_capacity(times) };
        Self { network: Network::default(), competition, crowding: vec![0.0; types], fastest: 0.0, out }
    }
}

impl Equations for Forward<'_> {
    fn load(&mut self, process: &Process, interval: usize) {
        self.network.load(process, interval);
    }

    fn cross(&mut self, stepper: &mut Stepper<'_>, state: &mut [f64], length: f64) -> Result<(), AnalyticError> {
        if self.competition.is_none() && self.network.is_decoupled() {
            for (m, net) in state.iter_mut().zip(&self.network.net) {
                if *m > 0.0 {
                    *m *= (net * length).exp();
                }
            }
            return self.accepted(state);
        }
        self.fastest = self.network.fastest + self.crowded_rate(state);
        stepper.advance(self, state, length)
    }

    fn thin(&self, state: &mut [f64], survival: &[f64]) {
        for (m, p) in state.iter_mut().zip(survival) {
            *m *= p;
        }
    }

    fn record(&mut self, state: &[f64]) -> Result<(), AnalyticError> {
        let (events, counts) = state.split_last().expect("the state holds the events");
        self.out.counts.extend_from_slice(counts);
        self.out.special_events.push(*events);
        Ok(())
    }
}

impl Forward<'_> {
    /// The largest rate that crowding adds in a state.
    fn crowded_rate(&mut self, y: &[f64]) -> f64 {
        let Some(competition) = self.competition else { return 0.0 };
        let n = &self.network;
        competition.crowding(&y[..n.net.len()], &mut self.crowding);
        n.net.iter().zip(&self.crowding).fold(0.0, |most: f64, (net, x)| most.max(net.max(0.0) * x))
    }
}

impl System for Forward<'_> {
    fn slope(&mut self, y: &[f64], dy: &mut [f64]) {
        let n = &self.network;
        let k = n.net.len();
        dy.fill(0.0);
        if let Some(competition) = self.competition {
            competition.crowding(&y[..k], &mut self.crowding);
        }
        for i in 0..k {
            if y[i] == 0.0 {
                continue;
            }
            // Net growth, and the share of divisions that crowding leaves.
            let (mut net, mut dividing) = (n.net[i], 1.0);
            if let Some(competition) = self.competition.filter(|_| net > 0.0) {
                let (birth, death) = competition.rates(n.birth[i], n.death[i], self.crowding[i]);
                net = birth - death;
                if competition.acts_on() == ActsOn::Birth {
                    dividing = birth / n.birth[i];
                }
            }
            let mut leaving = 0.0;
            let mutations = n.mutation.row(i).map(|(j, rate)| (j, rate * dividing));
            for (j, rate) in mutations.chain(n.switching.row(i)) {
                dy[j] += rate * y[i];
                leaving += rate;
            }
            dy[i] += (net - leaving) * y[i];
            dy[k] += leaving * y[i];
        }
    }

    fn room(&self, _: f64) -> f64 {
        f64::INFINITY
    }

    fn fastest(&self) -> f64 {
        self.fastest
    }

    fn accepted(&mut self, y: &mut [f64]) -> Result<(), AnalyticError> {
        if y.iter().all(|m| *m < 1e290) { Ok(()) } else { Err(AnalyticError::Overflow) }
    }

    fn cost(&self) -> u64 {
        self.network.cost()
    }

    /// Only with competition can a positive state stay as it is.
    fn settles(&self) -> bool {
        self.competition.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::{Pulse, SparseRates};

    fn close(got: f64, want: f64, tolerance: f64) {
        assert!((got - want).abs() <= tolerance * want.abs(), "{got:e} {want:e}");
    }

    #[test]
    fn mutants_of_a_growing_parent() {
        // m_S = n e^{a t}, m_R = n b u (e^{a t} - e^{c t})/(a - c) with a = b(1 - u) - d
        let (b, d, u, br, dr) = (0.5f64, 0.2f64, 1e-3f64, 0.4f64, 0.3f64);
        let p = Process::new(
            2,
            vec![],
            vec![b, br],
            vec![d, dr],
            SparseRates::new(2, &[(0, 1)], vec![u]),
            SparseRates::none(2),
            vec![Pulse { time: 20.0, survival: vec![1e-3, 0.5] }],
        )
        .unwrap();
        let m = mean_counts(&p, &[100.0, 0.0], &[0.0, 10.0, 20.0], &|| false).unwrap();
        let (a, c) = (b * (1.0 - u) - d, br - dr);
        let mutants = |t: f64| 100.0 * b * u * ((a * t).exp() - (c * t).exp()) / (a - c);
        assert_eq!(&m.counts[..2], &[100.0, 0.0]);
        close(m.counts[2], 100.0 * (10.0 * a).exp(), 1e-10);
        close(m.counts[3], mutants(10.0), 1e-10);
        close(m.counts[4], 0.1 * (20.0 * a).exp(), 1e-10);
        close(m.counts[5], 0.5 * mutants(20.0), 1e-10);
        for (events, t) in m.special_events.iter().zip([0.0, 10.0, 20.0]) {
            close(*events, 100.0 * b * u * (a * t).exp_m1() / a, 1e-10);
        }
    }

    #[test]
    fn overflow_is_said() {
        let none = || SparseRates::none(1);
        let p = Process::new(1, vec![], vec![1.0], vec![0.0], none(), none(), vec![]).unwrap();
        assert_eq!(mean_counts(&p, &[1.0], &[700.0], &|| false), Err(AnalyticError::Overflow));
        assert!(mean_counts(&p, &[-1.0], &[1.0], &|| false).is_err());
        assert!(mean_counts(&p, &[1.0], &[f64::NAN], &|| false).is_err());
    }
}
