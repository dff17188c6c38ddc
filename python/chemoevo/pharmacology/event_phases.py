"""Doses at any times as phases: what repeats becomes cycles, what does not is one cycle, and no dose moves."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chemoevo.pharmacology.dose import Dose
from chemoevo.pharmacology.phase import Phase

Times = NDArray[np.float64]
Whole = NDArray[np.int64]

CLOSE = 4e-10
"""(h) How much later or earlier than said a dose may be by rounding; a few steps of floats after a hundred years."""

_MOST = 100
"""Doses in a cycle that is looked for: one with two a day on 28 days, and others besides."""
_SHORTEST, _LONGEST = 1 / 60, 9600.0
"""(h) Shortest cycle that is looked for, and the longest that may be repeated, 400 days."""


class _Repeats(NamedTuple):
    """By dose: how many doses repeat from it on (0: none), and how often, all counted."""

    block: Whole
    cycles: Whole


def phases_at(times: Times, kinds: Whole, orders: Sequence[Dose]) -> list[Phase]:
    """Phases in sequence, the first from hour 0, that give every dose at its time.

    Parameters
    ----------
    times
        (h) Of all doses, ascending, >= 0; at least one.
    kinds
        What is given at each, as an index of `orders`.
    orders
        Doses, whose days and hours are not looked at.

    Returns
    -------
    list of Phase
        From the first dose on, whatever repeats for longest is taken: cycles of whole days rather than others. They
        begin with a day where that is possible, if need be after a pause. What does not repeat is one cycle until then;
        the last one ends with the day of its last dose, or with the day on which its infusion ends.
    """
    writer = _Writer(times, kinds, orders)
    repeats, i = _repeats(times, kinds), 0
    while i < len(times):
        block = int(repeats.block[i])
        taken = writer.repeat(i, block, int(repeats.cycles[i])) if block else 0
        if not taken:
            writer.loose.append(i)
        i += taken or 1
    return writer.finished()


class _Writer:
    """Writes phases one after the other, with the same sums of days as the expansion of a regimen."""

    def __init__(self, times: Times, kinds: Whole, orders: Sequence[Dose]) -> None:
        self.times, self.kinds, self.orders = times, kinds, orders
        self.phases: list[Phase] = []
        self.end = 0.0  # (days) of the last phase
        self.loose: list[int] = []  # doses that will be one cycle from there on

    def repeat(self, i: int, block: int, cycles: int) -> int:
        """Writes cycles of so many doses from one dose on; how many doses were written, 0 where it cannot be."""
        hours = float(self.times[i + block] - self.times[i])
        start = self._start(i, i + block - 1, hours)
        if start is None:
            return 0
        self._close(start)
        length = float(np.rint(hours / 24))
        if abs(hours - 24 * length) > CLOSE:
            length = float(self.times[i + (cycles - 1) * block] - self.times[i]) / (24 * (cycles - 1))
        days, clock = _calendar(self.times[i : i + block], start)
        # Sums of days as a regimen makes them: one after the other.
        starts = np.cumsum(np.r_[start, np.full(cycles, length)])
        there = (starts[:-1, None] + days - 1) * 24 + clock
        off = np.abs(there - self.times[i : i + cycles * block].reshape(cycles, block)) > CLOSE
        cycles = int(np.argmax(off.any(axis=1))) if off.any() else cycles
        if cycles < 2:
            return 0
        self._write(length, cycles, self._doses(range(i, i + block), days, clock))
        self.end = float(starts[cycles])
        return cycles * block

    def finished(self) -> list[Phase]:
        """The phases, when all doses are written."""
        if self.loose:
            last = max(float(self.times[self.loose[-1]]), self.end * 24)
            over = max(float(self.times[i]) + self.orders[self.kinds[i]].duration_hours for i in self.loose)
            self._close(max(math.floor(last / 24) + 1.0, float(math.ceil(over / 24))))
        return self.phases

    def _start(self, first: int, last: int, hours: float) -> float | None:
        """(days) Where cycles of so many hours can start that hold these doses; None: nowhere."""
        time, end = float(self.times[first]), float(self.times[last])
        before = max(float(self.times[self.loose[-1]]), self.end * 24) if self.loose else -math.inf
        for start in (float(math.floor(time / 24)), self.end, time / 24):
            if abs(start - self.end) * 24 <= CLOSE:
                start = self.end  # what differs by rounding is no pause
            if (
                start >= self.end
                and start * 24 <= time + CLOSE
                and end - start * 24 < hours - CLOSE
                and start * 24 > before + CLOSE
            ):
                return start
        return None

    def _close(self, start: float) -> None:
        """Ends what was written where the next phase starts (days)."""
        if self.loose:
            days, clock = _calendar(self.times[self.loose], self.end)
            self._write(start - self.end, 1, self._doses(self.loose, days, clock))
            self.loose = []
        elif start > self.end:
            self._write(start - self.end, 1, ())  # a pause
        else:
            return
        self.end += start - self.end

    def _write(self, length: float, cycles: int, doses: Sequence[Dose]) -> None:
        self.phases.append(Phase(cycle_length_days=length, cycles=cycles, doses=doses))

    def _doses(self, rows: Sequence[int], days: Whole, clock: Times) -> tuple[Dose, ...]:
        """Doses of one cycle: what is given at one hour of several days is one."""
        found: dict[tuple[int, float, int], list[int]] = {}
        for row, day, hour in zip(rows, days.tolist(), clock.tolist(), strict=True):
            kind, again = int(self.kinds[row]), 0
            while found.get((kind, hour, again), [0])[-1] == day:  # the same once more at the same time
                again += 1
            found.setdefault((kind, hour, again), []).append(day)
        return tuple(
            self.orders[kind].model_copy(update={"days": tuple(days), "start_hours": hour})
            for (kind, hour, _), days in found.items()
        )


def _calendar(times: Times, start: float) -> tuple[Whole, Times]:
    """Days of a cycle that starts then (days), from 1, and hours of these days, of times (h)."""
    since = np.maximum(times - start * 24, 0.0)
    days = np.floor(since / 24)
    clock = since - days * 24
    over = clock >= 24
    return (days + over + 1).astype(np.int64), np.where(over, 0.0, np.maximum(clock, 0.0))


def _repeats(times: Times, kinds: Whole) -> _Repeats:
    """What repeats from every dose on: what covers most doses, twice as good where cycles are whole days."""
    n = len(times)
    best = np.zeros(n, np.int64)
    found = _Repeats(np.zeros(n, np.int64), np.zeros(n, np.int64))
    for block in range(1, min(_MOST, n // 2) + 1):
        here = np.arange(n - block)
        hours = times[block:] - times[:-block]
        ends = _next(kinds[block:] != kinds[:-block])
        ends[:-1] = np.minimum(ends[:-1], _next(np.abs(np.diff(hours)) > CLOSE) + 1)
        cycles = 1 + (ends - here) // block
        # The last cycle is over before the next dose.
        after = np.append(times, np.inf)[here + cycles * block]
        cycles -= after < times[:-block] + cycles * hours - CLOSE
        whole = np.abs(hours - 24 * np.rint(hours / 24)) <= CLOSE
        holds = (hours >= _SHORTEST) & (hours <= _LONGEST) & (times[here + block - 1] - times[:-block] < hours - CLOSE)
        # Two doses at odd times are no cycles.
        value = np.where(holds & (cycles >= np.where(whole, 2, 3)), cycles * block * (1 + whole), 0)
        better = value > best[:-block]
        for into, of in ((best, value), (found.block, np.full(n - block, block)), (found.cycles, cycles)):
            into[:-block][better] = of[better]
    return found


def _next(marks: NDArray[np.bool_]) -> Whole:
    """Where the next mark is, from every place on, itself counted; the length where there is none."""
    n = len(marks)
    return np.minimum.accumulate(np.where(marks, np.arange(n), n)[::-1])[::-1].astype(np.int64)
