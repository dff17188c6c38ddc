//! Cells that leave their types by switching to others that do not move with them.
//!
//! Of `n` cells that leave at the rate `s`, as many leave within a step of `h` days as do at two instants, the nodes of
//! Gauss's rule at `c_1 h` and `c_2 h`, with the probabilities
//!
//! ```text
//! p_1 = q_1,   p_2 = q_2/(1 - q_1),   q_i in proportion to e^{-s c_i h},   q_1 + q_2 = 1 - e^{-s h}.
//! ```
//!
//! A cell is then left at the end with the probability `(1 - p_1)(1 - p_2) = e^{-s h}` that it has, and what the leavers
//! found elsewhere has the mean that the rule gives their integral, as mutants have. They are taken out as whole numbers,
//! and are the very cells that go on as founders: none is made, and none is lost.

use super::founders::NODES;

/// Probabilities that a cell leaves at the first and at the second node of a step, at the rate `rate` for `h` days.
pub fn leaving(rate: f64, h: f64) -> [f64; 2] {
    let x = rate * h;
    let [early, late] = NODES.map(|place| (-x * place).exp());
    let share = -(-x).exp_m1() / (early + late);
    [share * early, share * late / (1.0 - share * early)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_are_left_as_stay() {
        for x in [1e-12, 1e-3, 0.3, 1.0, 2.0] {
            let [first, second] = leaving(x / 0.7, 0.7);
            let left = first + second - first * second;
            assert!((left / -(-x).exp_m1() - 1.0).abs() < 1e-12, "{x}: {left}");
            // The rule itself, of weights s h/2 e^{-s c h}, is off by x^4/4320.
            assert!((first / (0.5 * x * (-x * NODES[0]).exp()) - 1.0).abs() < x.powi(4) / 1000.0 + 1e-12, "{x}");
        }
        assert_eq!(leaving(0.0, 1.0), [0.0, 0.0]);
    }
}
