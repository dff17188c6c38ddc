//! The clones of one replicate: who founded whom, of which type, when, and how many cells each has.
//!
//! A clone is one lineage founded by one mutation or switch; the cells of one type at time 0 are one clone. Clones are
//! kept column by column in the order in which the engine makes them; [`Clones::take`] numbers them by founding time.

use crate::random::binomial;
use rand::Rng;

/// Parent of the clones present at time 0.
pub const NO_PARENT: u32 = u32::MAX;

/// The clones of one replicate, numbered in the order of their founding.
#[derive(Debug, Default, PartialEq)]
pub struct Record {
    /// Type of every clone.
    pub cell_type: Vec<u32>,
    /// Number of the clone from which it was founded, or [`NO_PARENT`].
    pub parent: Vec<u32>,
    /// (days) When it was founded.
    pub founded: Vec<f64>,
    /// (days) When its last cell was gone; infinite if it never was.
    pub extinct: Vec<f64>,
    /// Cells at the end of the replicate.
    pub count: Vec<u64>,
    /// A row for every observation and every clone that then had cells: the number of the clone.
    pub observed_clone: Vec<u32>,
    /// The index of the observation, in the same rows.
    pub observed_time: Vec<u32>,
    /// The cells of the clone, in the same rows.
    pub observed_count: Vec<u64>,
}

impl Record {
    /// (bytes) What its clones and their sizes take.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        let (clone, size) = (2 * size_of::<u32>() + 3 * size_of::<u64>(), 2 * size_of::<u32>() + size_of::<u64>());
        (clone * self.count.len() + size * self.observed_count.len()) as u64
    }
}

/// The clones of a replicate while it runs.
#[derive(Debug)]
pub struct Clones {
    pub(super) record: Record,
    /// Clones that may have cells, in increasing order; all others have none.
    pub(super) living: Vec<u32>,
    most: usize,
}

impl Clones {
    /// No clones yet; at most `most` will be founded, those present at time 0 included.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self { record: Record::default(), living: Vec::new(), most: most.min(NO_PARENT as usize) }
    }

    /// Starts a replicate: the cells of every type present are one clone.
    pub fn begin(&mut self, state: &[u64]) {
        self.record = Record::default();
        self.living.clear();
        for (i, &n) in state.iter().enumerate().filter(|&(_, &n)| n > 0) {
            self.found(i, NO_PARENT, 0.0, n);
        }
    }

    /// Number of clones so far.
    #[must_use]
    pub fn len(&self) -> usize {
        self.record.count.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether one more may be founded.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.len() < self.most
    }

    /// Appends a clone.
    pub(super) fn found(&mut self, cell_type: usize, parent: u32, t: f64, count: u64) -> u32 {
        let number = self.len() as u32;
        let r = &mut self.record;
        r.cell_type.push(cell_type as u32);
        r.parent.push(parent);
        r.founded.push(t);
        r.extinct.push(f64::INFINITY);
        r.count.push(count);
        self.living.push(number);
        number
    }

    /// Sets the number of cells at `t`.
    #[inline]
    pub(super) fn set(&mut self, number: u32, count: u64, t: f64) {
        self.record.count[number as usize] = count;
        if count == 0 {
            self.record.extinct[number as usize] = t;
        }
    }

    /// Forgets the clones from number `len` on, as if they had never been founded.
    pub(super) fn truncate(&mut self, len: usize) {
        let r = &mut self.record;
        r.cell_type.truncate(len);
        r.parent.truncate(len);
        r.founded.truncate(len);
        r.extinct.truncate(len);
        r.count.truncate(len);
        self.living.truncate(self.living.partition_point(|&c| (c as usize) < len));
    }

    /// Drops the clones without cells from the list of the living.
    pub(super) fn sweep(&mut self) {
        let count = &self.record.count;
        self.living.retain(|&c| count[c as usize] > 0);
    }

    /// Writes the sums by type.
    pub(super) fn sum_into(&self, state: &mut [u64]) {
        state.fill(0);
        for &c in &self.living {
            let n = &mut state[self.record.cell_type[c as usize] as usize];
            *n = n.saturating_add(self.record.count[c as usize]);
        }
    }

    /// A pulse at `t`: every cell survives with the probability of its type. The state becomes the new sums.
    pub(super) fn thin<R: Rng + ?Sized>(&mut self, survival: &[f64], t: f64, state: &mut [u64], rng: &mut R) {
        self.sweep();
        for k in 0..self.living.len() {
            let c = self.living[k];
            let (p, n) = (survival[self.record.cell_type[c as usize] as usize], self.record.count[c as usize]);
            if p < 1.0 {
                self.set(c, binomial(rng, n, p), t);
            }
        }
        self.sweep();
        self.sum_into(state);
    }

    /// Notes the sizes of the living clones at an observation.
    pub(super) fn observe(&mut self, observation: usize) {
        self.sweep();
        let r = &mut self.record;
        for &c in &self.living {
            r.observed_clone.push(c);
            r.observed_time.push(observation as u32);
            r.observed_count.push(r.count[c as usize]);
        }
    }

    /// Hands over the clones, numbered by founding time: a parent comes before its children.
    #[must_use]
    pub fn take(&mut self) -> Record {
        self.living.clear();
        let mut r = std::mem::take(&mut self.record);
        if r.founded.is_sorted() {
            return r;
        }
        let mut order: Vec<u32> = (0..r.founded.len() as u32).collect();
        order.sort_by(|&a, &b| r.founded[a as usize].total_cmp(&r.founded[b as usize]));
        let mut number = vec![0; order.len()];
        for (new, &old) in order.iter().enumerate() {
            number[old as usize] = new as u32;
        }
        for parent in r.parent.iter_mut().filter(|p| **p != NO_PARENT) {
            *parent = number[*parent as usize];
        }
        r.cell_type = sorted(&r.cell_type, &order);
        r.parent = sorted(&r.parent, &order);
        r.founded = sorted(&r.founded, &order);
        r.extinct = sorted(&r.extinct, &order);
        r.count = sorted(&r.count, &order);
        for c in &mut r.observed_clone {
            *c = number[*c as usize];
        }
        sort_observations(&mut r);
        r
    }
}

