"""Whole distributions in tumors grown to a size: Luria and Delbrueck, with death too, and the other solver."""

from __future__ import annotations

import math

import mpmath as mp
import numpy as np
import pytest

import chemoevo as ce

TYPES = ["S", "A", "B"]
MUTATION = {("S", "A"): 2e-4, ("A", "B"): 5e-3, ("S", "B"): 1e-5}
GROWTH = ce.BranchingProcess(types=TYPES, birth=[0.2] * 3, death=[0.05, 0.06, 0.04], mutation=MUTATION)
BACK = ce.BranchingProcess(
    types=TYPES, birth=[0.2] * 3, death=[0.05, 0.06, 0.04], mutation=MUTATION, switching={("B", "S"): 0.01}
)
THERAPY = ce.BranchingProcess(
    types=TYPES,
    birth=[[0.2] * 3] * 2,
    death=[[0.8, 0.3, 0.1], [0.1, 0.2, 0.1]],
    breakpoints=[4.0],
    mutation=MUTATION,
    pulses=[ce.Pulse(time=6.0, survival={"S": 0.5, "B": 0.9})],
)


def neutral(u: float, d: float = 0.0) -> ce.BranchingProcess:
    return ce.BranchingProcess(types=["S", "R"], birth=[0.5, 0.5], death=[d, d], mutation={("S", "R"): u})


@pytest.mark.parametrize("m", [0.01, 0.7, 5.0])
def test_luria_delbrueck(m: float) -> None:
    """Lea and Coulson (1949), doi:10.1007/BF02986080, by the recurrence of Ma, Sandri and Sarkar (1992)."""
    u, most = 1e-11, 300
    got = ce.count_distribution(
        neutral(u), of="R", initial=ce.GrownTo(neutral(u), size=m / u), time=0.0, max_count=most
    )
    want = np.array([math.exp(-m)])
    for k in range(1, most + 1):
        want = np.append(want, m / k * (want / np.arange(k + 1, 1, -1)).sum())
    np.testing.assert_allclose(got, want, rtol=0, atol=1e-9)
    # Planted: two mutated daughters a division.
    other = ce.count_distribution(
        neutral(u), of="R", initial=ce.GrownTo(neutral(u), size=2 * m / u), time=0, max_count=5
    )
    assert abs(other[0] - want[0]) > 1e-3


@pytest.mark.parametrize(("d", "m"), [(0.1, 2.0), (0.4, 0.5), (0.49, 3.0)])
def test_neutral_mutants_with_death(d: float, m: float) -> None:
    """Founders at the rate b u M e^{-l s} of birth-death clones, l = b - d: their integral has a closed form.

    With y = 1 - z and q = b y/l it is (b u M/l) y ln(q)/(q - 1).
    """
    u, b, most = 1e-11, 0.5, 40
    with mp.workdps(60):
        q = lambda z: mp.mpf(b) * (1 - z) / (mp.mpf(b) - mp.mpf(d))  # noqa: E731
        series = mp.taylor(lambda z: -m * (1 - z) * mp.log(q(z)) / (q(z) - 1), 0, most)
        want = [mp.exp(series[0])]
        for k in range(1, most + 1):
            want.append(sum(j * series[j] * want[k - j] for j in range(1, k + 1)) / k)
    size = m * (b - d) / (b * u)
    got = ce.count_distribution(
        neutral(u, d), of="R", initial=ce.GrownTo(neutral(u, d), size=size), time=0.0, max_count=most
    )
    np.testing.assert_allclose(got, [float(p) for p in want], rtol=0, atol=1e-9)


@pytest.mark.parametrize("growth", [GROWTH, pytest.param(BACK, marks=pytest.mark.slow)])
@pytest.mark.parametrize(("types", "time"), [(["A"], 0.0), (["B"], 0.0), (["A", "B"], 9.0), (["S", "A", "B"], 9.0)])
def test_agrees_with_the_real_solver(growth: ce.BranchingProcess, types: list[str], time: float) -> None:
    sizes = [40.0, 200.0]
    tumors = ce.GrownTo(growth, size=sizes)
    law = ce.count_distribution(THERAPY, of=types, initial=tumors, time=time, max_count=400)
    assert law.shape == (2, 401)
    absent = ce.absence_probability(THERAPY, types=types, initial=tumors, times=[time])[:, 0]
    np.testing.assert_allclose(law[:, 0], absent, rtol=0, atol=1e-9)
    k = np.arange(401)
    for z in (0.1, 0.7, 0.97):
        value = ce.generating_function(THERAPY, z=dict.fromkeys(types, z), initial=tumors, time=time)
        np.testing.assert_allclose((law * z**k).sum(axis=1), value, rtol=0, atol=2e-8)
    if types == ["A"]:
        one = ce.count_distribution(THERAPY, of=types, initial=ce.GrownTo(growth, size=200.0), time=time, max_count=400)
        np.testing.assert_array_equal(one, law[1])


