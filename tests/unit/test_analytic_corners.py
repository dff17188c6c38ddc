"""Corners where digits are lost easily, against mpmath at 30 digits, and work at its limits.

References are methods of their own: Kendall's integral by quadrature, stationary roots of the equations, and the slow
fixed-point solver of `backward_reference`.
"""

from __future__ import annotations

import time

import mpmath
import numpy as np
import pytest

import chemoevo as ce
from tests.unit.backward_reference import backward

MET = 1e-8  # what the package promises of every probability


def off(got: float, want: mpmath.mpf) -> float:
    with mpmath.workdps(30):
        return float(abs(mpmath.mpf(float(got)) / want - 1))


@pytest.mark.parametrize("rt", [1e-3, 1.0, 1e3, 1e6])
@pytest.mark.parametrize("gap", [0.0, 1e-15, -1e-9, 1e-6])
def test_birth_as_large_as_death(rt: float, gap: float) -> None:
    """Survival, extinction of a cell and of 1e12 cells, where b - d is nothing or hardly anything."""
    b, d, n = rt / 10.0, rt / 10.0 * (1.0 + gap), 10**12
    process = ce.BranchingProcess(types=["S"], birth=[b], death=[d])
    alive = ce.survival_probability(process, initial={"S": 1}, times=[10.0])[0]
    gone = ce.extinction_probability(process, initial={"S": 1}, times=[10.0])[0]
    with mpmath.workdps(30):
        x, y = mpmath.mpf(b), mpmath.mpf(d)
        lost = (1 - mpmath.exp(-(x - y) * 10)) / (x - y) if x != y else mpmath.mpf(10)
        want = 1 / (1 + y * lost) if x == y else (x - y) / (x - y * mpmath.exp(-(x - y) * 10))
        log_all = n * mpmath.log1p(-want)
    assert off(alive, want) < 1e-12
    assert off(gone, 1 - want) < 1e-12
    # The error of exp(L) is that of G times |L|.
    if log_all > -700:
        every = ce.extinction_probability(process, initial={"S": n}, times=[10.0])[0]
        assert off(every, mpmath.exp(log_all)) < 1e-12 * max(1.0, -float(log_all))


def test_coupled_survival_of_1e_15_and_1e12_cells() -> None:
    birth, death = [0.14, 0.13], [1.2, 1.0]
    mutation, switching = {(0, 1): 1e-6}, {(1, 0): 1e-3}
    process = ce.BranchingProcess(
        types=["S", "R"],
        birth=birth,
        death=death,
        mutation={("S", "R"): mutation[0, 1]},
        switching={("R", "S"): switching[1, 0]},
    )
    want = backward([birth], [death], [mutation], [switching], [], [], [1.0, 1.0], 32.0)[0]
    with mpmath.workdps(30):
        absent = mpmath.mpf(want.numerator) / want.denominator
        assert 1e-16 < 1 - absent < 1e-14
        all_gone = mpmath.exp(10**12 * mpmath.log(absent))
    assert off(ce.survival_probability(process, initial={"S": 1}, times=[32.0])[0], 1 - absent) < MET
    assert off(ce.survival_probability(process, initial={"S": 10**12}, times=[32.0])[0], 1 - all_gone) < MET
    # A solver that worked with F in double precision would be off by a tenth and more.
    assert off(1.0 - float(absent), 1 - absent) > 1e-3


def test_256_types_on_500_segments() -> None:
    """Eight loci: by symmetry a genotype is its number of mutations: nine equations for ln G (scipy) answer for 256."""
    from scipy.integrate import solve_ivp

    loci, u, b, segments, days = 8, 1e-4, 0.14, 500, 100.0
    names = [format(g, "08b") for g in range(2**loci)]
    count = np.array([name.count("1") for name in names])
    ends = np.linspace(0.0, days, segments + 1)
    middle = (ends[1:] + ends[:-1]) / 2
    kill = 0.3 * (1.0 + np.sin(middle))
    level = 0.6 ** np.arange(loci + 1)
    process = ce.BranchingProcess(
        types=names,
        birth=[b] * 2**loci,
        death=0.1 + kill[:, None] * level[count],
        breakpoints=ends[1:-1],
        mutation={(names[g], names[g | 1 << i]): u for g in range(2**loci) for i in range(loci) if not g & 1 << i},
    )
    start = time.process_time()
    got = ce.survival_probability(process, initial=np.eye(2**loci, dtype=int)[[0, 1, 7, 255]], times=[days])[:, 0]
    spent = time.process_time() - start
    onward = np.arange(loci, -1, -1) * u

    def slope(death):
        def f(_, log):
            # The logarithm of G: an absolute error of it is a relative error of G.
            g = np.exp(log)
            ahead = np.append(g[1:], 0.0)
            return b * (1.0 - g) + b * (1.0 - g) * onward * (ahead / g - 1.0) - death

        return f

    log = np.zeros(loci + 1)
    for k in range(segments - 1, -1, -1):
        step = (0.0, ends[k + 1] - ends[k])
        log = solve_ivp(slope(0.1 + kill[k] * level), step, log, method="DOP853", rtol=1e-13, atol=1e-13).y[:, -1]
    np.testing.assert_allclose(got, np.exp(log[[0, 1, 3, 8]]), rtol=MET)
    assert spent < 2.0


