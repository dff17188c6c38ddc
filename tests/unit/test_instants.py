"""Times that are equal up to rounding are one time: 0.1 * 3 is 0.3."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import chemoevo as ce
from chemoevo.base.instants import ONE, on_instants
from tests.unit.ensembles import scenario

LOOKS = [k / 10 for k in range(1, 11)]
PULSES = [ce.Pulse(time=0.1 * k, survival={"S": 0.5}) for k in range(1, 11)]
STILL = ce.BranchingProcess(types=["S"], birth=[0.0], death=[0.0], pulses=PULSES)


def test_increasing_times_stay_increasing_at_an_instant() -> None:
    times = np.array([0.5, 1.0 - 2e-16, 1.0, 1.0 + 4e-16, 2.0])
    found = on_instants(times, np.array([1.0]))
    assert (np.diff(found) > 0).all()
    assert found[1] == 1.0
    assert np.abs(found - times).max() < 1e-15
    # A pulse is seen at all of them.
    process = ce.BranchingProcess(types=["S"], birth=[0.0], death=[0.0], pulses=[ce.Pulse(time=1.0, survival={"S": 0})])
    for engine in ("auto", "direct", "bnb"):
        ens = ce.simulate(process, initial=[5], times=times, seed=1, engine=engine)  # type: ignore[arg-type]
        assert ens.counts[0, :, 0].tolist() == [5, 0, 0, 0, 0]
    assert ce.extinction_probability(process, initial=[5], times=times).tolist() == [0, 1, 1, 1, 1]


def test_looks_meet_the_pulses_that_they_are_at() -> None:
    assert any(0.1 * k != k / 10 for k in range(1, 11))
    want = [2**-k for k in range(1, 11)]
    assert ce.mean_counts(STILL, initial={"S": 1024}, times=LOOKS).ravel().tolist() == [1024 * x for x in want]
    assert ce.survival_probability(STILL, initial={"S": 1}, times=LOOKS).tolist() == pytest.approx(want, rel=1e-12)
    assert ce.extinction_time(STILL, initial={"S": 1}).survival(LOOKS).tolist() == pytest.approx(want, rel=1e-12)
    mean, _ = ce.moments(STILL, initial={"S": 1024}, times=LOOKS)
    assert mean.ravel().tolist() == pytest.approx([1024 * x for x in want], rel=1e-12)
    for k in (3, 6, 7):
        assert ce.cure_probability(STILL, initial={"S": 1}, horizon=k / 10).value == pytest.approx(1 - want[k - 1])
        law = ce.count_distribution(STILL, of="S", initial={"S": 1}, time=k / 10, max_count=1)
        assert law[1] == pytest.approx(want[k - 1])
        table = ce.sensitivities(STILL, question="survival", initial={"S": 1}, time=k / 10, with_respect_to=["pulses"])
        by = [row["derivative"] for row in table.to_dicts() if ".survival[S]" in row["parameter"]]
        assert [x != 0 for x in by] == [j < k for j in range(10)]


@pytest.mark.parametrize("engine", ["direct", "bnb", "leap"])
def test_simulated_looks_meet_the_pulses_too(engine: str) -> None:
    ens = ce.simulate(STILL, initial={"S": 10**9}, times=LOOKS, seed=1, engine=engine)
    # A binomial of a billion is within one in a thousand of its mean, but for one draw in 1e200.
    assert ens.counts[0, :, 0] / 1e9 == pytest.approx([2**-k for k in range(1, 11)], rel=1e-1)
    assert ens.times.tolist() == LOOKS
    # Planted: the looks of which 0.1 k is above k / 10 before their pulse.
    assert ens.counts[0, 2, 0] / ens.counts[0, 1, 0] < 0.6


def test_there_is_no_absolute_tolerance() -> None:
    instants = np.array([0.0, 1e-300, 1.0, 1e300])
    times = np.array(
        [0.0, 1e-320, 1e-300 * (1 + 2 * ONE), 1.0 - ONE / 2, 1.0 + ONE / 2, 1.0 + 3 * ONE, 1e300 * (1 - ONE / 2)]
    )
    # Each by itself: several at one instant follow each other.
    found = [float(on_instants(times[k : k + 1], instants)[0]) for k in range(len(times))]
    assert found == [0.0, 1e-320, times[2], 1.0, 1.0, times[5], 1e300]
    assert on_instants(times, np.empty(0)) is times
    assert on_instants(np.array([2.0, 3.0]), instants).tolist() == [2.0, 3.0]


def test_looks_of_a_scenario_end_at_its_horizon() -> None:
    model = scenario().replace({"follow_up": {"horizon": 0.3, "looks_every": 0.1}})
    assert model.looks.tolist() == [0.0, 0.1, 0.2, 0.3]
    assert model.times.tolist() == [0.0, 0.1, 0.2, 0.3]


@pytest.mark.parametrize("shift", [1 + 8e-15, 1 - 8e-15])
@pytest.mark.parametrize("record", ["clones", ce.Crossings(size=[1, 5])])
def test_no_history_ends_after_its_last_look(shift: float, record: Any) -> None:
    """At a pulse that kills all, and is at the last look but for rounding."""
    pulse = ce.Pulse(time=shift, survival={"S": 0.0})
    process = ce.BranchingProcess(types=["S"], birth=[1.0], death=[0.5], pulses=[pulse])
    ens = ce.simulate(process, initial={"S": 9}, times=[0.5, 1.0], replicates=20, seed=1, record=record)
    assert set(ens.outcomes["outcome"]) == {"extinct"}
    assert ens.outcomes["time"].max() == 1.0
    assert (ens.final == 0).all()
    if record == "clones":
        assert ens.clones["extinct_at"].max() == 1.0
