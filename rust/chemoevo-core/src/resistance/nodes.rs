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

/// Instants, increasing, with the weights that they have in a sum.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Instants {
    times: [f64; NODES.len()],
    weights: [f64; NODES.len()],
    number: usize,
}

impl Instants {
    /// The nodes between two times.
    pub(super) fn between(a: f64, b: f64) -> Self {
        let (middle, half) = (0.5 * (a + b), 0.5 * (b - a));
        let (times, weights) = (NODES.map(|node| middle + half * node), WEIGHTS.map(|weight| weight * half));
        Self { times, weights, number: NODES.len() }
    }

    /// One, of weight 1.
    pub(super) fn one(time: f64) -> Self {
        let mut found = Self { number: 1, ..Self::default() };
        (found.times[0], found.weights[0]) = (time, 1.0);
        found
    }

    pub(super) fn times(&self) -> &[f64] {
        &self.times[..self.number]
    }

    pub(super) fn weights(&self) -> &[f64] {
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
}
