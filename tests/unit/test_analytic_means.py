"""Mean counts and expected events against matrix exponentials and closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import expm

import chemoevo as ce
from chemoevo.process.expected import expected


def dynamics(birth, death, mutation, switching):
    """m' = A m, e' = r m, as one matrix on (m, e)."""
    k = len(birth)
    moves = (np.asarray(birth)[:, None] * mutation + switching).T
    leaving = moves.sum(axis=0)
    a = np.zeros((k + 1, k + 1))
    a[:k, :k] = moves + np.diag(np.asarray(birth) - death - leaving)
    a[k, :k] = leaving
    return a


def test_matrix_exponential_through_changes_and_pulses():
    rng = np.random.default_rng(5)
    k = 4
    off = 1 - np.eye(k)
    birth, death = rng.uniform(0, 1, (2, k)), rng.uniform(0, 1, (2, k))
    mutation, switching = rng.uniform(0, 0.1, (k, k)) * off, rng.uniform(0, 1, (2, k, k)) * off
    survival = rng.uniform(0, 1, k)
    process = ce.BranchingProcess(
        types=list("ABCD"),
        birth=birth,
        death=death,
        mutation=mutation,
        switching=switching,
        breakpoints=[2.0],
        pulses=[ce.Pulse(time=3.0, survival=dict(zip("ABCD", survival, strict=True)))],
    )
    initial = rng.integers(0, 100, (7, k))
    times = [0.0, 1.0, 2.0, 2.5, 3.0, 5.0]
    got, events = expected(process, initial.astype(float), np.array(times))
    assert got.shape == (7, 6, k)
    a = [dynamics(birth[m], death[m], mutation, switching[m]) for m in range(2)]
    thin = np.diag([*survival, 1.0])
    to_three = thin @ expm(a[1] * 1.0) @ expm(a[0] * 2.0)
    ways = [
        np.eye(k + 1),
        expm(a[0] * 1.0),
        expm(a[0] * 2.0),
        expm(a[1] * 0.5) @ expm(a[0] * 2.0),
        to_three,
        expm(a[1] * 2.0) @ to_three,
    ]
    start = np.hstack([initial, np.zeros((7, 1))])
    want = np.stack([start @ way.T for way in ways], axis=1)
    np.testing.assert_allclose(got, want[..., :k], rtol=1e-10)
    np.testing.assert_allclose(events, want[..., k], rtol=1e-10)
    # A few rows are solved one by one, many through unit vectors: the same numbers.
    few, few_events = (rows[0] for rows in expected(process, initial[:1].astype(float), np.array(times)))
    np.testing.assert_allclose(few, got[0], rtol=1e-10)
    np.testing.assert_allclose(few_events, events[0], rtol=1e-10)


def test_discrete_stochastic_models_test_suite_mean():
    """Case 001-01 (Evans, Gillespie & Wilkinson 2008, doi:10.1093/bioinformatics/btm566)."""
    process = ce.BranchingProcess(types=["X"], birth=[0.1], death=[0.11])
    assert ce.mean_counts(process, initial={"X": 100}, times=[50])[0, 0] == pytest.approx(60.65307, abs=5e-6)
    # 001-07: deaths counted in a sink, here a type reached by switching.
    sink = ce.BranchingProcess(types=["X", "D"], birth=[0.1, 0], death=[0, 0], switching={("X", "D"): 0.11})
    assert ce.mean_counts(sink, initial={"X": 100}, times=[50])[0, 1] == pytest.approx(432.8163, abs=5e-5)


def test_mean_beyond_floating_point_is_an_error():
    process = ce.BranchingProcess(types=["X"], birth=[1.0], death=[0.0])
    with pytest.raises(ce.SimulationError, match="mean count exceeds"):
        ce.mean_counts(process, initial={"X": 1}, times=[1000])
    coupled = ce.BranchingProcess(types=["X", "Y"], birth=[1.0, 1.0], death=[0.0, 0.0], mutation={("X", "Y"): 0.1})
    with pytest.raises(ce.SimulationError, match="mean count exceeds"):
        ce.mean_counts(coupled, initial={"X": 1}, times=[1000])
