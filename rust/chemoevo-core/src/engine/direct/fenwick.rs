//! Choice in proportion to whole numbers that change: a binary indexed tree.
//!
//! Fenwick (1994), Softw Pract Exp 24:327, doi:10.1002/spe.4380240306. A change, a choice and a new entry cost a
//! logarithm of the number of entries; sums are of integers, so the choice is exact.

use rand::Rng;

/// Nonnegative weights, their partial sums, and their total.
#[derive(Debug, Default)]
pub struct Fenwick {
    /// Entry `i` (counted from 1) holds the sum of the weights in `(i - lowest bit of i, i]`.
    sums: Vec<u64>,
    total: u64,
}

impl Fenwick {
    /// Number of weights, zeros included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.sums.len()
    }

    /// Whether there are no weights.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sums.is_empty()
    }

    /// Forgets all weights.
    pub fn clear(&mut self) {
        self.sums.clear();
        self.total = 0;
    }

    /// Appends a weight.
    pub fn push(&mut self, weight: u64) {
        let i = self.sums.len() + 1;
        let first = i & (i - 1);
        let (mut sum, mut below) = (weight, i - 1);
        while below > first {
            sum = sum.saturating_add(self.sums[below - 1]);
            below &= below - 1;
        }
        self.sums.push(sum);
        self.total = self.total.saturating_add(weight);
    }

    /// Adds to the weight at `position`, which must not fall below 0.
    #[inline]
    pub fn add(&mut self, position: usize, change: i64) {
        self.total = self.total.wrapping_add_signed(change);
        let mut i = position + 1;
        while let Some(sum) = self.sums.get_mut(i - 1) {
            *sum = sum.wrapping_add_signed(change);
            i += i & i.wrapping_neg();
        }
    }

    /// A position with probability proportional to its weight; 0 if all are 0.
    #[inline]
    pub fn pick<R: Rng + ?Sized>(&self, rng: &mut R) -> usize {
        if self.sums.len() < 2 { 0 } else { self.find(below(rng, self.total)) }
    }

    /// The position that holds the unit of weight number `unit`, counted from 0.
    fn find(&self, mut unit: u64) -> usize {
        let mut position = 0;
        let mut step = (self.sums.len() + 1).next_power_of_two() >> 1;
        while step > 0 {
            if let Some(&sum) = self.sums.get(position + step - 1)
                && sum <= unit
            {
                position += step;
                unit -= sum;
            }
            step >>= 1;
        }
        position.min(self.sums.len() - 1)
    }
}

/// Uniform on 0, 1, ..., n - 1 without bias; 0 if `n` is 0.
///
/// Lemire (2019), ACM Trans Model Comput Simul 29:3, doi:10.1145/3230636.
#[inline]
fn below<R: Rng + ?Sized>(rng: &mut R, n: u64) -> u64 {
    let mut wide = u128::from(rng.next_u64()) * u128::from(n);
    if (wide as u64) < n {
        let least = n.wrapping_neg() % n.max(1);
        while (wide as u64) < least {
            wide = u128::from(rng.next_u64()) * u128::from(n);
        }
    }
    (wide >> 64) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::stream;

    #[test]
    fn every_unit_is_found_where_it_lies_through_all_changes() {
        let mut rng = stream(&[3; 32], 0);
        let (mut tree, mut plain) = (Fenwick::default(), Vec::<u64>::new());
        for round in 0..400 {
            if round % 3 == 0 {
                let weight = below(&mut rng, 5);
                tree.push(weight);
                plain.push(weight);
            } else {
                let position = below(&mut rng, plain.len() as u64) as usize;
                let change = below(&mut rng, 7) as i64 - (plain[position] as i64).min(3);
                plain[position] = plain[position].wrapping_add_signed(change);
                tree.add(position, change);
            }
            assert_eq!((tree.len(), tree.total), (plain.len(), plain.iter().sum()));
            let owners = plain.iter().enumerate().flat_map(|(i, &w)| std::iter::repeat_n(i, w as usize));
            for (unit, owner) in owners.enumerate() {
                assert_eq!(tree.find(unit as u64), owner);
            }
        }
    }

    #[test]
    fn choice_is_in_proportion() {
        let mut rng = stream(&[4; 32], 0);
        let weights = [5u64, 0, 1, 14, 80];
        let mut tree = Fenwick::default();
        weights.iter().for_each(|&w| tree.push(w));
        let mut hits = [0u32; 5];
        for _ in 0..100_000 {
            hits[tree.pick(&mut rng)] += 1;
        }
        for (w, hits) in weights.iter().zip(hits) {
            let p = *w as f64 / 100.0;
            assert!((f64::from(hits) - 1e5 * p).abs() <= 5.0 * (1e5 * p * (1.0 - p)).sqrt(), "{w}: {hits}");
        }
    }

    #[test]
    fn the_largest_numbers_fit() {
        let mut rng = stream(&[5; 32], 0);
        assert!((0..1000).all(|_| below(&mut rng, u64::MAX) < u64::MAX && below(&mut rng, 1) == 0));
        assert_eq!(below(&mut rng, 0), 0);
        let mut tree = Fenwick::default();
        tree.push(1 << 62);
        tree.push(1 << 61);
        let first = (0..3000).filter(|_| tree.pick(&mut rng) == 0).count();
        assert!((1850..2150).contains(&first), "{first}");
        tree.clear();
        assert!(tree.is_empty() && tree.pick(&mut rng) == 0);
    }
}
