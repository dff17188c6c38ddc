//! Products of a sparse table of transitions with a vector, in the form that costs least.
//!
//! Types are taken in blocks of eight, which registers hold. A lattice of genotypes with a bit for every locus has all its
//! mutations on few diagonals of the table (one per locus), and so has switching between the niches or phenotypes of every
//! genotype: what a block of types receives along a diagonal is a product of two vectors, without a look-up for each entry.
//! Pieces of diagonals without an entry are left out, and where values never change pieces with the same values share
//! them. Other tables go row by row.

use crate::process::SparseRates;
use std::collections::HashMap;

/// Types taken together in registers.
pub(super) const LANES: usize = 8;
/// A number of each of them.
pub(super) type Block = [f64; LANES];
/// Pieces of diagonals are taken where they hold at most this many numbers for each entry of the table.
const FILL: usize = 3;

/// Place of the first type in a vector that is multiplied by a table: a block of zeros is before it, and one after the last
/// block, for pieces that begin or end there.
pub(super) const FIRST: usize = LANES;

/// Such a vector, of zeros.
pub(super) fn framed(types: usize) -> Vec<f64> {
    vec![0.0; (types.div_ceil(LANES) + 2) * LANES]
}

/// One table, with the values of one interval.
#[derive(Clone, Debug, Default)]
pub(super) struct Coupling {
    types: usize,
    is_loaded: bool,
    start: Vec<usize>,
    to: Vec<usize>,
    /// First piece of every block, and their number at the end; empty where the table goes by rows.
    blocks: Vec<usize>,
    pieces: Vec<Piece>,
    /// Place of every entry in `values`.
    places: Vec<usize>,
    /// Eight for a piece, or one for an entry where the table goes by rows.
    values: Vec<f64>,
}

