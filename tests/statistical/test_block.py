"""Tumors found at a size whose first type is a block: the law against simulated growth.

Every check has a false-alarm level of 1e-6 (4.9 standard errors), and an error planted that it finds.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

import chemoevo as ce
from tests.unit.niches import RESISTANT, SENSITIVE, niches, persisters

Z = 4.9


@cache
def grown(growth: ce.BranchingProcess, size: int, n: int, seed: int) -> NDArray[np.int64]:
    """Compositions of tumors of exactly that size."""
    start = {growth.types[0]: 1}
    stop = ce.Stop(size=size, retry=True)
    return ce.simulate(growth, initial=start, times=[1e5], stop=stop, replicates=n, seed=seed, exact=True).final


def agree(sample: NDArray[np.float64], law: float, planted: float) -> None:
    error = max(float(sample.std(ddof=1)), 1e-300) / math.sqrt(len(sample))
    assert abs(sample.mean() - law) < Z * error
    assert abs(sample.mean() - planted) > Z * error


def absent(growth: ce.BranchingProcess, types: list[str], size: float) -> float:
    return float(ce.absence_probability(growth, types=types, initial=ce.GrownTo(growth, size=size), times=[0.0])[0])


@pytest.mark.parametrize(
    ("exchange", "size", "u", "n"),
    [
        (0.02, 3000, 3e-4, 1200),
        (0.002, 3000, 3e-4, 3000),
        pytest.param(0.02, 20_000, 1e-4, 4000, marks=pytest.mark.slow),
        pytest.param(0.002, 20_000, 1e-4, 4000, marks=pytest.mark.slow),
    ],
)
def test_no_resistant_cell_in_two_niches(exchange: float, size: int, u: float, n: int) -> None:
    growth = niches(exchange, u)
    final = grown(growth, size, n, 21)
    near = [t in (SENSITIVE[0], RESISTANT[0]) for t in growth.types]
    # Planted: the first niche alone, to which nothing comes back.
    lost = 0.15 + growth.switching["near", "far"]
    one = ce.BranchingProcess(types=["S", "R"], birth=[0.3] * 2, death=[lost, 0.15], mutation={("S", "R"): u})
    agree((final[:, 2:].sum(axis=1) == 0).astype(float), absent(growth, RESISTANT, size), absent(one, ["R"], size))
    assert abs(final[:, near].sum() / final.sum() - 0.7) < 0.03


def test_rare_cells_at_rest_are_founded_again_and_again() -> None:
    """Two in a tumor of 3000, on average: their number is no more given than that of mutants."""
    growth, size = persisters(1e-4, 0.05), 3000
    final = grown(growth, size, 4000, 22)
    tumor = ce.GrownTo(growth, size=size)
    # Planted: an independent Poisson number, which forgets that they divide at rest, and a law without a way back.
    agree((final[:, 1] == 0).astype(float), absent(growth, ["resting"], size), math.exp(-final[:, 1].mean()))
    stay = persisters(1e-4, 0.0)
    agree((final[:, 1] < 3).astype(float), *(
        float(ce.count_distribution(law.growth, of=["resting"], initial=law, time=0.0, max_count=2).sum())
        for law in (tumor, ce.GrownTo(stay, size=size))
    ))  # fmt: skip


def test_cure_of_cells_at_rest_that_are_no_rarity() -> None:
    growth, size = persisters(3e-3, 0.05), 10_000
    therapy = persisters(3e-3, 0.05, kill=(1.0, 0.03, 0.0))
    cured = ce.extinction_probability(therapy, initial=grown(growth, size, 3000, 23), times=[60.0])[:, 0]
    law = ce.extinction_probability(therapy, initial=ce.GrownTo(growth, size=size), times=[60.0])[0]
    assert 0.2 < law < 0.8
    # Planted: as many at rest as if none came back.
    more = ce.GrownTo(persisters(3e-3 * 1.2, 0.05), size=size)
    agree(cured, float(law), float(ce.extinction_probability(therapy, initial=more, times=[60.0])[0]))


def test_rare_cure_of_a_block_is_that_of_the_law() -> None:
    growth, size = niches(0.02, 2e-3), 2000
    therapy = niches(0.02, 2e-3, kill=(1.5, 1.5, 0.02, 0.02))
    tumor = ce.GrownTo(growth, size=size)
    law = float(ce.extinction_probability(therapy, initial=tumor, times=[90.0])[0])
    found = ce.rare_cure_probability(therapy, initial=tumor, horizon=90.0, replicates=2000, seed=24)
    error = (found.high - found.low) / 2.0 / 1.96
    assert found.trusted
    assert error < 0.1 * law
    assert abs(found.value - law) < Z * error
    # Planted: weights for founders five in a hundred too many.
    assert abs(found.value * law**0.05 - law) > Z * error
