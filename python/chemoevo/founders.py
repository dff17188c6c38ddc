"""What the questions about a process have in common: the process of a model, its initial cells, one error for all."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from chemoevo.arguments import resolve_initial
from chemoevo.competition import refuse_competition
from chemoevo.errors import ModelError, Problems, Words, collect, did_you_mean
from chemoevo.grown import check_types, is_grown

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chemoevo.process import BranchingProcess
    from chemoevo.scenario import Scenario


class Founders:
    """The initial cells of one question: one composition, several, or a law of grown tumors."""

    __slots__ = ("counts", "law", "single")

    def __init__(self, process: BranchingProcess, initial: Any) -> None:
        self.law = initial if is_grown(initial) else None
        if self.law is not None:
            check_types(initial, process)
            self.counts: NDArray[np.uint64] = np.zeros((1, len(process.types)), dtype=np.uint64)
            self.single = False
        else:
            counts = resolve_initial(process.types, initial)
            self.counts, self.single = np.atleast_2d(counts), counts.ndim == 1

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
        if self.single or (self.law is not None and _is_one(self.law)):
            values = values[0]
        return values if values.ndim else float(values)


def _is_one(law: Any) -> bool:
    return np.ndim(getattr(law, "size", getattr(law, "days", 0.0))) == 0


def process_of(problems: Problems, model: BranchingProcess | Scenario) -> BranchingProcess | None:
    """The process itself, or the therapy of a scenario; anything else, and competition, is noted."""
    from chemoevo.process import BranchingProcess

    process: Any = model if isinstance(model, BranchingProcess) else getattr(model, "therapy", None)
    if not isinstance(process, BranchingProcess):
        problems.type("model", "must be a BranchingProcess or a Scenario", model)
        return None
    collect(problems, lambda: refuse_competition(process.competition, "model"))
    return process


def resolve(
    model: BranchingProcess | Scenario,
    initial: Any,
    *checks: Callable[[Problems, BranchingProcess], object],
) -> tuple[BranchingProcess, Founders]:
    """The process and its founders; every check may note what else is wrong, and all is raised together."""
    problems = Problems()
    process = process_of(problems, model)
    founders = None
    if process is not None:
        founders = collect(problems, lambda: Founders(process, initial))
        for check in checks:
            try:
                check(problems, process)
            except ModelError as error:
                problems.extend(error.problems)
            except TypeError as error:
                problems.extend([str(error)], wrong_type=True)
    problems.raise_if_any()
    assert process is not None
    assert founders is not None
    return process, founders


def marked_types(problems: Problems, known: tuple[str, ...], types: Any, path: str = "types") -> NDArray[np.bool_]:
    """Which of the known types are named; unknown names, none and text are noted."""
    names: list[Any] = []
    if isinstance(types, str) or not isinstance(types, Iterable):
        problems.type(path, "must be a list of type names", types, hint=f"Write [{types!r}].")
    else:
        names = list(types)
        if not names:
            problems.value(path, "must name at least one type", [])
    for index, name in enumerate(names):
        if not isinstance(name, str):
            problems.type(f"{path}[{index}]", "must be the name of a type", name)
        elif name not in known:
            problems.value(f"{path}[{index}]", "is not a type of the process", name, hint=did_you_mean(name, known))
    return np.array([name in names for name in known])


def one_time(problems: Problems, time: Any, path: str = "time", *, endless: bool = False) -> float:
    """A time in days, >= 0 and finite, or also infinity if `endless`."""
    rule = "must be a time in days >= 0, or infinity" if endless else "must be a time in days >= 0 and finite"
    if isinstance(time, bool | np.bool_) or not isinstance(time, int | float | np.integer | np.floating):
        problems.type(path, rule, time)
        return 0.0
    value = float(time)
    if not (0.0 <= value < np.inf or (endless and value == np.inf)):
        problems.value(path, rule, value)
        return 0.0
    return value + 0.0


def log_absence_of(presence: NDArray[np.float64], absence: NDArray[np.float64]) -> NDArray[np.float64]:
    """Logarithm of F from the pair G, F of which the smaller has its digits."""
    with np.errstate(divide="ignore"):
        return np.where(presence < 0.5, np.log1p(-np.minimum(presence, 0.5)), np.log(absence))


def no_law(problems: Problems, initial: Any) -> None:
    """Notes a law of grown tumors where cells are needed."""
    if is_grown(initial):
        problems.value(
            "initial",
            "must be numbers of cells here",
            Words(f"the law {type(initial).__name__}"),
            hint="Simulate growth and give the Ensemble.",
        )
