"""One point: the model there, what is simulated of it at most once, and what it answers."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from chemoevo.analytic.grown.size import GrownTo
from chemoevo.answers.answer import Answer, answer
from chemoevo.base.arguments import its_typical
from chemoevo.base.paths import NoSuchPathError, canonical
from chemoevo.ensemble.request import Request
from chemoevo.errors import ModelError, Problems, SimulationError
from chemoevo.process.branching import BranchingProcess
from chemoevo.scenario.compilation import LARGEST_SHARE, most_mutants, mutant_share
from chemoevo.scenario.room import refuse_capacities
from chemoevo.scenario.scenario import Scenario
from chemoevo.study.scenario_run import ScenarioRun
from chemoevo.study.simulate import simulate

if TYPE_CHECKING:
    from chemoevo.ensemble.ensemble import Ensemble
    from chemoevo.ensemble.request import Report

SIZE = "tumor.size"
Model = Scenario | Callable[..., Any]


@dataclass(frozen=True)
class Histories:
    """How many histories are simulated at every point, and from which seed.

    Attributes
    ----------
    replicates
        Per point.
    seed
        As asked for; None takes that of the scenario at the point.
    drawn
        For a scenario that has none.
    """

    replicates: int
    seed: int | None
    drawn: int | None


class Point:
    """A model at one point."""

    def __init__(self, model: Any, histories: Histories | None, report: Report | None = None) -> None:
        self.model = model
        self.histories = histories
        self._report = report
        self._failed: Exception | None = None

    @property
    def scenario(self) -> Scenario:
        """The model, where a question needs a scenario.

        Raises
        ------
        TypeError
            If it is something else.
        """
        if not isinstance(self.model, Scenario):
            raise TypeError(
                f"ask must be functions of the model, such as {{'cure': lambda process: ...}}, for a model that is no "
                f"Scenario; got a {type(self.model).__name__}."
            )
        return self.model

    @cached_property
    def mutant_share(self) -> float:
        """Expected share of mutants at detection, which decides about the method."""
        return mutant_share(self.scenario, self.scenario.growth)

    @property
    def by_law(self) -> bool:
        """Whether mutants are so rare that the law of growth answers, of cells that do not compete."""
        if self.scenario.capacities:
            return False
        return most_mutants(self.scenario) <= LARGEST_SHARE or self.mutant_share <= LARGEST_SHARE

    @cached_property
    def cells(self) -> GrownTo | Ensemble:
        """The tumor at detection: its law where mutants are rare, else tumors that were simulated.

        Raises
        ------
        ModelError
            If they must be simulated, and nobody said how many; or if cells compete.
        """
        refuse_capacities(self.scenario)
        if self.by_law:
            return self.scenario.growth.law
        if self.histories is None:
            raise ModelError(
                f"replicates is missing: {100 * self.mutant_share:.2g} % of the cells at detection are expected to be "
                f"mutants; above {100 * LARGEST_SHARE:g} % simulated histories answer, not the law of growth."
            )
        if "ensemble" in self.__dict__ and self.ensemble.growth is not None:
            return self.ensemble.growth
        run = ScenarioRun.of(self.scenario, Request(**self._histories()))
        return run.grow(progress=False if self._report is None else self._report)

    @cached_property
    def ensemble(self) -> Ensemble:
        """The histories: on the thread that asks, which is one of many."""
        if self._failed is not None:
            raise self._failed
        try:
            return simulate(
                self.scenario, **self._histories(), progress=False if self._report is None else self._report
            )
        except (ModelError, SimulationError) as error:
            # Every question about histories fails as the first one, without its work.
            self._failed = error
            raise

    def _histories(self) -> dict[str, Any]:
        assert self.histories is not None
        asked = (self.histories.seed, self.scenario.simulation.seed, self.histories.drawn)
        seed = next((seed for seed in asked if seed is not None), None)
        return {"replicates": self.histories.replicates, "seed": seed, "threads": 1}

    @cached_property
    def answer(self) -> Answer:
        """What the histories answer."""
        return answer(self.scenario, self.ensemble)


def model_at(model: Model, row: Mapping[str, Any]) -> Any:
    """The model at a point: with other values at some paths, or what a function makes of them.

    Raises
    ------
    ModelError
        If the values make no valid model.
    TypeError
        If one has a wrong type.
    """
    if not isinstance(model, Scenario):
        return model(**row)
    size = row.get(SIZE)
    return model.replace(row if not isinstance(size, float) else {**row, SIZE: _cells(size)})


def _cells(size: float) -> float:
    """Whole cells: of a million and more a fraction of a cell says nothing, and is what samples have."""
    return round(size) if 1e6 <= size < 1e16 else size


def check_model(problems: Problems, model: object, columns: list[str], *, where: str = "points") -> None:
    """Notes a model that has no points, and columns that are no parameters of it."""
    if isinstance(model, Scenario):
        known: dict[str, str] = {}
        for name in columns:
            try:
                path = canonical(model.with_missing([name]), name)
                if path in known:
                    problems.value(where, "must name every parameter once", name, hint=f"It is {known[path]}.")
                elif path == "simulation.replicates":
                    problems.value(f"{where}[{name}]", "must be left out: the argument `replicates` says it")
                known[path] = name
            except NoSuchPathError as error:
                problems.value(f"{where}[{name}]", error.rule, hint=error.hint)
            except ModelError as error:
                problems.extend(error.problems)
    elif isinstance(model, BranchingProcess) or not callable(model):
        example = "For instance lambda size, mutation: ce.BranchingProcess(...), and the columns size and mutation."
        hint = its_typical(model).strip() or example
        problems.type("model", "must be a Scenario, or a function of the columns that makes a model", model, hint=hint)
    else:
        for name in columns:
            if columns.count(name) > 1:
                problems.value(where, "must name every parameter once", name)
            if not name.isidentifier() and not _takes_any(model):
                hint = "A function that takes **row takes columns of any name, such as paths."
                problems.value(where, "must have columns named as the arguments of the function", name, hint=hint)


def _takes_any(function: Callable[..., Any]) -> bool:
    """Whether a function takes arguments of any name."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (ValueError, TypeError):
        return False
    return any(one.kind is one.VAR_KEYWORD for one in parameters)
