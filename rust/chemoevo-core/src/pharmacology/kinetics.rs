//! Linear mammillary disposition: a central compartment, elimination from it, and up to two peripheral
//! compartments that exchange with it only.
//!
//! A unit bolus gives the concentration `C(t) = sum_i A_i exp(-lambda_i t)` (Gibaldi & Perrier 1982,
//! Pharmacokinetics, 2nd ed., chapter 2). With `k10 = CL/V1`, `k1j = Qj/V1` and `kj1 = Qj/Vj` the Laplace
//! transform is `1/(V1 F(s))` with `F(s) = s + k10 + sum_j k1j s/(s + kj1)`, so
//!
//! * the exponents are the zeros of `g(x) = k10/x - 1 - sum_j k1j/(kj1 - x)`, which falls from `+inf`
//!   to `-inf` between consecutive poles `0, kj1, ...`: exactly one zero a gap and one beyond the last;
//! * the coefficients are `A_i = (1/V1) / (1 + sum_j k1j kj1/(kj1 - lambda_i)^2)`, all positive.
//!
//! Each zero is held as its distance from the nearer pole and found by bisection over the bits of that
//! distance: 64 steps end at the last digit at any magnitude, and `kj1 - lambda_i` never cancels.

/// Most exponents a disposition can have.
pub(super) const MAX: usize = 3;

/// What is wrong with the parameters of a disposition.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum KineticsError {
    /// A parameter is not a finite number in its range.
    #[error("{field} must be {rule}; got {value}")]
    Range {
        /// The parameter.
        field: &'static str,
        /// Its range.
        rule: &'static str,
        /// The value.
        value: f64,
    },
    /// More than two peripheral compartments.
    #[error("at most two peripheral compartments; got {0}")]
    Compartments(usize),
    /// More stages of absorption than can be followed.
    #[error("at most {most} stages of absorption; got {got}")]
    Stages {
        /// How many there can be.
        most: usize,
        /// How many there are.
        got: usize,
    },
    /// An effect compartment that follows a compartment that is not there.
    #[error("source must be 0 (plasma) or the number of one of {metabolites} metabolites; got {got}")]
    Source {
        /// Number of metabolites.
        metabolites: usize,
        /// The source.
        got: usize,
    },
}

/// Response of the central concentration to a unit bolus: a sum of one to three falling exponentials.
#[derive(Clone, Debug, PartialEq)]
pub struct Disposition {
    volume: f64,
    coefficients: Vec<f64>,
    exponents: Vec<f64>,
    /// `(k1j, kj1)` of every peripheral compartment with an exchange, by increasing `kj1`.
    exchange: Vec<(f64, f64)>,
    /// `kj1 - lambda_i` of every exponent and every one of these.
    distances: Vec<Vec<f64>>,
}

impl Disposition {
    /// From clearance (L/h), central volume (L) and peripheral compartments (intercompartmental clearance L/h,
    /// volume L). A peripheral compartment without exchange is left out; two with one return rate act as one.
    ///
    /// # Errors
    /// [`KineticsError`] where a clearance or volume is not positive and finite, an exchange is negative, or
    /// there are more than two peripheral compartments.
    pub fn new(clearance: f64, volume: f64, peripherals: &[(f64, f64)]) -> Result<Self, KineticsError> {
        if peripherals.len() >= MAX {
            return Err(KineticsError::Compartments(peripherals.len()));
        }
        positive("clearance", clearance)?;
        positive("volume", volume)?;
        let k10 = positive("clearance/volume", clearance / volume)?;
        let mut exchange: Vec<(f64, f64)> = Vec::new();
        for &(q, v) in peripherals {
            not_negative("exchange", q)?;
            positive("peripheral volume", v)?;
            if q > 0.0 {
                let (k1j, kj1) = (positive("exchange/volume", q / volume)?, positive("exchange/volume", q / v)?);
                match exchange.iter_mut().find(|e| e.1 == kj1) {
                    Some(twin) => twin.0 += k1j,
                    None => exchange.push((k1j, kj1)),
                }
            }
        }
        exchange.sort_by(|a, b| a.1.total_cmp(&b.1));
        let system = System { k10, exchange };
        let (mut coefficients, mut exponents, mut distances) = (Vec::new(), Vec::new(), Vec::new());
        for gap in 0..=system.exchange.len() {
            let root = system.root(gap);
            exponents.push(system.pole(root.origin) + root.offset);
            coefficients.push(system.weight(root) / volume);
            distances.push((0..system.exchange.len()).map(|j| system.distance(j, root)).collect());
        }
        Ok(Self { volume, coefficients, exponents, exchange: system.exchange, distances })
    }

    /// Coefficients `A_i` in 1/L, in the order of the exponents; they sum to 1/V1.
    #[must_use]
    pub fn coefficients(&self) -> &[f64] {
        &self.coefficients
    }

    /// Exponents `lambda_i` in 1/h, increasing: the slowest phase first.
    #[must_use]
    pub fn exponents(&self) -> &[f64] {
        &self.exponents
    }

