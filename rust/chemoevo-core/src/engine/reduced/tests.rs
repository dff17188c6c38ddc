//! Values computed with high precision, and what must hold in every table.

use super::pieces::reduced;
use super::table::Table;
use crate::engine::span::Span;
use crate::process::{Process, SparseRates};
use crate::propagator::{Propagator, SegmentLaw, TypeLaw};

fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() <= 2e-13 * expected.abs(), "{found:e} {expected:e}");
}

/// Types with rates in intervals that end at `ends`, mutations and switches.
fn process(
    ends: &[f64],
    birth: &[f64],
    death: &[f64],
    mutation: &[((usize, usize), f64)],
    switching: &[((usize, usize), f64)],
) -> Process {
    let types = birth.len() / (ends.len() + 1);
    let table = |list: &[((usize, usize), f64)]| {
        let pairs: Vec<_> = list.iter().map(|x| x.0).collect();
        SparseRates::new(types, &pairs, list.iter().map(|x| x.1).collect())
    };
    let all = [birth.to_vec(), death.to_vec()];
    let [birth, death] = all;
    Process::new(types, ends.to_vec(), birth, death, table(mutation), table(switching), vec![]).unwrap()
}

/// The probability that one cell of type 1, which founds nobody, has descendants.
#[test]
fn a_type_that_founds_nobody_counts_while_it_is_there() {
    for (b, d, lag, expected) in [
        (0.139, 0.1313, 1.0, 0.884_332_970_524_556),
        (0.139, 0.1313, 10.0, 0.441_750_284_766_397),
        (0.139, 0.1313, 100.0, 0.098_457_435_228_409_2),
        (0.139, 0.1313, 1000.0, 0.055_419_388_681_743_8),
        (0.2, 0.2, 50.0, 1.0 / 11.0),
        (0.0, 0.3, 10.0, (-3.0_f64).exp()),
        (0.1, 0.4, 100.0, 7.018_217_226_630_27e-14),
    ] {
        let p = process(&[], &[b, b], &[d, d], &[((0, 1), 1e-3)], &[]);
        let table = Table::inside(&p, 0);
        let found = table.to_end(1, table.piece_at(lag), lag).counting();
        assert!((found / expected - 1.0).abs() < 1e-12, "{b} {d} {lag} {found:e} {expected:e}");
    }
}

/// A parent and a child of the same rates over two pieces: lags 0 to 10 with kept 1, 10 to 100 with the child's `Y(10)`.
#[test]
fn two_pieces_by_hand() {
    let kept = [1.0, 0.441_750_284_766_397];
    // (u, s), special events, P(event) at lags 10 and 100, Y at both, odds at 100.
    let rows: [((f64, f64), f64, [f64; 5]); 4] = [
        (
            (1e-3, 0.0),
            6.140_328_958_252_92e-05,
            [
                0.001_441_920_385_168_3,
                0.010_180_596_555_066_2,
                0.441_894_595_833_779,
                0.099_782_888_151_180_5,
                19.574_735_411_856_6,
            ],
        ),
        (
            (1e-12, 0.0),
            6.140_328_958_252_92e-14,
            [
                1.444_915_405_006_28e-12,
                1.086_151_150_996_97e-11,
                0.441_750_284_766_542,
                0.098_457_435_229_744_3,
                20.936_040_164_269,
            ],
        ),
        (
            (1.0, 0.0),
            0.061_403_289_582_529_2,
            [0.479_786_964_235_829, 0.318_641_631_015_136, 0.546_791_162_559_969, 0.318_641_632_983_041, 0.0],
        ),
        (
            (0.0, 0.5),
            0.220_875_142_383_199,
            [
                0.823_233_161_951_437,
                0.402_840_134_479_903,
                0.824_079_849_546_582,
                0.402_840_134_479_903,
                0.229_077_045_361_014,
            ],
        ),
    ];
    for ((u, s), special, [event10, event100, y10, y100, odds]) in rows {
        let p = process(&[], &[0.139; 2], &[0.1313; 2], &[((0, 1), u)], &[((0, 1), s)]);
        let late = SegmentLaw::new(reduced(&p, 0, 0, &[1.0; 2]));
        let early = SegmentLaw::new(reduced(&p, 0, 0, &kept));
        close(early.rates().special, special);
        if s > 0.0 {
            close(early.rates().death, 0.410_424_857_616_801);
        }
        let short = late.over(10.0);
        let long = early.over(90.0).then(&short);
        close(short.event_probability(), event10);
        close(long.event_probability(), event100);
        close(short.counting(), y10);
        close(long.counting(), y100);
        close(long.odds(), odds);
        // The same by a tree of the two pieces, and where the event falls.
        let tree = TypeLaw::of_segments(vec![f64::NEG_INFINITY, -10.0], vec![early, late]);
        close(tree.between(-100.0, 0.0, 100.0).event_probability(), event100);
    }
    // No kept event of a million cells.
    let p = process(&[], &[0.139; 2], &[0.1313; 2], &[((0, 1), 1e-12)], &[]);
    let laws = [&kept, &[1.0; 2]].map(|kept| SegmentLaw::new(reduced(&p, 0, 0, kept)));
    let long = laws[0].over(90.0).then(&laws[1].over(10.0));
    close((1e6 * (-long.event_probability()).ln_1p()).exp(), 0.999_989_138_547_476);
}

