"""The law of a time: of something that may never happen."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from chemoevo.analytic.grown.age import LEAST_DIFFERENCE
from chemoevo.analytic.question import InitialCells
from chemoevo.base.arguments import flag, real_array, resolve_times
from chemoevo.base.instants import on_instants
from chemoevo.base.tables import preformatted, text_table
from chemoevo.errors import Problems, SimulationError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

_DOUBLINGS = 60
_NARROW = 1e-10
"""Relative width to which a quantile is narrowed down."""
_SECTIONS = 16
"""Parts into which an interval of constant rates is cut at once: the equations answer for all cuts on one way."""


class TimeLaw:
    """The law of the time of something that may never happen; made by `extinction_time` and `first_appearance`.

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

    __slots__ = ("_cells", "_constant_from", "_is_absence", "_log_cell", "_log_never", "_pulses", "event")

    def __init__(
        self,
        event: str,
        cells: InitialCells,
        log_cell: Callable[[NDArray[np.float64]], NDArray[np.float64]],
        log_limit: NDArray[np.float64],
        pulses: NDArray[np.float64],
        *,
        is_absence: bool,
        constant_from: float,
    ) -> None:
        self.event = event
        self._cells = cells
        self._log_cell = log_cell
        self._log_never = log_limit
        self._pulses = pulses
        # (days) After the last change of rates and the last pulse.
        self._constant_from = constant_from
        # Whether the logarithms are of "it has happened" (no cell left) or of "it has not" (no such cell yet).
        self._is_absence = is_absence

    def __repr__(self) -> str:
        return f"TimeLaw({self.event!r}, probability={self.probability!r})"

    def _repr_html_(self) -> str:
        rows = [("ever", str(self.probability)), ("never", str(self.never))]
        return preformatted(f"Time of {self.event}\n{text_table(('', 'probability'), rows)}")

    @property
    def probability(self) -> Any:
        """Probability that it ever happens."""
        return self._cells.shaped(self._pair(self._cells.log_product(self._log_never))[0])

    @property
    def never(self) -> Any:
        """Probability that it never happens."""
        return self._cells.shaped(self._pair(self._cells.log_product(self._log_never))[1])

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
        ever, never = self._pair(self._cells.log_product(self._log_never, strict=False))
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

    def _pair(self, log: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        absence, presence = np.exp(log), -np.expm1(log) + 0.0
        return (absence, presence) if self._is_absence else (presence, absence)

    def _both(
        self, times: NDArray[np.float64], *, strict: bool = True
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return self._pair(self._cells.log_product(self._log_cell(times).T, strict=strict).T)

    def _search(self, row: int, q: float, ever: float, never: float, conditional: bool) -> float:
        level, rest = (q * ever, never + (1.0 - q) * ever) if conditional else (q, 1.0 - q)
        if ever == 0.0 or (not conditional and (level >= ever if level < 0.5 else rest <= never)):
            return float("inf")

        # On the way to a quantile probabilities may be rough that are far from it.
        strict = min(level, rest) < LEAST_DIFFERENCE

        def all_reached(times: NDArray[np.float64]) -> NDArray[np.bool_]:
            past, left = self._both(times, strict=strict)
            return np.atleast_1d(past[row] >= level if level < 0.5 else left[row] <= rest)

        def reached(time: float) -> bool:
            return bool(all_reached(np.array([time]))[0])

        if reached(0.0):
            return 0.0
        low, high = 0.0, 1.0
        for _ in range(_DOUBLINGS):
            if reached(high):
                break
            low, high = high, 2.0 * high
        else:
            raise SimulationError(
                f"q = {q!r} is too close to the probability that {self.event} ever, {ever!r}, to be told apart."
            )
        while high - low > _NARROW * high:
            if low >= self._constant_from:
                cuts = np.unique(low + (high - low) * np.arange(1, _SECTIONS) / _SECTIONS)
                before = ~all_reached(cuts)
                first = int(before.size if before.all() else np.argmin(before))
                edges = np.concatenate([[low], cuts, [high]])
                low, high = float(edges[first]), float(edges[first + 1])
                continue
            inside = self._pulses[(self._pulses > low) & (self._pulses < high)]
            middle = float(inside[inside.size // 2]) if inside.size else 0.5 * (low + high)
            if reached(middle):
                high = middle
            else:
                low = middle
        return high
