"""Answers where products leave what floating-point numbers hold, and equations that end when they are asked to."""

from __future__ import annotations

import signal
import time as clock
from types import FrameType

import numpy as np
import pytest

import chemoevo as ce

FAST = ce.BranchingProcess(types=["S", "R"], birth=[33.0, 33.0], death=[3.0, 3.0])
ONE = {"initial": {"S": 1}}


@pytest.mark.parametrize("time", [24.0, 25.0, 1e3, 1e12, 1e300])
def test_a_type_that_nobody_founds_is_absent_however_long_the_growth(time: float) -> None:
    ask = {**ONE, "types": ["R"], "times": [time]}
    assert ce.absence_probability(FAST, **ask) == 1.0
    assert ce.presence_probability(FAST, **ask) == 0.0
    assert ce.first_appearance(FAST, types=["R"], **ONE).cdf([time]) == 0.0
    assert ce.extinction_probability(FAST, **ONE, times=[time]) == pytest.approx(1 / 11, rel=1e-13)
    counts = ce.count_distribution(FAST, of="R", **ONE, time=time, max_count=2)
    np.testing.assert_allclose(counts, [1.0, 0.0, 0.0], atol=1e-9)


@pytest.mark.parametrize("time", [25.0, 1e6, 1e300])
def test_complete_resection_is_a_cure_whenever(time: float) -> None:
    cut = ce.BranchingProcess(types=["S"], birth=[33.0], death=[3.0], pulses=[ce.Pulse(time=time, survival={"S": 0.0})])
    assert ce.extinction_probability(cut, **ONE, times=[time]) == 1.0
    assert ce.ultimate_extinction_probability(cut, **ONE) == 1.0
    causes = ce.cause_of_relapse(cut, resistant=["S"], **ONE, time=np.inf)
    assert (causes.relapse, causes.preexisting) == (0.0, 0.0)


def test_complete_resection_cures_a_tumor_of_any_age() -> None:
    growth = ce.BranchingProcess(types=["A"], birth=[1.0], death=[0.1])
    cut = ce.BranchingProcess(types=["A"], birth=[1.0], death=[0.1], pulses=[ce.Pulse(time=0.0, survival={"A": 0.0})])
    found = ce.cure_probability(cut, initial=ce.GrownFor(growth, days=1000.0), horizon=1.0)
    assert getattr(found, "value", found) == 1.0


def test_a_kill_after_long_growth_leaves_the_families_that_died_out_before() -> None:
    kill = ce.BranchingProcess(types=["S"], birth=[[33.0], [0.0]], death=[[3.0], [40.0]], breakpoints=[25.0])
    # What grew for 25 days is e^750 cells; 20 days of therapy leave e^-800 of them.
    early = ce.extinction_probability(kill, **ONE, times=[25.0, 45.0])
    np.testing.assert_allclose(early, [1 / 11, 1.0], rtol=1e-12)


@pytest.mark.parametrize(
    ("birth", "death", "want"),
    [(1.6e308, 0.8e308, 0.5), (2e-320, 1e-320, 0.5), (1e300, 1e-300, 0.0), (1e-300, 1e300, 1.0), (1e308, 1e308, 1.0)],
)
def test_ultimate_extinction_is_a_quotient_whatever_the_clock(birth: float, death: float, want: float) -> None:
    process = ce.BranchingProcess(types=["S"], birth=[birth], death=[death])
    assert ce.ultimate_extinction_probability(process, **ONE) == pytest.approx(want, rel=1e-13)


@pytest.mark.parametrize("steps", [36, 37, 40, 64])
def test_sensitivities_follow_a_ladder_of_types(steps: int) -> None:
    types = [str(i) for i in range(steps)]

    def ladder(birth: float) -> ce.BranchingProcess:
        chain = {(types[i], types[i + 1]): 0.3 for i in range(steps - 1)}
        births = [birth, *[1.0] * (steps - 1)]
        return ce.BranchingProcess(types=types, birth=births, death=[0.9] * steps, mutation=chain)

    table = ce.sensitivities(ladder(1.0), initial={"0": 1}, time=5.0)
    assert np.isfinite(table["derivative"].drop_nulls().to_numpy()).all()
    h = 1e-4
    up, down = (ce.extinction_probability(ladder(1.0 + x), initial={"0": 1}, times=[5.0])[0] for x in (h, -h))
    assert table["derivative"][0] == pytest.approx((up - down) / (2 * h), rel=1e-6)


def test_a_run_of_subnormal_times_is_refused_by_the_name_of_the_field() -> None:
    process = ce.BranchingProcess(
        types=["A", "B"],
        birth=[1.7e308, 1.0],
        death=[1e-9, 5e-324],
        pulses=[ce.Pulse(time=1e-310, survival={"A": 0.5})],
    )
    with pytest.raises(ce.ModelError) as caught:
        ce.simulate(process, initial=[2**53, 2**61], times=[1e-310], seed=1)
    for words in (
        "process.birth must be at most 1e+280",
        "times[0] must be 0 or",
        "process.pulses[0].time must be 0 or",
    ):
        assert words in str(caught.value)


class RungError(Exception):
    """Raised by a signal while an equation is being solved."""


def dense(k: int) -> ce.BranchingProcess:
    rng = np.random.default_rng(0)
    rates = rng.random((k, k)) / k
    np.fill_diagonal(rates, 0.0)
    types = [str(i) for i in range(k)]
    return ce.BranchingProcess(
        types=types, birth=rng.random(k), death=rng.random(k), mutation=0.5 * rates, switching=rates
    )


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="signals of POSIX")
def test_every_equation_of_many_types_ends_when_it_is_asked_to() -> None:
    process = dense(512)
    k = len(process.types)
    ones = [1] * k
    calls = {
        "extinction": lambda: ce.extinction_probability(process, initial=ones, times=np.arange(1.0, 2000.0)),
        "means": lambda: ce.mean_counts(process, initial=np.ones((4000, k), dtype=int), times=np.arange(1.0, 20.0)),
        "moments": lambda: ce.moments(process, initial=ones, times=[5.0]),
        "sensitivities": lambda: ce.sensitivities(process, initial=ones, time=50.0),
        "distribution": lambda: ce.count_distribution(process, of="0", initial=ones, time=50.0, max_count=500),
    }

    def ring(_: int, __: FrameType | None) -> None:
        raise RungError

    before = signal.signal(signal.SIGALRM, ring)
    try:
        for name, call in calls.items():
            begun = clock.perf_counter()
            signal.setitimer(signal.ITIMER_REAL, 0.5)
            with pytest.raises(RungError):
                call()
            assert clock.perf_counter() - begun < 1.5, name
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
