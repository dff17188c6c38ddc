//! Types of a step that move together, and the cells that leave them.

use super::cohorts::{Cohorts, FEW, Nodes, Parents, STRETCHES, Step};
use super::founders::{NODES, Profile};
use super::leavers::leaving;
use crate::engine::bnb::Group;
use crate::engine::{Advance, Walk};
use crate::process::Process;
use crate::random::binomial;
use rand::Rng;

/// Smallest mean number of cells, of every type of a block, for which a normal law is taken.
const LEAST_MEAN: f64 = 100.0;
/// Cells of a block up to which all go by `bnb` where one of its types has fewer than that: at most as many events as the
/// step is long by the fastest rate, for each.
const FEW_IN_BLOCK: f64 = 20_000.0;
/// Share of the cells of a type that may switch to a type outside of its block: what has left and comes back, and how far
/// the others have switched before, is right to the square of it.
const MOST_LEAVING: f64 = 0.03;

impl Cohorts {
    /// Gathers the block of type `i`: the types to which many of its cells may switch, those to which many of theirs may, and
    /// so on. Whether it has more than one type.
    pub(super) fn gather(&mut self, process: &Process, step: Step, i: usize, start: f64) -> bool {
        self.block.types.clear();
        self.block.types.push(i);
        if process.switching().row_sum(step.interval, i) == 0.0 {
            return false;
        }
        let h = step.length() - start;
        let Self { block, left, reach, settings, .. } = self;
        let types = &mut block.types;
        reach.clear();
        reach.push(left[i] as f64);
        let mut next = 0;
        while next < types.len() {
            let t = types[next];
            let growth = process.birth(step.interval, t) - process.death(step.interval, t);
            let days = if growth * h == 0.0 { h } else { (growth * h).exp_m1() / growth };
            let there = reach[next].max(left[t] as f64);
            for (to, s) in process.switching().row(step.interval, t) {
                // What is a block anyway takes up all that it can.
                let enough = if types.len() > 1 { LEAST_MEAN.min(settings.founders) } else { settings.founders };
                let many = s * there * days >= enough || (s * h > MOST_LEAVING && there >= LEAST_MEAN);
                if many && !types.contains(&to) {
                    types.push(to);
                    // All that may have come there within the step, and no more than came from.
                    reach.push(left[to] as f64 + there * (growth * h).exp().max(1.0) * (s * h).min(1.0));
                }
            }
            next += 1;
        }
        types.len() > 1
    }

    /// Moves the cells of the types of the block to the end of the step together.
    pub(super) fn coupled<R: Rng + ?Sized>(
        &mut self,
        walk: &mut Walk<'_, R>,
        step: Step,
        start: f64,
        nodes: &mut Nodes,
    ) -> Option<Advance> {
        let process = walk.model.process();
        let (h, seed) = (step.length() - start, self.block.types[0]);
        loop {
            self.block.load(process, step.interval);
            self.cells.clear();
            self.cells.extend(self.block.types.iter().map(|&t| self.left[t] as f64));
            self.block.prepare(&self.cells, h);
            let k = self.block.types.len();
            let few: Vec<usize> = (0..k).filter(|&p| self.block.mean(p) < LEAST_MEAN).collect();
            if few.is_empty() {
                break;
            }
            if self.cells.iter().sum::<f64>() <= FEW_IN_BLOCK {
                return self.all_by_events(walk, step, start);
            }
            // A few cells beside many have no normal law: they go by themselves, and those that switch to them leave.
            let mut position = 0;
            self.block.types.retain(|_| {
                position += 1;
                !few.contains(&(position - 1))
            });
            if self.block.types.len() < 2 || self.block.types[0] != seed {
                self.block.types.clear();
                self.block.types.push(seed);
                let cells = std::mem::take(&mut self.left[seed]);
                return self.cohort(walk, step, Group { cell_type: seed, start, cells }, nodes);
            }
        }
        self.ways.leapt = true;
        let Self { block, left, .. } = self;
        let numbers: Vec<u64> = block.types.iter().map(|&t| std::mem::take(&mut left[t])).collect();
        self.stretches(walk, step, start, nodes, numbers)
    }

    /// Follows all cells of the block from event to event.
    fn all_by_events<R: Rng + ?Sized>(&mut self, walk: &mut Walk<'_, R>, step: Step, start: f64) -> Option<Advance> {
        self.ways.skipped = true;
        for position in 0..self.block.types.len() {
            let t = self.block.types[position];
            let cells = std::mem::take(&mut self.left[t]);
            if cells > 0
                && let Some(ended) = self.bnb.follow(walk, Group { cell_type: t, start, cells }, step.span)
            {
                return Some(ended);
            }
        }
        None
    }

