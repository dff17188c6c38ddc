"""When a tumor is back at a size: the equations against simulation. False-alarm level 1e-6 for all checks of a test."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy import stats

import chemoevo as ce

RATES = {"types": ["S", "R"], "birth": [0.14, 0.14], "mutation": {("S", "R"): 5e-9}}
GROWTH = ce.BranchingProcess(**RATES, death=[0.1, 0.1])  # type: ignore[arg-type]
THERAPY = ce.BranchingProcess(**RATES, death=[0.5, 0.1])  # type: ignore[arg-type]
DAYS = [300.0, 330.0, 350.0, 370.0, 400.0, 450.0]
SIZE = 1e8


@cache
def totals(replicates: int) -> np.ndarray:
    """Cells at DAYS in tumors that were grown from one cell to 1e9, and then treated."""
    grown = ce.simulate(
        GROWTH, initial={"S": 1}, times=[5000.0], stop=ce.Stop(size=1e9, retry=True), replicates=replicates, seed=21
    )
    ens = ce.simulate(THERAPY, initial=grown, times=DAYS, seed=22)
    return np.asarray(ens.counts.sum(axis=2))


def score(counts: np.ndarray, n: int, probability: np.ndarray) -> float:
    """Largest deviation of counts from their probability, in standard errors."""
    return float(np.max(np.abs(counts - n * probability) / np.sqrt(n * probability * (1.0 - probability))))


@pytest.mark.parametrize("replicates", [2000, pytest.param(20_000, marks=pytest.mark.slow)])
def test_tumors_are_back_when_the_equations_say(replicates: int) -> None:
    # Six days, two sides each.
    level = float(stats.norm.isf(1e-6 / len(DAYS) / 2.0))
    seen = (totals(replicates) >= SIZE).sum(axis=0)
    tumor = ce.GrownTo(GROWTH, size=1e9)
    law = ce.relapse_time(THERAPY, initial=tumor, size=SIZE)
    assert score(seen, replicates, law.cdf(DAYS)) < level
    # Planted: a size that is half as large, and a mutation counted twice.
    assert score(seen, replicates, ce.relapse_time(THERAPY, initial=tumor, size=SIZE / 2.0).cdf(DAYS)) > level
    twice = {"types": ["S", "R"], "birth": [0.14, 0.14], "mutation": {("S", "R"): 1e-8}}
    growth, therapy = (ce.BranchingProcess(**twice, death=[d, 0.1]) for d in (0.1, 0.5))  # type: ignore[arg-type]
    wrong = ce.relapse_time(therapy, initial=ce.GrownTo(growth, size=1e9), size=SIZE)
    assert score(seen, replicates, wrong.cdf(DAYS)) > level


def test_from_given_cells_first_passage_and_the_law_are_one() -> None:
    # The law is of the cells at a time; that of the first passage is nearly the same where they grow.
    process = ce.BranchingProcess(types=["S", "R"], birth=[0.1, 0.1], death=[0.4, 0.05])
    replicates, initial = 4000, {"S": 10**4, "R": 3}
    law = ce.relapse_time(process, initial=initial, size=1e4)
    levels = np.array([0.1, 0.3, 0.5, 0.7])
    days = law.quantile(levels)
    stop = ce.Stop(size=10**4, of=["R"])
    passed = ce.simulate(process, initial=initial, times=[600.0], stop=stop, replicates=replicates, seed=23)
    times = np.where(passed.outcomes["outcome"] == "stopped", passed.outcomes["time"], np.inf)
    seen = (times[:, None] <= days).sum(axis=0)
    level = float(stats.norm.isf(1e-6 / len(days) / 2.0))
    assert score(seen, replicates, levels) < level
    # Planted: five percent more divisions.
    faster = ce.BranchingProcess(types=["S", "R"], birth=[0.105, 0.105], death=[0.4, 0.05])
    assert score(seen, replicates, ce.relapse_time(faster, initial=initial, size=1e4).cdf(days)) > level
