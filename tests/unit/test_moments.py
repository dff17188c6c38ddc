"""Means and covariances against closed forms, the exponential of the matrix of all moments, and each other."""

from __future__ import annotations

import mpmath as mp
import numpy as np
import pytest

import chemoevo as ce
from tests.unit.moments_reference import by_matrix

mp.mp.dps = 30


@pytest.mark.parametrize(
    ("b", "d", "t"), [(0.3, 0.1, 5.0), (0.2, 0.2, 50.0), (0.1, 0.4, 60.0), (0.2, 0.0, 1e-9), (0.0, 0.3, 100.0)]
)
@pytest.mark.parametrize("n", [0, 1, 10**12])
def test_one_type(b, d, t, n):
    mean, covariance = ce.moments(ce.BranchingProcess(types=["S"], birth=[b], death=[d]), initial=[n], times=[t])
    l, t30 = mp.mpf(b) - mp.mpf(d), mp.mpf(t)  # noqa: E741
    grown = mp.exp(l * t30)
    variance = n * (2 * mp.mpf(b) * t30 if b == d else (mp.mpf(b) + mp.mpf(d)) / l * grown * mp.expm1(l * t30))
    assert mean[0, 0] == pytest.approx(float(n * grown), rel=1e-12)
    assert covariance[0, 0, 0] == pytest.approx(float(variance), rel=1e-12)


@pytest.mark.parametrize("seed", range(6))
def test_random_networks_by_the_matrix_exponential(seed):
    rng = np.random.default_rng(seed)
    k = 2 + seed % 3
    pairs = [(i, j) for i in range(k) for j in range(k) if i != j and rng.random() < 0.6]
    mutation = {p: float(10.0 ** rng.uniform(-6, -1)) for p in pairs}
    switching = {} if seed % 2 else {p: float(10.0 ** rng.uniform(-4, 0)) for p in pairs}
    birth, death = rng.uniform(0.0, 0.5, (2, k)), rng.uniform(0.0, 0.5, (2, k))
    survival = rng.uniform(0.0, 1.0, k)
    types = [f"t{i}" for i in range(k)]
    name = lambda table: {(types[a], types[b]): v for (a, b), v in table.items()}  # noqa: E731
    process = ce.BranchingProcess(
        types=types, birth=birth, death=death, mutation=name(mutation), switching=name(switching), breakpoints=[4.0],
        pulses=[ce.Pulse(time=6.0, survival=dict(zip(types, survival, strict=True)))],
    )  # fmt: skip
    initial = rng.integers(0, 1000, k)
    got_mean, got = ce.moments(process, initial=initial, times=[4.0, 6.0, 11.0])
    m, v = by_matrix(birth[0], death[0], mutation, switching, initial, np.zeros((k, k)), 4)
    wanted = [(m, v)]
    m, v = by_matrix(birth[1], death[1], mutation, switching, m, v, 2)
    m, v = survival * m, np.outer(survival, survival) * v + np.diag(survival * (1 - survival) * m)
    wanted.append((m, v))
    wanted.append(by_matrix(birth[1], death[1], mutation, switching, m, v, 5))
    for at, (m, v) in enumerate(wanted):
        np.testing.assert_allclose(got_mean[at], m, rtol=1e-9)
        scale = np.sqrt(np.outer(np.diag(v), np.diag(v)))
        np.testing.assert_allclose(got[at] / scale, v / scale, rtol=0, atol=1e-9)
        if not switching:
            np.testing.assert_allclose(got[at], v, rtol=1e-9)


def test_covariance_of_rare_mutants_keeps_its_digits():
    process = ce.BranchingProcess(types=["S", "R"], birth=[0.2, 0.2], death=[0.1, 0.1], mutation={("S", "R"): 1e-12})
    _, got = ce.moments(process, initial={"S": 1}, times=[10])
    _, want = by_matrix([0.2, 0.2], [0.1, 0.1], {(0, 1): 1e-12}, {}, [1, 0], np.zeros((2, 2)), 10)
    np.testing.assert_allclose(got[0], want, rtol=1e-9)


def test_many_compositions_are_sums_over_founders():
    process = ce.BranchingProcess(types=["S", "R"], birth=[0.2, 0.1], death=[0.1, 0.2], switching={("S", "R"): 0.3})
    rows = np.arange(20).reshape(10, 2)
    mean, covariance = ce.moments(process, initial=rows, times=[1.0, 7.0])
    assert (mean.shape, covariance.shape) == ((10, 2, 2), (10, 2, 2, 2))
    for row, m, v in zip(rows, mean, covariance, strict=True):
        alone = ce.moments(process, initial=row, times=[1.0, 7.0])
        np.testing.assert_allclose(m, alone[0], rtol=1e-9)
        np.testing.assert_allclose(v, alone[1], rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(mean, ce.mean_counts(process, initial=rows, times=[1.0, 7.0]), rtol=1e-9)


def test_simulation_has_these_moments():
    """Within 4.9 standard errors: a false alarm of 1e-6 per check.

    Planted: deaths counted as no source of variance.
    """
    n = 40_000
    process = ce.BranchingProcess(
        types=["S", "R"], birth=[0.3, 0.2], death=[0.2, 0.1], mutation={("S", "R"): 0.05}, switching={("R", "S"): 0.1}
    )
    x = ce.simulate(process, initial=[20, 5], times=[6.0], replicates=n, seed=3).counts[:, 0, :].astype(float)
    mean, covariance = (a[0] for a in ce.moments(process, initial=[20, 5], times=[6.0]))
    centered = x - mean
    products = centered[:, :, None] * centered[:, None, :]
    assert (np.abs(x.mean(axis=0) - mean) < 4.9 * x.std(axis=0) / n**0.5).all()
    errors = products.std(axis=0) / n**0.5
    assert (np.abs(products.mean(axis=0) - covariance) < 4.9 * errors).all()
    planted = covariance - np.diag([0.2, 0.1] * mean)
    assert (np.abs(products.mean(axis=0) - planted) > 4.9 * errors).any()


def test_overflow_is_an_error():
    process = ce.BranchingProcess(types=["S"], birth=[1.0], death=[0.0])
    with pytest.raises(ce.SimulationError, match="1e290"):
        ce.moments(process, initial=[1], times=[400.0])


def test_digits_that_are_lost_are_an_error():
    """Stem cells that switch to and fro lay a cell at every division: t of them, with variance t, after a time t."""
    process = ce.BranchingProcess(
        types=["A", "B", "laid"],
        birth=[1.0, 1.0, 0.0],
        death=[0.0] * 3,
        mutation={("A", "laid"): 1.0, ("B", "laid"): 1.0},
        switching={("A", "B"): 1.0, ("B", "A"): 1.0},
    )
    _, covariance = ce.moments(process, initial={"A": 3}, times=[400.0])
    assert covariance[0, 2, 2] == pytest.approx(1200.0, rel=1e-8)
    words = (
        r"a covariance .* its relative error is 2\.0e-6, allowed is 1\.0e-6\. Ask for earlier times, or .* simulated"
    )
    with pytest.raises(ce.SimulationError, match=words):
        ce.moments(process, initial={"A": 3}, times=[400.0, 1000.0])


def test_wrong_values_are_all_named_in_one_error():
    rival = ce.BranchingProcess(types=["S"], birth=[0.3], death=[0.2], competition=ce.Logistic(capacity=100))
    with pytest.raises(ce.ModelError) as error:
        ce.moments(rival, initial=[-1], times=[-1.0])
    for words in ("competition", "simulate", "initial[0]", "times[0]"):
        assert words in str(error.value)
