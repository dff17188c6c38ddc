//! The clones of all replicates, column by column.

use super::memory::{RunError, reserved};
use crate::engine::clones::Record;

/// The clones of all replicates, one replicate after the other.
#[derive(Debug, Default, PartialEq)]
pub struct CloneColumns {
    /// Number of clones of every replicate.
    pub clones: Vec<u64>,
    /// Number of rows of sizes of every replicate.
    pub sizes: Vec<u64>,
    /// Type of every clone.
    pub cell_type: Vec<u32>,
    /// Number, within the replicate, of the clone that it comes from; `u32::MAX` for those present at time 0.
    pub parent: Vec<u32>,
    /// (days) When it was founded.
    pub founded: Vec<f64>,
    /// (days) When its last cell was gone; infinite if it never was.
    pub extinct: Vec<f64>,
    /// Cells at the end of the replicate.
    pub count: Vec<u64>,
    /// Of every row of sizes: the clone's number within the replicate.
    pub observed_clone: Vec<u32>,
    /// Of every row of sizes: the index of the observation time.
    pub observed_time: Vec<u32>,
    /// Of every row of sizes: the cells, at least one.
    pub observed_count: Vec<u64>,
}

impl CloneColumns {
    /// Puts the records of all replicates together; each is freed once it has been copied.
    ///
    /// # Errors
    /// [`RunError::Memory`] if there is no room for both.
    pub fn gather(records: Vec<Option<Box<Record>>>) -> Result<Self, RunError> {
        let rows = |of: fn(&Record) -> usize| records.iter().flatten().map(|r| of(r)).sum::<usize>();
        let (clones, sizes) = (rows(|r| r.count.len()), rows(|r| r.observed_count.len()));
        let mut all = Self {
            clones: reserved(records.len())?,
            sizes: reserved(records.len())?,
            cell_type: reserved(clones)?,
            parent: reserved(clones)?,
            founded: reserved(clones)?,
            extinct: reserved(clones)?,
            count: reserved(clones)?,
            observed_clone: reserved(sizes)?,
            observed_time: reserved(sizes)?,
            observed_count: reserved(sizes)?,
        };
        for record in records {
            let mut record = record.unwrap_or_default();
            all.clones.push(record.count.len() as u64);
            all.sizes.push(record.observed_count.len() as u64);
            all.cell_type.append(&mut record.cell_type);
            all.parent.append(&mut record.parent);
            all.founded.append(&mut record.founded);
            all.extinct.append(&mut record.extinct);
            all.count.append(&mut record.count);
            all.observed_clone.append(&mut record.observed_clone);
            all.observed_time.append(&mut record.observed_time);
            all.observed_count.append(&mut record.observed_count);
        }
        Ok(all)
    }
}
