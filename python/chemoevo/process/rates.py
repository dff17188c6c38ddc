"""Breakpoints, division and death rates, and pulses of a process: checks, and their arrays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from chemoevo.base.arguments import nonnegative, real_array
from chemoevo.base.names import known_keys
from chemoevo.errors import Problems, Words, did_you_mean
from chemoevo.process.pulse import Pulse

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

LETHAL_RULE = "must be in [0, 1], the share of divisions in which the cell dies"


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
    if not array.size or (array[0] > 0.0 and array[-1] < np.inf and (array[1:] > array[:-1]).all()):
        return array
    for k in np.flatnonzero(~(np.isfinite(array) & (array > 0)))[:5]:
        problems.value(f"breakpoints[{k}]", "must be finite and > 0 (days)", float(array[k]))
    for k in (np.flatnonzero(np.diff(array) <= 0) + 1)[:5]:
        previous = float(array[k - 1])
        problems.value(f"breakpoints[{k}]", f"must be larger than breakpoints[{k - 1}] = {previous!r}", float(array[k]))
    return array


def check_kinks(breakpoints: ArrayLike | None) -> NDArray[np.float64]:
    """Kinks (days) of rates that are functions of time, checked as breakpoints are; raises at once."""
    problems = Problems()
    result = check_breakpoints(problems, breakpoints)
    problems.raise_if_any()
    return result


def check_rates(
    problems: Problems, path: str, value: ArrayLike, types: tuple[str, ...], intervals: int
) -> NDArray[np.float64]:
    """Rates (per cell and day) as float64 of shape (intervals, types); rows that are all the same are one in memory."""
    array = _by_interval(problems, path, value, types, intervals)
    nonnegative(problems, path, array, "a rate per cell and day", types)
    if array.ndim > 1 and (array[-1] == array[0]).all() and (array == array[0]).all():
        array = array[0]
    return np.broadcast_to(array, (intervals, len(types)))


def check_lethal(
    problems: Problems, value: ArrayLike | Mapping[str, ArrayLike] | None, types: tuple[str, ...], intervals: int
) -> NDArray[np.float64]:
    """Shares of divisions in which the cell dies, as float64 of shape (intervals, types); None is 0."""
    if value is None:
        return np.broadcast_to(np.zeros(len(types)), (intervals, len(types)))
    shares = np.zeros((intervals, len(types)))
    if not isinstance(value, Mapping):
        given = _by_interval(problems, "lethal", value, types, intervals)
        note_shares(problems, "lethal", given, types)
        return shares + given
    for name, share in known_keys(value, types).items():
        path = f"lethal[{name!r}]"
        if name not in types:
            problems.value(path, "is not a type of the process", hint=did_you_mean(name, types))
            continue
        array = real_array(problems, path, share)
        if array is None:
            continue
        if array.shape not in {(), (intervals,)}:
            hint = f"breakpoints make {intervals} interval{'s' if intervals > 1 else ''}."
            problems.value(path, "must be a number, or one per interval", Words(f"shape {array.shape}"), hint=hint)
            continue
        for k in np.argwhere(~((array >= 0.0) & (array <= 1.0)))[:5]:
            where = "".join(f"[{i}]" for i in k)
            problems.value(f"{path}{where}", LETHAL_RULE, float(array[tuple(k)]))
        shares[:, types.index(name)] = array
    return shares


def note_shares(problems: Problems, path: str, shares: NDArray[np.float64], types: tuple[str, ...]) -> None:
    """Notes every share of lethal divisions of (..., types) that is not in [0, 1], the first few by name."""
    for index in np.argwhere(~((shares >= 0.0) & (shares <= 1.0)))[:5]:
        where = "".join(f"[{i}]" for i in index)
        hint = f"Type {types[int(index[-1])]!r}."
        problems.value(f"{path}{where}", LETHAL_RULE, float(shares[tuple(index)]), hint=hint)


def check_pulses(problems: Problems, pulses: Iterable[Pulse] | None, types: tuple[str, ...]) -> tuple[Pulse, ...]:
    """Pulses in the order of time, all of known types."""
    result = list(pulses) if pulses is not None and isinstance(pulses, Iterable) else []
    if pulses is not None and not isinstance(pulses, Iterable):
        problems.type("pulses", "must be a list of Pulse", pulses)
    for index, pulse in enumerate(result):
        if not isinstance(pulse, Pulse):
            problems.type(f"pulses[{index}]", "must be a Pulse", pulse)
            continue
        if not all(name in types for name in pulse.survival):
            result[index] = pulse = Pulse(time=pulse.time, survival=known_keys(pulse.survival, types))
        for name in pulse.survival:
            if name not in types:
                hint = did_you_mean(name, types)
                problems.value(f"pulses[{index}].survival[{name!r}]", "is not a type of the process", hint=hint)
    return tuple(sorted((p for p in result if isinstance(p, Pulse)), key=lambda p: p.time))


def _by_interval(
    problems: Problems, path: str, value: ArrayLike, types: tuple[str, ...], intervals: int
) -> NDArray[np.float64]:
    """Numbers as float64 of shape (types,) or (intervals, types); zeros where refused."""
    array = real_array(problems, path, value, types=types)
    if array is None:
        return np.zeros((intervals, len(types)))
    shapes = {(len(types),), (intervals, len(types))}
    if array.shape not in shapes:
        rule = f"must have the shape ({len(types)},) or ({intervals}, {len(types)}) (types, or intervals and types)"
        hint = f"breakpoints make {intervals} interval{'s' if intervals > 1 else ''}."
        problems.value(path, rule, Words(f"shape {array.shape}"), hint=hint)
        return np.zeros((intervals, len(types)))
    return array
