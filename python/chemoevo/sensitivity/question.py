"""Which probability derivatives are asked for, checked; and its gradient."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from chemoevo import _core
from chemoevo.analytic.grown.age import GrownFor
from chemoevo.analytic.grown.law import GrownLaw
from chemoevo.analytic.question import marked_types, one_time
from chemoevo.base.arguments import choice, resolve_initial
from chemoevo.base.instants import on_instants
from chemoevo.errors import ModelError, Problems, collect
from chemoevo.sensitivity.gradient import Gradient, kinds_of, rows
from chemoevo.sensitivity.of_age import aged
from chemoevo.sensitivity.of_size import check_one, first_order

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chemoevo.process.branching import BranchingProcess
    from chemoevo.sensitivity.gradient import Row

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
        return isinstance(self.initial, GrownLaw)


@dataclass(frozen=True, slots=True)
class Solution:
    """The logarithm of absence, its gradient, and what there is besides where the start is the law of a tumor.

    Attributes
    ----------
    log_absence
        Natural logarithm.
    gradient
        By all that the process is made of.
    starts
        The rows of the sizes of the tumor's parts, or of its age.
    growth
        The gradient by what growth is made of.
    """

    log_absence: float
    gradient: Gradient
    starts: tuple[Row, ...] = ()
    growth: Gradient | None = None


def resolve_question(
    problems: Problems, process: BranchingProcess, question: str, types: Iterable[str] | None, initial: Any, time: Any
) -> Question | None:
    """What is asked, or None with the reasons noted among `problems`."""
    question = choice(problems, "question", question, QUESTIONS)
    marked = collect(problems, lambda: _marked(process.types, question, types))
    start = initial
    if isinstance(initial, GrownLaw):
        collect(problems, lambda: check_one(initial, process))
    else:
        start = collect(problems, lambda: _one_row(process.types, initial))
    horizon = float(on_instants(np.array([one_time(problems, time)]), process.instants)[0])
    if problems or marked is None:
        return None
    return Question(question in ("survival", "presence"), marked, start, horizon)


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
        return Solution(found_aged.log_absence, found_aged.therapy, (start,), found_aged.growth)
    tumor = first_order(asked.initial, process, asked.marked, np.array([asked.time])) if asked.grown else None
    cells: NDArray[np.float64] = asked.initial if tumor is None else tumor.cells
    try:
        found = _core.sensitivity(process.compiled, asked.marked, cells, asked.time)
    except ModelError as error:
        raise ModelError(
            "initial must leave absence possible: its probability is exactly 0, whatever small change is made."
        ) from error
    gradient = Gradient.of(process, found, cells, asked.time)
    if tumor is None:
        return Solution(found.log_absence, gradient)
    law = asked.initial
    starts = tuple(
        (path, size, by, by * size)
        for path, by, size in zip(law.paths, tumor.by_part, (float(part.sizes[0]) for part in law.parts), strict=True)
    )
    return Solution(tumor.log_absence, gradient, starts, tumor.growth)


def growth_rows(growth: BranchingProcess, found: Solution, per_interval: bool) -> Iterator[Row]:
    """The rows of everything that growth is made of."""
    assert found.growth is not None
    for kind in kinds_of(growth, ("birth", "death", "lethal", "mutation", "switching", "pulses", "breakpoints")):
        for path, value, by, scaled in rows(growth, found.growth, kind, per_interval):
            yield f"initial.growth.{path}", value, by, scaled


def _marked(known: tuple[str, ...], question: str, types: Iterable[str] | None) -> list[bool]:
    if question in ("absence", "presence"):
        if types is None:
            raise ModelError(f"types must name the types whose {question} is asked for.")
        problems = Problems()
        named: list[bool] = marked_types(problems, known, types).tolist()
        problems.raise_if_any()
        return named
    if types is not None:
        raise ModelError("types must be None: extinction and survival are about all. Ask for absence or presence.")
    return [True] * len(known)


def _one_row(types: tuple[str, ...], initial: Any) -> Any:
    counts = resolve_initial(types, initial)
    if counts.ndim != 1:
        raise ModelError(f"initial must be one composition of shape ({len(types)},); got shape {counts.shape}.")
    return counts.astype(np.float64)
