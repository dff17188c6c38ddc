"""The law of the time at which cells are gone, or first there: by the probability of absence at times."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from chemoevo.analytic.grown.age import LEAST_DIFFERENCE
from chemoevo.analytic.question import InitialCells
from chemoevo.analytic.time_law import TimeLaw
from chemoevo.errors import SimulationError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chemoevo.analytic.time_law import Pair

_DOUBLINGS = 60
_NARROW = 1e-10
"""Relative width to which a quantile is narrowed down."""
_SECTIONS = 16
"""Parts into which an interval of constant rates is cut at once: the equations answer for all cuts on one way."""


class AbsenceTime(TimeLaw):
    """A law that follows from the absence of cells at times: of all, or of some in a process in which they stay."""

    __slots__ = ("_constant_from", "_is_absence", "_log_cell", "_log_never")

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
        super().__init__(event, cells, pulses)
        self._log_cell = log_cell
        self._log_never = log_limit
        # (days) After the last change of rates and the last pulse.
        self._constant_from = constant_from
        # Whether the logarithms are of "it has happened" (no cell left) or of "it has not" (no such cell yet).
        self._is_absence = is_absence

    def _pair(self, log: NDArray[np.float64]) -> Pair:
        absence, presence = np.exp(log), -np.expm1(log) + 0.0
        return (absence, presence) if self._is_absence else (presence, absence)

    def _ever(self, *, strict: bool = True) -> Pair:
        return self._pair(self._cells.log_product(self._log_never, strict=strict))

    def _both(self, times: NDArray[np.float64], *, strict: bool = True) -> Pair:
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
