"""Cure by histories held against the law, by an exact test."""

from __future__ import annotations

from functools import cache

from scipy import stats

import chemoevo as ce


@cache
def cures(model: ce.Scenario, replicates: int) -> int:
    """Histories without a cell at the horizon."""
    ensemble = ce.simulate(model, replicates=replicates, seed=1)
    return int((ensemble.final.sum(axis=1) == 0).sum())


def p_value(simulated: ce.Scenario, replicates: int, model: ce.Scenario) -> float:
    """How probable so many cures, or ones as improbable, are if the law of a model is that of the histories."""
    found = ce.cure_probability(model)
    assert found.method == "law"
    return float(stats.binomtest(cures(simulated, replicates), replicates, found.value).pvalue)