fn sorted<T: Copy>(column: &[T], order: &[u32]) -> Vec<T> {
    order.iter().map(|&old| column[old as usize]).collect()
}

/// Within each observation, clones in increasing order.
fn sort_observations(r: &mut Record) {
    let mut rows: Vec<(u32, u32, u64)> = Vec::with_capacity(r.observed_count.len());
    for ((&time, &clone), &count) in r.observed_time.iter().zip(&r.observed_clone).zip(&r.observed_count) {
        rows.push((time, clone, count));
    }
    rows.sort_unstable_by_key(|&(time, clone, _)| (time, clone));
    for (k, (_, clone, count)) in rows.into_iter().enumerate() {
        (r.observed_clone[k], r.observed_count[k]) = (clone, count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_follow_the_times_of_founding() {
        let mut clones = Clones::new(10);
        clones.begin(&[5, 0, 2]);
        let late = clones.found(1, 0, 3.0, 1);
        let grandchild = clones.found(2, late, 4.0, 1);
        let early = clones.found(1, 1, 1.0, 7);
        clones.set(grandchild, 0, 4.5);
        clones.observe(3);
        assert_eq!((late, grandchild, early), (2, 3, 4));
        let r = clones.take();
        assert_eq!(r.founded, [0.0, 0.0, 1.0, 3.0, 4.0]);
        assert_eq!(r.parent, [NO_PARENT, NO_PARENT, 1, 0, 3]);
        assert_eq!(r.cell_type, [0, 2, 1, 1, 2]);
        assert_eq!(r.count, [5, 2, 7, 1, 0]);
        assert_eq!(r.extinct[4], 4.5);
        assert_eq!((r.observed_clone, r.observed_count), (vec![0, 1, 2, 3], vec![5, 2, 7, 1]));
        assert!(clones.is_empty());
    }

    #[test]
    fn what_is_taken_back_leaves_no_trace() {
        let mut clones = Clones::new(3);
        clones.begin(&[4, 1]);
        assert!(clones.has_room());
        clones.found(1, 0, 0.5, 9);
        assert!(!clones.has_room());
        clones.truncate(2);
        assert_eq!((clones.len(), clones.living.as_slice()), (2, [0, 1].as_slice()));
        let mut state = [0; 2];
        clones.sum_into(&mut state);
        assert_eq!(state, [4, 1]);
    }
}
