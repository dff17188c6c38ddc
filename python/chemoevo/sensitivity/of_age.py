"""A tumor grown for a time: growth and what follows are one process, and its gradient has that of both.

With a the probability that none of the cells in question descend from the first cell, g that no cell at all is left at
the end of growth, the absence given a tumor is P = (a - g) / (1 - g), so

    dP / P = (a dln a - g (1 - P) dln g) / (P (1 - g)).

ln a is the logarithm of absence in the process that grows and then goes through therapy, from one cell; ln g that of
extinction in growth: one gradient each.
"""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

import numpy as np

from chemoevo import _core
from chemoevo.errors import ModelError
from chemoevo.process.succession import intervals_until, joined
from chemoevo.sensitivity.differences import REACH, slope
from chemoevo.sensitivity.gradient import Gradient

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chemoevo.analytic.grown.age import GrownFor
    from chemoevo.process.branching import BranchingProcess

STEP = 2e-3
"""Share of the age that is the step of differences by it."""


@dataclasses.dataclass(frozen=True, slots=True)
class Aged:
    """The logarithm of absence given the tumor, and its derivatives by therapy, growth and age (nan where none)."""

    log_absence: float
    therapy: Gradient
    growth: Gradient
    by_age: float


def aged(tumor: GrownFor, process: BranchingProcess, marked: list[bool], time: float) -> Aged:
    """All derivatives for a tumor of one age.

    Raises
    ------
    ModelError
        If absence is impossible.
    SimulationError
        As `GrownFor.log_absence`.
    """
    growth, age = tumor.growth, float(tumor.days)
    one_of_each = np.eye(len(process.types), dtype=np.int64)
    cell = _core.log_absence(process.compiled, marked, one_of_each, np.array([time]))
    log = float(tumor.log_absence(cell)[0])
    if log == -math.inf:
        raise ModelError(
            "initial must leave absence possible: its probability is exactly 0, whatever small change is made."
        )
    founder = np.zeros(len(process.types))
    founder[0] = 1.0
    whole = joined(growth, process, age)
    absent = _core.sensitivity(whole.compiled, marked, founder, age + time)
    log_gone, gone = 0.0, None
    try:
        gone = _core.sensitivity(growth.compiled, [True] * len(founder), founder, age)
        log_gone = gone.log_absence
    except ModelError:
        # Growth from one cell that never dies out, whatever the rates.
        log_gone = -math.inf
    left = math.exp(log) * -math.expm1(log_gone)
    shares = math.exp(absent.log_absence) / left, math.exp(log_gone) * -math.expm1(log) / left
    early, late = _parts(Gradient.of(whole, absent, founder, age + time), growth, process, age)
    if gone is None:
        by_growth = {kind: shares[0] * by for kind, by in early.items()}
        # The first death rate above 0, or lethal division, would make extinction possible.
        for kind in ("death", "lethal"):
            never = (growth.deaths == 0.0) & (by_growth[kind] != 0.0)
            by_growth[kind] = np.where(never, math.nan, by_growth[kind])
    else:
        without = Gradient.of(growth, gone, founder, age).by
        by_growth = {kind: shares[0] * by - shares[1] * without[kind] for kind, by in early.items()}
    by_therapy = {kind: shares[0] * by for kind, by in late.items()}
    return Aged(
        log,
        _gradient(process, by_therapy, time),
        _gradient(growth, by_growth, age),
        _by_age(tumor, cell, log),
    )


def _parts(
    whole: Gradient, growth: BranchingProcess, process: BranchingProcess, age: float
) -> tuple[dict[str, NDArray[np.float64]], dict[str, NDArray[np.float64]]]:
    """Derivatives by what growth and therapy are made of, each in its own shapes."""
    first, pulses = intervals_until(growth, age), sum(pulse.time <= age for pulse in growth.pulses)
    parts = []
    for model, early in ((growth, True), (process, False)):
        intervals = slice(0, first) if early else slice(first, None)
        found: dict[str, NDArray[np.float64]] = {}
        for kind in ("birth", "death", "lethal", "mutation", "switching"):
            by = whole.by[kind][intervals]
            if kind in whole.pairs:
                own = (model.mutations if kind == "mutation" else model.switches).pairs
                by = by[:, [whole.pairs[kind].index(pair) for pair in own]]
            found[kind] = _padded(by, len(model.birth))
        for kind in ("pulses", "pulse_times"):
            by = whole.by[kind][:pulses] if early else whole.by[kind][pulses:]
            found[kind] = _padded(by, len(model.pulses))
        by = whole.by["breakpoints"]
        # A change of rates at the end of growth itself has no derivative.
        found["breakpoints"] = by[first:] if not early else _padded(by[: first - 1], len(model.breakpoints))
        if early and first <= len(growth.breakpoints) and growth.breakpoints[first - 1] == age:
            found["breakpoints"][first - 1] = math.nan
        found["time"] = whole.by["time"]
        parts.append(found)
    return parts[0], parts[1]


def _padded(by: NDArray[np.float64], length: int) -> NDArray[np.float64]:
    """Derivatives of a part of growth, padded with zeros: what comes after its end has no influence."""
    out = np.zeros((length, *by.shape[1:]))
    out[: len(by)] = by
    return out


def _gradient(model: BranchingProcess, by: dict[str, NDArray[np.float64]], time: float) -> Gradient:
    values = Gradient.values_of(model, np.zeros(len(model.types)), time)
    return Gradient(values, {**by, "initial": np.zeros(len(model.types))}, Gradient.pairs_of(model))


def _by_age(tumor: GrownFor, cell: NDArray[np.float64], log: float) -> float:
    """The derivative by the age, by differences; nan where growth changes or has a pulse at that age."""
    from chemoevo.analytic.grown.age import GrownFor

    growth, age = tumor.growth, float(tumor.days)
    events = np.array([*growth.breakpoints, *(pulse.time for pulse in growth.pulses)])
    far = np.abs(events - age).min(initial=math.inf)
    if far == 0.0:
        return math.nan

    def change(shift: float) -> tuple[float, float]:
        other = float(GrownFor(growth, days=age + shift).log_absence(cell)[0]) - log
        return other, abs(other)

    return slope(change, min(STEP * age, 0.9 * far / REACH), 0).value
