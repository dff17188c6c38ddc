"""Many replicates of a test model, by the reference simulator or by an engine, in one form; and their comparison."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from random import Random
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import chemoevo as ce
from chemoevo.ensemble.following import following
from tests.reference import simulator
from tests.statistical import _laws as laws
from tests.statistical import _theory as theory
from tests.statistical.models import ALL, Model

ENGINES = ("direct", "bnb", "bnb kept")
"""The exact engines. `bnb` comes twice: with all mutants followed, and without those gone before anybody looks."""


DEAR = ("five-loci", "three-loci", "decline-then-regrowth", "every-division-mutates")
"""Models that are dear to the slow simulator, and have nothing that the others do not have."""


def by_reference_cost() -> list[Any]:
    """All models; in the long suite only those that take the reference simulator long."""
    return [pytest.param(model, marks=pytest.mark.slow if model.name in DEAR else []) for model in ALL]


def every_other(cases: Iterable[Any]) -> list[Any]:
    """All cases, every second one in the long suite only."""
    slow = pytest.mark.slow
    return [
        pytest.param(*(case if isinstance(case, tuple) else (case,)), marks=slow if number % 2 else [])
        for number, case in enumerate(cases)
    ]


@dataclass(frozen=True)
class Sample:
    """Counts (replicates, times, types), final counts, outcomes, their times, and rejected runs."""

    counts: NDArray[np.int64]
    final: NDArray[np.int64]
    outcome: NDArray[np.str_]
    time: NDArray[np.float64]
    rejected: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.counts)


def by_reference(
    model: Model,
    n: int,
    seed: int,
    *,
    stop: ce.Stop | None = None,
    events_of: Callable[..., list[list[simulator.Event]]] = simulator.events_of,
) -> Sample:
    """`n` replicates by the reference simulator."""
    rng = Random(seed)
    of = None if stop is None or stop.of is None else tuple(model.types.index(name) for name in stop.of)
    histories = simulator.replicates(
        model.reference,
        model.start,
        model.times,
        rng,
        n,
        stop=None if stop is None else simulator.Stop(stop.size, of),
        retry=stop is not None and stop.retry,
        events_of=events_of,
    )
    return Sample(
        counts=np.array([h.counts for h in histories]),
        final=np.array([h.final for h in histories]),
        outcome=np.array([h.outcome for h in histories]),
        time=np.array([h.time for h in histories]),
        rejected=np.array([h.rejected for h in histories]),
    )


def sample_of(ensemble: ce.Ensemble) -> Sample:
    """An ensemble in the same form."""
    outcomes = ensemble.outcomes
    return Sample(
        counts=ensemble.counts.astype(np.int64),
        final=ensemble.final.astype(np.int64),
        outcome=outcomes["outcome"].cast(str).to_numpy().astype(np.str_),
        time=outcomes["time"].to_numpy(),
        rejected=outcomes["rejected"].to_numpy().astype(np.int64)
        if "rejected" in outcomes.columns
        else np.zeros(len(outcomes), dtype=np.int64),
    )


def by_engine(model: Model, engine: str, n: int, seed: int, *, stop: ce.Stop | None = None) -> Sample:
    """`n` replicates by one of `ENGINES`."""
    name, _, mutants = engine.partition(" ")
    with following(mutants) if mutants else nullcontext():
        ensemble = ce.simulate(
            model.process,
            initial=dict(model.initial),
            times=list(model.times),
            replicates=n,
            seed=seed,
            engine=name,
            stop=stop,
        )
    assert ensemble.engine == name
    assert ensemble.exact
    return sample_of(ensemble)


@cache
def moments_of(name: str, time: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Means and covariances of a test model, by the moment equations; solved once a process."""
    from tests.statistical.models import BY_NAME

    return theory.moments(BY_NAME[name].reference, BY_NAME[name].start, time)


@cache
def absence_of(name: str, time: float, *types: int) -> float:
    """P(no cell of some types) of a test model, by default of all, by the backward equations; solved once a process."""
    from tests.statistical.models import BY_NAME

    model = BY_NAME[name]
    return theory.absence(model.reference, model.start, time, types or range(len(model.types)))


@cache
def _cached_reference(name: str, n: int, seed: int) -> Sample:
    from tests.statistical.models import BY_NAME

    return by_reference(BY_NAME[name], n, seed)


def reference_of(model: Model, n: int = 1200, seed: int = 11) -> Sample:
    """The reference sample of a test model, made once a session."""
    return _cached_reference(model.name, n, seed)


def compare(a: Sample, b: Sample, types: Sequence[str]) -> laws.Verdict:
    """All in which two samples of one model can be compared: laws at each time, joint laws, ends and their times."""
    verdict = laws.Verdict()
    verdict.add("outcome", laws.same_categories(a.outcome, b.outcome))
    for outcome in sorted({*a.outcome, *b.outcome} - {"alive"}):
        ends = [s.time[s.outcome == outcome] for s in (a, b)]
        verdict.add(f"time of {outcome}", laws.same_continuous_law(*ends))
    verdict.add("rejected", laws.same_discrete_law(a.rejected, b.rejected))
    k = a.counts.shape[2]
    for t in range(a.counts.shape[1]):
        for i in range(k):
            verdict.add(f"count of {types[i]} at [{t}]", laws.same_discrete_law(a.counts[:, t, i], b.counts[:, t, i]))
        if k > 1:
            totals = [s.counts[:, t].sum(axis=1) for s in (a, b)]
            verdict.add(f"total at [{t}]", laws.same_discrete_law(*totals))
        if k > 4:
            # With many types, the number of types present says what no single rare type can.
            present = [(s.counts[:, t] > 0).sum(axis=1) for s in (a, b)]
            verdict.add(f"types present at [{t}]", laws.same_discrete_law(*present))
    for i, j in list(combinations(range(k), 2))[:10]:
        pairs = [s.counts[:, -1, [i, j]] for s in (a, b)]
        verdict.add(f"({types[i]}, {types[j]}) at the end", laws.same_joint_law(*pairs))
    for t in range(1, a.counts.shape[1]):
        # The law of the path, not only of each observation.
        paths = [s.counts[:, [t - 1, t], :].sum(axis=2) for s in (a, b)]
        verdict.add(f"totals at [{t - 1}] and [{t}]", laws.same_joint_law(*paths))
    for i in range(min(k, 4)):
        finals = [s.final[:, i] for s in (a, b)]
        verdict.add(f"final count of {types[i]}", laws.same_discrete_law(*finals))
        if (a.outcome != "alive").any() and len(set(a.outcome)) > 1:
            ends = [np.stack([s.time, s.counts[:, 0, i]], axis=1) for s in (a, b)]
            verdict.add(f"(time of the end, {types[i]} at [0])", laws.same_joint_law(*ends))
    return verdict
