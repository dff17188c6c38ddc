//! Time per draw, on demand: `cargo test --release -p chemoevo-core random::tests::bench -- --ignored --nocapture`.

use std::hint::black_box;
use std::time::Instant;

use crate::random::*;

/// Nanoseconds per draw, the best of several rounds: other work on the machine only adds.
fn nanoseconds(mut draw: impl FnMut(&mut Stream) -> f64) -> f64 {
    let mut rng = stream(&[3; 32], 0);
    let draws = 2_000;
    (0..400)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..draws {
                black_box(draw(&mut rng));
            }
            start.elapsed().as_secs_f64() * 1e9 / f64::from(draws)
        })
        .fold(f64::INFINITY, f64::min)
}

#[test]
#[ignore = "slow"]
fn nanoseconds_per_draw() {
    println!("uniform {:.1}", nanoseconds(uniform_open));
    println!("exponential {:.1}", nanoseconds(exponential));
    println!("normal {:.1}", nanoseconds(standard_normal));
    for n in [1, 2, 5, 8, 12, 20, 40, 64, 100, 200, 1000, 1_000_000, 1_000_000_000_000_000] {
        let row: Vec<String> = [1e-14, 1e-3, 0.03, 0.2, 0.5, 0.9]
            .iter()
            .map(|&p| format!("{p}: {:.1}", nanoseconds(|r| binomial(r, black_box(n), black_box(p)) as f64)))
            .collect();
        println!("binomial {n}  {}", row.join("  "));
    }
    for mean in [1e-3, 0.1, 1.0, 3.0, 9.0, 10.0, 30.0, 1e3, 1e6, 1e15] {
        println!("poisson {mean} {:.1}", nanoseconds(|r| poisson(r, black_box(mean)) as f64));
        println!("gamma {mean} {:.1}", nanoseconds(|r| gamma(r, black_box(mean))));
    }
    for k in [1, 2, 3, 4, 10, 100, 1_000_000, 1_000_000_000_000] {
        let row: Vec<String> = [1e-6, 0.01, 0.1, 0.9, 1.5, 10.0, 1e9]
            .iter()
            .map(|&odds| {
                format!("{odds}: {:.1}", nanoseconds(|r| negative_binomial(r, black_box(k), black_box(odds)) as f64))
            })
            .collect();
        println!("negative binomial {k}  {}", row.join("  "));
    }
}
