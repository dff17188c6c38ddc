//! `Cohort`: one drug in many patients.

use super::kinetics::Kinetics;
use crate::arrays::{Held, shaped, values};
use crate::errors::Error;
use crate::pool;
use chemoevo_core::pharmacology as core;
use numpy::ndarray::ArrayView2;
use numpy::{Ix1, Ix2, PyReadonlyArray1, PyReadonlyArray2, PyReadonlyArray3};
use pyo3::prelude::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

type Column<'py> = PyReadonlyArray1<'py, f64>;
type Table<'py> = PyReadonlyArray2<'py, f64>;
type Sides<'py> = PyReadonlyArray3<'py, f64>;

/// Kinetics of one drug in many patients, from arrays with one row per patient.
#[pyclass(frozen, module = "chemoevo._core")]
pub struct Cohort {
    models: Arc<Vec<Arc<core::Model>>>,
}

#[pymethods]
impl Cohort {
    /// `clearance` and `volume` (P,), `peripherals` (P, n, 2); `absorption` (rates (P, n), lag (P,), share (P,));
    /// `metabolites` [(formed, clearance, volume, each (P,), peripherals (P, n, 2))]; `effects` [(rate, ratio, each (P,),
    /// source)]; `saturable` (elimination (P, 2) or None, transfer (P, 3) or None): as in `Kinetics`.
    #[new]
    #[pyo3(signature = (clearance, volume, peripherals, *, absorption=None, metabolites=Vec::new(), effects=Vec::new(),
                        saturable=(None, None)))]
    fn new(
        clearance: Column<'_>,
        volume: Column<'_>,
        peripherals: Sides<'_>,
        absorption: Option<(Table<'_>, Column<'_>, Column<'_>)>,
        metabolites: Vec<(Column<'_>, Column<'_>, Column<'_>, Sides<'_>)>,
        effects: Vec<(Column<'_>, Column<'_>, usize)>,
        saturable: (Option<Table<'_>>, Option<Table<'_>>),
    ) -> PyResult<Self> {
        let clearance = values(&clearance);
        let patients = clearance.len();
        let fitting = Fitting { patients };
        let (volume, peripherals) = (fitting.column("volume", &volume)?, fitting.sides("peripherals", &peripherals)?);
        let absorption = match &absorption {
            Some((rates, lag, share)) => Some((
                fitting.table("absorption rates", rates, None)?,
                fitting.column("lag", lag)?,
                fitting.column("share", share)?,
            )),
            None => None,
        };
        let mut formed = Vec::new();
        for (share, cleared, central, sides) in &metabolites {
            formed.push((
                fitting.column("formed", share)?,
                fitting.column("metabolite clearance", cleared)?,
                fitting.column("metabolite volume", central)?,
                fitting.sides("metabolite peripherals", sides)?,
            ));
        }
        let mut followed = Vec::new();
        for (rate, ratio, source) in &effects {
            followed.push((fitting.column("effect rate", rate)?, fitting.column("effect ratio", ratio)?, *source));
        }
        let elimination = saturable.0.as_ref().map(|t| fitting.table("elimination", t, Some(2))).transpose()?;
        let transfer = saturable.1.as_ref().map(|t| fitting.table("transfer", t, Some(3))).transpose()?;
        let parts = |i: usize| core::Parts {
            clearance: clearance[i],
            volume: volume[i],
            peripherals: peripherals[i].clone(),
            absorption: absorption.as_ref().map(|(rates, lag, share)| core::Absorption {
                rates: rates[i].clone(),
                lag: lag[i],
                share: share[i],
            }),
            metabolites: formed
                .iter()
                .map(|(share, cleared, central, sides)| core::Metabolite {
                    formed: share[i],
                    clearance: cleared[i],
                    volume: central[i],
                    peripherals: sides[i].clone(),
                })
                .collect(),
            effects: followed
                .iter()
                .map(|(rate, ratio, source)| core::Effect { rate: rate[i], ratio: ratio[i], source: *source })
                .collect(),
            saturable: core::Saturable {
                elimination: elimination.as_ref().map(|t| (t[i][0], t[i][1])),
                transfer: transfer.as_ref().map(|t| (t[i][0], t[i][1], t[i][2])),
            },
        };
        let model = |i| {
            core::Model::new(&parts(i)).map(Arc::new).map_err(|error| Error::Value(format!("patient {i}: {error}")))
        };
        Ok(Self { models: Arc::new((0..patients).map(model).collect::<Result<_, Error>>()?) })
    }

    fn __len__(&self) -> usize {
        self.models.len()
    }

    /// The kinetics of one patient.
    fn kinetics(&self, patient: usize) -> PyResult<Kinetics> {
        let found = self.models.get(patient).cloned();
        let absent = || Error::Value(format!("patient must be below {}; got {patient}.", self.models.len()));
        Ok(Kinetics { inner: found.ok_or_else(absent)? })
    }

    /// Concentrations (patients, times) in a compartment. `doses` are times (h), amounts ((D,) or (P, D) in rows),
    /// durations (h) and by_mouth.
    #[pyo3(signature = (doses, times, *, compartment=0, threads=None))]
    fn concentration(
        &self,
        py: Python<'_>,
        doses: (Column<'_>, Column<'_>, Column<'_>, Vec<bool>),
        times: Column<'_>,
        compartment: usize,
        threads: Option<usize>,
    ) -> PyResult<Held<f64, Ix2>> {
        self.table(py, &doses, &times, (compartment, core::Measure::Value), threads)
    }

    /// Areas (patients, times) under the concentration of a compartment from 0.
    #[pyo3(signature = (doses, times, *, compartment=0, threads=None))]
    fn area(
        &self,
        py: Python<'_>,
        doses: (Column<'_>, Column<'_>, Column<'_>, Vec<bool>),
        times: Column<'_>,
        compartment: usize,
        threads: Option<usize>,
    ) -> PyResult<Held<f64, Ix2>> {
        self.table(py, &doses, &times, (compartment, core::Measure::Area), threads)
    }
}

impl Cohort {
    fn table(
        &self,
        py: Python<'_>,
        doses: &(Column<'_>, Column<'_>, Column<'_>, Vec<bool>),
        times: &Column<'_>,
        what: (usize, core::Measure),
        threads: Option<usize>,
    ) -> PyResult<Held<f64, Ix2>> {
        let schedule = core::Schedule {
            times: values(&doses.0),
            amounts: values(&doses.1),
            durations: values(&doses.2),
            by_mouth: doses.3.clone(),
        };
        let (models, times, cancel) = (self.models.clone(), values(times), Arc::new(AtomicBool::new(false)));
        let shape = [models.len(), times.len()];
        let flag = cancel.clone();
        let work = move || core::cohort(&models, &schedule, &times, what, &flag);
        let threads = threads.unwrap_or_else(pool::available_threads).max(1);
        let found = pool::run(py, threads, work, || cancel.store(true, Ordering::Relaxed), |_| Ok(()))?;
        shaped(py, found.map_err(Error::from)?, shape)
    }
}

/// Arrays of so many rows.
struct Fitting {
    patients: usize,
}

impl Fitting {
    fn rows(&self, what: &str, got: usize) -> Result<(), Error> {
        if got == self.patients {
            return Ok(());
        }
        Err(Error::Value(format!("{what} must have one row per patient ({}); got {got}.", self.patients)))
    }

    fn column(&self, what: &str, array: &PyReadonlyArray1<'_, f64>) -> Result<Vec<f64>, Error> {
        self.rows(what, array.as_array().len())?;
        Ok(values::<f64, Ix1>(array))
    }

    fn table(&self, what: &str, array: &Table<'_>, columns: Option<usize>) -> Result<Vec<Vec<f64>>, Error> {
        let view: ArrayView2<'_, f64> = array.as_array();
        self.rows(what, view.nrows())?;
        if columns.is_some_and(|columns| columns != view.ncols()) {
            let wanted = columns.unwrap_or(0);
            return Err(Error::Value(format!("{what} must have {wanted} columns; got {}.", view.ncols())));
        }
        Ok(view.rows().into_iter().map(|row| row.to_vec()).collect())
    }

    fn sides(&self, what: &str, array: &Sides<'_>) -> Result<Vec<Vec<(f64, f64)>>, Error> {
        let view = array.as_array();
        let (patients, _, pair) = view.dim();
        self.rows(what, patients)?;
        if pair != 2 {
            return Err(Error::Value(format!("{what} must have an exchange and a volume each; got {pair} numbers.")));
        }
        let row = |side: ArrayView2<'_, f64>| side.rows().into_iter().map(|r| (r[0], r[1])).collect();
        Ok(view.outer_iter().map(row).collect())
    }
}
