"""A slow, plain simulator that follows every clone: the readable specification of what is recorded.

Every cell is alike within its type, so the event of a type falls on a clone in proportion to its cells. A mutant
division founds a clone of one cell and leaves the parent's as it is; a switch takes one cell from the parent's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random

from tests.reference import simulator


@dataclass
class Clone:
    cell_type: int
    parent: int | None
    founded: float
    size: int
    extinct: float | None = None
    sizes: list[int] = field(default_factory=list)


def in_proportion(rng: Random, clones: Sequence[Clone]) -> Clone:
    """A cell is chosen, and with it its clone."""
    return rng.choices(clones, weights=[c.size for c in clones])[0]


def simulate(
    process: simulator.Process,
    initial: Sequence[int],
    times: Sequence[float],
    rng: Random,
    *,
    pick: Callable[[Random, Sequence[Clone]], Clone] = in_proportion,
    switch_takes: int = 1,
) -> list[Clone]:
    """The clones of one replicate, with their sizes at the times; `pick` and `switch_takes` are there to be wrong."""
    clones = [Clone(i, None, 0.0, n) for i, n in enumerate(initial) if n > 0]
    breaks = [*process.breakpoints, float("inf")]
    pauses = sorted({*times, *process.breakpoints, *(time for time, _ in process.pulses)})
    t = 0.0
    for pause in (p for p in pauses if p <= times[-1]):
        interval = next(k for k, end in enumerate(breaks) if t < end)
        t = _run(process, interval, clones, t, pause, rng, pick, switch_takes)
        for time, survival in process.pulses:
            if time == pause:
                for clone in clones:
                    kept = sum(rng.random() < survival[clone.cell_type] for _ in range(clone.size))
                    _resize(clone, kept - clone.size, t)
        if pause in times:
            for clone in clones:
                clone.sizes += [0] * (times.index(pause) - len(clone.sizes)) + [clone.size]
    return clones


def _run(
    process: simulator.Process,
    interval: int,
    clones: list[Clone],
    t: float,
    end: float,
    rng: Random,
    pick: Callable[[Random, Sequence[Clone]], Clone],
    switch_takes: int,
) -> float:
    types = range(len(process.birth[interval]))
    while True:
        events = []
        for i in types:
            n = sum(c.size for c in clones if c.cell_type == i)
            mutant = process.mutation[interval][i]
            events.append((n * process.birth[interval][i] * (1.0 - sum(mutant)), i, None, +1))
            events.append((n * process.death[interval][i], i, None, -1))
            for j in types:
                events.append((n * process.birth[interval][i] * mutant[j], i, j, 0))
                events.append((n * process.switching[interval][i][j], i, j, -switch_takes))
        total = sum(rate for rate, *_ in events)
        if total <= 0.0:
            return end
        t += rng.expovariate(total)
        if t >= end:
            return end
        _, i, j, change = rng.choices(events, weights=[rate for rate, *_ in events])[0]
        parent = pick(rng, [c for c in clones if c.cell_type == i and c.size > 0])
        _resize(parent, change, t)
        if j is not None:
            clones.append(Clone(j, clones.index(parent), t, 1))


def _resize(clone: Clone, change: int, t: float) -> None:
    clone.size += change
    if change < 0 and clone.size == 0:
        clone.extinct = t
