"""The mean course of a tumor: when it is smallest before it is back at a size, and its peaks from then on."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from chemoevo.analytic.grown.age import GrownFor
from chemoevo.analytic.grown.block import block_of
from chemoevo.analytic.grown.moments import mean_of_age
from chemoevo.analytic.grown.part import summed
from chemoevo.analytic.grown.size import GrownTo
from chemoevo.process.expected import expected

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chemoevo.analytic.question import InitialCells
    from chemoevo.process.branching import BranchingProcess

_STRETCHES = 512
"""Looks at the mean up to the last change, besides those at changes of rates and at pulses."""
_BEFORE = 1e-9
"""Share of its time by which the look before a pulse is earlier."""
_LONGER, _AT_ONCE, _MOST = 1.1, 16, 12
"""Looks after the last change: factor between two of them, how many at a time, and how often."""
_LATE = 1e200
"""(days) What takes longer does not happen."""
_GONE = 1e-9
"""(cells) A falling mean below which a tumor does not come back."""
_FINER = 64
"""Looks on both sides of the lowest."""


class Course:
    """Mean numbers of cells by type at many times, from time 0 until the mean total is back at a size, or gone.

    Attributes
    ----------
    times
        (days) Increasing.
    counts
        (cells) Mean numbers of shape (times, types): of several compositions those of all together.
    since
        (days) When the mean total is smallest, between the first times at which it is below the size and back at it;
        infinity where it falls for ever.
    """

    __slots__ = ("counts", "since", "times")

    def __init__(self, process: BranchingProcess, cells: InitialCells, size: float) -> None:
        start = _composition(cells)
        self.times = _looks(process)
        self.counts = expected(process, start, self.times)[0][0]
        # Mutation and switching leave the total as it is, so it grows at the largest net rate at most.
        largest = abs(float((process.divisions[-1] - process.deaths[-1]).max()))
        shortest, length = min(1.0 / largest, _LATE) if largest > 0.0 else 1.0, 0.0
        for _ in range(_MOST):
            if length > 0.0 and (self._is_back(size) or self._is_gone()):
                break
            ends = (length + shortest / (_LONGER - 1.0)) * _LONGER ** np.arange(1.0, _AT_ONCE + 1.0)
            ends -= shortest / (_LONGER - 1.0)
            later, length = self.times[-1] - length + ends, float(ends[-1])
            self.times = np.concatenate([self.times, later])
            self.counts = np.concatenate([self.counts, expected(process, start, later)[0][0]])
        lowest = self._lowest(size)
        if lowest == self.times.size - 1 and lowest and self._is_gone():
            self.since = math.inf
            return
        around = self.times[max(lowest - 1, 0) : lowest + 2]
        finer = np.setdiff1d(np.linspace(around[0], around[-1], _FINER), self.times)
        if finer.size:
            order = np.argsort(np.concatenate([self.times, finer]))
            self.times = np.concatenate([self.times, finer])[order]
            self.counts = np.concatenate([self.counts, expected(process, start, finer)[0][0]])[order]
        self.since = float(self.times[self._lowest(size)])

    def _lowest(self, size: float) -> int:
        """Index of the smallest mean total between the first looks at which it is below the size and back at it."""
        total: NDArray[np.float64] = self.counts.sum(axis=1)
        below = np.flatnonzero(total < size)
        first = int(below[0]) if below.size else 0
        back = np.flatnonzero(total[first:] >= size) if below.size else below
        end = first + int(back[0]) + 1 if back.size else total.size
        return first + int(np.argmin(total[first:end]))

    def _is_back(self, size: float) -> bool:
        """Whether the last mean total is at the size, and above an earlier one."""
        total = self.counts.sum(axis=1)
        return bool(total[-1] >= size and total[-1] > total.min())

    def _is_gone(self) -> bool:
        last, before = self.counts[-1].sum(), self.counts[-2].sum()
        return bool(last < _GONE and last < before)

    def first_at(self, marked: NDArray[np.bool_], size: float) -> float:
        """(days) The first look from `since` on at which the mean number of marked cells is at a size; else 0."""
        there = (self.times >= self.since) & (self.counts[:, marked].sum(axis=1) >= size)
        return float(self.times[np.argmax(there)]) if there.any() else 0.0

    def peaks(self, marked: NDArray[np.bool_]) -> NDArray[np.float64]:
        """(days) When the mean number of marked cells is larger than ever since, and falls next."""
        late = self.times >= self.since
        times, mean = self.times[late], self.counts[late][:, marked].sum(axis=1)
        if times.size < 2:
            return np.zeros(0)
        highest = mean >= np.maximum.accumulate(mean)
        return np.asarray(times[:-1][highest[:-1] & (mean[1:] < mean[:-1])])


def _composition(cells: InitialCells) -> NDArray[np.float64]:
    """Mean cells of each type at time 0, of shape (1, types)."""
    law = cells.law
    if law is None:
        return np.asarray(cells.counts.sum(axis=0, dtype=np.float64)[None, :])
    if isinstance(law, GrownFor):
        return np.asarray(mean_of_age(law).sum(axis=0)[None, :])
    # The mean number of mutants may be infinite: their share at the time at which the mean is that size.
    assert isinstance(law, GrownTo)
    return summed(_of_part(law.growth, part.first, float(part.sizes.max())) for part in law.parts)[None, :]


def _of_part(growth: BranchingProcess, first: int, size: float) -> NDArray[np.float64]:
    block = block_of(growth, first)
    net = float(growth.divisions[0, first] - growth.deaths[0, first]) if block.single else block.rate
    grown = expected(growth, block.shares[None, :], np.array([math.log(size) / net]))[0][0, 0]
    return np.asarray(size / grown.sum() * grown)


def _looks(process: BranchingProcess) -> NDArray[np.float64]:
    pulses = np.array([pulse.time for pulse in process.pulses])
    changes = np.concatenate([[0.0], process.breakpoints, pulses, pulses * (1.0 - _BEFORE)])
    return np.unique(np.concatenate([changes, np.linspace(0.0, float(changes.max()), _STRETCHES)]))
