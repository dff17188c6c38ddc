//! The backward equations at many complex points: generating functions on a circle, for whole distributions.
//!
//! The unknown is the complement `G = 1 - E[prod_j z_j^{N_j}]`, complex, with its own relative accuracy: from 1e12 cells
//! the generating function is `exp(sum_i n_i log(1 - G_i))`, where G is 1e-12. `points` solves sixteen at a time; here they
//! are handed to threads. For a tumor that grew to a size, `lineages` integrates over the founding times of its mutants.

use super::AnalyticError;
use super::network::stretches;
use super::points::{LANES, Solver};
use crate::process::Process;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// Time between two looks at whether the caller wants to stop.
const LOOK: Duration = Duration::from_millis(50);

/// `G` from one cell of each type at time 0, as (points, types) pairs of real and imaginary part, where `G = y` for the
/// marked types and 0 for the others at the horizon (days). `|1 - y| <= 1`.
///
/// # Errors
/// [`AnalyticError`] where the process has competition, an argument is out of range or too many steps are needed.
pub fn complements(
    process: &Process,
    marked: &[bool],
    y: &[(f64, f64)],
    horizon: f64,
    threads: usize,
    poll: &dyn Fn() -> bool,
) -> Result<Vec<(f64, f64)>, AnalyticError> {
    let k = process.types();
    if marked.len() != k {
        return Err(AnalyticError::Length { field: "marked", got: marked.len(), expected: k });
    }
    if !(horizon.is_finite() && horizon >= 0.0) {
        return Err(AnalyticError::Range { field: "horizon", value: horizon });
    }
    let end: Vec<(f64, f64)> =
        y.iter().flat_map(|&point| marked.iter().map(move |&m| if m { point } else { (0.0, 0.0) })).collect();
    let way = stretches(process, horizon);
    let mut out = vec![(0.0, 0.0); y.len() * k];
    over_blocks(
        process,
        &end,
        threads,
        poll,
        |solver, block| solver.solve(block, &way),
        |point, lane, state| {
            for (i, value) in state.iter().enumerate() {
                out[point * k + i] = (value.re[lane], value.im[lane]);
            }
        },
    )?;
    Ok(out)
}

/// Sums over nodes in time of `weight . G` (complex) and of `weight . |G|`, for each point, where `G` is what `end`, of
/// shape (points, types), has become after the time of the node (days, increasing) at constant rates. `weights` is of
/// shape (nodes, types). With the founding rates of lineages in the weights they are integrals over founding times.
///
/// # Errors
/// [`AnalyticError`] where the process has competition, changing rates or pulses, an argument is out of range, or too many
/// steps are needed.
pub fn lineages(
    process: &Process,
    end: &[(f64, f64)],
    times: &[f64],
    weights: &[f64],
    threads: usize,
    poll: &dyn Fn() -> bool,
) -> Result<Vec<[f64; 3]>, AnalyticError> {
    let k = process.types();
    for (field, got, expected) in [
        ("end", end.len(), end.len() / k * k),
        ("weights", weights.len(), times.len() * k),
        ("breakpoints", process.breakpoints().len(), 0),
        ("pulses", process.pulses().len(), 0),
    ] {
        if got != expected {
            return Err(AnalyticError::Length { field, got, expected });
        }
    }
    let mut before = 0.0;
    for &value in times {
        if !(value.is_finite() && value >= before) {
            return Err(AnalyticError::Range { field: "times", value });
        }
        before = value;
    }
    if let Some(&value) = weights.iter().find(|w| !(w.is_finite() && **w >= 0.0)) {
        return Err(AnalyticError::Range { field: "weights", value });
    }
    let mut out = vec![[0.0; 3]; end.len() / k];
    over_blocks(
        process,
        end,
        threads,
        poll,
        |solver, block| solver.sums(block, times, weights),
        |point, lane, sums| out[point] = std::array::from_fn(|part| sums[part][lane]),
    )?;
    Ok(out)
}

