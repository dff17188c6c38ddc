//! The rates of one interval in the compact form of the inner loops: rows without zero entries.

use crate::process::Process;

/// Transitions of one kind that leave each type, compressed by rows.
#[derive(Clone, Debug, Default)]
pub(super) struct Rows {
    start: Vec<usize>,
    to: Vec<usize>,
    rate: Vec<f64>,
    /// Sum of every row.
    pub(super) sum: Vec<f64>,
}

impl Rows {
    fn clear(&mut self) {
        self.start.clear();
        self.start.push(0);
        self.to.clear();
        self.rate.clear();
        self.sum.clear();
    }

    fn push_row(&mut self, row: impl Iterator<Item = (usize, f64)>) {
        let mut sum = 0.0;
        for (j, rate) in row.filter(|e| e.1 > 0.0) {
            self.to.push(j);
            self.rate.push(rate);
            sum += rate;
        }
        self.start.push(self.to.len());
        self.sum.push(sum);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.to.is_empty()
    }

    fn scale_row(&mut self, i: usize, by: f64) {
        self.rate[self.start[i]..self.start[i + 1]].iter_mut().for_each(|rate| *rate *= by);
        self.sum[i] *= by;
    }

    /// `sum_j rate_ij x_j`.
    #[inline]
    pub(super) fn dot(&self, i: usize, x: &[f64]) -> f64 {
        let span = self.start[i]..self.start[i + 1];
        let mut sum = 0.0;
        for (&j, &rate) in self.to[span.clone()].iter().zip(&self.rate[span]) {
            sum += rate * x[j];
        }
        sum
    }

    /// `(to, rate)` of a row.
    pub(super) fn row(&self, i: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        (self.start[i]..self.start[i + 1]).map(|e| (self.to[e], self.rate[e]))
    }
}

/// One interval: rates of all types, per cell and day.
#[derive(Clone, Debug, Default)]
pub(super) struct Network {
    /// Total division rate.
    pub(super) birth: Vec<f64>,
    /// Death rate.
    pub(super) death: Vec<f64>,
    /// `birth - death`.
    pub(super) net: Vec<f64>,
    /// Divisions with a mutated daughter, `b_i u_ij`.
    pub(super) mutation: Rows,
    /// Switching, `s_ij`.
    pub(super) switching: Rows,
    /// The largest total rate of a type.
    pub(super) fastest: f64,
}

impl Network {
    /// Takes over the rates of an interval; buffers are kept.
    pub(super) fn load(&mut self, process: &Process, interval: usize) {
        let k = process.types();
        self.birth.clear();
        self.death.clear();
        self.net.clear();
        self.mutation.clear();
        self.switching.clear();
        self.fastest = 0.0;
        for i in 0..k {
            let (b, d) = (process.birth(interval, i), process.death(interval, i));
            self.birth.push(b);
            self.death.push(d);
            self.net.push(b - d);
            self.mutation.push_row(process.mutation().row(interval, i).map(|(j, u)| (j, b * u)));
            self.switching.push_row(process.switching().row(interval, i));
            self.fastest = self.fastest.max(b + d + self.switching.sum[i]);
        }
    }

    /// Multiplications in a product of both tables with a vector, and some for every type.
    pub(super) fn cost(&self) -> u64 {
        (self.mutation.to.len() + self.switching.to.len() + 8 * self.birth.len()) as u64
    }

    /// Multiplies all rates of a type by a power of two where their products would leave what floating-point numbers hold.
    /// What happens in the end, whenever, stays the same.
    pub(super) fn even_out(&mut self) {
        for i in 0..self.birth.len() {
            let total = self.birth[i].max(self.death[i]).max(self.switching.sum[i]);
            if (1e-150..=1e150).contains(&total) || total == 0.0 {
                continue;
            }
            let by = 2f64.powi(if total > 1.0 { -600 } else { 600 });
            for rate in [&mut self.birth[i], &mut self.death[i], &mut self.net[i]] {
                *rate *= by;
            }
            self.mutation.scale_row(i, by);
            self.switching.scale_row(i, by);
        }
    }

    /// Whether no type founds cells of another: every type then has its closed form.
    pub(super) fn is_decoupled(&self) -> bool {
        self.mutation.is_empty() && self.switching.is_empty()
    }
}

/// A stretch of constant rates without a pulse inside.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Stretch {
    /// Start in days.
    pub(super) from: f64,
    /// End in days.
    pub(super) to: f64,
    /// Interval of the process that holds it.
    pub(super) interval: usize,
    /// Index of the pulse at its end, if there is one.
    pub(super) pulse: Option<usize>,
}

/// The stretches of `[0, horizon]` in order of time. A pulse at the horizon ends the last; a pulse at 0 ends a first stretch of length 0.
pub(super) fn stretches(process: &Process, horizon: f64) -> Vec<Stretch> {
    let pulses = process.pulses();
    let (mut out, mut from, mut interval, mut pulse) = (Vec::new(), 0.0, 0, 0);
    loop {
        let change = process.end_of(interval);
        let dose = pulses.get(pulse).map_or(f64::INFINITY, |p| p.time);
        let to = change.min(dose).min(horizon);
        let hit = (dose <= to).then_some(pulse);
        out.push(Stretch { from, to, interval, pulse: hit });
        pulse += usize::from(hit.is_some());
        if change <= to {
            interval += 1;
        }
        let due = pulses.get(pulse).is_some_and(|p| p.time <= horizon);
        if to >= horizon && !due {
            return out;
        }
        from = to;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::{Pulse, SparseRates};

    #[test]
    fn stretches_end_at_changes_pulses_and_the_horizon() {
        let none = || SparseRates::none(1);
        let pulses = [0.0, 1.0, 1.5, 3.0, 4.0].map(|time| Pulse { time, survival: vec![0.5] }).to_vec();
        let p = Process::new(1, vec![1.0, 2.0], vec![1.0; 3], vec![0.0; 3], none(), none(), pulses).unwrap();
        let got: Vec<_> = stretches(&p, 3.0).iter().map(|s| (s.from, s.to, s.interval, s.pulse)).collect();
        let want = vec![
            (0.0, 0.0, 0, Some(0)),
            (0.0, 1.0, 0, Some(1)),
            (1.0, 1.5, 1, Some(2)),
            (1.5, 2.0, 1, None),
            (2.0, 3.0, 2, Some(3)),
        ];
        assert_eq!(got, want);
        assert_eq!(stretches(&p, 0.0).len(), 1);
        assert_eq!(stretches(&p, 0.0)[0].pulse, Some(0));
    }
}
