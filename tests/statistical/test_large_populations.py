"""Up to 1e12 cells and beyond: means, variances, laws and extinction keep their digits."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import chemoevo as ce
from tests.statistical import _laws as laws
from tests.statistical import _theory as theory
from tests.statistical.models import Model


def normal_verdict(counts: np.ndarray, mean: float, variance: float) -> laws.Verdict:
    """Many independent families: the standardized count is normal to 1e-4 and better."""
    z = (counts.astype(float) - mean) / variance**0.5
    verdict = laws.Verdict()
    verdict.add("mean", laws.has_mean(z, 0.0, 1.0))
    verdict.add("variance", laws.has_variance(z, 0.0, 1.0, 3.0))
    verdict.add("law", laws.follows_cdf(z, stats.norm.cdf))
    return verdict


CASES = [
    # birth, death, days
    (0.14, 0.13, 100.0),
    (1.0, 0.5, 3.0),
    (0.5, 1.0, 6.0),
    (1.0, 1.0, 2.0),
    (0.0, 0.3, 4.0),
    (0.4, 0.0, 5.0),
    (0.14, 0.13999999, 365.0),
]


@pytest.mark.parametrize("cells", [10**8, 10**12, 10**14], ids="{:.0e}".format)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_counts_of_very_many_cells(case: tuple[float, float, float], cells: int) -> None:
    birth, death, time = case
    model = Model("large", ("S",), [birth], [death], {"S": cells}, (time / 2, time))
    ens = ce.simulate(model.process, initial=[cells], times=[time / 2, time], replicates=20_000, seed=1, engine="bnb")
    verdict = laws.Verdict()
    for t in range(2):
        mean, covariance = theory.moments(model.reference, [cells], model.times[t])
        verdict.update(normal_verdict(ens.counts[:, t, 0], mean[0], covariance[0, 0]), f"[{t}] ")
    verdict.require()


@pytest.mark.usefixtures("all_or_kept")
@pytest.mark.parametrize("cells", [10**6, 10**9, 10**12], ids="{:.0e}".format)
def test_therapy_of_very_many_cells(cells: int) -> None:
    """Cycles of kill and regrowth, and a resection, on top of mutation back and forth at 1e-10."""
    model = Model(
        "therapy", ("S", "R"),
        [[0.2, 0.19], [0.15, 0.19], [0.2, 0.19], [0.15, 0.19], [0.2, 0.19]],
        [[0.15, 0.15], [0.75, 0.15], [0.15, 0.15], [0.75, 0.15], [0.15, 0.15]],
        {"S": cells, "R": cells // 10**4}, (2.0, 10.0, 30.0),
        mutation={("S", "R"): 1e-10, ("R", "S"): 1e-10}, breakpoints=(3.0, 8.0, 14.0, 19.0),
        pulses=((20.0, {"S": 0.3, "R": 0.2}),),
    )  # fmt: skip
    ens = ce.simulate(
        model.process, initial=dict(model.initial), times=list(model.times), replicates=20_000, seed=2, engine="bnb"
    )
    verdict = laws.Verdict()
    for t, time in enumerate(model.times):
        mean, covariance = theory.moments(model.reference, model.start, time)
        for i in range(2):
            column = ens.counts[:, t, i]
            verdict.add(f"mean of {i} at {time}", laws.has_mean(column, mean[i], covariance[i, i] ** 0.5))
            verdict.add(f"variance of {i} at {time}", laws.has_variance(column, mean[i], covariance[i, i]))
    verdict.require()


@pytest.mark.usefixtures("all_or_kept")
@pytest.mark.parametrize("cells", [10**9, 10**12], ids="{:.0e}".format)
def test_extinction_of_very_many_cells(cells: int) -> None:
    birth, death = 0.3, 1.0
    process = ce.BranchingProcess(types=["S"], birth=[birth], death=[death])
    alive = lambda t: (death - birth) / (death * np.exp((death - birth) * t) - birth)  # noqa: E731
    cdf = lambda t: np.where(t > 0, np.exp(cells * np.log1p(-alive(np.maximum(t, 1e-9)))), 0.0)  # noqa: E731
    # A horizon at which about half of the replicates have died out.
    horizon = float(np.log(cells) / (death - birth))
    p = float(cdf(np.array(horizon)))
    assert 0.2 < p < 0.8
    ens = ce.simulate(process, initial=[cells], times=[horizon / 2, horizon], replicates=20_000, seed=3, engine="bnb")
    extinct = (ens.outcomes["outcome"] == "extinct").to_numpy()
    laws.require(laws.has_probability(int(extinct.sum()), 20_000, p))
    laws.require(laws.follows_cdf(ens.outcomes["time"].to_numpy()[extinct], lambda t: cdf(t) / p))
    assert laws.has_probability(int(extinct.sum()), 20_000, float(cdf(np.array(horizon * 1.02)))) < laws.FALSE_ALARM
    answer = ce.extinction_probability(process, initial=[cells], times=[horizon])[0]
    assert answer == pytest.approx(p, rel=1e-8)


def test_counts_near_the_end_of_exact_floats() -> None:
    """Counts above 2^53 are whole and do not stick to multiples: no float64 on the way."""
    process = ce.BranchingProcess(types=["S"], birth=[0.5], death=[0.5])
    cells = 2**53 + 12_345
    ens = ce.simulate(process, initial=[cells], times=[1e-12], replicates=4000, seed=4, engine="bnb",
                      limits=ce.Limits(size=2**62))  # fmt: skip
    changes = ens.counts[:, 0, 0].astype(np.int64) - cells
    # About 9000 births and deaths: a normal law with that variance. Odd changes must be as frequent as even ones.
    laws.require(laws.has_probability(int((changes % 2).sum()), 4000, 0.5))
    laws.require(laws.has_mean(changes, 0.0, (cells * 1e-12) ** 0.5))
    laws.require(laws.has_variance(changes, 0.0, cells * 1e-12, 3.0))


def test_growth_past_the_limit_ends_as_an_outcome() -> None:
    process = ce.BranchingProcess(types=["S"], birth=[1.0], death=[0.1])
    ens = ce.simulate(process, initial=[1000], times=[100.0, 1000.0], replicates=5, seed=5, engine="bnb")
    assert (ens.outcomes["outcome"] == "size_limit").all()
    assert (ens.final[:, 0] == 5 * 10**15).all()
    assert (ens.counts[:, :, 0] == 5 * 10**15).all()
    largest = ce.simulate(process, initial=[1000], times=[1000.0], replicates=5, seed=5, engine="bnb",
                          limits=ce.Limits(size=2**62))  # fmt: skip
    assert (largest.final[:, 0] == 2**62).all()


def test_planted_errors_are_caught() -> None:
    model = Model("large", ("S",), [0.14], [0.13], {"S": 10**12}, (50.0,))
    mean, covariance = theory.moments(model.reference, [10**12], 50.0)
    # The right mean, and a turnover 5 % high.
    wrong = model.but(birth=[0.1475], death=[0.1375])
    ens = ce.simulate(wrong.process, initial=[10**12], times=[50.0], replicates=20_000, seed=1, engine="bnb")
    assert normal_verdict(ens.counts[:, 0, 0], mean[0], covariance[0, 0]).alarms
    # A relative error of 1e-7 in the net growth rate is a shift of many standard deviations.
    wrong = model.but(birth=[0.14 + 1e-7])
    ens = ce.simulate(wrong.process, initial=[10**12], times=[50.0], replicates=2000, seed=1, engine="bnb")
    assert normal_verdict(ens.counts[:, 0, 0], mean[0], covariance[0, 0]).alarms
