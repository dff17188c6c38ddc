"""Tumors grown from one cell, as a law instead of a number of cells: to a size, or for a time.

The two are different laws. Tumors found at one size have grown for different times: the one that was lucky early is
younger, and had less time for mutants. Tumors of one age have different sizes, and the large ones, which weigh most in
every mean, have most mutants. A scanner sees a size; a mouse is treated on a day.

References
----------
.. [1] Y. Iwasa, M. A. Nowak, F. Michor (2006), Genetics 172:2557, doi:10.1534/genetics.105.049791.
.. [2] I. Bozic et al. (2013), eLife 2:e00747, doi:10.7554/eLife.00747.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from chemoevo import _core
from chemoevo.arguments import MAX_COUNT, real_array
from chemoevo.competition import refuse_competition
from chemoevo.detection import founding, lineages_present
from chemoevo.errors import ModelError, Problems, SimulationError, Words
from chemoevo.means import run

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from chemoevo.process import BranchingProcess

LEAST_DIFFERENCE = 1e-7
"""Absence given a tumor, below which the difference of two solutions has fewer than four digits left."""


class GrownTo:
    """A tumor grown from one cell to a size, for `initial` of a probability: the law of large tumors and rare mutation.

    Parameters
    ----------
    growth
        Growth from one cell of its first type. That type must grow, at constant rates, and not switch; no pulses, no
        competition.
    size
        (cells) Size at detection, or several, of shape (n,); from 1 to 2**62.

    Attributes
    ----------
    growth
        As given.
    size
        (cells) A float, or an array of shape (n,).

    Raises
    ------
    ModelError
        If `size` is out of range, or growth is not as said.
    TypeError
        If an argument has a wrong type.

    Notes
    -----
    A tumor that was found with M cells had about M e^{-r s} cells of its first type a time s before, r = b (1 - U) - d,
    U = sum_j u_j, so founders of lineages of type j came at the rate b u_j M e^{-r s}: a Poisson process. A lineage
    that was founded s before leaves none of the cells in question with a probability F_j(s) that the backward equations
    give exactly, with further mutations and whatever follows. So

        P(absent) = F_0^M exp(- integral_0^inf b M e^{-r s} sum_j u_j (1 - F_j(s)) ds),

    F_0 the probability from one cell of the first type at detection [1]_ [2]_. It is given that the tumor reaches M,
    and an approximation: what is left out is of the order of 1/M and of the share of mutants in the tumor. One
    integral serves for all sizes.

    See Also
    --------
    GrownFor : growth for a given time, which is another law.

    Examples
    --------
    >>> import chemoevo as ce
    >>> growth = ce.BranchingProcess(
    ...     types=["S", "R"], birth=[0.14, 0.14], death=[0.13, 0.13], mutation={("S", "R"): 1e-9}
    ... )
    >>> tumors = ce.GrownTo(growth, size=[1e7, 1e8, 1e9])
    >>> ce.absence_probability(growth, types=["R"], initial=tumors, times=[0.0]).round(4)
    array([[0.972 ],
           [0.7526],
           [0.0583]])
    """

    __slots__ = ("growth", "size")

    def __init__(self, growth: BranchingProcess, *, size: ArrayLike) -> None:
        problems = Problems()
        _check_growth(problems, growth, type(self).__name__)
        values = _positive(problems, "size", size, "a size in cells, at least 1", 1.0)
        problems.raise_if_any()
        founding(growth)
        self.growth = growth
        self.size: float | NDArray[np.float64] = float(values) if values.ndim == 0 else values

    def __repr__(self) -> str:
        return f"GrownTo({_named(self.growth)}, size={_shown(self.size)})"

    def log_absence(self, cell: NDArray[np.float64], *, strict: bool = True) -> NDArray[np.float64]:
        """Logarithm of the probability that all are absent, from that of one cell of each type at detection.

        Parameters
        ----------
        cell
            Shape (types, times): natural logarithms.
        strict
            Of no meaning here.

        Returns
        -------
        NDArray[np.float64]
            Of shape (times,), or (n, times) for several sizes.

        Raises
        ------
        SimulationError
            If the integral does not reach a relative accuracy of 1e-8.
        """
        exponents = np.array([self.founders(column) for column in cell.T])
        # A first type that is never absent: no cell of it leaves the logarithm alone.
        with np.errstate(invalid="ignore"):
            logs: NDArray[np.float64] = np.multiply.outer(np.asarray(self.size), cell[0] - exponents)
        return logs

    def founders(self, cell: NDArray[np.float64]) -> float:
        """Expected founders of lineages that leave one of the cells in question, for each cell of the tumor.

        `cell`, of shape (types,), holds natural logarithms of the absence from one cell at detection.
        """
        value, _ = lineages_present(self.growth, -np.expm1(cell) + 0.0, np.exp(cell))
        return value


class GrownFor:
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

    __slots__ = ("days", "growth")

    def __init__(self, growth: BranchingProcess, *, days: ArrayLike) -> None:
        problems = Problems()
        _check_growth(problems, growth, type(self).__name__)
        values = _positive(problems, "days", days, "a time in days, above 0", 0.0)
        problems.raise_if_any()
        self.growth = growth
        self.days: float | NDArray[np.float64] = float(values) if values.ndim == 0 else values

    def __repr__(self) -> str:
        return f"GrownFor({_named(self.growth)}, days={_shown(self.days)})"

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


def is_grown(initial: object) -> bool:
    """Whether an `initial` is one of these laws."""
    return isinstance(initial, GrownTo | GrownFor)


def check_types(grown: GrownTo | GrownFor, process: BranchingProcess) -> None:
    """Raises `ModelError` where therapy and growth do not have the same types."""
    if grown.growth.types != process.types:
        raise ModelError(
            f"initial.growth.types must be the types of the process, {list(process.types)!r}, in the same order; got "
            f"{list(grown.growth.types)!r}."
        )


def _presence_and_absence(
    growth: BranchingProcess, end: tuple[NDArray[np.float64], NDArray[np.float64]], days: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Both from one cell of the first type, for what they are from a cell of each type at the end of growth."""
    presence, absence = run(lambda: _core.backward(growth._core, *end, days))
    return presence[:, 0], absence[:, 0]


