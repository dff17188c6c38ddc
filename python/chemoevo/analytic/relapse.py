"""The law of the time at which a tumor is back at a size: from the probabilities of sizes at times."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from chemoevo import _core
from chemoevo.analytic.absorbing import absorbing, leads_to
from chemoevo.analytic.course import Course
from chemoevo.analytic.one_cell import one_of_each
from chemoevo.analytic.question import InitialCells
from chemoevo.analytic.sizes import size_tail
from chemoevo.analytic.time_law import TimeLaw
from chemoevo.errors import SimulationError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chemoevo.analytic.time_law import Pair
    from chemoevo.process.branching import BranchingProcess

_NARROW = 1e-7
"""Relative width to which a quantile is narrowed down."""
_LONGER, _STEPS = 1.25, 100
"""In search of a quantile: factor between two times, and how many."""


class RelapseTime(TimeLaw):
    """The law of the time at which a tumor is back at a size; made by `relapse_time`.

    Attributes
    ----------
    event
        What happens.
    probability
        That it ever happens: a number, or (n,) for n compositions.
    never
        That it never happens.
    size
        (cells) So many are a relapse.
    since
        (days) From when on they count: until then the tumor may be as large as it was. Infinity where the mean number
        of cells falls for ever.
    types
        Names of the types that are counted together.
    by_driver
        {type: law} of the time at which the cells of that type alone are so many.

    Examples
    --------
    >>> import chemoevo as ce
    >>> process = ce.BranchingProcess(types=["S", "R"], birth=[0.1, 0.1], death=[0.3, 0.05])
    >>> law = ce.relapse_time(process, initial={"S": 10**6, "R": 5}, size=1e6)
    >>> round(law.probability, 4), round(law.median(), 1)
    (0.9688, 247.6)
    >>> {name: round(one.probability, 4) for name, one in law.by_driver.items()}
    {'S': 0.0, 'R': 0.9688}
    """

    __slots__ = ("_course", "_known", "_laws", "_marked", "_peaks", "_process", "_tolerance", "since", "size", "types")

    def __init__(
        self,
        process: BranchingProcess,
        cells: InitialCells,
        marked: NDArray[np.bool_],
        *,
        size: float,
        course: Course,
        tolerance: float,
    ) -> None:
        self.types = tuple(name for name, here in zip(process.types, marked, strict=True) if here)
        of = "" if marked.all() else f" of {' or '.join(self.types)}"
        super().__init__(
            f"there are {size:g} cells{of} again", cells, np.sort(np.array([p.time for p in process.pulses]))
        )
        self.size, self.since = size, course.since
        self._process, self._marked, self._course, self._tolerance = process, marked, course, tolerance
        self._peaks = course.peaks(marked)
        self._laws = len(cells.counts) if cells.law is None else cells.law.values.size
        # (days) -> (n,): probabilities of the size that were asked for before.
        self._known: dict[float, NDArray[np.float64]] = {}

    def __repr__(self) -> str:
        return f"RelapseTime({self.event!r}, probability={self.probability!r})"

    @property
    def by_driver(self) -> dict[str, RelapseTime]:
        """The laws of the times at which one type alone has the size, by type."""
        return {
            name: RelapseTime(
                self._process,
                self._cells,
                np.array([other == name for other in self._process.types]),
                size=self.size,
                course=self._course,
                tolerance=self._tolerance,
            )
            for name in self.types
        }

    def _there(self, time: float) -> NDArray[np.float64]:
        """Probability of the size at one time, of shape (n,)."""
        if time not in self._known:
            self._known[time] = size_tail(self._process, self._cells, self._marked, self.size, time, self._tolerance)
        return self._known[time]

    def _reached(self, time: float) -> NDArray[np.float64]:
        """Probability of the size at some time from `since` until `time`: there, or at the last peak before."""
        if time < self.since:
            return np.zeros(self._laws)
        found = self._there(time)
        before = self._peaks[self._peaks < time]
        return np.maximum(found, self._there(float(before[-1]))) if before.size else found

    def _both(self, times: NDArray[np.float64], *, strict: bool = True) -> Pair:
        reached = np.array([self._reached(time) for time in times.tolist()]).T
        return reached, 1.0 - reached

    def _ever(self, *, strict: bool = True) -> Pair:
        log = self._cells.log_product(_log_no_growth(self._process, self._marked), strict=strict)
        ever, never = -np.expm1(log) + 0.0, np.exp(log)
        for time in () if math.isinf(self.since) else (self.since, *self._peaks[-1:].tolist()):
            there = self._there(time)
            ever, never = np.maximum(ever, there), np.minimum(never, 1.0 - there)
        return ever, never

    def _search(self, row: int, q: float, ever: float, never: float, conditional: bool) -> float:
        level = q * ever if conditional else q
        if math.isinf(self.since) or level >= ever:
            return math.inf

        def short(time: float) -> float:
            return float(self._reached(time)[row]) - level

        low = self.since
        if short(low) >= 0.0:
            return low
        # Each peak is higher than those before, so the first that is high enough is found by halving.
        peaks = self._peaks.tolist()
        first = bisect_left(peaks, 0.0, key=short)
        low = peaks[first - 1] if first else low
        if first < len(peaks):
            return _root(short, low, peaks[first])
        high = max(low, self._course.first_at(self._marked, level * self.size))
        for _ in range(_STEPS):
            high = _LONGER * high + 1.0 / float(self._process.divisions.max())
            if short(high) >= 0.0:
                return _root(short, low, high)
            low = high
        raise SimulationError(
            f"q = {q!r} is too close to the probability that {self.event} ever, {ever!r}, to be told apart."
        )


def _root(short: Callable[[float], float], low: float, high: float) -> float:
    """(days) Where a probability comes to a level: between a time at which it is short of it and one at which not."""
    from scipy.optimize import brentq

    return float(brentq(short, low, high, xtol=_NARROW * high, rtol=_NARROW))


def _log_no_growth(process: BranchingProcess, marked: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Logarithm of the probability that no line to marked cells grows for ever, from one cell of each type."""
    grows = leads_to(process, marked) & leads_to(process, process.divisions[-1] > 0.0)
    core = absorbing(process, np.zeros_like(marked), ~grows)
    return _core.log_ultimate_extinction(core, one_of_each(process))
