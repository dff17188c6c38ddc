//! What patients are given by rules: the marrow is followed to the day of a dose, the rules decide, and it goes on from there.
//!
//! What a drug has left in the body and what the marrow holds are carried from one dose to the next; nothing is begun anew.

use super::course::Course;
use super::dose_rules::{Action, Decision, DosePlan, DoseRules, PlannedDose, Realized, Reasons};
use super::dosing::{Administration, CourseError};
use super::marrow::{Acting, Support};
use super::marrows::Marrows;
use super::recovery::{Below, Path, Spell};
use super::state::State;
use rayon::prelude::*;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

/// Share of a dose by which a limit is not exceeded, nor left over, but for rounding.
const ROUNDING: f64 = 1e-9;

impl Marrows {
    /// What every patient is given of what is planned, by rules; on the current rayon pool. The schedules of the drugs are
    /// not looked at: doses are those that are planned.
    ///
    /// # Errors
    /// [`CourseError`] if numbers are out of range, of the first patient found to have one, or if `cancel` is set.
    pub fn realize(
        &self,
        planned: &DosePlan,
        rules: &DoseRules,
        cancel: &AtomicBool,
    ) -> Result<Vec<Realized>, CourseError> {
        self.check()?;
        rules.check()?;
        planned.check(self.each.len())?;
        if let Some(got) = planned.drugs.iter().filter_map(|drug| drug.acting).find(|&k| k >= self.drugs.len()) {
            return Err(CourseError::Compartment { compartments: self.drugs.len(), got });
        }
        let stop = || cancel.load(Ordering::Relaxed);
        let one = |patient| Patient::new(self, planned, rules, patient, &stop)?.followed();
        (0..self.each.len()).into_par_iter().map(one).collect()
    }
}

/// One patient, up to the time to which the counts have been followed.
struct Patient<'a> {
    marrows: &'a Marrows,
    planned: &'a DosePlan,
    rules: &'a DoseRules,
    patient: usize,
    stop: &'a dyn Fn() -> bool,
    now: f64,
    path: Path,
    /// Of the drugs that act, from the last dose on.
    courses: Vec<Course>,
    /// Start of the last cycle that gave something, and which it is.
    begun: (f64, usize),
    /// When the clock of a growth factor began.
    supported: Option<f64>,
    /// Hours by which everything is late.
    shift: f64,
    /// Reductions of every drug.
    reductions: Vec<usize>,
    /// What was given of every drug.
    sums: Vec<f64>,
    /// The largest dose of every drug that the last cycle gave: its index, and how much it was.
    largest: Vec<Option<(usize, f64)>>,
    found: Realized,
}

impl<'a> Patient<'a> {
    fn new(
        marrows: &'a Marrows,
        planned: &'a DosePlan,
        rules: &'a DoseRules,
        patient: usize,
        stop: &'a dyn Fn() -> bool,
    ) -> Result<Self, CourseError> {
        let marrow = &marrows.each[patient];
        let nothing = |drug: &super::marrows::Given| Course::new(drug.models[patient].clone(), &[], None, stop);
        let drugs = planned.drugs.len();
        let found = Realized {
            decisions: Vec::new(),
            late: vec![f64::INFINITY; planned.cycles()],
            factors: vec![0.0; planned.doses.len()],
        };
        Ok(Self {
            marrows,
            planned,
            rules,
            patient,
            stop,
            now: 0.0,
            path: marrow.begun(&marrow.steady()),
            courses: marrows.drugs.iter().map(nothing).collect::<Result<_, _>>()?,
            begun: (0.0, 0),
            supported: None,
            shift: 0.0,
            reductions: vec![0; drugs],
            sums: vec![0.0; drugs],
            largest: vec![None; drugs],
            found,
        })
    }

    fn followed(mut self) -> Result<Realized, CourseError> {
        let planned = self.planned;
        for cycle in 0..planned.cycles() {
            let first = planned.doses.partition_point(|dose| dose.cycle < cycle);
            let until = planned.doses.partition_point(|dose| dose.cycle <= cycle);
            if first == until {
                // Nothing is due, so nothing is decided.
                self.advance(planned.borders[cycle] + self.shift)?;
                self.found.late[cycle] = self.shift;
                continue;
            }
            let mut decision = self.opened(cycle, first..until)?;
            if decision.action == Action::Stop {
                self.found.decisions.push(decision);
                return Ok(self.found);
            }
            self.found.late[cycle] = self.shift;
            if decision.action == Action::Skip {
                decision.doses = (first, until);
                self.found.decisions.push(decision);
                continue;
            }
            self.begun = (self.now, cycle);
            if let Some(after) = planned.supported[cycle] {
                self.supported = Some(self.now + after);
            }
            self.largest.fill(None);
            for doses in self.days(first..until) {
                if doses.start > first {
                    decision = self.later_day(cycle, &planned.doses[doses.start])?;
                }
                decision.doses = (doses.start, doses.end);
                self.give(doses, &mut decision)?;
                self.found.decisions.push(decision);
            }
        }
        if let Some(&end) = planned.borders.last() {
            self.advance(end + self.shift)?;
            let cycle = planned.cycles().saturating_sub(1);
            let decision = self.seen(cycle, 0.0).0;
            self.found.decisions.push(Decision { action: Action::End, ..decision });
        }
        Ok(self.found)
    }

