"""Whole distributions against closed forms at 30 digits, Luria and Delbrueck, simulation, and the other solver."""

from __future__ import annotations

import math

import mpmath as mp
import numpy as np
import pytest

import chemoevo as ce

mp.mp.dps = 30
NETWORK = ce.BranchingProcess(
    types=["S", "A", "B"],
    birth=[[0.3, 0.2, 0.2], [0.3, 0.2, 0.3]],
    death=[[0.1, 0.2, 0.1], [0.5, 0.2, 0.1]],
    breakpoints=[4.0],
    mutation={("S", "A"): 0.05, ("A", "B"): 0.1},
    switching={("B", "S"): 0.05},
    pulses=[ce.Pulse(time=6.0, survival={"S": 0.5, "A": 0.9})],
)


def birth_death_law(b: float, d: float, t: float, n: int, most: int) -> list[float]:
    """P(N = 0..most) from n cells: coefficients of ((A + B z)/(C + D z))^n by their linear recurrence."""
    with mp.workdps(600):  # the recurrence forgets digits
        b, d, t = mp.mpf(b), mp.mpf(d), mp.mpf(t)
        e, g = mp.exp(-(b - d) * t), t if b == d else (1 - mp.exp(-(b - d) * t)) / (b - d)
        a, s, c, f = d * g, 1 - b * g, e + b * g, -b * g
        p = [mp.exp(n * mp.log1p(-1 / c)) if n else mp.mpf(1)]
        for k in range(most):
            before = p[k - 1] if k else 0
            p.append(
                (n * (s * c - a * f) * p[k] - k * (a * f + s * c) * p[k] - (k - 1) * s * f * before) / ((k + 1) * a * c)
            )
    return [float(x) for x in p]


@pytest.mark.parametrize(
    ("b", "d", "t", "n"),
    [
        (0.3, 0.2, 10.0, 1),
        (0.2, 0.2, 30.0, 5),
        (0.2, 0.5, 3.0, 40),
        (0.1, 0.9, 34.0, 10**12),
        (0.2, 0.2, 1e-6, 3),
        (0.3, 0.2, 10.0, 0),
        (0.1, 1.1, 40.0, 1),
    ],
)
@pytest.mark.parametrize("solved", [False, True])
def test_birth_death(b, d, t, n, solved):
    # With a mutant that is counted too and lives as its parent does, the total is the same, by the solver.
    mutation = {("S", "R"): 0.01} if solved else None
    process = ce.BranchingProcess(types=["S", "R"], birth=[b, b], death=[d, d], mutation=mutation)
    got = ce.count_distribution(process, of=["S", "R"], initial={"S": n}, time=t, max_count=60)
    np.testing.assert_allclose(got, birth_death_law(b, d, t, n, 60), rtol=0, atol=1e-9)


def test_pure_birth_is_geometric_up_to_1e5():
    process = ce.BranchingProcess(types=["S"], birth=[0.5], death=[0.0])
    got = ce.count_distribution(process, of="S", initial=[1], time=20.0, max_count=100_000)
    p = math.exp(-10.0)
    want = p * (1 - p) ** np.arange(100_000)
    assert got[0] < 1e-9
    np.testing.assert_allclose(got[1:], want, rtol=0, atol=1e-9)


@pytest.mark.parametrize("m", [0.3, 4.0])
def test_luria_delbrueck(m):
    """Lea and Coulson (1949), doi:10.1007/BF02986080, by the recurrence of Ma, Sandri and Sarkar (1992).

    From 1e14 cells over ln(1e8)/b, mutants without death: the parents are deterministic to 1e-7, ages to 1e-8.
    """
    n, growth = 10**14, 1e8
    process = ce.BranchingProcess(
        types=["S", "R"], birth=[1.0, 1.0], death=[0.0, 0.0], mutation={("S", "R"): m / (n * growth)}
    )
    got = ce.count_distribution(process, of="R", initial={"S": n}, time=math.log(growth), max_count=200)
    want = [math.exp(-m)]
    for k in range(1, 201):
        want.append(m / k * sum(want[i] / (k - i + 1) for i in range(k)))
    np.testing.assert_allclose(got, want, rtol=0, atol=3e-7)
    # Planted: two mutated daughters a division are twice the mutants.
    assert abs(math.exp(-2 * m) - got[0]) > 1e-3


