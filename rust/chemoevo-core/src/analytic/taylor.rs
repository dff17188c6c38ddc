//! Taylor series of the backward equations over one step short against the time scale of the rates.
//!
//! With the unknown `v_i` of every type in its own sense (see `backward`), the right-hand side is quadratic:
//!
//! ```text
//! v' = P + S + v Q,   X = c - b v,   Y = sum_j b u_ij (v_j - v),   S = sum_j s_ij (v_j - v)
//! v = G:  P = Y, Q = X - Y        v = F:  P = X, Q = Y - X
//! ```
//!
//! so the coefficients follow from each other by one Cauchy product per type and order. All are scaled by powers of the
//! step, `w_k = v_k h^k`, so that `v(h)` is their sum. The order is what the step needs: the series ends with the second
//! term in a row that is small against every component. Where rates change every hour that is the sixth or so.
//!
//! An unknown that is exactly 0 leaves 0 at the order of its distance in mutations and switches, and the series goes on
//! while new ones do: every coefficient that lets one leave 0 is nonnegative, so an order that adds none is followed by none.
//!
//! A. Jorba and M. Zou, A software package for the numerical integration of ODEs by means of high-order Taylor
//! methods, Experimental Mathematics 14:99, 2005 (doi:10.1080/10586458.2005.10128904).

use super::coupling::Coupling;
use crate::process::Process;

/// Highest order of a series, where not more is asked for.
pub(super) const ORDERS: usize = 24;
/// Mutations for which there are so many orders more, where they are wanted.
pub(super) const FARTHEST: usize = 128;
/// Longest step for which a series is tried, in units of the fastest rate.
pub(super) const REACH: f64 = 1.0;
/// Last term of a series, and ten times less than the one before it, against the value.
const TOLERANCE: f64 = 1e-12;
/// Below this size a value is followed to this absolute error only.
const FLOOR: f64 = 1e-303;
/// Types taken together in registers.
const LANES: usize = 8;
type Block = [f64; LANES];

/// The rates of one interval and the work space of the series of all types, in blocks of types.
pub(super) struct Taylor {
    types: usize,
    orders: usize,
    blocks: usize,
    /// Largest total rate of a type.
    fastest: f64,
    is_coupled: bool,
    is_loaded: bool,
    mutation: Coupling,
    switching: Coupling,
    rates: Vec<Rates>,
    /// `w_k` of all types, order by order.
    terms: Vec<Block>,
    /// Coefficients of `Q`, order by order.
    slopes: Vec<Block>,
    /// Sum of the series, and its last term.
    sum: Vec<Block>,
    last: Vec<Block>,
    /// One coefficient of all presences; at order 0 also of all absences.
    presence: Vec<f64>,
    absence: Vec<f64>,
    mutants: Vec<f64>,
    switched: Vec<f64>,
}

/// Rates of a block of types.
#[derive(Clone, Copy, Default)]
struct Rates {
    birth: Block,
    death: Block,
    /// Sums of the mutation probabilities and of the switching rates.
    mutation: Block,
    switching: Block,
    /// 1 where the unknown is presence, -1 where it is absence.
    sign: Block,
    /// 1 where the unknown is presence, else 0.
    is_presence: Block,
    /// `c` of the sense of each type.
    bend: Block,
}

impl Taylor {
    pub(super) fn new(types: usize) -> Self {
        Self::of_order(types, ORDERS)
    }

    /// With series of at most so many orders.
    pub(super) fn of_order(types: usize, most: usize) -> Self {
        let blocks = types.div_ceil(LANES);
        let (block, lane) = (|orders: usize| vec![[0.0; LANES]; blocks * orders], || vec![0.0; blocks * LANES]);
        Self {
            types,
            orders: most,
            blocks,
            fastest: 0.0,
            is_coupled: false,
            is_loaded: false,
            mutation: Coupling::default(),
            switching: Coupling::default(),
            rates: vec![Rates::default(); blocks],
            terms: block(most + 1),
            slopes: block(most),
            sum: block(1),
            last: block(1),
            presence: lane(),
            absence: lane(),
            mutants: lane(),
            switched: lane(),
        }
    }

