//! Concentration after any number of boluses and infusions, in closed form by superposition.
//!
//! The doses cut time into stretches of constant input. In a stretch of input rate `R` that starts at `t0` each
//! exponential of the disposition carries `x_i(t) = x_i(t0) e^{-lambda_i h} + A_i R h phi(lambda_i h)`, with
//! `h = t - t0` and `phi(y) = (1 - e^{-y})/y` formed by `expm1`; the concentration is `sum_i x_i`. Every term is
//! nonnegative, so no digits are lost in short infusions or slow phases. The result depends on the doses only.
//!
//! Conventions: a dose acts from its time on (the concentration is continuous from the right); doses at one time
//! and overlapping infusions sum; an infusion runs on `[time, time + duration)` and delivers its amount exactly.

use super::chain::phi;
use super::kinetics::{Disposition, MAX};

/// One administration into the central compartment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dose {
    /// Start in hours, not negative.
    pub time: f64,
    /// Amount in mg.
    pub amount: f64,
    /// Length of the infusion in hours; 0 is a bolus.
    pub duration: f64,
}

/// What is wrong with a dose.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("doses[{index}].{field} must be finite and >= 0; got {value}")]
pub struct DoseError {
    /// Position of the dose.
    pub index: usize,
    /// Its field.
    pub field: &'static str,
    /// The value.
    pub value: f64,
}

/// Input rate and state from the start of a stretch to the next.
#[derive(Clone, Debug)]
struct Stretch {
    start: f64,
    /// mg/h.
    rate: f64,
    /// Share of every exponential in the concentration at the start, in mg/L.
    state: [f64; MAX],
    /// Area under the concentration up to the start, in mg h/L.
    area: f64,
}

/// Total plasma concentration of one drug over time.
#[derive(Clone, Debug)]
pub struct Exposure {
    disposition: Disposition,
    stretches: Vec<Stretch>,
}

impl Exposure {
    /// The exposure that `doses`, in any order, give under `disposition`.
    ///
    /// # Errors
    /// [`DoseError`] where a time, amount or duration is negative or not finite.
    pub fn new(disposition: Disposition, doses: &[Dose]) -> Result<Self, DoseError> {
        for (index, dose) in doses.iter().enumerate() {
            for (field, value) in [("time", dose.time), ("amount", dose.amount), ("duration", dose.duration)] {
                if !(value >= 0.0 && value.is_finite()) {
                    return Err(DoseError { index, field, value });
                }
            }
        }
        // (start, end, amount); an infusion too short for the clock is a bolus.
        let mut given: Vec<(f64, f64, f64)> =
            doses.iter().filter(|d| d.amount > 0.0).map(|d| (d.time, d.time + d.duration, d.amount)).collect();
        given.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.total_cmp(&b.2)));
        let mut kinks: Vec<f64> = given.iter().flat_map(|&(start, end, _)| [start, end]).collect();
        kinks.sort_by(f64::total_cmp);
        kinks.dedup();

        let mut exposure = Self { disposition, stretches: Vec::with_capacity(kinks.len()) };
        let mut running: Vec<(f64, f64)> = Vec::new();
        let mut next = given.into_iter().peekable();
        for &start in &kinks {
            let (mut state, area) = match exposure.stretches.last() {
                Some(previous) => (exposure.state(previous, start), exposure.area(previous, start)),
                None => ([0.0; MAX], 0.0),
            };
            running.retain(|&(end, _)| end > start);
            while let Some((_, end, amount)) = next.next_if(|d| d.0 == start) {
                if end > start {
                    // Over the time the clock sees, so that the amount is delivered exactly.
                    running.push((end, amount / (end - start)));
                } else {
                    for (x, a) in state.iter_mut().zip(exposure.disposition.coefficients()) {
                        *x += a * amount;
                    }
                }
            }
            let rate = running.iter().map(|r| r.1).sum();
            exposure.stretches.push(Stretch { start, rate, state, area });
        }
        Ok(exposure)
    }

    /// Times in hours, increasing, at which the input changes: starts and ends of doses.
    pub fn kinks(&self) -> impl Iterator<Item = f64> + '_ {
        self.stretches.iter().map(|s| s.start)
    }

    /// The disposition.
    #[must_use]
    pub fn disposition(&self) -> &Disposition {
        &self.disposition
    }

    /// Total concentration at `time` (hours) in mg/L.
    #[must_use]
    pub fn concentration(&self, time: f64) -> f64 {
        self.stretch(time).map_or(0.0, |s| self.state(s, time).iter().sum())
    }

    /// Area under the concentration from 0 to `time` (hours) in mg h/L.
    #[must_use]
    pub fn area_until(&self, time: f64) -> f64 {
        self.stretch(time).map_or(0.0, |s| self.area(s, time))
    }

    fn stretch(&self, time: f64) -> Option<&Stretch> {
        self.stretches.partition_point(|s| s.start <= time).checked_sub(1).map(|k| &self.stretches[k])
    }

    fn state(&self, from: &Stretch, time: f64) -> [f64; MAX] {
        let h = time - from.start;
        let mut state = from.state;
        for (x, (a, l)) in state.iter_mut().zip(self.disposition.phases()) {
            *x *= (-l * h).exp();
            // Most of the time nothing is infused.
            if from.rate != 0.0 {
                *x += a * from.rate * h * phi(l * h);
            }
        }
        state
    }

    fn area(&self, from: &Stretch, time: f64) -> f64 {
        let h = time - from.start;
        let phases = self.disposition.phases();
        let grown = phases.zip(from.state).map(|((a, l), x)| x * h * phi(l * h) + a * from.rate * h * h * psi(l * h));
        from.area + grown.sum::<f64>()
    }
}

