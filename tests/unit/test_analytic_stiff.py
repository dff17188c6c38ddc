"""Rates times time far beyond the limit of stability of an explicit method, from values that are exactly 0.

Without births the equations are linear: a cell's type is a Markov chain, whose matrix exponential is the reference.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import expm

import chemoevo as ce

DEATH = np.array([0.12, 0.95, 0.4])
SWITCHING = np.array([[0.0, 8.75, 0.3], [0.83, 0.0, 0.0], [0.0, 20.0, 0.0]])
TYPES = ("a", "b", "c")


@pytest.mark.parametrize("time", [0.1, 1.0, 4.0, 5.0, 8.0, 20.0, 100.0])
@pytest.mark.parametrize("k", [2, 3])
def test_presence_follows_the_markov_chain(k: int, time: float) -> None:
    death, switching = DEATH[:k], SWITCHING[:k, :k]
    process = ce.BranchingProcess(types=TYPES[:k], birth=np.zeros(k), death=death, switching=switching)
    chain = expm((switching - np.diag(switching.sum(axis=1) + death)) * time)
    for j, name in enumerate(process.types):
        for i, start in enumerate(process.types):
            found = ce.presence_probability(process, initial={start: 1}, times=[time], types=[name])
            assert found == pytest.approx([chain[i, j]], rel=1e-8)
    alive = ce.survival_probability(process, initial={"a": 1}, times=[time])
    assert alive == pytest.approx([chain[0].sum()], rel=1e-8)
    assert ce.mean_counts(process, initial={"a": 1}, times=[time])[0] == pytest.approx(chain[0], rel=1e-8)


@pytest.mark.parametrize("time", [1.0, 10.0, 100.0])
def test_a_rare_state_that_is_left_at_once(time: float) -> None:
    """Cells of a critical clone pass through a state that kills them: 1e-3 per day into it, 100 per day out of it."""
    process = ce.BranchingProcess(
        types=["S", "X"], birth=[0.01, 0.0], death=[0.01, 100.0], switching={("S", "X"): 1e-3}
    )
    mean = ce.mean_counts(process, initial={"S": 1000}, times=[time])[0, 1]
    want = 1000 * 1e-3 * (np.exp(-1e-3 * time) - np.exp(-100.0 * time)) / (100.0 - 1e-3)
    assert mean == pytest.approx(want, rel=1e-8)
    # So few of them that hardly ever two are there at once.
    present = ce.presence_probability(process, initial={"S": 1000}, times=[time], types=["X"])[0]
    assert present == pytest.approx(want, rel=2e-2)
