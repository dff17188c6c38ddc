"""Checks of the arguments of a process, and their arrays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from chemoevo.arguments import nonnegative, real_array
from chemoevo.errors import Problems, Words, did_you_mean
from chemoevo.options import Pulse

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

Transitions = Mapping[tuple[str, str], Any]
"""{(from, to): value}, a number or one per interval."""

# A mutation row that is 1 up to the rounding of its sum is 1.
_ROW_SUM_ROUNDING = 1e-12


def check_breakpoints(problems: Problems, breakpoints: ArrayLike | None) -> NDArray[np.float64]:
    """Breakpoints (days) as float64 of shape (intervals - 1,), finite, > 0 and strictly increasing."""
    if breakpoints is None:
        return np.empty(0)
    array = real_array(problems, "breakpoints", breakpoints)
    if array is None:
        problems.raise_if_any()
        raise AssertionError
    if array.ndim != 1:
        problems.value("breakpoints", "must be a list of times in days", Words(f"shape {array.shape}"))
        problems.raise_if_any()
    for k in np.flatnonzero(~(np.isfinite(array) & (array > 0)))[:5]:
        problems.value(f"breakpoints[{k}]", "must be finite and > 0 (days)", float(array[k]))
    for k in (np.flatnonzero(np.diff(array) <= 0) + 1)[:5]:
        previous = float(array[k - 1])
        problems.value(f"breakpoints[{k}]", f"must be larger than breakpoints[{k - 1}] = {previous!r}", float(array[k]))
    return array


def check_kinks(breakpoints: ArrayLike | None) -> NDArray[np.float64]:
    """The same for the kinks of rates that are functions of time; raises at once."""
    problems = Problems()
    result = check_breakpoints(problems, breakpoints)
    problems.raise_if_any()
    return result


def check_rates(
    problems: Problems, path: str, value: ArrayLike, types: tuple[str, ...], intervals: int
) -> NDArray[np.float64]:
    """Rates (per cell and day) as float64 of shape (intervals, types)."""
    array = real_array(problems, path, value)
    if array is None:
        return np.zeros((intervals, len(types)))
    shapes = {(len(types),), (intervals, len(types))}
    if array.shape not in shapes:
        rule = f"must have the shape ({len(types)},) or ({intervals}, {len(types)}) (types, or intervals and types)"
        hint = f"breakpoints make {intervals} interval{'s' if intervals > 1 else ''}."
        problems.value(path, rule, Words(f"shape {array.shape}"), hint=hint)
        return np.zeros((intervals, len(types)))
    nonnegative(problems, path, array, "a rate per cell and day", types)
    return np.ascontiguousarray(np.broadcast_to(array, (intervals, len(types))))


def check_transitions(
    problems: Problems, path: str, value: ArrayLike | Transitions | None, types: tuple[str, ...], intervals: int
) -> tuple[list[tuple[int, int]], NDArray[np.float64]]:
    """Pairs (from, to), sorted, and values of shape (1 or intervals, pairs); all-zero pairs are dropped."""
    if isinstance(value, Mapping):
        pairs, values = _from_mapping(problems, path, value, types, intervals)
    else:
        pairs, values = _from_array(problems, path, value, len(types), intervals)
    _check_values(problems, path, pairs, values, types)
    kept = np.flatnonzero(values.any(axis=0))
    kept = kept[np.lexsort((pairs[kept, 1], pairs[kept, 0]))]
    values = values[:, kept]
    if len(values) > 1 and (values == values[0]).all():
        values = values[:1]
    return [(i, j) for i, j in pairs[kept].tolist()], np.ascontiguousarray(values)


def _from_mapping(
    problems: Problems, path: str, given: Transitions, types: tuple[str, ...], intervals: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Pairs of shape (entries, 2) and values of shape (1 or intervals, entries) of the entries that can be read."""
    places = {name: place for place, name in enumerate(types)}
    pairs: list[tuple[int, int]] = []
    columns: list[float | NDArray[np.float64]] = []
    for key, value in given.items():
        if not (isinstance(key, tuple) and len(key) == 2):
            problems.type(path, "must have (from, to) pairs of type names as keys", key)
            continue
        unknown = [name for name in key if name not in places]
        for name in unknown:
            problems.value(f"{path}[{key!r}]", f"names the unknown type {name!r}", hint=did_you_mean(name, types))
        column: float | NDArray[np.float64] | None = value if isinstance(value, float) else None
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
    values = np.empty((1 if constant else intervals, len(columns)))
    if constant:
        values[0] = columns
    else:
        for place, column in enumerate(columns):
            values[:, place] = column
    return np.array(pairs, dtype=np.int64).reshape(-1, 2), values


def _from_array(
    problems: Problems, path: str, value: ArrayLike | None, k: int, intervals: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The same of an array of shape (types, types) or (intervals, types, types): its entries that are not 0."""
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
    finite = np.isfinite(values) & (values >= 0)
    to_itself = (pairs[:, 0] == pairs[:, 1]) & (values != 0).any(axis=0)
    # What is not finite is wrong already; a NaN is not larger than 1.
    too_large = (values > 1).any(axis=0) & (path == "mutation")
    for place in np.flatnonzero(~finite.all(axis=0) | to_itself | too_large):
        where = f"{path}[{(types[pairs[place, 0]], types[pairs[place, 1]])!r}]"
        column = values[:, place]
        if not finite[:, place].all():
            problems.value(where, "must be finite and >= 0", float(column[~finite[:, place]][0]))
        elif to_itself[place]:
            problems.value(where, "must be 0: a type does not turn into itself", float(column.max()))
        else:
            problems.value(where, "must be a probability a division in [0, 1]", float(column.max()))


def check_mutation_rows(
    problems: Problems, table: tuple[list[tuple[int, int]], NDArray[np.float64]], types: tuple[str, ...]
) -> None:
    """Notes every row of mutation probabilities that sums to more than 1."""
    pairs, values = table
    sums = np.zeros((len(types), len(values)))
    np.add.at(sums, [i for i, _ in pairs], values.T)
    for row in np.flatnonzero((sums > 1 + _ROW_SUM_ROUNDING).any(axis=1)):
        worst = float(sums[row].max())
        problems.value(f"mutation, row {types[row]!r},", "must sum to at most 1 (probabilities a division)", worst)


def check_pulses(problems: Problems, pulses: Iterable[Pulse] | None, types: tuple[str, ...]) -> tuple[Pulse, ...]:
    """Pulses in the order of time, all of known types."""
    result = list(pulses) if pulses is not None and isinstance(pulses, Iterable) else []
    if pulses is not None and not isinstance(pulses, Iterable):
        problems.type("pulses", "must be a list of Pulse", pulses)
    for index, pulse in enumerate(result):
        if not isinstance(pulse, Pulse):
            problems.type(f"pulses[{index}]", "must be a Pulse", pulse)
            continue
        for name in pulse.survival:
            if name not in types:
                hint = did_you_mean(name, types)
                problems.value(f"pulses[{index}].survival[{name!r}]", "is not a type of the process", hint=hint)
    return tuple(sorted((p for p in result if isinstance(p, Pulse)), key=lambda p: p.time))


def as_mapping(
    table: tuple[list[tuple[int, int]], NDArray[np.float64]], types: tuple[str, ...]
) -> dict[tuple[str, str], float | NDArray[np.float64]]:
    """{(from, to): value}, a float where the value is the same in all intervals."""
    pairs, values = table
    columns = [values[:, c] for c in range(len(pairs))]
    return {
        (types[i], types[j]): column if (column != column[0]).any() else float(column[0])
        for (i, j), column in zip(pairs, columns, strict=True)
    }
