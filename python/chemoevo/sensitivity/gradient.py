"""The gradient of a log probability by everything a process is made of, and its rows in a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import polars as pl

from chemoevo.base.forks import check_fork

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chemoevo._core import Sensitivity
    from chemoevo.process.branching import BranchingProcess

    Row = tuple[str, float | None, float | None, float | None]

KINDS = ("birth", "death", "lethal", "mutation", "switching", "initial", "pulses", "breakpoints", "time")
SCHEMA = {
    "parameter": pl.String,
    "value": pl.Float64,
    "derivative": pl.Float64,
    "log_derivative": pl.Float64,
    "elasticity": pl.Float64,
}


@dataclass(frozen=True, slots=True)
class Gradient:
    """Derivatives of the logarithm of a probability of absence; rates of shape (intervals, ...)."""

    values: dict[str, NDArray[np.float64]]
    by: dict[str, NDArray[np.float64]]
    pairs: dict[str, list[tuple[int, int]]]

    @classmethod
    def of(cls, process: BranchingProcess, found: Sensitivity, counts: NDArray[np.float64], time: float) -> Self:
        """The gradient that the core found, with the values of the process next to it."""
        values = cls.values_of(process, counts, time)
        # Without a derivative: nan, here and nowhere else; the table says null.
        names = {"breakpoints": "breakpoint", "time": "horizon"}
        by = {
            kind: np.array(getattr(found, names.get(kind, kind)), dtype=np.float64).reshape(value.shape)
            for kind, value in values.items()
            if kind != "lethal" and not kind.startswith("pulse")
        }
        by |= _by_pulses(values, found, time)
        return cls(values, by_rates_as_given(process, by), cls.pairs_of(process))

    @staticmethod
    def values_of(
        process: BranchingProcess, counts: NDArray[np.float64], time: float
    ) -> dict[str, NDArray[np.float64]]:
        """What a process is made of, and what is asked about it."""
        m, k = process.birth.shape
        pulses = process.pulses
        survival = np.array([[p.survival.get(t, 1.0) for t in process.types] for p in pulses]).reshape(-1, k)
        tables = {"mutation": process.mutations.values, "switching": process.switches.values}
        return {
            "birth": process.birth,
            "death": process.death,
            "lethal": process.lethal,
            **{kind: np.broadcast_to(table, (m, table.shape[-1])) for kind, table in tables.items()},
            "initial": counts,
            "pulses": survival,
            "pulse_times": np.array([p.time for p in pulses], dtype=np.float64),
            "breakpoints": process.breakpoints,
            "time": np.array([time]),
        }

    @staticmethod
    def pairs_of(process: BranchingProcess) -> dict[str, list[tuple[int, int]]]:
        """(from, to) of the columns of mutation and switching."""
        return {"mutation": process.mutations.pairs, "switching": process.switches.pairs}


def _by_pulses(
    values: dict[str, NDArray[np.float64]], found: Sensitivity, time: float
) -> dict[str, NDArray[np.float64]]:
    """By survivals and times of every pulse; the core knows pulses of one instant as one, their product."""
    times, survival = values["pulse_times"], values["pulses"]
    _, first, which, number = np.unique(times, return_index=True, return_inverse=True, return_counts=True)
    by_survival = np.array(found.pulse_survival, dtype=np.float64).reshape(len(first), survival.shape[1])[which]
    by_time = np.array(found.pulse_time, dtype=np.float64).reshape(len(first))[which]
    for i in np.flatnonzero(number[which] > 1):
        others = which == which[i]
        others[i] = False
        by_survival[i] *= survival[others].prod(axis=0)
        # One of several that moves: their order matters.
        by_time[i] = 0.0 if times[i] > time else np.nan
    return {"pulses": by_survival, "pulse_times": by_time}


def kinds_of(process: BranchingProcess, kinds: Iterable[str]) -> list[str]:
    """The kinds that there are in a process: lethal divisions are left out where there are none."""
    return [kind for kind in kinds if kind != "lethal" or process.lethal.any()]


def by_rates_as_given(process: BranchingProcess, by: dict[str, NDArray[np.float64]]) -> dict[str, NDArray[np.float64]]:
    """Derivatives by what was given, of those by the divisions that succeed and by all deaths.

    These are (1 - q) b and d + q b, so those by b are joined in the shares 1 - q and q, and that by q is b times their
    difference.
    """
    birth, q, succeeding, dying = process.birth, process.lethal, by["birth"], by["death"]
    # A derivative may be infinite, which nothing takes part in.
    with np.errstate(invalid="ignore"):
        joint = np.where(q > 0.0, q * dying, 0.0) + np.where(q < 1.0, (1.0 - q) * succeeding, 0.0)
        lethal = np.where(birth > 0.0, birth * (dying - succeeding), 0.0)
    return {**by, "birth": np.where(q > 0.0, joint, succeeding), "lethal": lethal}


def rows(process: BranchingProcess, gradient: Gradient, kind: str, per_interval: bool) -> Iterator[Row]:
    """(path, value, derivative, derivative times value) of every parameter of a kind."""
    values, by = gradient.values[kind], gradient.by[kind]
    if kind in ("birth", "death", "lethal", "mutation", "switching"):
        names = list(process.types)
        if kind in gradient.pairs:
            names = [f"{process.types[i]}, {process.types[j]}" for i, j in gradient.pairs[kind]]
        for column, name in enumerate(names):
            value, slope = values[:, column], by[:, column]
            if per_interval:
                for interval in range(len(value)):
                    yield _row(f"{kind}[{interval}][{name}]", value[interval], slope[interval])
            else:
                same = bool((value == value[0]).all())
                yield f"{kind}[{name}]", float(value[0]) if same else None, float(slope.sum()), float(slope @ value)
    elif kind == "initial":
        for name, value, slope in zip(process.types, values, by, strict=True):
            yield _row(f"initial[{name}]", value, slope)
    elif kind == "pulses":
        for index, time in enumerate(gradient.values["pulse_times"]):
            for column, name in enumerate(process.types):
                yield _row(f"pulses[{index}].survival[{name}]", values[index, column], by[index, column])
            yield _row(f"pulses[{index}].time", time, gradient.by["pulse_times"][index])
    else:
        for index, (value, slope) in enumerate(zip(values, by, strict=True)):
            yield _row("time" if kind == "time" else f"{kind}[{index}]", value, slope)


def _row(path: str, value: float, slope: float) -> Row:
    # A derivative of minus infinity (a count of a type that never dies) has no product with 0.
    return path, float(value), float(slope), float(slope * value) if np.isfinite(slope) else None


def frame(table: Iterable[Row], log_absence: float, complement: bool) -> pl.DataFrame:
    """Derivatives of the log of absence become those of the probability asked for."""
    check_fork()
    absence, presence = np.exp(log_absence), -np.expm1(log_absence)
    probability = presence if complement else absence
    out: dict[str, list[Any]] = {name: [] for name in SCHEMA}
    for parameter, value, by, scaled in table:
        slopes: list[float | None] = []
        for x in (by, scaled):
            slope = None if x is None or not np.isfinite(x) else float((-absence if complement else absence) * x)
            slopes.append(slope)
            slopes.append(None if slope is None or probability == 0 else slope / float(probability))
        for name, cell in zip(SCHEMA, (parameter, value, slopes[0], slopes[1], slopes[3]), strict=True):
            out[name].append(None if cell is None else cell)
    return pl.DataFrame(out, schema=SCHEMA)
