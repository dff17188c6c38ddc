"""Waiting for the first mutation or switch: the values that event-skipping must reproduce."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate

import chemoevo as ce
from tests.statistical import _laws as laws

N = 200_000


def special(birth: float, death: float, rate: float, *, by: str) -> ce.BranchingProcess:
    """One type with special events at `rate`, which found cells of a type that neither divides nor dies."""
    if by == "switching":
        return ce.BranchingProcess(
            types=["S", "M"], birth=[birth, 0.0], death=[death, 0.0], switching={("S", "M"): rate}
        )
    total = birth + rate
    return ce.BranchingProcess(
        types=["S", "M"], birth=[total, 0.0], death=[death, 0.0], mutation={("S", "M"): rate / total}
    )


def no_event(founders: int, birth: float, death: float, rate: float, time: float) -> float:
    """P(no special event): dF/dt = b F^2 - (b + d + m) F + d from F(0) = 1, to the power of the founders."""
    slope = lambda _, f: birth * f * f - (birth + death + rate) * f + death  # noqa: E731
    f = integrate.solve_ivp(slope, (0.0, time), [1.0], method="DOP853", rtol=1e-12, atol=1e-14).y[0, -1]
    return float(f**founders)


CASES = [
    # founders, plain births, deaths, special events, time, P(no special event)
    (10, 1.0, 0.5, 0.02, 4.0, 0.12304),
    (5, 0.3, 1.0, 0.05, 3.0, 0.73881),
    (3, 1.0, 0.0, 0.1, 2.0, 0.19329),
]


@pytest.mark.parametrize("by", ["mutation", "switching"])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_probability_of_no_special_event(case: tuple[float, ...], by: str, engine: str) -> None:
    founders, birth, death, rate, time, expected = case
    assert no_event(int(founders), birth, death, rate, time) == pytest.approx(expected, abs=6e-6)
    ens = ce.simulate(
        special(birth, death, rate, by=by), initial=[founders, 0], times=[time], replicates=N, seed=5, engine=engine
    )
    hits = int((ens.counts[:, 0, 1] == 0).sum())
    laws.require(laws.has_probability(hits, N, no_event(int(founders), birth, death, rate, time)))
    # A rate 5 % off would have been seen.
    wrong = no_event(int(founders), birth, death, rate * 1.05, time)
    assert laws.has_probability(hits, N, wrong) < laws.FALSE_ALARM


@pytest.mark.parametrize("birth", [0.0, 0.3])
@pytest.mark.parametrize("founders", [10**8, 10**12], ids="{:.0e}".format)
def test_first_event_among_very_many_cells(founders: int, birth: float) -> None:
    """The time of the first of very many rare events is exponential; the naive inversion of it loses every digit."""
    process = special(birth, 0.3, 1.0 / founders, by="switching")
    times = np.array([0.01, 0.1, 0.3, 1.0, 3.0, 8.0])
    ens = ce.simulate(process, initial=[founders, 0], times=times, replicates=20_000, seed=6, engine="bnb")
    # The hazard is the mean number of parents over the founders: 1, or exp(-0.3 t) where they only die.
    hazard = times if birth == 0.3 else -np.expm1(-0.3 * times) / 0.3
    verdict = laws.Verdict()
    for t, time in enumerate(times):
        hits = int((ens.counts[:, t, 1] == 0).sum())
        verdict.add(f"none by {time}", laws.has_probability(hits, 20_000, float(np.exp(-hazard[t]))))
    verdict.require()


def test_number_of_founded_cells_among_very_many() -> None:
    """1e12 cells that neither divide nor die, and switch at 1e-9: a binomial number, here practically Poisson(1000)."""
    process = special(0.0, 0.0, 1e-9, by="switching")
    ens = ce.simulate(process, initial=[10**12, 0], times=[0.5, 1.0], replicates=4000, seed=7, engine="bnb")
    founded = ens.counts[:, :, 1].astype(float)
    verdict = laws.Verdict()
    for t, time in enumerate((0.5, 1.0)):
        mean = -(10**12) * np.expm1(-1e-9 * time)
        verdict.add(f"mean at {time}", laws.has_mean(founded[:, t], mean, mean**0.5))
        verdict.add(f"variance at {time}", laws.has_variance(founded[:, t], mean, mean, 3.0 + 1.0 / mean))
    verdict.add("increments are independent", laws.independent(founded[:, 0], founded[:, 1] - founded[:, 0]))
    verdict.require()
    assert (ens.counts.sum(axis=2) == 10**12).all()
