//! Cohort leaping (`leap`): where mutants are founded by the thousand, they are moved in cohorts.
//!
//! Over a step in which a type founds many clones,
//! 1. its own cells go from the start of the step to its end by the exact law of plain divisions and deaths: divisions
//!    that yield a mutant do not change their number;
//! 2. the integral of their number is drawn given both ends ([`path`]), and the founders of each type are Poisson given
//!    the integral;
//! 3. founders that are few are followed from founding times of their own, exactly; many start from two Gauss nodes of the
//!    step, as two cohorts, and go to the end of the step in the same way: their own mutants by recursion.
//!
//! All cells at one node go on together, so that a step costs a few draws for each type and generation of mutants. Types
//! between which many cells switch go together, by a normal law with the exact moments ([`block`]); where few switch,
//! they are founders that leave. A type with few cells or few expected founders goes by event-skipping ([`super::bnb`]),
//! exactly.
//!
//! What is approximate: the two nodes, whose mean and law at the end of the step are off by a part in
//! `4320 / (theta^4)` at most for a step of `theta = fastest rate x length` (the error of the two-point Gauss rule), and
//! the gamma law of the integral, whose mean, variance and covariance with the end are exact. The length of steps follows
//! from the tolerance for the first, a quarter of it for each generation. Each step stays inside one interval of constant
//! rates.

pub mod block;
pub mod crowded;
pub mod founders;
pub mod path;

use super::bnb::Bnb;
use super::bnb::events::extinction_time;
use super::model::Model;
use super::{Advance, Budget};
use crate::process::Segment;
use crate::propagator::{SegmentLaw, count_without_event};
use crate::random::{binomial, poisson};
use block::Block;
use crowded::Crowded;
use founders::Profile;
use path::Path;
use rand::Rng;

/// Places of the two Gauss nodes in a step.
const NODES: [f64; 2] = [0.211_324_865_405_187_1, 0.788_675_134_594_812_9];
/// Founders of one type and step up to which each has a founding time of its own.
const FEW: u64 = 16;
/// The moments of the path are right for any number of cells, its law is so for many.
const LEAST_CELLS: u64 = 30;
/// Smallest mean number of cells for which a normal law is taken.
const LEAST_MEAN: f64 = 100.0;
/// Cells for each expected switch from which on it does not matter that a cell that switches is then missing elsewhere:
/// the correlation that is neglected is below a tenth.
const SWITCHES_TO_CELLS: f64 = 100.0;

/// When to leap, and how far.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Relative error of the means that cohorts grow to in a step.
    tolerance: f64,
    /// Longest step, times the fastest rate.
    reach: f64,
    /// Expected founders of a type within a step from which it leaps.
    founders: f64,
    /// Expected mutations and switches of all cells until the end of a stretch up to which all are followed exactly.
    exact_up_to: f64,
}

impl Settings {
    /// Leaps wherever that is cheaper than following events, with steps for a relative error of `tolerance` in the numbers
    /// that cohorts grow to.
    #[must_use]
    pub fn eager(tolerance: f64) -> Self {
        Self { tolerance, reach: reach(tolerance), founders: 50.0, exact_up_to: 200.0 }
    }

    /// Leaps only where following every event would take long.
    #[must_use]
    pub fn reluctant(tolerance: f64) -> Self {
        Self { tolerance, reach: reach(tolerance), founders: 1e3, exact_up_to: 1e6 }
    }
}

/// The two-point Gauss rule over a step of length 1 has the error `f''''/4320`. A quarter of the tolerance is for one
/// generation: mutants of mutants have the errors of all generations before them.
fn reach(tolerance: f64) -> f64 {
    (1080.0 * tolerance).powf(0.25).min(2.0)
}

/// Which ways a replicate went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ways {
    /// All events were taken for a while, one by one.
    pub counted: bool,
    /// Some cells were followed from event to event.
    pub skipped: bool,
    /// Some cells were moved in cohorts, approximately.
    pub leapt: bool,
}

impl Ways {
    /// All cells were followed from event to event.
    pub const SKIPPED: Self = Self { counted: false, skipped: true, leapt: false };
}

