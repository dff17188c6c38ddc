"""The comparison of samples finds the errors that simulators of this process are known for.

Wrong rates are given to an engine and compared as the engines are with each other; wrong events are planted in the
reference and compared as the engines are with the reference. The comparison that the engines must pass flags them all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from tests.reference import simulator
from tests.reference.simulator import Event
from tests.statistical._samples import Sample, by_engine, by_reference, compare, reference_of
from tests.statistical.models import BY_NAME, Model

N = 20_000  # as `test_engines_and_each_other` has in the short suite


def both_daughters_mutate(process: simulator.Process, interval: int) -> list[list[Event]]:
    """Both daughters of a mutant division are mutants."""
    return [
        [Event(e.rate, (*e.change, (i, -1), (e.change[0][0], +1))) if _is_mutation(i, e) else e for e in events]
        for i, events in enumerate(simulator.events_of(process, interval))
    ]


def parent_is_lost(process: simulator.Process, interval: int) -> list[list[Event]]:
    """A mutant division leaves the mutant only."""
    return [
        [Event(e.rate, (*e.change, (i, -1))) if _is_mutation(i, e) else e for e in events]
        for i, events in enumerate(simulator.events_of(process, interval))
    ]


def mutation_on_top_of_division(process: simulator.Process, interval: int) -> list[list[Event]]:
    """Mutant divisions come in addition to all plain ones."""
    return [
        [Event(process.birth[interval][i], e.change) if e.change == ((i, +1),) else e for e in events]
        for i, events in enumerate(simulator.events_of(process, interval))
    ]


def switch_keeps_the_parent(process: simulator.Process, interval: int) -> list[list[Event]]:
    """A switching cell appears in the new type and stays in the old."""
    return [
        [Event(e.rate, e.change[1:]) if len(e.change) == 2 else e for e in events]
        for events in simulator.events_of(process, interval)
    ]


def _is_mutation(parent: int, event: Event) -> bool:
    return len(event.change) == 1 and event.change[0][1] == +1 and event.change[0][0] != parent


def scaled(rates: object, factor: float) -> list:
    return (np.asarray(rates, dtype=float) * factor).tolist()


def late_pulses(model: Model) -> Model:
    """Pulses act just after the observation at their instant."""
    return model.but(pulses=tuple((time + 1e-9, p) for time, p in model.pulses))


def kill_on_birth(model: Model) -> Model:
    """What should raise the death rate in the second interval lowers the birth rate instead."""
    birth, death = np.array(model.birth), np.array(model.death)
    kill = death[1] - death[0]
    birth[1], death[1] = np.maximum(birth[1] - kill, 0.0), death[0]
    return model.but(birth=birth.tolist(), death=death.tolist())


PLANTED_MODELS: list[tuple[str, str, Callable[[Model], Model]]] = [
    ("birth 5 % high", "supercritical", lambda m: m.but(birth=scaled(m.birth, 1.05))),
    ("death 5 % high", "subcritical", lambda m: m.but(death=scaled(m.death, 1.07))),
    (
        "mutation counted twice",
        "two-types-forward-and-back",
        lambda m: m.but(mutation={("S", "R"): 0.2, ("R", "S"): 0.1}),
    ),
    (
        "mutation rows and columns exchanged",
        "chain",
        lambda m: m.but(mutation={(b, a): u for (a, b), u in m.mutation.items()}),
    ),
    (
        "switching rows and columns exchanged",
        "fast-switching",
        lambda m: m.but(switching={(b, a): s for (a, b), s in m.switching.items()}),
    ),
    ("pulses forgotten", "pulses-one-type", lambda m: m.but(pulses=())),
    ("pulses after the observation", "pulses-one-type", late_pulses),
    ("pulses after the observation, two types", "pulses-two-types", late_pulses),
    ("pulse at 0 forgotten", "pulses-two-types", lambda m: m.but(pulses=m.pulses[1:])),
    ("second pulse of an instant forgotten", "pulses-one-type", lambda m: m.but(pulses=m.pulses[:3] + m.pulses[4:])),
    ("kill applied to birth", "piecewise-one-type", kill_on_birth),
    ("kill applied to birth, two types", "piecewise-two-types", kill_on_birth),
    (
        "rates of the first interval for ever",
        "piecewise-two-types",
        lambda m: m.but(birth=m.birth[0], death=m.death[0], mutation={("S", "R"): 0.1}, switching={}, breakpoints=()),
    ),
    (
        "rates of the interval before",
        "piecewise-one-type",
        lambda m: m.but(birth=[m.birth[0], *m.birth[:-1]], death=[m.death[0], *m.death[:-1]]),
    ),
    (
        "changes of rates late",
        "many-short-intervals",
        lambda m: m.but(breakpoints=tuple(b + 0.15 for b in m.breakpoints)),
    ),
    ("founders forgotten", "two-types-forward-and-back", lambda m: m.but(initial={"S": 8})),
    ("observation times late", "critical", lambda m: m.but(times=(1.2, 3.0))),
]


@cache
def right_sample(name: str) -> Sample:
    return by_engine(BY_NAME[name], "direct", N, 22)


@pytest.mark.parametrize(("error", "name", "plant"), PLANTED_MODELS, ids=[p[0] for p in PLANTED_MODELS])
def test_errors_in_rates_and_times_are_caught(error: str, name: str, plant: Callable[[Model], Model]) -> None:
    model = BY_NAME[name]
    wrong, right = by_engine(plant(model), "direct", N, 21), right_sample(name)
    assert compare(wrong, right, model.types).alarms, error


@pytest.mark.parametrize(
    ("events_of", "name"),
    [
        (both_daughters_mutate, "two-types-forward-and-back"),
        (parent_is_lost, "two-types-forward-and-back"),
        (mutation_on_top_of_division, "chain"),
        (mutation_on_top_of_division, "every-division-mutates"),
        (switch_keeps_the_parent, "slow-switching"),
    ],
)
def test_errors_in_events_are_caught(events_of: Callable[..., list[list[Event]]], name: str) -> None:
    model = BY_NAME[name]
    wrong = by_reference(model, 1200, 23, events_of=events_of)
    assert compare(by_engine(model, "direct", 10_000, 23), wrong, model.types).alarms


def shift_grid(sample: Sample) -> Sample:
    counts = sample.counts.copy()
    counts[:, 1:] = counts[:, :-1]
    return replace(sample, counts=counts)


def drop_extinct(sample: Sample) -> Sample:
    kept = sample.outcome != "extinct"
    return Sample(*(getattr(sample, field)[kept] for field in ("counts", "final", "outcome", "time", "rejected")))


def late_extinction(sample: Sample) -> Sample:
    """Extinction noticed at the next observation only."""
    return replace(sample, time=np.where(sample.outcome == "extinct", np.ceil(sample.time * 2.0) / 2.0, sample.time))


def redraw_each_observation(sample: Sample) -> Sample:
    """Every observation from a history of its own: each law is right, the path is not."""
    rng = np.random.default_rng(1)
    counts = np.stack([sample.counts[rng.permutation(len(sample)), t] for t in range(sample.counts.shape[1])], axis=1)
    return replace(sample, counts=counts)


def shuffle_one_type(sample: Sample) -> Sample:
    """Each type's law is right, their dependence is lost."""
    counts = sample.counts.copy()
    counts[:, -1, 1] = np.random.default_rng(1).permutation(counts[:, -1, 1])
    return replace(sample, counts=counts)


@pytest.mark.parametrize(
    ("spoil", "name"),
    [
        (shift_grid, "supercritical"),
        (drop_extinct, "subcritical"),
        (drop_extinct, "everything"),
        (late_extinction, "subcritical"),
        (redraw_each_observation, "supercritical"),
        (shuffle_one_type, "fast-switching"),
    ],
)
def test_errors_in_the_record_are_caught(spoil: Callable[[Sample], Sample], name: str) -> None:
    model = BY_NAME[name]
    assert compare(spoil(by_engine(model, "direct", 10_000, 24)), reference_of(model), model.types).alarms


@pytest.mark.parametrize("name", ["supercritical", "fast-switching", "everything"])
def test_no_alarm_without_an_error(name: str) -> None:
    model = BY_NAME[name]
    compare(by_engine(model, "direct", 10_000, 25), reference_of(model), model.types).require()
