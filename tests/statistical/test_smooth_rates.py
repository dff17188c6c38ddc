"""Simulation under continuously changing rates against the exact law of those rates, not of the sampled process."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy import integrate, stats

import chemoevo as ce
from chemoevo.ensemble.request import Engine
from tests.reference.smooth import hill_kill, kendall, sinus
from tests.statistical import _laws as laws

N = 20_000
FOUNDERS = 12
UNTIL, KINK = 6.0, 3.0


def pmf(top: int) -> np.ndarray:
    """P(N = 0..top) at the end: a binomial number of families that live, each geometric."""
    _, alive, mean = kendall(sinus, hill_kill, UNTIL, (KINK,))
    survivors = stats.binom.pmf(np.arange(FOUNDERS + 1), FOUNDERS, alive)
    result = np.zeros(top + 1)
    result[0] = survivors[0]
    n = np.arange(top + 1)
    for k in range(1, FOUNDERS + 1):
        result[k:] += survivors[k] * stats.nbinom.pmf(n[k:] - k, k, alive / mean)
    return result


def verdict(engine: Engine, seed: int, death: Callable[[float], float] = hill_kill) -> laws.Verdict:
    process = ce.BranchingProcess.from_rates(
        types=["S"], rates=lambda t: ([sinus(t)], [death(t)]), until=UNTIL, breakpoints=[KINK]
    )
    ens = ce.simulate(process, initial=[FOUNDERS], times=[UNTIL], replicates=N, seed=seed, engine=engine)
    counts = ens.counts[:, 0, 0]
    found = laws.Verdict()
    found.add("counts", laws.follows_pmf(counts, pmf(int(counts.max()) + 100)))
    extinct = kendall(sinus, hill_kill, UNTIL, (KINK,))[0] ** FOUNDERS
    found.add("extinct", laws.has_probability(int((counts == 0).sum()), N, extinct))
    return found


@pytest.mark.parametrize("engine", ["direct", "bnb"])
def test_counts_follow_kendalls_law(engine: Engine) -> None:
    verdict(engine, 611).require()


def test_a_kill_of_a_twentieth_less_is_caught() -> None:
    assert verdict("bnb", 612, lambda t: 0.95 * hill_kill(t)).alarms


def mutant_rates(t: float) -> tuple[list[float], list[float]]:
    return [sinus(t), 0.25], [hill_kill(t), 0.1 + 0.1 * math.cos(t) ** 2]


def mutants_present(u: float, start: int) -> float:
    """P(some R at the end) from S cells: the backward equations of the true rates, by scipy."""

    def slope(back: float, g: np.ndarray) -> list[float]:
        (b0, b1), (d0, d1) = mutant_rates(UNTIL - back)
        change = (b0 - d0) * g[0] - b0 * g[0] ** 2 + b0 * (1.0 - g[0]) * u * (g[1] - g[0])
        return [change, (b1 - d1) * g[1] - b1 * g[1] ** 2]

    options = {"method": "DOP853", "rtol": 1e-12, "atol": 1e-30}
    late = integrate.solve_ivp(slope, (0.0, UNTIL - KINK - 1e-12), [0.0, 1.0], **options).y[:, -1]
    early = integrate.solve_ivp(slope, (UNTIL - KINK + 1e-12, UNTIL), late, **options).y[:, -1]
    return float(-np.expm1(start * np.log1p(-early[0])))


@pytest.mark.parametrize("engine", ["direct", "bnb"])
def test_mutants_are_as_frequent_as_the_true_rates_make_them(engine: Engine) -> None:
    u, start = 5e-3, 50
    process = ce.BranchingProcess.from_rates(
        types=["S", "R"], rates=mutant_rates, until=UNTIL, breakpoints=[KINK], mutation={("S", "R"): u}
    )
    ens = ce.simulate(process, initial=[start, 0], times=[UNTIL], replicates=N, seed=613, engine=engine)
    hits = int((ens.counts[:, 0, 1] > 0).sum())
    laws.require(laws.has_probability(hits, N, mutants_present(u, start)))
    # The planted error: mutations a tenth rarer.
    assert laws.has_probability(hits, N, mutants_present(0.9 * u, start)) < laws.FALSE_ALARM


def rhythm(t: float) -> tuple[list[float], list[float]]:
    return [0.6 * (1.0 + 0.8 * math.sin(2.0 * math.pi * t)), 0.5], [0.2, 0.3 + 0.2 * math.cos(3.0 * t)]


def arrival(engine: Engine, seed: int, size: int) -> ce.Ensemble:
    """The first passage of a size, on a grid so fine that one step of `bnb` passes many intervals."""
    process = ce.BranchingProcess.from_rates(
        types=["S", "R"], rates=rhythm, until=12.0, between=1e-6, mutation={("S", "R"): 1e-2}
    )
    assert len(process.birth) > 5000
    stop = ce.Stop(size=size)
    return ce.simulate(
        process, initial=[200, 0], times=[12.0], replicates=2000, seed=seed, engine=engine, stop=stop, threads=2
    )


def test_first_passage_on_a_fine_grid_has_the_law_of_counted_events() -> None:
    counted, skipped, later = arrival("direct", 614, 2000), arrival("bnb", 615, 2000), arrival("bnb", 616, 2080)
    assert (skipped.final.sum(axis=1)[skipped.outcomes["outcome"] == "stopped"] == 2000).all()
    found = laws.Verdict()
    found.add("time", laws.same_continuous_law(counted.outcomes["time"], skipped.outcomes["time"]))
    found.add("mutants", laws.same_discrete_law(counted.final[:, 1], skipped.final[:, 1]))
    found.require()
    # The planted error: a size overshot by a twenty-fifth.
    assert laws.same_continuous_law(counted.outcomes["time"], later.outcomes["time"]) < laws.FALSE_ALARM
