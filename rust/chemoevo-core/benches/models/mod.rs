//! The processes that are measured. Rates are per cell and day, mutation is a probability per division and target.
#![allow(dead_code)]

pub mod doses;

use chemoevo_core::engine::model::Model;
use chemoevo_core::process::{Process, SparseRates};
use std::sync::Arc;

/// Constant rates that all types share.
fn constant(pairs: &[(usize, usize)], probability: f64, types: usize, (birth, death): (f64, f64)) -> Arc<Model> {
    let mutation = SparseRates::new(types, pairs, vec![probability; pairs.len()]);
    let (birth, death) = (vec![birth; types], vec![death; types]);
    prepared(Process::new(types, vec![], birth, death, mutation, SparseRates::none(types), vec![]).unwrap())
}

/// With the laws of all types built, which replicates otherwise do when a type is first occupied.
fn prepared(process: Process) -> Arc<Model> {
    let model = Model::new(Arc::new(process));
    for i in 0..model.process().types() {
        let _law = model.law(i);
    }
    Arc::new(model)
}

/// The genotypes that one mutation of a locus connects.
fn neighbors(loci: usize, back: bool) -> Vec<(usize, usize)> {
    let all = (0..1usize << loci).flat_map(|g| (0..loci).map(move |k| (g, g ^ (1 << k))));
    let mut pairs: Vec<_> = all.filter(|&(from, to)| back || to > from).collect();
    pairs.sort_unstable();
    pairs
}

/// Five loci, forward and back, or forward only.
pub fn lattice(probability: f64, back: bool) -> Arc<Model> {
    constant(&neighbors(5, back), probability, 32, (1.0, 0.5))
}

/// Sensitive cells that yield resistant ones.
pub fn two_types() -> Arc<Model> {
    constant(&[(0, 1)], 1e-3, 2, (1.0, 0.5))
}

/// Five loci, forward only, at a turnover at which nineteen of twenty lineages die out.
pub fn turnover(probability: f64) -> Arc<Model> {
    constant(&neighbors(5, false), probability, 32, (0.139, 0.1313))
}

/// 32 types under six cycles of 21 days on `segments` intervals until day 200: the kill decays by 1 per day from each
/// start, is worth a factor 10 a cycle, and falls fourfold with every alteration.
pub fn therapy(segments: usize) -> Arc<Model> {
    const DAYS: f64 = 200.0;
    const CYCLE: f64 = 21.0;
    let width = DAYS / segments as f64;
    let strength = |k: usize| {
        let middle = (k as f64 + 0.5) * width;
        if middle < 6.0 * CYCLE { (-(middle % CYCLE)).exp() } else { 0.0 }
    };
    let total: f64 = (0..segments).map(strength).sum::<f64>() * width;
    let scale = 6.0 * (10_f64.ln() + 0.01 * CYCLE) / total;
    let kill = (0..segments).flat_map(|k| {
        (0..32u32).map(move |g| 0.13 + scale * strength(k) * 0.25_f64.powi(g.count_ones().cast_signed()))
    });
    let death = kill.collect();
    let pairs = neighbors(5, false);
    let mutation = SparseRates::new(32, &pairs, vec![1e-6; pairs.len()]);
    let ends = (1..segments).map(|k| k as f64 * width).collect();
    prepared(Process::new(32, ends, vec![0.14; 32 * segments], death, mutation, SparseRates::none(32), vec![]).unwrap())
}

/// The genotypes of `therapy` in three niches and two phenotypes, 192 types: birth and kill fall from niche to niche, cells
/// move to the next niche and back, and tolerant ones hardly divide, are hardly killed, and turn back within a month.
pub fn niches(segments: usize) -> Process {
    const NICHES: [f64; 3] = [1.0, 0.7, 0.4];
    const PHENOTYPES: [f64; 2] = [1.0, 0.2];
    const MOVES: [f64; 3] = [0.01, 0.02, 0.03];
    let plain = therapy(segments);
    let plain = plain.process();
    let (genotypes, places) = (plain.types(), NICHES.len() * PHENOTYPES.len());
    let index = |g: usize, niche: usize, phenotype: usize| (g * NICHES.len() + niche) * PHENOTYPES.len() + phenotype;
    let all = || (0..genotypes).flat_map(|g| (0..3).flat_map(move |n| (0..2).map(move |p| (g, n, p))));
    let share = |n: usize, p: usize| NICHES[n] * PHENOTYPES[p];
    let (mut birth, mut death) = (Vec::new(), Vec::new());
    for m in 0..segments {
        birth.extend(all().map(|(g, n, p)| share(n, p) * plain.birth(m, g)));
        death.extend(all().map(|(g, n, p)| 0.13 + share(n, p) * (plain.death(m, g) - 0.13)));
    }
    let mut mutations = Vec::new();
    for (from, to) in neighbors(5, false) {
        mutations.extend((0..places).map(|place| (from * places + place, to * places + place)));
    }
    mutations.sort_unstable();
    let mut switches = Vec::new();
    for (g, n, p) in all() {
        let from = index(g, n, p);
        let moves = [n.checked_sub(1), (n < 2).then_some(n + 1)].into_iter().flatten();
        switches.extend(moves.map(|to| ((from, index(g, to, p)), MOVES[n])));
        switches.push(((from, index(g, n, 1 - p)), if p == 0 { 1e-3 } else { 0.05 }));
    }
    switches.sort_unstable_by_key(|s| s.0);
    let (pairs, rates): (Vec<_>, Vec<_>) = switches.into_iter().unzip();
    let types = genotypes * places;
    let mutation = SparseRates::new(types, &mutations, vec![1e-6; mutations.len()]);
    let switching = SparseRates::new(types, &pairs, rates);
    Process::new(types, plain.breakpoints().to_vec(), birth, death, mutation, switching, vec![]).unwrap()
}
