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
use super::coupling::{Coupling, FIRST, LANES, framed};
use super::dop853::{Stepper, System};
use super::uniformization::{Linear, Series};
use super::walk::{Equations, check, walk};
use crate::process::{Competition, Given, Process, SparseRates};

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
    let mut forward = Forward::new(process, times.len());
    let mut state: Vec<f64> = initial.iter().copied().chain([0.0]).collect();
    walk(&mut forward, process, &mut state, times, poll)?;
    Ok(forward.out)
}

struct Forward<'a> {
    competition: Option<&'a Competition>,
    crowding: Vec<f64>,
    rates: Vec<Rates>,
    mutation: Arrivals,
    switching: Arrivals,
    series: Series,
    /// Largest total rate of a type, and that of the system, to which competition adds.
    total: f64,
    fastest: f64,
    out: Means,
}

/// The rates of a type; mutation is a probability.
#[derive(Clone, Copy)]
struct Rates {
    birth: f64,
    death: f64,
    /// What crowding acts on.
    given: Given,
    mutation: f64,
    switching: f64,
}

impl Rates {
    /// Mutations and switches without crowding.
    fn leaving(&self) -> f64 {
        self.birth * self.mutation + self.switching
    }
}

/// What comes to a type by transitions of one kind: the table from the targets' side, and what it is multiplied with.
struct Arrivals {
    table: SparseRates,
    coupling: Coupling,
    sources: Vec<f64>,
}

impl Arrivals {
    fn new(table: &SparseRates, types: usize, intervals: usize) -> Self {
        let intervals = if table.is_constant() { 1 } else { intervals };
        let entries = || (0..types).flat_map(|from| table.row(0, from).map(move |(to, _)| (to, from))).enumerate();
        let mut order: Vec<_> = entries().collect();
        order.sort_unstable_by_key(|e| e.1);
        let mut values = Vec::with_capacity(intervals * order.len());
        for interval in 0..intervals {
            let known: Vec<f64> = (0..types).flat_map(|from| table.row(interval, from).map(|e| e.1)).collect();
            values.extend(order.iter().map(|e| known[e.0]));
        }
        let pairs: Vec<_> = order.into_iter().map(|e| e.1).collect();
        let table = SparseRates::new(types, &pairs, values);
        Self { table, coupling: Coupling::default(), sources: framed(types) }
    }
}

impl<'a> Forward<'a> {
    fn new(process: &'a Process, times: usize) -> Self {
        let (types, intervals) = (process.types(), process.intervals());
        Self {
            competition: process.competition(),
            crowding: vec![0.0; types],
            rates: Vec::with_capacity(types),
            mutation: Arrivals::new(process.mutation(), types, intervals),
            switching: Arrivals::new(process.switching(), types, intervals),
            series: Series::default(),
            total: 0.0,
            fastest: 0.0,
            out: Means { counts: Vec::with_capacity(types * times), special_events: Vec::with_capacity(times) },
        }
    }
}

impl Equations for Forward<'_> {
    fn load(&mut self, process: &Process, interval: usize) {
        let types = process.types();
        self.rates.clear();
        self.rates.extend((0..types).map(|i| Rates {
            birth: process.birth(interval, i),
            death: process.death(interval, i),
            given: process.given(interval, i),
            mutation: process.mutation().row_sum(interval, i),
            switching: process.switching().row_sum(interval, i),
        }));
        self.total = self.rates.iter().fold(0.0, |most, r| most.max(r.birth + r.death + r.switching));
        for arrivals in [&mut self.mutation, &mut self.switching] {
            arrivals.coupling.load(&arrivals.table, types, interval);
        }
    }

    fn cross(&mut self, stepper: &mut Stepper<'_>, state: &mut [f64], length: f64) -> Result<(), AnalyticError> {
        let founds = |r: &Rates| r.birth * r.mutation > 0.0 || r.switching > 0.0;
        if self.competition.is_none() && !self.rates.iter().any(founds) {
            for (m, rates) in state.iter_mut().zip(&self.rates) {
                if *m > 0.0 {
                    *m *= ((rates.birth - rates.death) * length).exp();
                }
            }
            return self.accepted(state);
        }
        if self.competition.is_none() {
            let mut series = std::mem::take(&mut self.series);
            let done = series.cross(self, stepper, state, length);
            self.series = series;
            if done? {
                return self.accepted(state);
            }
        }
        self.fastest = self.total + self.crowded_rate(state);
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
        competition.crowding(&y[..self.rates.len()], &mut self.crowding);
        let crowded = |r: &Rates, x: &f64| r.given.growth() * x;
        self.rates.iter().zip(&self.crowding).fold(0.0, |most: f64, (r, x)| most.max(crowded(r, x)))
    }
}

impl Linear for Forward<'_> {
    fn product(&mut self, y: &[f64], out: &mut [f64], shift: f64) {
        self.slope_above(y, out, shift);
    }

    /// The last entry is that of the events, of which none is lost.
    fn bounds(&self) -> (f64, f64) {
        let own = |r: &Rates| (r.birth - r.death - r.leaving(), r.leaving());
        let lowest = self.rates.iter().fold(0.0, |least: f64, r| least.min(own(r).0));
        (lowest, self.rates.iter().fold(-lowest, |most: f64, r| most.max(own(r).0 - lowest + 2.0 * own(r).1)))
    }

    fn cost(&self) -> u64 {
        System::cost(self)
    }
}

impl Forward<'_> {
    /// Derivatives, less a multiple of the state.
    fn slope_above(&mut self, y: &[f64], dy: &mut [f64], shift: f64) {
        let k = self.rates.len();
        if let Some(competition) = self.competition {
            competition.crowding(&y[..k], &mut self.crowding);
        }
        let (dividing, cells) = (&mut self.mutation.sources[FIRST..][..k], &mut self.switching.sources[FIRST..][..k]);
        let mut events = 0.0;
        for i in 0..k {
            // Net growth, and divisions of which a daughter may be a mutant, under crowding.
            let rates = &self.rates[i];
            let (mut net, mut divisions) = (rates.birth - rates.death, rates.birth);
            if let Some(competition) = self.competition {
                let (birth, death) = rates.given.under(competition, self.crowding[i]);
                (net, divisions) = (birth - death, birth);
            }
            let leaving = divisions * rates.mutation + rates.switching;
            dividing[i] = divisions * y[i];
            cells[i] = y[i];
            dy[i] = (net - leaving - shift) * y[i];
            events += leaving * y[i];
        }
        dy[k] = events - shift * y[k];
        for arrivals in [&self.mutation, &self.switching] {
            if arrivals.coupling.is_empty() {
                continue;
            }
            for (block, dy) in dy[..k].chunks_mut(LANES).enumerate() {
                let come = arrivals.coupling.block(block, &arrivals.sources);
                dy.iter_mut().zip(come).for_each(|(d, c)| *d += c);
            }
        }
    }
}

impl System for Forward<'_> {
    fn slope(&mut self, y: &[f64], dy: &mut [f64]) {
        self.slope_above(y, dy, 0.0);
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
        let products = self.mutation.coupling.cost() + self.switching.coupling.cost();
        (products + 8 * self.rates.len()) as u64
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
