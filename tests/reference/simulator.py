"""The process, event by event, in plain Python: the readable specification that the engines are tested against.

The law
-------
A population consists of cells of types 0, 1, ..., K-1. In the interval of time that holds t,
a cell of type i, per day,

* divides at rate ``birth[i]``. With probability ``lethal[i]`` the division is lethal: the cell is gone, and nothing is
  founded. Of the divisions that succeed, with probability ``mutation[i][j]`` one daughter is of type j and the other of
  type i; with the probability that remains both are of type i. Never more than one mutation per division.
* dies at rate ``death[i]``;
* becomes a cell of type j, without dividing, at rate ``switching[i][j]``.

Cells are independent, unless the process has a `competition`, which says the rates of every state.

Interval k is [breakpoints[k-1], breakpoints[k]); the first starts at 0, the last never ends.

At a pulse each cell of type i survives independently with probability ``survival[i]``. Pulses at one instant act one
after the other. A pulse acts before an observation at its instant.

A run starts at time 0 and ends at ``times[-1]``, or earlier: when no cell is left ("extinct"), or at the first instant
at which the number of cells of the types of a `Stop` reaches its size ("stopped"; a population that starts at the size
or above it is stopped at 0, untouched). Whatever ends a run, its last state repeats in the observations that remain.
With ``retry``, a run that dies out before the stop is rejected and started afresh.

The method
----------
Gillespie's direct method (J. Comput. Phys. 22:403, 1976): the next event comes after an exponential time of the total
rate, and is of each kind in proportion to its rate. At every change of rates, pulse and observation the clock is set to
that instant and the waiting starts afresh, which an exponential time allows.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random

Matrix = Sequence[Sequence[float]]
TableOf = Callable[[int, Sequence[int]], "list[list[Event]]"]
"""From an interval and the counts to what a cell of each type may do until the next event."""


@dataclass(frozen=True)
class Process:
    """Rates per cell and day, one entry per interval: ``birth[k][i]``, ``mutation[k][i][j]``."""

    birth: Sequence[Sequence[float]]
    death: Sequence[Sequence[float]]
    mutation: Sequence[Matrix]
    switching: Sequence[Matrix]
    breakpoints: Sequence[float] = ()
    pulses: Sequence[tuple[float, Sequence[float]]] = ()
    competition: Callable[[Process, Sequence[int]], Process] | None = None
    lethal: Sequence[Sequence[float]] | None = None


@dataclass(frozen=True)
class Event:
    """Something that a cell does: its rate per day, and what it adds to the counts, as pairs (type, change)."""

    rate: float
    change: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Stop:
    """The first instant at which the cells of the types `of` (all types: None) are `size` many."""

    size: int
    of: tuple[int, ...] | None = None


@dataclass(frozen=True)
class History:
    """One run: the counts at each of the times, how and when it ended, and the runs rejected before it."""

    counts: tuple[tuple[int, ...], ...]
    outcome: str
    time: float
    final: tuple[int, ...]
    rejected: int = 0


def events_of(process: Process, interval: int) -> list[list[Event]]:
    """All that a cell of each type may do in an interval."""
    birth, death = process.birth[interval], process.death[interval]
    mutation, switching = process.mutation[interval], process.switching[interval]
    types = range(len(birth))
    lethal = [0.0] * len(birth) if process.lethal is None else process.lethal[interval]
    table = []
    for i in types:
        plain, succeeding = 1.0 - sum(mutation[i]), birth[i] * (1.0 - lethal[i])
        events = [Event(succeeding * plain, ((i, +1),)), Event(death[i], ((i, -1),))]
        events += [Event(birth[i] * lethal[i], ((i, -1),))]
        events += [Event(succeeding * mutation[i][j], ((j, +1),)) for j in types]
        events += [Event(switching[i][j], ((i, -1), (j, +1))) for j in types]
        table.append([e for e in events if e.rate > 0.0])
    return table


def simulate(
    process: Process,
    initial: Sequence[int],
    times: Sequence[float],
    rng: Random,
    *,
    stop: Stop | None = None,
    retry: bool = False,
    events_of: Callable[[Process, int], list[list[Event]]] = events_of,
) -> History:
    """One replicate; with `retry`, the first run that does not die out."""
    return replicates(process, initial, times, rng, 1, stop=stop, retry=retry, events_of=events_of)[0]


def replicates(
    process: Process,
    initial: Sequence[int],
    times: Sequence[float],
    rng: Random,
    n: int,
    *,
    stop: Stop | None = None,
    retry: bool = False,
    events_of: Callable[[Process, int], list[list[Event]]] = events_of,
) -> list[History]:
    """`n` replicates, one after the other."""
    tables = [events_of(process, k) for k in range(len(process.breakpoints) + 1)]

    def table_of(interval: int, n: Sequence[int]) -> list[list[Event]]:
        if process.competition is None:
            return tables[interval]
        return events_of(process.competition(process, n), interval)

    return [_replicate(process, table_of, initial, times, rng, stop, retry) for _ in range(n)]


def _replicate(
    process: Process,
    table_of: TableOf,
    initial: Sequence[int],
    times: Sequence[float],
    rng: Random,
    stop: Stop | None,
    retry: bool,
) -> History:
    rejected = 0
    while True:
        history = _run(process, table_of, initial, times, rng, stop)
        if not (retry and history.outcome == "extinct"):
            return replace(history, rejected=rejected)
        rejected += 1


def _run(
    process: Process,
    table_of: TableOf,
    initial: Sequence[int],
    times: Sequence[float],
    rng: Random,
    stop: Stop | None,
) -> History:
    n = list(initial)
    horizon = times[-1]
    observed: list[tuple[int, ...]] = []

    def ended(outcome: str, time: float) -> History:
        repeated = [tuple(n)] * (len(times) - len(observed))
        return History(tuple(observed + repeated), outcome, time, tuple(n))

    counted = range(len(n)) if stop is None or stop.of is None else stop.of
    if stop is not None and sum(n[i] for i in counted) >= stop.size:
        return ended("stopped", 0.0)
    if not any(n):
        return ended("extinct", 0.0)

    instants = sorted({0.0, *process.breakpoints, *(time for time, _ in process.pulses), *times})
    for t, until in zip(instants, [*instants[1:], horizon], strict=True):
        # At this instant: first the pulses, then the observation.
        for time, survival in process.pulses:
            if time == t:
                n[:] = [sum(rng.random() < p for _ in range(count)) for count, p in zip(n, survival, strict=True)]
        if not any(n):
            return ended("extinct", t)
        if t in times:
            observed.append(tuple(n))
        if t == horizon:
            return ended("alive", t)

        # Then event by event, with the rates of the interval that starts here or goes on.
        interval = bisect_right(process.breakpoints, t)
        now = t
        while True:
            table = table_of(interval, n)
            cell_rates = [sum(e.rate for e in events) for events in table]
            type_rates = [count * rate for count, rate in zip(n, cell_rates, strict=True)]
            total = sum(type_rates)
            if total == 0.0:
                break
            now += rng.expovariate(total)
            if now >= until:
                break
            event = _choose(table[_index(type_rates, total, rng)], rng)
            for i, change in event.change:
                n[i] += change
            if stop is not None and sum(n[i] for i in counted) == stop.size:
                return ended("stopped", now)
            if not any(n):
                return ended("extinct", now)
    raise AssertionError("the horizon is one of the instants")


def _choose(events: list[Event], rng: Random) -> Event:
    rates = [e.rate for e in events]
    return events[_index(rates, sum(rates), rng)]


def _index(weights: list[float], total: float, rng: Random) -> int:
    """An index, in proportion to its weight."""
    left = rng.random() * total
    for i, weight in enumerate(weights):
        left -= weight
        if left < 0.0:
            return i
    return max(i for i, weight in enumerate(weights) if weight > 0.0)  # the sum was rounded up
