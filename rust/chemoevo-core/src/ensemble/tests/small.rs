//! Small runs on the calling thread.

use super::*;

/// Alone, a replicate runs on the calling thread: it must be the same.
#[test]
fn a_small_run_is_the_same_run() {
    for engine in ENGINES.into_iter().chain([Engine::Auto(None), Engine::Auto(Some(1e-3))]) {
        let case = Case { replicates: 40, ..exchange() };
        let all = case.run(engine);
        let (row, types) = (case.times.len() * case.initial.len(), case.initial.len());
        let mut small = 0;
        for k in 0..40 {
            let Some(one) = run_small(&Case { replicates: 1, ..exchange() }.plan(engine, k as u64)) else {
                assert!(all.steps[k] > 1000, "{engine:?}: replicate {k} took {} steps", all.steps[k]);
                continue;
            };
            small += 1;
            assert_eq!(one.counts, all.counts[k * row..(k + 1) * row], "{engine:?}, replicate {k}");
            assert_eq!(one.last, all.last[k * types..(k + 1) * types]);
            let ends = |c: &Columns, k: usize| (c.outcome[k], c.time[k], c.rejected[k], c.steps[k], c.engines[k]);
            assert_eq!(ends(&one, 0), ends(&all, k));
        }
        assert!(small > 0, "{engine:?}: no replicate was small");
    }
}

/// A thousand steps is the most of a small run; a smaller limit of the user is an outcome.
#[test]
fn what_is_not_small_is_left_to_the_threads() {
    let grown = Case { replicates: 1, ..Case::one_type(1.0, 0.0, 10_000, &[1.0]) };
    assert!(run_small(&grown.plan(Engine::Direct, 0)).is_none());
    let limited = Case { max_steps: 500, ..grown };
    let ended = run_small(&limited.plan(Engine::Direct, 0)).unwrap();
    assert_eq!((ended.outcome[0], ended.steps[0]), (Outcome::EventLimit as u8, 500));
    let many = Case { replicates: 2, ..limited };
    assert!(run_small(&many.plan(Engine::Direct, 0)).is_none());
}
