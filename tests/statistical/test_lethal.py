"""Lethal divisions: the engines against the reference simulator, and under competition against the law of a chain.

Checks fail at 1e-6. Shares off by 5 %, mutants at lethal divisions and lethal divisions that are folded before the
crowding are planted, and caught.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.linalg import expm_multiply

import chemoevo as ce
from tests.reference import simulator
from tests.statistical import _laws as laws
from tests.statistical._samples import ENGINES, Sample, by_engine, by_reference, compare, sample_of
from tests.statistical.models import Model

ALONE = Model(
    "lethal",
    ("S", "R", "P"),
    [[1.0, 0.8, 0.3], [1.4, 0.8, 0.3], [0.9, 0.8, 0.3]],
    [[0.2, 0.2, 0.1], [0.3, 0.2, 0.1], [0.3, 0.2, 0.1]],
    {"S": 8, "P": 1},
    (1.0, 2.5, 4.0),
    mutation={("S", "R"): 0.15, ("R", "S"): 0.05},
    switching={("S", "P"): 0.1, ("P", "S"): 0.2},
    breakpoints=(1.0, 2.5),
    lethal=[[0.1, 0.0, 0.0], [0.6, 0.2, 0.5], [0.0, 0.1, 1.0]],
)


def mutants_at_lethal_divisions(process: simulator.Process, interval: int) -> list[list[simulator.Event]]:
    """Planted: a lethal division founds the mutant that it would have founded."""
    table = simulator.events_of(process, interval)
    for i, (events, row) in enumerate(zip(table, process.mutation[interval], strict=True)):
        q = process.lethal[interval][i] if process.lethal else 0.0
        lost = process.birth[interval][i] * q
        events += [simulator.Event(lost * u, ((j, +1),)) for j, u in enumerate(row) if lost * u > 0.0]
    return table


@pytest.mark.parametrize("n", [500, pytest.param(2500, marks=pytest.mark.slow)])
def test_independent_cells_follow_the_reference(n: int) -> None:
    reference = by_reference(ALONE, n, 1)
    for engine in ENGINES:
        compare(reference, by_engine(ALONE, engine, 10_000, 2), ALONE.types).require()
    assert compare(reference, by_engine(ALONE.but(lethal=None), "bnb", 10_000, 2), ALONE.types).alarms


def test_mutants_at_lethal_divisions_are_caught() -> None:
    planted = by_reference(ALONE, 900, 3, events_of=mutants_at_lethal_divisions)
    assert compare(planted, by_engine(ALONE, "bnb", 10_000, 2), ALONE.types).alarms


BIRTH, DEATH, SHARE, START, CAPACITY, TOP = 1.6, 0.3, 0.25, 8, 20.0, 90
TIMES = (0.7, 3.0, 8.0)
N = 40_000


@cache
def chain_law(on: str, *, folded_first: bool = False) -> list[NDArray[np.float64]]:
    """P(n cells) at the times, by the exponential of the generator; `folded_first` plants that error."""
    counts = np.arange(TOP + 1.0)
    q, b, d = (0.0, (1 - SHARE) * BIRTH, DEATH + SHARE * BIRTH) if folded_first else (SHARE, BIRTH, DEATH)
    x = counts / CAPACITY
    birth = np.maximum(b - (b - d) * x, 0.0) if on == "birth" else np.full(TOP + 1, b)
    death = d + (b - d) * x if on == "death" else np.full(TOP + 1, d)
    up, down = (1 - q) * birth * counts, (death + q * birth) * counts
    up[-1] = 0.0
    matrix = np.diag(-up - down) + np.diag(up[:-1], 1) + np.diag(down[1:], -1)
    start = np.zeros(TOP + 1)
    start[START] = 1.0
    found = [expm_multiply(csr_array(matrix).T * t, start) for t in TIMES]
    assert all(p[-1] < 1e-12 for p in found)
    return [np.maximum(p, 0.0) for p in found]


def against_chain(counts: NDArray[np.int64], expected: list[NDArray[np.float64]]) -> laws.Verdict:
    verdict = laws.Verdict()
    for t, pmf in enumerate(expected):
        verdict.add(f"count at {TIMES[t]}", laws.follows_pmf(counts[:, t], pmf))
    return verdict


@pytest.mark.parametrize("on", ["death", "birth"])
def test_crowded_counts_follow_the_chain(on: Any) -> None:
    def counts(share: float, seed: int) -> NDArray[np.int64]:
        process = ce.BranchingProcess(
            types=["S"],
            birth=[BIRTH],
            death=[DEATH],
            lethal=[share],
            competition=ce.Logistic(capacity=CAPACITY, on=on),
        )
        return ce.simulate(process, initial=[START], times=TIMES, replicates=N, seed=seed).counts[:, :, 0]

    found = counts(SHARE, 1)
    against_chain(found, chain_law(on)).require()
    assert against_chain(found, chain_law(on, folded_first=True)).alarms, "folded before the crowding"
    assert against_chain(counts(0.95 * SHARE, 2), chain_law(on)).alarms, "share 5 % off"


CROWDED = ALONE.but(name="lethal and crowded", times=(1.0, 2.5, 5.0), initial={"S": 12, "P": 2})
COMPETITIONS: dict[str, Any] = {
    "logistic": ce.Logistic(capacity=15, on="birth", weights={"R": 0.5, "P": 2.0}),
    "gompertz": ce.Gompertz(capacity=30, weights={"R": 1.5}),
    "lotka-volterra": ce.LotkaVolterra(
        matrix={("S", "S"): 0.06, ("S", "R"): 0.1, ("R", "R"): 0.05, ("P", "S"): 0.2}, on="birth"
    ),
}


@pytest.mark.parametrize("n", [250, pytest.param(1500, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", COMPETITIONS)
def test_crowded_cells_follow_the_reference(name: str, n: int) -> None:
    model = CROWDED.but(competition=COMPETITIONS[name])
    reference = by_reference(model, n, 5)
    compare(reference, by_engine(model, "direct", 10_000, 6), model.types).require()
    assert compare(reference, by_engine(model.but(lethal=None), "direct", 10_000, 6), model.types).alarms


LARGE = {on: ce.Logistic(capacity=1500, on=on, weights={"R": 0.5}) for on in ("birth", "death")}


def large(on: str, engine: Any, n: int, seed: int, *, folded_first: bool = False) -> Sample:
    birth, death = np.array([[1.2, 0.8], [1.4, 0.8]]), np.array([[0.3, 0.3], [0.3, 0.3]])
    share = np.array([[0.1, 0.0], [0.7, 0.05]])
    if folded_first:
        birth, death, share = (1 - share) * birth, death + share * birth, 0.0 * share
    process = ce.BranchingProcess(
        types=["S", "R"],
        birth=birth,
        death=death,
        lethal=share,
        mutation={("S", "R"): 0.03},
        switching={("R", "S"): 0.05},
        breakpoints=[4.0],
        competition=LARGE[on],
    )
    options = {"tolerance": 1e-5} if engine == "leap" else {}
    ens = ce.simulate(
        process,
        initial={"S": 900},
        times=[2.0, 4.0, 6.0],
        replicates=n,
        seed=seed,
        engine=engine,
        **options,  # type: ignore[arg-type]
    )
    return sample_of(ens)


@pytest.mark.parametrize("on", ["birth", "death"])
def test_leap_agrees_with_direct_in_law(on: str) -> None:
    event_by_event = large(on, "direct", 500, 2)
    compare(large(on, "leap", 900, 1), event_by_event, ("S", "R")).require()
    planted = large(on, "leap", 900, 3, folded_first=True)
    assert compare(planted, event_by_event, ("S", "R")).alarms, "folded before the crowding"
