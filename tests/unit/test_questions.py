"""Generating functions and laws of first times against closed forms, at 30 digits where doubles are too short."""

from __future__ import annotations

import math

import mpmath as mp
import numpy as np
import pytest

import chemoevo as ce

mp.mp.dps = 30
ONE = ce.BranchingProcess(types=["S"], birth=[0.3], death=[0.2])
TWO = ce.BranchingProcess(
    types=["S", "R"],
    birth=[[0.14, 0.13], [0.14, 0.13]],
    death=[[0.6, 0.12], [0.13, 0.12]],
    breakpoints=[20.0],
    mutation={("S", "R"): 1e-3},
    switching={("R", "S"): 0.01},
    pulses=[ce.Pulse(time=12.0, survival={"S": 0.1}), ce.Pulse(time=30.0, survival={"S": 0.5, "R": 0.9})],
)
RIVAL = ce.BranchingProcess(types=["S"], birth=[0.3], death=[0.2], competition=ce.Logistic(capacity=100))


def power(y: mp.mpf, n: int) -> mp.mpf:
    return mp.exp(n * mp.log1p(-y)) if n else mp.mpf(1)


def kendall(b: float, d: float, t: float, y: mp.mpf) -> mp.mpf:
    """1 - E[(1 - y)^N] from one cell."""
    b, d, t = mp.mpf(b), mp.mpf(d), mp.mpf(t)
    g = t if b == d else (1 - mp.exp(-(b - d) * t)) / (b - d)
    return y / (mp.exp(-(b - d) * t) + b * g * y)


def riccati(b: float, d: float, u: float, t: float) -> mp.mpf:
    """P(a mutant was ever founded until t) from one cell, F' = b (1 - u) F^2 - (b + d) F + d, F(0) = 1."""
    b, d, u, t = map(mp.mpf, (b, d, u, t))
    r, m = b * (1 - u) - d - b * u, b * u
    root = mp.sqrt(r * r + 4 * b * (1 - u) * m)
    c, k = mp.cosh(root * t / 2), mp.sinh(root * t / 2) / root
    return 2 * m * k / (c - r * k)


@pytest.mark.parametrize(("b", "d", "t"), [(0.3, 0.2, 20.0), (0.2, 0.2, 50.0), (0.2, 0.5, 60.0), (0.1, 0.0, 10.0)])
@pytest.mark.parametrize("z", [0.0, 1e-12, 0.3, 0.98, 1.0])
def test_generating_function_of_one_type(b, d, t, z):
    process = ce.BranchingProcess(types=["S"], birth=[b], death=[d])
    for n in (0, 1, 17, 10**6):
        want = power(kendall(b, d, t, 1 - mp.mpf(z)), n)
        got = ce.generating_function(process, z={"S": z}, initial={"S": n}, time=t)
        if want == 0:
            assert got == 0.0
            continue
        assert abs(got - float(want)) <= 1e-11 * float(want) * max(1.0, abs(float(mp.log(want)))), (n, got, want)


def test_generating_function_of_1e12_cells_that_nearly_all_die():
    process = ce.BranchingProcess(types=["S"], birth=[0.1], death=[0.9])
    want = power(kendall(0.1, 0.9, 34.0, mp.mpf(0.5)), 10**12)
    got = ce.generating_function(process, z=[0.5], initial=[10**12], time=34.0)
    assert 0.1 < want < 0.9
    assert abs(got / float(want) - 1.0) < 1e-12


def test_generating_function_is_extinction_absence_and_mean():
    initial, t = {"S": 3, "R": 2}, 33.0
    extinct = ce.extinction_probability(TWO, initial=initial, times=[t])[0]
    absent = ce.absence_probability(TWO, types=["R"], initial=initial, times=[t])[0]
    assert ce.generating_function(TWO, z=[0.0, 0.0], initial=initial, time=t) == pytest.approx(extinct, rel=1e-12)
    assert ce.generating_function(TWO, z={"R": 0.0}, initial=initial, time=t) == pytest.approx(absent, rel=1e-12)
    assert ce.generating_function(TWO, z={}, initial=initial, time=t) == 1.0
    step = 1e-5
    slope = (1.0 - ce.generating_function(TWO, z={"S": 1.0 - step}, initial=initial, time=t)) / step
    assert slope == pytest.approx(ce.mean_counts(TWO, initial=initial, times=[t])[0, 0], rel=1e-3)


def test_shapes_of_points_and_compositions():
    ask = lambda z, initial: ce.generating_function(TWO, z=z, initial=initial, time=5.0)  # noqa: E731
    assert isinstance(ask([0.5, 0.5], [1, 0]), float)
    assert ask([[0.5, 0.5]] * 3, [1, 0]).shape == (3,)
    assert ask([0.5, 0.5], [[1, 0]] * 4).shape == (4,)
    both = ask([[0.5, 0.5], [0.0, 1.0], [0.1, 0.2]], [[1, 0], [5, 5]])
    assert both.shape == (2, 3)
    assert both[1, 2] == ask([0.1, 0.2], [5, 5])


