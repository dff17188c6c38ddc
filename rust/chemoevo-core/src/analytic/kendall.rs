//! The closed form for a type that founds no others.
//!
//! D. G. Kendall, On the generalized "birth-and-death" process, Ann. Math. Statist. 19:1 (1948),
//! doi:10.1214/aoms/1177730285, here for constant rates and any starting point. The odds
//! `w = F/G` obey the linear equation `w' = d - (b - d) w` in the time to the horizon, so with `l = b - d`
//!
//! ```text
//! w(h) = e^{-lh} w(0) + d g,   g = (1 - e^{-lh})/l   (h where l = 0)
//! ```
//!
//! a sum of nonnegative terms: both `G = 1/(1 + w)` and `F = w/(1 + w)` keep their digits.

use super::two_sided::TwoSided;

/// Moves the pair of type `i` back over a stretch of length `h` with constant rates.
pub(super) fn step(state: &mut TwoSided, i: usize, birth: f64, death: f64, h: f64) {
    let l = birth - death;
    let x = l * h;
    let (g, f) = (state.presence(i), state.absence(i));
    // Numerator of G and of F, both scaled by e^{-|x|} where that is needed to stay finite.
    let decay = (-x.abs()).exp();
    let grown = if l == 0.0 { h } else { -(-x.abs()).exp_m1() / l.abs() };
    let (present, absent) =
        if x >= 0.0 { (g, decay * f + death * grown * g) } else { (g * decay, f + death * grown * g) };
    let total = present + absent;
    let is_absence = absent < present;
    state.value[i] = if is_absence { absent / total } else { present / total };
    state.is_absence[i] = is_absence;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(g: f64, b: f64, d: f64, h: f64) -> (f64, f64) {
        let mut s = TwoSided::new(&[g], &[1.0 - g]).unwrap();
        step(&mut s, 0, b, d, h);
        (s.presence(0), s.absence(0))
    }

    #[test]
    fn agrees_with_the_textbook_form_where_that_is_safe() {
        // P(N(t) = 0) = (d e^{lt} - d)/(b e^{lt} - d)
        let (b, d, t) = (1.0f64, 0.4f64, 3.0f64);
        let e = ((b - d) * t).exp();
        let want = (d * e - d) / (b * e - d);
        assert!((run(1.0, b, d, t).1 / want - 1.0).abs() < 1e-14);
        assert!((run(1.0, d, b, t).1 / ((b / e - b) / (d / e - b)) - 1.0).abs() < 1e-14);
    }

    #[test]
    fn degenerate_rates() {
        assert_eq!(run(1.0, 1.0, 0.0, 50.0), (1.0, 0.0));
        assert_eq!(run(0.3, 0.0, 0.0, 5.0), (0.3, 0.7));
        assert!((run(1.0, 0.0, 2.0, 10.0).0 / (-20.0f64).exp() - 1.0).abs() < 1e-14);
        assert!((run(1.0, 2.0, 2.0, 1e4).0 * (1.0 + 2e4) - 1.0).abs() < 1e-14);
        assert_eq!(run(0.0, 3.0, 1.0, 5.0), (0.0, 1.0));
        assert_eq!(run(0.25, 3.0, 1.0, 0.0), (0.25, 0.75));
        // rates x time of 1e4 and far beyond
        assert!((run(1.0, 2.0, 1.0, 1e4).0 - 0.5).abs() < 1e-15);
        assert_eq!(run(1.0, 1.0, 2.0, 1e6), (0.0, 1.0));
        assert!((run(1.0, 1.0, 1e-15, 30.0).1 / 1e-15 - 1.0).abs() < 1e-12);
    }
}
