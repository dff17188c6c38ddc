"""Which probability derivatives are asked for, checked; and its gradient."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from chemoevo import _core
from chemoevo.aged_gradients import aged
from chemoevo.arguments import resolve_initial, resolve_times
from chemoevo.errors import ModelError, Problems, collect, did_you_mean
from chemoevo.gradient_rows import Gradient, rows
from chemoevo.grown import GrownFor, GrownTo
from chemoevo.grown_gradients import check_one_size, first_order
from chemoevo.means import run

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chemoevo.gradient_rows import Row
    from chemoevo.process import BranchingProcess

QUESTIONS = ("extinction", "survival", "absence", "presence")


@dataclass(frozen=True, slots=True)
class Question:
    """A probability, its horizon (days), and the cells of the start: a law of a tumor, or counts."""

    complement: bool
    marked: list[bool]
    initial: Any
    time: float

    @property
    def grown(self) -> bool:
        """Whether the start is the law of a tumor."""
        return isinstance(self.initial, GrownTo | GrownFor)


@dataclass(frozen=True, slots=True)
class Solution:
    """The logarithm of absence, its gradient, and what there is besides where the start is the law of a tumor.

    Attributes
    ----------
    log_absence
        Natural logarithm.
    gradient
        By all that the process is made of.
    start
        The row of the size or the age of the tumor.
    growth
        The gradient by what growth is made of.
    """

    log_absence: float
    gradient: Gradient
    start: Row | None = None
    growth: Gradient | None = None


def resolve_question(
    problems: Problems, process: BranchingProcess, question: str, types: Iterable[str] | None, initial: Any, time: Any
) -> Question | None:
    """What is asked, or None with the reasons noted among `problems`."""
    if question not in QUESTIONS:
        problems.value(
            "question", f"must be one of {', '.join(QUESTIONS)}", question, hint=did_you_mean(question, QUESTIONS)
        )
    marked = collect(problems, lambda: _marked(process.types, question, types))
    start = initial
    if isinstance(initial, GrownTo | GrownFor):
        collect(problems, lambda: check_one_size(initial, process))
    else:
        start = collect(problems, lambda: _one_row(process.types, initial))
    horizon = collect(problems, lambda: resolve_times(time, path="time"))
    if horizon is not None and horizon.size != 1:
        problems.value("time", "must be one time in days", time)
    if problems or marked is None or horizon is None:
        return None
    return Question(question in ("survival", "presence"), marked, start, float(horizon[0]))


def solve(process: BranchingProcess, asked: Question) -> Solution:
    """The gradient by everything that the process is made of.

    Raises
    ------
    ModelError
        If absence is impossible.
    SimulationError
        If too many steps are needed.
    """
    if isinstance(asked.initial, GrownFor):
        age = float(asked.initial.days)
        found_aged = aged(asked.initial, process, asked.marked, asked.time)
        start = ("initial.days", age, found_aged.by_age, found_aged.by_age * age)
        return Solution(found_aged.log_absence, found_aged.therapy, start, found_aged.growth)
    tumor = first_order(asked.initial, process, asked.marked, np.array([asked.time])) if asked.grown else None
    cells: NDArray[np.float64] = asked.initial if tumor is None else tumor.cells
    try:
        found = run(lambda: _core.sensitivity(process._core, asked.marked, cells, asked.time))
    except ValueError as error:
        raise ModelError(
            "initial must leave absence possible: its probability is exactly 0, whatever small change is made."
        ) from error
    gradient = Gradient.of(process, found, cells, asked.time)
    if tumor is None:
        return Solution(float(found["log_absence"]), gradient)
    size, log = float(asked.initial.size), tumor.log_absence
    return Solution(log, gradient, ("initial.size", size, log / size, log), tumor.growth)


def growth_rows(growth: BranchingProcess, found: Solution, per_interval: bool) -> Iterator[Row]:
    """The rows of everything that growth is made of."""
    assert found.growth is not None
    for kind in ("birth", "death", "mutation", "switching", "pulses", "breakpoints"):
        for path, value, by, scaled in rows(growth, found.growth, kind, per_interval):
            yield f"initial.growth.{path}", value, by, scaled


def _marked(known: tuple[str, ...], question: str, types: Iterable[str] | None) -> list[bool]:
    from chemoevo.analytic import _marked as named

    if question in ("absence", "presence"):
        if types is None:
            raise ModelError(f"types must name the types whose {question} is asked for.")
        return named(known, types)
    if types is not None:
        raise ModelError("types must be None: extinction and survival are about all. Ask for absence or presence.")
    return [True] * len(known)


def _one_row(types: tuple[str, ...], initial: Any) -> Any:
    counts = resolve_initial(types, initial)
    if counts.ndim != 1:
        raise ModelError(f"initial must be one composition of shape ({len(types)},); got shape {counts.shape}.")
    return counts.astype(np.float64)