/// Blocks of points (points, types) solved by several threads; `take` is given each point, its lane and the block's result.
fn over_blocks<R: Send>(
    process: &Process,
    points: &[(f64, f64)],
    threads: usize,
    poll: &dyn Fn() -> bool,
    solve: impl Fn(&mut Solver<'_>, &[(f64, f64)]) -> Result<R, AnalyticError> + Sync,
    mut take: impl FnMut(usize, usize, &R),
) -> Result<(), AnalyticError> {
    let k = process.types();
    if process.competition().is_some() {
        return Err(AnalyticError::Competition);
    }
    if let Some(point) = points.iter().find(|(re, im)| !(0.0..=1.0 + 1e-12).contains(&(1.0 - re).hypot(*im))) {
        return Err(AnalyticError::Range { field: "y", value: point.0 });
    }
    let blocks: Vec<&[(f64, f64)]> = points.chunks(LANES * k).collect();
    let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    let (done, results) = mpsc::channel();
    let mut failed = None;
    let mut looked = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..threads.clamp(1, blocks.len().max(1)) {
            let done = done.clone();
            let (next, stop, solve, blocks) = (&next, &stop, &solve, &blocks);
            scope.spawn(move || {
                let mut solver = Solver::new(process, stop);
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(block) = blocks.get(index).filter(|_| !stop.load(Ordering::Relaxed)) else { return };
                    let result = solve(&mut solver, block);
                    let failed = result.is_err();
                    if done.send((index, result)).is_err() || failed {
                        return;
                    }
                }
            });
        }
        drop(done);
        loop {
            match results.recv_timeout(LOOK) {
                Ok((index, Ok(result))) => {
                    for lane in 0..blocks[index].len() / k {
                        take(index * LANES + lane, lane, &result);
                    }
                }
                Ok((_, Err(error))) => {
                    failed.get_or_insert(error);
                    stop.store(true, Ordering::Relaxed);
                }
                Err(mpsc::RecvTimeoutError::Timeout) => {}
                Err(mpsc::RecvTimeoutError::Disconnected) => break,
            }
            // Also while results come in without a pause.
            if looked.elapsed() >= LOOK {
                looked = Instant::now();
                if failed.is_none() && poll() {
                    failed = Some(AnalyticError::Interrupted);
                    stop.store(true, Ordering::Relaxed);
                }
            }
        }
    });
    failed.map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use super::super::{Backward, TwoSided};
    use super::*;
    use crate::process::{Pulse, SparseRates};

    fn network() -> Process {
        Process::new(
            3,
            vec![10.0],
            vec![0.2, 0.15, 0.1, 0.1, 0.2, 0.3],
            vec![0.1, 0.2, 0.1, 0.6, 0.1, 0.05],
            SparseRates::new(3, &[(0, 1), (1, 2)], vec![1e-6, 1e-3]),
            SparseRates::new(3, &[(2, 0)], vec![0.02]),
            vec![Pulse { time: 15.0, survival: vec![0.5, 1.0, 0.9] }],
        )
        .unwrap()
    }

    #[test]
    fn real_points_agree_with_the_real_solver() {
        let p = network();
        let y: Vec<(f64, f64)> = (0..=40).map(|m| (f64::from(m) / 40.0, 0.0)).collect();
        let got = complements(&p, &[false, false, true], &y, 30.0, 2, &|| false).unwrap();
        for (m, &(g, _)) in y.iter().enumerate() {
            let terminal = TwoSided::new(&[0.0, 0.0, g], &[1.0, 1.0, 1.0 - g]).unwrap();
            let want = Backward::new(&p, &|| false).solve(&terminal, &[30.0]).unwrap().remove(0);
            for i in 0..3 {
                let (re, im) = got[3 * m + i];
                assert!((re - want.presence(i)).abs() <= 1e-10 * re && im == 0.0, "{m} {i} {re:e} {im:e}");
            }
        }
    }

    #[test]
    fn the_closed_form_and_the_solver_agree() {
        let y: Vec<(f64, f64)> = (0..20).map(|m| f64::from(m) * 0.3).map(|a| (1.0 - a.cos(), a.sin())).collect();
        let none = || SparseRates::none(2);
        for (b, d) in [(0.5, 0.1), (0.1, 0.5), (0.3, 0.3)] {
            // The second type adds nothing but the need for the solver.
            let with = SparseRates::new(2, &[(1, 0)], vec![1e-3]);
            let apart = Process::new(2, vec![], vec![b, 0.1], vec![d, 0.1], none(), none(), vec![]).unwrap();
            let solved = Process::new(2, vec![], vec![b, 0.1], vec![d, 0.1], with, none(), vec![]).unwrap();
            let [p, q] = [&apart, &solved].map(|x| complements(x, &[true, false], &y, 20.0, 1, &|| false).unwrap());
            for (p, q) in p.iter().zip(&q).step_by(2) {
                assert!((p.0 - q.0).hypot(p.1 - q.1) <= 1e-11 * p.0.hypot(p.1), "{b} {d} {p:?} {q:?}");
            }
        }
    }

    #[test]
    fn wrong_arguments_and_interrupts_are_errors() {
        let p = network();
        let marked = [true; 3];
        assert!(complements(&p, &[true], &[(0.5, 0.0)], 1.0, 1, &|| false).is_err());
        assert!(complements(&p, &marked, &[(2.5, 0.0)], 1.0, 1, &|| false).is_err());
        assert!(complements(&p, &marked, &[(f64::NAN, 0.0)], 1.0, 1, &|| false).is_err());
        assert!(complements(&p, &marked, &[(0.5, 0.0)], f64::INFINITY, 1, &|| false).is_err());
        assert_eq!(complements(&p, &marked, &[], 1.0, 2, &|| false), Ok(vec![]));
        let many = vec![(0.5, 0.5); 200_000];
        assert_eq!(complements(&p, &marked, &many, 1e3, 2, &|| true), Err(AnalyticError::Interrupted));
    }

    #[test]
    fn sums_over_lineages_agree_with_the_real_solver() {
        let none = || SparseRates::none(2);
        for coupling in [vec![], vec![(0, 1)]] {
            let values = vec![0.01; coupling.len()];
            let p = SparseRates::new(2, &coupling, values);
            let p = Process::new(2, vec![], vec![0.3, 0.2], vec![0.1, 0.25], p, none(), vec![]).unwrap();
            let (times, weights) = ([0.0, 0.7, 5.0], [1.0, 2.0, 0.0, 3.0, 0.5, 0.0]);
            let end: Vec<(f64, f64)> = (0..20).flat_map(|m| [(f64::from(m) / 20.0, 0.0), (0.3, 0.0)]).collect();
            let got = lineages(&p, &end, &times, &weights, 2, &|| false).unwrap();
            for (m, got) in got.iter().enumerate() {
                let g = [end[2 * m].0, 0.3];
                let terminal = TwoSided::new(&g, &[1.0 - g[0], 0.7]).unwrap();
                let at = Backward::new(&p, &|| false).solve(&terminal, &times).unwrap();
                let want: f64 = (0..6).map(|e| weights[e] * at[e / 2].presence(e % 2)).sum();
                assert!((got[0] - want).abs() <= 1e-10 * want && got[1] == 0.0 && got[2] == got[0], "{m} {got:?}");
            }
            assert!(lineages(&p, &end[1..], &times, &weights, 1, &|| false).is_err());
            assert!(lineages(&p, &end, &[1.0, 0.5, 2.0], &weights, 1, &|| false).is_err());
            assert!(lineages(&p, &end, &times, &[-1.0; 6], 1, &|| false).is_err());
        }
        let ends = [(0.5, 0.0); 3];
        assert!(lineages(&network(), &ends, &[1.0], &[1.0; 3], 1, &|| false).is_err());
    }
}
