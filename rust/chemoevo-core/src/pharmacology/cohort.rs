//! One drug in many patients, in parallel.
//!
//! The course of a patient is made, asked and dropped by one worker, so that memory is that of the result.

use super::cascade::Measure;
use super::course::Course;
use super::dosing::{Administration, CourseError};
use super::model::Model;
use super::periods::Period;
use rayon::prelude::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Times between two looks whether to stop.
const LOOK_EVERY: usize = 4096;
/// Periods between two looks whether to stop.
const PERIODS_AT_ONCE: usize = 64;

/// Doses of every patient: times, durations and routes are shared, amounts may differ.
#[derive(Clone, Debug, Default)]
pub struct Schedule {
    /// Start of each dose in hours.
    pub times: Vec<f64>,
    /// (patients, doses) or (doses,): amounts.
    pub amounts: Vec<f64>,
    /// Length of each dose in hours.
    pub durations: Vec<f64>,
    /// Whether each goes through absorption.
    pub by_mouth: Vec<bool>,
}

impl Schedule {
    /// Doses of one patient.
    pub(super) fn of(&self, patient: usize) -> Vec<Administration> {
        let doses = self.times.len();
        let amounts = if self.amounts.len() == doses { &self.amounts[..] } else { &self.amounts[patient * doses..] };
        (0..doses)
            .map(|k| Administration {
                time: self.times[k],
                amount: amounts[k],
                duration: self.durations[k],
                by_mouth: self.by_mouth[k],
            })
            .collect()
    }

    pub(super) fn check(&self, patients: usize) -> Result<(), CourseError> {
        let doses = self.times.len();
        let wrong = |what, got| Err(CourseError::Patients { what, patients, got });
        if self.durations.len() != doses {
            return wrong("durations", self.durations.len());
        }
        if self.by_mouth.len() != doses {
            return wrong("by_mouth", self.by_mouth.len());
        }
        if self.amounts.len() != doses && self.amounts.len() != doses * patients {
            return wrong("amounts", self.amounts.len() / doses.max(1));
        }
        Ok(())
    }
}

/// A measure of one compartment, (patients, times), on the current rayon pool.
///
/// # Errors
/// [`CourseError`] of the first patient found to have one, if `cancel` is set, or if there is no memory for the result.
pub fn cohort(
    models: &[Arc<Model>],
    schedule: &Schedule,
    times: &[f64],
    (compartment, measure): (usize, Measure),
    cancel: &AtomicBool,
) -> Result<Vec<f64>, CourseError> {
    schedule.check(models.len())?;
    note_compartment(models, compartment)?;
    if let Some(&time) = times.iter().find(|t| !(**t >= 0.0 && t.is_finite())) {
        return Err(CourseError::Before { time, start: 0.0 });
    }
    let mut out = room(models.len(), times.len(), 0.0)?;
    if times.is_empty() {
        return Ok(out);
    }
    let stop = || cancel.load(Ordering::Relaxed);
    out.par_chunks_mut(times.len()).zip(models).enumerate().try_for_each(|(patient, (row, model))| {
        let course =
            Course::new(model.clone(), &schedule.of(patient), None, &stop).map_err(|error| of(patient, error))?;
        for (part, some) in row.chunks_mut(LOOK_EVERY).zip(times.chunks(LOOK_EVERY)) {
            if stop() {
                return Err(CourseError::Interrupted);
            }
            course.fill(compartment, measure, some, part);
        }
        Ok(())
    })?;
    Ok(out)
}

/// What compartments amount to between borders (h): (patients, compartments, periods). Each compartment comes with a level,
/// above which time is counted.
///
/// # Errors
/// As [`cohort`], or if borders do not increase.
pub fn cohort_periods(
    models: &[Arc<Model>],
    schedule: &Schedule,
    borders: &[f64],
    levels: &[(usize, f64)],
    cancel: &AtomicBool,
) -> Result<Vec<Period>, CourseError> {
    schedule.check(models.len())?;
    for &(compartment, _) in levels {
        note_compartment(models, compartment)?;
    }
    check_borders(borders)?;
    let periods = borders.len().saturating_sub(1);
    let mut out = room(models.len(), levels.len().saturating_mul(periods), Period::default())?;
    if out.is_empty() {
        return Ok(out);
    }
    let stop = || cancel.load(Ordering::Relaxed);
    out.par_chunks_mut(levels.len() * periods).zip(models).enumerate().try_for_each(|(patient, (row, model))| {
        let course =
            Course::new(model.clone(), &schedule.of(patient), None, &stop).map_err(|error| of(patient, error))?;
        for (part, &(compartment, level)) in row.chunks_mut(periods).zip(levels) {
            for (some, ends) in part.chunks_mut(PERIODS_AT_ONCE).zip(borders[..periods].chunks(PERIODS_AT_ONCE)) {
                if stop() {
                    return Err(CourseError::Interrupted);
                }
                let first = borders.partition_point(|&b| b < ends[0]);
                course.periods(compartment, &borders[first..=first + some.len()], level, some);
            }
        }
        Ok(())
    })?;
    Ok(out)
}

/// Says whose course could not be followed.
fn of(patient: usize, error: CourseError) -> CourseError {
    match error {
        CourseError::Steps(_) | CourseError::Saturated { .. } => CourseError::Of { patient, error: Box::new(error) },
        other => other,
    }
}

pub(super) fn check_borders(borders: &[f64]) -> Result<(), CourseError> {
    let mut last = -f64::MIN_POSITIVE;
    for &border in borders {
        if !(border > last && border.is_finite()) {
            return Err(CourseError::Borders(border));
        }
        last = border;
    }
    Ok(())
}

pub(super) fn note_compartment(models: &[Arc<Model>], compartment: usize) -> Result<(), CourseError> {
    let lacking = models.iter().find(|model| compartment >= model.compartments());
    let error = |model: &Arc<Model>| CourseError::Compartment { compartments: model.compartments(), got: compartment };
    lacking.map_or(Ok(()), |model| Err(error(model)))
}

pub(super) fn room<T: Clone>(patients: usize, each: usize, value: T) -> Result<Vec<T>, CourseError> {
    let lacking = |len: usize| CourseError::Memory { bytes: (len as u64).saturating_mul(size_of::<T>() as u64) };
    let len = patients.checked_mul(each).ok_or(CourseError::Memory { bytes: u64::MAX })?;
    let mut all = Vec::new();
    all.try_reserve_exact(len).map_err(|_| lacking(len))?;
    all.resize(len, value);
    Ok(all)
}
