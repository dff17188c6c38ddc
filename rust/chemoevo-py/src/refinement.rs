//! Steps of sampled rates against the same steps in finer parts.

use crate::arrays::{Held, moved};
use crate::door;
use chemoevo_core::process::Segment;
use chemoevo_core::propagator::discrepancy;
use numpy::ndarray::{Array2, ArrayView1, ArrayView2, ArrayView4, Axis};
use numpy::{Ix2, PyReadonlyArray1, PyReadonlyArray2, PyReadonlyArray4};
use pyo3::prelude::*;

/// `coarse` (steps, parts, 2, K) and `fine` (steps, more parts, 2, K): births and deaths; `lengths` (steps,) in days;
/// `transitions` (2, K): mutation probabilities per division, and switching rates, that leave each type; `floor` (3, K):
/// births, deaths and special events that are as good as none -> (steps, 2): the largest differences over types,
/// of what is 1 and of what is 0 for a step of no length.
#[pyfunction]
pub fn step_discrepancies(
    py: Python<'_>,
    coarse: PyReadonlyArray4<'_, f64>,
    fine: PyReadonlyArray4<'_, f64>,
    lengths: PyReadonlyArray1<'_, f64>,
    transitions: PyReadonlyArray2<'_, f64>,
    floor: PyReadonlyArray2<'_, f64>,
) -> PyResult<Held<f64, Ix2>> {
    let (coarse, fine, lengths) = (coarse.as_array(), fine.as_array(), lengths.as_array());
    let (transitions, floor) = (transitions.as_array(), floor.as_array());
    Ok(moved(py, door::here(py, || compare(coarse, fine, lengths, transitions, floor))?))
}

fn compare(
    coarse: ArrayView4<'_, f64>,
    fine: ArrayView4<'_, f64>,
    lengths: ArrayView1<'_, f64>,
    transitions: ArrayView2<'_, f64>,
    floor: ArrayView2<'_, f64>,
) -> Array2<f64> {
    let (mut a, mut b) = (Vec::new(), Vec::new());
    let mut out = Array2::zeros((lengths.len(), 2));
    let steps = coarse.axis_iter(Axis(0)).zip(fine.axis_iter(Axis(0))).zip(lengths);
    for (((coarse, fine), &length), mut most) in steps.zip(out.rows_mut()) {
        for i in 0..transitions.ncols() {
            let (u, s) = (transitions[[0, i]].min(1.0), transitions[[1, i]]);
            let segment = |birth: f64, death: f64| Segment { birth: birth * (1.0 - u), death, special: birth * u + s };
            for (parts, rates) in [(&mut a, &coarse), (&mut b, &fine)] {
                parts.clear();
                parts.extend(rates.axis_iter(Axis(0)).map(|r| segment(r[[0, i]], r[[1, i]])));
            }
            let floor = Segment { birth: floor[[0, i]], death: floor[[1, i]], special: floor[[2, i]] };
            let found = discrepancy(&a, &b, length, floor);
            most[0] = f64::max(most[0], found.diagonal);
            most[1] = f64::max(most[1], found.transfer);
        }
    }
    out
}
