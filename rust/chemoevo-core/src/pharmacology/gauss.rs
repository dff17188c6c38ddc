//! Gauss points of a step, the polynomials through them, and small linear systems.

use super::cascade::POWERS;
use std::sync::LazyLock;

/// A number for every two points.
pub(super) type Square = [[f64; POWERS]; POWERS];

/// Gauss points in (0, 1), and the coefficients of powers of the polynomials that are 1 at one of them and 0 at the others.
pub(super) struct Nodes {
    pub(super) points: [f64; POWERS],
    pub(super) cardinal: Square,
}

pub(super) static NODES: LazyLock<Nodes> = LazyLock::new(|| {
    let mut points = [0.0; POWERS];
    for (k, point) in points.iter_mut().enumerate() {
        // Zeros of the Legendre polynomial by Newton's method (Davis & Rabinowitz 1984, section 2.7).
        let mut x = -(std::f64::consts::PI * (k as f64 + 0.75) / (POWERS as f64 + 0.5)).cos();
        for _ in 0..6 {
            let (mut before, mut now) = (1.0, x);
            for n in 1..POWERS {
                let n = n as f64;
                (before, now) = (now, ((2.0 * n + 1.0) * x * now - n * before) / (n + 1.0));
            }
            x -= now * (x * x - 1.0) / (POWERS as f64 * (x * now - before));
        }
        *point = 0.5 * (1.0 + x);
    }
    let mut cardinal = [[0.0; POWERS]; POWERS];
    for (j, polynomial) in cardinal.iter_mut().enumerate() {
        polynomial[0] = 1.0;
        for (_, root) in points.iter().enumerate().filter(|&(i, _)| i != j) {
            let scale = 1.0 / (points[j] - root);
            for m in (0..POWERS).rev() {
                polynomial[m] = scale * (if m > 0 { polynomial[m - 1] } else { 0.0 } - root * polynomial[m]);
            }
        }
    }
    Nodes { points, cardinal }
});

/// Solves a linear system in place, with partial pivoting; None if it is singular.
pub(super) fn eliminate(matrix: &mut Square, right: &mut [f64; POWERS]) -> Option<()> {
    for k in 0..POWERS {
        let pivot = (k..POWERS).max_by(|&a, &b| matrix[a][k].abs().total_cmp(&matrix[b][k].abs()))?;
        matrix.swap(k, pivot);
        right.swap(k, pivot);
        let inverse = 1.0 / matrix[k][k];
        if !inverse.is_finite() {
            return None;
        }
        let row = matrix[k];
        for i in k + 1..POWERS {
            let factor = matrix[i][k] * inverse;
            for j in k + 1..POWERS {
                matrix[i][j] -= factor * row[j];
            }
            right[i] -= factor * right[k];
        }
    }
    for k in (0..POWERS).rev() {
        let known: f64 = (k + 1..POWERS).map(|j| matrix[k][j] * right[j]).sum();
        right[k] = (right[k] - known) / matrix[k][k];
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polynomials_are_cardinal_and_integrate_exactly() {
        let Nodes { points, cardinal } = &*NODES;
        let at = |polynomial: &[f64; POWERS], x: f64| polynomial.iter().rev().fold(0.0, |sum, c| sum * x + c);
        for (j, polynomial) in cardinal.iter().enumerate() {
            for (i, &point) in points.iter().enumerate() {
                assert!((at(polynomial, point) - f64::from(u8::from(i == j))).abs() < 1e-10, "{i} {j}");
            }
        }
        let weights = cardinal.map(|c| c.iter().enumerate().map(|(m, a)| a / (m + 1) as f64).sum::<f64>());
        for degree in 0..2 * POWERS as i32 {
            let sum: f64 = points.iter().zip(weights).map(|(x, w)| w * x.powi(degree)).sum();
            assert!((sum * f64::from(degree + 1) - 1.0).abs() < 1e-10, "{degree}");
        }
    }

    #[test]
    fn systems_are_solved() {
        let matrix: Square = std::array::from_fn(|i| {
            std::array::from_fn(|j| ((i * 5 + j * 3) % 7) as f64 + f64::from(u8::from(i == j)))
        });
        let wanted: [f64; POWERS] = std::array::from_fn(|k| k as f64 - 2.5);
        let mut right = matrix.map(|row| row.iter().zip(wanted).map(|(a, x)| a * x).sum());
        assert!(eliminate(&mut matrix.clone(), &mut right).is_some());
        for (got, want) in right.iter().zip(wanted) {
            assert!((got - want).abs() < 1e-9);
        }
        assert!(eliminate(&mut [[1.0; POWERS]; POWERS], &mut [1.0; POWERS]).is_none());
    }
}
