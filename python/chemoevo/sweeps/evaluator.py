"""A model as a function of numbers: for optimizers, samplers and sensitivity indices."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from chemoevo.base.arguments import real_array
from chemoevo.errors import ModelError, Problems, SimulationError, Words
from chemoevo.scenario.compilation import LARGEST_SHARE
from chemoevo.scenario.room import refuse_capacities
from chemoevo.scenario.scenario import Scenario
from chemoevo.sensitivity.sensitivities import sensitivities
from chemoevo.sweeps.asks import asks_of
from chemoevo.sweeps.effort import Effort
from chemoevo.sweeps.point import Histories, Model, Point, check_model, model_at
from chemoevo.sweeps.workers import OK, STATUS, Work, answers

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from chemoevo.sweeps.asks import Ask

_WITH_GRADIENT = {"cure": "absence", "survival": "presence"}
"""Questions whose derivatives `sensitivities` knows, and what it calls them."""


class Evaluator:
    """A function of points, made by `evaluator`.

    Attributes
    ----------
    paths
        The parameters, in the order of the columns of a point.
    ask
        What is asked.
    """

    __slots__ = ("_ask", "_model", "_threads", "_work", "paths")

    def __init__(
        self, model: Model, paths: tuple[str, ...], ask: Ask, histories: Histories | None, threads: int
    ) -> None:
        self.paths = paths
        self._model, self._ask, self._threads = model, ask, threads
        self._work = Work(model, [ask], histories)

    def __repr__(self) -> str:
        return f"Evaluator({self._ask.name!r} of {', '.join(self.paths)})"

    @property
    def ask(self) -> str:
        """What is asked."""
        return self._ask.name

    def __call__(self, points: ArrayLike) -> NDArray[np.float64]:
        """The answers at points.

        Parameters
        ----------
        points
            Shape (n, parameters), or (parameters,) for one point.

        Returns
        -------
        NDArray[np.float64]
            Shape (n,), or () for one point; all finite.

        Warns
        -----
        UserWarning
            If few histories carry an average: see `Estimate.trusted`.

        Raises
        ------
        ModelError
            If the shape is wrong, or a point has no answer: the message names the first and says why.
        TypeError
            If the points are no numbers.
        """
        rows = self._rows(points)
        found = dict(answers(self._work, dict(enumerate(rows)), threads=self._threads, executor=None))
        values, doubtful = np.empty(len(rows)), 0
        for number, row in enumerate(rows):
            cells = found[number]
            value = cells.get(self._ask.name)
            if cells[STATUS] != OK or not isinstance(value, int | float) or not np.isfinite(value):
                why = cells[STATUS] if cells[STATUS] != OK else f"{self._ask.name} is {value!r}, no finite number."
                raise ModelError(f"points[{number}] has no answer ({_shown(row)}): {why}")
            values[number] = value
            doubtful += cells.get("trusted") is False
        if doubtful:
            words = f"{doubtful} of {len(rows)} answers are averages that few histories carry: simulate more."
            warnings.warn(words, stacklevel=2)
        return values.reshape(np.shape(points)[:-1])

    def gradient(self, points: ArrayLike) -> NDArray[np.float64]:
        """The derivatives of the answers by the parameters, by the adjoint of the backward equations.

        Parameters
        ----------
        points
            Shape (n, parameters), or (parameters,) for one point.

        Returns
        -------
        NDArray[np.float64]
            Shape (n, parameters), or (parameters,) for one point.

        Raises
        ------
        ModelError
            If the shape is wrong, or there is no derivative: "cure" and "survival" of a scenario have one, by the law
            of growth, by parameters that are real numbers; see `sensitivities`.
        TypeError
            If the points are no numbers.
        """
        question = _WITH_GRADIENT.get(self._ask.name)
        if question is None or not isinstance(self._model, Scenario):
            raise ModelError("gradient is that of 'cure' or 'survival' of a Scenario: there are no others.")
        rows = self._rows(points)
        table = np.empty((len(rows), len(self.paths)))
        for number, row in enumerate(rows):
            scenario = model_at(self._model, row)
            refuse_capacities(scenario)
            if not Point(scenario, None).by_law:
                raise ModelError(
                    f"points[{number}]: there is no derivative where more than {100 * LARGEST_SHARE:g} % of the cells "
                    f"at detection are mutants, and histories answer ({_shown(row)})."
                )
            asked = {"question": question, "types": scenario.types.alive, "with_respect_to": self.paths}
            try:
                found = sensitivities(scenario, **asked)
            except SimulationError as error:
                raise ModelError(f"points[{number}]: {error} ({_shown(row)})") from error
            by_path = dict(zip(found["parameter"], found["derivative"], strict=True))
            for column, path in enumerate(self.paths):
                value = by_path.get(path)
                if value is None:
                    raise ModelError(f"points[{number}]: there is no derivative by {path} ({_shown(row)}).")
                table[number, column] = value
        return table.reshape(np.shape(points))

    def _rows(self, points: ArrayLike) -> list[dict[str, float]]:
        problems = Problems()
        array = real_array(problems, "points", points)
        if array is not None and (array.ndim not in (1, 2) or array.shape[-1] != len(self.paths)):
            rule = f"must have the shape (n, {len(self.paths)}) or ({len(self.paths)},)"
            problems.value("points", rule, Words(f"shape {array.shape}"))
        elif array is not None and not np.isfinite(array).all():
            problems.value("points", "must be finite", array[~np.isfinite(array)][:3].tolist())
        problems.raise_if_any()
        assert array is not None
        return [dict(zip(self.paths, row, strict=True)) for row in np.atleast_2d(array).tolist()]


def evaluator(
    model: Model,
    paths: Iterable[str],
    *,
    ask: str | dict[str, Callable[..., Any]] = "cure",
    replicates: int | None = None,
    seed: int | None = None,
    threads: int | None = None,
) -> Evaluator:
    """A model as a function from an array of points to an array of answers.

    Parameters
    ----------
    model
        As for `sweep`.
    paths
        The parameters: the columns of the points.
    ask
        One question, as for `sweep`.
    replicates, seed
        Of histories, as for `sweep`; with a seed drawn once, so that the function is always the same.
    threads
        At most so many points at a time, >= 1; None takes the processors of this process.

    Returns
    -------
    Evaluator
        Takes points of shape (n, parameters) to answers of shape (n,), all finite; `gradient` gives derivatives.

    Raises
    ------
    ModelError
        If a path leads nowhere, the question is unknown or needs `replicates`, or an argument is out of range.
    TypeError
        If an argument has a wrong type.

    Examples
    --------
    >>> import chemoevo as ce
    >>> scenario = ce.Scenario(
    ...     name="one drug",
    ...     tumor=ce.Tumor(birth=0.14, death=0.1, size=1e7),
    ...     surgery=ce.Surgery(residual_cells=100),
    ...     regimen=ce.Regimen(
    ...         name="docetaxel",
    ...         phases=ce.Phase(
    ...             cycle_length_days=21, cycles=4, doses=ce.Dose(drug="docetaxel", amount=75, unit="mg/m2")
    ...         ),
    ...     ),
    ...     patient=ce.Patient(bsa=1.8),
    ...     potencies=[ce.Potency(drug="docetaxel", emax=1.0, basis="an example")],
    ... )
    >>> cure = ce.evaluator(scenario, ["surgery.residual_cells", "potencies[docetaxel].emax"])
    >>> cure([[100, 2.0], [1000, 4.0]]).round(4)
    array([0.6241, 0.9882])
    >>> cure.gradient([100, 2.0]).round(4)
    array([-0.0029,  0.813 ])
    """
    problems = Problems()
    names: list[str] = []
    if isinstance(paths, str) or not isinstance(paths, Iterable):
        problems.type("paths", "must be a list of parameters", paths, hint=f"Write [{paths!r}].")
    else:
        names = list(paths)
        for index, name in enumerate(names):
            if not isinstance(name, str):
                problems.type(f"paths[{index}]", "must be the name of a parameter", name)
        if not names:
            problems.value("paths", "must have at least one parameter")
    problems.raise_if_any()
    check_model(problems, model, names, where="paths")
    effort = Effort.of(problems, replicates=replicates, seed=seed, threads=threads)
    asks = asks_of(problems, ask, simulates=replicates is not None)
    if len(asks) > 1:
        problems.value("ask", "must be one question", [one.name for one in asks])
    problems.raise_if_any()
    histories = effort.histories(own_seeds="simulation.seed" in names)
    return Evaluator(model, tuple(names), asks[0], histories, effort.threads)


def _shown(row: dict[str, float]) -> str:
    return ", ".join(f"{name} = {value:g}" for name, value in row.items())
