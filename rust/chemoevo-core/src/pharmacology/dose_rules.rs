//! Rules by which doses wait, become smaller, are left out or end, as counts of circulating cells say; and what is planned.
//!
//! Counts depend on doses and on no tumor, so a regimen is realized for a patient before any tumor cell is looked at.

use super::cohort::check_borders;
use super::dosing::CourseError;
use super::marrow::Support;

/// When the next dose is given, when it is smaller, and when there is none.
#[derive(Clone, Debug, PartialEq)]
pub struct DoseRules {
    /// Count from which on a cycle begins.
    pub give_at: f64,
    /// Count from which on it begins with smaller doses; otherwise it waits.
    pub give_less_at: Option<f64>,
    /// Count below which what is due on a later day of a cycle is left out.
    pub skip_below: Option<f64>,
    /// Hours from one look to the next while a cycle waits.
    pub look_every: f64,
    /// Hours that a cycle waits at most.
    pub wait_at_most: f64,
    /// Smaller doses after a count below the first for more hours than the second, without a break, in the cycle before.
    pub low: Option<(f64, f64)>,
    /// Smaller doses after a cycle had to wait for more hours.
    pub delay: Option<f64>,
    /// Count below which fever may come, and its rate per hour there.
    pub fever: (f64, f64),
    /// Whether therapy ends where doses would have to be smaller than the smallest.
    pub ends_at_lowest: bool,
}

/// A dose that is planned.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedDose {
    /// Its cycle, from 0.
    pub cycle: usize,
    /// Its day: doses of one day are decided upon together.
    pub day: u64,
    /// Start in hours, without delays.
    pub time: f64,
    /// Length in hours.
    pub duration: f64,
    /// Through absorption.
    pub by_mouth: bool,
    /// Its drug.
    pub drug: usize,
    /// Factors on its amount after 0, 1, ... reductions of the drug; at least one, the last one is the smallest.
    pub levels: Vec<f64>,
}

/// A drug that is planned.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedDrug {
    /// Whether the rules make its doses smaller or leave them out.
    pub ruled: bool,
    /// Which of the drugs that act on the marrow it is.
    pub acting: Option<usize>,
    /// Reductions that are possible; nothing where it has no levels, and is never reduced.
    pub reductions: Option<usize>,
    /// Largest sum of its doses, one per patient; infinite where there is none.
    pub limits: Vec<f64>,
}

/// What is planned for many patients.
#[derive(Clone, Debug, Default)]
pub struct DosePlan {
    /// Starts of all cycles, and the end of the last, in hours.
    pub borders: Vec<f64>,
    /// In order of time, and so of cycle and day.
    pub doses: Vec<PlannedDose>,
    /// Drugs.
    pub drugs: Vec<PlannedDrug>,
    /// (patients, doses) Amounts.
    pub amounts: Vec<f64>,
    /// A growth factor: from, to (hours from when its clock begins), speed.
    pub growth: Option<(f64, f64, f64)>,
    /// Hours after the border of every cycle at which the clock of the growth factor begins anew; none where it does not.
    pub supported: Vec<Option<f64>>,
    /// (patients, cycles) Uniform random numbers, which decide upon fever.
    pub draws: Vec<f64>,
}

/// What is done at a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// As planned, at the level reached.
    Give,
    /// At a level below that of the cycle before.
    Reduce,
    /// Nothing until the next look.
    Wait,
    /// What is due on this day is left out.
    Skip,
    /// No more doses.
    Stop,
    /// All has been given; the last cycle has ended.
    End,
}

/// Why doses are smaller, or there are none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reasons {
    /// The count is too low.
    pub count: bool,
    /// The count was too low for too long.
    pub low: bool,
    /// The cycle had to wait for too long.
    pub delay: bool,
    /// There was fever.
    pub fever: bool,
    /// The drug was at its lowest level.
    pub lowest: bool,
    /// A drug was given as much as may be in all.
    pub limit: bool,
}

/// A look, and what is decided.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decision {
    /// The cycle that is due, from 0.
    pub cycle: usize,
    /// What is decided upon: from this dose until before that one; none while a cycle waits, and where there are no more.
    pub doses: (usize, usize),
    /// In hours.
    pub time: f64,
    /// Hours since it was due.
    pub late: f64,
    /// The count.
    pub count: f64,
    /// The smallest since the last cycle that gave something began; not a number at the very first.
    pub nadir: f64,
    /// Hours of the longest time below the level of [`DoseRules::low`] since then.
    pub low: f64,
    /// What is done.
    pub action: Action,
    /// Why.
    pub reasons: Reasons,
}

/// What a patient is given.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Realized {
    /// In order of time.
    pub decisions: Vec<Decision>,
    /// Hours by which every cycle is late; infinite of one that is never given.
    pub late: Vec<f64>,
    /// Factors on the planned amounts; 0 is not given.
    pub factors: Vec<f64>,
}

impl PlannedDose {
    /// The factor on its amount after so many reductions.
    pub(super) fn level(&self, reductions: usize) -> f64 {
        self.levels[reductions.min(self.levels.len() - 1)]
    }
}

impl DoseRules {
    pub(super) fn check(&self) -> Result<(), CourseError> {
        let optional = [self.give_less_at, self.skip_below, self.delay, self.low.map(|l| l.0), self.low.map(|l| l.1)];
        let all = [self.give_at, self.wait_at_most, self.fever.0, self.fever.1];
        for value in all.into_iter().chain(optional.into_iter().flatten()) {
            if !(value >= 0.0 && value.is_finite()) {
                return Err(CourseError::Rule(value));
            }
        }
        if self.look_every > 0.0 && self.look_every.is_finite() {
            Ok(())
        } else {
            Err(CourseError::Rule(self.look_every))
        }
    }
}

impl DosePlan {
    pub(super) fn cycles(&self) -> usize {
        self.borders.len().saturating_sub(1)
    }

    pub(super) fn check(&self, patients: usize) -> Result<(), CourseError> {
        let fits = |what, rows: usize, each: usize| {
            let fits = rows == patients.saturating_mul(each);
            if fits { Ok(()) } else { Err(CourseError::Patients { what, patients, got: rows / each.max(1) }) }
        };
        fits("amounts", self.amounts.len(), self.doses.len())?;
        fits("draws", self.draws.len(), self.cycles())?;
        if self.supported.len() != self.cycles() {
            return Err(CourseError::Borders(self.borders.len() as f64));
        }
        check_borders(&self.borders)?;
        let (from, to, speed) = self.growth.unwrap_or((0.0, 0.0, 1.0));
        Support { from, to, speed }.check()?;
        self.drugs.iter().try_for_each(|drug| fits("limits", drug.limits.len(), 1))?;
        let known = |dose: &PlannedDose| dose.cycle < self.cycles() && dose.drug < self.drugs.len();
        let early = |dose: &PlannedDose| dose.time < self.borders[dose.cycle];
        if let Some(index) = self.doses.iter().position(|dose| !known(dose) || early(dose) || dose.levels.is_empty()) {
            return Err(CourseError::Planned(index));
        }
        let order = |a: &PlannedDose, b: &PlannedDose| (a.cycle, a.day) <= (b.cycle, b.day) && a.time <= b.time;
        match self.doses.windows(2).position(|two| !order(&two[0], &two[1])) {
            Some(index) => Err(CourseError::Planned(index + 1)),
            None => Ok(()),
        }
    }
}
