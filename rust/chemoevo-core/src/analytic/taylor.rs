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

use super::coupling::{Block, Coupling, FIRST, LANES, framed};
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
/// Fewer types than these are taken one after the other where a step needs many slopes.
const FEW: usize = 5;

/// The rates of one interval and the work space of the series of all types, in blocks of types.
pub(super) struct Taylor {
    types: usize,
    orders: usize,
    /// Largest total rate of a type.
    fastest: f64,
    is_coupled: bool,
    is_loaded: bool,
    mutation: Coupling,
    switching: Coupling,
    rates: Vec<Rates>,
    /// `w_k` of all types, a block after the other, the orders of a block side by side.
    terms: Vec<Block>,
    /// Coefficients of `Q`, as `terms`.
    slopes: Vec<Block>,
    /// Sum of the series.
    sum: Vec<Block>,
    /// The coefficients of one order of all presences, and those of the next; at order 0 also of all absences. In frames.
    presence: Vec<f64>,
    next: Vec<f64>,
    absence: Vec<f64>,
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
    /// Whether some unknown is absence.
    has_absence: bool,
}

impl Taylor {
    pub(super) fn new(types: usize) -> Self {
        Self::of_order(types, ORDERS)
    }

    /// With series of at most so many orders.
    pub(super) fn of_order(types: usize, most: usize) -> Self {
        let blocks = types.div_ceil(LANES);
        let block = |orders: usize| vec![[0.0; LANES]; blocks * orders];
        Self {
            types,
            orders: most,
            fastest: 0.0,
            is_coupled: false,
            is_loaded: false,
            mutation: Coupling::default(),
            switching: Coupling::default(),
            rates: vec![Rates { sign: [1.0; LANES], ..Rates::default() }; blocks],
            terms: block(most + 1),
            slopes: block(most + 1),
            sum: block(1),
            presence: framed(types),
            next: framed(types),
            absence: framed(types),
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
        let (mut fastest, mut coupled) = ([0.0; LANES], [0.0; LANES]);
        let (births, deaths) = (process.births(interval).chunks(LANES), process.deaths(interval).chunks(LANES));
        for ((rates, birth), death) in self.rates.iter_mut().zip(births).zip(deaths) {
            rates.birth[..birth.len()].copy_from_slice(birth);
            rates.death[..death.len()].copy_from_slice(death);
            for l in 0..LANES {
                let total = rates.birth[l] + rates.death[l] + rates.switching[l];
                let founded = rates.birth[l] * rates.mutation[l] + rates.switching[l];
                fastest[l] = if total > fastest[l] { total } else { fastest[l] };
                coupled[l] = if founded > coupled[l] { founded } else { coupled[l] };
            }
        }
        self.fastest = fastest.into_iter().fold(0.0, f64::max);
        self.is_coupled = coupled.iter().any(|c| *c > 0.0);
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

    /// Multiplications in the slopes of all types, about.
    pub(super) fn cost_of_slopes(&self) -> u64 {
        (self.mutation.cost() + self.switching.cost() + 8 * self.types) as u64
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
            let tolerance = if was_small { TOLERANCE } else { 10.0 * TOLERANCE };
            let is_small = match order {
                0 => self.recur::<true>(0, h, tolerance),
                _ => self.recur::<false>(order, h / (order + 1) as f64, tolerance),
            };
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
    pub(super) fn term(&self, order: usize, out: &mut [f64]) {
        let blocks = self.terms.iter().skip(order).step_by(self.orders + 1);
        for (out, block) in out[..self.types].chunks_mut(LANES).zip(blocks) {
            out.copy_from_slice(&block[..out.len()]);
        }
    }

    /// The tables of mutation and switching of the interval.
    pub(super) fn tables(&self) -> (&Coupling, &Coupling) {
        (&self.mutation, &self.switching)
    }

    /// Derivatives of all unknowns by the time left, in the sense that `sense` said.
    pub(super) fn slopes(&mut self, value: &[f64], out: &mut [f64]) {
        if self.types < FEW {
            return self.slopes_of_few(value, out);
        }
        self.frame(value);
        let given = (&self.presence[..], &self.absence[..]);
        let blocks = self.rates.iter().zip(value.chunks(LANES)).zip(out.chunks_mut(LANES));
        for (block, ((rates, value), out)) in blocks.enumerate() {
            let mut v = [0.0; LANES];
            v[..value.len()].copy_from_slice(value);
            let (mut acc, slope) = halves::<true>(rates, &v, &product::<true>(&self.mutation, block, rates, given));
            if !self.switching.is_empty() {
                let switched = product::<true>(&self.switching, block, rates, given);
                for l in 0..LANES {
                    acc[l] += switched[l] - rates.switching[l] * v[l];
                }
            }
            for l in 0..LANES {
                acc[l] += v[l] * slope[l];
            }
            out.copy_from_slice(&acc[..out.len()]);
        }
    }

    /// The same, one type after the other: a block would be empty for the most part.
    fn slopes_of_few(&mut self, value: &[f64], out: &mut [f64]) {
        let rates = &self.rates[0];
        for (l, &v) in value.iter().enumerate() {
            let pair = if rates.sign[l] < 0.0 { (1.0 - v, v) } else { (v, 1.0 - v) };
            (self.presence[FIRST + l], self.absence[FIRST + l]) = pair;
        }
        for (l, (&v, out)) in value.iter().zip(out).enumerate() {
            let is_absence = rates.sign[l] < 0.0;
            let (given, bend) = if is_absence {
                (&self.absence, rates.death[l])
            } else {
                (&self.presence, rates.birth[l] - rates.death[l])
            };
            let own = bend - rates.birth[l] * v;
            let mutants = rates.birth[l] * (self.mutation.row(l, given) - rates.mutation[l] * v);
            let switched = self.switching.row(l, given) - rates.switching[l] * v;
            let (rest, slope) = if is_absence { (own, mutants - own) } else { (mutants, own - mutants) };
            *out = rest + switched + v * slope;
        }
    }

    /// Whether the unknown of every type is its absence.
    pub(super) fn sense(&mut self, is_absence: &[bool]) {
        for (rates, is_absence) in self.rates.iter_mut().zip(is_absence.chunks(LANES)) {
            for (sign, &is_absence) in rates.sign.iter_mut().zip(is_absence) {
                *sign = if is_absence { -1.0 } else { 1.0 };
            }
            rates.has_absence = rates.sign.iter().any(|s| *s < 0.0);
        }
    }

    /// Presence and absence of all types.
    fn frame(&mut self, value: &[f64]) {
        let (presence, _) = self.presence[FIRST..].as_chunks_mut::<LANES>();
        let (absence, _) = self.absence[FIRST..].as_chunks_mut::<LANES>();
        let blocks = self.rates.iter().zip(presence).zip(absence).zip(value.chunks(LANES));
        for (((rates, presence), absence), value) in blocks {
            let mut v = [0.0; LANES];
            v[..value.len()].copy_from_slice(value);
            (*presence, *absence) = (v, v.map(|v| 1.0 - v));
            if rates.has_absence {
                for l in 0..LANES {
                    if rates.sign[l] < 0.0 {
                        (presence[l], absence[l]) = (absence[l], presence[l]);
                    }
                }
            }
        }
    }

    fn start(&mut self, value: &[f64], is_absence: &[bool]) {
        self.sense(is_absence);
        self.frame(value);
        let blocks = self.sum.iter_mut().zip(self.terms.chunks_exact_mut(self.orders + 1)).zip(value.chunks(LANES));
        for ((sum, terms), value) in blocks {
            sum[..value.len()].copy_from_slice(value);
            terms[0] = *sum;
        }
    }

    /// The term after `order` and its contribution to the sum; whether it is within a tolerance of every value, and of its
    /// distance to 1. `step` is the length over the order of the new term. What other types contribute,
    /// `sum_j u_ij v_j` and `sum_j s_ij v_j`, is taken in the sense of `i`.
    fn recur<const IS_FIRST: bool>(&mut self, order: usize, step: f64, tolerance: f64) -> bool {
        let mut excess = [f64::NEG_INFINITY; LANES];
        let histories = self.terms.chunks_exact_mut(self.orders + 1).zip(self.slopes.chunks_exact_mut(self.orders + 1));
        let (next, _) = self.next[FIRST..].as_chunks_mut::<LANES>();
        let given = (&self.presence[..], &self.absence[..]);
        let blocks = self.rates.iter().zip(&mut self.sum).zip(histories).zip(next);
        for (block, (((rates, sum), (terms, slopes)), next)) in blocks.enumerate() {
            let v = terms[order];
            let mutants = product::<IS_FIRST>(&self.mutation, block, rates, given);
            let (mut acc, slope) = halves::<IS_FIRST>(rates, &v, &mutants);
            slopes[order] = slope;
            if !self.switching.is_empty() {
                let switched = product::<IS_FIRST>(&self.switching, block, rates, given);
                for l in 0..LANES {
                    acc[l] += switched[l] - rates.switching[l] * v[l];
                }
            }
            for (v, q) in terms[..=order].iter().zip(slopes[..=order].iter().rev()) {
                for l in 0..LANES {
                    acc[l] += v[l] * q[l];
                }
            }
            let (mut total, mut presence) = (*sum, [0.0; LANES]);
            for l in 0..LANES {
                acc[l] *= step;
                total[l] += acc[l];
                presence[l] = rates.sign[l] * acc[l];
                let value = total[l].abs();
                let room = 1.0 - value;
                let over = acc[l].abs() - tolerance * if value < room { value } else { room };
                excess[l] = if over > excess[l] { over } else { excess[l] };
            }
            (*sum, *next, terms[order + 1]) = (total, presence, acc);
        }
        std::mem::swap(&mut self.presence, &mut self.next);
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

/// `P` and `Q` of a block, of one order.
#[inline(always)]
fn halves<const IS_FIRST: bool>(rates: &Rates, v: &Block, mutants: &Block) -> (Block, Block) {
    let (mut rest, mut slope) = ([0.0; LANES], [0.0; LANES]);
    for l in 0..LANES {
        let mut own = -(rates.birth[l] * v[l]);
        if IS_FIRST {
            own += if rates.sign[l] < 0.0 { rates.death[l] } else { rates.birth[l] - rates.death[l] };
        }
        let mutants = rates.birth[l] * (mutants[l] - rates.mutation[l] * v[l]);
        slope[l] = rates.sign[l] * (own - mutants);
        rest[l] = if rates.sign[l] < 0.0 { own } else { mutants };
    }
    (rest, slope)
}

/// What other types contribute to a block, each in its sense: at order 0 from presence or absence, then from changes of
/// presence, of which those of absence are the opposite.
#[inline(always)]
fn product<const IS_FIRST: bool>(
    table: &Coupling,
    block: usize,
    rates: &Rates,
    (presence, absence): (&[f64], &[f64]),
) -> Block {
    let mut out = table.block(block, presence);
    if rates.has_absence {
        let absent = if IS_FIRST { table.block(block, absence) } else { out.map(|x| -x) };
        for l in 0..LANES {
            out[l] = if rates.sign[l] < 0.0 { absent[l] } else { out[l] };
        }
    }
    out
}

#[cfg(test)]
mod tests;
