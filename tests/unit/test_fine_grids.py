"""What a run costs does not grow with the number of intervals: counted in steps, which no busy machine disturbs."""

from __future__ import annotations

import time

import numpy as np
import pytest

import chemoevo as ce

GRIDS = (50, 500, 5_000, 50_000)


def year(intervals: int) -> ce.BranchingProcess:
    """Growth and decline over a year on 50 stretches, each in parts whose rates differ in the ninth digit only."""
    kill = np.repeat(0.02 * (np.arange(GRIDS[0]) % 3 == 1), intervals // GRIDS[0])
    wiggle = 1.0 + 1e-9 * (-1.0) ** np.arange(intervals)
    return ce.BranchingProcess(
        types=["S", "R"],
        birth=np.stack([0.14 * wiggle, 0.13 * wiggle], axis=1),
        death=np.stack([0.09 + kill, 0.1 * wiggle], axis=1),
        breakpoints=np.linspace(0.0, 365.0, intervals + 1)[1:-1],
        mutation={("S", "R"): 1e-6},
    )


@pytest.mark.parametrize("stop", [None, ce.Stop(size=10**7)], ids=["to the end", "to a size"])
def test_steps_do_not_grow_with_the_grid(stop: ce.Stop | None) -> None:
    steps = []
    for intervals in GRIDS:
        ens = ce.simulate(
            year(intervals), initial=[10**5, 0], times=[150.0], replicates=60, seed=5, engine="bnb", stop=stop
        )
        steps.append(ens.provenance["steps"] / 60)
    assert min(steps) > 5
    assert max(steps) < 2 * min(steps), steps


def test_a_large_process_is_made_and_described_at_once() -> None:
    process = year(50_000)
    start = time.process_time()
    ce.BranchingProcess(types=process.types, birth=process.birth, death=process.death, breakpoints=process.breakpoints)
    assert len(process.describe().splitlines()) < 40
    # Some three milliseconds; the limit leaves room for a busy machine, not for a loop in Python over the values.
    assert time.process_time() - start < 0.05
