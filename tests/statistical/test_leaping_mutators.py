"""`leap` where most divisions mutate: the cells of all types together grow as they would without any mutation."""

from __future__ import annotations

import math
from itertools import permutations

import pytest

import chemoevo as ce

REPLICATES = 4
TOLERANCE = 1e-3
"""The default: the largest relative error of means that is stated."""


def mutators(types: int, u: float, birth: float = 1.0, death: float = 0.0) -> ce.BranchingProcess:
    """`types` of one rate each, of whose divisions a share `u` mutates, to any of the others alike."""
    names = [f"k{i}" for i in range(types)]
    mutation = dict.fromkeys(permutations(names, 2), u / (types - 1))
    return ce.BranchingProcess(types=names, birth=[birth] * types, death=[death] * types, mutation=mutation)


def error(process: ce.BranchingProcess, days: float, growth: float, engine: str, cells: int = 10**10) -> float:
    """Relative error of the mean total, which by itself varies by 1e-5."""
    ens = ce.simulate(
        process, initial={process.types[0]: cells}, times=[days], replicates=REPLICATES, seed=5, engine=engine
    )
    assert not ens.exact
    return float(ens.counts[:, 0].astype(float).sum(axis=1).mean()) / (cells * math.exp(growth * days)) - 1


# Six standard deviations of the mean of four totals of 1e10 cells: a false alarm in 1e9.
NOISE = 6 * math.sqrt(2 / 10**10 / REPLICATES)


@pytest.mark.parametrize("engine", ["auto", "leap"])
@pytest.mark.parametrize("u", [0.5, 0.9, 1.0])
def test_two_types_that_turn_into_each_other(u: float, engine: str) -> None:
    assert abs(error(mutators(2, u), 8.0, 1.0, engine)) < TOLERANCE + NOISE


@pytest.mark.parametrize("u", [0.8, 1.0])
def test_karyotypes(u: float) -> None:
    assert abs(error(mutators(20, u, death=0.2), 6.0, 0.8, "leap")) < TOLERANCE + NOISE


def test_a_step_that_is_too_long_is_caught() -> None:
    """Planted: totals that fall short by two in a thousand, as steps of twice the length would have them."""
    slow = mutators(2, 0.9, birth=1.0 - 2e-3 / 8.0)
    assert abs(error(slow, 8.0, 1.0, "leap")) > TOLERANCE + NOISE
