//! Gauss-Legendre quadrature with five nodes on (-1, 1), exact for polynomials of degree 9 (Davis & Rabinowitz 1984, Methods of
//! Numerical Integration, 2nd ed., section 2.7).

pub(super) const NODES: [f64; 5] =
    [-0.906_179_845_938_664, -0.538_469_310_105_683_1, 0.0, 0.538_469_310_105_683_1, 0.906_179_845_938_664];
pub(super) const WEIGHTS: [f64; 5] = [
    0.236_926_885_056_189_08,
    0.478_628_670_499_366_47,
    0.568_888_888_888_888_9,
    0.478_628_670_499_366_47,
    0.236_926_885_056_189_08,
];

/// What the second half of (-1, 1) holds more than the first: exact for polynomials of degree 4.
const SKEW: [f64; 5] =
    [-0.218_178_266_960_709_33, -0.561_389_936_223_199_5, 0.0, 0.561_389_936_223_199_5, 0.218_178_266_960_709_33];
/// What the rule gives more than that with the outer nodes and the middle, which is exact to degree 3.
const ROUGH: [f64; 5] = [
    -0.169_001_992_039_777_34,
    0.478_628_670_499_366_47,
    -0.619_253_356_919_178_4,
    0.478_628_670_499_366_47,
    -0.169_001_992_039_777_34,
];

/// What the polynomial through values at the nodes has at -1.
const BEFORE: [f64; 5] = [
    1.551_408_049_094_313,
    -0.893_158_392_000_071_7,
    0.533_333_333_333_333_3,
    -0.267_941_652_223_387_5,
    0.076_358_661_795_812_9,
];

/// What values at the nodes say of a function between two times: its integral, what of it the second half holds more than the
/// first, and by how much the integral differs from that of a rule of degree three by three of the nodes.
pub(super) type Sums = [f64; 3];

/// Adds a value at an instant to sums.
#[inline]
pub(super) fn add_to(sums: &mut Sums, weights: &Sums, value: f64) {
    for (sum, weight) in sums.iter_mut().zip(weights) {
        *sum += weight * value;
    }
}

/// Instants, increasing, with the weights that they have in sums.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Instants {
    times: [f64; NODES.len()],
    weights: [Sums; NODES.len()],
    number: usize,
}

impl Instants {
    /// The nodes between two times.
    pub(super) fn between(a: f64, b: f64) -> Self {
        let (middle, half) = (0.5 * (a + b), 0.5 * (b - a));
        let times = NODES.map(|node| middle + half * node);
        let weights = std::array::from_fn(|k| [WEIGHTS[k] * half, SKEW[k] * half, ROUGH[k] * half]);
        Self { times, weights, number: NODES.len() }
    }

    /// The same nodes, for what their polynomial has at the first of the two times.
    pub(super) fn before(a: f64, b: f64) -> Self {
        let mut found = Self::between(a, b);
        for (weights, before) in found.weights.iter_mut().zip(BEFORE) {
            *weights = [before, 0.0, 0.0];
        }
        found
    }

    /// From a time to the first node of a cell that begins there.
    pub(super) fn gap(a: f64, b: f64) -> f64 {
        0.5 * (b - a) * (1.0 + NODES[0])
    }

    /// Two nodes between two times, for an integral alone, exact for polynomials of degree 3.
    pub(super) fn few(a: f64, b: f64) -> Self {
        let (middle, half) = (0.5 * (a + b), 0.5 * (b - a));
        let mut found = Self { number: 2, ..Self::default() };
        for (k, side) in [-1.0, 1.0].into_iter().enumerate() {
            found.times[k] = middle + side * half / 3.0_f64.sqrt();
            found.weights[k] = [half, 0.0, 0.0];
        }
        found
    }

    /// One, of weight 1.
    pub(super) fn one(time: f64) -> Self {
        let mut found = Self { number: 1, ..Self::default() };
        (found.times[0], found.weights[0]) = (time, [1.0, 0.0, 0.0]);
        found
    }

    pub(super) fn times(&self) -> &[f64] {
        &self.times[..self.number]
    }

    pub(super) fn weights(&self) -> &[Sums] {
        &self.weights[..self.number]
    }
}

/// A number at each of some instants.
pub(super) type AtEach = [f64; NODES.len()];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rule_is_exact_to_degree_nine() {
        for degree in 0..10 {
            let got: f64 = NODES.iter().zip(WEIGHTS).map(|(x, w)| w * x.powi(degree)).sum();
            let want = if degree % 2 == 0 { 2.0 / f64::from(degree + 1) } else { 0.0 };
            assert!((got - want).abs() < 1e-15, "{degree}");
        }
    }

    #[test]
    fn skew_is_exact_to_degree_four() {
        for degree in 0..5 {
            let got: f64 = NODES.iter().zip(SKEW).map(|(x, w)| w * x.powi(degree)).sum();
            let want = if degree % 2 == 1 { 2.0 / f64::from(degree + 1) } else { 0.0 };
            assert!((got - want).abs() < 1e-15, "{degree}: {got}");
        }
    }

    #[test]
    fn what_is_before_the_nodes_is_exact_to_degree_four() {
        for degree in 0..5 {
            let got: f64 = NODES.iter().zip(BEFORE).map(|(x, w)| w * x.powi(degree)).sum();
            assert!((got - (-1.0_f64).powi(degree)).abs() < 1e-14, "{degree}: {got}");
        }
    }

    #[test]
    fn rough_is_nothing_to_degree_three_and_something_beyond() {
        for degree in 0..4 {
            let got: f64 = NODES.iter().zip(ROUGH).map(|(x, w)| w * x.powi(degree)).sum();
            assert!(got.abs() < 1e-15, "{degree}: {got}");
        }
        // Of x^4 the rule has 2/5, the one of three nodes two thirds of the square of the outer node.
        let got: f64 = NODES.iter().zip(ROUGH).map(|(x, w)| w * x.powi(4)).sum();
        assert!((got - (0.4 - 2.0 / 3.0 * NODES[4] * NODES[4])).abs() < 1e-15, "{got}");
    }
}
