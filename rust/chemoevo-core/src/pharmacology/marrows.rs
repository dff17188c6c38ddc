//! The marrow of many patients who have several drugs, in parallel.
//!
//! The courses and the counts of a patient are made, asked and dropped by one worker, so that memory is that of the result.

use super::cohort::{Schedule, check_borders, note_compartment, room};
use super::course::Course;
use super::dosing::CourseError;
use super::marrow::{Acting, Marrow, Support, Suppression};
use super::model::Model;
use super::recovery::{Below, Path, Spell};
use rayon::prelude::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// One drug that many patients have.
#[derive(Clone, Debug)]
pub struct Given {
    /// One per patient.
    pub models: Arc<Vec<Arc<Model>>>,
    /// Doses.
    pub schedule: Schedule,
    /// The compartment that acts.
    pub compartment: usize,
    /// What it does, one per patient.
    pub suppressions: Vec<Suppression>,
}

/// The marrow of many patients, and what they are given.
#[derive(Clone, Debug, Default)]
pub struct Marrows {
    /// One per patient.
    pub each: Vec<Marrow>,
    /// Drugs.
    pub drugs: Vec<Given>,
    /// Growth factors, which all have.
    pub support: Vec<Support>,
}

impl Given {
    /// The drug in one patient, by the course there.
    pub(super) fn acting<'a>(&self, course: &'a Course, patient: usize) -> Acting<'a> {
        Acting { course, compartment: self.compartment, suppression: self.suppressions[patient] }
    }
}

impl Marrows {
    pub(super) fn check(&self) -> Result<(), CourseError> {
        let patients = self.each.len();
        for drug in &self.drugs {
            drug.schedule.check(patients)?;
            note_compartment(&drug.models, drug.compartment)?;
            drug.suppressions.iter().try_for_each(Suppression::check)?;
            for (what, got) in [("kinetics", drug.models.len()), ("suppressions", drug.suppressions.len())] {
                if got != patients {
                    return Err(CourseError::Patients { what, patients, got });
                }
            }
        }
        self.each.iter().try_for_each(Marrow::check)
    }

    /// The counts of a patient from 0 to a time.
    fn path(&self, patient: usize, until: f64, stop: &dyn Fn() -> bool) -> Result<Path, CourseError> {
        let course = |drug: &Given| Course::new(drug.models[patient].clone(), &drug.schedule.of(patient), None, stop);
        let courses = self.drugs.iter().map(course).collect::<Result<Vec<_>, _>>()?;
        let both = courses.iter().zip(&self.drugs);
        let acting: Vec<Acting<'_>> = both.map(|(course, drug)| drug.acting(course, patient)).collect();
        let marrow = &self.each[patient];
        marrow.follow(&acting, &self.support, (0.0, &marrow.steady()), until, stop)
    }

    /// Counts at times (h): (patients, times), on the current rayon pool.
    ///
    /// # Errors
    /// [`CourseError`] of the first patient found to have one, if `cancel` is set, or if there is no memory for the result.
    pub fn counts(&self, times: &[f64], cancel: &AtomicBool) -> Result<Vec<f64>, CourseError> {
        self.check()?;
        if let Some(&time) = times.iter().find(|t| !(**t >= 0.0 && t.is_finite())) {
            return Err(CourseError::Before { time, start: 0.0 });
        }
        let mut out = room(self.each.len(), times.len(), 0.0)?;
        let Some(until) = times.iter().copied().reduce(f64::max) else {
            return Ok(out);
        };
        let stop = || cancel.load(Ordering::Relaxed);
        out.par_chunks_mut(times.len()).enumerate().try_for_each(|(patient, row)| {
            let path = self.path(patient, until, &stop)?;
            row.iter_mut().zip(times).for_each(|(count, &time)| *count = path.at(time));
            Ok::<_, CourseError>(())
        })?;
        Ok(out)
    }

    /// What counts amount to between borders (h), (patients, periods); and below each of some levels, (patients, periods,
    /// levels).
    ///
    /// # Errors
    /// As [`Self::counts`], or if borders do not increase.
    pub fn periods(
        &self,
        borders: &[f64],
        levels: &[f64],
        cancel: &AtomicBool,
    ) -> Result<(Vec<Spell>, Vec<Below>), CourseError> {
        self.check()?;
        check_borders(borders)?;
        let periods = borders.len().saturating_sub(1);
        let mut spells = room(self.each.len(), periods, Spell::default())?;
        let mut below = room(self.each.len(), periods.saturating_mul(levels.len()), Below::NEVER)?;
        if spells.is_empty() {
            return Ok((spells, below));
        }
        let stop = || cancel.load(Ordering::Relaxed);
        let row = |(patient, (spells, below)): (usize, (&mut [Spell], &mut [Below]))| -> Result<(), CourseError> {
            let path = self.path(patient, borders[periods], &stop)?;
            for (k, (spell, ends)) in spells.iter_mut().zip(borders.windows(2)).enumerate() {
                let some = &mut below[k * levels.len()..(k + 1) * levels.len()];
                *spell = path.spell(ends[0], ends[1], levels, some);
            }
            Ok(())
        };
        if levels.is_empty() {
            let rows = spells.par_chunks_mut(periods).enumerate();
            rows.try_for_each(|(patient, some)| row((patient, (some, &mut []))))?;
        } else {
            let rows = spells.par_chunks_mut(periods).zip(below.par_chunks_mut(periods * levels.len()));
            rows.enumerate().try_for_each(row)?;
        }
        Ok((spells, below))
    }
}
