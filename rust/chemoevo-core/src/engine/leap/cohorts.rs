//! One step of constant rates: every type with many founders goes to its end as a cohort, and its founders as two more.
//!
//! See [`super`] for the method. It knows the process as it is in one interval, and [`crate::engine::bnb`], to which it leaves
//! the cells that are few.

use super::block::Block;
use super::founders::{NODES, Profile};
use super::leavers::leaving;
use super::path::Path;
use super::settings::{Settings, Ways};
use crate::engine::bnb::events::extinction_time;
use crate::engine::bnb::{Bnb, Group};
use crate::engine::{Advance, Span, Walk};
use crate::process::Segment;
use crate::propagator::{SegmentLaw, count_without_event};
use crate::random::{binomial, poisson};
use rand::Rng;

/// Founders of one type and step up to which each has a founding time of its own.
pub(super) const FEW: u64 = 16;
/// Fewest cells that move as a cohort: the moments of the path are right for any number of cells, its law only for many.
const LEAST_CELLS: u64 = 30;
/// Ends of the three stretches of a step in which some leave their type at the nodes.
pub(super) const STRETCHES: [f64; 4] = [0.0, NODES[0], NODES[1], 1.0];

/// Cells at the two nodes of a step, by type.
pub(super) type Nodes = [Vec<u64>; 2];

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
    pub(super) fn length(self) -> f64 {
        self.span.length()
    }
}

/// Cells of one type that found others within a step.
pub(super) struct Parents<'a> {
    pub(super) cell_type: usize,
    /// (days) From when on, from the start of the step.
    pub(super) start: f64,
    /// Integral of their number over time (cells times days).
    pub(super) integral: f64,
    /// How their number changes.
    pub(super) profile: Profile<'a>,
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
    pub(super) left: Vec<u64>,
    pub(super) block: Block,
    /// The most cells that a type of a block may have within the step.
    pub(super) reach: Vec<f64>,
    /// Numbers of cells of a block at the start and at both nodes.
    pub(super) cells: Vec<f64>,
    pub(super) early: Vec<f64>,
    pub(super) late: Vec<f64>,
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
            reach: Vec::new(),
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

    /// Moves a group of cells to the end of the step; their founders go to the nodes, if they are many.
    pub(super) fn cohort<R: Rng + ?Sized>(
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
        let switching = process.switching().row_sum(step.interval, i);
        let path = Path::new(rates.birth, rates.death + switching, h);
        if n < LEAST_CELLS || rates.special * n as f64 * path.mean() < self.settings.founders {
            self.ways.skipped |= rates.special > 0.0;
            return self.bnb.follow(walk, group, step.span);
        }
        self.ways.leapt = true;
        let plain = SegmentLaw::new(Segment { special: 0.0, ..rates });
        if switching > 0.0 {
            return self.leaving_cohort(walk, step, group, &plain, switching, nodes);
        }
        let last = count_without_event(walk.rng, n, &plain.over(h));
        self.note_end(walk, &plain, (start, step.length()), (n, last));
        self.bnb.note(i, last);
        let (first, last) = (n as f64, last as f64);
        let integral = path.integral(walk.rng, first, last);
        let parents = Parents { cell_type: i, start, integral, profile: Profile::Path(&path, first, last) };
        self.found(walk, step, &parents, nodes)
    }

    /// The same for a type whose cells switch to others: some leave at the nodes.
    fn leaving_cohort<R: Rng + ?Sized>(
        &mut self,
        walk: &mut Walk<'_, R>,
        step: Step,
        group: Group,
        plain: &SegmentLaw,
        switching: f64,
        nodes: &mut Nodes,
    ) -> Option<Advance> {
        let Group { cell_type: i, start, cells: mut n } = group;
        let h = step.length() - start;
        let rates = walk.model.process().segment(step.interval, i);
        let shares = leaving(switching, h);
        let (mut points, mut integral) = ([n as f64; 4], 0.0);
        for stretch in 0..3 {
            let [from, to] = [STRETCHES[stretch], STRETCHES[stretch + 1]].map(|place| start + place * h);
            let there = count_without_event(walk.rng, n, &plain.over(to - from));
            self.note_end(walk, plain, (from, to), (n, there));
            let path = Path::new(rates.birth, rates.death, to - from);
            integral += path.integral(walk.rng, n as f64, there as f64);
            points[stretch + 1] = there as f64;
            n = there;
            if stretch < 2 {
                let leave = binomial(walk.rng, n, shares[stretch]);
                n -= leave;
                let from = Group { cell_type: i, start, cells: leave };
                if let Some(ended) = self.leave(walk, step, stretch, from, nodes) {
                    return Some(ended);
                }
            }
        }
        self.bnb.note(i, n);
        let parents = Parents { cell_type: i, start, integral, profile: Profile::Points(points) };
        self.found(walk, step, &parents, nodes)
    }

    /// Notes when the last of some cells was gone, if no other is known to be alive.
    fn note_end<R: Rng + ?Sized>(
        &mut self,
        walk: &mut Walk<'_, R>,
        plain: &SegmentLaw,
        (from, to): (f64, f64),
        (before, after): (u64, u64),
    ) {
        if before > 0 && after == 0 && !self.bnb.is_alive() {
            let ln_empty = |from: f64, to: f64| plain.over(to - from).ln_empty();
            self.bnb.note_death(extinction_time(walk.rng, ln_empty, from, to, before));
        }
    }

    /// Mutants that cells of one type found in a step.
    pub(super) fn found<R: Rng + ?Sized>(
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
        for (j, u) in process.mutation().row(interval, i) {
            let founded = poisson(walk.rng, division * u * integral);
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
