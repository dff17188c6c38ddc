//! Linear equations `y' = J y` without negative entries off the diagonal, over a length of constant rates.
//!
//! With `s` the smallest entry of the diagonal, `N = J - s` has no negative entry at all, and
//!
//! ```text
//! y(h) = e^{s h} sum_k (h N)^k y(0) / k!
//! ```
//!
//! is a sum of nonnegative terms: nothing cancels, and what is many mutations away has its digits from the order on at which
//! it leaves 0. A method of fixed order must follow such a value, which grows as `t^m`, in steps of a few hundredths of the
//! time gone by. The length is divided so that terms rise and fall within some dozens of orders.
//!
//! D. Gross and D. R. Miller, The randomization technique as a modeling tool and solution procedure for transient Markov
//! processes, Operations Research 32:343, 1984 (doi:10.1287/opre.32.2.343), there for chains, whose columns sum to 0.

use super::AnalyticError;
use super::dop853::Stepper;

/// Largest sum of a column of `h N` in one series.
const REACH: f64 = 32.0;
/// Series in one length; what needs more is left to the steps of an ordinary method and its limits.
const MOST: f64 = 256.0;
/// The last two terms of a series against the sum, each: what follows falls faster than by halves.
const TOLERANCE: f64 = 1e-15;
/// Highest order of a series.
const ORDERS: usize = 2000;

/// Such a system.
pub(super) trait Linear {
    /// `out = (J - shift) y`.
    fn product(&mut self, y: &[f64], out: &mut [f64], shift: f64);

    /// The smallest entry of the diagonal, and the largest sum of a column of `N`.
    fn bounds(&self) -> (f64, f64);

    /// Multiplications in a product, about.
    fn cost(&self) -> u64;
}

/// Work space.
#[derive(Default)]
pub(super) struct Series {
    sum: Vec<f64>,
    term: Vec<f64>,
    next: Vec<f64>,
}

impl Series {
    /// Carries a nonnegative state over a length. False, with the state as it was, where that is not the way to go.
    pub(super) fn cross<L: Linear>(
        &mut self,
        system: &mut L,
        stepper: &mut Stepper<'_>,
        state: &mut [f64],
        length: f64,
    ) -> Result<bool, AnalyticError> {
        let (shift, spread) = system.bounds();
        let parts = (spread * length / REACH).ceil().max(1.0);
        if !(parts <= MOST && (shift * length).is_finite()) {
            return Ok(false);
        }
        let h = length / parts;
        self.sum.clear();
        self.sum.extend_from_slice(state);
        self.next.resize(state.len(), 0.0);
        for _ in 0..parts as usize {
            if !self.sum_up(system, stepper, (shift, spread), h)? {
                return Ok(false);
            }
            let scale = (shift * h).exp();
            self.sum.iter_mut().for_each(|y| *y *= scale);
        }
        state.copy_from_slice(&self.sum);
        Ok(true)
    }

    /// The sum of one series, from its first term; whether it ends.
    fn sum_up<L: Linear>(
        &mut self,
        system: &mut L,
        stepper: &mut Stepper<'_>,
        (shift, spread): (f64, f64),
        h: f64,
    ) -> Result<bool, AnalyticError> {
        self.term.clone_from(&self.sum);
        let mut zeros = self.sum.iter().filter(|y| **y == 0.0).count();
        let mut was_small = false;
        for order in 1..=ORDERS {
            stepper.count(system.cost())?;
            system.product(&self.term, &mut self.next, shift);
            let step = h / order as f64;
            let (mut is_small, mut now) = (order as f64 >= spread * h, 0);
            for (sum, term) in self.sum.iter_mut().zip(&mut self.next) {
                *term *= step;
                *sum += *term;
                is_small &= *term <= TOLERANCE * *sum;
                now += usize::from(*sum == 0.0);
            }
            std::mem::swap(&mut self.term, &mut self.next);
            if is_small && was_small && now == zeros {
                return Ok(true);
            }
            (was_small, zeros) = (is_small, now);
        }
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `y_0' = a y_0`, `y_i' = a y_i + r y_{i-1}`.
    struct Chain(f64, f64);

    impl Linear for Chain {
        fn product(&mut self, y: &[f64], out: &mut [f64], shift: f64) {
            for i in 0..y.len() {
                out[i] = (self.0 - shift) * y[i] + if i > 0 { self.1 * y[i - 1] } else { 0.0 };
            }
        }

        fn bounds(&self) -> (f64, f64) {
            (self.0.min(0.0), self.0 - self.0.min(0.0) + self.1)
        }

        fn cost(&self) -> u64 {
            1
        }
    }

    #[test]
    fn what_is_far_away_has_its_digits() {
        for (a, r, t) in [(0.01, 1e-8, 3000.0), (-2.0, 0.5, 60.0), (0.3, 2.0, 100.0), (0.0, 1e-9, 0.01)] {
            let mut state = [0.0; 20];
            state[0] = 3.0;
            let keep = || false;
            let mut stepper = Stepper::new(20, &keep);
            assert_eq!(Series::default().cross(&mut Chain(a, r), &mut stepper, &mut state, t), Ok(true));
            let mut want = 3.0 * f64::exp(a * t);
            for (i, &y) in state.iter().enumerate() {
                assert!((y - want).abs() <= 1e-12 * want, "{a} {r} {t} {i}: {y:e} {want:e}");
                want *= r * t / (i + 1) as f64;
            }
        }
    }

    #[test]
    fn what_takes_too_long_is_left_as_it_was() {
        let keep = || false;
        let mut state = [1.0, 0.0];
        let mut stepper = Stepper::new(2, &keep);
        assert_eq!(Series::default().cross(&mut Chain(1.0, 1.0), &mut stepper, &mut state, 1e6), Ok(false));
        assert_eq!(state, [1.0, 0.0]);
        let stop = || true;
        let mut stepper = Stepper::new(2, &stop);
        let end =
            (0..1000).find_map(|_| Series::default().cross(&mut Chain(0.1, 0.1), &mut stepper, &mut state, 1.0).err());
        assert_eq!(end, Some(AnalyticError::Interrupted));
    }
}
