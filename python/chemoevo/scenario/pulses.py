"""What acts at an instant: surgery and the fractions of radiotherapy, as pulses of the process under therapy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from chemoevo.process.pulse import Pulse
from chemoevo.resistance.therapy import oxygen_at
from chemoevo.scenario.under_therapy import under_therapy

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chemoevo.scenario.fields import ScenarioFields


def instants(scenario: ScenarioFields) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Times and survivals of all pulses: surgery first, then the fractions, a course after the other.

    Returns
    -------
    tuple
        (days) The times, and probabilities of survival, of shape (pulses, types). Also those that come after the
        horizon. Cells that are damaged already survive fractions.
    """
    types = scenario.types
    factors = scenario.genotypes.radiosensitivity[types.of_genotype]
    number = len(types)
    times, survivals = [np.empty(0)], [np.empty((0, number))]
    if scenario.surgery is not None:
        times.append(np.zeros(1))
        survivals.append(np.full((1, number), scenario.surgery.survival(scenario.tumor.size)))
    for course in scenario.radiotherapy:
        days = course.times()
        times.append(days)
        each = np.ones((len(days), number))
        each[:, : len(factors)] = course.survival(_oxygen(scenario, days), factors)
        survivals.append(each)
    return np.concatenate(times), np.concatenate(survivals)


def _oxygen(scenario: ScenarioFields, days: NDArray[np.float64]) -> NDArray[np.float64]:
    """(mmHg) Around cells of every type that is alive, (times, types): niche therapies move it."""
    types = scenario.types
    around: NDArray[np.float64] = np.broadcast_to(types.oxygen, (len(days), len(types.alive)))
    if any(one.oxygen is not None for one in scenario.niche_therapies):
        moved = oxygen_at(days * 24.0, **under_therapy(scenario))
        around = around * moved[types.of_niche].T
    return around


def given(times: NDArray[np.float64], horizon: float) -> NDArray[np.int64]:
    """Which of the pulses are given, in order of time: those before the horizon (days), as it is with doses."""
    # Times that are equal up to rounding are one time.
    before = np.flatnonzero(times < horizon * (1.0 - 1e-12))
    order: NDArray[np.int64] = before[np.argsort(times[before], kind="stable")]
    return order


def pulses(scenario: ScenarioFields) -> list[Pulse]:
    """The pulses that are given."""
    times, survivals = instants(scenario)
    names = scenario.types.names
    return [
        Pulse(time=float(times[i]), survival=dict(zip(names, survivals[i].tolist(), strict=True)))
        for i in given(times, scenario.follow_up.horizon)
    ]
