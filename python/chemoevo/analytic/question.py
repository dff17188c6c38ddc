"""What all questions about a process have in common: whose process, which initial cells, what else is asked.

Everything wrong with a question is collected, in the same words for all questions, and raised together.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import numpy as np

from chemoevo.analytic.grown.law import GrownLaw
from chemoevo.base.arguments import its_typical, real, resolve_initial, resolve_times
from chemoevo.base.instants import on_instants
from chemoevo.base.names import known_names
from chemoevo.base.option import type_names
from chemoevo.errors import Problems, Words, collect, did_you_mean
from chemoevo.process.branching import BranchingProcess
from chemoevo.process.competition import note_competition

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

T = TypeVar("T")


class Treated(Protocol):
    """What stands for a process under therapy, such as a `Scenario`."""

    @property
    def therapy(self) -> BranchingProcess:
        """The process under therapy."""


def process_of(model: object) -> BranchingProcess:
    """The process itself, or the therapy of a scenario.

    Raises
    ------
    TypeError
        If it is neither.
    """
    process = model if isinstance(model, BranchingProcess) else getattr(model, "therapy", None)
    if not isinstance(process, BranchingProcess):
        hint = its_typical(model)
        raise TypeError(f"the first argument must be a BranchingProcess or a Scenario; got {model!r}.{hint}")
    return process


class InitialCells:
    """The cells at the start of a question: one composition, several, or the law of a tumor that grew.

    Attributes
    ----------
    counts
        (cells) Of shape (n, types); one row of zeros for a law.
    law
        The law, or None.
    """

    __slots__ = ("_single", "counts", "law")

    def __init__(self, process: BranchingProcess, initial: Any) -> None:
        self.law = initial if isinstance(initial, GrownLaw) else None
        if self.law is not None:
            self.law.check_types(process)
            self.counts: NDArray[np.int64] = np.zeros((1, len(process.types)), dtype=np.int64)
            self._single = self.law.single
        else:
            counts = resolve_initial(process.types, initial)
            self.counts, self._single = np.atleast_2d(counts), counts.ndim == 1

    def log_product(self, cell: NDArray[np.float64], *, strict: bool = True) -> NDArray[np.float64]:
        """sum_i n_i ln F_i of shape (..., n) for `cell` = ln F of shape (..., types); 0 times -inf is 0.

        All terms have one sign, so nothing is lost. If not `strict`, a law may be rough where absence is below 1e-7.
        """
        if self.law is not None:
            flat = cell.reshape(-1, cell.shape[-1])
            logs = np.atleast_2d(self.law.log_absence(np.ascontiguousarray(flat.T), strict=strict))
            return logs.T.reshape(*cell.shape[:-1], logs.shape[0])
        impossible = np.isneginf(cell)
        total: NDArray[np.float64] = np.where(impossible, 0.0, cell) @ self.counts.T.astype(np.float64)
        never = impossible.astype(np.float64) @ (self.counts > 0).T.astype(np.float64)
        return np.where(never > 0.0, -np.inf, total)

    def shaped(self, values: NDArray[np.float64]) -> Any:
        """Values of shape (n, ...) as the caller gave the initial cells: without n for a single composition."""
        if self._single:
            values = values[0]
        return values if values.ndim else float(values)


class Question:
    """A process and its initial cells, and whatever else is asked, checked.

    The first argument must be right, or a TypeError is raised at once: nothing else can be checked. All other problems
    are collected, and raised by `checked`.

    Parameters
    ----------
    model
        A process, or a scenario, which stands for its therapy.
    initial
        The cells at time 0.
    competition
        Whether a process with competition may be asked.

    Attributes
    ----------
    process
        The process of the model.
    problems
        What is wrong so far.
    clonogenic
        Names of the types whose absence is cure, where the model says that not all are; else None.
    """

    def __init__(self, model: BranchingProcess | Treated, initial: Any, *, competition: bool = False) -> None:
        self.process = process_of(model)
        self.clonogenic: tuple[str, ...] | None = getattr(model, "clonogenic", None)
        self.problems = Problems()
        if not competition:
            note_competition(self.problems, self.process.competition, "process", getattr(model, "capacities", ()))
        self._cells = self.note(lambda: InitialCells(self.process, initial))
        growth = getattr(initial, "growth", None)
        if model is not self.process and growth is not None and getattr(initial, "process", None) == self.process:
            hint = "Give its `growth`: the tumors at detection, to which the therapy of the scenario is given."
            self.problems.value("initial", "must not be what this therapy has left", initial, hint=hint)

    def note(self, check: Callable[[], T]) -> T | None:
        """What a check returns; None, with what it raised noted."""
        return collect(self.problems, check)

    def times(self, times: ArrayLike) -> NDArray[np.float64]:
        """Times in days, of shape (times,); one that is a pulse's up to rounding is exactly that of the pulse."""
        found = self.note(lambda: resolve_times(times))
        return np.zeros(1) if found is None else on_instants(found, self.process.instants)

    def time(self, time: object, path: str = "time", *, endless: bool = False) -> float:
        """A time in days, >= 0 and finite, or also infinity if `endless`; on a pulse as `times`."""
        found = one_time(self.problems, time, path, endless=endless)
        return float(on_instants(np.array([found]), self.process.instants)[0]) if found < np.inf else found

    def marked(self, types: Any, path: str = "types") -> NDArray[np.bool_]:
        """Which types are named: at least one."""
        return marked_types(self.problems, self.process.types, types, path)

    def refuse_laws(self, *kinds: type[GrownLaw]) -> None:
        """Notes a law of grown tumors, but for those of the kinds named, where cells are needed."""
        law = None if self._cells is None else self._cells.law
        if law is not None and not isinstance(law, kinds):
            hint = "Simulate growth and give the Ensemble."
            got = Words(f"the law {type(law).__name__}")
            self.problems.value("initial", "must be numbers of cells here", got, hint=hint)

    def checked(self) -> InitialCells:
        """The initial cells, if nothing is wrong with the question.

        Raises
        ------
        ModelError
            With all wrong values.
        TypeError
            With all problems, if something has a wrong type.
        """
        self.problems.raise_if_any()
        assert self._cells is not None
        return self._cells


def one_time(problems: Problems, time: object, path: str = "time", *, endless: bool = False) -> float:
    """A time in days, >= 0 and finite, or also infinity if `endless`."""
    rule = "must be a time in days >= 0, or infinity" if endless else "must be a time in days >= 0 and finite"
    if time is None:
        problems.value(path, "is missing", hint=f"It {rule}.")
        return 0.0
    return real(problems, path, time, rule, 0.0, endless=endless)


def marked_types(problems: Problems, known: tuple[str, ...], types: Any, path: str = "types") -> NDArray[np.bool_]:
    """Which of the known types are named; unknown names, none and text are noted."""
    # There may be thousands.
    there = set(known)
    names = known_names(type_names(problems, path, types), there)
    for index, name in enumerate(names):
        if isinstance(name, str) and name.strip() and name not in there:
            problems.value(f"{path}[{index}]", "is not a type of the process", name, hint=did_you_mean(name, known))
    return np.isin(known, names)
