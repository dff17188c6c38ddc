"""What is asked of every point: questions by their names, and functions of the model."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from chemoevo.analytic.grown.size import GrownTo
from chemoevo.analytic.probability import (
    presence_probability,
    survival_probability,
    ultimate_extinction_probability,
)
from chemoevo.answers.cure import cured
from chemoevo.ensemble.estimates import Estimate
from chemoevo.errors import Problems, SimulationError, did_you_mean
from chemoevo.sweeps.points import RESERVED

if TYPE_CHECKING:
    from chemoevo.process.branching import BranchingProcess
    from chemoevo.sweeps.point import Point

Value = float | str | bool | None
Cells = dict[str, Value]
"""What one question answers at one point, by column."""
METHOD, TRUSTED = "method", "trusted"
"""Columns of all questions together: "law" or "histories"; whether every estimate is trusted."""


@dataclass(frozen=True)
class Ask:
    """One question.

    Attributes
    ----------
    name
        Its column.
    answers
        What it makes of a point.
    simulates
        Whether it needs histories.
    endings
        What its columns have behind its name; of a function of the user's that is not known.
    """

    name: str
    answers: Callable[[Point], Cells]
    simulates: bool = False
    endings: tuple[str, ...] = ()

    @property
    def unanswered(self) -> Cells:
        """Its columns where it has no answer."""
        return {f"{self.name}{ending}": None for ending in self.endings}


def _cure(point: Point) -> Cells:
    horizon, types = point.scenario.follow_up.horizon, point.scenario.clonogenic
    return _of_tumor("cure", point, lambda process, cells: cured(process, cells, horizon, types))


def _extinct_ever(point: Point) -> Cells:
    return _of_tumor(
        "extinct_ever", point, lambda process, cells: ultimate_extinction_probability(process, initial=cells)
    )


def _survival(point: Point) -> Cells:
    horizon, types = [point.scenario.follow_up.horizon], point.scenario.clonogenic

    def solve(process: BranchingProcess, cells: Any) -> Any:
        if types is None:
            return survival_probability(process, initial=cells, times=horizon)
        return presence_probability(process, types=types, initial=cells, times=horizon)

    return _of_tumor("survival", point, solve)


def _of_tumor(name: str, point: Point, solve: Callable[[BranchingProcess, Any], Any]) -> Cells:
    """A probability under the law of the tumor, or averaged over tumors that were simulated."""
    cells = point.cells
    found = np.asarray(solve(point.scenario.therapy, cells)).ravel()
    by_law = isinstance(cells, GrownTo)
    estimate = Estimate.exact(float(found[0])) if by_law else Estimate.average(found)
    return {**_estimate(name, estimate), METHOD: "law" if by_law else "histories"}


def _mean_cells(point: Point) -> Cells:
    totals = point.ensemble.final.sum(axis=1, dtype=np.float64)
    mean, n = float(totals.mean()), len(totals)
    error = float(totals.std(ddof=1)) / math.sqrt(n) if n > 1 else math.inf
    return {"mean_cells": mean, "mean_cells_error": error if math.isfinite(error) else None}


def _progressed(point: Point) -> Cells:
    return _estimate("progressed", point.answer.progressed)


def _median_time(point: Point) -> Cells:
    found, name = point.answer.time_to_progression, "median_time_to_progression"
    return {name: found.value, f"{name}_low": found.low, f"{name}_high": found.high}


def _driver(point: Point) -> Cells:
    """The genotype that was most numerous at progression most often, and in which share of the progressions."""
    table = point.answer.genotypes
    counts = table["most_numerous"]
    total = int(counts.sum())
    if total == 0:
        return {"driver": None, "driver_share": None}
    first = int(counts.arg_max() or 0)
    return {"driver": str(table["genotype"][first]), "driver_share": counts[first] / total}


def _rate_error(point: Point) -> Cells:
    return {"rate_error": point.scenario.rate_error}


def _mutant_share(point: Point) -> Cells:
    return {"mutant_share": point.mutant_share}


_ALONE, _INTERVAL = ("",), ("", "_low", "_high")
NAMED: dict[str, Ask] = {
    ask.name: ask
    for ask in (
        Ask("cure", _cure, endings=_INTERVAL),
        Ask("extinct_ever", _extinct_ever, endings=_INTERVAL),
        Ask("survival", _survival, endings=_INTERVAL),
        Ask("mutant_share", _mutant_share, endings=_ALONE),
        Ask("rate_error", _rate_error, endings=_ALONE),
        Ask("mean_cells", _mean_cells, simulates=True, endings=("", "_error")),
        Ask("progressed", _progressed, simulates=True, endings=_INTERVAL),
        Ask("median_time_to_progression", _median_time, simulates=True, endings=_INTERVAL),
        Ask("driver", _driver, simulates=True, endings=("", "_share")),
    )
}


def asks_of(problems: Problems, ask: object, *, simulates: bool) -> list[Ask]:
    """The questions: a name, several, or {column: function of the model}; a name may stand in place of a function.

    `simulates` says whether there are histories.
    """
    if isinstance(ask, str):
        ask = [ask]
    if isinstance(ask, Mapping):
        found = [_own(problems, name, value) for name, value in ask.items()]
    elif isinstance(ask, list | tuple):
        found = [_named(problems, f"ask[{index}]", name) for index, name in enumerate(ask)]
    else:
        problems.type("ask", "must be names of questions, or {column: function of the model}", ask)
        return []
    asked = [one for one in found if one is not None]
    if not found:
        problems.value("ask", "must have at least one question")
    names = [one.name for one in asked]
    for name in sorted({name for name in names if names.count(name) > 1}):
        problems.value("ask", "must name every question once", name)
    for one in asked:
        if one.name in RESERVED:
            problems.value("ask", f"must have no question {one.name!r}: sweeps have such a column")
        if one.simulates and not simulates:
            hint = "Say how many histories to simulate per point, such as 100."
            problems.value("replicates", f"is missing: {one.name!r} is answered by histories", hint=hint)
    return asked


def _named(problems: Problems, path: str, name: object) -> Ask | None:
    if isinstance(name, str) and name in NAMED:
        return NAMED[name]
    if isinstance(name, str):
        problems.value(path, "is not a known question", name, hint=did_you_mean(name, NAMED))
    else:
        problems.type(path, "must be the name of a question", name)
    return None


def _own(problems: Problems, name: object, value: object) -> Ask | None:
    if not isinstance(name, str) or not name:
        problems.type("ask", "must have names of columns", name)
    elif isinstance(value, str):
        known = _named(problems, f"ask[{name}]", value)
        if known is None or known.name == name:
            return known
        return Ask(name, _Renamed(known, name), known.simulates, known.endings)
    elif callable(value):
        return Ask(name, _Own(name, value))
    else:
        problems.type(f"ask[{name}]", "must be a function of the model, or the name of a question", value)
    return None


@dataclass(frozen=True)
class _Own:
    """A function of the user's, called with the model at a point."""

    name: str
    function: Callable[..., Any]

    def __call__(self, point: Point) -> Cells:
        return _cells(self.name, self.function(point.model))


