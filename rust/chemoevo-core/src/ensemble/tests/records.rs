//! What is recorded: clones, and sums of types.

use super::*;

#[test]
fn clones_add_up_to_the_counts() {
    for engine in ENGINES {
        let case = exchange();
        let columns = run(&case.plan(engine, 0).with_clones(1 << 20).unwrap(), &Progress::default()).unwrap();
        let clones = columns.clones.unwrap();
        let (mut sums, mut last) = (vec![0; columns.counts.len()], vec![0; columns.last.len()]);
        let (mut first, mut row) = (0, 0);
        for r in 0..case.replicates {
            let of = first..first + clones.clones[r] as usize;
            for c in of.clone() {
                last[2 * r + clones.cell_type[c] as usize] += clones.count[c];
                assert_eq!(clones.extinct[c].is_finite(), clones.count[c] == 0);
                let parent = clones.parent[c];
                assert!(parent == u32::MAX || clones.founded[of.start + parent as usize] <= clones.founded[c]);
            }
            for s in row..row + clones.sizes[r] as usize {
                let cell_type = clones.cell_type[of.start + clones.observed_clone[s] as usize];
                sums[8 * r + 2 * clones.observed_time[s] as usize + cell_type as usize] += clones.observed_count[s];
            }
            row += clones.sizes[r] as usize;
            first = of.end;
        }
        assert_eq!((sums, last), (columns.counts, columns.last));
        assert_eq!((first, row), (clones.count.len(), clones.observed_count.len()));
    }
}

#[test]
fn a_limit_of_clones_keeps_a_state_that_was() {
    for engine in ENGINES {
        let case = exchange();
        let columns = run(&case.plan(engine, 0).with_clones(4).unwrap(), &Progress::default()).unwrap();
        assert!(share(&columns, Outcome::CloneLimit) > 0.5);
        let clones = columns.clones.unwrap();
        assert!(clones.clones.iter().all(|&n| n <= 4));
        assert_eq!(clones.count.iter().sum::<u64>(), columns.last.iter().sum::<u64>());
    }
}

#[test]
fn sums_are_those_of_the_counts() {
    let case = Case { stop: Some(Stop { size: 60, of: None, retry: false }), ..exchange() };
    let sums = vec![vec![1], vec![1, 0], vec![0]];
    for engine in ENGINES {
        let whole = run(&case.plan(engine, 0), &Progress::default()).unwrap();
        let summed = run(&case.plan(engine, 0).with_sums(sums.clone()).unwrap(), &Progress::default()).unwrap();
        assert_eq!(summed.last, whole.last);
        assert_eq!(summed.time, whole.time);
        assert_eq!(summed.counts.len(), 3 * whole.counts.len() / 2);
        for (new, old) in summed.counts.chunks(3).zip(whole.counts.chunks(2)) {
            assert_eq!(new, [old[1], old[0] + old[1], old[0]]);
        }
    }
    for wrong in [vec![], vec![vec![]], vec![vec![0], vec![2]]] {
        assert!(case.plan(Engine::Bnb, 0).with_sums(wrong).is_err());
    }
}
