//! Doses of one drug, what they let enter, and what can be wrong with a course of them.

use super::input::Input;
use super::model::Model;
use super::state::StateError;

/// One administration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Administration {
    /// Start in hours.
    pub time: f64,
    /// Amount, in the unit of the model's amounts.
    pub amount: f64,
    /// Length in hours; 0 is all at once.
    pub duration: f64,
    /// Through absorption; otherwise into plasma.
    pub by_mouth: bool,
}

/// What is wrong with a dose.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("doses[{index}].{field} must be finite and >= 0; got {value}")]
pub struct DoseError {
    /// Position of the dose.
    pub index: usize,
    /// Its field.
    pub field: &'static str,
    /// The value.
    pub value: f64,
}

/// Why there is no course.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CourseError {
    /// A number of a dose is out of range.
    #[error(transparent)]
    Dose(#[from] DoseError),
    /// A state that is none of the model.
    #[error(transparent)]
    State(#[from] StateError),
    /// A dose by mouth of a drug without absorption.
    #[error("doses[{0}] is given by mouth, but the kinetics have no absorption")]
    Route(usize),
    /// A dose that lasts, by mouth, where it is to be absorbed as only what is given at once can be.
    #[error("doses[{0}] lasts, but absorption by a number of stages that is not whole is of what is given at once")]
    Lasts(usize),
    /// A dose before the state from which the course goes on.
    #[error("doses[{index}].time must be >= the time of the state, {start}; got {time}")]
    Early {
        /// Position of the dose.
        index: usize,
        /// Its time.
        time: f64,
        /// The state's.
        start: f64,
    },
    /// A time before the start of the course.
    #[error("times must be finite and >= the start of the course, {start}; got {time}")]
    Before {
        /// The time.
        time: f64,
        /// Where the course starts.
        start: f64,
    },
    /// A compartment that is not there.
    #[error("compartment must be below {compartments}; got {got}")]
    Compartment {
        /// Number of compartments.
        compartments: usize,
        /// The one asked for.
        got: usize,
    },
    /// Steady dosing of a drug that saturates.
    #[error("steady dosing is worked out for linear kinetics only")]
    Saturable,
    /// A dose that is not within the interval of steady dosing.
    #[error("doses[{index}].time must be below the interval, {interval}; got {time}")]
    Outside {
        /// Position of the dose.
        index: usize,
        /// Its time.
        time: f64,
        /// The interval.
        interval: f64,
    },
    /// An interval of steady dosing.
    #[error("interval must be finite and > 0; got {0}")]
    Interval(f64),
    /// An interval that is very short beside the time of absorption by a number of stages that is not whole.
    #[error(
        "interval must be longer where absorption takes up to {hours} h: more than a million doses were on their way"
    )]
    OnTheWay {
        /// How long that takes.
        hours: f64,
    },
    /// Borders of periods.
    #[error("borders must increase from 0 on; got {0}")]
    Borders(f64),
    /// Arrays of a cohort that do not fit.
    #[error("{what} must have one row per patient ({patients}); got {got}")]
    Patients {
        /// The array.
        what: &'static str,
        /// Number of patients.
        patients: usize,
        /// Its rows.
        got: usize,
    },
    /// Saturable kinetics that no step can follow.
    #[error("the concentration changes too fast to be followed at {0} h")]
    Steps(f64),
    /// A concentration so far above a KM that the difference to linear kinetics has lost its digits.
    #[error(
        "the concentration is {ratio:.3e} times a KM at {time} h, and up to 30 000 times can be followed: give a larger KM"
    )]
    Saturated {
        /// In hours.
        time: f64,
        /// Concentration over KM.
        ratio: f64,
    },
    /// One of several patients.
    #[error("patient[{patient}]: {error}")]
    Of {
        /// Position of the patient.
        patient: usize,
        /// What happened.
        error: Box<CourseError>,
    },
    /// A number of the marrow, or of what is done to it.
    #[error("{field} of the marrow must be finite and in its range; got {value}")]
    Marrow {
        /// Its name.
        field: &'static str,
        /// The value.
        value: f64,
    },
    /// Counts that no step can follow.
    #[error("the cells of the marrow change too fast to be followed at {0} h")]
    Counts(f64),
    /// A number of a rule for doses.
    #[error("numbers of rules must be finite and >= 0, and looks apart; got {0}")]
    Rule(f64),
    /// A dose that is planned for a cycle or a drug that is not there, before its cycle, or out of order.
    #[error("doses[{0}] is planned for no cycle or drug, before its cycle, or out of order")]
    Planned(usize),
    /// Memory for results.
    #[error("no memory for results of {bytes} bytes: ask for fewer patients or times at once")]
    Memory {
        /// What was asked for in vain.
        bytes: u64,
    },
    /// The caller asked to stop.
    #[error("the computation was interrupted")]
    Interrupted,
}

/// (h) Infusions are longer.
const SHORTEST: f64 = 1e-12;

/// What a dose lets enter.
pub(super) fn entering(
    model: &Model,
    index: usize,
    dose: &Administration,
    from: f64,
) -> Result<Option<Input>, CourseError> {
    for (field, value) in [("time", dose.time), ("amount", dose.amount), ("duration", dose.duration)] {
        if !(value >= 0.0 && value.is_finite()) {
            return Err(DoseError { index, field, value }.into());
        }
    }
    if dose.time < from {
        return Err(CourseError::Early { index, time: dose.time, start: from });
    }
    let (lag, share) = match (dose.by_mouth, model.by_mouth) {
        (false, _) => (0.0, 1.0),
        (true, Some(both)) => both,
        (true, None) => return Err(CourseError::Route(index)),
    };
    let (start, amount) = (dose.time + lag, dose.amount * share);
    if let Some(inflow) = model.inflow.as_ref().filter(|_| dose.by_mouth) {
        if dose.duration > 0.0 {
            return Err(CourseError::Lasts(index));
        }
        let entry = Input { given: dose.time, start, end: start + inflow.lasts(), amount, by_mouth: true };
        return Ok((amount > 0.0).then_some(entry));
    }
    // An infusion too short for the clock is a bolus, as is one that nothing in a body could tell from it.
    let end = start + dose.duration;
    let end = if end - start > SHORTEST { end } else { start };
    let entry = Input { given: dose.time, start, end, amount, by_mouth: dose.by_mouth };
    Ok((amount > 0.0).then_some(entry))
}