    /// Doses of a cycle that are decided upon together: those of its first day, and with [`DoseRules::skip_below`] from every
    /// later day on that has a drug that the rules are about.
    fn days(&self, doses: Range<usize>) -> Vec<Range<usize>> {
        let planned = self.planned;
        let mut borders = vec![doses.start];
        let day = |k: usize| planned.doses[k].day;
        let ruled = |d: u64| doses.clone().any(|k| day(k) == d && planned.drugs[planned.doses[k].drug].ruled);
        if self.rules.skip_below.is_some() {
            borders.extend((doses.start + 1..doses.end).filter(|&k| day(k) != day(k - 1) && ruled(day(k))));
        }
        borders.push(doses.end);
        borders.windows(2).map(|ends| ends[0]..ends[1]).collect()
    }

    /// Looks until a cycle begins or therapy ends; what was decided in the end.
    fn opened(&mut self, cycle: usize, doses: Range<usize>) -> Result<Decision, CourseError> {
        let border = self.planned.borders[cycle];
        if doses.start == 0 {
            self.advance(border)?;
            return Ok(Decision { nadir: f64::NAN, low: 0.0, ..self.seen(cycle, 0.0).0 });
        }
        let exhausted = |some: Range<usize>| self.planned.doses[some].iter().all(|dose| self.exhausted(dose));
        let (nothing_now, nothing_ever) = (exhausted(doses.clone()), exhausted(doses.start..self.planned.doses.len()));
        if nothing_now {
            self.advance(border + self.shift)?;
            let action = if nothing_ever { Action::Stop } else { Action::Skip };
            let reasons = Reasons { limit: true, ..Reasons::default() };
            return Ok(Decision { action, reasons, ..self.seen(cycle, 0.0).0 });
        }
        let shift = self.shift;
        for look in 0_u32.. {
            let late = f64::from(look) * self.rules.look_every;
            self.shift = shift + late;
            self.advance(border + self.shift)?;
            let (mut decision, feverish) = self.seen(cycle, late);
            let less = self.rules.give_less_at.is_some_and(|least| decision.count >= least);
            if decision.count >= self.rules.give_at || less {
                decision.reasons = Reasons {
                    count: decision.count < self.rules.give_at,
                    low: self.rules.low.is_some_and(|(_, hours)| decision.low > hours),
                    delay: self.rules.delay.is_some_and(|hours| late > hours),
                    fever: feverish,
                    ..Reasons::default()
                };
                self.lower(&mut decision);
                return Ok(decision);
            }
            decision.reasons.count = true;
            // Looks that come at the last moment but for rounding are within it.
            if late + self.rules.look_every > self.rules.wait_at_most * (1.0 + ROUNDING) {
                decision.action = Action::Stop;
                return Ok(decision);
            }
            decision.action = Action::Wait;
            self.found.decisions.push(decision);
        }
        unreachable!("a cycle does not wait for ever")
    }

    /// Lowers the doses of what was given last, where there is a reason.
    fn lower(&mut self, decision: &mut Decision) {
        decision.action = Action::Give;
        if decision.reasons == Reasons::default() {
            return;
        }
        let planned = self.planned;
        // Of ruled drugs that have levels: the largest dose that was given last, and the reductions that are possible.
        let given = planned.drugs.iter().enumerate().filter_map(|(k, drug)| {
            let (index, _) = self.largest[k].filter(|_| drug.ruled)?;
            Some((k, &planned.doses[index], drug.reductions?))
        });
        // A level that is no less than what was given last is passed over.
        let next = |(k, dose, most): (usize, &PlannedDose, usize)| {
            let now = dose.level(self.reductions[k]);
            (k, (self.reductions[k] + 1..=most).find(|&lower| dose.level(lower) < now))
        };
        let levels: Vec<(usize, Option<usize>)> = given.map(next).collect();
        let lowered: Vec<(usize, usize)> = levels.iter().filter_map(|&(k, lower)| Some((k, lower?))).collect();
        if !lowered.is_empty() {
            lowered.into_iter().for_each(|(k, lower)| self.reductions[k] = lower);
            decision.action = Action::Reduce;
        } else if !levels.is_empty() {
            decision.reasons.lowest = true;
            if self.rules.ends_at_lowest {
                decision.action = Action::Stop;
            }
        }
    }

