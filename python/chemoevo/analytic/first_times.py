"""When the last cell is gone, and when a type first appears: laws of times, by the backward equations."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from chemoevo import _core
from chemoevo.analytic.absence_time import AbsenceTime
from chemoevo.analytic.absorbing import absorbing, log_never
from chemoevo.analytic.one_cell import log_absence_of_one, log_extinction_of_one, one_of_each
from chemoevo.analytic.question import Question
from chemoevo.analytic.time_law import TimeLaw

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chemoevo.analytic.question import Treated
    from chemoevo.process.branching import BranchingProcess


class _Extinction:
    """Logarithm of the probability that one cell of each type has no descendant left, at times."""

    def __init__(self, process: BranchingProcess) -> None:
        self.process = process

    def __call__(self, times: NDArray[np.float64]) -> NDArray[np.float64]:
        return log_absence_of_one(self.process, np.ones(len(self.process.types), dtype=np.bool_), times)


class _NoneYet:
    """Logarithm of the probability that no marked cell has come of one cell of each type until times."""

    def __init__(self, process: BranchingProcess, marked: NDArray[np.bool_]) -> None:
        self.process, self.marked = process, marked
        self._absorbing = absorbing(process, marked)

    def __reduce__(self) -> tuple[type[_NoneYet], tuple[BranchingProcess, NDArray[np.bool_]]]:
        return _NoneYet, (self.process, self.marked)

    def __call__(self, times: NDArray[np.float64]) -> NDArray[np.float64]:
        return _core.log_absence(self._absorbing, self.marked.tolist(), one_of_each(self.process), times)


def _constant_from(process: BranchingProcess) -> float:
    """(days) The last change of rates or pulse."""
    return float(max([0.0, *process.breakpoints.tolist()[-1:], *(p.time for p in process.pulses)]))


def extinction_time(model: BranchingProcess | Treated, *, initial: Any) -> TimeLaw:
    """The law of the time at which the last cell is gone.

    Parameters
    ----------
    model
        A `BranchingProcess`, or a `Scenario`, which stands for its therapy.
    initial
        Cells at time 0, as for `extinction_probability`, laws of grown tumors included. No cells: time 0.

    Returns
    -------
    TimeLaw
        With `cdf`, `survival`, `quantile`, `median`, `probability` and `never`.

    Raises
    ------
    ModelError
        If `initial` has a wrong value, or the process has competition.
    TypeError
        If an argument has a wrong type.
    SimulationError
        If the equations need more than two million steps; also by the methods of the result.

    Notes
    -----
    Extinction is final, so the probability that the time is at most t is `extinction_probability` at t, and that it is
    finite is `ultimate_extinction_probability`. At a pulse it can jump: a quantile is the first time at which the
    probability is reached.

    Examples
    --------
    >>> import chemoevo as ce
    >>> process = ce.BranchingProcess(
    ...     types=["S", "R"], birth=[0.14, 0.14], death=[0.50, 0.13], mutation={("S", "R"): 1e-8}
    ... )
    >>> law = ce.extinction_time(process, initial={"S": 10**6, "R": 10})
    >>> round(law.probability, 4), law.median(), round(law.median(conditional=True), 3)
    (0.4765, inf, 69.094)
    """
    ask = Question(model, initial)
    cells = ask.checked()
    process = ask.process
    return AbsenceTime(
        "the tumor dies out",
        cells,
        _Extinction(process),
        log_extinction_of_one(process, np.inf),
        np.array([p.time for p in process.pulses]),
        is_absence=True,
        constant_from=_constant_from(process),
    )


def first_appearance(model: BranchingProcess | Treated, *, types: Iterable[str], initial: Any) -> TimeLaw:
    """The law of the time at which the first cell of the named types appears.

    Parameters
    ----------
    model
        A `BranchingProcess`, or a `Scenario`, which stands for its therapy.
    types
        Names of at least one type.
    initial
        As for `extinction_time`. Where a named type is there at the start, the time is 0.

    Returns
    -------
    TimeLaw
        With `cdf`, `survival`, `quantile`, `median`, `probability` and `never`.

    Raises
    ------
    ModelError
        If `types` or `initial` has a wrong value, or the process has competition.
    TypeError
        If an argument has a wrong type.
    SimulationError
        If the equations need more than two million steps; also by the methods of the result.

    See Also
    --------
    absence_probability : whether such a cell is there at a time, which may have come and gone before.

    Notes
    -----
    The backward equations with G_j = 1 for the named types at all times, not at the last only: the first such cell ends
    the question. That is the process in which these cells do nothing for ever, and pulses spare them.

    Examples
    --------
    >>> import chemoevo as ce
    >>> process = ce.BranchingProcess(
    ...     types=["S", "R"], birth=[0.14, 0.14], death=[0.13, 0.13], mutation={("S", "R"): 1e-7}
    ... )
    >>> law = ce.first_appearance(process, types=["R"], initial={"S": 10**6})
    >>> law.cdf([10.0, 30.0]).round(4)
    array([0.1369, 0.3873])
    >>> ce.presence_probability(process, types=["R"], initial={"S": 10**6}, times=[10.0, 30.0]).round(4)
    array([0.0914, 0.1929])
    """
    ask = Question(model, initial)
    marked = ask.marked(types)
    cells = ask.checked()
    process = ask.process
    return AbsenceTime(
        f"{' or '.join(n for n, m in zip(process.types, marked, strict=True) if m)} appears",
        cells,
        _NoneYet(process, marked),
        log_never(process, marked, absorbed=True),
        np.array([p.time for p in process.pulses]),
        is_absence=False,
        constant_from=_constant_from(process),
    )
