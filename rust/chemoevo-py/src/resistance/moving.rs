//! What agents open and close in a niche.

use chemoevo_core::resistance as core;
use pyo3::prelude::*;

/// A window: its agent, EC50 (uM), Hill exponent, and (stages, rate in 1/h) of opening and closing.
type Window = (usize, f64, f64, (usize, f64), (usize, f64));
/// What a window does to something: the window, what it adds when open, the share it takes when closed.
type Opening = (usize, f64, f64);
/// How a drug or an agent comes to a niche: openings, lag (1/h), and oxygen at which half of it is made (mmHg).
type Delivery = (Vec<Opening>, Option<f64>, Option<f64>);
/// Oxygen without agents (mmHg), openings, oxygen of half the births (mmHg), and mechanisms that it induces: the mechanism, the
/// factor, at which oxygen, oxygen of half the induction, exponent.
type Oxygen = (f64, Vec<Opening>, Option<f64>, Vec<(usize, f64, f64, f64, f64)>);

/// Windows by positions, delivery of drugs and of agents by their positions, and oxygen where it moves.
#[pyclass(frozen, module = "chemoevo._core")]
pub struct Moving {
    windows: Vec<core::Window>,
    delivery: Vec<core::Delivery>,
    delivery_of_agents: Vec<core::Delivery>,
    oxygen: Option<core::Oxygen>,
}

fn openings(given: Vec<Opening>) -> Vec<core::Opening> {
    given.into_iter().map(|(window, gain, loss)| core::Opening { window, gain, loss }).collect()
}

#[pymethods]
impl Moving {
    #[new]
    fn new(
        windows: Vec<Window>,
        delivery: Vec<Delivery>,
        delivery_of_agents: Vec<Delivery>,
        oxygen: Option<Oxygen>,
    ) -> Self {
        let chain = |(stages, rate)| core::Chain { stages, rate };
        let window = |(agent, ec50, hill, opens, closes)| core::Window {
            agent,
            ec50,
            hill,
            opens: chain(opens),
            closes: chain(closes),
        };
        let comes = |(given, lag, hypoxia_half)| core::Delivery { openings: openings(given), lag, hypoxia_half };
        let hypoxic = |(mechanism, factor, at, half, hill)| core::Hypoxic { mechanism, factor, at, half, hill };
        let oxygen = oxygen.map(|(at_rest, given, birth_half, induces)| {
            let induces = induces.into_iter().map(hypoxic).collect();
            core::Oxygen { at_rest, openings: openings(given), birth_half, induces }
        });
        Self {
            windows: windows.into_iter().map(window).collect(),
            delivery: delivery.into_iter().map(comes).collect(),
            delivery_of_agents: delivery_of_agents.into_iter().map(comes).collect(),
            oxygen,
        }
    }
}

impl Moving {
    /// Puts it into what changes mechanisms.
    pub fn put_into(&self, modulation: &mut core::Modulation) {
        modulation.windows.clone_from(&self.windows);
        modulation.delivery.clone_from(&self.delivery);
        modulation.delivery_of_agents.clone_from(&self.delivery_of_agents);
        modulation.oxygen.clone_from(&self.oxygen);
    }
}
