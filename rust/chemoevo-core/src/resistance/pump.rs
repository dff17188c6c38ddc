//! A pump that saturates: several substrates compete for it, and inhibitors keep it from working.
//!
//! What leaks in equals what the pump, and linear sinks, take out (Michaelis and Menten):
//!
//! ```text
//! C_out - C_in = L C_in + v C_in/w,    w = 1 + I + sum over substrates of C_in
//! ```
//!
//! with concentrations in units of each substrate's Km, `v = e V/(p Km)` the pump's capacity over the permeability, `L` the
//! linear sinks, and `I` the sum of `C/Ki` over competitive inhibitors. The pump's load `w` is the root of a concave function
//! that crosses the diagonal once: Newton's method from above falls to it.

/// Steps of Newton's method: 2 to 6 are usual, 15 were the most seen.
const STEPS: usize = 60;

/// One substrate of a pump.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Substrate {
    /// Unbound concentration outside the cell, in units of Km, >= 0.
    pub outside: f64,
    /// Capacity of the pump over the permeability, in units of Km, >= 0.
    pub capacity: f64,
    /// Linear sinks, >= 0.
    pub sinks: f64,
}

impl Substrate {
    /// What is inside at a load of the pump, in units of Km.
    pub(super) fn inside(&self, load: f64) -> f64 {
        self.outside / (1.0 + self.sinks + self.capacity / load)
    }
}

/// The load of a pump: 1, inhibitors, and all substrates inside, each in its own unit.
#[must_use]
pub fn load(substrates: &[Substrate], inhibition: f64) -> f64 {
    let mut load = 1.0 + inhibition + substrates.iter().map(|one| one.outside).sum::<f64>();
    for _ in 0..STEPS {
        let (mut value, mut slope) = (load - 1.0 - inhibition, 1.0);
        for one in substrates {
            let width = (1.0 + one.sinks) * load + one.capacity;
            value -= one.outside * (load / width);
            slope -= (one.outside / width) * (one.capacity / width);
        }
        let next = load - value / slope;
        // It falls until rounding.
        if next >= load || next.is_nan() {
            break;
        }
        load = next;
    }
    load
}

/// What an inhibitor leaves of a mechanism: `(1 - Imax) + Imax/(1 + (C/IC50)^h)`, both terms positive. Of several the product is left.
#[must_use]
pub fn left(concentration: f64, ic50: f64, hill: f64, most: f64) -> f64 {
    let odds = if concentration > 0.0 { (hill * (concentration / ic50).ln()).exp() } else { 0.0 };
    (1.0 - most) + most / (1.0 + odds)
}

/// The share of something that is bound, or of an effect: `(C/EC50)^h/(1 + (C/EC50)^h)`, which keeps its digits when it is small.
#[must_use]
pub(super) fn bound(concentration: f64, half: f64, hill: f64) -> f64 {
    if concentration > 0.0 { 1.0 / (1.0 + (-hill * (concentration / half).ln()).exp()) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is inside the cell of every substrate, in units of its Km.
    fn inside(substrates: &[Substrate], inhibition: f64) -> Vec<f64> {
        let load = load(substrates, inhibition);
        substrates.iter().map(|one| one.inside(load)).collect()
    }

    fn one(outside: f64, capacity: f64) -> Substrate {
        Substrate { outside, capacity, sinks: 0.0 }
    }

    fn close(got: f64, want: f64, within: f64) {
        assert!((got / want - 1.0).abs() <= within, "{got} {want}");
    }

    #[test]
    fn a_pump_saturates() {
        for (outside, want) in [
            (0.01, 0.000_476_406_528_7),
            (1.0, 0.049_875_621_12),
            (10.0, 0.844_288_770_2),
            (100.0, 80.246_165_46),
            (1000.0, 980.020_386_9),
        ] {
            close(inside(&[one(outside, 20.0)], 0.0)[0], want, 1e-9);
            // The root of the quadratic, in a form without cancellation on either side.
            let b: f64 = 1.0 + 20.0 - outside;
            let s = b.hypot(2.0 * outside.sqrt());
            let quadratic = if b >= 0.0 { 2.0 * outside / (b + s) } else { 0.5 * (s - b) };
            close(inside(&[one(outside, 20.0)], 0.0)[0], quadratic, 1e-13);
        }
        close(inside(&[one(10.0, 20.0)], 4.0)[0], 2.807_764_064, 1e-9);
        // One that does not compete lowers the capacity.
        close(inside(&[one(10.0, 20.0 * left(4.0, 1.0, 1.0, 1.0))], 0.0)[0], 6.531_128_874, 1e-9);
    }

    #[test]
    fn substrates_compete() {
        let both = [one(10.0, 20.0), Substrate { outside: 5.0, capacity: 8.0, sinks: 0.5 }];
        close(load(&both, 0.7), 5.590_505_038, 1e-9);
        let found = inside(&both, 0.7);
        close(found[0], 2.184_601_292, 1e-9);
        close(found[1], 1.705_903_746, 1e-9);
        // Each has more inside than alone.
        for k in 0..2 {
            assert!(found[k] > inside(&both[k..=k], 0.7)[0]);
        }
    }

    #[test]
    fn at_its_ends_it_is_linear_or_nothing() {
        let sinks = Substrate { outside: 1e-12, capacity: 14.53, sinks: 3.0 };
        close(inside(&[sinks], 0.0)[0], 1e-12 / (1.0 + 3.0 + 14.53), 1e-9);
        close(inside(&[one(1e12, 20.0)], 0.0)[0], 1e12, 1e-9);
        close(inside(&[one(3.0, 0.0)], 0.0)[0], 3.0, 1e-15);
        assert_eq!(inside(&[one(0.0, 20.0)], 0.0)[0], 0.0);
        assert_eq!(load(&[], 0.5), 1.5);
        // Huge capacities, and concentrations next to them, where Newton's method is slowest.
        for capacity in [1e3, 1e6, 1e9] {
            for outside in [0.5 * capacity, capacity, 2.0 * capacity] {
                let found = inside(&[one(outside, capacity)], 0.0)[0];
                let rest = found + capacity * found / (1.0 + found) - outside;
                assert!(rest.abs() <= 1e-9 * outside, "{capacity} {outside} {found}");
            }
        }
    }

    #[test]
    fn a_fold_comes_back() {
        for (fold, ec50) in [(15.53, 0.3), (3.0, 40.0), (1.0, 2.0), (200.0, 1e-6)] {
            let outside = fold * ec50;
            // Inside the sensitive cell is EC50, where the pump works at 1/(1 + EC50/Km).
            close(inside(&[one(outside, (fold - 1.0) * (1.0 + ec50))], 0.0)[0], ec50, 1e-12);
        }
    }

    #[test]
    fn inhibitors_leave_what_they_do_not_reach() {
        assert_eq!(left(0.0, 1.0, 2.0, 0.8), 1.0);
        close(left(1.0, 1.0, 2.0, 0.8), 0.6, 1e-15);
        close(left(1e300, 1.0, 2.0, 0.8), 0.2, 1e-14);
        close(left(1e-200, 1.0, 2.0, 1.0), 1.0, 1e-15);
    }
}
