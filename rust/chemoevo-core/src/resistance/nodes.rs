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
