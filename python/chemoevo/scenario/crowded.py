"""Growth to detection where cells compete, in the mean field."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from chemoevo.analytic.grown.block import block_of
from chemoevo.process.expected import expected

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chemoevo.process.branching import BranchingProcess

_POINTS = 65
_LONGEST = 4096.0
"""Times the days that growth without competition takes: a tumor that is not found by then stands still."""
_STILL = 1e-9
"""Share by which no type changes any more where a tumor stands still."""
FOLLOWED = 3e6
"""Changes of a cell up to which growth is followed, days times the fastest rate (per day): some seconds of work."""


@dataclass(frozen=True, eq=False)
class Crowded:
    """A tumor that grows from one cell while its cells compete, in the mean field.

    Attributes
    ----------
    found
        Whether it comes to its size; if not, all else is where it stands still, or was followed to.
    still
        Whether it stands still below its size.
    days
        From one cell to the size.
    cells
        Of every type then, shape (types,).
    mutations
        Mutations and switches until then.
    events
        Divisions, deaths and switches until then, about.
    """

    found: bool
    still: bool
    days: float
    cells: NDArray[np.float64]
    mutations: float
    events: float


def grown(process: BranchingProcess, size: float, first: int = 0) -> Crowded:
    """Growth from one cell of the type at place `first`, with constant rates, to a number of cells (or not so far)."""
    rate, stiff = block_of(process, first).rate, _stiff(process)
    step = (math.log(size) + 1.0) / rate
    longest, day, mutations, spent = _LONGEST * step, 0.0, 0.0, 0.0
    cells = np.eye(len(process.types))[first]
    while True:
        if (day + step) * stiff > FOLLOWED:
            return Crowded(False, False, day, cells, mutations, spent * _fastest(process))
        grid = np.linspace(0.0, step, _POINTS)
        counts, special = _from(process, cells, grid)
        totals = counts.sum(axis=1)
        found = bool((totals >= size).any())
        last = int(np.argmax(totals >= size)) if found else _POINTS - 1
        spent += float(np.trapezoid(totals[: last + 1], grid[: last + 1]))
        if found:
            before = max(last - 1, 0)
            left, at, more = _until(process, counts[before], float(grid[last] - grid[before]), size)
            days, mutations = day + float(grid[before]) + left, mutations + float(special[before]) + more
            return Crowded(True, False, days, at, mutations, spent * _fastest(process))
        day, mutations = day + step, mutations + float(special[-1])
        still = bool((np.abs(counts[-1] - cells) <= _STILL * counts[-1]).all())
        cells = counts[-1]
        if still or day > longest:
            return Crowded(False, still, day, cells, mutations, spent * _fastest(process))
        step *= 2.0


def _from(
    process: BranchingProcess, cells: NDArray[np.float64], days: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    counts, special = expected(process, cells[None, :], days)
    return np.asarray(counts[0]), np.asarray(special[0])


def _until(
    process: BranchingProcess, cells: NDArray[np.float64], longest: float, size: float
) -> tuple[float, NDArray[np.float64], float]:
    """Days, cells and mutations until the size is reached, which it is within the longest."""
    low, high = 0.0, longest
    for _ in range(40):
        middle = 0.5 * (low + high)
        if float(_from(process, cells, np.array([middle]))[0].sum()) < size:
            low = middle
        else:
            high = middle
    counts, special = _from(process, cells, np.array([high]))
    return float(high), counts[0], float(special[0])


def _switching(process: BranchingProcess) -> NDArray[np.float64]:
    """(per cell and day) Of every type."""
    found = np.zeros(len(process.types))
    for source, _, rate in process.switches.in_interval(0):
        found[source] += rate
    return found


def _fastest(process: BranchingProcess) -> float:
    """(per cell and day) Events of the type that has most of them; crowding adds no more than the net growth."""
    birth, death = process.birth[0], process.death[0]
    return float((birth + np.maximum(birth, death) + _switching(process)).max())


def _stiff(process: BranchingProcess) -> float:
    """(per day) The fastest rate of the mean field, which its steps follow."""
    return float((np.abs(process.birth[0] - process.death[0]) + _switching(process)).max())