def test_extinction_time_of_one_type():
    law = ce.extinction_time(ONE, initial={"S": 5})
    assert law.probability == pytest.approx((2 / 3) ** 5, rel=1e-12)
    assert law.never == pytest.approx(1 - (2 / 3) ** 5, rel=1e-12)
    times = np.array([0.0, 1.0, 10.0, 100.0])
    np.testing.assert_array_equal(law.cdf(times), ce.extinction_probability(ONE, initial={"S": 5}, times=times))
    np.testing.assert_array_equal(law.survival(times), ce.survival_probability(ONE, initial={"S": 5}, times=times))
    for q, conditional in [(0.1, False), (1e-9, False), (0.5, True), (0.999, True)]:
        t = law.quantile(q, conditional=conditional)
        level = q * law.probability if conditional else q
        assert float(power(kendall(0.3, 0.2, t, mp.mpf(1)), 5)) == pytest.approx(level, rel=1e-8)
    assert law.median() == math.inf
    assert law.quantile(0.1317) == math.inf > law.quantile(0.1316)


def test_last_of_1e12_cells():
    process = ce.BranchingProcess(types=["S"], birth=[0.2], death=[0.5])
    law = ce.extinction_time(process, initial={"S": 10**12})
    want = mp.findroot(lambda t: power(kendall(0.2, 0.5, t, mp.mpf(1)), 10**12) - 0.5, 92)
    assert law.median() == pytest.approx(float(want), rel=1e-9)
    survival = 1 - power(kendall(0.2, 0.5, 207.0, mp.mpf(1)), 10**12)
    assert survival < 1e-14
    assert law.survival([207.0])[0] == pytest.approx(float(survival), rel=1e-11)
    late = mp.findroot(lambda t: 1 - power(kendall(0.2, 0.5, t, mp.mpf(1)), 10**12) - mp.mpf(2) ** -40, 183)
    assert law.quantile(1 - 2.0**-40) == pytest.approx(float(late), rel=1e-9)


def test_critical_process_dies_out_late_but_surely():
    law = ce.extinction_time(ce.BranchingProcess(types=["S"], birth=[0.2], death=[0.2]), initial={"S": 10})
    assert (law.probability, law.never) == (1.0, 0.0)
    assert law.median() == pytest.approx(1 / (0.2 * (2**0.1 - 1)), rel=1e-9)  # (b t / (1 + b t))^10 = 1/2


def test_no_cells_and_none_that_die():
    assert ce.extinction_time(ONE, initial={}).median() == 0.0
    law = ce.extinction_time(ce.BranchingProcess(types=["S"], birth=[1.0], death=[0.0]), initial=[1])
    assert (law.probability, law.never, law.median(), law.median(conditional=True)) == (0.0, 1.0, math.inf, math.inf)
    law = ce.first_appearance(TWO, types=["R"], initial={})
    assert (law.probability, law.median(conditional=True)) == (0.0, math.inf)


def test_a_pulse_is_a_jump():
    process = ce.BranchingProcess(
        types=["S"], birth=[0.1], death=[0.1], pulses=[ce.Pulse(time=7.0, survival={"S": 0.05})]
    )
    law = ce.extinction_time(process, initial={"S": 2})
    before, after = law.cdf([7.0 * (1 - 1e-11), 7.0])  # nearer ones are one time
    assert before < 0.4 < 0.8 < after
    assert law.quantile([0.4, 0.5, 0.8]).tolist() == [7.0] * 3
    assert law.quantile(before * (1 - 1e-6)) < 7.0 < law.quantile(after * (1 + 1e-6))


@pytest.mark.parametrize(
    ("b", "d", "u", "n", "t"),
    [
        (0.3, 0.2, 0.01, 1, 10.0),
        (0.2, 0.2, 1e-12, 10**12, 20.0),
        (0.14, 0.5, 1e-9, 10**9, 300.0),
        (0.1, 0.0, 1.0, 2, 5.0),
    ],
)
def test_first_mutant(b, d, u, n, t):
    process = ce.BranchingProcess(types=["S", "R"], birth=[b, 5.0], death=[d, 9.0], mutation={("S", "R"): u})
    law = ce.first_appearance(process, types=["R"], initial={"S": n})
    y = riccati(b, d, u, t)
    assert law.cdf([t])[0] == pytest.approx(float(1 - power(y, n)), rel=1e-9)
    assert law.survival([t])[0] == pytest.approx(float(power(y, n)), rel=1e-9)
    # Absence at t, which mutants that died out do not disturb, is another question.
    assert (
        abs(ce.absence_probability(process, types=["R"], initial={"S": n}, times=[t])[0] - law.survival([t])[0]) > 1e-3
    )


