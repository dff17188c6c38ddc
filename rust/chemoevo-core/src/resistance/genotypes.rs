//! The lattice of genotypes: every number of copies of every alteration, and the steps between them.
//!
//! A genotype says how many copies of the alteration of each locus it carries. Genotypes are ordered by their number of copies,
//! then as their lists of loci sort: none; each alone; pairs `00, 01, 02, ..., 11, 12, ...`; and so on.

/// Most genotypes of a lattice.
pub const MAX_GENOTYPES: usize = 1 << 20;

/// A step between genotypes: from, to, the locus, and whether a copy is gained there (or lost).
pub type GenotypeStep = (usize, usize, usize, bool);

/// All genotypes over a number of loci.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lattice {
    most: Vec<u8>,
    copies: Vec<Vec<u8>>,
}

impl Lattice {
    /// The lattice over loci of which each has at most so many copies, or `None` above [`MAX_GENOTYPES`].
    #[must_use]
    pub fn new(most: &[u8]) -> Option<Self> {
        let number = most.iter().try_fold(1_usize, |product, &m| product.checked_mul(usize::from(m) + 1))?;
        if number > MAX_GENOTYPES {
            return None;
        }
        let mut copies: Vec<Vec<u8>> = (0..number).map(|code| decoded(code, most)).collect();
        // Of lists with as many copies the one with more at an early locus sorts first.
        copies.sort_by_key(|one| {
            let number: usize = one.iter().map(|&copies| usize::from(copies)).sum();
            (number, one.iter().map(|&copies| !copies).collect::<Vec<u8>>())
        });
        Some(Self { most: most.to_vec(), copies })
    }

    /// Copies by locus of the genotypes, in their order.
    #[must_use]
    pub fn copies(&self) -> &[Vec<u8>] {
        &self.copies
    }

    /// Steps that gain or lose one copy, sorted.
    #[must_use]
    pub fn steps(&self) -> Vec<GenotypeStep> {
        let mut position = vec![0; self.copies.len()];
        for (index, copies) in self.copies.iter().enumerate() {
            position[self.code(copies)] = index;
        }
        let mut steps = Vec::new();
        for (from, copies) in self.copies.iter().enumerate() {
            for locus in (0..self.most.len()).filter(|&locus| copies[locus] < self.most[locus]) {
                let mut more = copies.clone();
                more[locus] += 1;
                let to = position[self.code(&more)];
                steps.extend([(from, to, locus, true), (to, from, locus, false)]);
            }
        }
        steps.sort_unstable();
        steps
    }

    /// A number for every genotype.
    fn code(&self, copies: &[u8]) -> usize {
        let digit = |code: usize, (&copies, &most): (&u8, &u8)| code * (usize::from(most) + 1) + usize::from(copies);
        copies.iter().zip(&self.most).fold(0, digit)
    }
}

fn decoded(mut code: usize, most: &[u8]) -> Vec<u8> {
    let mut copies = vec![0; most.len()];
    for (digit, &most) in copies.iter_mut().zip(most).rev() {
        let base = usize::from(most) + 1;
        *digit = (code % base) as u8;
        code /= base;
    }
    copies
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_by_number_then_by_locus() {
        let lattice = Lattice::new(&[1; 3]).unwrap();
        let wanted = [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [1, 0, 1], [0, 1, 1], [1, 1, 1]];
        assert_eq!(lattice.copies(), wanted);
        assert_eq!(Lattice::new(&[]).unwrap().copies(), [Vec::<u8>::new()]);
        assert_eq!(Lattice::new(&[2, 1]).unwrap().copies(), [[0, 0], [1, 0], [0, 1], [2, 0], [1, 1], [2, 1]]);
        assert!(Lattice::new(&[1; 21]).is_none());
        assert!(Lattice::new(&[255; 9]).is_none());
    }

    #[test]
    fn steps_gain_or_lose_one_copy() {
        let lattice = Lattice::new(&[1; 5]).unwrap();
        let steps = lattice.steps();
        assert_eq!(steps.len(), 2 * 5 * 16);
        for &(from, to, locus, gains) in &steps {
            let mut copies = lattice.copies()[from].clone();
            if gains {
                copies[locus] += 1
            } else {
                copies[locus] -= 1
            }
            assert_eq!(copies, lattice.copies()[to]);
            assert_eq!(gains, from < to);
            assert!(steps.contains(&(to, from, locus, !gains)));
        }
        let levels = Lattice::new(&[3, 2]).unwrap().steps();
        assert_eq!(levels.iter().filter(|step| step.3).count(), 3 * 3 + 4 * 2);
    }
}
