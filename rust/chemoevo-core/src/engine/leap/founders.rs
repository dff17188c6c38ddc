//! How founders are spread over a step: in proportion to the mean number of their parents.

use super::path::Path;
use crate::random::uniform_open;
use rand::Rng;

/// Places of the two Gauss nodes in a step.
pub(super) const NODES: [f64; 2] = [0.211_324_865_405_187_1, 0.788_675_134_594_812_9];

/// Mean number of parents over a step.
#[derive(Clone, Copy, Debug)]
pub enum Profile<'a> {
    /// Of a plain birth-death process between its two ends.
    Path(&'a Path, f64, f64),
    /// Given at the start, at both nodes and at the end.
    Points([f64; 4]),
}

impl Profile<'_> {
    /// The share of founders that goes to the first node.
    pub fn early(&self) -> f64 {
        let [first, second] = match *self {
            Profile::Path(path, from, to) => NODES.map(|place| path.between(from, to, place)),
            Profile::Points(at) => [at[1], at[2]],
        };
        first / (first + second)
    }

    /// Draws the share of the step after which one founder comes.
    pub fn time<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        match *self {
            Profile::Path(path, from, to) => path.founding_share(rng, from, to),
            Profile::Points(at) => {
                let most = at.iter().fold(0.0, |m, &x| f64::max(m, x));
                loop {
                    let share = uniform_open(rng);
                    if uniform_open(rng) * most <= between(&at, share) {
                        return share;
                    }
                }
            }
        }
    }
}

/// Straight lines between the start, the nodes and the end.
fn between(at: &[f64; 4], share: f64) -> f64 {
    let places = [0.0, NODES[0], NODES[1], 1.0];
    let k = 1 + places[1..3].partition_point(|&p| p <= share);
    let x = (share - places[k - 1]) / (places[k] - places[k - 1]);
    at[k - 1] + x * (at[k] - at[k - 1])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::stream;

    #[test]
    fn lines_meet_their_points() {
        let at = [4.0, 1.0, 2.0, 8.0];
        for (place, want) in [0.0, NODES[0], NODES[1], 1.0].into_iter().zip(at) {
            assert!((between(&at, place) - want).abs() < 1e-12);
        }
    }

    #[test]
    fn times_follow_the_profile() {
        // Density in proportion to the lines: their mean place against that of the draws.
        let at = [4.0, 1.0, 2.0, 8.0];
        let grid = (0..100_000).map(|k| (f64::from(k) + 0.5) / 1e5);
        let (mass, moment) = grid.fold((0.0, 0.0), |(m, t), x| (m + between(&at, x), t + x * between(&at, x)));
        let mut rng = stream(&[3; 32], 0);
        let n = 200_000;
        let mean = (0..n).map(|_| Profile::Points(at).time(&mut rng)).sum::<f64>() / f64::from(n);
        // Five standard errors of a variable on [0, 1].
        assert!((mean - moment / mass).abs() < 5.0 * 0.5 / f64::from(n).sqrt());
    }
}
