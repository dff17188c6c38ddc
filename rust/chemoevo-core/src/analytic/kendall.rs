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

/// Presence below which its product with another small number may lose digits.
const FEWEST: f64 = 1e-280;

/// Moves the pair of type `i` back over a stretch of length `h` with constant rates.
pub(super) fn step(state: &mut TwoSided, i: usize, birth: f64, death: f64, h: f64) {
    let l = birth - death;
    let x = l * h;
    let (g, f) = (state.presence(i), state.absence(i));
    // Numerator of G and of F, both scaled by e^{-|x|} where that is needed to stay finite.
    let decay = (-x.abs()).exp();
    let grown = grown(l, h);
    let (present, absent) =
        if x >= 0.0 { (g, decay * f + death * grown * g) } else { (g * decay, f + death * grown * g) };
    let total = present + absent;
    if g == 0.0 || g < FEWEST && l > 0.0 || !(total > 0.0 && total < f64::INFINITY) {
        return extreme(state, i, (l, death), h);
    }
    let is_absence = absent < present;
    state.value[i] = if is_absence { absent / total } else { present / total };
    state.is_absence[i] = is_absence;
}

/// `(1 - e^{-|l| h})/|l|`; `h` where the product is so small that its digits end.
pub(super) fn grown(l: f64, h: f64) -> f64 {
    let x = (l * h).abs();
    if x < 1e-290 { h } else { -(-x).exp_m1() / l.abs() }
}

/// The same where a sum of the two would leave what floating-point numbers hold: presence is tiny and cells have grown by
/// more than 1e308, or cells turn over 1e308 times. The odds are taken apart: those of the start, in logarithms, and the
/// others, which are infinite where presence is below 1e-308 after all.
fn extreme(state: &mut TwoSided, i: usize, (l, death): (f64, f64), h: f64) {
    let (g, f) = (state.presence(i), state.absence(i));
    if g == 0.0 {
        // Nobody ever comes of nobody.
        (state.value[i], state.is_absence[i]) = (0.0, false);
        return;
    }
    let (first, gone) = if l >= 0.0 {
        // w = f/g e^{-lh} + d g
        (f.ln() - g.ln() - l * h, death * grown(l, h))
    } else {
        // w = (f/g + d (1 - e^{-|l|h})/|l|) e^{|l|h}, where l < 0 needs d > 0
        let rest = death * grown(l, h);
        ((f / g + rest).ln() - l * h, 0.0)
    };
    let odds = first.exp() + gone;
    state.is_absence[i] = odds < 1.0;
    state.value[i] = if odds < 1.0 { odds / (1.0 + odds) } else { 1.0 / (1.0 + odds) };
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
    fn beyond_what_numbers_hold() {
        // Nobody comes of nobody, however long that is.
        for (b, d, h) in
            [(33.0, 3.0, 1e5), (1e300, 0.0, 1e300), (1e300, 1e300, 1e300), (0.0, 1e300, 1e300), (2.0, 2.0, 1e308)]
        {
            assert_eq!(run(0.0, b, d, h), (0.0, 1.0), "{b} {d} {h}");
        }
        // The limit d/b, from however little.
        for g in [1.0, 1e-3, 1e-300, 5e-324] {
            let (present, absent) = run(g, 33.0, 3.0, 1e3);
            assert!(
                (absent * 11.0 - 1.0).abs() < 1e-13 && (present * 1.1 - 1.0).abs() < 1e-13,
                "{g:e}: {present} {absent}"
            );
        }
        // Half way there: w = e^{-lh}/g + d/l (1 - e^{-lh}).
        let (g, h) = (1e-300, 1e-2 + 300.0 * std::f64::consts::LN_10);
        let want = ((-h).exp() / 1e-300) + 0.5;
        let (present, absent) = run(g, 1.5, 0.5, h);
        assert!((absent / present / want - 1.0).abs() < 1e-11, "{present} {absent} {want}");
        // Critical and declining: presence below 1e-308 is 0.
        assert_eq!(run(1.0, 1e300, 1e300, 1e300), (0.0, 1.0));
        assert_eq!(run(0.5, 0.0, 1e300, 1e300), (0.0, 1.0));
        assert!((run(1.0, 1e300, 1e300, 1e-300).0 - 0.5).abs() < 1e-15);
        // Rates and times whose product is subnormal or 0.
        let (present, absent) = run(0.5, 1e-310, 1e-310, 1e308);
        assert!((absent / present - 1.01).abs() < 1e-4, "{present} {absent}");
        assert_eq!(run(0.5, 5e-324, 0.0, 1e-300), (0.5, 0.5));
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
