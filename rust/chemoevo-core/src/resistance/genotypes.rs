//! The lattice of genotypes: every set of alterations, and the mutations between them.
//!
//! A genotype is a bit mask over loci. Genotypes are ordered by their number of alterations, then as their lists
//! of loci sort: none; each alone; pairs `01, 02, ..., 12, ...`; and so on. A division can acquire one alteration
//! that the cell does not carry; there is no way back.

/// Most loci of a lattice: 2^20 genotypes.
pub const MAX_LOCI: usize = 20;

/// All genotypes over a number of loci.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lattice {
    loci: usize,
    masks: Vec<u32>,
}

impl Lattice {
    /// The lattice over `loci` loci, or `None` above [`MAX_LOCI`].
    #[must_use]
    pub fn new(loci: usize) -> Option<Self> {
        if loci > MAX_LOCI {
            return None;
        }
        let mut masks: Vec<u32> = (0..1u32 << loci).collect();
        // Locus 0 is the highest bit of the reversed mask: a list that sorts first has the larger reversal.
        masks.sort_by_key(|m| (m.count_ones(), !m.reverse_bits()));
        Some(Self { loci, masks })
    }

    /// Bit masks of the genotypes in their order: bit `l` is alteration `l`.
    #[must_use]
    pub fn masks(&self) -> &[u32] {
        &self.masks
    }

    /// Mutations `(from, to, locus)` as positions, sorted by `(from, to)`.
    #[must_use]
    pub fn mutations(&self) -> Vec<(usize, usize, usize)> {
        let mut position = vec![0; self.masks.len()];
        for (index, &mask) in self.masks.iter().enumerate() {
            position[mask as usize] = index;
        }
        let mut edges = Vec::with_capacity(self.loci * self.masks.len() / 2);
        for (from, &mask) in self.masks.iter().enumerate() {
            for locus in (0..self.loci).filter(|l| mask & (1 << l) == 0) {
                edges.push((from, position[(mask | 1 << locus) as usize], locus));
            }
        }
        edges.sort_unstable();
        edges
    }

    /// Birth rate of every genotype: `birth` times the product of `1 - cost` over the alterations carried.
    #[must_use]
    pub fn births(&self, birth: f64, costs: &[f64]) -> Vec<f64> {
        let carried = |mask: u32| costs.iter().enumerate().filter(move |(l, _)| mask & (1 << l) != 0);
        self.masks.iter().map(|&mask| carried(mask).fold(birth, |b, (_, cost)| b * (1.0 - cost))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_by_number_then_by_locus() {
        let lattice = Lattice::new(3).unwrap();
        assert_eq!(lattice.masks(), [0b000, 0b001, 0b010, 0b100, 0b011, 0b101, 0b110, 0b111]);
        assert_eq!(Lattice::new(0).unwrap().masks(), [0]);
        assert!(Lattice::new(MAX_LOCI + 1).is_none());
    }

    #[test]
    fn mutations_add_one_alteration() {
        let lattice = Lattice::new(5).unwrap();
        let edges = lattice.mutations();
        assert_eq!(edges.len(), 5 * 16);
        for (from, to, locus) in edges {
            assert_eq!(lattice.masks()[from] | 1 << locus, lattice.masks()[to]);
            assert!(from < to);
        }
    }

    #[test]
    fn costs_multiply() {
        let births = Lattice::new(2).unwrap().births(2.0, &[0.5, 0.1]);
        assert_eq!(births, [2.0, 1.0, 1.8, 0.9]);
    }
}