    /// Decides whether what is due on a later day of a cycle is given.
    fn later_day(&mut self, cycle: usize, dose: &PlannedDose) -> Result<Decision, CourseError> {
        self.advance(dose.time + self.shift)?;
        let (mut decision, _) = self.seen(cycle, 0.0);
        decision.reasons.count = self.rules.skip_below.is_some_and(|least| decision.count < least);
        decision.action = if decision.reasons.count { Action::Skip } else { Action::Give };
        Ok(decision)
    }

    /// What is seen now; and whether there was fever since the last cycle that gave something began.
    fn seen(&self, cycle: usize, late: f64) -> (Decision, bool) {
        let (fever, rate) = self.rules.fever;
        let levels = [self.rules.low.map_or(0.0, |low| low.0), fever];
        let mut below = [Below::NEVER; 2];
        let (since, running) = self.begun;
        let Spell { nadir, last: count, .. } = self.path.spell(since, self.now, &levels, &mut below);
        let draw = self.planned.draws[self.patient * self.planned.cycles() + running];
        let feverish = draw < -f64::exp_m1(-rate * below[1].hours);
        let (action, reasons) = (Action::Give, Reasons::default());
        (
            Decision {
                cycle,
                doses: (0, 0),
                time: self.now,
                late,
                count,
                nadir,
                low: below[0].longest,
                action,
                reasons,
            },
            feverish,
        )
    }

    /// What may still be given of the drug of a dose.
    fn left(&self, dose: &PlannedDose) -> f64 {
        self.planned.drugs[dose.drug].limits[self.patient] - self.sums[dose.drug]
    }

    fn amount(&self, index: usize) -> f64 {
        self.planned.amounts[self.patient * self.planned.doses.len() + index]
    }

    fn exhausted(&self, dose: &PlannedDose) -> bool {
        self.sums[dose.drug] >= self.planned.drugs[dose.drug].limits[self.patient] * (1.0 - ROUNDING)
    }

    /// Gives doses from now on, but for those that are left out; what comes of limits is noted.
    fn give(&mut self, doses: Range<usize>, decision: &mut Decision) -> Result<(), CourseError> {
        let skips = decision.action == Action::Skip;
        let mut nothing = true;
        let mut given: Vec<Vec<Administration>> = vec![Vec::new(); self.courses.len()];
        for index in doses {
            let (dose, planned) = (&self.planned.doses[index], self.amount(index));
            let drug = &self.planned.drugs[dose.drug];
            if skips && drug.ruled {
                continue;
            }
            let level = dose.level(self.reductions[dose.drug]);
            let mut factor = level;
            if planned * level > self.left(dose) * (1.0 + ROUNDING) {
                decision.reasons.limit = true;
                factor = if self.exhausted(dose) { 0.0 } else { self.left(dose) / planned };
            }
            let amount = planned * factor;
            self.sums[dose.drug] += amount;
            self.found.factors[index] = factor;
            nothing &= amount == 0.0;
            if amount > self.largest[dose.drug].map_or(0.0, |(_, most)| most) {
                self.largest[dose.drug] = Some((index, amount));
            }
            if let Some(acting) = drug.acting {
                let time = dose.time + self.shift;
                let (duration, by_mouth) = (dose.duration, dose.by_mouth);
                given[acting].push(Administration { time, amount, duration, by_mouth });
            }
        }
        for (k, doses) in given.into_iter().enumerate().filter(|(_, doses)| !doses.is_empty()) {
            let state: State = self.courses[k].state(self.now)?;
            let model = self.marrows.drugs[k].models[self.patient].clone();
            self.courses[k] = Course::new(model, &doses, Some(&state), self.stop)?;
        }
        if nothing && decision.reasons.limit {
            decision.action = Action::Skip;
        }
        Ok(())
    }

    /// Follows the counts until a time.
    fn advance(&mut self, until: f64) -> Result<(), CourseError> {
        if until <= self.now {
            return Ok(());
        }
        let both = self.courses.iter().zip(&self.marrows.drugs);
        let acting: Vec<Acting<'_>> = both.map(|(course, drug)| drug.acting(course, self.patient)).collect();
        let factor = self.planned.growth.zip(self.supported);
        let support: Vec<Support> = factor
            .map(|((from, to, speed), begun)| Support { from: begun + from, to: begun + to, speed })
            .into_iter()
            .collect();
        let marrow = &self.marrows.each[self.patient];
        marrow.extend(&mut self.path, &acting, &support, self.now..until, self.stop)?;
        self.now = until;
        Ok(())
    }
}