@dataclass(frozen=True)
class _Renamed:
    """A known question under another name."""

    known: Ask
    name: str

    def __call__(self, point: Point) -> Cells:
        cells = self.known.answers(point)
        return {
            self.name + c[len(self.known.name) :] if c.startswith(self.known.name) else c: v for c, v in cells.items()
        }


def merged(one: Cells, other: Cells) -> Cells:
    """The answers of two questions: trusted if both are."""
    both = {**one, **other}
    if TRUSTED in one and TRUSTED in other:
        both[TRUSTED] = bool(one[TRUSTED] and other[TRUSTED])
    return both


def _cells(name: str, value: object) -> Cells:
    """What a function answered: a number, a text, an estimate, or several by name.

    Raises
    ------
    TypeError
        If it is something else.
    SimulationError
        If it is no number.
    """
    if isinstance(value, Estimate):
        return _estimate(name, value)
    if isinstance(value, Mapping):
        cells: Cells = {}
        for key, part in value.items():
            cells = merged(cells, _cells(f"{name}_{key}", part))
        return cells
    if isinstance(value, np.ndarray) and value.size == 1:
        value = value.item()
    if value is None or isinstance(value, str):
        return {name: value}
    if isinstance(value, bool | np.bool_ | int | float | np.integer | np.floating):
        number = float(value)
        if math.isnan(number):
            raise SimulationError(f"ask[{name}] answered NaN, which is no number.")
        return {name: number}
    raise TypeError(f"ask[{name}] must answer a number, a text or an Estimate; got {value!r:.200}.")


def _estimate(name: str, found: Estimate) -> Cells:
    numbers = {name: found.value, f"{name}_low": found.low, f"{name}_high": found.high}
    return {**{column: float(number) for column, number in numbers.items()}, TRUSTED: found.trusted}
