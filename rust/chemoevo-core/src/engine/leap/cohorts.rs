//! One step of constant rates: every type with many founders goes to its end as a cohort, and its founders as two more.
//!
//! See [`super`] for the method. It knows the process as it is in one interval, and [`crate::engine::bnb`], to which it leaves
//! the cells that are few.

use super::block::Block;
use super::founders::{NODES, Profile};
use super::path::Path;
use super::settings::{Settings, Ways};
use crate::engine::bnb::events::extinction_time;
use crate::engine::bnb::{Bnb, Group};
use crate::engine::{Advance, Span, Walk};
use crate::process::{Process, Segment};
use crate::propagator::{SegmentLaw, count_without_event};
use crate::random::{binomial, poisson};
use rand::Rng;

/// Founders of one type and step up to which each has a founding time of its own.
const FEW: u64 = 16;
/// Fewest cells that move as a cohort: the moments of the path are right for any number of cells, its law only for many.
const LEAST_CELLS: u64 = 30;
/// Smallest mean number of cells, of every type of a block, for which a normal law is taken.
const LEAST_MEAN: f64 = 100.0;
/// Cells for each expected switch from which on it does not matter that a cell that switches is then missing elsewhere:
/// the correlation that is neglected is below a tenth.
const SWITCHES_TO_CELLS: f64 = 100.0;

/// Cells at the two nodes of a step, by type.
type Nodes = [Vec<u64>; 2];

/// A step inside an interval of constant rates.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    /// The interval.
    pub(super) interval: usize,
    /// From when to when.
    pub(super) span: Span,
}

impl Step {
    /// Days that the step takes.
    fn length(self) -> f64 {
        self.span.length()
    }
}

/// Cells of one type that found others within a step.
struct Parents<'a> {
    cell_type: usize,
    /// (days) From when on, from the start of the step.
    start: f64,
    /// Integral of their number over time (cells times days).
    integral: f64,
    /// How their number changes.
    profile: Profile<'a>,
}

/// Working memory, reused from step to step.
#[derive(Debug)]
pub(super) struct Cohorts {
    pub(super) settings: Settings,
    /// Which ways were taken since this was last looked at.
    pub(super) ways: Ways,
    /// Follows the cells that are few, and holds what is found at the end of the step.
    pub(super) bnb: Bnb,
    /// For every generation of founders, the cells at both nodes.
    nodes: Vec<Nodes>,
    /// Cells of the generation at hand that have not been moved yet.
    left: Vec<u64>,
    block: Block,
    /// Numbers of cells of a block at the start and at both nodes.
    cells: Vec<f64>,
    early: Vec<f64>,
    late: Vec<f64>,
}

impl Cohorts {
    pub(super) fn new(settings: Settings) -> Self {
        Self {
            settings,
            ways: Ways::default(),
            bnb: Bnb::default(),
            nodes: Vec::new(),
            left: Vec::new(),
            block: Block::default(),
            cells: Vec::new(),
            early: Vec::new(),
            late: Vec::new(),
        }
    }

    /// Advances the numbers of cells of every type over a step.
    pub(super) fn advance<R: Rng + ?Sized>(
        &mut self,
        walk: &mut Walk<'_, R>,
        step: Step,
        state: &mut [u64],
    ) -> Advance {
        self.bnb.begin(state.len());
        match self.spread(walk, step, state, 0.0, 0) {
            Some(ended) => ended,
            None => self.bnb.finish(walk, state, step.span),
        }
    }

    /// Moves cells to the end of the step from `start` days after its beginning, and with them all that descend from them.
    fn spread<R: Rng + ?Sized>(
        &mut self,
        walk: &mut Walk<'_, R>,
        step: Step,
        cells: &[u64],
        start: f64,
        generation: usize,
    ) -> Option<Advance> {
        if self.nodes.len() == generation {
            self.nodes.push([vec![0; cells.len()], vec![0; cells.len()]]);
        }
        let mut nodes = std::mem::take(&mut self.nodes[generation]);
        nodes.iter_mut().for_each(|node| {
            node.clear();
            node.resize(cells.len(), 0);
        });
        self.left.clear();
        self.left.extend_from_slice(cells);
        let process = walk.model.process();
        let mut ended = None;
        for i in 0..cells.len() {
            if self.left[i] == 0 {
                continue;
            }
            ended = if self.gather(process, step, i, start) {
                self.coupled(walk, step, start, &mut nodes)
            } else {
                let cells = std::mem::take(&mut self.left[i]);
                self.cohort(walk, step, Group { cell_type: i, start, cells }, &mut nodes)
            };
            if ended.is_some() {
                break;
            }
        }
        for (node, place) in nodes.iter().zip(NODES) {
            if ended.is_none() && node.iter().any(|&n| n > 0) {
                let start = start + place * (step.length() - start);
                ended = self.spread(walk, step, node, start, generation + 1);
            }
        }
        self.nodes[generation] = nodes;
        ended
    }

    /// Gathers the block of type `i`: the types to which many of its cells may switch, those to which many of theirs may, and
    /// so on. Whether it has more than one type.
    fn gather(&mut self, process: &Process, step: Step, i: usize, start: f64) -> bool {
        if process.switching().row_sum(step.interval, i) == 0.0 {
            return false;
        }
        let h = step.length() - start;
        let (types, mut fastest, mut cells) = (&mut self.block.types, f64::NEG_INFINITY, 0.0);
        types.clear();
        types.push(i);
        let mut next = 0;
        while next < types.len() {
            // The whole block, growing as its fastest type does, bounds what may switch.
            let t = types[next];
            fastest = fastest.max(process.birth(step.interval, t) - process.death(step.interval, t));
            cells += self.left[t] as f64;
            let days = if fastest * h == 0.0 { h } else { (fastest * h).exp_m1() / fastest };
            for position in 0..types.len() {
                for (to, s) in process.switching().row(step.interval, types[position]) {
                    if s * cells * days >= self.settings.founders && !types.contains(&to) {
                        types.push(to);
                    }
                }
            }
            next += 1;
        }
        types.len() > 1
    }

