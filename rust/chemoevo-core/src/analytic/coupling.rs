//! Products of a sparse table of transitions with a vector, in the form that costs least.
//!
//! A lattice of genotypes with a bit for every locus has all its mutations on few diagonals of the table (one per locus),
//! so that the product is some sums of vectors, without a look-up for each entry. Other tables go row by row.

use crate::process::SparseRates;

/// Diagonals are taken where they hold at most this many numbers for each entry of the table.
const FILL: usize = 3;

/// One table, with the values of one interval.
#[derive(Clone, Debug, Default)]
pub(super) struct Coupling {
    types: usize,
    is_loaded: bool,
    start: Vec<usize>,
    to: Vec<usize>,
    /// Distance `to - from` of every diagonal.
    offsets: Vec<isize>,
    /// Place of every entry in `values`.
    places: Vec<usize>,
    /// Diagonal by diagonal, `types` numbers each, or entry by entry where there are no diagonals.
    values: Vec<f64>,
}

impl Coupling {
    /// Takes over the values of an interval. All calls are for one table.
    pub(super) fn load(&mut self, table: &SparseRates, types: usize, interval: usize) {
        if self.is_loaded && table.is_constant() {
            return;
        }
        if !self.is_loaded {
            self.arrange(table, types);
        }
        let mut places = self.places.iter();
        for from in 0..types {
            for ((_, value), place) in table.row(interval, from).zip(&mut places) {
                self.values[*place] = value;
            }
        }
    }

    fn arrange(&mut self, table: &SparseRates, types: usize) {
        (self.is_loaded, self.types, self.start) = (true, types, vec![0]);
        let mut offsets = Vec::new();
        for from in 0..types {
            for (to, _) in table.row(0, from) {
                self.to.push(to);
                offsets.push(to as isize - from as isize);
            }
            self.start.push(self.to.len());
        }
        let mut distinct = offsets.clone();
        distinct.sort_unstable();
        distinct.dedup();
        let entries = offsets.len();
        if distinct.len() * types > FILL * entries {
            self.places = (0..entries).collect();
            self.values = vec![0.0; entries];
            return;
        }
        for from in 0..types {
            for offset in &offsets[self.start[from]..self.start[from + 1]] {
                let diagonal = distinct.binary_search(offset).expect("every offset is listed");
                self.places.push(diagonal * types + from);
            }
        }
        self.values = vec![0.0; distinct.len() * types];
        self.offsets = distinct;
    }

    /// Multiplications in a product with a vector.
    pub(super) fn cost(&self) -> usize {
        self.values.len()
    }

    /// Whether no cell founds another by these transitions, whatever the values.
    pub(super) fn is_empty(&self) -> bool {
        self.to.is_empty()
    }

    /// `out_i = sum_j value_ij x_j`.
    pub(super) fn apply(&self, x: &[f64], out: &mut [f64]) {
        let types = self.types;
        if self.offsets.is_empty() {
            for (from, out) in out[..types].iter_mut().enumerate() {
                *out = self.row(from, x);
            }
            return;
        }
        out[..types].fill(0.0);
        for (&offset, values) in self.offsets.iter().zip(self.values.chunks_exact(types)) {
            let (first, shift) = if offset < 0 { (offset.unsigned_abs(), 0) } else { (0, offset.unsigned_abs()) };
            let count = types - first - shift;
            let rows = out[first..first + count].iter_mut().zip(&values[first..first + count]);
            for ((out, value), x) in rows.zip(&x[shift..shift + count]) {
                *out += value * x;
            }
        }
    }

    /// `out_j = sum_i value_ij x_i`.
    pub(super) fn apply_transposed(&self, x: &[f64], out: &mut [f64]) {
        out[..self.types].fill(0.0);
        for (from, x) in x[..self.types].iter().enumerate() {
            for e in self.start[from]..self.start[from + 1] {
                out[self.to[e]] += self.values[self.places[e]] * x;
            }
        }
    }

    /// `sum_j value_ij x_j` of one row.
    pub(super) fn row(&self, from: usize, x: &[f64]) -> f64 {
        let span = self.start[from]..self.start[from + 1];
        self.to[span.clone()].iter().zip(&self.places[span]).map(|(&to, &place)| self.values[place] * x[to]).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(types: usize, pairs: &[(usize, usize)], diagonals: usize) {
        let values: Vec<f64> = (0..2 * pairs.len()).map(|e| 0.25 + e as f64).collect();
        let table = SparseRates::new(types, pairs, values.clone());
        let mut coupling = Coupling::default();
        let x: Vec<f64> = (0..types).map(|i| 1.0 / (1.0 + i as f64)).collect();
        for interval in [0, 1, 0] {
            coupling.load(&table, types, interval);
            assert_eq!(coupling.offsets.len(), diagonals);
            let mut out = vec![9.0; types];
            coupling.apply(&x, &mut out);
            let mut back = vec![9.0; types];
            coupling.apply_transposed(&x, &mut back);
            let (mut want, mut want_back) = (vec![0.0; types], vec![0.0; types]);
            for (&(from, to), value) in pairs.iter().zip(&values[interval * pairs.len()..]) {
                want[from] += value * x[to];
                want_back[to] += value * x[from];
            }
            for i in 0..types {
                assert!((back[i] - want_back[i]).abs() <= 1e-14 * want_back[i]);
                assert!((out[i] - want[i]).abs() <= 1e-14 * want[i], "{out:?} {want:?}");
                assert!((coupling.row(i, &x) - want[i]).abs() <= 1e-14 * want[i]);
            }
        }
    }

    #[test]
    fn products_by_diagonals_and_by_rows() {
        let lattice: Vec<_> =
            (0..8).flat_map(|i| (0..3).filter(move |l| i >> l & 1 == 0).map(move |l| (i, i | 1 << l))).collect();
        check(8, &lattice, 3);
        let ring: Vec<_> = (0..5).map(|i| (i, (i + 4) % 5)).collect();
        check(5, &ring, 2);
        check(7, &[(0, 6), (3, 1), (6, 2)], 0);
    }
}
