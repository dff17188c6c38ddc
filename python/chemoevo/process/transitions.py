"""Mutation probabilities and switching rates: checks of what is given, and their arrays."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from chemoevo.base.arguments import real_array
from chemoevo.base.labels import is_frame, pairs_of_frame
from chemoevo.base.names import known_pairs
from chemoevo.errors import Problems, Words, did_you_mean

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

TransitionMapping = Mapping[tuple[str, str], Any]
"""{(from, to): value}, a number or one per interval."""


@dataclass(frozen=True, eq=False)
class Transitions:
    """Mutation probabilities or switching rates that are not 0, as the core takes them.

    Most are the same in all intervals, and kept once.

    Attributes
    ----------
    pairs
        Indices (from, to) of the types, sorted.
    constant
        Of shape (pairs,): the value of each; 0 where it moves.
    moving
        Positions of the pairs that move, of shape (moving,), in any order.
    in_intervals
        Their values, of shape (intervals, moving); of one row where none moves.
    """

    pairs: list[tuple[int, int]]
    constant: NDArray[np.float64]
    moving: NDArray[np.intp]
    in_intervals: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.pairs)

    @cached_property
    def values(self) -> NDArray[np.float64]:
        """Of shape (1 or intervals, pairs): one row where they are the same in all intervals; read-only."""
        values = self.rows()
        values.flags.writeable = False
        return values

    def rows(self, intervals: slice = slice(None)) -> NDArray[np.float64]:
        """Values in some of the intervals, (rows, pairs): one row where they are the same in all."""
        moving = self.in_intervals[intervals]
        values = np.tile(self.constant, (len(moving), 1))
        values[:, self.moving] = moving
        return values

    @property
    def most(self) -> float:
        """The largest value in whatever interval."""
        return max(float(self.constant.max(initial=0.0)), float(self.in_intervals.max(initial=0.0)))

    @cached_property
    def most_leaving(self) -> float:
        """The largest sum over targets, of whatever type and interval."""
        return float(self.leaving(1 + max((i for i, _ in self.pairs), default=0)).max(initial=0.0))

    def in_interval(self, interval: int) -> Iterator[tuple[int, int, float]]:
        """(from, to, value) in one interval, counted from the end where it is negative."""
        row = self.constant.copy()
        row[self.moving] = self.in_intervals[interval if len(self.in_intervals) > 1 else 0]
        return ((i, j, value) for (i, j), value in zip(self.pairs, row.tolist(), strict=True))

    def leaving(self, types: int) -> NDArray[np.float64]:
        """Sums over targets, (intervals or 1, types)."""
        sums = np.zeros((types, len(self.in_intervals)))
        sources = np.array([i for i, _ in self.pairs], dtype=np.intp)
        np.add.at(sums, sources, self.constant[:, None])
        np.add.at(sums, sources[self.moving], self.in_intervals.T)
        return sums.T

    def identity(self) -> tuple[object, ...]:
        """A value by which transitions are compared and hashed."""
        order = np.argsort(self.moving)
        parts = (self.constant, self.moving[order], self.in_intervals[:, order])
        return tuple(self.pairs), *(part.tobytes() for part in parts)

    def as_mapping(self, types: tuple[str, ...]) -> dict[tuple[str, str], float | NDArray[np.float64]]:
        """{(from, to): value}, a float where the value is the same in all intervals."""
        columns: list[float | NDArray[np.float64]] = list(self.constant.tolist())
        for position, column in zip(self.moving.tolist(), self.in_intervals.T, strict=True):
            columns[position] = column
        return {(types[i], types[j]): column for (i, j), column in zip(self.pairs, columns, strict=True)}

    def as_core(self) -> tuple[list[tuple[int, int]], NDArray[np.float64], list[int], NDArray[np.float64]]:
        """As the core takes them."""
        return self.pairs, self.constant, self.moving.tolist(), self.in_intervals

    def frozen(self) -> Transitions:
        """The same, whose arrays cannot be written to."""
        for array in (self.constant, self.moving, self.in_intervals):
            array.flags.writeable = False
        return self


# A mutation row that is 1 up to the rounding of its sum is 1.
ROW_SUM_ROUNDING = 1e-12
ROW_RULE = "must sum to at most 1 (probabilities per division)"


def check_transitions(
    problems: Problems,
    path: str,
    value: ArrayLike | TransitionMapping | Transitions | None,
    types: tuple[str, ...],
    intervals: int,
) -> Transitions:
    """What is given, checked; pairs that are 0 in all intervals are dropped."""
    if isinstance(value, Transitions):
        _check_values(problems, path, value, types)
        return value
    if isinstance(value, dict) and len(value) <= _FEW and all(type(number) is float for number in value.values()):
        # Processes that differ in something else have the same: of what was found right nothing is checked again.
        right = _right(path, tuple(value.items()), types)
        if right is not None:
            return right
    if is_frame(value):
        value = pairs_of_frame(problems, path, value, types)
    if isinstance(value, Mapping):
        read = _from_mapping(problems, path, value, types, intervals)
    else:
        read = _from_array(problems, path, value, len(types), intervals)
    table = _parted(read)
    _check_values(problems, path, table, types)
    return table


class _Read(NamedTuple):
    """What was given: pairs (entries, 2), the value of those that have one, positions of the others, their values."""

    pairs: NDArray[np.int64]
    constant: NDArray[np.float64]
    moving: NDArray[np.intp]
    rows: NDArray[np.float64]


_FEW = 5000
"""Pairs of the largest table that is kept."""


@lru_cache(maxsize=32)
def _right(path: str, entries: tuple[tuple[tuple[str, str], float], ...], types: tuple[str, ...]) -> Transitions | None:
    """Constant transitions, read-only; None where something is wrong with them."""
    problems = Problems()
    table = _parted(_from_mapping(problems, path, dict(entries), types, 1))
    _check_values(problems, path, table, types)
    return None if problems else table.frozen()


def kept(pairs: NDArray[np.int64], values: NDArray[np.float64]) -> Transitions:
    """Those that are not 0 in all intervals, sorted; pairs (pairs, 2), unique, and values (1 or intervals, pairs)."""
    return _parted(_read(pairs, values))


def aligned(pairs: list[tuple[int, int]], values: NDArray[np.float64]) -> Transitions:
    """Those of some pairs, sorted and unique, all of which stay, those that are 0 as well."""
    read = _read(np.empty((len(pairs), 2), np.int64), values)
    return Transitions(pairs, read.constant, read.moving, read.rows)


def joined(
    still: Mapping[tuple[str, str], float],
    moving: list[tuple[str, str]],
    in_intervals: NDArray[np.float64],
    types: tuple[str, ...],
) -> Transitions:
    """Those of one value, and others, whatever `still` says of them, of one per interval: (intervals, moving)."""
    rests = (in_intervals == in_intervals[0]).all(axis=0)
    if rests.any():
        at_rest = zip(rests.tolist(), moving, in_intervals[0].tolist(), strict=True)
        still = {**still, **{pair: value for rest, pair, value in at_rest if rest}}
        moving = [pair for rest, pair in zip(rests.tolist(), moving, strict=True) if not rest]
        in_intervals = in_intervals[:, ~rests] if moving else np.empty((1, 0))
    places = {name: place for place, name in enumerate(types)}
    values = {(places[a], places[b]): value for (a, b), value in still.items() if value}
    moved = [(places[a], places[b]) for a, b in moving]
    values |= dict.fromkeys(moved, 0.0)
    pairs = sorted(values)
    positions = {pair: k for k, pair in enumerate(pairs)}
    constant = np.array([values[pair] for pair in pairs], dtype=np.float64)
    return Transitions(pairs, constant, np.array([positions[pair] for pair in moved], dtype=np.intp), in_intervals)


def _read(pairs: NDArray[np.int64], values: NDArray[np.float64]) -> _Read:
    """Values (1 or intervals, pairs) in two parts."""
    moving = np.flatnonzero((values != values[0]).any(axis=0))
    constant = values[0].copy()
    constant[moving] = 0.0
    return _Read(pairs, constant, moving, values[:, moving] if moving.size else values[:1, :0])


def _parted(read: _Read) -> Transitions:
    """Sorted, without those that are 0 in all intervals."""
    pairs, constant, moving, rows = read
    column = np.full(len(pairs), -1, np.intp)
    column[moving] = np.arange(len(moving))
    order = np.flatnonzero((column >= 0) | (constant != 0.0))
    order = order[np.lexsort((pairs[order, 1], pairs[order, 0]))]
    positions = np.flatnonzero(column[order] >= 0)
    columns = column[order[positions]]
    if not np.array_equal(columns, np.arange(len(columns))):
        rows = rows[:, columns]
    return Transitions([(i, j) for i, j in pairs[order].tolist()], constant[order], positions, rows)


def _from_mapping(
    problems: Problems, path: str, given: TransitionMapping, types: tuple[str, ...], intervals: int
) -> _Read:
    """The entries that can be read."""
    places = {name: place for place, name in enumerate(types)}
    pairs, columns = _as_they_are(given, places, intervals) or _one_by_one(problems, path, given, types, intervals)
    found = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    several = [k for k, column in enumerate(columns) if not isinstance(column, float) and column.ndim]
    constant = np.array(
        [column if isinstance(column, float) else column.flat[0] for column in columns], dtype=np.float64
    )
    constant[several] = 0.0
    by_pair = np.array([columns[k] for k in several]).reshape(len(several), intervals)
    moves = (by_pair != by_pair[:, :1]).any(axis=1)
    still, moving = np.array(several, dtype=np.intp)[~moves], np.array(several, dtype=np.intp)[moves]
    constant[still] = by_pair[~moves, 0]
    return _Read(
        found, constant, moving, (by_pair if moves.all() else by_pair[moves]).T if moves.any() else np.empty((1, 0))
    )


_Entries = tuple[list[tuple[int, int]], list["float | NDArray[np.float64]"]]


def _as_they_are(given: TransitionMapping, places: Mapping[str, int], intervals: int) -> _Entries | None:
    """Pairs and values where all are as they should be, as those that are computed; None where one is not."""
    shape = (intervals,)
    for value in given.values():
        kind = type(value)
        if kind is not float and not (kind is np.ndarray and value.dtype == np.float64 and value.shape == shape):
            return None
    pairs = [(places.get(key[0]), places.get(key[1])) for key in given if type(key) is tuple and len(key) == 2]
    if len(pairs) < len(given) or any(i is None or j is None for i, j in pairs):
        return None
    return pairs, list(given.values())  # type: ignore[return-value]


def _one_by_one(
    problems: Problems, path: str, given: TransitionMapping, types: tuple[str, ...], intervals: int
) -> _Entries:
    """Pairs and values of the entries that can be read, and what is wrong with the others."""
    places = {name: place for place, name in enumerate(types)}
    pairs: list[tuple[int, int]] = []
    columns: list[float | NDArray[np.float64]] = []
    for key, value in known_pairs(given, places).items():
        if not (isinstance(key, tuple) and len(key) == 2):
            problems.type(path, "must have (from, to) pairs of type names as keys", key)
            continue
        unknown = [name for name in key if name not in places]
        for name in unknown:
            problems.value(f"{path}[{key!r}]", f"names the unknown type {name!r}", hint=did_you_mean(name, types))
        column: float | NDArray[np.float64] | None = value if isinstance(value, float) else None
        if type(value) is np.ndarray and value.dtype == np.float64 and value.shape == (intervals,):
            column = value
        if column is None:
            column = real_array(problems, f"{path}[{key!r}]", value)
            if column is not None and column.shape not in {(), (intervals,)}:
                shape = Words(f"shape {column.shape}")
                problems.value(f"{path}[{key!r}]", f"must be a number or ({intervals},) values", shape)
                continue
        if column is not None and not unknown:
            pairs.append((places[key[0]], places[key[1]]))
            columns.append(column)
    return pairs, columns


def _from_array(problems: Problems, path: str, value: ArrayLike | None, k: int, intervals: int) -> _Read:
    """The entries of an array that are not 0."""
    array = None if value is None else real_array(problems, path, value)
    if array is not None and array.shape not in {(k, k), (intervals, k, k)}:
        rule = f"must have the shape ({k}, {k}) or ({intervals}, {k}, {k}) (from, to)"
        problems.value(path, rule, Words(f"shape {array.shape}"))
        array = None
    cube = np.zeros((1, k, k)) if array is None else array.reshape(-1, k, k)
    pairs = np.argwhere((cube != 0).any(axis=0))
    return _read(pairs, cube[:, pairs[:, 0], pairs[:, 1]])


def _check_values(problems: Problems, path: str, table: Transitions, types: tuple[str, ...]) -> None:
    """Notes every entry out of range."""
    most = 1.0 if path.startswith("mutation") else sys.float_info.max

    def right(values: NDArray[np.float64]) -> bool:
        return not values.size or bool(values.min() >= 0.0 and values.max() <= most)

    if right(table.constant) and right(table.in_intervals) and all(i != j for i, j in table.pairs):
        return
    columns = table.constant[:, None].tolist()
    for place, column in zip(table.moving.tolist(), table.in_intervals.T.tolist(), strict=True):
        columns[place] = column
    for (i, j), column in zip(table.pairs, columns, strict=True):
        where = f"{path}[{(types[i], types[j])!r}]"
        # What is not finite is wrong already; a NaN is not larger than 1.
        wrong = [value for value in column if not (math.isfinite(value) and value >= 0.0)]
        if wrong:
            problems.value(where, "must be finite and >= 0", wrong[0])
        elif i == j and any(column):
            problems.value(where, "must be 0: a type does not turn into itself", max(column))
        elif max(column) > most:
            problems.value(where, "must be a probability per division in [0, 1]", max(column))


def check_mutation_rows(problems: Problems, table: Transitions, types: tuple[str, ...]) -> None:
    """Notes every row of mutation probabilities that sums to more than 1."""
    if table.most_leaving <= 1.0 + ROW_SUM_ROUNDING:
        return
    sums = table.leaving(len(types)).T
    for row in np.flatnonzero((sums > 1 + ROW_SUM_ROUNDING).any(axis=1)):
        worst = float(sums[row].max())
        problems.value(f"mutation, row {types[row]!r},", ROW_RULE, worst)
