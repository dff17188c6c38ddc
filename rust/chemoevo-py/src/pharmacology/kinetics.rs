//! `Kinetics`: what one body does to one drug.

use crate::door;
use crate::errors::Error;
use chemoevo_core::pharmacology as core;
use pyo3::prelude::*;
use std::sync::Arc;

/// (exchange L/h, volume L) of each peripheral compartment.
type Peripherals = Vec<(f64, f64)>;

/// Elimination (vmax amount/h, km), transfer (vmax, km, return rate 1/h).
type Saturable = (Option<(f64, f64)>, Option<(f64, f64, f64)>);

/// What is between a mouth and plasma.
#[derive(FromPyObject)]
enum Absorbed {
    /// Rates (1/h) of the stages, lag (h), share of the dose.
    Stages(Vec<f64>, f64, f64),
    /// Rate (1/h) of each stage, their number, which need not be whole, lag (h), share of the dose.
    Number(f64, f64, f64, f64),
}

/// Amount formed per amount eliminated, clearance (L/h), volume (L), peripherals.
type MetaboliteParts = (f64, f64, f64, Peripherals);

/// Kinetics of one drug in one patient. Python validates; a `ModelError` from here is a bug there.
#[pyclass(frozen, module = "chemoevo._core")]
pub struct Kinetics {
    pub inner: Arc<core::Model>,
}

#[pymethods]
impl Kinetics {
    /// `clearance` (L/h), `volume` (L), `peripherals` [(exchange L/h, volume L)]; `absorption` (rates 1/h of the stages, lag
    /// h, share of the dose), or (rate of each, their number, lag, share) where the number is not whole; `metabolites`
    /// [(formed, clearance, volume, peripherals)]; `effects` [(rate 1/h, ratio, source: 0 plasma, then metabolites)];
    /// `saturable` (elimination (vmax amount/h, km) or None, transfer (vmax, km, return rate 1/h) or None).
    #[new]
    #[pyo3(signature = (clearance, volume, peripherals, *, absorption=None, metabolites=Vec::new(), effects=Vec::new(),
                        saturable=(None, None)))]
    fn new(
        clearance: f64,
        volume: f64,
        peripherals: Peripherals,
        absorption: Option<Absorbed>,
        metabolites: Vec<MetaboliteParts>,
        effects: Vec<(f64, f64, usize)>,
        saturable: Saturable,
    ) -> PyResult<Self> {
        let absorption = absorption.map(|given| match given {
            Absorbed::Stages(rates, lag, share) => {
                core::Absorption { transit: core::Transit::Stages(rates), lag, share }
            }
            Absorbed::Number(rate, number, lag, share) => {
                core::Absorption { transit: core::Transit::Gamma { number, rate }, lag, share }
            }
        });
        let metabolite =
            |(formed, clearance, volume, peripherals)| core::Metabolite { formed, clearance, volume, peripherals };
        let parts = core::Parts {
            clearance,
            volume,
            peripherals,
            absorption,
            metabolites: metabolites.into_iter().map(metabolite).collect(),
            effects: effects.into_iter().map(|(rate, ratio, source)| core::Effect { rate, ratio, source }).collect(),
            saturable: core::Saturable { elimination: saturable.0, transfer: saturable.1 },
        };
        Ok(Self { inner: Arc::new(core::Model::new(&parts).map_err(Error::from)?) })
    }

    /// Number of compartments that can be asked for: plasma, metabolites, effect compartments.
    #[getter]
    fn compartments(&self) -> usize {
        self.inner.compartments()
    }

    /// Whether superposition holds.
    #[getter]
    fn linear(&self) -> bool {
        self.inner.is_linear()
    }

    /// Coefficients (1/L) of the response to a unit bolus, the slowest phase first; of a saturable drug, in its linear limit.
    #[getter]
    fn coefficients(&self) -> Vec<f64> {
        self.inner.disposition().coefficients().to_vec()
    }

    /// Exponents (1/h) of the response to a unit bolus, increasing; of a saturable drug, in its linear limit.
    #[getter]
    fn exponents(&self) -> Vec<f64> {
        self.inner.disposition().exponents().to_vec()
    }

    /// The state just before the doses of an interval (h), when the same were given in every interval before.
    fn steady(
        &self,
        py: Python<'_>,
        times: Vec<f64>,
        amounts: Vec<f64>,
        durations: Vec<f64>,
        by_mouth: Vec<bool>,
        interval: f64,
    ) -> PyResult<State> {
        let doses = administrations(&times, &amounts, &durations, &by_mouth)?;
        Ok(State { inner: door::tried(py, || core::steady(&self.inner, &doses, interval))? })
    }
}

/// All that a body holds of a drug at an instant.
#[pyclass(frozen, module = "chemoevo._core")]
pub struct State {
    pub inner: core::State,
}

/// (given, start, end) in hours, amount, by mouth: an input that has not ended.
type Coming = (f64, f64, f64, f64, bool);

#[pymethods]
impl State {
    /// From the values of all stages, the areas, and inputs (given, start, end, amount, by mouth) that have not ended.
    #[new]
    fn new(time: f64, values: Vec<f64>, areas: Vec<f64>, inputs: Vec<Coming>) -> Self {
        let input = |(given, start, end, amount, by_mouth)| core::Input { given, start, end, amount, by_mouth };
        Self {
            inner: core::State {
                time,
                values,
                areas,
                inputs: inputs.into_iter().map(input).collect(),
                kinetics: Vec::new(),
            },
        }
    }

    /// In hours.
    #[getter]
    fn time(&self) -> f64 {
        self.inner.time
    }

    /// Stages of absorption (amounts), phases of plasma and metabolites (shares of the concentration), effects.
    #[getter]
    fn values(&self) -> Vec<f64> {
        self.inner.values.clone()
    }

    /// Areas so far under plasma, metabolites and effect compartments.
    #[getter]
    fn areas(&self) -> Vec<f64> {
        self.inner.areas.clone()
    }

    /// Inputs that have not ended: (given, start, end, amount, by mouth).
    #[getter]
    fn inputs(&self) -> Vec<Coming> {
        self.inner.inputs.iter().map(|i| (i.given, i.start, i.end, i.amount, i.by_mouth)).collect()
    }

    /// Amounts in the stages of absorption, and in the central and peripheral compartments of plasma.
    fn amounts(&self, kinetics: &Kinetics) -> PyResult<(Vec<f64>, Vec<f64>)> {
        Ok(self.inner.amounts(&kinetics.inner).map_err(Error::from)?)
    }

    /// The same amounts in a body whose kinetics have become others.
    fn carried(&self, before: &Kinetics, after: &Kinetics) -> PyResult<Self> {
        Ok(Self { inner: self.inner.carried(&before.inner, &after.inner).map_err(Error::from)? })
    }
}

/// Doses from their columns.
pub fn administrations(
    times: &[f64],
    amounts: &[f64],
    durations: &[f64],
    by_mouth: &[bool],
) -> Result<Vec<core::Administration>, Error> {
    if [amounts.len(), durations.len(), by_mouth.len()] != [times.len(); 3] {
        return Err(Error::Value("times, amounts, durations and by_mouth must have one length.".to_owned()));
    }
    let dose =
        |k| core::Administration { time: times[k], amount: amounts[k], duration: durations[k], by_mouth: by_mouth[k] };
    Ok((0..times.len()).map(dose).collect())
}
