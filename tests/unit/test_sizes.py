"""Probabilities of sizes: against closed forms at any size, whole distributions, and inversions by another method."""

from __future__ import annotations

import math
from typing import Any

import mpmath as mp
import numpy as np
import pytest
from scipy import stats

import chemoevo as ce
from chemoevo import _core
from chemoevo.analytic import inversion

NETWORK = ce.BranchingProcess(
    types=["S", "A", "B"],
    birth=[[0.3, 0.2, 0.2], [0.3, 0.2, 0.3]],
    death=[[0.1, 0.2, 0.1], [0.5, 0.2, 0.1]],
    breakpoints=[4.0],
    mutation={("S", "A"): 0.05, ("A", "B"): 0.1},
    switching={("B", "S"): 0.05},
    pulses=[ce.Pulse(time=6.0, survival={"S": 0.5, "A": 0.9})],
)
RATES: dict[str, Any] = {"types": ["S", "R"], "birth": [0.14, 0.14], "mutation": {("S", "R"): 5e-9}}
GROWTH = ce.BranchingProcess(**RATES, death=[0.1, 0.1])
THERAPY = ce.BranchingProcess(**RATES, death=[0.5, 0.1])
IDLE = ce.BranchingProcess(types=["S"], birth=[0.0], death=[0.0])
YULE = ce.BranchingProcess(types=["S"], birth=[0.1], death=[0.0])


def geometric_tail(b: float, d: float, t: float, a: int) -> float:
    """P(N >= a) from one cell, whose number is 0 or geometric (Kendall 1948), at 40 digits."""
    with mp.workdps(40):
        b, d, t = mp.mpf(b), mp.mpf(d), mp.mpf(t)
        g = t if b == d else (1 - mp.exp(-(b - d) * t)) / (b - d)
        e = mp.exp(-(b - d) * t)
        return float((1 - d * g / (e + b * g)) * (b * g / (e + b * g)) ** (a - 1))


@pytest.mark.parametrize("tolerance", [0.01, 1e-6, 1e-8])
@pytest.mark.parametrize(
    ("b", "d", "t", "a"),
    [
        (0.14, 0.1, 30.0, 2),
        (0.14, 0.1, 30.0, 3),
        (0.14, 0.1, 60.0, 50),
        (0.3, 0.3, 40.0, 7),
        (0.2, 0.0, 100.0, 10**6),
        (0.14, 0.1, 500.0, 10**9),
        (0.14, 0.1, 700.0, 10**12),
        (0.14, 0.1, 900.0, 4 * 10**18),
        (0.14, 0.5, 20.0, 5),
    ],
)
def test_the_tail_of_a_geometric_law_is_known_at_any_size(
    b: float, d: float, t: float, a: int, tolerance: float
) -> None:
    process = ce.BranchingProcess(types=["S"], birth=[b], death=[d])
    got = ce.size_probability(process, initial={"S": 1}, above=a, times=[t], tolerance=tolerance)
    assert got.shape == (1,)
    assert abs(got[0] - geometric_tail(b, d, t, a)) <= tolerance
    # A law that is shifted by one cell, or counts half of one, would be seen.
    if a < 100 and d <= b and tolerance <= 1e-6:
        assert abs(got[0] - geometric_tail(b, d, t, a + 1)) > 1e-5


def places() -> list[tuple[int, int]]:
    """Sizes at so many standard deviations from the mean of n cells that divide for 20 days."""
    p, found = math.exp(-0.1 * 20.0), []
    for n in (3, 1000, 10**6, 10**10):
        for deviations in (-1e4, -300.0, -30.0, -4.0, -1.0, 0.0, 0.3, 2.0, 5.0, 30.0, 300.0, 1e4):
            above = round(n / p + deviations * math.sqrt(n * (1.0 - p)) / p)
            if 1 <= above <= 100 * n / p:
                found.append((n, above))
    return found


@pytest.mark.parametrize(("n", "above"), places())
def test_narrow_laws_have_their_step_where_it_is(n: int, above: int) -> None:
    # Of n cells that only divide: n more than a negative binomial variable.
    p = math.exp(-0.1 * 20.0)
    got = ce.size_probability(YULE, initial={"S": n}, above=above, times=[20.0])[0]
    assert abs(got - stats.nbinom.sf(above - n - 1, n, p)) <= 1e-6


@pytest.mark.parametrize("of", [["A"], ["S", "B"], None])
@pytest.mark.parametrize("time", [3.0, 6.0, 12.0])
def test_the_tails_are_those_of_the_whole_distribution(of: list[str] | None, time: float) -> None:
    initial = [[5, 2, 0], [40, 0, 7]]
    counted = NETWORK.types if of is None else of
    law = ce.count_distribution(NETWORK, of=counted, initial=initial, time=time, max_count=200)
    for above in (1, 2, 3, 20, 60, 150, 201):
        got = ce.size_probability(NETWORK, initial=initial, above=above, times=[time], of=of)
        np.testing.assert_allclose(got[:, 0], 1.0 - law[:, :above].sum(axis=1), rtol=0.0, atol=1e-6)


