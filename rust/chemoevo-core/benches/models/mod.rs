//! The processes that are measured. Rates are per cell and day, mutation is a probability per division and target.
#![allow(dead_code)]

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
