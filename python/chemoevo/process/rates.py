"""Breakpoints, division and death rates, and pulses of a process: checks, and their arrays."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from chemoevo.base.arguments import nonnegative, real_array
from chemoevo.base.names import known_keys
from chemoevo.errors import Problems, Words, did_you_mean
from chemoevo.process.pulse import Pulse

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


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
    """Kinks (days) of rates that are functions of time, checked as breakpoints are; raises at once."""
    problems = Problems()
    result = check_breakpoints(problems, breakpoints)
    problems.raise_if_any()
    return result


def check_rates(
    problems: Problems, path: str, value: ArrayLike, types: tuple[str, ...], intervals: int
) -> NDArray[np.float64]:
    """Rates (per cell and day) as float64 of shape (intervals, types)."""
    array = real_array(problems, path, value, types=types)
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
