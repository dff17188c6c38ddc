"""The Discrete Stochastic Models Test Suite (Evans, Gillespie & Wilkinson 2008, Bioinformatics 24:285).

Its rule: over n >= 10 000 runs, at each t = 0..50, Z = sqrt(n) (mean - mu)/sigma in (-3, 3) and
Y = sqrt(n/2) (S^2/sigma^2 - 1) in (-5, 5), S^2 about the true mean; a few misses over the whole suite are chance, since
50 correlated times make |Z| > 3 not rare. The misses are reported (``pytest -rP``); the gate is |Z| < 4.9 and
|Y| < 5 sqrt((kurtosis - 1)/2), the same five standard deviations of Y for a law that is not normal.

Covered: birth-death (001-01, -03, -04, -05), a sink that counts deaths (001-07, by switching), immigration-death
(002-01 to -04), and counts set at a time (002-09, -10, as two runs). Not branching processes: several offspring at once
(004) and dimerization (003).
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

import chemoevo as ce
from tests.statistical import _theory as theory
from tests.statistical._samples import every_other

N = 10_000
TIMES = np.arange(51.0)


def birth_death(birth: float, death: float) -> ce.BranchingProcess:
    return ce.BranchingProcess(types=["X"], birth=[birth], death=[death])


def immigration_death(alpha: float, mu: float) -> ce.BranchingProcess:
    return ce.BranchingProcess(
        types=["source", "X"], birth=[alpha, 0.0], death=[0.0, mu], mutation={("source", "X"): 1.0}
    )


def birth_death_moments(n0: float, birth: float, death: float, t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    net = birth - death
    return n0 * np.exp(net * t), n0 * (birth + death) / net * np.exp(net * t) * np.expm1(net * t)


def immigration_moments(alpha: float, mu: float, t: np.ndarray, n0: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    left = np.exp(-mu * t)
    arrived = alpha * -np.expm1(-mu * t) / mu
    return arrived + n0 * left, arrived + n0 * left * (1.0 - left)


def scores(counts: np.ndarray, mean: np.ndarray, variance: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Z, Y and the bound of |Y| at each time at which anything is random."""
    live = variance > 0
    x, mean, variance = counts[:, live].astype(float), mean[live], variance[live]
    n = len(x)
    z = np.sqrt(n) * (x.mean(axis=0) - mean) / np.sqrt(variance)
    squares = (x - mean) ** 2
    y = np.sqrt(n / 2.0) * (squares.mean(axis=0) / variance - 1.0)
    kurtosis = (squares**2).mean(axis=0) / variance**2
    return z, y, 5.0 * np.sqrt(np.maximum(kurtosis - 1.0, 2.0) / 2.0)


def judge(name: str, counts: np.ndarray, mean: np.ndarray, variance: np.ndarray) -> bool:
    z, y, bound = scores(counts, mean, variance)
    print(f"{name}: |Z| > 3 at {(abs(z) > 3).sum()}, |Y| > 5 at {(abs(y) > 5).sum()} of {len(z)} times")
    return bool((abs(z) < 4.9).all() and (abs(y) < bound).all())


BIRTH_DEATH = {
    "001-01": (100, 0.1, 0.11),
    "001-03": (100, 1.0, 1.1),
    "001-04": (10, 0.1, 0.11),
    "001-05": (10_000, 0.1, 0.11),
}
IMMIGRATION = {"002-01": (1.0, 0.1), "002-02": (10.0, 0.1), "002-03": (5.0, 0.1), "002-04": (1000.0, 0.1)}
RESET = {"002-09": (25.0, 50), "002-10": (22.5, 20)}


def test_published_values() -> None:
    assert [x[-1] for x in birth_death_moments(100, 0.1, 0.11, TIMES)] == pytest.approx(
        [60.65307, 22.38677**2], rel=1e-6
    )
    assert [x[-1] for x in birth_death_moments(100, 1.0, 1.1, TIMES)] == pytest.approx([0.67379, 3.74891**2], rel=1e-5)
    assert [x[-1] for x in immigration_moments(1.0, 0.1, TIMES)] == pytest.approx([9.93262, 3.15160594**2], rel=1e-6)
    for (time, count), (mean, sd) in zip(RESET.values(), ((13.2834, 3.59812), (10.63928, 3.24924)), strict=True):
        got = immigration_moments(1.0, 0.1, np.array([50.0 - time]), count)
        assert [x[0] for x in got] == pytest.approx([mean, sd**2], rel=1e-5)


@pytest.mark.parametrize("case", BIRTH_DEATH)
def test_birth_death(case: str, engine: str) -> None:
    n0, birth, death = BIRTH_DEATH[case]
    # Event by event, 10 000 cells for 50 days are 1e5 events per replicate and 1e9 in all: the long suite has them.
    n = 300 if (case, engine) == ("001-05", "direct") else N
    ens = ce.simulate(birth_death(birth, death), initial=[n0], times=TIMES, replicates=n, seed=1, engine=engine)
    assert judge(case, ens.counts[:, :, 0], *birth_death_moments(n0, birth, death, TIMES))