    /// Takes over the rates of an interval. All calls are for one process.
    pub(super) fn load(&mut self, process: &Process, interval: usize) {
        let k = self.types;
        let (mutation, switching) = (process.mutation(), process.switching());
        if !(self.is_loaded && mutation.is_constant() && switching.is_constant()) {
            self.mutation.load(mutation, k, interval);
            self.switching.load(switching, k, interval);
            for i in 0..k {
                let (rates, l) = (&mut self.rates[i / LANES], i % LANES);
                rates.mutation[l] = mutation.row_sum(interval, i);
                rates.switching[l] = switching.row_sum(interval, i);
            }
            self.is_loaded = true;
        }
        let (mut fastest, mut coupled) = (0.0f64, 0.0f64);
        let (births, deaths) = (process.births(interval).chunks(LANES), process.deaths(interval).chunks(LANES));
        for ((rates, birth), death) in self.rates.iter_mut().zip(births).zip(deaths) {
            for (l, (&b, &d)) in birth.iter().zip(death).enumerate() {
                (rates.birth[l], rates.death[l]) = (b, d);
                fastest = fastest.max(b + d + rates.switching[l]);
                coupled = coupled.max(b * rates.mutation[l] + rates.switching[l]);
            }
        }
        (self.fastest, self.is_coupled) = (fastest, coupled > 0.0);
    }

    /// Largest total rate of a type.
    pub(super) fn fastest(&self) -> f64 {
        self.fastest
    }

    /// Multiplications in a series, about.
    pub(super) fn cost(&self) -> u64 {
        let products = self.mutation.cost() + self.switching.cost() + ORDERS / 2 * self.types;
        (ORDERS / 2 * products) as u64
    }

    /// Whether some type founds cells of another.
    pub(super) fn is_coupled(&self) -> bool {
        self.is_coupled
    }

    /// The series over a step of length `h`, of either sign; its order, or None where it does not end in time.
    pub(super) fn expand(&mut self, value: &[f64], is_absence: &[bool], h: f64) -> Option<usize> {
        self.start(value, is_absence);
        let mut zeros = value.iter().filter(|v| **v == 0.0).count();
        let mut was_small = false;
        for order in 0..self.orders {
            self.couple(order);
            self.recur(order, h / (order + 1) as f64);
            let is_small = self.is_small(if was_small { TOLERANCE } else { 10.0 * TOLERANCE });
            let mut grows = false;
            if zeros > 0 {
                let now = self.end().iter().filter(|v| **v == 0.0).count();
                grows = now != zeros;
                zeros = now;
            }
            if is_small && was_small && !grows {
                return self.finish(value).then_some(order + 1);
            }
            was_small = is_small;
        }
        None
    }

    /// The values at the end of the step.
    pub(super) fn end(&self) -> &[f64] {
        &self.sum.as_flattened()[..self.types]
    }

    /// The term of an order, of all types.
    pub(super) fn term(&self, order: usize) -> &[f64] {
        &self.terms.as_flattened()[order * self.blocks * LANES..][..self.types]
    }

    /// The tables of mutation and switching of the interval.
    pub(super) fn tables(&self) -> (&Coupling, &Coupling) {
        (&self.mutation, &self.switching)
    }

    /// Derivatives of all presences by the time left.
    pub(super) fn slopes(&mut self, value: &[f64], is_absence: &[bool]) -> Vec<f64> {
        self.start(value, is_absence);
        self.couple(0);
        self.recur(0, 1.0);
        self.presence[..self.types].to_vec()
    }