    /// `(A_i, lambda_i)` of every phase.
    pub(super) fn phases(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        self.coefficients.iter().copied().zip(self.exponents.iter().copied())
    }

    /// Response of the central concentration to a unit in the peripheral compartment that returns at a rate nearest to
    /// this, less the response to a unit in the central one, phase by phase: what moving a unit there changes.
    pub(super) fn moved_out(&self, return_rate: f64) -> Vec<f64> {
        let off = |j: usize| (self.exchange[j].1 / return_rate).ln().abs();
        let nearest = (0..self.exchange.len()).min_by(|&a, &b| off(a).total_cmp(&off(b)));
        let phases = self.coefficients.iter().zip(&self.exponents).zip(&self.distances);
        // A_i kj1/(kj1 - lambda_i) - A_i.
        nearest.map_or_else(Vec::new, |j| phases.map(|((a, l), distance)| a * l / distance[j]).collect())
    }

    /// Amounts in the central and the peripheral compartments, when each phase has this share of the concentration.
    ///
    /// Terms of both signs: an amount that is nearly none has lost digits, and is never below 0.
    pub(super) fn amounts(&self, shares: &[f64]) -> Vec<f64> {
        let central = self.volume * shares.iter().sum::<f64>();
        let side = |j: usize| {
            let held = shares.iter().zip(&self.distances).map(|(x, distance)| x * self.exchange[j].0 / distance[j]);
            (self.volume * held.sum::<f64>()).max(0.0)
        };
        std::iter::once(central).chain((0..self.exchange.len()).map(side)).collect()
    }

    /// Shares of the phases in the concentration, from as many amounts as [`Self::amounts`] gives.
    pub(super) fn shares(&self, amounts: &[f64]) -> Vec<f64> {
        let share = |(a, distance): (&f64, &Vec<f64>)| {
            let sides = self.exchange.iter().zip(distance).zip(&amounts[1..]);
            a * (amounts[0] + sides.map(|((e, d), amount)| amount * e.1 / d).sum::<f64>())
        };
        self.coefficients.iter().zip(&self.distances).map(share).collect()
    }
}

pub(super) fn positive(field: &'static str, value: f64) -> Result<f64, KineticsError> {
    if value > 0.0 && value.is_finite() {
        Ok(value)
    } else {
        Err(KineticsError::Range { field, rule: "> 0 and finite", value })
    }
}

pub(super) fn not_negative(field: &'static str, value: f64) -> Result<f64, KineticsError> {
    if value >= 0.0 && value.is_finite() {
        Ok(value)
    } else {
        Err(KineticsError::Range { field, rule: ">= 0 and finite", value })
    }
}

/// `pole(origin) + offset`: a zero of `g` seen from the nearer pole.
#[derive(Clone, Copy)]
struct Root {
    origin: usize,
    offset: f64,
}

struct System {
    k10: f64,
    /// `(k1j, kj1)`, sorted by distinct `kj1`.
    exchange: Vec<(f64, f64)>,
}

impl System {
    /// Pole 0 is at zero, pole `j` at the `j`-th return rate.
    fn pole(&self, index: usize) -> f64 {
        if index == 0 { 0.0 } else { self.exchange[index - 1].1 }
    }

    /// `kj1 - x`, exact where the pole `j` is the origin.
    fn distance(&self, j: usize, x: Root) -> f64 {
        if x.origin == j + 1 { -x.offset } else { (self.exchange[j].1 - self.pole(x.origin)) - x.offset }
    }

    fn g(&self, x: Root) -> f64 {
        let outflow: f64 = (0..self.exchange.len()).map(|j| self.exchange[j].0 / self.distance(j, x)).sum();
        // k10/x - 1, without cancellation where elimination is as fast as a return rate.
        ((self.k10 - self.pole(x.origin)) - x.offset) / (self.pole(x.origin) + x.offset) - outflow
    }

    fn weight(&self, x: Root) -> f64 {
        let sum: f64 = (0..self.exchange.len())
            .map(|j| {
                let d = self.distance(j, x);
                (self.exchange[j].0 / d) * (self.exchange[j].1 / d)
            })
            .sum();
        1.0 / (1.0 + sum)
    }

    /// The zero between pole `gap` and the next, or beyond the last.
    fn root(&self, gap: usize) -> Root {
        let last = gap == self.exchange.len();
        let width = if last {
            self.k10 + self.exchange.iter().map(|e| e.0).sum::<f64>()
        } else {
            self.pole(gap + 1) - self.pole(gap)
        };
        let middle = Root { origin: gap, offset: 0.5 * width };
        // g falls: a positive value at the middle puts the zero beyond it, nearer to the next pole.
        if !last && self.g(middle) > 0.0 {
            let size = bisect_bits(width, |d| self.g(Root { origin: gap + 1, offset: -d }) < 0.0);
            Root { origin: gap + 1, offset: -size }
        } else {
            let size = bisect_bits(width, |d| self.g(Root { origin: gap, offset: d }) > 0.0);
            Root { origin: gap, offset: size }
        }
    }
}