impl Disposition {
    /// `(A_i, lambda_i)` of every phase.
    pub(super) fn phases(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        self.coefficients().iter().copied().zip(self.exponents().iter().copied())
    }
}

/// `(y - 1 + e^{-y})/y^2`, by its series where the closed form would cancel.
fn psi(y: f64) -> f64 {
    if y >= 1.0 {
        return (y + (-y).exp_m1()) / y / y;
    }
    let (mut term, mut sum) = (0.5, 0.5);
    for k in 3..24 {
        term *= -y / f64::from(k);
        sum += term;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn carboplatin() -> Disposition {
        Disposition::new(8.38, 15.4, &[(0.135 * 15.4, 0.135 * 15.4 / 0.215)]).unwrap()
    }

    fn exposure(doses: &[(f64, f64, f64)]) -> Exposure {
        let doses: Vec<Dose> = doses.iter().map(|&(time, amount, duration)| Dose { time, amount, duration }).collect();
        Exposure::new(carboplatin(), &doses).unwrap()
    }

    #[test]
    fn area_is_dose_over_clearance() {
        for duration in [0.0, 1e-9, 1e-3, 1.0, 48.0] {
            let e = exposure(&[(3.0, 840.0, duration)]);
            let area = e.area_until(1e5);
            assert!((area * 8.38 / 840.0 - 1.0).abs() < 1e-12, "{duration} {area}");
        }
    }

    #[test]
    fn published_exposure_of_carboplatin() {
        let e = exposure(&[(0.0, 840.0, 1.0)]);
        assert!((e.concentration(1.0) - 39.8).abs() < 0.05);
        assert!((e.area_until(1e4) - 100.24).abs() < 0.01);
    }

    #[test]
    fn continuous_from_the_right_and_zero_before() {
        let e = exposure(&[(2.0, 154.0, 0.0)]);
        assert_eq!(e.concentration(2.0_f64.next_down()), 0.0);
        assert!((e.concentration(2.0) - 10.0).abs() < 1e-13);
        let e = exposure(&[(2.0, 154.0, 1.0)]);
        assert_eq!(e.concentration(2.0), 0.0);
        let (before, at) = (e.concentration(3.0_f64.next_down()), e.concentration(3.0));
        assert!((before - at).abs() < 1e-12);
        assert_eq!(exposure(&[]).concentration(1.0), 0.0);
    }

    #[test]
    fn doses_superpose_in_any_order() {
        let all = [(0.0, 300.0, 2.0), (1.0, 200.0, 3.0), (1.0, 50.0, 0.0), (1.0, 70.0, 0.0), (2.0, 10.0, 1e-3)];
        let mut shuffled = all;
        shuffled.reverse();
        let (together, backward) = (exposure(&all), exposure(&shuffled));
        for k in 0..200 {
            let t = 0.05 * f64::from(k);
            let sum: f64 = all.iter().map(|&d| exposure(&[d]).concentration(t)).sum();
            let area: f64 = all.iter().map(|&d| exposure(&[d]).area_until(t)).sum();
            assert!((together.concentration(t) - sum).abs() < 1e-12 * (1.0 + sum), "{t}");
            assert!((together.area_until(t) - area).abs() < 1e-12 * (1.0 + area), "{t}");
            assert_eq!(together.concentration(t), backward.concentration(t));
        }
    }

    #[test]
    fn a_vanishing_infusion_is_a_bolus() {
        let (bolus, short) = (exposure(&[(504.0, 840.0, 0.0)]), exposure(&[(504.0, 840.0, 1e-12)]));
        for t in [504.5, 506.0, 600.0] {
            assert!((short.concentration(t) / bolus.concentration(t) - 1.0).abs() < 1e-11);
        }
        assert_eq!(exposure(&[(504.0, 840.0, 1e-30)]).concentration(505.0), bolus.concentration(505.0));
    }

    #[test]
    fn area_is_the_integral_of_concentration() {
        let e = exposure(&[(0.0, 100.0, 1.5), (1.0, 10.0, 0.0), (5.0, 30.0, 2.0)]);
        let (a, b, n) = (1.5, 5.0, 2000);
        let h = (b - a) / f64::from(n);
        let midpoint: f64 = (0..n).map(|k| e.concentration(a + h * (f64::from(k) + 0.5)) * h).sum();
        assert!((e.area_until(b) - e.area_until(a) - midpoint).abs() < 1e-5);
    }

    #[test]
    fn psi_joins_its_series() {
        for (y, want) in [(1.0, (-1.0_f64).exp()), (1e-12, 0.5), (0.0, 0.5)] {
            assert!((psi(y) - want).abs() < 1e-12);
        }
        assert!((psi(1.0_f64.next_down()) - psi(1.0)).abs() < 1e-14);
    }

    #[test]
    fn wrong_doses_are_refused() {
        for (time, amount, duration) in [(-1.0, 1.0, 1.0), (0.0, f64::NAN, 1.0), (0.0, 1.0, f64::INFINITY)] {
            assert!(Exposure::new(carboplatin(), &[Dose { time, amount, duration }]).is_err());
        }
    }
}
