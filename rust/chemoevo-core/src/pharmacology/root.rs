//! A zero between two points of different signs, by Chandrupatla's method (1997, Adv Eng Softw 28:145,
//! doi:10.1016/S0965-9978(96)00051-8): inverse quadratic interpolation where the three last values allow it, halving
//! elsewhere.

/// Steps, at most: halving alone takes fewer.
const STEPS: usize = 200;

/// Where `f` is zero between `low` and `high`, given its values there, of different signs: to the last digits.
pub(super) fn zero(f: impl Fn(f64) -> f64, low: (f64, f64), high: (f64, f64)) -> f64 {
    let ((mut a, mut fa), (mut b, mut fb)) = (high, low);
    let mut share = 0.5;
    for _ in 0..STEPS {
        let x = a + share * (b - a);
        let fx = f(x);
        let (c, fc);
        if (fx < 0.0) == (fa < 0.0) {
            (c, fc) = (a, fa);
        } else {
            (c, fc) = (b, fb);
            (b, fb) = (a, fa);
        }
        (a, fa) = (x, fx);
        let best = if fa.abs() < fb.abs() { a } else { b };
        let least = (2.0 * f64::EPSILON * best.abs() + f64::MIN_POSITIVE) / (b - a).abs();
        if least > 0.5 || fa == 0.0 || fb == 0.0 {
            return if fb == 0.0 {
                b
            } else if fa == 0.0 {
                a
            } else {
                best
            };
        }
        let (place, value) = ((a - b) / (c - b), (fa - fb) / (fc - fb));
        share = if value * value < place && (1.0 - value) * (1.0 - value) < 1.0 - place {
            fa / (fb - fa) * (fc / (fb - fc)) + (c - a) / (b - a) * (fa / (fc - fa)) * (fb / (fc - fb))
        } else {
            0.5
        };
        share = share.clamp(least, 1.0 - least);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::zero;
    use std::cell::Cell;

    fn ninth(x: f64) -> f64 {
        (x - 1.9).powi(9)
    }

    fn step(x: f64) -> f64 {
        if x < 0.3 { -1.0 } else { 1.0 }
    }

    fn tiny(x: f64) -> f64 {
        1e-300 * (x.exp() - 3.0)
    }

    fn falling(x: f64) -> f64 {
        (-40.0 * x).exp() - 1e-9
    }

    #[test]
    fn it_finds_zeros_of_any_shape() {
        type Function = fn(f64) -> f64;
        let functions: [(Function, f64, usize); 4] =
            [(ninth, 1.9, 200), (step, 0.3, 70), (tiny, 3.0_f64.ln(), 14), (falling, 1e9_f64.ln() / 40.0, 30)];
        for (f, want, most) in functions {
            for (a, b) in [(0.0, 2.0), (2.0, 0.0)] {
                let asked = Cell::new(0);
                let counted = |x| {
                    asked.set(asked.get() + 1);
                    f(x)
                };
                let got = zero(counted, (a, f(a)), (b, f(b)));
                assert!((got - want).abs() < 1e-14 || f(got) == 0.0, "{got} {want}");
                assert!(asked.get() <= most, "{} values", asked.get());
            }
        }
    }
}