def test_first_appearance_is_final_and_starts_at_once():
    times = np.linspace(0.0, 80.0, 161)
    cdf = ce.first_appearance(TWO, types=["R"], initial={"S": 500}).cdf(times)
    assert (np.diff(cdf) >= -1e-12).all()
    assert cdf[0] == 0.0
    assert ce.first_appearance(TWO, types=["R"], initial={"S": 5, "R": 1}).cdf([0.0])[0] == 1.0
    assert ce.first_appearance(TWO, types=["R"], initial={"S": 5, "R": 1}).median() == 0.0


@pytest.mark.parametrize("last_pulse", [None, 1.0, 9.0])
def test_ever_is_the_limit_of_late_times(last_pulse):
    pulses = [ce.Pulse(time=last_pulse, survival={"S": 0.5, "A": 0.5})] if last_pulse else []
    process = ce.BranchingProcess(
        types=["S", "A", "B", "X"],  # X comes from S, may live for ever and leads nowhere
        birth=[[0.4, 0.3, 0.3, 1.0], [0.3, 0.3, 0.3, 1.0]],
        death=[[0.1, 0.2, 0.1, 0.1], [0.4, 0.2, 0.1, 0.1]],
        breakpoints=[5.0],
        mutation={("S", "A"): 0.05, ("A", "B"): 0.02, ("S", "X"): 0.03},
        switching={("A", "S"): 0.1},
        pulses=pulses,
    )
    law = ce.first_appearance(process, types=["B"], initial={"S": 3, "X": 50})
    assert law.cdf([3000.0])[0] == pytest.approx(law.probability, rel=1e-9)
    assert law.survival([3000.0])[0] == pytest.approx(law.never, rel=1e-9)
    assert 0.05 < law.probability < 0.95


def test_laws_of_many_compositions_and_of_grown_tumors():
    rows = [[10, 0], [500, 0], [0, 3]]
    law = ce.extinction_time(TWO, initial=rows)
    assert law.cdf([1.0, 50.0]).shape == (3, 2)
    assert law.quantile([0.1, 0.2], conditional=True).shape == (3, 2)
    assert law.median(conditional=True).shape == (3,)
    for row, median in zip(rows, law.median(conditional=True), strict=True):
        assert median == ce.extinction_time(TWO, initial=row).median(conditional=True)
    growth = ce.BranchingProcess(types=["S", "R"], birth=[0.14, 0.14], death=[0.1, 0.1], mutation={("S", "R"): 1e-6})
    grown = ce.extinction_time(TWO, initial=ce.GrownTo(growth, size=1e3))
    want = ce.extinction_probability(TWO, initial=ce.GrownTo(growth, size=1e3), times=[40.0])
    np.testing.assert_array_equal(grown.cdf([40.0]), want)
    assert np.ndim(grown.probability) == np.ndim(want) - 1


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda: ce.generating_function(ONE, z=[1.5], initial=[1.5], time=-1.0), ("z[0]", "initial[0]", "time must")),
        (
            lambda: ce.generating_function(ONE, z=[np.nan], initial=None, time=np.inf),
            ("z[0]", "initial is", "time must"),
        ),
        (lambda: ce.generating_function(ONE, z={"s": 0.1}, initial=[1], time=1.0), ("Did you mean 'S'",)),
        (lambda: ce.generating_function(ONE, z=[1, 1], initial=[1], time=1.0), ("z must have the shape",)),
        (lambda: ce.first_appearance(ONE, types=["T"], initial={"T": 1}), ("types[0]", "initial['T']")),
        (lambda: ce.first_appearance(ONE, types=[], initial=[1]), ("at least one",)),
        (lambda: ce.extinction_time(RIVAL, initial=[-1]), ("competition", "simulate", "initial[0]")),
        (lambda: ce.first_appearance(RIVAL, types=["S"], initial=[1]), ("competition", "simulate")),
        (lambda: ce.generating_function(RIVAL, z=[1], initial=[1], time=1.0), ("competition", "simulate")),
        (lambda: ce.extinction_time(ONE, initial=[1]).quantile([0.0, 1.0]), ("q[0]", "q[1]")),
        (lambda: ce.extinction_time(ONE, initial=[1]).cdf([-1.0]), ("times",)),
    ],
)
def test_wrong_values_are_all_named_in_one_error(ask, words):
    with pytest.raises(ce.ModelError) as error:
        ask()
    for word in words:
        assert word in str(error.value)


def test_wrong_types():
    with pytest.raises(TypeError, match="first argument must be a BranchingProcess or a Scenario"):
        ce.extinction_time("process", initial=[1])  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="time must be"):
        ce.generating_function(ONE, z=[0.5], initial=[1], time=True)
    with pytest.raises(TypeError, match="types must be a list"):
        ce.first_appearance(ONE, types="S", initial=[1])
