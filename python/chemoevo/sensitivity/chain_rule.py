"""Parameters of the user, on which rates depend: derivatives of what was given to a process, checked and applied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from chemoevo.base.arguments import real_array
from chemoevo.errors import Problems, did_you_mean
from chemoevo.sensitivity.gradient import KINDS, Gradient

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chemoevo.process.branching import BranchingProcess

    Entries = dict[str, NDArray[np.float64]]

KNOWN = (*KINDS, "pulse_times")


def check_parameters(process: BranchingProcess, parameters: object) -> dict[str, Entries]:
    """Every derivative as an array of the shape of its kind in a `Gradient`."""
    problems = Problems()
    out: dict[str, Entries] = {}
    if parameters is None:
        return out
    if not isinstance(parameters, Mapping):
        problems.type("parameters", "must be {name: {kind: derivative}}", parameters)
        problems.raise_if_any()
        return out
    for name, kinds in parameters.items():
        path = f"parameters[{name!r}]"
        out[str(name)] = {}
        if not isinstance(name, str) or not isinstance(kinds, Mapping):
            problems.type(path, "must be {kind: derivative} under a name", kinds)
            continue
        for kind, value in kinds.items():
            where = f"{path}[{kind!r}]"
            if kind not in KNOWN:
                problems.value(where, "is no kind of parameter", kind, hint=did_you_mean(kind, KNOWN))
                continue
            array = _of_kind(problems, process, where, str(kind), value)
            if array is not None:
                out[name][str(kind)] = array
    problems.raise_if_any()
    return out


def _of_kind(
    problems: Problems, process: BranchingProcess, path: str, kind: str, value: object
) -> NDArray[np.float64] | None:
    m, k = process.birth.shape
    if kind in ("mutation", "switching"):
        pairs = (process.mutations if kind == "mutation" else process.switches).pairs
        columns = {(process.types[i], process.types[j]): c for c, (i, j) in enumerate(pairs)}
        return _by_name(problems, path, value, columns, (m, len(pairs)))
    if kind == "initial":
        return _by_name(problems, path, value, {t: i for i, t in enumerate(process.types)}, (k,))
    if kind == "pulses":
        if not isinstance(value, Sequence) or len(value) != len(process.pulses):
            problems.value(path, f"must have one {{type: number}} for each of {len(process.pulses)} pulses", value)
            return None
        known = {t: i for i, t in enumerate(process.types)}
        found = [_by_name(problems, f"{path}[{i}]", entry, known, (k,)) for i, entry in enumerate(value)]
        return None if any(f is None for f in found) else np.array(found).reshape(len(found), k)
    shape = {"breakpoints": (m - 1,), "pulse_times": (len(process.pulses),), "time": (1,)}.get(kind, (m, k))
    array = real_array(problems, path, value)
    return None if array is None else _fit(problems, path, array, shape)


def _by_name(
    problems: Problems, path: str, value: object, columns: Mapping[Any, int], shape: tuple[int, ...]
) -> NDArray[np.float64] | None:
    """{name: number or one per interval} as an array whose last axis is that of the columns."""
    if not isinstance(value, Mapping):
        problems.type(path, "must be {name: number}", value)
        return None
    out = np.zeros(shape)
    for name, entry in value.items():
        if name not in columns:
            problems.value(
                f"{path}[{name!r}]", "is not in the process, or is 0 there", hint=did_you_mean(name, map(str, columns))
            )
            continue
        array = real_array(problems, f"{path}[{name!r}]", entry)
        fitted = None if array is None else _fit(problems, f"{path}[{name!r}]", array, shape[:-1])
        if fitted is not None:
            out[..., columns[name]] = fitted
    return out


def _fit(
    problems: Problems, path: str, array: NDArray[np.float64], shape: tuple[int, ...]
) -> NDArray[np.float64] | None:
    if not np.isfinite(array).all():
        problems.value(path, "must be finite")
        return None
    try:
        return np.broadcast_to(array, shape)
    except ValueError:
        problems.value(path, f"must have the shape {shape} or one that fits it", array.shape)
        return None


def directional(gradient: Gradient, entries: Entries) -> tuple[float | None, None]:
    """The derivative of the log of absence along the entries; no value, so no elasticity."""
    total = 0.0
    for kind, direction in entries.items():
        used = direction != 0
        total += float((gradient.by[kind][used] * direction[used]).sum())
    return (total if np.isfinite(total) else None), None
