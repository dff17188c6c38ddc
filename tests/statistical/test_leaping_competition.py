"""Leaping under competition: against `direct` in law, and against the law of large numbers of cells.

Checks fail at 1e-6. The tolerance is 1e-5, so that the variance is off by a third of a percent at most, which samples
of this size do not see; a capacity off by 5 % they do.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy.integrate import solve_ivp

import chemoevo as ce
from tests.statistical import _laws as laws
from tests.statistical._samples import Sample, compare, every_other, sample_of

TYPES = ("S", "R")
LAWS = {
    "logistic-death": ce.Logistic(capacity=1500, on="death"),
    "logistic-birth": ce.Logistic(capacity=1500, on="birth", weights={"R": 0.5}),
    "gompertz": ce.Gompertz(capacity=1500, on="death"),
    "lotka-volterra": ce.LotkaVolterra(
        matrix={("S", "S"): 1e-3, ("S", "R"): 5e-4, ("R", "R"): 1e-3, ("R", "S"): 2e-4}, on="death"
    ),
}


def sample(competition: object, engine: str, n: int, seed: int) -> Sample:
    process = ce.BranchingProcess(
        types=TYPES,
        birth=[[1.0, 0.8], [0.9, 0.8]],
        death=[[0.4, 0.4], [1.4, 0.4]],
        mutation={("S", "R"): 0.03},
        switching={("R", "S"): 0.05},
        breakpoints=[6.0],
        competition=competition,  # type: ignore[arg-type]
    )
    options = {"tolerance": 1e-5} if engine == "leap" else {}
    ens = ce.simulate(
        process,
        initial={"S": 900},
        times=[2.0, 6.0, 9.0],
        replicates=n,
        seed=seed,
        engine=engine,  # type: ignore[arg-type]
        **options,  # type: ignore[arg-type]
    )
    assert ens.exact == (engine == "direct")
    return sample_of(ens)


N_LEAP, N_DIRECT = 900, 500


@cache
def event_by_event(name: str) -> Sample:
    return sample(LAWS[name], "direct", N_DIRECT, 2)


@pytest.mark.parametrize("name", every_other(LAWS))
def test_leap_agrees_with_direct_in_law(name: str) -> None:
    compare(sample(LAWS[name], "leap", N_LEAP, 1), event_by_event(name), TYPES).require()


@pytest.mark.slow
@pytest.mark.parametrize("name", LAWS)
def test_leap_agrees_with_direct_in_law_at_length(name: str) -> None:
    compare(sample(LAWS[name], "leap", 4000, 3), sample(LAWS[name], "direct", 2500, 4), TYPES).require()


def test_a_wrong_capacity_is_caught() -> None:
    wrong = ce.Logistic(capacity=1575, on="death")
    assert compare(sample(wrong, "leap", N_LEAP, 1), event_by_event("logistic-death"), TYPES).alarms


@pytest.mark.parametrize("on", ["birth", "death"])
def test_large_populations_fluctuate_about_the_mean_field(on: str) -> None:
    """One type, logistic: mean and variance by the linear noise approximation, exact for many cells.

    m' = r m (1 - m/K), v' = 2 r (1 - 2 m/K) v + (b + d)(m) m (van Kampen 1961, doi:10.1139/p61-056).
    """
    b, d, capacity, start = 1.0, 0.4, 1e9, 10**8
    r = b - d

    def slope(_: float, y: np.ndarray) -> list[float]:
        m, v = y
        x = m / capacity
        activity = (b + d + r * x) if on == "death" else (b + d - r * x)
        return [r * m * (1.0 - x), 2.0 * r * (1.0 - 2.0 * x) * v + activity * m]

    times = [2.0, 6.0, 15.0]
    exact = solve_ivp(slope, (0.0, 15.0), [start, 0.0], t_eval=times, method="DOP853", rtol=1e-11, atol=1e-3).y
    process = ce.BranchingProcess(types=["S"], birth=[b], death=[d], competition=ce.Logistic(capacity=capacity, on=on))
    n = 400
    ens = ce.simulate(process, initial={"S": start}, times=times, replicates=n, seed=5, engine="leap", tolerance=1e-5)
    for k in range(len(times)):
        cells = ens.counts[:, k, 0].astype(float)
        # The mean field of steps is off by a part of the tolerance, far below the tolerance itself.
        assert abs(cells.mean() / exact[0, k] - 1.0) < 1e-5 + 4.9 * np.sqrt(exact[1, k] / n) / exact[0, k]
        laws.require(laws.has_variance(cells, cells.mean(), exact[1, k] * (n - 1) / n, kurtosis=3.0), f"{times[k]}")


def test_auto_leaps_where_direct_would_take_hours() -> None:
    process = ce.BranchingProcess(
        types=TYPES,
        birth=[1.0, 0.9],
        death=[0.4, 0.5],
        mutation={("S", "R"): 1e-6},
        competition=ce.Logistic(capacity=1e12, on="death"),
    )
    ens = ce.simulate(process, initial={"S": 10**9}, times=[100.0], replicates=60, seed=1)
    assert "leap" in ens.engine
    mean = ce.mean_counts(process, initial={"S": 10**9}, times=[100.0])[0]
    ratio = ens.final / mean
    error = ratio.std(axis=0, ddof=1) / np.sqrt(60)
    assert (error < [1e-6, 3e-4]).all()
    # 4.9 standard errors: a false alarm in 1e6. An event in a thousand too many would be 8 of them.
    assert (abs(ratio.mean(axis=0) - 1.0) < 4.9 * error).all()
    small = ce.simulate(process, initial={"S": 10}, times=[2.0], replicates=2, seed=1)
    assert (small.engine, small.exact) == ("direct", True)


def test_auto_counts_events_to_the_stop_and_not_to_the_capacity() -> None:
    process = ce.BranchingProcess(types=["S"], birth=[0.2], death=[0.1], competition=ce.Logistic(capacity=1e9))
    engines = [
        ce.simulate(process, initial={"S": 50}, times=[1000.0], stop=ce.Stop(size=size), seed=1).engine
        for size in (1000, 10**8)
    ]
    assert engines[0] == "direct"
    assert "leap" in engines[1]
