//! Survival for ever: the largest root of the stationary equations after the last change.
//!
//! The types of the last interval are taken in strongly connected classes, targets before sources. A class that can
//! reach a surviving one survives with positive probability. One that cannot survives only if it is immortal (no
//! death on any way) or supercritical; that is decided without an iteration: with J the matrix of mean growth of
//! the class, Gaussian elimination of -J without exchange of rows meets a pivot below 0 exactly if the spectral
//! abscissa of J is positive (-J is otherwise an M-matrix; A. Berman and R. J. Plemmons, Nonnegative Matrices in
//! the Mathematical Sciences, SIAM 1994, doi:10.1137/1.9781611971262, chapter 6). A critical class dies out.
//! The root is then found by Newton's method from extinction 0, which rises monotonically to the smallest
//! extinction probabilities (K. Etessami and M. Yannakakis, J. ACM 56:1 (2009), doi:10.1145/1462153.1462154).

use super::network::Network;
use super::{AnalyticError, Backward, TwoSided};
use crate::process::Process;

/// Newton steps; the error halves in each where the class is nearly critical, and squares in each elsewhere.
const ITERATIONS: usize = 4000;

/// Probability that the offspring of one cell of each type at time 0 survives for ever (presence) or dies out (absence).
///
/// # Errors
/// [`AnalyticError`] where the way back through the schedule needs too many steps.
pub fn ultimate(process: &Process, poll: &dyn Fn() -> bool) -> Result<TwoSided, AnalyticError> {
    let mut network = Network::default();
    network.load(process, process.intervals() - 1);
    network.even_out();
    let mut state = TwoSided::indicator(&vec![false; process.types()]);
    for class in classes(&network) {
        solve_class(&network, &class, &mut state, poll)?;
    }
    let change = process.breakpoints().last().copied().unwrap_or(0.0);
    let pulse = process.pulses().last().map_or(0.0, |p| p.time);
    let mut ways = Backward::new(process, poll).solve(&state, &[change.max(pulse)])?;
    Ok(ways.remove(0))
}

fn solve_class(
    n: &Network,
    class: &[usize],
    state: &mut TwoSided,
    poll: &dyn Fn() -> bool,
) -> Result<(), AnalyticError> {
    let place = places(n, class);
    let inside = |j: usize| place[j].is_some();
    let fed = class
        .iter()
        .any(|&i| n.mutation.row(i).chain(n.switching.row(i)).any(|(j, _)| !inside(j) && state.presence(j) > 0.0));
    let mortal = class
        .iter()
        .any(|&i| n.death[i] > 0.0 || n.switching.row(i).any(|(j, _)| !inside(j) && state.absence(j) > 0.0));
    if mortal && !fed && !is_supercritical(n, class, &place, poll)? {
        return Ok(()); // presence 0, as at the start
    }
    for &i in class {
        (state.value[i], state.is_absence[i]) = (0.0, true);
    }
    if !mortal {
        return Ok(());
    }
    let mut before = f64::INFINITY;
    for _ in 0..ITERATIONS {
        let mut change = newton_step(n, class, &place, state, poll)?;
        let mut worst = 0.0f64;
        for (&i, delta) in class.iter().zip(&mut change) {
            let moved = (state.value[i] + *delta).clamp(0.0, 1.0);
            if moved > 0.0 {
                worst = worst.max((moved - state.value[i]).abs() / moved.min(1.0 - moved).max(f64::MIN_POSITIVE));
            }
            state.value[i] = moved;
        }
        TwoSided::settle(&mut state.value, &mut state.is_absence);
        // Below 1e-12 a change that becomes no smaller is rounding.
        if worst < 1e-14 || (worst < 1e-12 && worst >= before) {
            return Ok(());
        }
        before = worst;
    }
    Ok(())
}

/// Place in its class of every type, if it is there.
fn places(n: &Network, class: &[usize]) -> Vec<Option<usize>> {
    let mut place = vec![None; n.net.len()];
    for (row, &i) in class.iter().enumerate() {
        place[i] = Some(row);
    }
    place
}