/// Processes of which tables are made: near-critical, switching both ways, rows of 1, no deaths, critical, declining, rates
/// that change, and rates of types that never meet.
fn processes() -> Vec<Process> {
    let steps = [((0, 1), 0.05), ((1, 2), 0.08), ((0, 2), 0.02), ((2, 3), 0.1)];
    vec![
        process(&[], &[0.139; 4], &[0.1313; 4], &steps, &[]),
        process(&[], &[1.0, 0.9, 1.1], &[0.5; 3], &[((0, 1), 0.05), ((1, 2), 0.1)], &[]),
        process(
            &[4.0, 7.0],
            &[1.0, 0.3, 0.9, 1.0, 0.3, 0.9, 1.0, 0.3, 0.9],
            &[0.5, 0.3, 0.6, 2.5, 0.4, 0.7, 0.5, 0.3, 0.6],
            &[((0, 2), 0.03), ((1, 2), 0.02)],
            &[((0, 1), 0.3), ((1, 0), 0.5), ((2, 0), 0.1)],
        ),
        process(
            &[],
            &[0.5, 0.7, 0.4, 0.0],
            &[0.2, 0.0, 0.4, 0.3],
            &[((0, 1), 0.6), ((0, 2), 0.4), ((1, 2), 0.3), ((2, 3), 0.4)],
            &[((3, 0), 0.2)],
        ),
        process(&[], &[0.5, 0.5, 0.6], &[1.2, 1.0, 0.9], &[((0, 1), 0.1), ((1, 2), 0.1)], &[((0, 2), 0.05)]),
        process(&[], &[0.3; 2], &[0.3; 2], &[((0, 1), 1e-300)], &[]),
        process(&[], &[0.3; 2], &[0.0; 2], &[((0, 1), 1e-3)], &[]),
        process(&[], &[0.0, 0.0], &[0.0, 0.0], &[], &[((0, 1), 1e-3), ((1, 0), 50.0)]),
    ]
}

