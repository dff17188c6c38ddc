"""`leap` where cells switch: none is made and none is lost, and both moments hold, whatever the rates and the rows."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import chemoevo as ce

LEVEL = 5.2
"""Standard errors: a false alarm in 2e-7 of each of some five numbers of a check."""
TOLERANCE = 1e-3
NAMES = ("A", "B", "C")
FAST = {(a, b): 1000.0 if {a, b} == {"A", "B"} else 8.0 for a in NAMES for b in NAMES if a != b}
"""A fast pair, and a third type that is a hundred times slower to reach."""


def still(**switching: Any) -> ce.BranchingProcess:
    return ce.BranchingProcess(types=NAMES, birth=[0.0] * 3, death=[0.0] * 3, **switching)


@pytest.mark.parametrize("engine", ["auto", "leap"])
@pytest.mark.parametrize("cells", [33, 333, 33_333, 3 * 10**9])
def test_cells_that_only_switch_stay_as_many(cells: int, engine: str) -> None:
    # What `auto` follows event by event, up to a million events, takes longest.
    replicates = 2 if engine == "auto" else 20
    ens = ce.simulate(
        still(switching=FAST), initial=[cells] * 3, times=[0.1, 0.2], replicates=replicates, seed=1, engine=engine
    )
    assert (ens.counts.sum(axis=2) == 3 * cells).all()


def alarms(
    counts: NDArray[Any], process: ce.BranchingProcess, initial: dict[str, int], times: list[float]
) -> list[tuple[str, float]]:
    """Means, variances and totals of a sample that are not those of the moment equations."""
    mean, covariance = ce.moments(process, initial=initial, times=times)
    cells, n, found = counts.astype(float), len(counts), []
    for t, time in enumerate(times):
        for name, weights in (*zip(process.types, np.eye(len(process.types)), strict=True), ("total", 1.0)):
            weights = np.broadcast_to(weights, len(process.types))
            x, m = cells[:, t] @ weights, float(mean[t] @ weights)
            v = max(0.0, float(weights @ covariance[t] @ weights))
            if m < 100:
                continue  # no normal law; its whole law is compared in test_leaping.py
            off = abs(x.mean() - m) - TOLERANCE * m
            if off > LEVEL * math.sqrt(v / n) + 1e-9 * m:
                found.append((f"mean of {name} at {time}", off / m))
            # A share of the tolerance is that of variances; what is rounded adds a twelfth of a cell.
            ratio = (x.var() + 1.0) / (v + 1.0)
            if abs(ratio - 1) > LEVEL * math.sqrt(2 / n) + 0.05:
                found.append((f"variance of {name} at {time}", ratio))
    return found


def generator(seed: int) -> tuple[ce.BranchingProcess, dict[str, int]]:
    """Two to five types; switching from 1e-2 to 300 per day, rows of mutation that sum to 0, a little, or 1."""
    rng = np.random.default_rng(seed)
    k = int(rng.integers(2, 6))
    types = [f"t{i}" for i in range(k)]
    switching = {(a, b): 10 ** rng.uniform(-2, 2.5) for a in types for b in types if a != b and rng.random() < 0.5}
    mutation = {}
    for i, a in enumerate(types):
        row = rng.dirichlet(np.ones(k - 1)) * rng.choice([0.0, 1e-3, 0.3, 1.0])
        mutation |= {(a, b): float(u) for b, u in zip(types[:i] + types[i + 1 :], row, strict=True) if u > 0}
    cells = 10 ** rng.uniform(4, 9)
    process = ce.BranchingProcess(
        types=types,
        birth=rng.choice([0.0, 0.1, 0.5, 1.0, 2.0], k),
        death=rng.choice([0.0, 0.1, 0.5, 1.0, 2.0], k),
        switching=switching or None,
        mutation=mutation or None,
    )
    return process, {name: int(cells * rng.random()) for name in types}


SHORT = (1, 4, 7, 8, 11)


@pytest.mark.parametrize(
    "seed", [pytest.param(seed, marks=[] if seed in SHORT else pytest.mark.slow) for seed in range(16)]
)
def test_moments_of_random_generators(seed: int) -> None:
    process, initial = generator(seed)
    ens = ce.simulate(process, initial=initial, times=[0.3], replicates=150, seed=5, engine="leap")
    assert alarms(ens.counts, process, initial, [0.3]) == []


@pytest.mark.parametrize("rate", [0.01, 1.0, 100.0, 1e4])
@pytest.mark.parametrize("cells", [10**3, 10**6, 10**10])
def test_moments_at_every_rate_and_size(rate: float, cells: int) -> None:
    """The third type is reached from a small one, and holds few cells beside many."""
    process = ce.BranchingProcess(
        types=NAMES,
        birth=[0.2, 0.5, 0.3],
        death=[0.3, 0.1, 0.1],
        switching={("A", "B"): rate, ("B", "A"): rate / 1e3, ("A", "C"): 0.5, ("C", "B"): 0.3},
        mutation={("B", "C"): 1e-3},
    )
    initial, time = {"A": cells // 10, "B": cells}, min(2.0, 300.0 / rate)
    ens = ce.simulate(process, initial=initial, times=[time], replicates=100, seed=7, engine="leap")
    assert alarms(ens.counts, process, initial, [time]) == []


@pytest.mark.parametrize("u", [1e-3, 0.5, 1.0])
@pytest.mark.parametrize(("birth", "death"), [([1.0, 0.0], [0.0, 1.0]), ([0.2, 2.0], [1.2, 0.0])])
def test_mutants_that_die_out_or_outgrow_their_parents(birth: list[float], death: list[float], u: float) -> None:
    process = ce.BranchingProcess(types=["P", "M"], birth=birth, death=death, mutation={("P", "M"): u})
    initial = {"P": 10**10}
    ens = ce.simulate(process, initial=initial, times=[1.0, 3.0], replicates=60, seed=5, engine="leap")
    mean, _ = ce.moments(process, initial=initial, times=[1.0, 3.0])
    # Noise is 1e-4 of the fewest mutants.
    assert np.abs(ens.counts.astype(float).mean(axis=0) / mean - 1).max() < TOLERANCE + 1e-4


def test_planted_errors_are_found() -> None:
    """Cells that leave and cells that arrive drawn apart; and a switching rate that is 1 % off."""
    process, initial, time = still(switching=FAST), {"A": 33_333, "B": 33_333, "C": 33_333}, 0.2
    run: dict[str, Any] = {"initial": initial, "times": [time], "replicates": 150, "seed": 1, "engine": "leap"}
    right = ce.simulate(process, **run).counts
    assert alarms(right, process, initial, [time]) == []
    rng = np.random.default_rng(1)
    # 8 per day leave A and B for C, and as many C for each of them.
    left, come = (rng.poisson(33_333 * 16 * time, right.shape) for _ in range(2))
    found = {name for name, _ in alarms(right + come - left, process, initial, [time])}
    assert {"variance of total at 0.2", "variance of A at 0.2"} <= found
    rates: dict[str, Any] = {"types": ["A", "B"], "birth": [0.1, 0.2], "death": [0.1, 0.1]}
    slow, wrong = (ce.BranchingProcess(**rates, switching={("A", "B"): rate, ("B", "A"): 0.5}) for rate in (1.0, 1.01))
    many = {"A": 10**8}
    assert alarms(ce.simulate(wrong, **{**run, "initial": many}).counts, slow, many, [time])