def _check_growth(problems: Problems, growth: Any, owner: str) -> None:
    from chemoevo.process import BranchingProcess

    if not isinstance(growth, BranchingProcess):
        problems.type(
            "growth", "must be a BranchingProcess", growth, hint=f"{owner}(scenario.growth.process, ...) has it."
        )
        return
    try:
        refuse_competition(growth.competition, "growth")
    except ModelError as error:
        problems.extend(error.problems)


def _positive(problems: Problems, path: str, given: object, rule: str, least: float) -> NDArray[np.float64]:
    array = real_array(problems, path, given)
    if array is None:
        return np.ones(())
    if array.ndim > 1 or array.size == 0:
        problems.value(path, f"must be {rule}, or a list of such", Words(f"shape {array.shape}"))
        return np.ones(())
    flat = np.atleast_1d(array)
    wrong = ~(np.isfinite(flat) & (flat > 0.0) & (flat >= least) & (flat <= MAX_COUNT))
    for index in np.flatnonzero(wrong)[:5]:
        where = f"{path}[{index}]" if array.ndim else path
        problems.value(where, f"must be {rule}, and at most 2**62", float(flat[index]))
    return array


def _named(growth: BranchingProcess) -> str:
    return f"growth of {growth.types[0]!r} with {len(growth.types)} types"


def _shown(value: float | NDArray[np.float64]) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    few = ", ".join(f"{v:g}" for v in value[:6])
    return f"[{few}{', ...' if value.size > 6 else ''}]"
