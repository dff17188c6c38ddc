"""The law of a time: of something that may never happen."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

import numpy as np

from chemoevo.analytic.question import InitialCells
from chemoevo.base.arguments import flag, real_array, resolve_times
from chemoevo.base.instants import on_instants
from chemoevo.base.tables import preformatted, text_table
from chemoevo.errors import Problems

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Pair = tuple[NDArray[np.float64], NDArray[np.float64]]
    """Probabilities that something has happened, and that it has not."""


class TimeLaw(ABC):
    """The law of the time of something that may never happen.

    Made by `extinction_time`, `first_appearance` and `relapse_time`.

    Attributes
    ----------
    event
        What happens.
    probability
        That it ever happens: a number, or (n,) for n compositions.
    never
        That it never happens, with its own digits.

    Examples
    --------
    >>> import chemoevo as ce
    >>> process = ce.BranchingProcess(types=["S"], birth=[0.1], death=[0.2])
    >>> law = ce.extinction_time(process, initial={"S": 1000})
    >>> law.cdf([50.0, 100.0]).round(6)
    array([0.033841, 0.977555])
    >>> round(law.median(), 4)
    65.8216
    """

    __slots__ = ("_cells", "_pulses", "event")

    def __init__(self, event: str, cells: InitialCells, pulses: NDArray[np.float64]) -> None:
        self.event = event
        self._cells = cells
        # (days) When it can happen at once.
        self._pulses = pulses

    def __repr__(self) -> str:
        return f"TimeLaw({self.event!r}, probability={self.probability!r})"

    def _repr_html_(self) -> str:
        rows = [("ever", str(self.probability)), ("never", str(self.never))]
        return preformatted(f"Time of {self.event}\n{text_table(('', 'probability'), rows)}")

    @property
    def probability(self) -> Any:
        """Probability that it ever happens."""
        return self._cells.shaped(self._ever()[0])

    @property
    def never(self) -> Any:
        """Probability that it never happens."""
        return self._cells.shaped(self._ever()[1])

    def cdf(self, times: ArrayLike) -> NDArray[np.float64]:
        """Probability that it has happened by each time.

        Parameters
        ----------
        times
            (days) Finite, >= 0, strictly increasing.

        Returns
        -------
        NDArray[np.float64]
            Of shape (times,), or (n, times) for n compositions.
        """
        return self._cells.shaped(self._both(self._at(times))[0])  # type: ignore[no-any-return]

    def survival(self, times: ArrayLike) -> NDArray[np.float64]:
        """Probability that it has not happened by each time: the complement of `cdf`, with its own digits."""
        return self._cells.shaped(self._both(self._at(times))[1])  # type: ignore[no-any-return]

    def _at(self, times: ArrayLike) -> NDArray[np.float64]:
        return on_instants(resolve_times(times), self._pulses)

    def quantile(self, q: ArrayLike, *, conditional: bool = False) -> Any:
        """The first time by which it has happened with probability q.

        Parameters
        ----------
        q
            In (0, 1); a number or a list.
        conditional
            Given that it ever happens.

        Returns
        -------
        float or NDArray[np.float64]
            (days) To 1e-10 relative; infinity where the probability never reaches q, and where it can never happen.
            Of shape (q,), (n,) or (n, q) for lists and n compositions.

        Raises
        ------
        ModelError
            If `q` is not in (0, 1).
        SimulationError
            If q is so close to the probability that it ever happens that the equations cannot tell them apart.
        """
        problems = Problems()
        levels = real_array(problems, "q", q)
        conditional = flag(problems, "conditional", conditional)
        if levels is not None:
            for index in np.argwhere(~((levels > 0.0) & (levels < 1.0)))[:5]:
                where = "".join(f"[{i}]" for i in index)
                problems.value(f"q{where}", "must be above 0 and below 1", float(levels[tuple(index)]))
            if levels.ndim > 1 or levels.size == 0:
                problems.value("q", "must be a number or a list of numbers")
        problems.raise_if_any()
        assert levels is not None
        ever, never = self._ever(strict=False)
        columns = [
            [self._search(row, float(level), float(e), float(s), conditional) for level in np.atleast_1d(levels)]
            for row, (e, s) in enumerate(zip(ever, never, strict=True))
        ]
        result = np.array(columns)
        return self._cells.shaped(result if levels.ndim else result[:, 0])

    def median(self, *, conditional: bool = False) -> Any:
        """The time by which it has happened with probability 1/2; infinity if it is never that probable.

        Parameters
        ----------
        conditional
            Given that it ever happens.
        """
        return self.quantile(0.5, conditional=conditional)

    @abstractmethod
    def _ever(self, *, strict: bool = True) -> Pair:
        """Probability that it ever happens, and that it never does, of shape (n,); rough where not `strict`."""

    @abstractmethod
    def _both(self, times: NDArray[np.float64], *, strict: bool = True) -> Pair:
        """Probability that it has happened by each time, and that it has not, of shape (n, times)."""

    @abstractmethod
    def _search(self, row: int, q: float, ever: float, never: float, conditional: bool) -> float:
        """(days) The first time by which it has happened with probability q, for one composition."""