@pytest.mark.parametrize("kind", [ce.GrownTo, ce.GrownFor])
def test_grown_tumors_have_the_tails_of_their_distribution(kind: Any) -> None:
    growth = ce.BranchingProcess(**{**RATES, "mutation": {("S", "R"): 1e-3}}, death=[0.1, 0.1])
    therapy = ce.BranchingProcess(**{**RATES, "mutation": {("S", "R"): 1e-3}}, death=[0.5, 0.1])
    tumors = kind(growth, size=[100, 1000]) if kind is ce.GrownTo else kind(growth, days=[80.0, 150.0])
    for time in (0.0, 20.0):
        law = ce.count_distribution(therapy, of="R", initial=tumors, time=time, max_count=60)
        for above in (1, 2, 10, 60):
            got = ce.size_probability(therapy, initial=tumors, above=above, times=[time], of="R")
            np.testing.assert_allclose(got[:, 0], 1.0 - law[:, :above].sum(axis=1), rtol=0.0, atol=1e-6)


# The same model by Talbot's method at 30 digits, with the mutants of therapy by quadrature.
TALBOT = {300.0: 0.032787698, 350.0: 0.32802642, 400.0: 0.91611693}


def test_relapse_from_a_billion_cells_by_talbot() -> None:
    tumor = ce.GrownTo(GROWTH, size=1e9)
    got = ce.size_probability(THERAPY, initial=tumor, above=1e8, times=list(TALBOT))
    np.testing.assert_allclose(got, list(TALBOT.values()), rtol=0.0, atol=1e-6)
    assert got.round(3).tolist() == [0.033, 0.328, 0.916]