@pytest.mark.parametrize("shift", [0.0, 1.0])
def test_rates_that_change_continuously(shift: float) -> None:
    """Kendall (1948): G = 1/(1 + int d e^rho dt), rho = int (d - b) dt, by quadrature; survival down to 1e-15."""
    process = ce.BranchingProcess.from_rates(
        types=["S"],
        rates=lambda t: ([0.2 + 0.1 * np.sin(t)], [0.1 + shift * (1.0 - np.exp(-t))]),
        until=40.0,
        tolerance=1e-8,
    )
    with mpmath.workdps(30):

        def rho(t):
            death = mpmath.mpf("0.1") * t + shift * (t - 1 + mpmath.exp(-t))
            return death - mpmath.mpf("0.2") * t - mpmath.mpf("0.1") * (1 - mpmath.cos(t))

        def integrand(t):
            return (mpmath.mpf("0.1") + shift * (1 - mpmath.exp(-t))) * mpmath.exp(rho(t))

        want = 1 / (1 + mpmath.quad(integrand, mpmath.linspace(0, 40, 41)))
    assert (want < 1e-14) == (shift > 0)
    got = ce.survival_probability(process, initial={"S": 1}, times=[40.0])[0]
    assert off(got, want) < max(process.sampling.tolerance, 1e-11)
    every = ce.survival_probability(process, initial={"S": 10**12}, times=[40.0])[0]
    with mpmath.workdps(30):
        assert off(every, -mpmath.expm1(10**12 * mpmath.log1p(-want))) < max(process.sampling.tolerance, 1e-11)


@pytest.mark.parametrize("fast", [1e5, 1e6])
def test_stiff_coupled_types(fast: float) -> None:
    """Rates x time of 1e5 and 1e6: a type that dies at once and a slow one that it founds and that founds it.

    In the end both are at the root of the stationary equations, here at 30 digits.
    """
    death = fast / 100.0
    process = ce.BranchingProcess(
        types=["S", "R"], birth=[2, 1], death=[death, 0.5], mutation={("S", "R"): 1e-3}, switching={("R", "S"): 1e-4}
    )
    start = time.process_time()
    got = ce.survival_probability(process, initial=[[1, 0], [0, 1]], times=[100.0])[:, 0]
    spent = time.process_time() - start

    def stationary(s, r):
        return [
            (2 - mpmath.mpf(death)) * s - 2 * s * s + 2 * (1 - s) * mpmath.mpf(1e-3) * (r - s),
            mpmath.mpf("0.5") * r - r * r + mpmath.mpf(1e-4) * (s - r),
        ]

    with mpmath.workdps(30):
        root = mpmath.findroot(stationary, (mpmath.mpf(float(got[0])), mpmath.mpf(float(got[1]))))
    for found, want in zip(got, root, strict=True):
        assert off(found, want) < MET
    # 0.01 and 0.1 s; steps of an explicit method go with the rate.
    assert spent < 1.5 * fast / 1e5


@pytest.mark.parametrize("fast", [1e5, 1e6])
def test_a_fast_type_never_at_rest(fast: float) -> None:
    """A type that dies or switches at once, to a critical one whose survival 1/(1 + t) never settles: an integral."""
    end, switch = 100.0, fast / 400.0
    death = 3.0 * switch
    process = ce.BranchingProcess(types=["S", "R"], birth=[0, 1], death=[death, 1], switching={("S", "R"): switch})
    start = time.process_time()
    got = ce.survival_probability(process, initial={"S": 1}, times=[end])[0]
    spent = time.process_time() - start
    with mpmath.workdps(30):
        rate = mpmath.mpf(death) + mpmath.mpf(switch)
        cuts = [x / rate for x in (0, 1, 3, 10, 30, 90)]
        want = mpmath.quad(lambda t: switch * mpmath.exp(-rate * t) / (1 + end - t), cuts)
    assert off(got, want) < MET
    # At rest, where R had not changed for ever, it would be this.
    assert off(0.25 / (1.0 + end), want) > MET
    assert spent < 1.5 * fast / 1e5
