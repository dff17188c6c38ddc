"""Hypothesis strategies: random valid processes, and what else `simulate` takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import strategies as st

from chemoevo.ensemble.options import Stop
from chemoevo.process.branching import BranchingProcess
from chemoevo.process.pulse import Pulse

if TYPE_CHECKING:
    from numpy.typing import NDArray

NAMES = ("S", "R1", "R2", "R12")
"""Names of the first types; later ones are T5, T6, ..."""

INSTANTS = (0.0, 0.3, 1.0, 1.5, 3.0)
"""(days) Times that `schedules` likes to put pulses at; observe there to meet pulses at observations."""


def rates(*, most: float = 2.0) -> st.SearchStrategy[float]:
    """Rates per cell and day: 0, tiny ones down to 1e-300, and anything up to `most`.

    Parameters
    ----------
    most
        (per cell and day) The largest rate, finite and > 0.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> from chemoevo.testing import rates
    >>> @settings(deadline=None)
    ... @given(rates(most=0.5))
    ... def test(rate):
    ...     assert 0.0 <= rate <= 0.5
    >>> test()
    """
    corners = [x for x in (1e-9, 1e-300, most / 4, most / 2) if x <= most]
    return st.one_of(st.just(0.0), st.floats(0.0, most), st.sampled_from(corners))


def probabilities() -> st.SearchStrategy[float]:
    """Probabilities in [0, 1], with 0, 1 and 1e-9 more often than chance.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> from chemoevo.testing import probabilities
    >>> @settings(deadline=None)
    ... @given(probabilities())
    ... def test(p):
    ...     assert 0.0 <= p <= 1.0
    >>> test()
    """
    return st.one_of(st.sampled_from([0.0, 1.0, 1e-9]), st.floats(0.0, 1.0))


def seeds() -> st.SearchStrategy[int]:
    """Seeds: small ones, and integers up to 2**200.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> from chemoevo.testing import seeds
    >>> @settings(deadline=None)
    ... @given(seeds())
    ... def test(seed):
    ...     assert seed >= 0
    >>> test()
    """
    return st.one_of(st.integers(0, 10), st.integers(0, 2**200))


def _representable(time: float) -> float:
    """Times below 1e-280 days are refused by `simulate`, but for 0."""
    return abs(time) if time >= 1e-280 else 0.0


_RATES, _PROBABILITIES = rates(), probabilities()


@st.composite
def schedules(
    draw: st.DrawFn,
    types: Sequence[str],
    *,
    most_intervals: int = 4,
    most_pulses: int = 3,
    longest: float = 1.0,
) -> dict[str, Any]:
    """When rates change and pulses act: keyword arguments `breakpoints` and `pulses` of `BranchingProcess`.

    Parameters
    ----------
    types
        Names of the types, of which each pulse thins some.
    most_intervals
        The largest number of intervals, >= 1; breakpoints are one fewer.
    most_pulses
        The largest number of pulses. They fall on 0, on breakpoints, on `INSTANTS`, and on one another.
    longest
        (days) Length of the longest interval, at least 0.05.

    Examples
    --------
    >>> import chemoevo as ce
    >>> from hypothesis import given, settings
    >>> from chemoevo.testing import schedules
    >>> @settings(deadline=None)
    ... @given(schedules(["S"], most_intervals=3))
    ... def test(schedule):
    ...     process = ce.BranchingProcess(types=["S"], birth=[1.0], death=[0.5], **schedule)
    ...     assert len(process.birth) <= 3
    >>> test()
    """
    lengths = draw(st.lists(st.floats(0.05, longest), max_size=most_intervals - 1))
    breakpoints: NDArray[np.float64] = np.cumsum(lengths, dtype=np.float64)
    pulses = st.builds(
        Pulse,
        time=st.sampled_from([*INSTANTS, *breakpoints.tolist()]),
        survival=st.dictionaries(st.sampled_from(list(types)), st.floats(0.0, 1.0), min_size=1),
    )
    return {"breakpoints": breakpoints, "pulses": draw(st.lists(pulses, max_size=most_pulses))}


@st.composite
def processes(
    draw: st.DrawFn,
    *,
    most_types: int = 4,
    most_intervals: int = 4,
    pulses: bool = True,
    rates: st.SearchStrategy[float] = _RATES,
    probabilities: st.SearchStrategy[float] = _PROBABILITIES,
    lethal: st.SearchStrategy[float] | None = None,
) -> BranchingProcess:
    """Processes with any rates, mutation rows up to exactly 1, switching, breakpoints and pulses.

    Mutation and switching change from interval to interval, as birth and death do.

    Parameters
    ----------
    most_types, most_intervals
        The largest numbers of types and of intervals, >= 1.
    pulses
        Whether there may be pulses, up to three.
    rates, probabilities
        Strategies for the rates (per cell and day) and for the mutation probabilities (per division). A mutation
        row whose sum is above 1 is scaled down to 1.
    lethal
        Strategy for the share of divisions that is lethal, such as `probabilities()`; None (the default): none is.

    Examples
    --------
    >>> import chemoevo as ce
    >>> from hypothesis import given, settings
    >>> from chemoevo.testing import processes
    >>> @settings(deadline=None, max_examples=20)
    ... @given(processes(most_types=2))
    ... def test(process):
    ...     assert ce.BranchingProcess.from_json(process.to_json()) == process
    >>> test()
    """
    k = draw(st.integers(1, most_types))
    names = [NAMES[i] if i < len(NAMES) else f"T{i + 1}" for i in range(k)]
    schedule = draw(schedules(names, most_intervals=most_intervals, most_pulses=3 if pulses else 0))
    m = len(schedule["breakpoints"]) + 1

    def row(values: st.SearchStrategy[float], size: int) -> list[float]:
        return draw(st.lists(values, min_size=size, max_size=size))

    mutation, switching = np.zeros((m, k, k)), np.zeros((m, k, k))
    for a in range(k):
        for b in range(k):
            if a != b and draw(st.booleans()):
                mutation[:, a, b] = row(probabilities, m)
            if a != b and draw(st.booleans()):
                switching[:, a, b] = row(rates, m)
    mutation /= np.maximum(mutation.sum(axis=2, keepdims=True), 1.0)
    return BranchingProcess(
        types=names,
        birth=[row(rates, k) for _ in range(m)],
        death=[row(rates, k) for _ in range(m)],
        mutation=mutation,
        switching=switching,
        lethal=None if lethal is None else [row(lethal, k) for _ in range(m)],
        **schedule,
    )


def initial_states(process: BranchingProcess | int, *, most: int = 30) -> st.SearchStrategy[list[int]]:
    """Numbers of cells at the start, zeros included, also of all types.

    Parameters
    ----------
    process
        The process, or its number of types.
    most
        (cells) The largest number of one type.

    Examples
    --------
    >>> import chemoevo as ce
    >>> from hypothesis import given, settings
    >>> from chemoevo.testing import initial_states
    >>> process = ce.BranchingProcess(types=["S", "R"], birth=[1, 1], death=[0, 0])
    >>> @settings(deadline=None)
    ... @given(initial_states(process))
    ... def test(initial):
    ...     mean = ce.mean_counts(process, initial=initial, times=[1.0])
    ...     assert mean.sum() >= sum(initial)
    >>> test()
    """
    k = process if isinstance(process, int) else len(process.types)
    return st.lists(st.integers(0, most), min_size=k, max_size=k)


@st.composite
def observation_times(draw: st.DrawFn, *, until: float = 3.0, most: int = 5) -> list[float]:
    """Observation times, strictly increasing, at least one, with 0 and `INSTANTS` more often than chance.

    Parameters
    ----------
    until
        (days) No time is later; > 0.
    most
        The largest number of times, >= 1.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> from chemoevo.testing import observation_times
    >>> @settings(deadline=None)
    ... @given(observation_times(until=2.0))
    ... def test(times):
    ...     assert times == sorted(set(times))
    >>> test()
    """
    one = st.one_of(st.sampled_from([t for t in INSTANTS if t <= until]), st.floats(0.0, until).map(_representable))
    return sorted(draw(st.sets(one, min_size=1, max_size=most)))


@st.composite
def stops(draw: st.DrawFn, *, types: Sequence[str] = (), least: int = 1, most: int = 60) -> Stop:
    """Stops at a small number of cells, without retry.

    Parameters
    ----------
    types
        Names of types; if given, a stop may count some of them only (which `leap` does not do).
    least, most
        (cells) The range of sizes.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> from chemoevo.testing import stops
    >>> @settings(deadline=None)
    ... @given(stops(types=["S", "R"], most=20))
    ... def test(stop):
    ...     assert stop.size <= 20
    >>> test()
    """
    counted = st.none()
    if types:
        some = st.lists(st.sampled_from(list(types)), min_size=1, unique=True)
        return Stop(size=draw(st.integers(least, most)), of=draw(st.one_of(counted, some)))
    return Stop(size=draw(st.integers(least, most)))