@pytest.mark.parametrize("types", [["A"], ["B"], ["S", "B"], ["S", "A", "B"]])
def test_network_agrees_with_the_real_solver_and_the_moments(types):
    initial, time = {"S": 4, "A": 1}, 9.0
    law = ce.count_distribution(NETWORK, of=types, initial=initial, time=time, max_count=400)
    assert law.sum() == pytest.approx(1.0, abs=1e-8)
    absent = ce.absence_probability(NETWORK, types=types, initial=initial, times=[time])[0]
    assert law[0] == pytest.approx(absent, abs=1e-9)
    k = np.arange(401)
    for z in (0.1, 0.7, 0.95):
        value = ce.generating_function(NETWORK, z=dict.fromkeys(types, z), initial=initial, time=time)
        assert (law * z**k).sum() == pytest.approx(value, abs=1e-9)
    mean, covariance = (a[0] for a in ce.moments(NETWORK, initial=initial, times=[time]))
    of = np.isin(NETWORK.types, types)
    assert (k * law).sum() == pytest.approx(mean[of].sum(), rel=1e-6)
    assert (k**2 * law).sum() - (k * law).sum() ** 2 == pytest.approx(covariance[np.ix_(of, of)].sum(), rel=1e-4)


def test_simulation_has_this_law():
    """Distance of distribution functions (Massart 1990, doi:10.1214/aop/1176990746) at 1e-6.

    Planted: a pulse forgotten.
    """
    n = 40_000
    x = ce.simulate(NETWORK, initial={"S": 10}, times=[9.0], replicates=n, seed=9).counts[:, 0, :]
    sample = x[:, 0] + x[:, 2]
    seen = np.bincount(sample, minlength=301)[:301].cumsum() / n
    bound = math.sqrt(math.log(2 / 1e-6) / (2 * n))
    law = ce.count_distribution(NETWORK, of=["S", "B"], initial={"S": 10}, time=9.0, max_count=300)
    assert np.abs(law.cumsum() - seen).max() < bound
    data = NETWORK.to_dict()
    del data["pulses"]
    other = ce.count_distribution(
        ce.BranchingProcess.from_dict(data), of=["S", "B"], initial={"S": 10}, time=9.0, max_count=300
    )
    assert np.abs(other.cumsum() - seen).max() > bound


def test_shapes_and_start():
    at = lambda time, initial: ce.count_distribution(NETWORK, of="S", initial=initial, time=time, max_count=5)  # noqa: E731
    np.testing.assert_allclose(at(0.0, [3, 9, 9]), [0, 0, 0, 1, 0, 0], atol=1e-9)
    rows = at(5.0, [[3, 0, 0], [0, 0, 2]])
    assert rows.shape == (2, 6)
    np.testing.assert_array_equal(rows[1], at(5.0, [0, 0, 2]))
    one = ce.count_distribution(NETWORK, of="S", initial={"S": 2}, time=5.0, max_count=0)
    assert one.shape == (1,)
    assert one[0] == pytest.approx(
        ce.absence_probability(NETWORK, types=["S"], initial={"S": 2}, times=[5.0])[0], abs=1e-9
    )


def test_accuracy_out_of_reach_is_an_error():
    # 1e18 cells of which the angle of the generating function is known to some digits only.
    process = ce.BranchingProcess(types=["S"], birth=[0.2], death=[0.2])
    with pytest.raises(ce.SimulationError, match="tolerance = 1e-11 cannot be kept"):
        ce.count_distribution(process, of="S", initial=[200], time=1.0, max_count=400, tolerance=1e-11)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"of": "X", "time": -1.0, "max_count": -1, "tolerance": 0.0, "initial": [1]},
         ("of[0]", "time must", "max_count must", "tolerance must", "initial must")),
        ({"max_count": 100_001}, ("max_count must be a whole number from 0 to 100000",)),
        ({"of": []}, ("of must name at least one",)),
    ],
)  # fmt: skip
def test_wrong_values_are_all_named_in_one_error(change, words):
    arguments = {"of": "S", "initial": [1, 0, 0], "time": 1.0, "max_count": 3} | change
    with pytest.raises(ce.ModelError) as error:
        ce.count_distribution(NETWORK, **arguments)
    for word in words:
        assert word in str(error.value)


def test_competition_is_refused_and_types_are_checked():
    rival = ce.BranchingProcess(types=["S"], birth=[0.3], death=[0.2], competition=ce.Logistic(capacity=100))
    with pytest.raises(ce.ModelError, match=r"ce\.simulate"):
        ce.count_distribution(rival, of="S", initial=[1], time=1.0, max_count=3)
    with pytest.raises(TypeError, match="max_count"):
        ce.count_distribution(NETWORK, of="S", initial=[1, 0, 0], time=1.0, max_count=True)
    with pytest.raises(TypeError, match="tolerance"):
        ce.count_distribution(NETWORK, of="S", initial=[1, 0, 0], time=1.0, max_count=1, tolerance="x")
