"""`direct` under competition against the exact law of small chains, the reference simulator and the mean field.

Checks fail at 1e-6. A capacity off by 5 %, crowding on the wrong rate and crowding that is one event behind are planted
in the law, and caught.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from math import log

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.integrate import solve_ivp
from scipy.sparse import csr_array
from scipy.sparse.linalg import expm_multiply

import chemoevo as ce
from chemoevo.process.competition import Competition
from tests.statistical import _laws as laws
from tests.statistical._samples import Sample, by_engine, by_reference, compare, every_other
from tests.statistical.models import Model

N = 40_000  # Against the law of a chain, as many as crowding that is one event behind needs.
N_FREE = 20_000
BIRTH, DEATH, START, CAPACITY = 1.0, 0.3, 5, 20.0
TIMES = (0.7, 3.0, 12.0)
TOP = {"Logistic": 80, "Gompertz": 160}
"""No run comes near so many cells: the chain of states 0..TOP is the whole law."""

Crowding = Callable[[NDArray[np.float64]], NDArray[np.float64]]
CROWDING: dict[str, Crowding] = {
    "Logistic": lambda n: n / CAPACITY,
    "Gompertz": lambda n: np.log(np.maximum(n, 1.0)) / log(CAPACITY),
}
LAWS = [(name, on) for name in CROWDING for on in ("death", "birth")]


@cache
def chain_law(name: str, on: str, times: tuple[float, ...], *, behind: bool = False) -> list[NDArray[np.float64]]:
    """P(n cells) at the times, by the exponential of the generator.

    `behind` plants an error: an event sees the crowding before the last one. The state is then (n, count before).
    """
    crowding, top = CROWDING[name], TOP[name]
    counts = np.arange(top + 1.0)
    # Where the last event came from: one cell fewer, one more, or nowhere.
    lags = (-1, 1, 0) if behind else (0,)
    size = top + 1
    rows, columns, rates = [], [], []
    for k, lag in enumerate(lags):
        x = crowding(np.clip(counts + lag, 0, None))
        growth = BIRTH - DEATH
        birth = np.maximum(BIRTH - growth * x, 0.0) if on == "birth" else np.full(size, BIRTH)
        death = DEATH + growth * x if on == "death" else np.full(size, DEATH)
        for step, rate in ((1, birth * counts), (-1, death * counts)):
            into = lags.index(-step) if behind else 0
            for n in range(size):
                if 0 <= n + step <= top and rate[n] > 0.0:
                    rows += [k * size + n, k * size + n]
                    columns += [into * size + n + step, k * size + n]
                    rates += [rate[n], -rate[n]]
    generator = csr_array((rates, (rows, columns)), shape=(size * len(lags),) * 2)
    start = np.zeros(size * len(lags))
    start[(len(lags) - 1) * size + START] = 1.0
    found = [expm_multiply(generator.T * t, start).reshape(len(lags), size).sum(axis=0) for t in times]
    assert all(p[-1] < 1e-12 for p in found)
    return [np.maximum(p, 0.0) for p in found]


def one_type(competition: Competition, seed: int) -> NDArray[np.int64]:
    """Counts (replicates, times)."""
    process = ce.BranchingProcess(types=["S"], birth=[BIRTH], death=[DEATH], competition=competition)
    ens = ce.simulate(process, initial=[START], times=TIMES, replicates=N, seed=seed)
    assert (ens.engine, ens.exact) == ("direct", True)
    return ens.counts[:, :, 0].astype(np.int64)


def against_chain(counts: NDArray[np.int64], expected: list[NDArray[np.float64]]) -> laws.Verdict:
    verdict = laws.Verdict()
    for t, pmf in enumerate(expected):
        verdict.add(f"count at {TIMES[t]}", laws.follows_pmf(counts[:, t], pmf))
    return verdict


@pytest.mark.parametrize(("name", "on"), every_other(LAWS))
def test_counts_follow_the_chain(name: str, on: str) -> None:
    expected = chain_law(name, on, TIMES)
    law = getattr(ce, name)
    against_chain(one_type(law(capacity=CAPACITY, on=on), 1), expected).require()
    # Half the capacity for cells of half the weight, and the same as a matrix.
    half = law(capacity=CAPACITY / 2, on=on, weights={"S": 0.5})
    if name == "Logistic":
        against_chain(one_type(half, 2), expected).require()
        against_chain(one_type(ce.LotkaVolterra(matrix=[[1 / CAPACITY]], on=on), 3), expected).require()
    else:
        # ln(w n) / ln(K w) is another law.
        assert against_chain(one_type(half, 2), expected).alarms


@pytest.mark.parametrize(("name", "on"), every_other(LAWS))
def test_planted_errors_in_the_law_are_caught(name: str, on: str) -> None:
    expected = chain_law(name, on, TIMES)
    law = getattr(ce, name)
    other = "death" if on == "birth" else "birth"
    assert against_chain(one_type(law(capacity=1.05 * CAPACITY, on=on), 4), expected).alarms, "capacity 5 % off"
    assert against_chain(one_type(law(capacity=CAPACITY, on=other), 5), expected).alarms, "on the other rate"
    rng = np.random.default_rng(6)
    behind = chain_law(name, on, TIMES, behind=True)
    late = np.stack([rng.choice(len(p), size=N, p=p / p.sum()) for p in behind], axis=1)
    assert against_chain(late, expected).alarms, "crowding is one event behind"
    true = np.stack([rng.choice(len(p), size=N, p=p / p.sum()) for p in expected], axis=1)
    against_chain(true, expected).require()


MATRIX = np.array([[1 / 10, 1 / 25], [1 / 15, 1 / 8]])
RATES = (np.array([1.0, 0.8]), np.array([0.3, 0.2]))
SWITCHING, MUTATION = 0.05, 0.1


def two_type_law(on: str, matrix: NDArray[np.float64], time: float, top: int = 45) -> NDArray[np.float64]:
    """P(n, m) by the exponential of the generator: Lotka-Volterra, mutation from 0 to 1 and switching back."""
    size = top + 1
    rows, columns, rates = [], [], []
    for n in range(size):
        for m in range(size):
            state = np.array([n, m])
            x = matrix @ state
            growth = RATES[0] - RATES[1]
            birth = np.maximum(RATES[0] - growth * x, 0.0) if on == "birth" else RATES[0]
            death = RATES[1] + growth * x if on == "death" else RATES[1]
            moves = [
                ((1, 0), n * birth[0] * (1 - MUTATION)),
                ((0, 1), n * birth[0] * MUTATION + m * birth[1]),
                ((-1, 0), n * death[0]),
                ((0, -1), m * death[1]),
                ((1, -1), m * SWITCHING),
            ]
            for (i, j), rate in moves:
                if rate > 0.0 and max(n + i, m + j) <= top:
                    here = n * size + m
                    rows += [here, here]
                    columns += [here + i * size + j, here]
                    rates += [rate, -rate]
    generator = csr_array((rates, (rows, columns)), shape=(size**2,) * 2)
    start = np.zeros(size**2)
    start[4 * size + 1] = 1.0
    pmf = expm_multiply(generator.T * time, start).reshape(size, size)
    assert max(pmf[-1].sum(), pmf[:, -1].sum()) < 1e-12
    return np.maximum(pmf, 0.0)


def two_type_verdict(competition: Competition, expected: NDArray[np.float64], time: float, seed: int) -> laws.Verdict:
    process = ce.BranchingProcess(
        types=["S", "R"],
        birth=RATES[0],
        death=RATES[1],
        mutation={("S", "R"): MUTATION},
        switching={("R", "S"): SWITCHING},
        competition=competition,
    )
    ens = ce.simulate(process, initial=[4, 1], times=[time], replicates=N, seed=seed)
    counts = ens.counts[:, 0].astype(np.int64)
    verdict = laws.Verdict()
    verdict.add("S", laws.follows_pmf(counts[:, 0], expected.sum(axis=1)))
    verdict.add("R", laws.follows_pmf(counts[:, 1], expected.sum(axis=0)))
    # The joint law, on a grid of 8 x 8 that is coarser for many cells.
    edges = [0, 1, 2, 4, 6, 8, 11]
    cells = [np.searchsorted(edges, np.arange(len(expected))), np.searchsorted(edges, np.arange(len(expected)))]
    joint = np.zeros((8, 8))
    np.add.at(joint, (cells[0][:, None], cells[1][None, :]), expected)
    found = cells[0][counts[:, 0]] * 8 + cells[1][counts[:, 1]]
    verdict.add("(S, R)", laws.follows_pmf(found, joint.reshape(-1)))
    return verdict


@pytest.mark.parametrize("on", ["death", "birth"])
def test_two_types_follow_their_chain(on: str) -> None:
    time = 6.0
    expected = two_type_law(on, MATRIX, time)
    two_type_verdict(ce.LotkaVolterra(matrix=MATRIX, on=on), expected, time, 1).require()
    transposed = ce.LotkaVolterra(matrix=MATRIX.T, on=on)
    assert two_type_verdict(transposed, expected, time, 2).alarms, "row and column exchanged"
    weaker = ce.LotkaVolterra(matrix=MATRIX / 1.05, on=on)
    assert two_type_verdict(weaker, expected, time, 3).alarms, "capacities 5 % off"


EVERYTHING = Model(
    "crowded",
    ("S", "R", "P"),
    [[1.0, 0.8, 0.3], [1.0, 0.8, 0.3], [0.9, 0.8, 0.3]],
    [[0.3, 0.3, 0.1], [1.6, 0.3, 0.1], [0.3, 0.2, 0.1]],
    {"S": 12, "P": 2},
    (1.5, 3.0, 6.0),
    mutation={("S", "R"): 0.1, ("R", "S"): 0.05},
    switching={("S", "P"): 0.1, ("P", "S"): 0.2},
    breakpoints=(1.5, 2.5),
    pulses=((4.0, {"S": 0.5, "P": 0.9}),),
)
COMPETITIONS: dict[str, Competition] = {
    "logistic": ce.Logistic(capacity=15, on="birth", weights={"R": 0.5, "P": 2.0}),
    "gompertz": ce.Gompertz(capacity=30, weights={"R": 1.5}),
    "lotka-volterra": ce.LotkaVolterra(
        matrix={("S", "S"): 0.06, ("S", "R"): 0.1, ("R", "R"): 0.05, ("R", "P"): 0.02, ("P", "S"): 0.2}
    ),
}


@pytest.mark.parametrize(
    ("name", "stop"),
    [
        ("logistic", None),
        ("logistic", ce.Stop(size=16)),
        ("gompertz", None),
        ("gompertz", ce.Stop(size=5, of=["R"], retry=True)),
        ("lotka-volterra", None),
    ],
    ids=str,
)
@pytest.mark.parametrize("n", [180, pytest.param(1000, marks=pytest.mark.slow)])
def test_everything_at_once_follows_the_reference(name: str, stop: ce.Stop | None, n: int) -> None:
    model = EVERYTHING.but(competition=COMPETITIONS[name])
    reference = by_reference(model, n, 7, stop=stop)
    compare(reference, by_engine(model, "direct", 10_000, 8, stop=stop), model.types).require()
    # Planted: the cells know nothing of each other.
    assert compare(reference, by_engine(EVERYTHING, "direct", 10_000, 8, stop=stop), model.types).alarms


@cache
def alone() -> Sample:
    return by_engine(EVERYTHING, "direct", N_FREE, 10)


@pytest.mark.parametrize(
    ("kind", "on"),
    [
        ("logistic", "death"),
        ("gompertz", "birth"),
        ("lotka-volterra", "death"),
        pytest.param("logistic", "birth", marks=pytest.mark.slow),
        pytest.param("gompertz", "death", marks=pytest.mark.slow),
        pytest.param("lotka-volterra", "birth", marks=pytest.mark.slow),
    ],
)
def test_competition_that_is_not_felt_is_none(kind: str, on: str) -> None:
    competition: Competition = {
        "logistic": ce.Logistic(capacity=2**62, on=on),
        "gompertz": ce.Gompertz(capacity=2**62, on=on, weights=dict.fromkeys(EVERYTHING.types, 0.0)),
        "lotka-volterra": ce.LotkaVolterra(matrix=np.zeros((3, 3)), on=on),
    }[kind]
    crowded = by_engine(EVERYTHING.but(competition=competition), "direct", N_FREE, 9)
    compare(crowded, alone(), EVERYTHING.types).require()


@pytest.mark.parametrize("on", ["death", "birth"])
def test_competition_that_is_felt_a_little_is_caught(on: str) -> None:
    competition = ce.Logistic(capacity=1000, on=on)
    crowded = by_engine(EVERYTHING.but(competition=competition), "direct", N_FREE, 9)
    assert compare(crowded, alone(), EVERYTHING.types).alarms


@pytest.mark.parametrize("on", ["death", "birth"])
def test_direct_at_a_large_capacity_follows_the_mean_field(on: str) -> None:
    """At 1e6 cells the mean is the mean field up to its fluctuations, whose variance solves the linear-noise equation.

    What the mean field lacks, about (variance / capacity) / count, is 1e-6 here; the standard error is 4e-4 to 6e-4.
    """
    b, d, capacity, start, times, n = 1.0, 0.4, 1e6, 4e5, [1.0, 4.0], 8
    r = b - d

    def slope(_: float, y: NDArray[np.float64]) -> list[float]:
        count, variance = y
        x = count / capacity
        events = b + d + r * x * (1 if on == "death" else -1)
        return [r * count * (1 - x), 2 * r * (1 - 2 * x) * variance + events * count]

    solution = solve_ivp(slope, (0, times[-1]), [start, 0.0], t_eval=times, rtol=1e-10, atol=1e-6).y
    process = ce.BranchingProcess(types=["S"], birth=[b], death=[d], competition=ce.Logistic(capacity=capacity, on=on))
    field = ce.mean_counts(process, initial=[start], times=times)[:, 0]
    assert field == pytest.approx(solution[0], rel=1e-8)
    ens = ce.simulate(process, initial=[start], times=times, replicates=n, seed=1)
    for t in range(len(times)):
        sd = float(np.sqrt(solution[1][t]))
        laws.require(laws.has_mean(ens.counts[:, t, 0], field[t], sd), f"mean at {times[t]}")
        assert laws.has_mean(ens.counts[:, t, 0], 1.01 * field[t], sd) < laws.FALSE_ALARM