    /// Moves the cells of the types of the block to the end of the step together.
    fn coupled<R: Rng + ?Sized>(
        &mut self,
        walk: &mut Walk<'_, R>,
        step: Step,
        start: f64,
        nodes: &mut Nodes,
    ) -> Option<Advance> {
        let process = walk.model.process();
        let (h, k) = (step.length() - start, self.block.types.len());
        self.block.load(process, step.interval);
        self.cells.clear();
        self.cells.extend(self.block.types.iter().map(|&t| self.left[t] as f64));
        if self.block.prepare(&self.cells, h) < LEAST_MEAN {
            self.ways.skipped = true;
            for position in 0..k {
                let t = self.block.types[position];
                let cells = std::mem::take(&mut self.left[t]);
                if cells > 0
                    && let Some(ended) = self.bnb.follow(walk, Group { cell_type: t, start, cells }, step.span)
                {
                    return Some(ended);
                }
            }
            return None;
        }
        self.ways.leapt = true;
        self.block.draw(walk.rng);
        let mut early = std::mem::take(&mut self.early);
        let mut late = std::mem::take(&mut self.late);
        self.block.means(&self.cells, NODES[0] * h, &mut early);
        self.block.means(&self.cells, NODES[1] * h, &mut late);
        let mut ended = None;
        for position in 0..k {
            let t = self.block.types[position];
            let points = [self.cells[position], early[position], late[position], self.block.mean(position)];
            let (count, integral) = (self.block.drawn[position], self.block.drawn[k + position]);
            self.left[t] = 0;
            // `as` saturates.
            self.bnb.note(t, count.round() as u64);
            let parents = Parents { cell_type: t, start, integral, profile: Profile::Points(points) };
            ended = self.found(walk, step, &parents, nodes);
            if ended.is_some() {
                break;
            }
        }
        (self.early, self.late) = (early, late);
        ended
    }

    /// Moves a group of cells to the end of the step; their founders go to the nodes, if they are many.
    fn cohort<R: Rng + ?Sized>(
        &mut self,
        walk: &mut Walk<'_, R>,
        step: Step,
        group: Group,
        nodes: &mut Nodes,
    ) -> Option<Advance> {
        let Group { cell_type: i, start, cells: n } = group;
        let process = walk.model.process();
        let rates = process.segment(step.interval, i);
        let h = step.length() - start;
        // A cell that switches is gone from its type.
        let switching = process.switching().row_sum(step.interval, i);
        let leaving = Segment { death: rates.death + switching, special: 0.0, ..rates };
        let path = Path::new(leaving.birth, leaving.death, h);
        let cell_days = n as f64 * path.mean();
        let dependent = switching * cell_days * SWITCHES_TO_CELLS > n as f64;
        if dependent || n < LEAST_CELLS || rates.special * cell_days < self.settings.founders {
            self.ways.skipped |= rates.special > 0.0;
            return self.bnb.follow(walk, group, step.span);
        }
        self.ways.leapt = true;
        let plain = SegmentLaw::new(leaving);
        let last = count_without_event(walk.rng, n, &plain.over(h));
        if last == 0 && !self.bnb.is_alive() {
            let ln_empty = |from: f64, to: f64| plain.over(to - from).ln_empty();
            self.bnb.note_death(extinction_time(walk.rng, ln_empty, start, step.length(), n));
        }
        self.bnb.note(i, last);
        let (first, last) = (n as f64, last as f64);
        let integral = path.integral(walk.rng, first, last);
        self.block.types.clear();
        let parents = Parents { cell_type: i, start, integral, profile: Profile::Path(&path, first, last) };
        self.found(walk, step, &parents, nodes)
    }

    /// Founders that cells of one type make in a step: mutants, and cells that switch to a type outside of the block, whose
    /// types move together.
    fn found<R: Rng + ?Sized>(
        &mut self,
        walk: &mut Walk<'_, R>,
        step: Step,
        parents: &Parents<'_>,
        nodes: &mut Nodes,
    ) -> Option<Advance> {
        let Step { interval, span } = step;
        let &Parents { cell_type: i, start, integral, ref profile } = parents;
        let process = walk.model.process();
        let division = process.birth(interval, i);
        let mutations = process.mutation().row(interval, i).map(|(j, u)| (j, division * u));
        let mutants = process.mutation().row(interval, i).count();
        for (position, (j, rate)) in mutations.chain(process.switching().row(interval, i)).enumerate() {
            if position >= mutants && self.block.types.contains(&j) {
                continue;
            }
            let founded = poisson(walk.rng, rate * integral);
            if founded <= FEW {
                for _ in 0..founded {
                    let length = span.length();
                    let t = (start + profile.time(walk.rng) * (length - start)).min(length);
                    let ended = self.bnb.follow(walk, Group { cell_type: j, start: t, cells: 1 }, span);
                    if ended.is_some() {
                        return ended;
                    }
                }
            } else {
                let early = binomial(walk.rng, founded, profile.early());
                nodes[0][j] = nodes[0][j].saturating_add(early);
                nodes[1][j] = nodes[1][j].saturating_add(founded - early);
            }
        }
        None
    }
}
