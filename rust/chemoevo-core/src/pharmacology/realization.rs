//! What patients are given by rules: the marrow is followed to the day of a dose, the rules decide, and it goes on from there.
//!
//! What a drug has left in the body and what the marrow holds are carried from one dose to the next; nothing is begun anew.

use super::course::Course;
use super::dose_rules::{Action, Decision, DoseRules, Planned, PlannedDose, Realized, Reasons};
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
        planned: &Planned,
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
    planned: &'a Planned,
    rules: &'a DoseRules,
    patient: usize,
    stop: &'a dyn Fn() -> bool,
    now: f64,
    path: Path,
    /// Of the drugs that act, from the last dose on.
    courses: Vec<Course>,
    /// Start of the cycle that is being given.
    begun: f64,
    /// Hours by which everything is late.
    shift: f64,
    /// Reductions of every drug.
    reductions: Vec<usize>,
    /// What was given of every drug.
    sums: Vec<f64>,
    /// The last dose of every drug that this cycle has given.
    last: Vec<Option<usize>>,
    found: Realized,
}

impl<'a> Patient<'a> {
    fn new(
        marrows: &'a Marrows,
        planned: &'a Planned,
        rules: &'a DoseRules,
        patient: usize,
        stop: &'a dyn Fn() -> bool,
    ) -> Result<Self, CourseError> {
        let marrow = &marrows.each[patient];
        let nothing = |drug: &super::marrows::Given| Course::new(drug.models[patient].clone(), &[], None, stop);
        let drugs = planned.drugs.len();
        let found = Realized {
            decisions: Vec::new(),
            starts: vec![f64::INFINITY; planned.cycles()],
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
            begun: 0.0,
            shift: 0.0,
            reductions: vec![0; drugs],
            sums: vec![0.0; drugs],
            last: vec![None; drugs],
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
                self.begun = self.now;
                self.found.starts[cycle] = self.now;
                continue;
            }
            let mut decision = self.opened(cycle, first)?;
            if decision.action == Action::Stop {
                self.found.decisions.push(decision);
                return Ok(self.found);
            }
            (self.begun, self.now) = (decision.time, decision.time);
            self.found.starts[cycle] = decision.time;
            self.last.fill(None);
            for doses in self.days(first..until) {
                if doses.start > first {
                    decision = self.later_day(cycle, &planned.doses[doses.start])?;
                }
                let skips = decision.action == Action::Skip;
                decision.reasons.limit = self.give(doses, skips)?;
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

    /// Doses of a cycle that are decided upon together.
    fn days(&self, doses: Range<usize>) -> Vec<Range<usize>> {
        if self.rules.skip_below.is_none() {
            return vec![doses];
        }
        let mut found: Vec<Range<usize>> = Vec::new();
        for k in doses {
            match found.last_mut() {
                Some(last) if self.planned.doses[last.start].day == self.planned.doses[k].day => last.end = k + 1,
                _ => found.push(k..k + 1),
            }
        }
        found
    }

    /// Looks until a cycle begins or therapy ends; what was decided in the end.
    fn opened(&mut self, cycle: usize, first: usize) -> Result<Decision, CourseError> {
        let border = self.planned.borders[cycle];
        if cycle == 0 {
            let count = self.path.at(0.0);
            let (action, reasons) = (Action::Give, Reasons::default());
            return Ok(Decision { cycle, time: 0.0, late: 0.0, count, nadir: f64::NAN, low: 0.0, action, reasons });
        }
        let shift = self.shift;
        for look in 0_u32.. {
            let late = f64::from(look) * self.rules.look_every;
            self.shift = shift + late;
            self.advance(border + self.shift)?;
            let (mut decision, feverish) = self.seen(cycle, late);
            if self.planned.doses[first..].iter().all(|dose| self.exhausted(dose)) {
                decision.action = Action::Stop;
                decision.reasons.limit = true;
                return Ok(decision);
            }
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
        // A level that is no less than what was given last is passed over.
        let next = |k: usize, dose: &PlannedDose| {
            let now = dose.level(self.reductions[k]);
            (self.reductions[k] + 1..=planned.drugs[k].reductions).find(|&lower| dose.level(lower) < now)
        };
        let given = self.last.iter().enumerate().filter(|&(k, _)| planned.drugs[k].ruled);
        let lowered: Vec<(usize, usize)> =
            given.filter_map(|(k, last)| Some((k, next(k, &planned.doses[(*last)?])?))).collect();
        if !lowered.is_empty() {
            lowered.into_iter().for_each(|(k, lower)| self.reductions[k] = lower);
            decision.action = Action::Reduce;
        } else if self.rules.ends_at_lowest {
            decision.reasons.lowest = true;
            decision.action = Action::Stop;
        } else {
            decision.reasons.lowest = true;
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

    /// What is seen now; and whether there was fever since this cycle began.
    fn seen(&self, cycle: usize, late: f64) -> (Decision, bool) {
        let (fever, rate) = self.rules.fever;
        let levels = [self.rules.low.map_or(0.0, |low| low.0), fever];
        let mut below = [Below::NEVER; 2];
        let Spell { nadir, last: count, .. } = self.path.spell(self.begun, self.now, &levels, &mut below);
        let running = self.found.starts.iter().filter(|start| start.is_finite()).count().saturating_sub(1);
        let draw = self.planned.draws[self.patient * self.planned.cycles() + running];
        let feverish = draw < -f64::exp_m1(-rate * below[1].hours);
        let (action, reasons) = (Action::Give, Reasons::default());
        (Decision { cycle, time: self.now, late, count, nadir, low: below[0].longest, action, reasons }, feverish)
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

    /// Gives doses from now on, or leaves out those that the rules are about; whether a limit was met.
    fn give(&mut self, doses: Range<usize>, skips: bool) -> Result<bool, CourseError> {
        let mut limited = false;
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
                limited = true;
                factor = if self.exhausted(dose) { 0.0 } else { self.left(dose) / planned };
            }
            let amount = planned * factor;
            self.sums[dose.drug] += amount;
            self.found.factors[index] = factor;
            if amount > 0.0 {
                self.last[dose.drug] = Some(index);
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
        Ok(limited)
    }

    /// Follows the counts until a time.
    fn advance(&mut self, until: f64) -> Result<(), CourseError> {
        if until <= self.now {
            return Ok(());
        }
        let acting: Vec<Acting<'_>> = self
            .courses
            .iter()
            .zip(&self.marrows.drugs)
            .map(|(course, drug)| Acting {
                course,
                compartment: drug.compartment,
                suppression: drug.suppressions[self.patient],
            })
            .collect();
        let support: Vec<Support> = self
            .planned
            .growth
            .iter()
            .map(|&(from, to, speed)| Support { from: self.begun + from, to: self.begun + to, speed })
            .collect();
        let marrow = &self.marrows.each[self.patient];
        marrow.extend(&mut self.path, &acting, &support, self.now..until, self.stop)?;
        self.now = until;
        Ok(())
    }
}
