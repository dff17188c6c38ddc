"""Mutation probabilities and switching rates that are functions of time, called and checked."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from chemoevo.base.arguments import real
from chemoevo.base.names import known_pairs
from chemoevo.errors import Problems, Words
from chemoevo.process.channels import Pairs
from chemoevo.process.transitions import (
    ROW_RULE,
    ROW_SUM_ROUNDING,
    TransitionMapping,
    Transitions,
    check_transitions,
    kept,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]

    Columns = dict[tuple[int, int], Array]
    """Values over time of pairs (from, to)."""

_ENTRIES = 1_000_000
"""Entries of arrays that are looked at together."""

Moves = Callable[[float], "ArrayLike | Mapping[tuple[str, str], float]"]
"""f(t) -> {(from, to): value} or an array (from, to), at t days; pairs not named are 0 then."""


class NewPairError(Exception):
    """A pair is not 0 at some time, which at all times before it was: sampling begins anew."""


class Moving:
    """Transitions of one kind, some of which are functions of time.

    Attributes
    ----------
    pairs
        Those that move; where one function gives all, those that are known not to be 0 everywhere.
    settled
        Whether another pair is a `NewPairError`.
    """

    def __init__(
        self, kind: str, types: tuple[str, ...], whole: Moves | None, parts: dict[tuple[str, str], Any]
    ) -> None:
        places = {name: place for place, name in enumerate(types)}
        self.kind, self.types, self.whole, self.settled = kind, types, whole, False
        self._most = 1.0 if kind == "mutation" else sys.float_info.max
        self._places = {(a, b): (places[a], places[b]) for a in types for b in types if a != b}
        self._parts = {self._places[key]: part for key, part in parts.items() if key in self._places}
        self.pairs: Pairs = tuple(sorted(self._parts))

    def beside(self, constant: Transitions) -> Transitions:
        """Takes constant mutations of types that have others which move; those that are left."""
        moving = {i for i, _ in self.pairs} if self.kind == "mutation" else set()
        values = dict(zip(constant.pairs, constant.constant.tolist(), strict=True))
        self._parts.update({pair: value for pair, value in values.items() if pair[0] in moving})
        self.pairs = tuple(sorted(self._parts))
        left = [n for n, (i, _) in enumerate(constant.pairs) if i not in moving]
        return kept(np.array(constant.pairs, np.int64).reshape(-1, 2)[left], constant.values[:, left])

    def at(self, times: list[float]) -> Array:
        """Values of the pairs, (times, pairs)."""
        if self.whole is None:
            columns = {pair: self._part(pair, part, times) for pair, part in self._parts.items()}
        else:
            columns = self._columns(self.whole, times)
            new = {pair for pair, column in columns.items() if column.any()} - set(self.pairs)
            if new:
                self.pairs = tuple(sorted(new | set(self.pairs)))
                if self.settled:
                    raise NewPairError
        none = np.zeros(len(times))
        values = np.array([columns.get(pair, none) for pair in self.pairs]).reshape(-1, len(times)).T
        if self.kind == "mutation":
            self._check_rows(values, times)
        return values

    def _check_rows(self, values: Array, times: list[float]) -> None:
        sums = np.zeros((len(self.types), len(times)))
        np.add.at(sums, [i for i, _ in self.pairs], values.T)
        problems = Problems()
        for row, n in np.argwhere(sums > 1.0 + ROW_SUM_ROUNDING)[:5]:
            where = f"mutation at t = {times[n]!r} days, row {self.types[row]!r},"
            problems.value(where, ROW_RULE, float(sums[row, n]))
        problems.raise_if_any()

    def _part(self, pair: tuple[int, int], part: Any, times: list[float]) -> Array:
        """One pair over time."""
        if not callable(part):
            return np.full(len(times), part)
        name = f"{self.kind}[{(self.types[pair[0]], self.types[pair[1]])!r}]"
        values = _called(part, name, times)
        try:
            column = np.array(values)
        except ValueError:
            column = np.empty(0)
        if column.shape == (len(times),) and column.dtype.kind in "iuf":
            found = column.astype(np.float64)
            if ((found >= 0.0) & (found <= self._most)).all():
                return found
        rule = "must be finite and >= 0 (per cell and day)"
        if self.kind == "mutation":
            rule = "must be a probability per division in [0, 1]"
        problems = Problems()
        numbers = []
        for t, value in zip(times, values, strict=True):
            numbers.append(real(problems, f"{name}({t!r})", value, rule, 0.0, self._most))
            problems.raise_if_any()
        return np.array(numbers)

    def _columns(self, whole: Moves, times: list[float]) -> Columns:
        """All pairs over time that one function gives."""
        columns: Columns = {}

        def column(pair: tuple[int, int]) -> Array:
            if pair not in columns:
                columns[pair] = np.zeros(len(times))
            return columns[pair]

        # No more arrays are held at once than can be.
        size = max(1, _ENTRIES // len(self.types) ** 2)
        for first in range(0, len(times), size):
            some = times[first : first + size]
            values = _called(whole, self.kind, some)
            stack = self._stacked(values)
            if stack is not None:
                for i, j in np.argwhere(stack.any(axis=0)).tolist():
                    column((i, j))[first : first + size] = stack[:, i, j]
                continue
            for n, (t, value) in enumerate(zip(some, values, strict=True), start=first):
                entries = self._entries(value)
                for pair, number in self._checked(t, value) if entries is None else entries:
                    column(pair)[n] = number
        return columns

    def _stacked(self, values: list[Any]) -> Array | None:
        """Arrays that calls gave, (calls, from, to), where they are as they should be; None for all else."""
        if not all(isinstance(value, np.ndarray | list | tuple) for value in values):
            return None
        try:
            stack = np.array(values)
        except ValueError:
            return None
        k = len(self.types)
        if stack.shape != (len(values), k, k) or stack.dtype.kind not in "iuf":
            return None
        right = ((stack >= 0.0) & (stack <= self._most)).all() and not stack.diagonal(axis1=1, axis2=2).any()
        return stack.astype(np.float64) if right else None

    def _entries(self, value: object) -> list[tuple[tuple[int, int], float]] | None:
        """What a call gave, where that is known pairs and floats in range; None for all else."""
        places, most = self._places, self._most
        if type(value) is not dict:
            return None
        if not all(key in places and type(x) is float and 0.0 <= x <= most for key, x in value.items()):
            return None
        return [(places[key], x) for key, x in value.items()]

    def _checked(self, t: float, value: Any) -> list[tuple[tuple[int, int], float]]:
        """What a call gave, or what is wrong with it."""
        problems, call = Problems(), f"{self.kind}({t!r})"
        if value is None:
            problems.type(call, "must return {(from, to): value} or an array of shape (types, types)", value)
        found = check_transitions(problems, call, value, self.types, 1)
        problems.raise_if_any()
        return list(zip(found.pairs, found.values[0].tolist(), strict=True))


def _called(function: Callable[[float], Any], name: str, times: list[float]) -> list[Any]:
    values = []
    for t in times:
        try:
            values.append(function(t))
        except Exception as error:
            error.add_note(f"raised by {name}(t) at t = {t!r} days")
            raise
    return values


def apart(
    problems: Problems, kind: str, value: ArrayLike | TransitionMapping | Moves | None, types: tuple[str, ...]
) -> tuple[ArrayLike | TransitionMapping | None, Moving | None]:
    """What is constant, as given, and what moves."""
    if callable(value):
        return None, Moving(kind, types, value, {})
    if not isinstance(value, Mapping) or not any(callable(part) for part in value.values()):
        return value, None
    given = known_pairs(value, types)
    parts = {key: part for key, part in given.items() if callable(part)}
    # Their keys are checked as those of constants are.
    check_transitions(problems, kind, dict.fromkeys(parts, 0.0), types, 1)
    for key in parts:
        if isinstance(key, tuple) and len(key) == 2 and key[0] == key[1]:
            problems.value(f"{kind}[{key!r}]", "must be 0: a type does not turn into itself", Words("a function"))
    return {key: part for key, part in given.items() if key not in parts}, Moving(kind, types, None, parts)