    /// Moves the cells of the block, which are many, to the end of the step; some leave it at the nodes.
    fn stretches<R: Rng + ?Sized>(
        &mut self,
        walk: &mut Walk<'_, R>,
        step: Step,
        start: f64,
        nodes: &mut Nodes,
        mut numbers: Vec<u64>,
    ) -> Option<Advance> {
        let process = walk.model.process();
        let (h, k) = (step.length() - start, numbers.len());
        let outside: Vec<f64> = self.block.types.iter().map(|&t| self.outside(process, step.interval, t)).collect();
        // Numbers at the start, at the nodes and at the end, and their integrals, of every type.
        let mut points: Vec<[f64; 4]> = numbers.iter().map(|&n| [n as f64; 4]).collect();
        let mut integrals = vec![0.0; k];
        if outside.iter().all(|&rate| rate == 0.0) {
            let (mut early, mut late) = (std::mem::take(&mut self.early), std::mem::take(&mut self.late));
            self.block.means(&self.cells, NODES[0] * h, &mut early);
            self.block.means(&self.cells, NODES[1] * h, &mut late);
            self.block.draw(walk.rng, numbers.iter().fold(0, |sum, &n| sum.saturating_add(n)));
            numbers.copy_from_slice(&self.block.cells);
            integrals.copy_from_slice(&self.block.integrals);
            for (position, at) in points.iter_mut().enumerate() {
                *at = [at[0], early[position], late[position], self.block.mean(position)];
            }
            (self.early, self.late) = (early, late);
        } else {
            for stretch in 0..3 {
                self.cells.clear();
                self.cells.extend(numbers.iter().map(|&n| n as f64));
                self.block.prepare(&self.cells, (STRETCHES[stretch + 1] - STRETCHES[stretch]) * h);
                self.block.draw(walk.rng, numbers.iter().fold(0, |sum, &n| sum.saturating_add(n)));
                for position in 0..k {
                    let mut n = self.block.cells[position];
                    integrals[position] += self.block.integrals[position];
                    points[position][stretch + 1] = n as f64;
                    if stretch < 2 && outside[position] > 0.0 {
                        let leave = binomial(walk.rng, n, leaving(outside[position], h)[stretch]);
                        n -= leave;
                        let t = self.block.types[position];
                        let from = Group { cell_type: t, start, cells: leave };
                        if let Some(ended) = self.leave(walk, step, stretch, from, nodes) {
                            return Some(ended);
                        }
                    }
                    numbers[position] = n;
                }
            }
        }
        for position in 0..k {
            let t = self.block.types[position];
            self.bnb.note(t, numbers[position]);
            let profile = Profile::Points(points[position]);
            let parents = Parents { cell_type: t, start, integral: integrals[position], profile };
            if let Some(ended) = self.found(walk, step, &parents, nodes) {
                return Some(ended);
            }
        }
        None
    }

    /// (per cell and day) Switches of a type to those outside of the block.
    fn outside(&self, process: &Process, interval: usize, t: usize) -> f64 {
        process.switching().row(interval, t).filter(|(to, _)| !self.block.types.contains(to)).map(|(_, s)| s).sum()
    }

    /// Cells that leave their type at a node, for types outside of its block: each goes on in one of them.
    pub(super) fn leave<R: Rng + ?Sized>(
        &mut self,
        walk: &mut Walk<'_, R>,
        step: Step,
        node: usize,
        from: Group,
        nodes: &mut Nodes,
    ) -> Option<Advance> {
        let Group { cell_type: t, start, cells: mut n } = from;
        let process = walk.model.process();
        let mut rest = self.outside(process, step.interval, t);
        for (to, s) in process.switching().row(step.interval, t) {
            if n == 0 {
                break;
            }
            if self.block.types.contains(&to) {
                continue;
            }
            // What is left over by rounding goes to the last.
            let there = if s < rest * (1.0 - 1e-12) { binomial(walk.rng, n, s / rest) } else { n };
            (n, rest) = (n - there, rest - s);
            if there > FEW {
                nodes[node][to] = nodes[node][to].saturating_add(there);
            } else if there > 0 {
                let group = Group { cell_type: to, start: start + NODES[node] * (step.length() - start), cells: there };
                if let Some(ended) = self.bnb.follow(walk, group, step.span) {
                    return Some(ended);
                }
            }
        }
        None
    }
}