/// Largest double in `(0, upper]` for which `below` holds, `below` being true before some point and false after.
///
/// Positive doubles are ordered as their bits.
fn bisect_bits(upper: f64, below: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (1u64, upper.to_bits());
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if below(f64::from_bits(middle)) {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::from_bits(low)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(d: &Disposition, clearance: f64, volume: f64) {
        let sum: f64 = d.coefficients().iter().sum();
        let area: f64 = d.coefficients().iter().zip(d.exponents()).map(|(a, l)| a / l).sum();
        assert!((sum * volume - 1.0).abs() < 1e-13, "sum of coefficients {sum}");
        assert!((area * clearance - 1.0).abs() < 1e-13, "area {area}");
        assert!(d.exponents().windows(2).all(|w| w[0] < w[1]));
        assert!(d.coefficients().iter().all(|&a| a > 0.0));
    }

    #[test]
    fn one_compartment_is_elimination() {
        let d = Disposition::new(3.0, 6.0, &[]).unwrap();
        assert!((d.exponents()[0] - 0.5).abs() < 1e-15);
        check(&d, 3.0, 6.0);
    }

    #[test]
    fn two_compartments_solve_the_quadratic() {
        let (cl, v, k12, k21) = (8.38, 15.4, 0.135, 0.215);
        let d = Disposition::new(cl, v, &[(k12 * v, k12 * v / k21)]).unwrap();
        let (k10, s) = (cl / v, cl / v + k12 + k21);
        let root = (s * s - 4.0 * k10 * k21).sqrt();
        assert!((d.exponents()[1] - 0.5 * (s + root)).abs() < 1e-14);
        assert!((d.exponents()[0] - 0.5 * (s - root)).abs() < 1e-14);
        check(&d, cl, v);
    }

    #[test]
    fn published_half_lives_of_docetaxel() {
        let d = Disposition::new(44.1, 8.9, &[(6.1, 7.3), (14.4, 388.0)]).unwrap();
        let half: Vec<f64> = d.exponents().iter().map(|l| std::f64::consts::LN_2 / l).collect();
        for (got, want) in half.iter().zip([24.8, 0.93, 0.09]) {
            assert!((got / want - 1.0).abs() < 0.06, "{got} {want}");
        }
        check(&d, 44.1, 8.9);
    }

    #[test]
    fn amounts_and_shares_are_each_others_inverse() {
        // Carboplatin, 800 mg over 1 h, at its end (Ekhart et al. 2009): computed elsewhere with 50 digits.
        let d = Disposition::new(8.38, 15.4, &[(0.135 * 15.4, 0.135 * 15.4 / 0.215)]).unwrap();
        let amounts = d.amounts(&[4.655_677_702, 33.221_362_09]);
        for (got, want) in amounts.iter().zip([583.306_412_7, 40.571_913_9]) {
            assert!((got / want - 1.0).abs() < 3e-8, "{got} {want}");
        }
        let deep = Disposition::new(44.1, 8.9, &[(6.1, 7.3), (14.4, 388.0)]).unwrap();
        let back = deep.amounts(&deep.shares(&[10.0, 3.0, 50.0]));
        for (got, want) in back.iter().zip([10.0, 3.0, 50.0]) {
            assert!((got / want - 1.0).abs() < 1e-12);
        }
        // Nothing is gained at once by moving a unit out, but the central concentration loses 1/V1.
        let moved: f64 = deep.moved_out(14.4 / 388.0).iter().sum();
        assert!((moved * 8.9 + 1.0).abs() < 1e-12);
    }

    #[test]
    fn extreme_parameters_keep_their_digits() {
        for (cl, v, p) in [
            (1e-9, 1.0, vec![(1e3, 1e6), (1e-3, 1e5)]),
            (1e6, 1e-3, vec![(1e-6, 1e6), (1e3, 1e-3)]),
            (1.0, 1.0, vec![(1.0, 1.0), (1.0, 1.0 + 1e-12)]),
            (1.0, 1.0, vec![(1e-12, 1e-12), (1e-60, 1.0)]),
        ] {
            check(&Disposition::new(cl, v, &p).unwrap(), cl, v);
        }
    }

    #[test]
    fn twins_and_dead_compartments_are_lumped() {
        let one = Disposition::new(5.0, 10.0, &[(4.0, 8.0)]).unwrap();
        assert_eq!(Disposition::new(5.0, 10.0, &[(1.0, 2.0), (3.0, 6.0)]).unwrap(), one);
        assert_eq!(Disposition::new(5.0, 10.0, &[(4.0, 8.0), (0.0, 6.0)]).unwrap(), one);
    }

    #[test]
    fn wrong_parameters_are_refused() {
        for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(Disposition::new(bad, 1.0, &[]).is_err());
            assert!(Disposition::new(1.0, bad, &[]).is_err());
            assert!(Disposition::new(1.0, 1.0, &[(1.0, bad)]).is_err());
        }
        assert!(Disposition::new(1.0, 1.0, &[(-1.0, 1.0)]).is_err());
        assert!(Disposition::new(1.0, 1.0, &[(1.0, 1.0); 3]).is_err());
    }
}