/// A part of a diagonal, for one block of types. In numbers of 32 bits, which more types than memory holds would not fill,
/// the end of what it is multiplied with needs no check of its own.
#[derive(Clone, Copy, Debug)]
struct Piece {
    /// Where the vector begins that it is multiplied with.
    begin: u32,
    /// Its block of values.
    values: u32,
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
        if table.is_constant() {
            self.share();
        }
    }

    /// Lets pieces with the same values have one block of them: a locus mutates at one rate in most genotypes.
    fn share(&mut self) {
        let (values, _) = self.values.as_chunks::<LANES>();
        let (mut known, mut kept) = (HashMap::new(), Vec::new());
        for piece in &mut self.pieces {
            let block = values[piece.values as usize];
            piece.values = *known.entry(block.map(f64::to_bits)).or_insert_with(|| {
                kept.extend(block);
                (kept.len() / LANES - 1) as u32
            });
        }
        if !self.pieces.is_empty() {
            for place in &mut self.places {
                *place = self.pieces[*place / LANES].values as usize * LANES + *place % LANES;
            }
            self.values = kept;
        }
    }

    fn arrange(&mut self, table: &SparseRates, types: usize) {
        (self.is_loaded, self.types, self.start) = (true, types, vec![0]);
        for from in 0..types {
            self.to.extend(table.row(0, from).map(|(to, _)| to));
            self.start.push(self.to.len());
        }
        let entries = self.to.len();
        for first in (0..types).step_by(LANES) {
            self.blocks.push(self.pieces.len());
            let begin = |from: usize, to: usize| FIRST + first + to - from;
            let rows = first..types.min(first + LANES);
            let mut distinct: Vec<usize> = rows
                .clone()
                .flat_map(|from| self.to[self.row_of(from)].iter().map(move |&to| begin(from, to)))
                .collect();
            distinct.sort_unstable();
            distinct.dedup();
            for from in rows {
                for &to in &self.to[self.row_of(from)] {
                    let piece = distinct.binary_search(&begin(from, to)).expect("every piece is listed");
                    self.places.push((self.pieces.len() + piece) * LANES + from - first);
                }
            }
            let known = self.pieces.len();
            let pieces = distinct.into_iter().enumerate();
            self.pieces
                .extend(pieces.map(|(piece, begin)| Piece { begin: begin as u32, values: (known + piece) as u32 }));
        }
        self.blocks.push(self.pieces.len());
        if self.pieces.len() * LANES > FILL * entries {
            (self.blocks, self.pieces) = (Vec::new(), Vec::new());
            self.places = (0..entries).collect();
        }
        self.values = vec![0.0; entries.max(self.pieces.len() * LANES)];
    }

    /// Entries of a row.
    fn row_of(&self, from: usize) -> std::ops::Range<usize> {
        self.start[from]..self.start[from + 1]
    }

    /// Multiplications in a product with a vector.
    pub(super) fn cost(&self) -> usize {
        self.to.len().max(self.pieces.len() * LANES)
    }

    /// Whether no cell founds another by these transitions, whatever the values.
    pub(super) fn is_empty(&self) -> bool {
        self.to.is_empty()
    }

    /// `sum_j value_ij x_j` for the types `i` of a block; `x` is framed.
    #[inline(always)]
    pub(super) fn block(&self, block: usize, x: &[f64]) -> Block {
        let mut sums = [0.0; LANES];
        if let [first, end, ..] = self.blocks.get(block..).unwrap_or_default() {
            let (values, _) = self.values.as_chunks::<LANES>();
            for piece in &self.pieces[*first..*end] {
                let begin = piece.begin as usize;
                let (values, x) = (&values[piece.values as usize], &x[begin..begin + LANES]);
                for l in 0..LANES {
                    sums[l] += values[l] * x[l];
                }
            }
        } else if !self.to.is_empty() {
            let first = block * LANES;
            for (sum, from) in sums.iter_mut().zip(first..self.types.min(first + LANES)) {
                *sum = self.row(from, x);
            }
        }
        sums
    }

    /// `out_i = sum_j value_ij x_j`; `x` is framed, `out` is not.
    pub(super) fn apply(&self, x: &[f64], out: &mut [f64]) {
        for (block, out) in out[..self.types].chunks_mut(LANES).enumerate() {
            out.copy_from_slice(&self.block(block, x)[..out.len()]);
        }
    }

    /// `out_j = sum_i value_ij x_i`.
    pub(super) fn apply_transposed(&self, x: &[f64], out: &mut [f64]) {
        out[..self.types].fill(0.0);
        for (from, x) in x[..self.types].iter().enumerate() {
            for e in self.row_of(from) {
                out[self.to[e]] += self.values[self.places[e]] * x;
            }
        }
    }

    /// `sum_j value_ij x_j` of one row; `x` is framed.
    #[inline]
    pub(super) fn row(&self, from: usize, x: &[f64]) -> f64 {
        if self.to.is_empty() {
            return 0.0;
        }
        let x = &x[FIRST..];
        let entries = self.to[self.row_of(from)].iter().zip(&self.places[self.row_of(from)]);
        entries.map(|(&to, &place)| self.values[place] * x[to]).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(types: usize, pairs: &[(usize, usize)], pieces: usize) {
        let values: Vec<f64> = (0..2 * pairs.len()).map(|e| 0.25 + e as f64).collect();
        let table = SparseRates::new(types, pairs, values.clone());
        let mut coupling = Coupling::default();
        let x: Vec<f64> = (0..types).map(|i| 1.0 / (1.0 + i as f64)).collect();
        let mut in_frame = framed(types);
        in_frame[FIRST..][..types].copy_from_slice(&x);
        for interval in [0, 1, 0] {
            coupling.load(&table, types, interval);
            assert_eq!(coupling.pieces.len(), pieces);
            let mut out = vec![9.0; types];
            coupling.apply(&in_frame, &mut out);
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
                assert!((coupling.row(i, &in_frame) - want[i]).abs() <= 1e-14 * want[i]);
            }
        }
    }

    fn lattice(loci: usize) -> Vec<(usize, usize)> {
        let all = (0..1usize << loci).flat_map(|i| (0..loci).map(move |l| (i, i | 1 << l)));
        all.filter(|(from, to)| from != to).collect()
    }

    #[test]
    fn products_by_diagonals_and_by_rows() {
        check(8, &lattice(3), 3);
        // Within blocks of eight three loci have a diagonal each, and of the other two every second block has mutations.
        check(32, &lattice(5), 4 * 3 + 2 * 2);
        let ring: Vec<_> = (0..21).map(|i| (i, (i + 20) % 21)).collect();
        check(21, &ring, 4);
        check(7, &[(0, 6), (3, 1), (6, 2)], 0);
        check(9, &[], 0);
    }
}
