//! Arrays across the border: what the core made is moved into Python, never copied, and is read-only there.

use crate::errors::Error;
use numpy::ndarray::{Array, Dimension, IntoDimension, ShapeError};
use numpy::{Element, IntoPyArray, PyArray, PyArrayMethods, PyReadonlyArray, PyReadonlyArray2};
use pyo3::prelude::*;

/// An array that Python holds.
pub type Held<T, D> = Py<PyArray<T, D>>;

/// Moves values, row by row, into an array of this shape.
pub fn shaped<T: Element, S: IntoDimension>(py: Python<'_>, values: Vec<T>, shape: S) -> PyResult<Held<T, S::Dim>> {
    let bug = |error: ShapeError| Error::Bug(format!("values of a result: {error}"));
    Ok(moved(py, Array::from_shape_vec(shape.into_dimension(), values).map_err(bug)?))
}

/// Moves values into an array of one dimension.
pub fn column<T: Element>(py: Python<'_>, values: Vec<T>) -> Held<T, numpy::Ix1> {
    moved(py, Array::from_vec(values))
}

/// Counts of the core as Python has them, so that differences are right. There are at most 2^62 of anything, and the
/// memory and its bits stay as they are, so this costs nothing.
pub fn signed(counts: Vec<u64>) -> Vec<i64> {
    debug_assert!(counts.iter().all(|&n| n <= 1 << 62), "a count above 2^62");
    counts.into_iter().map(u64::cast_signed).collect()
}

/// Counts that Python gave, row by row.
pub fn counts<D: Dimension>(name: &str, array: &PyReadonlyArray<'_, i64, D>) -> Result<Vec<u64>, Error> {
    let counted = |&n: &i64| u64::try_from(n).map_err(|_| Error::Value(format!("{name} must be >= 0; got {n}.")));
    array.as_array().iter().map(counted).collect()
}

/// Moves an array.
pub fn moved<T: Element, D: Dimension>(py: Python<'_>, array: Array<T, D>) -> Held<T, D> {
    let array = array.into_pyarray(py);
    drop(array.readwrite().make_nonwriteable());
    array.unbind()
}

/// Rows and columns that are turned together: their lines stay in the cache.
const TILE: usize = 16;

/// The values of a table that Python gave, row by row, also where Python has it column by column; with room for more.
pub fn table(array: &PyReadonlyArray2<'_, f64>, room: usize) -> Vec<f64> {
    let turned = array.as_array().reversed_axes();
    let (columns, rows) = turned.dim();
    let Some(by_column) = turned.as_slice().filter(|_| rows > 1 && columns > 1) else { return copied(array, room) };
    let mut out = Vec::with_capacity(rows * columns + room);
    out.resize(rows * columns, 0.0);
    for row in (0..rows).step_by(TILE) {
        for column in 0..columns {
            for k in row..rows.min(row + TILE) {
                out[k * columns + column] = by_column[column * rows + k];
            }
        }
    }
    out
}

/// The values of an array that Python gave, row by row.
pub fn values<T: Element + Copy, D: Dimension>(array: &PyReadonlyArray<'_, T, D>) -> Vec<T> {
    copied(array, 0)
}

/// The same, with room for more.
fn copied<T: Element + Copy, D: Dimension>(array: &PyReadonlyArray<'_, T, D>, room: usize) -> Vec<T> {
    // Rows in order: numpy's own slice would also be one of columns.
    let rows = array.as_array();
    let mut out = Vec::with_capacity(rows.len() + room);
    match rows.as_slice() {
        Some(values) => out.extend_from_slice(values),
        None => out.extend(rows.iter().copied()),
    }
    out
}

/// Complex numbers from their real and imaginary parts, row by row.
pub fn complex<D: Dimension>(
    real: &PyReadonlyArray<'_, f64, D>,
    imaginary: &PyReadonlyArray<'_, f64, D>,
) -> PyResult<Vec<(f64, f64)>> {
    let (real, imaginary) = (real.as_array(), imaginary.as_array());
    if real.shape() != imaginary.shape() {
        let text = format!("imaginary must have the shape of real, {:?}; got {:?}.", real.shape(), imaginary.shape());
        return Err(Error::Value(text).into());
    }
    Ok(real.iter().copied().zip(imaginary.iter().copied()).collect())
}

/// The rows of an array that Python gave.
pub fn rows<T: Element + Copy>(array: &PyReadonlyArray2<'_, T>) -> Vec<Vec<T>> {
    array.as_array().rows().into_iter().map(|row| row.to_vec()).collect()
}
