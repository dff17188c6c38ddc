"""Mutation probabilities and switching rates: checks of what is given, and their arrays."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from chemoevo.base.arguments import real_array
from chemoevo.base.labels import is_frame, pairs_of_frame
from chemoevo.base.names import known_pairs
from chemoevo.errors import Problems, Words, did_you_mean

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

TransitionMapping = Mapping[tuple[str, str], Any]
"""{(from, to): value}, a number or one per interval."""


@dataclass(frozen=True, eq=False, slots=True)
class Transitions:
    """Mutation probabilities or switching rates that are not 0, as the core takes them.

    Attributes
    ----------
    pairs
        Indices (from, to) of the types, sorted.
    values
        Of shape (1 or intervals, pairs): one row where they are the same in all intervals.
    """

    pairs: list[tuple[int, int]]
    values: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.pairs)

    def in_interval(self, interval: int) -> Iterator[tuple[int, int, float]]:
        """(from, to, value) in one interval, counted from the end where it is negative."""
        row = self.values[interval if len(self.values) > 1 else 0]
        return ((i, j, float(value)) for (i, j), value in zip(self.pairs, row, strict=True))

    def leaving(self, types: int) -> NDArray[np.float64]:
        """Sums over targets, (intervals or 1, types)."""
        sums = np.zeros((types, len(self.values)))
        np.add.at(sums, [i for i, _ in self.pairs], self.values.T)
        return sums.T

    def identity(self, intervals: int) -> tuple[object, ...]:
        """A value by which transitions are compared and hashed."""
        return tuple(self.pairs), np.broadcast_to(self.values, (intervals, len(self.pairs))).tobytes()

    def as_mapping(self, types: tuple[str, ...]) -> dict[tuple[str, str], float | NDArray[np.float64]]:
        """{(from, to): value}, a float where the value is the same in all intervals."""
        columns = [self.values[:, c] for c in range(len(self.pairs))]
        return {
            (types[i], types[j]): column if (column != column[0]).any() else float(column[0])
            for (i, j), column in zip(self.pairs, columns, strict=True)
        }


# A mutation row that is 1 up to the rounding of its sum is 1.
ROW_SUM_ROUNDING = 1e-12
ROW_RULE = "must sum to at most 1 (probabilities per division)"


def check_transitions(
    problems: Problems, path: str, value: ArrayLike | TransitionMapping | None, types: tuple[str, ...], intervals: int
) -> Transitions:
    """What is given, checked; pairs that are 0 in all intervals are dropped."""
    if isinstance(value, dict) and len(value) <= _FEW and all(type(number) is float for number in value.values()):
        # Processes that differ in something else have the same: of what was found right nothing is checked again.
        right = _right(path, tuple(value.items()), types)
        if right is not None:
            return right
    if is_frame(value):
        value = pairs_of_frame(problems, path, value, types)
    if isinstance(value, Mapping):
        pairs, values = _from_mapping(problems, path, value, types, intervals)
    else:
        pairs, values = _from_array(problems, path, value, len(types), intervals)
    _check_values(problems, path, pairs, values, types)
    return kept(pairs, values)


_FEW = 5000
"""Pairs of the largest table that is kept."""


@lru_cache(maxsize=32)
def _right(path: str, entries: tuple[tuple[tuple[str, str], float], ...], types: tuple[str, ...]) -> Transitions | None:
    """Constant transitions, read-only; None where something is wrong with them."""
    problems = Problems()
    pairs, values = _from_mapping(problems, path, dict(entries), types, 1)
    _check_values(problems, path, pairs, values, types)
    if problems:
        return None
    found = kept(pairs, values)
    found.values.flags.writeable = False
    return found


def kept(pairs: NDArray[np.int64], values: NDArray[np.float64]) -> Transitions:
    """Those that are not 0 in all intervals, sorted."""
    kept = np.flatnonzero(values.any(axis=0))
    kept = kept[np.lexsort((pairs[kept, 1], pairs[kept, 0]))]
    if not np.array_equal(kept, np.arange(len(pairs))):
        pairs, values = pairs[kept], values[:, kept]
    if len(values) > 1 and (values[-1] == values[0]).all() and (values == values[0]).all():
        values = values[:1]
    return Transitions([(i, j) for i, j in pairs.tolist()], values)


def _from_mapping(
    problems: Problems, path: str, given: TransitionMapping, types: tuple[str, ...], intervals: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Pairs of shape (entries, 2) and values of shape (1 or intervals, entries) of the entries that can be read."""
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
    constant = all(isinstance(column, float) or column.ndim == 0 for column in columns)
    if constant:
        values = np.array(columns, dtype=np.float64).reshape(1, -1)
    else:
        # In the order in which they are kept, and pair by pair, so that none is moved again.
        order = sorted(range(len(pairs)), key=pairs.__getitem__)
        pairs = [pairs[k] for k in order]
        by_pair = np.empty((len(columns), intervals))
        for row, k in zip(by_pair, order, strict=True):
            row[:] = columns[k]
        values = by_pair.T
    return np.array(pairs, dtype=np.int64).reshape(-1, 2), values


def _from_array(
    problems: Problems, path: str, value: ArrayLike | None, k: int, intervals: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Pairs (entries, 2) and values (1 or intervals, entries) of an array: its entries that are not 0."""
    array = None if value is None else real_array(problems, path, value)
    if array is not None and array.shape not in {(k, k), (intervals, k, k)}:
        rule = f"must have the shape ({k}, {k}) or ({intervals}, {k}, {k}) (from, to)"
        problems.value(path, rule, Words(f"shape {array.shape}"))
        array = None
    cube = np.zeros((1, k, k)) if array is None else array.reshape(-1, k, k)
    pairs = np.argwhere((cube != 0).any(axis=0))
    return pairs, cube[:, pairs[:, 0], pairs[:, 1]]


def _check_values(
    problems: Problems, path: str, pairs: NDArray[np.int64], values: NDArray[np.float64], types: tuple[str, ...]
) -> None:
    """Notes every entry out of range."""
    most = 1.0 if path.startswith("mutation") else sys.float_info.max
    if not values.size or (values.min() >= 0.0 and values.max() <= most and (pairs[:, 0] != pairs[:, 1]).all()):
        return
    finite = np.isfinite(values) & (values >= 0)
    to_itself = (pairs[:, 0] == pairs[:, 1]) & (values != 0).any(axis=0)
    # What is not finite is wrong already; a NaN is not larger than 1.
    too_large = (values > 1).any(axis=0) & path.startswith("mutation")
    for place in np.flatnonzero(~finite.all(axis=0) | to_itself | too_large):
        where = f"{path}[{(types[pairs[place, 0]], types[pairs[place, 1]])!r}]"
        column = values[:, place]
        if not finite[:, place].all():
            problems.value(where, "must be finite and >= 0", float(column[~finite[:, place]][0]))
        elif to_itself[place]:
            problems.value(where, "must be 0: a type does not turn into itself", float(column.max()))
        else:
            problems.value(where, "must be a probability per division in [0, 1]", float(column.max()))


def check_mutation_rows(problems: Problems, table: Transitions, types: tuple[str, ...]) -> None:
    """Notes every row of mutation probabilities that sums to more than 1."""
    sums = table.leaving(len(types)).T
    for row in np.flatnonzero((sums > 1 + ROW_SUM_ROUNDING).any(axis=1)):
        worst = float(sums[row].max())
        problems.value(f"mutation, row {types[row]!r},", ROW_RULE, worst)
