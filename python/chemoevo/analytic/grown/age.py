"""Tumors of an age: growth for a given time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from chemoevo import _core
from chemoevo.analytic.grown.law import GrownLaw
from chemoevo.errors import SimulationError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from chemoevo.process.branching import BranchingProcess

LEAST_THERE = 1e-290
"""Probability of a tumor below which nothing given the tumor has digits."""

LEAST_DIFFERENCE = 1e-7
"""Absence given a tumor, below which the difference of two solutions has fewer than four digits left."""


class GrownFor(GrownLaw):
    """A tumor grown from one cell for a time, given that it is there: exact, for `initial` of a probability.

    Parameters
    ----------
    growth
        Growth from one cell of its first type; rates may change, and there may be pulses. No competition.
    days
        (days) How long it has grown, or several times, of shape (n,); finite and > 0.

    Attributes
    ----------
    growth
        As given.
    days
        (days) A float, or an array of shape (n,).

    Raises
    ------
    ModelError
        If `days` is out of range, or growth has competition.
    TypeError
        If an argument has a wrong type.

    Notes
    -----
    The backward equations are carried on through growth, from what they say of a cell at its end. With G the
    probability that a cell of the first type has one of the cells in question among its descendants, and A that it has
    any at the end of growth, the presence given a tumor is G / A, and the absence (A - G) / A: a difference, refused
    where fewer than four digits of it are left.

    See Also
    --------
    GrownTo : growth to a given size, which is another law.

    Examples
    --------
    >>> import chemoevo as ce
    >>> growth = ce.BranchingProcess(
    ...     types=["S", "R"], birth=[0.14, 0.14], death=[0.13, 0.13], mutation={("S", "R"): 1e-9}
    ... )
    >>> tumors = ce.GrownFor(growth, days=[1350, 1580, 1810])  # 1e7, 1e8, 1e9 cells on average
    >>> ce.absence_probability(growth, types=["R"], initial=tumors, times=[0.0]).round(4)
    array([[0.9718],
           [0.7755],
           [0.2572]])
    """

    __slots__ = ("days",)
    measure = "days"

    days: float | NDArray[np.float64]

    def __init__(self, growth: BranchingProcess, *, days: ArrayLike) -> None:
        self._set(growth, days, "a time in days, above 0", 0.0)

    def log_absence(self, cell: NDArray[np.float64], *, strict: bool = True) -> NDArray[np.float64]:
        """Logarithm of the probability that all are absent, from that of one cell of each type at the end of growth.

        Parameters and shapes as for `GrownTo.log_absence`. If not `strict`, absences below 1e-7 are rough.

        Raises
        ------
        SimulationError
            If fewer than four digits of the absence are left, or the tumor is never there.
        """
        days, order = np.unique(np.atleast_1d(self.days), return_inverse=True)
        there, gone = self.there(days)
        if not (there > 0.0).all():
            day = float(days[int(np.flatnonzero(there <= 0.0)[0])])
            raise SimulationError(f"growth: no tumor is ever there after {day!r} days, so nothing can be said of it.")
        logs = np.empty((days.size, cell.shape[1]))
        for k, column in enumerate(cell.T):
            if np.isneginf(column).all():
                # No cell is ever absent, and there is one.
                logs[:, k] = -np.inf
                continue
            present, absent = _presence_and_absence(self.growth, (-np.expm1(column) + 0.0, np.exp(column)), days)
            # Absent though there: the smaller numbers have the smaller error.
            difference = np.where(absent < 0.5, absent - gone, there - present)
            lost = (difference < LEAST_DIFFERENCE * np.minimum(absent, there)) & (absent > 0.0)
            if strict and lost.any():
                day = float(days[int(np.flatnonzero(lost)[0])])
                raise SimulationError(
                    f"absence given a tumor of {day!r} days is below {LEAST_DIFFERENCE:g}: there it is a difference of "
                    "two solutions, with an accuracy of 1e-11 at best: not enough digits. ce.GrownTo keeps them."
                )
            with np.errstate(divide="ignore"):
                small = np.log1p(-np.minimum(present / there, 1.0))
                logs[:, k] = np.where(2.0 * present < there, small, np.log(np.maximum(difference, 0.0) / there))
        shaped: NDArray[np.float64] = logs[order.reshape(-1)]
        return shaped if np.ndim(self.days) else shaped[0]

    def there(self, days: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Probability that a tumor is there after so many days, and that none is."""
        types = len(self.growth.types)
        return _presence_and_absence(self.growth, (np.ones(types), np.zeros(types)), days)

    def surely_there(self, days: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The same, for what is divided by the first.

        Raises
        ------
        SimulationError
            If a tumor is there with a probability below 1e-290.
        """
        there, gone = self.there(days)
        for day, one in zip(days.tolist(), there.tolist(), strict=True):
            if one < LEAST_THERE:
                raise SimulationError(
                    f"growth: a tumor is there after {day!r} days with probability {one:.1e}: too small for its "
                    "moments and distributions. Ask for an earlier time."
                )
        return there, gone


def _presence_and_absence(
    growth: BranchingProcess, end: tuple[NDArray[np.float64], NDArray[np.float64]], days: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Presence and absence from one cell of the first type, carried back through growth from those at its `end`."""
    found = _core.backward(growth.compiled, *end, days)
    return found.presence[:, 0], found.absence[:, 0]
