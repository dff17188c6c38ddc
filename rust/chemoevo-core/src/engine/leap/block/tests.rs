//! The moments of a block against their equations, and what is drawn against the moments.

use super::*;
use crate::random::stream;

fn pair(b: [f64; 2], d: [f64; 2], s: [f64; 2]) -> Block {
    Block {
        types: vec![0, 1],
        birth: b.to_vec(),
        death: d.to_vec(),
        switching: vec![0.0, s[0], s[1], 0.0],
        ..Block::default()
    }
}

/// Euler's method with tiny steps on the same equations, written out for two types.
#[test]
fn moments_solve_the_equations() {
    let (b, d, s, n, h) = ([1.0, 0.3], [0.4, 1.7], [0.8, 0.5], [1000.0, 300.0], 0.9);
    let mut block = pair(b, d, s);
    block.prepare(&n, h);
    let steps = 400_000;
    let dt = h / f64::from(steps);
    let (mut m, mut v) = (n, [0.0f64; 3]);
    let j = [[b[0] - d[0] - s[0], s[1]], [s[0], b[1] - d[1] - s[1]]];
    for _ in 0..steps {
        let flows = [s[0] * m[0], s[1] * m[1]];
        let q = [(b[0] + d[0]) * m[0] + flows[0] + flows[1], (b[1] + d[1]) * m[1] + flows[0] + flows[1]];
        let (v00, v01, v11) = (v[0], v[1], v[2]);
        v[0] += dt * (2.0 * (j[0][0] * v00 + j[0][1] * v01) + q[0]);
        v[1] += dt * (j[0][0] * v01 + j[0][1] * v11 + j[1][0] * v00 + j[1][1] * v01 - flows[0] - flows[1]);
        v[2] += dt * (2.0 * (j[1][0] * v01 + j[1][1] * v11) + q[1]);
        m = [m[0] + dt * (j[0][0] * m[0] + j[0][1] * m[1]), m[1] + dt * (j[1][0] * m[0] + j[1][1] * m[1])];
    }
    let found = &block.moments;
    // Six means, then rows of six covariances.
    for (got, want) in [(found[0], m[0]), (found[1], m[1]), (found[6], v[0]), (found[7], v[1]), (found[13], v[2])] {
        assert!((got / want - 1.0).abs() < 1e-5, "{got} {want}");
    }
    let mut means = Vec::new();
    block.means(&n, h, &mut means);
    assert!((means[0] / m[0] - 1.0).abs() < 1e-5 && (means[1] / m[1] - 1.0).abs() < 1e-5);
}

/// Without switching the integral has the closed form of [`super::super::path`].
#[test]
fn integral_has_its_closed_form() {
    let (b, d, n, h) = (0.7f64, 0.2f64, 500.0, 1.3f64);
    let mut block = pair([b, 0.0], [d, 0.0], [0.0, 0.0]);
    block.prepare(&[n, 0.0], h);
    let (r, x) = (b - d, (b - d) * h);
    let mean = n * x.exp_m1() / r;
    let variance = 2.0 * n * (b + d) * h.powi(3) * x.exp() * (x.sinh() - x) / x.powi(3);
    assert!((block.moments[2] / mean - 1.0).abs() < 1e-12);
    assert!((block.moments[6 + 2 * 6 + 2] / variance - 1.0).abs() < 1e-12);
}

#[test]
fn draws_have_the_moments() {
    let mut block = pair([1.0, 0.3], [0.4, 1.7], [0.8, 0.5]);
    let start = [1e6, 2e5];
    block.prepare(&start, 0.7);
    let mut rng = stream(&[8; 32], 0);
    let n = 100_000;
    let mut sums = [[0.0; 4]; 4];
    for _ in 0..n {
        block.draw(&mut rng, 1_200_000);
        let drawn = block.cells.iter().map(|&c| c as f64).chain(block.integrals.iter().copied());
        let x: Vec<f64> = drawn.zip(&block.moments).map(|(x, m)| x - m).collect();
        for i in 0..4 {
            for j in 0..4 {
                sums[i][j] += x[i] * x[j] / f64::from(n);
            }
        }
    }
    let v = |i: usize, j: usize| block.moments[6 + 6 * i + j];
    for i in 0..4 {
        for j in 0..4 {
            let noise = ((v(i, i) * v(j, j) + v(i, j).powi(2)) / f64::from(n)).sqrt();
            assert!((sums[i][j] - v(i, j)).abs() < 5.0 * noise, "{i} {j}: {} {}", sums[i][j], v(i, j));
        }
    }
}

/// A total that only births and deaths change, over many short stretches: its mean and variance are those of one long
/// one, also where a stretch has a birth or a death once in a thousand times.
#[test]
fn short_stretches_keep_the_total() {
    let (b, d, h, steps) = (0.3, 0.2, 1.0, 1000);
    let start = 500u64;
    let mut rng = stream(&[9; 32], 0);
    let (n, mut sum, mut square) = (400, 0.0, 0.0);
    for _ in 0..n {
        let mut block = pair([b, b], [d, d], [900.0, 400.0]);
        let mut cells = [start / 2, start / 2];
        for _ in 0..steps {
            block.prepare(&cells.map(|c| c as f64), h / f64::from(steps));
            block.draw(&mut rng, cells[0] + cells[1]);
            cells = [block.cells[0], block.cells[1]];
        }
        let x = (cells[0] + cells[1]) as f64;
        sum += x;
        square += x * x;
    }
    let (n, r, start) = (f64::from(n), b - d, start as f64);
    let (mean, variance) = (start * r.exp(), start * (b + d) / r * r.exp() * r.exp_m1());
    let (got, spread) = (sum / n, square / n - (sum / n).powi(2));
    // Five standard errors each.
    assert!((got - mean).abs() < 5.0 * (variance / n).sqrt(), "{got} {mean}");
    assert!((spread / variance - 1.0).abs() < 5.0 * (2.0 / n).sqrt(), "{spread} {variance}");
}

#[test]
fn switches_alone_keep_every_cell() {
    let mut rng = stream(&[10; 32], 0);
    let mut block = pair([0.0; 2], [0.0; 2], [1000.0, 250.0]);
    for total in [1_000u64, 10_000_000_000, 1 << 50] {
        let mut cells = [total - total / 3, total / 3];
        for _ in 0..200 {
            block.prepare(&cells.map(|c| c as f64), 1e-3);
            block.draw(&mut rng, total);
            cells = [block.cells[0], block.cells[1]];
            assert_eq!(cells[0] + cells[1], total);
        }
        assert!((cells[0] as f64 / total as f64 - 0.2).abs() < 0.1, "{cells:?}");
    }
}
