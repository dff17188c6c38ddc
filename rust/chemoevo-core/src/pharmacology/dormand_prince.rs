//! Runge-Kutta steps of order 5 with an estimate of their error of order 4 (Dormand & Prince 1980, J Comput Appl Math 6:19,
//! doi:10.1016/0771-050X(80)90013-3), for systems that are not stiff.

/// Times of the stages after the first, in steps; the last two are at the end.
pub(super) const NODES: [f64; 5] = [0.2, 0.3, 0.8, 8.0 / 9.0, 1.0];
/// Solution of order 5 less that of order 4: weights of all stages but the second.
const ERROR: [f64; 6] =
    [71.0 / 57600.0, -71.0 / 16695.0, 71.0 / 1920.0, -17253.0 / 339_200.0, 22.0 / 525.0, -1.0 / 40.0];

/// A step tried: where it leads, the derivative there, and an estimate of its error.
pub(super) struct Tried<const N: usize> {
    pub(super) state: [f64; N],
    pub(super) derivative: [f64; N],
    pub(super) error: [f64; N],
}

/// One step of length `h` from a state and its derivative, under what drives the system at the [`NODES`].
pub(super) fn step<const N: usize>(
    f: impl Fn(f64, &[f64; N]) -> [f64; N],
    drives: &[f64; 5],
    state: &[f64; N],
    first: &[f64; N],
    h: f64,
) -> Tried<N> {
    let second = f(drives[0], &moved(state, h, [0.2], [first]));
    let third = f(drives[1], &moved(state, h, [3.0 / 40.0, 9.0 / 40.0], [first, &second]));
    let weights = [44.0 / 45.0, -56.0 / 15.0, 32.0 / 9.0];
    let fourth = f(drives[2], &moved(state, h, weights, [first, &second, &third]));
    let weights = [19372.0 / 6561.0, -25360.0 / 2187.0, 64448.0 / 6561.0, -212.0 / 729.0];
    let fifth = f(drives[3], &moved(state, h, weights, [first, &second, &third, &fourth]));
    let weights = [9017.0 / 3168.0, -355.0 / 33.0, 46732.0 / 5247.0, 49.0 / 176.0, -5103.0 / 18656.0];
    let sixth = f(drives[4], &moved(state, h, weights, [first, &second, &third, &fourth, &fifth]));
    let weights = [35.0 / 384.0, 500.0 / 1113.0, 125.0 / 192.0, -2187.0 / 6784.0, 11.0 / 84.0];
    let reached = moved(state, h, weights, [first, &third, &fourth, &fifth, &sixth]);
    let derivative = f(drives[4], &reached);
    let error = moved(&[0.0; N], h, ERROR, [first, &third, &fourth, &fifth, &sixth, &derivative]);
    Tried { state: reached, derivative, error }
}

/// `state + h sum_k weights_k stages_k`.
#[inline]
fn moved<const N: usize, const M: usize>(
    state: &[f64; N],
    h: f64,
    weights: [f64; M],
    stages: [&[f64; N]; M],
) -> [f64; N] {
    std::array::from_fn(|i| {
        let mut sum = 0.0;
        for k in 0..M {
            sum += weights[k] * stages[k][i];
        }
        state[i] + h * sum
    })
}

#[cfg(test)]
mod tests {
    use super::{NODES, step};

    /// A circle, and a polynomial of time that order 5 follows exactly.
    fn f(t: f64, y: &[f64; 3]) -> [f64; 3] {
        [-y[1], y[0], 5.0 * t.powi(4)]
    }

    #[test]
    fn it_has_order_five() {
        let off = |steps: usize| {
            let h = 1.0 / steps as f64;
            let mut y = [1.0, 0.0, 0.0];
            for _ in 0..steps {
                y = step(f, &NODES.map(|node| node * h), &y, &f(0.0, &y), h).state;
            }
            (y[0] - 1.0_f64.cos()).hypot(y[1] - 1.0_f64.sin())
        };
        let order = (off(8) / off(16)).log2();
        assert!((4.8..5.5).contains(&order), "{order}");
        let once = step(f, &NODES.map(|node| node * 2.0), &[1.0, 0.0, 0.0], &[0.0, 1.0, 0.0], 2.0).state;
        assert!((once[2] - 32.0).abs() < 1e-12, "{}", once[2]);
    }

    #[test]
    fn the_error_is_that_of_order_four() {
        let start = [1.0, 0.0, 0.0];
        let error = |h: f64| step(f, &NODES.map(|node| node * h), &start, &f(0.0, &start), h).error[0].abs();
        let order = (error(0.2) / error(0.1)).log2();
        assert!((4.7..6.5).contains(&order), "{order}");
    }
}