def gaver_stehfest(process: ce.BranchingProcess, initial: dict[str, int], time: float, x: float, terms: int) -> float:
    """P(N > x) for a smooth law from real points only (Stehfest 1970, doi:10.1145/361953.361969)."""
    half, total = terms // 2, 0.0
    for k in range(1, terms + 1):
        weight = sum(
            j ** (half + 1) * math.comb(half, j) * math.comb(2 * j, j) * math.comb(j, k - j)
            for j in range((k + 1) // 2, min(k, half) + 1)
        ) / math.factorial(half)
        s = k * math.log(2.0) / x
        y = -math.expm1(-s)
        pair = _core.backward(process.compiled, np.full(2, y), np.full(2, 1.0 - y), np.array([time]))
        logarithm = sum(n * math.log1p(-pair.presence[0, process.types.index(name)]) for name, n in initial.items())
        total += (-1) ** (k + half) * weight * -math.expm1(logarithm) / s
    return total * math.log(2.0) / x


@pytest.mark.parametrize("above", [1e6, 1e7, 1e8])
def test_gaver_and_stehfest_say_the_same_from_real_points(above: float) -> None:
    initial = {"S": 10**6, "R": 3}
    got = ce.size_probability(THERAPY, initial=initial, above=above, times=[400.0])[0]
    assert 0.01 < got < 0.99
    assert abs(got - gaver_stehfest(THERAPY, initial, 400.0, above - 0.5, 12)) < 2e-4


def test_one_cell_is_presence_with_its_digits() -> None:
    initial, times = {"S": 5}, [0.0, 10.0, 60.0]
    want = ce.presence_probability(THERAPY, types=["R"], initial=initial, times=times)
    for above in (1, 1.0):
        got = ce.size_probability(THERAPY, initial=initial, above=above, times=times, of="R")
        np.testing.assert_allclose(got, want, rtol=1e-12)


def test_numbers_that_are_known_are_steps() -> None:
    many = {"S": 10**15, "R": 7}
    for above, want in ((7, 1.0), (10**15, 1.0), (10**15 + 7, 1.0), (10**15 + 8, 0.0), (2**62, 0.0)):
        assert ce.size_probability(THERAPY, initial=many, above=above, times=[0.0]).tolist() == [want]
    for above, want in ((999, 1.0), (1000, 1.0), (1001, 0.0), (1010, 0.0), (3000, 0.0), (10**6, 0.0), (10, 1.0)):
        got = ce.size_probability(IDLE, initial={"S": 1000}, above=above, times=[5.0])
        assert abs(got[0] - want) <= 1e-6
    assert ce.size_probability(THERAPY, initial={}, above=5, times=[0.0, 3.0]).tolist() == [0.0, 0.0]
    tumor = ce.GrownTo(GROWTH, size=1e6)
    assert abs(ce.size_probability(THERAPY, initial=tumor, above=1e6, times=[0.0])[0] - 1.0) <= 1e-6


def test_a_pulse_acts_before_an_observation_at_its_instant() -> None:
    process = ce.BranchingProcess(
        types=["S"], birth=[0.0], death=[0.0], pulses=[ce.Pulse(time=t, survival={"S": 0.5}) for t in (0.0, 2.0)]
    )
    for time, p in ((0.0, 0.5), (1.0, 0.5), (2.0, 0.25)):
        for above in (240, 250, 260, 500, 510):
            got = ce.size_probability(process, initial={"S": 1000}, above=above, times=[time])
            assert abs(got[0] - stats.binom.sf(above - 1, 1000, p)) <= 1e-6


def test_shapes_and_numbers_that_are_not_whole() -> None:
    rows, times = [[5, 0], [0, 3], [1, 1]], [0.0, 10.0]
    got = ce.size_probability(GROWTH, initial=rows, above=3, times=times)
    assert got.shape == (3, 2)
    np.testing.assert_array_equal(got[:, 0], [1.0, 1.0, 0.0])
    for row, want in zip(rows, got, strict=True):
        one = ce.size_probability(GROWTH, initial=row, above=2.5, times=times)
        np.testing.assert_allclose(one, want, rtol=0.0, atol=1e-9)
    tumors = ce.GrownTo(GROWTH, size=[1e6, 1e7, 1e8])
    assert ce.size_probability(THERAPY, initial=tumors, above=1e5, times=[200.0, 300.0], of=["R"]).shape == (3, 2)


def test_many_compositions_with_steps_everywhere_are_answered_together() -> None:
    starts = np.array([[10**4 + 150 * k] for k in range(60)])
    got = ce.size_probability(YULE, initial=starts, above=10**5, times=[20.0])[:, 0]
    p = math.exp(-2.0)
    np.testing.assert_allclose(got, stats.nbinom.sf(10**5 - starts[:, 0] - 1, starts[:, 0], p), rtol=0.0, atol=1e-6)
    assert got[0] < 1e-6
    assert got[-1] > 1.0 - 1e-6


def test_what_rounding_forbids_is_refused_with_the_error_reached() -> None:
    # 1e14 cells after a thousandth of a day: a step of a width of 1e-9.
    asked: dict[str, Any] = {"initial": {"S": 10**14}, "above": 1.0001e14, "times": [1e-3]}
    assert ce.size_probability(YULE, **asked, tolerance=0.01)[0] == pytest.approx(0.5, abs=0.5)
    with pytest.raises(ce.SimulationError, match=r"on day 0.001 has an error of up to \d.*tolerance = 1e-06 cannot be"):
        ce.size_probability(YULE, **asked)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"above": 0}, "above must be a number of cells from 1 to 2\\*\\*62; got 0"),
        ({"above": 1e19}, "above must be a number of cells from 1"),
        ({"above": float("nan")}, "above must be a number of cells from 1"),
        ({"tolerance": 1e-9}, "tolerance must be a number from 1e-8 to 0.01; got 1e-09"),
        ({"of": "Q"}, r"of\[0\] is not a type of the process"),
        ({"of": []}, "of must "),
        ({"times": [3.0, 1.0]}, "times"),
        ({"initial": None}, "initial is missing"),
    ],
)
def test_wrong_values_are_named(arguments: dict[str, Any], words: str) -> None:
    right: dict[str, Any] = {"initial": {"S": 1}, "above": 5, "times": [1.0]}
    with pytest.raises(ce.ModelError, match=words):
        ce.size_probability(THERAPY, **{**right, **arguments})


def test_a_step_that_sums_cannot_see_is_in_their_error() -> None:
    # Always 1e9 cells, and P(N > 1e9) = 0 is asked: sums say 1/2, and differ by much less than what they are off by.
    def transform(re: Any, im: Any) -> Any:
        yield (1.0 - re - 1j * im) ** 1e9, np.zeros(re.size)

    euler = inversion._Euler(10**9, 1, 1e-6)
    values = [euler.extended(transform, groups, np.arange(1)) for groups in (31, 63)]
    assert values[1][0][0] == pytest.approx(0.5, abs=0.05)
    assert abs(values[1][0][0] - values[0][0][0]) < 0.05
    assert values[1][1][0] > values[1][0][0]


def test_planted_shifts_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    want, asked = geometric_tail(0.14, 0.1, 60.0, 50), {"initial": {"S": 1}, "above": 50, "times": [60.0]}
    process = ce.BranchingProcess(types=["S"], birth=[0.14], death=[0.1])
    right = inversion.upper_tails
    for shift in (1, -1):
        monkeypatch.setattr("chemoevo.analytic.sizes.upper_tails", lambda t, a, n, e, s=shift: right(t, a + s, n, e))
        assert abs(ce.size_probability(process, **asked)[0] - want) > 1e-3