/// The change of the unknowns of a class in one Newton step on the right-hand sides of `backward`.
fn newton_step(
    n: &Network,
    class: &[usize],
    place: &[Option<usize>],
    state: &TwoSided,
    poll: &dyn Fn() -> bool,
) -> Result<Vec<f64>, AnalyticError> {
    let k = class.len();
    let all: [Vec<f64>; 2] =
        [(0..state.len()).map(|j| state.presence(j)).collect(), (0..state.len()).map(|j| state.absence(j)).collect()];
    let mut matrix = vec![vec![0.0; k + 1]; k];
    for (row, &i) in class.iter().enumerate() {
        let (v, absent) = (state.value[i], state.is_absence[i]);
        let (g, f, same) = (all[0][i], all[1][i], &all[usize::from(absent)]);
        let (sign, bend) = if absent { (-1.0, n.death[i]) } else { (1.0, n.net[i]) };
        let mutants = n.mutation.dot(i, same) - n.mutation.sum[i] * v;
        let switched = n.switching.dot(i, same) - n.switching.sum[i] * v;
        let slope = bend - n.birth[i] * v;
        matrix[row][k] = -(g * slope + f * mutants + switched);
        matrix[row][row] += sign * slope - n.birth[i] * g - sign * mutants - f * n.mutation.sum[i] - n.switching.sum[i];
        for (j, rate) in n.mutation.row(i).map(|(j, r)| (j, r * f)).chain(n.switching.row(i)) {
            if let Some(column) = place[j] {
                matrix[row][column] += if state.is_absence[j] == absent { rate } else { -rate };
            }
        }
    }
    solve(matrix, poll)
}

/// Gaussian elimination with partial pivoting of a system whose last column is the right-hand side.
fn solve(mut a: Vec<Vec<f64>>, poll: &dyn Fn() -> bool) -> Result<Vec<f64>, AnalyticError> {
    let k = a.len();
    for c in 0..k {
        go_on(k - c, poll)?;
        let pivot = (c..k).max_by(|&p, &q| a[p][c].abs().total_cmp(&a[q][c].abs())).unwrap_or(c);
        a.swap(c, pivot);
        let (top, rest) = a.split_at_mut(c + 1);
        let top = &top[c];
        if top[c] == 0.0 {
            continue;
        }
        for row in rest {
            let factor = row[c] / top[c];
            if factor != 0.0 {
                for (x, t) in row[c..].iter_mut().zip(&top[c..]) {
                    *x -= factor * t;
                }
            }
        }
    }
    let mut x = vec![0.0; k];
    for c in (0..k).rev() {
        let known: f64 = (c + 1..k).map(|j| a[c][j] * x[j]).sum();
        x[c] = if a[c][c] == 0.0 { 0.0 } else { (a[c][k] - known) / a[c][c] };
    }
    Ok(x)
}

/// Asks before a row is eliminated from so many whether to go on, where that is some work.
fn go_on(rows: usize, poll: &dyn Fn() -> bool) -> Result<(), AnalyticError> {
    if rows >= 64 && poll() { Err(AnalyticError::Interrupted) } else { Ok(()) }
}

/// Whether the mean number of cells of a class grows exponentially.
fn is_supercritical(
    n: &Network,
    class: &[usize],
    place: &[Option<usize>],
    poll: &dyn Fn() -> bool,
) -> Result<bool, AnalyticError> {
    let k = class.len();
    let mut a = vec![vec![0.0; k]; k];
    let mut size = vec![0.0; k];
    for (row, &i) in class.iter().enumerate() {
        a[row][row] = n.mutation.sum[i] + n.switching.sum[i] - n.net[i];
        size[row] = n.birth[i] + n.death[i] + n.switching.sum[i];
        for (j, rate) in n.mutation.row(i).chain(n.switching.row(i)) {
            if let Some(column) = place[j] {
                a[row][column] -= rate;
            }
        }
    }
    for c in 0..k {
        // A pivot that is 0 up to rounding is 0: the class is critical.
        if a[c][c] < -8.0 * f64::EPSILON * size[c] {
            return Ok(true);
        }
        go_on(k - c, poll)?;
        if a[c][c] <= 8.0 * f64::EPSILON * size[c] {
            // Before the last row that is no M-matrix: a proper part of the class is critical by itself.
            return Ok(c + 1 < k);
        }
        let top = a[c].clone();
        for row in &mut a[c + 1..] {
            let factor = row[c] / top[c];
            for (x, t) in row[c..].iter_mut().zip(&top[c..]) {
                *x -= factor * t;
            }
        }
    }
    Ok(false)
}

