//! Steps of sampled rates against the same steps in finer parts.

use crate::arrays::{Held, moved};
use crate::door;
use chemoevo_core::process::Segment;
use chemoevo_core::propagator::discrepancy;
use numpy::ndarray::{Array2, ArrayView1, ArrayView2, ArrayView4, Axis};
use numpy::{Ix2, PyReadonlyArray1, PyReadonlyArray2, PyReadonlyArray4};
use pyo3::prelude::*;

/// `coarse` (steps, parts, 3, K) and `fine` (steps, more parts, 3, K): rates of plain divisions, of deaths and of special
/// events; `lengths` (steps,) in days; `floor` (3, K): rates that are as good as none -> (steps, 2): the largest
/// differences over types, of what is 1 and of what is 0 for a step of no length.
#[pyfunction]
pub fn step_discrepancies(
    py: Python<'_>,
    coarse: PyReadonlyArray4<'_, f64>,
    fine: PyReadonlyArray4<'_, f64>,
    lengths: PyReadonlyArray1<'_, f64>,
    floor: PyReadonlyArray2<'_, f64>,
) -> PyResult<Held<f64, Ix2>> {
    let (coarse, fine, lengths, floor) = (coarse.as_array(), fine.as_array(), lengths.as_array(), floor.as_array());
    Ok(moved(py, door::here(py, || compare(coarse, fine, lengths, floor))?))
}

fn compare(
    coarse: ArrayView4<'_, f64>,
    fine: ArrayView4<'_, f64>,
    lengths: ArrayView1<'_, f64>,
    floor: ArrayView2<'_, f64>,
) -> Array2<f64> {
    let segment = |r: ArrayView2<'_, f64>, i: usize| Segment { birth: r[[0, i]], death: r[[1, i]], special: r[[2, i]] };
    let (mut a, mut b) = (Vec::new(), Vec::new());
    let mut out = Array2::zeros((lengths.len(), 2));
    let steps = coarse.axis_iter(Axis(0)).zip(fine.axis_iter(Axis(0))).zip(lengths);
    for (((coarse, fine), &length), mut most) in steps.zip(out.rows_mut()) {
        for i in 0..floor.ncols() {
            for (parts, rates) in [(&mut a, &coarse), (&mut b, &fine)] {
                parts.clear();
                parts.extend(rates.axis_iter(Axis(0)).map(|r| segment(r, i)));
            }
            let found = discrepancy(&a, &b, length, segment(floor, i));
            most[0] = f64::max(most[0], found.diagonal);
            most[1] = f64::max(most[1], found.transfer);
        }
    }
    out
}