    fn start(&mut self, value: &[f64], is_absence: &[bool]) {
        self.terms.as_flattened_mut()[..self.types].copy_from_slice(value);
        self.sum.as_flattened_mut()[..self.types].copy_from_slice(value);
        for (i, (&v, &is_absence)) in value.iter().zip(is_absence).enumerate() {
            let other = 1.0 - v;
            (self.presence[i], self.absence[i]) = if is_absence { (other, v) } else { (v, other) };
            let (rates, l) = (&mut self.rates[i / LANES], i % LANES);
            rates.sign[l] = if is_absence { -1.0 } else { 1.0 };
            rates.is_presence[l] = f64::from(!is_absence);
            rates.bend[l] = if is_absence { rates.death[l] } else { rates.birth[l] - rates.death[l] };
        }
    }

    /// What other types contribute to one order, `sum_j u_ij v_j` and `sum_j s_ij v_j`, each in the sense of `i`.
    fn couple(&mut self, order: usize) {
        for (table, out) in [(&self.mutation, &mut self.mutants), (&self.switching, &mut self.switched)] {
            if table.is_empty() {
                continue;
            }
            table.apply(&self.presence, out);
            for (i, out) in out[..self.types].iter_mut().enumerate() {
                let sign = self.rates[i / LANES].sign[i % LANES];
                if order > 0 {
                    *out *= sign;
                } else if sign < 0.0 {
                    *out = table.row(i, &self.absence);
                }
            }
        }
    }

    /// The term after `order` and its contribution to the sum. `step` is the length over the order of the new term.
    fn recur(&mut self, order: usize, step: f64) {
        let n = self.blocks;
        let at = order * n;
        let bent = f64::from(order == 0);
        let (mutants, _) = self.mutants.as_chunks::<LANES>();
        let (switched, _) = self.switched.as_chunks::<LANES>();
        let (presence, _) = self.presence.as_chunks_mut::<LANES>();
        for block in 0..n {
            let (rates, mutants, switched) = (&self.rates[block], &mutants[block], &switched[block]);
            let v = self.terms[at + block];
            let (mut slope, mut acc) = ([0.0; LANES], [0.0; LANES]);
            for l in 0..LANES {
                let own = bent * rates.bend[l] - rates.birth[l] * v[l];
                let mutants = rates.birth[l] * (mutants[l] - rates.mutation[l] * v[l]);
                slope[l] = rates.sign[l] * (own - mutants);
                let first = rates.is_presence[l] * mutants + (1.0 - rates.is_presence[l]) * own;
                acc[l] = first + (switched[l] - rates.switching[l] * v[l]);
            }
            self.slopes[at + block] = slope;
            for j in 0..=order {
                let (v, q) = (&self.terms[j * n + block], &self.slopes[at - j * n + block]);
                for l in 0..LANES {
                    acc[l] += v[l] * q[l];
                }
            }
            let sum = &mut self.sum[block];
            for l in 0..LANES {
                acc[l] *= step;
                sum[l] += acc[l];
                presence[block][l] = rates.sign[l] * acc[l];
            }
            self.terms[at + n + block] = acc;
            self.last[block] = acc;
        }
    }

    /// Whether the last term is within a tolerance of every value, and of its distance to 1.
    fn is_small(&self, tolerance: f64) -> bool {
        let mut excess = [f64::NEG_INFINITY; LANES];
        for (term, sum) in self.last.iter().zip(&self.sum) {
            for l in 0..LANES {
                let value = sum[l].abs();
                let room = 1.0 - value;
                let over = term[l].abs() - tolerance * if value < room { value } else { room };
                excess[l] = if over > excess[l] { over } else { excess[l] };
            }
        }
        excess.iter().all(|e| *e <= FLOOR)
    }

    /// Whether the values are in range; rounding may leave 0 on the wrong side.
    fn finish(&mut self, value: &[f64]) -> bool {
        let mut in_range = true;
        for (end, &start) in self.sum.as_flattened_mut().iter_mut().zip(value) {
            if start == 0.0 && *end < 0.0 {
                *end = 0.0;
            }
            in_range &= (0.0..=1.0).contains(end);
        }
        in_range
    }
}

#[cfg(test)]
mod tests;
