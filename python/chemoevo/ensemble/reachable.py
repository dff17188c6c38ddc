"""Whether cells can come at all: which types can follow from which, whatever the numbers of the rates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from chemoevo.process.branching import BranchingProcess

_MOST_WORK = 10**7
"""Intervals x types x types up to which the order of intervals and pulses is looked at."""


def never(
    process: BranchingProcess, cells: NDArray[np.int64], size: int, of: Sequence[str], end: float
) -> Iterator[str]:
    """Why a number of cells can never be there before `end`, in words; nothing where it can, or might.

    Parameters
    ----------
    cells
        Cells at time 0, of shape (n, types); the reason is about the first row that cannot arrive.
    size, of
        How many cells of which types.
    end
        (days) Until when.
    """
    counted = np.array([name in of for name in process.types])
    starts = np.flatnonzero(cells.any(axis=0))
    numbers = cells[:, starts].astype(np.float64)
    # Rounding must never make a number that is reached one that is not.
    enough = size * (1 - 1e-12)
    arrived = numbers @ counted[starts] >= enough
    came = counted[starts]
    can = np.zeros((len(starts), len(process.types)), dtype=np.bool_)
    can[np.arange(len(starts)), starts] = True
    divides = np.zeros(len(starts), dtype=np.bool_)
    for step, births, survives in _epochs(process, end):
        can &= survives
        if step is not None:
            can = _closed(can, step)
            divides |= (can & births).any(axis=1)
        there = (can & counted).any(axis=1)
        came = came | there
        arrived |= (numbers[:, there & divides] > 0).any(axis=1) | (numbers @ there >= enough)
        if arrived.all():
            return
    row = numbers[np.flatnonzero(~arrived)[0]] > 0
    if not came[row].any():
        yield f"no cell of {', '.join(of)} can come from those of initial before day {end:g}"
    elif not divides[row].any():
        yield "no type divides"
    else:
        yield f"what divides leaves no cell of {', '.join(of)} before day {end:g}"


def _epochs(
    process: BranchingProcess, end: float
) -> Iterator[tuple[NDArray[np.bool_] | None, NDArray[np.bool_], NDArray[np.bool_]]]:
    """In order of time: from which type to which a cell can come, which divide, and which survive the pulse before.

    The instant of a pulse that nothing follows has no steps.
    """
    types, edges = len(process.types), process.breakpoints[process.breakpoints < end]
    all_survive: NDArray[np.bool_] = np.ones(types, dtype=np.bool_)
    pulses: dict[float, NDArray[np.bool_]] = {}
    for pulse in process.pulses:
        if pulse.time <= end:
            survives: NDArray[np.bool_] = np.array([pulse.survival.get(name, 1.0) > 0 for name in process.types])
            pulses[pulse.time] = np.logical_and(pulses.get(pulse.time, all_survive), survives)
    if (len(edges) + len(pulses) + 1) * types**2 > _MOST_WORK:
        # Whatever can come in one of the intervals, in any order: never less than what can.
        births = np.asarray(process.divisions[: len(edges) + 1].any(axis=0))
        yield _step(process, slice(0, len(edges) + 1)), births, all_survive
        return
    known: dict[int, NDArray[np.bool_]] = {}
    for time in sorted({0.0, *edges.tolist(), *pulses}):
        interval = int(np.searchsorted(process.breakpoints, time, side="right"))
        if interval not in known:
            known = {interval: _step(process, slice(interval, interval + 1))}
        step = known[interval] if time < end else None
        yield step, process.divisions[interval] > 0, pulses.get(time, all_survive)


def _step(process: BranchingProcess, intervals: slice) -> NDArray[np.bool_]:
    step = np.eye(len(process.types), dtype=np.bool_)
    for table, mutates in ((process.mutations, True), (process.switches, False)):
        if not len(table):
            continue
        rates = table.rows() if len(table.in_intervals) == 1 else table.rows(intervals)
        sources, targets = np.array(table.pairs).T
        way: NDArray[np.bool_] = rates > 0
        if mutates:
            way = way & (process.divisions[intervals][:, sources] > 0)
        open_ = way.any(axis=0)
        step[sources[open_], targets[open_]] = True
    return step


def _closed(can: NDArray[np.bool_], step: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """All types that can follow in any number of steps."""
    while True:
        wider = (can.astype(np.float32) @ step) > 0
        if (wider == can).all():
            return can
        can = wider