@pytest.mark.slow
def test_birth_death_of_many_cells_event_by_event() -> None:
    n0, birth, death = BIRTH_DEATH["001-05"]
    ens = ce.simulate(birth_death(birth, death), initial=[n0], times=TIMES, replicates=N, seed=1, engine="direct")
    assert judge("001-05", ens.counts[:, :, 0], *birth_death_moments(n0, birth, death, TIMES))


@cache
def sink_moments() -> list[tuple[np.ndarray, np.ndarray]]:
    reference = ce_free(0.1, 0.11)
    return [theory.moments(reference, [100, 0], t) for t in TIMES]


def test_deaths_counted_in_a_sink(engine: str) -> None:
    process = ce.BranchingProcess(
        types=["X", "sink"], birth=[0.1, 0.0], death=[0.0, 0.0], switching={("X", "sink"): 0.11}
    )
    ens = ce.simulate(process, initial=[100, 0], times=TIMES, replicates=N, seed=2, engine=engine)
    moments = sink_moments()
    mean = np.array([m[1] for m, _ in moments])
    variance = np.array([c[1, 1] for _, c in moments])
    assert (mean[-1], variance[-1] ** 0.5) == pytest.approx((432.8163, 68.93673), rel=1e-6)
    assert judge("001-07, sink", ens.counts[:, :, 1], mean, variance)
    assert judge("001-07", ens.counts[:, :, 0], *birth_death_moments(100, 0.1, 0.11, TIMES))


def ce_free(birth: float, death: float) -> theory.Process:
    none = [[0.0, 0.0], [0.0, 0.0]]
    return theory.Process([[birth, 0.0]], [[0.0, 0.0]], [none], [[[0.0, death], [0.0, 0.0]]])


@pytest.mark.parametrize("case", every_other(IMMIGRATION))
def test_immigration_death(case: str, engine: str) -> None:
    alpha, mu = IMMIGRATION[case]
    # 50 000 founded cells a replicate: fewer replicates in the short suite, all in the long one.
    n = 200 if case == "002-04" else N
    ens = ce.simulate(
        immigration_death(alpha, mu), initial={"source": 1}, times=TIMES, replicates=n, seed=3, engine=engine
    )
    assert judge(case, ens.counts[:, :, 1], *immigration_moments(alpha, mu, TIMES))
    assert not judge("arrivals 5 % low", ens.counts[:, :, 1], *immigration_moments(1.05 * alpha, mu, TIMES))


@pytest.mark.slow
@pytest.mark.parametrize("part", range(5))
def test_much_immigration(engine: str, part: int) -> None:
    # 5e8 founded cells in all 10 000 replicates of the suite: three thousand of them, in parts that stay short.
    n = 600
    ens = ce.simulate(
        immigration_death(1000.0, 0.1), initial={"source": 1}, times=TIMES, replicates=range(part * n, (part + 1) * n),
        seed=3, engine=engine,
    )  # fmt: skip
    assert judge("002-04", ens.counts[:, :, 1], *immigration_moments(1000.0, 0.1, TIMES))


@pytest.mark.parametrize("case", RESET)
def test_count_set_at_a_time(case: str, engine: str) -> None:
    """Two runs: up to the time at which the count is set, and on from there."""
    time, count = RESET[case]
    process = immigration_death(1.0, 0.1)
    before, after = TIMES[time > TIMES], TIMES[time <= TIMES] - time
    first = ce.simulate(process, initial={"source": 1}, times=before, replicates=N, seed=4, engine=engine)
    second = ce.simulate(process, initial={"source": 1, "X": count}, times=after, replicates=N, seed=5, engine=engine)
    assert judge(f"{case}, before", first.counts[:, :, 1], *immigration_moments(1.0, 0.1, before))
    assert judge(f"{case}, after", second.counts[:, :, 1], *immigration_moments(1.0, 0.1, after, count))


def test_a_planted_error_is_caught(engine: str) -> None:
    ens = ce.simulate(birth_death(0.1, 0.1155), initial=[100], times=TIMES, replicates=N, seed=1, engine=engine)
    assert not judge("deaths 5 % high", ens.counts[:, :, 0], *birth_death_moments(100, 0.1, 0.11, TIMES))
    ens = ce.simulate(birth_death(0.12, 0.13), initial=[100], times=TIMES, replicates=N, seed=1, engine=engine)
    assert not judge("turnover high, same mean", ens.counts[:, :, 0], *birth_death_moments(100, 0.1, 0.11, TIMES))
