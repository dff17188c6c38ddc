"""Rates times time at the limits that are claimed: 1e6 for one type, 1e5 with many coupled ones, and what is beyond.

Processor time is held to a second or so: what is measured is some tens of milliseconds (`benches/run.py --only stiff`).
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import TypeVar

import mpmath as mp
import numpy as np
import polars as pl
import pytest
from scipy.integrate import solve_ivp
from scipy.linalg import expm

import chemoevo as ce
from tests.unit.moments_reference import by_matrix

T = TypeVar("T")
MET = 1e-8
END = 100.0
TYPES = ("slow", "growing", "fast", "faster", "doomed")
BIRTH = np.array([0.3, 0.25, 150.0, 120.0, 0.0])
DEATH = np.array([0.3, 0.2, 400.0, 130.0, 200.0])
MUTATION = {("slow", "growing"): 1e-6, ("fast", "faster"): 0.02, ("faster", "slow"): 0.1, ("growing", "doomed"): 1e-3}
SWITCHING = {("slow", "fast"): 0.01, ("fast", "slow"): 350.0, ("faster", "fast"): 600.0, ("doomed", "faster"): 700.0}
STIFF = ce.BranchingProcess(types=TYPES, birth=BIRTH, death=DEATH, mutation=MUTATION, switching=SWITCHING)
PAIRS = {(TYPES.index(a), TYPES.index(b)): v for (a, b), v in MUTATION.items()}
SWITCHES = {(TYPES.index(a), TYPES.index(b)): v for (a, b), v in SWITCHING.items()}


def seconds(work: Callable[[], T]) -> tuple[T, float]:
    start = time.process_time()
    value = work()
    return value, time.process_time() - start


def implicit(marked: np.ndarray) -> np.ndarray:
    """Presence after the time by an implicit method, Radau IIA of order five (Hairer and Wanner 1996)."""
    mutation, switching = np.zeros((5, 5)), np.zeros((5, 5))
    for (i, j), value in PAIRS.items():
        mutation[i, j] = value
    for (i, j), value in SWITCHES.items():
        switching[i, j] = value

    def slope(_: float, g: np.ndarray) -> np.ndarray:
        others = g[None, :] - g[:, None]
        mutants = BIRTH * (mutation * others).sum(axis=1)
        return (BIRTH - DEATH) * g - BIRTH * g**2 + (1.0 - g) * mutants + (switching * others).sum(axis=1)

    def jacobian(_: float, g: np.ndarray) -> np.ndarray:
        others = g[None, :] - g[:, None]
        matrix = BIRTH[:, None] * (1.0 - g)[:, None] * mutation + switching
        own = BIRTH - DEATH - 2.0 * BIRTH * g - BIRTH * (mutation * others).sum(axis=1)
        return matrix + np.diag(own - BIRTH * (1.0 - g) * mutation.sum(axis=1) - switching.sum(axis=1))

    found = solve_ivp(
        slope, (0.0, END), marked.astype(float), method="Radau", jac=jacobian, rtol=1e-11, atol=1e-22, first_step=1e-7
    )
    assert found.success
    return found.y[:, -1]


def test_the_process_is_as_stiff_as_is_said() -> None:
    total = BIRTH + DEATH + np.array([sum(v for (i, _), v in SWITCHES.items() if i == k) for k in range(5)])
    assert total.max() * END == pytest.approx(9e4)


@pytest.mark.parametrize("marked", [TYPES, ("doomed", "faster")])
def test_five_coupled_types(marked: tuple[str, ...]) -> None:
    """Mutation and switching in a ring, of rates from 0.01 to 900 per day; the slow types never come to rest."""
    initial = np.eye(5, dtype=np.uint64)
    got, spent = seconds(lambda: ce.presence_probability(STIFF, initial=initial, times=[END], types=list(marked))[:, 0])
    want = implicit(np.isin(TYPES, marked))
    np.testing.assert_allclose(got, want, rtol=MET)
    assert spent < 2.0
    # Planted: a rate of switching off by a thousandth is seen.
    other = ce.BranchingProcess(
        types=TYPES, birth=BIRTH, death=DEATH, mutation=MUTATION, switching=SWITCHING | {("slow", "fast"): 0.01001}
    )
    planted = ce.presence_probability(other, initial=initial, times=[END], types=list(marked))[:, 0]
    assert (np.abs(planted / want - 1.0) > 100 * MET).any()


def test_moments_of_five_coupled_types() -> None:
    (mean, covariance), spent = seconds(lambda: ce.moments(STIFF, initial=[3, 0, 1, 0, 0], times=[END]))
    m, v = by_matrix(BIRTH, DEATH, PAIRS, SWITCHES, [3, 0, 1, 0, 0], np.zeros((5, 5)), mp.mpf(END))
    np.testing.assert_allclose(mean[0], m, rtol=MET)
    scale = np.sqrt(np.outer(np.diag(v), np.diag(v)))
    np.testing.assert_allclose(covariance[0] / scale, v / scale, rtol=0, atol=MET)
    np.testing.assert_allclose(ce.mean_counts(STIFF, initial=[3, 0, 1, 0, 0], times=[END])[0], m, rtol=MET)
    assert spent < 5.0


def test_derivatives_of_five_coupled_types() -> None:
    """Of the survival of one slow cell, without births: a Markov chain of which the exponential is differentiated."""
    still = ce.BranchingProcess(types=TYPES, birth=[0.0] * 5, death=DEATH / 10.0, switching=SWITCHING)
    rates = np.zeros((5, 5))
    for (i, j), value in SWITCHES.items():
        rates[i, j] = value
    chain = rates - np.diag(rates.sum(axis=1) + DEATH / 10.0)
    table, spent = seconds(lambda: ce.sensitivities(still, question="survival", initial={"slow": 1}, time=END))
    block = np.block([[chain, -np.diag(np.eye(5)[2])], [np.zeros((5, 5)), chain]])
    both = expm(block * END)
    row = table.filter(pl.col("parameter") == "death[fast]")
    assert row["derivative"].item() == pytest.approx(both[0, 5:].sum(), rel=1e-7)
    assert row["log_derivative"].item() == pytest.approx(both[0, 5:].sum() / both[0, :5].sum(), rel=1e-7)
    assert spent < 5.0


def test_a_whole_distribution_of_coupled_types() -> None:
    """Few growing cells, against probabilities by the other solver."""
    law, spent = seconds(
        lambda: ce.count_distribution(STIFF, of="growing", initial={"slow": 200}, time=END, max_count=2)
    )
    want = (1.0 - implicit(np.isin(TYPES, ["growing"]))[0]) ** 200
    assert law[0] == pytest.approx(want, rel=0, abs=2e-9)
    assert 0.5 < want < 1.0 - 1e-5
    assert spent < 10.0


@pytest.mark.parametrize(("b", "d"), [(10.0, 10.0), (10.0, 9.9999), (6.0, 4.0), (9.999, 10.0), (0.0, 1e-4)])
def test_one_type(b: float, d: float) -> None:
    """Rates x time of 1e6 with a change and a pulse between, against Kendall's formula at 40 digits."""
    process = ce.BranchingProcess(
        types=["S"],
        birth=[[b], [b]],
        death=[[d], [d]],
        breakpoints=[3e4],
        pulses=[ce.Pulse(time=2e4, survival={"S": 0.5})],
    )
    (alive, gone), spent = seconds(
        lambda: (
            ce.survival_probability(process, initial={"S": 1}, times=[5e4])[0],
            ce.extinction_probability(process, initial={"S": 1}, times=[5e4])[0],
        )
    )
    with mp.workdps(40):
        l = mp.mpf(b) - mp.mpf(d)  # noqa: E741

        def back(g: mp.mpf, t: float) -> mp.mpf:
            grown = (1 - mp.exp(-l * t)) / l if l else mp.mpf(t)
            return g / (mp.exp(-l * t) + b * grown * g)

        want = back(back(mp.mpf(1), 3e4) / 2, 2e4)
        assert abs(mp.mpf(float(alive)) / want - 1) < 1e-11
        assert abs(mp.mpf(float(gone)) / (1 - want) - 1) < 1e-11
    assert spent < 0.5


@pytest.mark.parametrize("ask", [ce.survival_probability, ce.mean_counts])
def test_endless_work_is_refused_early(ask: Callable[..., np.ndarray]) -> None:
    process = ce.BranchingProcess(
        types=["A", "B"], birth=[1e9, 1], death=[1.5e9, 1], switching={("A", "B"): 1.0, ("B", "A"): 1.0}
    )
    words = (
        r"more than 2000000 steps: the fastest rate is \S+ per day .*, of which (\S+) were solved. Ask for an earlier"
    )

    def refused() -> float:
        with pytest.raises(ce.SimulationError, match=words) as error:
            ask(process, initial={"A": 1}, times=[1e4])
        found = re.search(words, str(error.value))
        assert found is not None
        return float(found[1])

    solved, spent = seconds(refused)
    # A tenth of the steps; further than that is in reach.
    assert spent < 1.5
    assert 1e-6 < solved < 5e-3
    assert ask(process, initial={"A": 1}, times=[2.0 * solved]).ravel()[0] >= 0.0
