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
    k = len(types)
    entries: dict[tuple[int, int], NDArray[np.float64]] = {}
    if isinstance(value, Mapping):
        for key, given in value.items():
            if not (isinstance(key, tuple) and len(key) == 2):
                problems.type(path, "must have (from, to) pairs of type names as keys", key)
                continue
            unknown = [name for name in key if name not in types]
            for name in unknown:
                problems.value(f"{path}[{key!r}]", f"names the unknown type {name!r}", hint=did_you_mean(name, types))
            array = real_array(problems, f"{path}[{key!r}]", given)
            if array is not None and array.shape not in {(), (intervals,)}:
                problems.value(
                    f"{path}[{key!r}]", f"must be a number or ({intervals},) values", Words(f"shape {array.shape}")
                )
            elif array is not None and not unknown:
                entries[types.index(key[0]), types.index(key[1])] = array.reshape(-1)
    elif value is not None:
        array = real_array(problems, path, value)
        if array is not None and array.shape not in {(k, k), (intervals, k, k)}:
            rule = f"must have the shape ({k}, {k}) or ({intervals}, {k}, {k}) (from, to)"
            problems.value(path, rule, Words(f"shape {array.shape}"))
        elif array is not None:
            cube = array.reshape(-1, k, k)
            nonzero = np.argwhere((cube != 0).any(axis=0))
            entries = {(int(i), int(j)): cube[:, i, j] for i, j in nonzero}
    for (i, j), array in entries.items():
        where = f"{path}[{(types[i], types[j])!r}]"
        wrong = array[~(np.isfinite(array) & (array >= 0))]
        if wrong.size:
            problems.value(where, "must be finite and >= 0", float(wrong[0]))
        elif i == j and array.any():
            problems.value(where, "must be 0: a type does not turn into itself", float(array.max()))
        elif path == "mutation" and (array > 1).any():
            problems.value(where, "must be a probability a division in [0, 1]", float(array.max()))
    pairs = sorted(pair for pair, array in entries.items() if array.any())
    rows = max([1, *(len(entries[pair]) for pair in pairs)])
    values = np.empty((rows, len(pairs)))
    for column, pair in enumerate(pairs):
        values[:, column] = entries[pair]
    return pairs, values


def check_mutation_rows(
    problems: Problems, table: tuple[list[tuple[int, int]], NDArray[np.float64]], types: tuple[str, ...]
) -> None:
    """Notes every row of mutation probabilities that sums to more than 1."""
    pairs, values = table
    sums = np.zeros((len(values), len(types)))
    for column, (i, _) in enumerate(pairs):
        sums[:, i] += values[:, column]
    for row in np.flatnonzero((sums > 1 + _ROW_SUM_ROUNDING).any(axis=0)):
        worst = float(sums[:, row].max())
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
