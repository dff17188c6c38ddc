"""One type: Kendall's closed forms at 100 digits (mpmath), for constant and piecewise-constant rates and pulses."""

from __future__ import annotations

from itertools import pairwise

import mpmath
import numpy as np
import pytest

import chemoevo as ce

mpmath.mp.dps = 100


def kendall(birth, death, ends, pulses, horizon):
    """Absence from one cell (Kendall 1948): 1 - 1/(e^rho + sum of b e^rho) carried through the events of the process.

    In the time left to the horizon the pair (x, y) with G = y/x obeys x' = b y, y' = (b - d) y; a pulse
    multiplies y by its survival.
    """
    x, y = mpmath.mpf(1), mpmath.mpf(1)
    times = sorted({0.0, horizon, *(t for t in ends if t < horizon), *(t for t, _ in pulses if t <= horizon)})
    for at, p in pulses:
        if at == horizon:
            y *= mpmath.mpf(p)
    for left, right in reversed(list(pairwise(times))):
        k = sum(t <= left for t in ends)
        b, d, h = mpmath.mpf(birth[k]), mpmath.mpf(death[k]), mpmath.mpf(right) - mpmath.mpf(left)
        x += b * y * (mpmath.expm1((b - d) * h) / (b - d) if b != d else h)
        y *= mpmath.exp((b - d) * h)
        for at, p in pulses:
            if at == left:
                y *= mpmath.mpf(p)
    return 1 - y / x


def relative(got, want):
    return float(abs(mpmath.mpf(float(got)) - want) / abs(want)) if want else float(abs(got))


RATES = [
    (1.0, 0.5, 4.0),
    (0.5, 1.0, 4.0),
    (1.0, 1.0, 7.0),
    (1.0, 1.0 + 1e-13, 100.0),
    (1.0, 0.0, 5.0),
    (0.0, 1.0, 5.0),
    (1.0, 1e-12, 40.0),
    (1.0, 2.0, 27.6),  # survival about 1e-12
    (1.0, 2.0, 34.5),  # about 1e-15
    (1e-9, 2e-9, 1e3),
    (0.14, 0.13, 1e5),
    (2.0, 1.0, 1e4),
    (1.0, 1.0, 1e4),
    (1.0, 1.01, 1e4),
]


@pytest.mark.parametrize(("b", "d", "t"), RATES)
@pytest.mark.parametrize("n", [1, 37, 10**9])
def test_constant_rates_keep_digits_on_both_sides(b, d, t, n):
    process = ce.BranchingProcess(types=["S"], birth=[b], death=[d])
    one = kendall([b], [d], [], [], t)
    gone = one**n
    stays = -mpmath.expm1(n * mpmath.log(one)) if one else mpmath.mpf(1)
    if gone > mpmath.mpf("1e-300"):
        assert relative(ce.extinction_probability(process, initial={"S": n}, times=[t])[0], gone) < 1e-12 * max(
            1, -float(mpmath.log(gone))
        )
    assert relative(ce.survival_probability(process, initial={"S": n}, times=[t])[0], stays) < 1e-12


BREAKS = [1.0, 2.5, 30.0, 31.0]
BIRTH = [0.7, 0.1, 0.0, 0.9, 0.3]
DEATH = [0.2, 1.3, 0.4, 0.0, 0.3]
PULSES = [(0.0, 0.9), (2.0, 1e-3), (2.5, 0.5), (40.0, 1e-6)]


@pytest.mark.parametrize("t", [0.0, 0.5, 1.0, 2.0, 2.5, 7.0, 30.5, 31.0, 39.0, 40.0, 55.0])
def test_changing_rates_and_pulses(t):
    process = ce.BranchingProcess(
        types=["S"],
        birth=[[b] for b in BIRTH],
        death=[[d] for d in DEATH],
        breakpoints=BREAKS,
        pulses=[ce.Pulse(time=at, survival={"S": p}) for at, p in PULSES],
    )
    want = kendall(BIRTH, DEATH, BREAKS, PULSES, t)
    assert relative(ce.extinction_probability(process, initial={"S": 1}, times=[t])[0], want) < 1e-12
    assert relative(ce.survival_probability(process, initial={"S": 1}, times=[t])[0], 1 - want) < 1e-12