/// Working memory of the engine, reused from stretch to stretch.
#[derive(Debug)]
pub struct Leap {
    settings: Settings,
    /// Which ways were gone since this was last looked at.
    pub ways: Ways,
    pub(super) bnb: Bnb,
    /// Cells at the two nodes of every generation of the recursion, by type.
    cohorts: Vec<[Vec<u64>; 2]>,
    /// Cells of the generation at hand that have not been moved yet.
    left: Vec<u64>,
    block: Block,
    /// Numbers of cells of a block at the start and at both nodes.
    cells: Vec<f64>,
    early: Vec<f64>,
    late: Vec<f64>,
    crowded: Crowded,
}

/// A step of constant rates from the inside.
struct Step<'a, 'b, R: Rng + ?Sized> {
    model: &'a Model,
    interval: usize,
    from: f64,
    to: f64,
    rng: &'a mut R,
    budget: &'a mut Budget<'b>,
}

impl<R: Rng + ?Sized> Step<'_, '_, R> {
    /// Days that the step takes.
    fn length(&self) -> f64 {
        self.to - self.from
    }
}

impl Leap {
    /// An engine with these settings.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            ways: Ways::default(),
            bnb: Bnb::default(),
            cohorts: Vec::new(),
            left: Vec::new(),
            block: Block::default(),
            cells: Vec::new(),
            early: Vec::new(),
            late: Vec::new(),
            crowded: Crowded::default(),
        }
    }

    /// Expected mutations and switches within a stretch up to which all are followed exactly.
    #[must_use]
    pub fn leaps_above(&self) -> f64 {
        self.settings.exact_up_to
    }

    /// Advances the numbers of cells of every type from `from` to `to` (days). No pulse lies between.
    ///
    /// If the budget runs out, the state is that at the start of a step; `OutOfSteps` then carries its time.
    pub fn advance<R: Rng + ?Sized>(
        &mut self,
        model: &Model,
        state: &mut [u64],
        from: f64,
        to: f64,
        rng: &mut R,
        budget: &mut Budget<'_>,
    ) -> Advance {
        let process = model.process();
        let mut t = from;
        while t < to {
            if model.special_events_at_most(state, t, to) <= self.settings.exact_up_to {
                self.ways.skipped = true;
                return self.bnb.advance(model, state, t, to, rng, budget);
            }
            let interval = process.interval_at(t);
            let stop = process.end_of(interval).min(to);
            let pieces = ((stop - t) * model.fastest(interval, state) / self.settings.reach).ceil();
            let mut end = if pieces > 1.0 { t + (stop - t) / pieces } else { stop };
            if end <= t {
                end = t.next_up().min(stop);
            }
            if let Some(ended) = budget.step(t) {
                return ended;
            }
            self.bnb.begin(state.len());
            let mut step = Step { model, interval, from: t, to: end, rng, budget };
            if let Some(ended) = self.spread(&mut step, state, 0.0, 0) {
                return ended;
            }
            match self.bnb.finish(model, state, t, end, rng) {
                Advance::Done => t = end,
                ended => return ended,
            }
        }
        Advance::Done
    }

    /// Moves cells to the end of the step from `start` days after its beginning, and with them all that descend from them.
    fn spread<R: Rng + ?Sized>(
        &mut self,
        step: &mut Step<'_, '_, R>,
        cells: &[u64],
        start: f64,
        generation: usize,
    ) -> Option<Advance> {
        if self.cohorts.len() == generation {
            self.cohorts.push([vec![0; cells.len()], vec![0; cells.len()]]);
        }
        let mut nodes = std::mem::take(&mut self.cohorts[generation]);
        nodes.iter_mut().for_each(|node| {
            node.clear();
            node.resize(cells.len(), 0);
        });
        self.left.clear();
        self.left.extend_from_slice(cells);
        let mut ended = None;
        for i in 0..cells.len() {
            if self.left[i] == 0 {
                continue;
            }
            ended = if self.gather(step, i, start) {
                self.coupled(step, start, &mut nodes)
            } else {
                let n = std::mem::take(&mut self.left[i]);
                self.cohort(step, i, n, start, &mut nodes)
            };
            if ended.is_some() {
                break;
            }
        }
        for (node, place) in nodes.iter().zip(NODES) {
            if ended.is_none() && node.iter().any(|&n| n > 0) {
                let start = start + place * (step.length() - start);
                ended = self.spread(step, node, start, generation + 1);
            }
        }
        self.cohorts[generation] = nodes;
        ended
    }

    /// Gathers the types to which many cells of type `i` may switch, and so on; whether there are any.
    fn gather<R: Rng + ?Sized>(&mut self, step: &Step<'_, '_, R>, i: usize, start: f64) -> bool {
        let process = step.model.process();
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

    /// Moves the cells of the gathered types to the end of the step together.
    fn coupled<R: Rng + ?Sized>(
        &mut self,
        step: &mut Step<'_, '_, R>,
        start: f64,
        nodes: &mut [Vec<u64>; 2],
    ) -> Option<Advance> {
        let process = step.model.process();
        let (h, k) = (step.length() - start, self.block.types.len());
        self.block.load(process, step.interval);
        self.cells.clear();
        self.cells.extend(self.block.types.iter().map(|&t| self.left[t] as f64));
        if self.block.prepare(&self.cells, h) < LEAST_MEAN {
            self.ways.skipped = true;
            let Step { model, from, to, .. } = *step;
            for position in 0..k {
                let t = self.block.types[position];
                let n = std::mem::take(&mut self.left[t]);
                if n > 0
                    && let Some(ended) = self.bnb.follow(model, t, start, n, from, to, step.rng, step.budget)
                {
                    return Some(ended);
                }
            }
            return None;
        }
        self.ways.leapt = true;
        self.block.draw(step.rng);
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
            ended = self.found(step, t, start, integral, &Profile::Points(points), k, nodes);
            if ended.is_some() {
                break;
            }
        }
        (self.early, self.late) = (early, late);
        ended
    }

    /// Moves `n` cells of type `i` at `start` to the end of the step; their founders go to the nodes, if they are many.
    fn cohort<R: Rng + ?Sized>(
        &mut self,
        step: &mut Step<'_, '_, R>,
        i: usize,
        n: u64,
        start: f64,
        nodes: &mut [Vec<u64>; 2],
    ) -> Option<Advance> {
        let process = step.model.process();
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
            let Step { model, from, to, .. } = *step;
            return self.bnb.follow(model, i, start, n, from, to, step.rng, step.budget);
        }
        self.ways.leapt = true;
        let plain = SegmentLaw::new(leaving);
        let last = count_without_event(step.rng, n, &plain.over(h));
        if last == 0 && !self.bnb.is_alive() {
            let ln_empty = |from: f64, to: f64| plain.over(to - from).ln_empty();
            self.bnb.note_death(extinction_time(step.rng, ln_empty, start, step.length(), n));
        }
        self.bnb.note(i, last);
        let (first, last) = (n as f64, last as f64);
        let integral = path.integral(step.rng, first, last);
        self.block.types.clear();
        self.found(step, i, start, integral, &Profile::Path(&path, first, last), 0, nodes)
    }

    /// Founders that cells of type `i` make within `integral` cell days: mutants, and cells that switch to a type outside of
    /// the block, whose first `block` types move together.
    fn found<R: Rng + ?Sized>(
        &mut self,
        step: &mut Step<'_, '_, R>,
        i: usize,
        start: f64,
        integral: f64,
        profile: &Profile<'_>,
        block: usize,
        nodes: &mut [Vec<u64>; 2],
    ) -> Option<Advance> {
        let Step { model, from, to, interval, .. } = *step;
        let process = model.process();
        let division = process.birth(interval, i);
        let mutations = process.mutation().row(interval, i).map(|(j, u)| (j, division * u));
        let mutants = process.mutation().row(interval, i).count();
        for (position, (j, rate)) in mutations.chain(process.switching().row(interval, i)).enumerate() {
            if position >= mutants && self.block.types[..block].contains(&j) {
                continue;
            }
            let founded = poisson(step.rng, rate * integral);
            if founded <= FEW {
                for _ in 0..founded {
                    let length = to - from;
                    let t = (start + profile.time(step.rng) * (length - start)).min(length);
                    let ended = self.bnb.follow(model, j, t, 1, from, to, step.rng, step.budget);
                    if ended.is_some() {
                        return ended;
                    }
                }
            } else {
                let early = binomial(step.rng, founded, profile.early());
                nodes[0][j] = nodes[0][j].saturating_add(early);
                nodes[1][j] = nodes[1][j].saturating_add(founded - early);
            }
        }
        None
    }
}
