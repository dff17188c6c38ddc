"""Starting again after extinction: the number of rejected runs, and the law given arrival."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from scipy import stats

import chemoevo as ce
from tests.statistical import _laws as laws
from tests.statistical import _theory as theory
from tests.statistical._samples import Sample, by_engine, by_reference, compare
from tests.statistical.models import Model

LINE = Model("line", ("S",), [1.0], [0.8], {"S": 1}, (1e4,))
CLONES = Model("clones", ("S", "R"), [1.0, 0.9], [0.7, 0.4], {"S": 2}, (1.0, 4.0, 500.0),
               mutation={("S", "R"): 0.04}, switching={("R", "S"): 0.02})  # fmt: skip


@cache
def _reference(stop: ce.Stop) -> Sample:
    return by_reference(CLONES, 800, 41, stop=stop)


@pytest.mark.parametrize("size", [40, 2000])
def test_rejected_runs_are_geometric(size: int, engine: str) -> None:
    n = 20_000 if size == 40 else 4000
    sample = by_engine(LINE, engine, n, 601, stop=ce.Stop(size=size, retry=True))
    assert (sample.outcome == "stopped").all()
    assert (sample.final[:, 0] == size).all()
    p = theory.gamblers_ruin(1, size, 0.8)
    laws.require(laws.follows_pmf(sample.rejected, stats.geom.pmf(np.arange(1, 200), p)))
    wrong = theory.gamblers_ruin(2, size, 0.8)
    assert laws.follows_pmf(sample.rejected, stats.geom.pmf(np.arange(1, 200), wrong)) < laws.FALSE_ALARM


def test_time_given_arrival(engine: str) -> None:
    sample = by_engine(LINE, engine, 20_000, 602, stop=ce.Stop(size=40, retry=True))
    grid = np.linspace(0.0, 200.0, 2001)[1:]
    reached, _ = theory.passage(LINE.reference, 1, 40, grid)
    laws.require(laws.follows_cdf(sample.time, lambda t: np.interp(t, [0.0, *grid], [0.0, *(reached / reached[-1])])))
    laws.require(laws.independent(sample.rejected, sample.time), "attempts are independent")


def test_retry_agrees_with_the_reference_in_law(engine: str) -> None:
    stop = ce.Stop(size=50, retry=True)
    sample = by_engine(CLONES, engine, 20_000, 603, stop=stop)
    compare(sample, _reference(stop), CLONES.types).require()
    # Planted: births a twentieth too frequent, mutation counted twice, a run that died out not counted.
    for change in ({"birth": [1.05, 0.9]}, {"mutation": {("S", "R"): 0.08}}):
        wrong = by_engine(CLONES.but(**change), engine, 20_000, 603, stop=stop)
        assert compare(wrong, _reference(stop), CLONES.types).alarms, change
    fewer = replace(sample, rejected=np.maximum(sample.rejected - 1, 0))
    assert compare(fewer, _reference(stop), CLONES.types).alarms


def test_retry_is_the_law_given_arrival(engine: str) -> None:
    again = by_engine(CLONES, engine, 20_000, 604, stop=ce.Stop(size=50, retry=True))
    once = by_engine(CLONES, engine, 40_000, 605, stop=ce.Stop(size=50))
    arrived = once.outcome == "stopped"
    laws.require(laws.same_continuous_law(again.time, once.time[arrived]))
    laws.require(laws.same_discrete_law(again.final[:, 1], once.final[arrived, 1]))
    laws.require(laws.same_joint_law(again.counts[:, 0], once.counts[arrived, 0]))


def test_without_retry_nothing_is_rejected(engine: str) -> None:
    ens = ce.simulate(
        LINE.process, initial=[1], times=[50.0], replicates=100, seed=1, engine=engine, stop=ce.Stop(size=40)
    )
    assert "rejected" not in ens.outcomes.columns


def test_a_run_that_lasts_to_the_horizon_is_not_rejected(engine: str) -> None:
    sample = by_engine(LINE.but(times=(3.0,)), engine, 5000, 606, stop=ce.Stop(size=8, retry=True))
    assert set(sample.outcome) == {"stopped", "alive"}
    assert (sample.final.sum(axis=1) > 0).all()


def test_retry_from_nobody_is_refused(engine: str) -> None:
    with pytest.raises(ce.ModelError, match="initial"):
        ce.simulate(LINE.process, initial=[0], times=[5.0], seed=1, engine=engine, stop=ce.Stop(size=40, retry=True))


def test_retry_without_hope_blows_the_fuse(engine: str) -> None:
    """A population that practically never arrives (gambler's ruin: 1e-118 an attempt): the fuse of events ends it."""
    process = ce.BranchingProcess(types=["S"], birth=[0.01], death=[1.0])
    ens = ce.simulate(
        process, initial=[3], times=[1e3], replicates=2, seed=1, engine=engine,
        stop=ce.Stop(size=60, retry=True), limits=ce.Limits(events=10_000),
    )  # fmt: skip
    assert set(ens.outcomes["outcome"]) == {"event_limit"}


def test_retry_is_refused_where_nothing_divides(engine: str) -> None:
    process = ce.BranchingProcess(types=["S"], birth=[0.0], death=[1.0])
    with pytest.raises(ce.ModelError, match=r"stop\.size is never reached"):
        ce.simulate(process, initial=[3], times=[5.0], seed=1, engine=engine, stop=ce.Stop(size=40, retry=True))