/// Strongly connected classes, targets before sources (R. Tarjan, SIAM J. Comput. 1:146 (1972), doi:10.1137/0201010).
fn classes(n: &Network) -> Vec<Vec<usize>> {
    const NEW: usize = usize::MAX;
    let k = n.net.len();
    let next: Vec<Vec<usize>> =
        (0..k).map(|i| n.mutation.row(i).chain(n.switching.row(i)).map(|e| e.0).collect()).collect();
    let (mut order, mut low, mut open) = (vec![NEW; k], vec![0; k], vec![false; k]);
    let (mut stack, mut out, mut count) = (Vec::new(), Vec::new(), 0);
    for root in 0..k {
        if order[root] != NEW {
            continue;
        }
        let mut path = vec![(root, 0)];
        while let Some((i, edge)) = path.pop() {
            if edge == 0 {
                (order[i], low[i], open[i]) = (count, count, true);
                count += 1;
                stack.push(i);
            }
            if let Some(&j) = next[i].get(edge) {
                path.push((i, edge + 1));
                if order[j] == NEW {
                    path.push((j, 0));
                } else if open[j] {
                    low[i] = low[i].min(order[j]);
                }
                continue;
            }
            if let Some(&(parent, _)) = path.last() {
                low[parent] = low[parent].min(low[i]);
            }
            if low[i] == order[i] {
                let mut class = Vec::new();
                while let Some(j) = stack.pop() {
                    open[j] = false;
                    class.push(j);
                    if j == i {
                        break;
                    }
                }
                out.push(class);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::SparseRates;

    fn process(birth: &[f64], death: &[f64], u: &[(usize, usize, f64)], s: &[(usize, usize, f64)]) -> Process {
        let k = birth.len();
        let table = |e: &[(usize, usize, f64)]| {
            let pairs: Vec<_> = e.iter().map(|e| (e.0, e.1)).collect();
            SparseRates::new(k, &pairs, e.iter().map(|e| e.2).collect())
        };
        Process::new(k, vec![], birth.to_vec(), death.to_vec(), table(u), table(s), vec![]).unwrap()
    }

    fn absences(p: &Process) -> Vec<f64> {
        let root = ultimate(p, &|| false).unwrap();
        (0..root.len()).map(|i| root.absence(i)).collect()
    }

    #[test]
    fn one_type() {
        for (b, d, want) in [
            (1.0, 0.25, 0.25),
            (1.0, 1.0, 1.0),
            (1.0, 2.0, 1.0),
            (1.0, 0.0, 0.0),
            (0.0, 0.0, 0.0),
            (1.0, 1e-14, 1e-14),
            (1.6e308, 0.8e308, 0.5),
            (2e-320, 1e-320, 0.5),
            (1e300, 1e-300, 0.0),
            (1e-300, 1e300, 1.0),
        ] {
            let got = absences(&process(&[b], &[d], &[], &[]))[0];
            assert!((got - want).abs() <= 1e-14 * want, "{b} {d}: {got:e}");
        }
    }

    #[test]
    fn survival_of_a_hardly_supercritical_type_keeps_its_digits() {
        let (b, d) = (1.0, 1.0 - 1e-12);
        let root = ultimate(&process(&[b], &[d], &[], &[]), &|| false).unwrap();
        assert!((root.presence(0) / ((b - d) / b) - 1.0).abs() < 1e-12, "{:e}", root.presence(0));
    }

    #[test]
    fn classes_come_targets_first() {
        let p = process(&[1.0; 4], &[0.0; 4], &[(0, 1, 0.1), (2, 3, 0.1)], &[(1, 2, 1.0), (2, 1, 1.0)]);
        let mut n = Network::default();
        n.load(&p, 0);
        let mut got = classes(&n);
        got.iter_mut().for_each(|c| c.sort_unstable());
        assert_eq!(got, vec![vec![3], vec![1, 2], vec![0]]);
    }

    #[test]
    fn a_critical_cycle_dies_out_and_a_fed_one_does_not() {
        let cycle = [(0, 1, 0.5), (1, 0, 0.25)];
        assert_eq!(absences(&process(&[1.0, 1.0], &[1.0, 1.0], &[], &cycle)), vec![1.0, 1.0]);
        // The third type survives with probability 1/2 and is reached from the critical cycle.
        let fed = process(&[1.0, 1.0, 1.0], &[1.0, 1.0, 0.5], &[(0, 2, 1e-6)], &cycle);
        let got = absences(&fed);
        assert!((got[2] - 0.5).abs() < 1e-15);
        assert!(got[0] < 1.0 && got[1] < 1.0 && got[0] > 0.99, "{got:?}");
    }

    #[test]
    fn linear_systems() {
        let x = solve(vec![vec![0.0, 2.0, 4.0], vec![3.0, 1.0, 5.0]], &|| false).unwrap();
        assert!((x[0] - 1.0).abs() < 1e-15 && (x[1] - 2.0).abs() < 1e-15);
    }
}