#[test]
fn kept_is_a_bound_everywhere() {
    for (number, p) in processes().iter().enumerate() {
        let until = Table::until_end_of(p, Span { from: 1.0, to: 40.0 });
        let inside = Table::inside(p, p.intervals() - 1);
        for (table, longest) in [(&until, 39.0), (&inside, 5e4)] {
            let starts = table.starts();
            assert!(starts.windows(2).all(|w| w[0] < w[1]) && starts[0] < -38.999_999, "{number} {starts:?}");
            for k in 0..starts.len() {
                let to = -starts.get(k + 1).unwrap_or(&0.0);
                let from = (-starts[k]).min(longest);
                for j in 0..p.types() {
                    let founded = (0..p.types())
                        .any(|i| p.mutation().row(0, i).chain(p.switching().row(0, i)).any(|(to, _)| to == j));
                    for share in [0.0, 0.1, 0.5, 0.9, 1.0] {
                        let whole = table.to_end(j, k, to + share * (from - to));
                        let counting = whole.counting();
                        assert!(
                            !founded || counting <= table.kept(k, j) * (1.0 + 1e-14),
                            "{number} {k} {j} {share}: {counting:e} {:e}",
                            table.kept(k, j)
                        );
                        // The same from the numbers that are kept for the complement.
                        let other = 1.0 - whole.ln_empty().exp();
                        assert!((counting - other).abs() < 1e-13, "{number} {k} {j}: {counting:e} {other:e}");
                        let above = counting * (1.0 + 1e-13);
                        assert!(!whole.event_probability_exceeds(above), "{number} {k} {j} {share}: {whole:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn a_table_for_all_stretches_is_that_of_one() {
    let p = &processes()[0];
    let (inside, until) = (Table::inside(p, 0), Table::until_end_of(p, Span { from: 0.0, to: 300.0 }));
    assert!(inside.starts().len() < 40 && inside.pays());
    for (i, left) in [(0, 250.0), (1, 40.0), (2, 3.0)] {
        let (a, b) = (inside.to_end(i, inside.piece_at(left), left), until.to_end(i, until.piece_at(left), left));
        // Pieces of other lengths keep other events, but few more or less.
        assert!((a.counting() / b.counting() - 1.0).abs() < 0.05);
    }
}

/// Parent and child of one rate: the lineage is a plain birth-death process, whose survival the `Y` of fine pieces tends to.
#[test]
fn fine_pieces_keep_what_survives() {
    for u in [1e-3, 1e-5] {
        let p = process(&[], &[0.139; 2], &[0.1313; 2], &[((0, 1), u)], &[]);
        let table = Table::inside(&p, 0);
        let counting = table.to_end(0, table.piece_at(100.0), 100.0).counting();
        assert!(counting > 0.098_457_435 && counting < 0.098_457_435 * (1.0 + 1.0 * u), "{u} {counting}");
    }
}

#[test]
fn where_nothing_dies_all_is_kept() {
    let p = process(&[], &[0.3; 2], &[0.0; 2], &[((0, 1), 1e-3)], &[]);
    let table = Table::inside(&p, 0);
    assert!(!table.pays());
    let plain: Propagator = TypeLaw::new(&p, 0).between(0.0, 0.0, 20.0);
    assert_eq!(table.to_end(0, table.piece_at(20.0), 20.0), plain);
}

/// Nothing but the clock is different where all rates are a hundred million billion times faster.
#[test]
fn expected_events_do_not_depend_on_the_unit_of_time() {
    let of = |fast: f64| {
        let p = process(&[], &[0.1 * fast; 2], &[0.09 * fast; 2], &[((0, 1), 1e-3)], &[]);
        let table = Table::inside(&p, 0);
        [1.0, 30.0, 700.0, 3000.0].map(|left| table.expected(&p, &[1, 0], left / fast))
    };
    for (slow, fast) in of(1.0).into_iter().zip(of(1e17)) {
        assert!(slow > 0.0 && (fast / slow - 1.0).abs() < 0.05, "{slow} {fast}");
    }
}

/// A child like its parent: with `y` the survival of a lineage to the end, `int m e^{l t} y dt` kept events are the ideal.
#[test]
fn few_more_events_are_kept_than_must_be() {
    for (b, d) in [(0.139_f64, 0.1313_f64), (0.14, 0.13), (1.0, 0.5)] {
        let (u, l) = (1e-6, b - d);
        let p = process(&[], &[b; 2], &[d; 2], &[((0, 1), u)], &[]);
        let table = Table::inside(&p, 0);
        for left in [10.0, 100.0, 300.0, 1000.0].map(|days: f64| days.min(40.0 / l)) {
            let grown = (l * left).exp();
            let all = b * u * (grown - 1.0) / l;
            let ideal = b * u * grown / d * ((b - d / grown) / l).ln();
            let (found, of_all) = (table.expected(&p, &[1, 0], left), table.expected_of_all(&p, &[1, 0], left));
            assert!((of_all / all - 1.0).abs() < 0.05, "{b} {left} {of_all:e} {all:e}");
            assert!(found > 0.97 * ideal && found < 1.15 * ideal, "{b} {left} {}", found / ideal);
        }
    }
}

/// Two types that change places a thousand times a day: each cell switches so often, and that is known for a while only.
#[test]
fn expected_switches_where_cells_only_switch() {
    let p = process(&[], &[0.0; 2], &[0.0; 2], &[], &[((0, 1), 1000.0), ((1, 0), 1000.0)]);
    let table = Table::inside(&p, 0);
    for left in [1e-4, 0.01, 0.5] {
        let found = table.expected_of_all(&p, &[3, 0], left);
        assert!((found / (3000.0 * left) - 1.0).abs() < 0.05, "{left} {found}");
    }
    assert_eq!(table.expected_of_all(&p, &[3, 0], 1000.0), f64::INFINITY);
}

/// Expected kept events of a cell against a fine integration of means, at 1 part in 20.
#[test]
fn expected_events_follow_the_means() {
    for (number, p) in processes().iter().enumerate().take(5) {
        let to = 40.0;
        let table = Table::until_end_of(p, Span { from: 0.0, to });
        let steps = 100_000;
        let h = to / f64::from(steps);
        for i in 0..p.types() {
            let mut mean = vec![0.0; p.types()];
            mean[i] = 1.0;
            let mut events = 0.0;
            for step in 0..steps {
                let t = (f64::from(step) + 0.5) * h;
                let (interval, k) = (p.interval_at(t), table.piece_at(to - t));
                let mut change = vec![0.0; p.types()];
                for (j, &n) in mean.iter().enumerate() {
                    let rates = p.segment(interval, j);
                    change[j] += n * (rates.birth - rates.death - p.switching().row_sum(interval, j));
                    for (to, u) in p.mutation().row(interval, j) {
                        change[to] += n * p.birth(interval, j) * u;
                    }
                    p.switching().row(interval, j).for_each(|(to, s)| change[to] += n * s);
                    events += h * n * table.law(j).segment(k).rates().special;
                }
                mean.iter_mut().zip(&change).for_each(|(n, c)| *n += h * c);
            }
            let mut state = vec![0; p.types()];
            state[i] = 1;
            let found = table.expected(p, &state, to);
            assert!((found - events).abs() < 0.1 * events + 1e-12, "{number} {i} {found} {events}");
        }
    }
}