def test_planted_bugs_are_seen_by_the_changing_rates():
    t = 55.0
    right = kendall(BIRTH, DEATH, BREAKS, PULSES, t)
    late = [(at + 1e-9, p) for at, p in PULSES if at < t]
    forward = kendall(
        BIRTH[::-1], DEATH[::-1], [t - x for x in BREAKS[::-1]], [(t - at, p) for at, p in PULSES[::-1]], t
    )
    assert relative(1 - forward, 1 - right) > 1e-3, "the schedule backward"
    assert relative(1 - kendall(BIRTH, DEATH, BREAKS, late[:-1], t), 1 - right) > 1e-3, "a pulse left out"
    assert relative(1 - kendall(BIRTH, DEATH, BREAKS[:1], PULSES, t), 1 - right) > 1e-3, "changes left out"
    at_pulse = kendall(BIRTH, DEATH, BREAKS, PULSES, 40.0)
    assert relative(1 - kendall(BIRTH, DEATH, BREAKS, PULSES[:-1], 40.0), 1 - at_pulse) > 1e-3, "pulse after the look"


def test_no_death_is_never_extinct():
    process = ce.BranchingProcess(types=["S", "R"], birth=[1.0, 0.3], death=[0.0, 0.0], mutation={("S", "R"): 0.1})
    values = ce.extinction_probability(process, initial={"S": 1}, times=[0, 1, 1000])
    assert values.tolist() == [0.0, 0.0, 0.0]
    assert ce.survival_probability(process, initial={"S": 1}, times=[0, 1, 1000]).tolist() == [1.0, 1.0, 1.0]
    assert ce.ultimate_extinction_probability(process, initial={"S": 1}) == 0.0


def test_no_cells_are_extinct_from_the_start():
    process = ce.BranchingProcess(types=["S", "R"], birth=[1.0, 0.3], death=[0.0, 0.1], mutation={("S", "R"): 0.1})
    assert ce.extinction_probability(process, initial={}, times=[0, 5]).tolist() == [1.0, 1.0]
    survival = ce.survival_probability(process, initial=[0, 0], times=[0, 5])
    assert survival.tolist() == [0.0, 0.0]
    assert not np.signbit(survival).any()
    # No cells of S: factor 1, although one cell of S is never lost.
    only_r = ce.BranchingProcess(types=["R"], birth=[0.3], death=[0.1])
    np.testing.assert_allclose(
        ce.extinction_probability(process, initial={"R": 3}, times=[5]),
        ce.extinction_probability(only_r, initial={"R": 3}, times=[5]),
        rtol=1e-10,
    )


def test_a_quadrillion_cells_of_tiny_survival():
    # n G = 1.0 up to rounding although G is 1e-15
    process = ce.BranchingProcess(types=["S"], birth=[0.0], death=[1.0])
    t = float(mpmath.log(mpmath.mpf(10) ** 15))
    want = mpmath.exp(10**15 * mpmath.log1p(-mpmath.exp(-mpmath.mpf(t))))
    assert relative(ce.extinction_probability(process, initial={"S": 10**15}, times=[t])[0], want) < 1e-13


@pytest.mark.parametrize(("b", "d"), [(0.5, 0.25), (1.0, 1e-12), (0.25, 0.5), (1.0, 1.0), (0.0, 0.0), (1.0, 1 - 1e-12)])
def test_ultimate_extinction_of_one_type(b, d):
    process = ce.BranchingProcess(types=["S"], birth=[b], death=[d])
    want = 1.0 if d >= b > 0 or d > b else (d / b if b else 0.0)
    for n in (1, 3):
        assert ce.ultimate_extinction_probability(process, initial={"S": n}) == pytest.approx(want**n, rel=1e-14)
    both = ce.ultimate_extinction_probability(process, initial=[[1], [2]])
    assert both.shape == (2,)


def test_ultimate_extinction_goes_through_the_schedule():
    process = ce.BranchingProcess(
        types=["S"],
        birth=[[0.5], [0.5]],
        death=[[2.0], [0.25]],
        breakpoints=[3.0],
        pulses=[ce.Pulse(time=5.0, survival={"S": 0.01})],
    )
    # Survival for ever from one cell just after the pulse is 1/2.
    x, y = mpmath.mpf(1), mpmath.mpf("0.005")
    for net, b, h in ((mpmath.mpf("0.25"), mpmath.mpf("0.5"), 2), (mpmath.mpf("-1.5"), mpmath.mpf("0.5"), 3)):
        x, y = x + b * y * mpmath.expm1(net * h) / net, y * mpmath.exp(net * h)
    assert relative(ce.ultimate_extinction_probability(process, initial={"S": 1}), 1 - y / x) < 1e-13
    late = ce.extinction_probability(process, initial={"S": 1}, times=[500])[0]
    assert relative(late, 1 - y / x) < 1e-12