def test_cells_of_the_first_type_are_the_size() -> None:
    law = ce.count_distribution(GROWTH, of="S", initial=ce.GrownTo(GROWTH, size=[3.2, 5.0]), time=0.0, max_count=7)
    np.testing.assert_allclose(law, np.eye(8)[[3, 5]], rtol=0, atol=1e-9)


@pytest.mark.slow
def test_a_hundred_thousand_counts() -> None:
    """The tail of Luria and Delbrueck is m/k^2."""
    u, m = 1e-11, 1.0
    law = ce.count_distribution(
        neutral(u), of="R", initial=ce.GrownTo(neutral(u), size=m / u), time=0.0, max_count=100_000
    )
    k = np.arange(100_001)
    middle = law[20_000:40_000].sum()
    assert middle == pytest.approx(m / 2e4 - m / 4e4, rel=2e-3)
    assert law.sum() == pytest.approx(1.0 - m / 1e5, abs=1e-6)
    assert (k * law).sum() == pytest.approx(math.log(1e5), rel=0.2)


@pytest.mark.parametrize(("b", "d", "days"), [(0.5, 0.2, 12.0), (0.3, 0.3, 20.0), (0.2, 0.5, 9.0), (0.4, 0.0, 5.0)])
def test_an_age_of_one_type_is_geometric(b: float, d: float, days: float) -> None:
    """Kendall (1948), doi:10.1214/aoms/1177730285: given that a cell is there, their number is geometric."""
    process = ce.BranchingProcess(types=["S"], birth=[b], death=[d])
    got = ce.count_distribution(process, of="S", initial=ce.GrownFor(process, days=days), time=0.0, max_count=400)
    grown = math.exp((b - d) * days)
    ratio = b * days / (1.0 + b * days) if b == d else b * (grown - 1.0) / (b * grown - d)
    want = np.concatenate([[0.0], (1.0 - ratio) * ratio ** np.arange(400)])
    np.testing.assert_allclose(got, want, atol=2e-9)
    # Planted: not given that a cell is there.
    alone = ce.count_distribution(process, of="S", initial=[1], time=days, max_count=400)
    if d:
        assert np.abs(alone - want).max() > 0.01


def test_ages_go_on_under_therapy() -> None:
    tumors = ce.GrownFor(GROWTH, days=[20.0, 5.0, 20.0])
    got = ce.count_distribution(THERAPY, of=["A", "B"], initial=tumors, time=9.0, max_count=4000)
    assert got.shape == (3, 4001)
    np.testing.assert_array_equal(got[0], got[2])
    absent = ce.absence_probability(THERAPY, types=["A", "B"], initial=tumors, times=[9.0])[:, 0]
    np.testing.assert_allclose(got[:, 0], absent, atol=1e-9)
    mean, covariance = ce.moments(THERAPY, initial=tumors, times=[9.0])
    cells = np.arange(4001)
    np.testing.assert_allclose(got @ cells, mean[:, 0, 1:].sum(axis=1), rtol=1e-5)
    second = covariance[:, 0, 1:, 1:].sum(axis=(1, 2)) + mean[:, 0, 1:].sum(axis=1) ** 2
    np.testing.assert_allclose(got @ cells**2, second, rtol=1e-3)


def test_types_are_checked() -> None:
    with pytest.raises(ce.ModelError, match=r"initial\.growth\.types"):
        ce.count_distribution(GROWTH, of="A", initial=ce.GrownTo(neutral(1e-6), size=9.0), time=1.0, max_count=3)


def test_a_tolerance_out_of_reach_is_an_error() -> None:
    still = ce.BranchingProcess(types=["S"], birth=[0.2], death=[0.2])
    tumor = ce.GrownTo(ce.BranchingProcess(types=["S"], birth=[0.2], death=[0.1]), size=200)
    with pytest.raises(ce.SimulationError, match="tolerance = 1e-11 cannot be kept"):
        ce.count_distribution(still, of="S", initial=tumor, time=1.0, max_count=400, tolerance=1e-11)
