//! `DosePlan`, `DoseRules`, `Realized`: what is planned, by which rules it changes, and what patients are given.

use super::cohort::Column;
use crate::arrays::{Held, column, shaped, values};
use chemoevo_core::pharmacology as core;
use numpy::{Ix1, Ix2};
use pyo3::prelude::*;

/// Cycle (from 0), day, start (h), duration (h), by mouth, drug, and factors after 0, 1, ... reductions.
type PlannedDose = (usize, u64, f64, f64, bool, usize, Vec<f64>);

/// Whether rules are about it, which of the drugs that act it is, reductions, and limits of the sum, one per patient.
type PlannedDrug<'py> = (bool, Option<usize>, Option<usize>, Column<'py>);

/// What is planned for many patients.
#[pyclass(frozen, module = "chemoevo._core")]
pub struct DosePlan {
    pub inner: core::DosePlan,
}

#[pymethods]
impl DosePlan {
    /// `borders` (h) of all cycles; `amounts` (patients, doses) and uniform `draws` (patients, cycles) in rows; `growth` from
    /// (h), to (h) and speed, by a clock that begins anew some hours after the borders of some cycles (`supported`).
    #[new]
    #[pyo3(signature = (borders, doses, drugs, amounts, draws, *, supported, growth=None))]
    #[expect(clippy::needless_pass_by_value, reason = "what Python gives")]
    fn new(
        borders: Column<'_>,
        doses: Vec<PlannedDose>,
        drugs: Vec<PlannedDrug<'_>>,
        amounts: Column<'_>,
        draws: Column<'_>,
        supported: Vec<Option<f64>>,
        growth: Option<(f64, f64, f64)>,
    ) -> Self {
        let dose = |(cycle, day, time, duration, by_mouth, drug, levels): PlannedDose| core::PlannedDose {
            cycle,
            day,
            time,
            duration,
            by_mouth,
            drug,
            levels,
        };
        let drug = |(ruled, acting, reductions, limits): PlannedDrug<'_>| core::PlannedDrug {
            ruled,
            acting,
            reductions,
            limits: values(&limits),
        };
        let inner = core::DosePlan {
            borders: values(&borders),
            doses: doses.into_iter().map(dose).collect(),
            drugs: drugs.into_iter().map(drug).collect(),
            amounts: values(&amounts),
            growth,
            supported,
            draws: values(&draws),
        };
        Self { inner }
    }
}

/// When the next dose is given, when it is smaller, and when there is none; counts and hours.
#[pyclass(frozen, module = "chemoevo._core")]
pub struct DoseRules {
    pub inner: core::DoseRules,
}

#[pymethods]
impl DoseRules {
    #[new]
    #[pyo3(signature = (
        *, give_at, look_every, wait_at_most, fever, ends_at_lowest, give_less_at=None, skip_below=None, low=None, delay=None
    ))]
    #[expect(clippy::too_many_arguments, reason = "by name")]
    fn new(
        give_at: f64,
        look_every: f64,
        wait_at_most: f64,
        fever: (f64, f64),
        ends_at_lowest: bool,
        give_less_at: Option<f64>,
        skip_below: Option<f64>,
        low: Option<(f64, f64)>,
        delay: Option<f64>,
    ) -> Self {
        let inner = core::DoseRules {
            give_at,
            give_less_at,
            skip_below,
            look_every,
            wait_at_most,
            low,
            delay,
            fever,
            ends_at_lowest,
        };
        Self { inner }
    }
}

/// What patients are given: a row per decision with its patient, cycle, first dose and that after the last, time (h), hours late, count, nadir, hours low, action
/// and reasons (a text each, reasons joined by commas); `cycle_late` (patients, cycles; h, infinite where never given), and `factors` on
/// planned amounts (patients, doses).
#[pyclass(frozen, get_all, module = "chemoevo._core")]
pub struct Realized {
    pub patient: Held<i64, Ix1>,
    pub cycle: Held<i64, Ix1>,
    pub first: Held<i64, Ix1>,
    pub until: Held<i64, Ix1>,
    pub time: Held<f64, Ix1>,
    pub late: Held<f64, Ix1>,
    pub count: Held<f64, Ix1>,
    pub nadir: Held<f64, Ix1>,
    pub low: Held<f64, Ix1>,
    pub action: Vec<&'static str>,
    pub reasons: Vec<String>,
    pub cycle_late: Held<f64, Ix2>,
    pub factors: Held<f64, Ix2>,
}

impl Realized {
    pub fn of(py: Python<'_>, found: Vec<core::Realized>, cycles: usize, doses: usize) -> PyResult<Self> {
        let patients = found.len();
        let rows = || {
            let each = found.iter().enumerate();
            each.flat_map(|(patient, one)| one.decisions.iter().map(move |decision| (patient, decision)))
        };
        let numbers = |of: fn(&core::Decision) -> f64| column(py, rows().map(|(_, d)| of(d)).collect());
        // An array has fewer items than an i64 counts.
        let whole = |n: usize| n as i64;
        Ok(Self {
            patient: column(py, rows().map(|(patient, _)| whole(patient)).collect()),
            cycle: column(py, rows().map(|(_, d)| whole(d.cycle)).collect()),
            first: column(py, rows().map(|(_, d)| whole(d.doses.0)).collect()),
            until: column(py, rows().map(|(_, d)| whole(d.doses.1)).collect()),
            time: numbers(|d| d.time),
            late: numbers(|d| d.late),
            count: numbers(|d| d.count),
            nadir: numbers(|d| d.nadir),
            low: numbers(|d| d.low),
            action: rows().map(|(_, d)| action(d.action)).collect(),
            reasons: rows().map(|(_, d)| reasons(d.reasons)).collect(),
            cycle_late: shaped(
                py,
                found.iter().flat_map(|one| one.late.iter().copied()).collect(),
                [patients, cycles],
            )?,
            factors: shaped(py, found.iter().flat_map(|one| one.factors.iter().copied()).collect(), [patients, doses])?,
        })
    }
}

fn action(action: core::Action) -> &'static str {
    match action {
        core::Action::Give => "give",
        core::Action::Reduce => "reduce",
        core::Action::Wait => "wait",
        core::Action::Skip => "skip",
        core::Action::Stop => "stop",
        core::Action::End => "end",
    }
}

fn reasons(why: core::Reasons) -> String {
    let core::Reasons { count, low, delay, fever, lowest, limit } = why;
    let all = [
        (count, "count"),
        (low, "low for long"),
        (delay, "delay"),
        (fever, "fever"),
        (lowest, "lowest level"),
        (limit, "limit"),
    ];
    all.into_iter().filter_map(|(there, name)| there.then_some(name)).collect::<Vec<_>>().join(", ")
}
