"""Derivatives of probabilities with respect to the numbers of a scenario.

The gradient by all rates of the compiled process is exact (see `gradients`). How the rates depend on a number of the
scenario is found by differences of the compilation alone, on one grid and the same nodes of quadrature: then they are
smooth in it, and the sum of gradient times change is a smooth function of one variable, which is 0 here.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from chemoevo.analytic.grown.age import GrownFor
from chemoevo.analytic.grown.size import GrownTo
from chemoevo.base.addressed import assigned
from chemoevo.base.warned import warn
from chemoevo.errors import ModelError, Problems, SimulationError, collect
from chemoevo.process.transitions import Transitions
from chemoevo.resistance.therapy import transitions
from chemoevo.scenario import compilation, pulses
from chemoevo.scenario.room import refuse_capacities
from chemoevo.scenario.scenario import Scenario
from chemoevo.sensitivity.differences import REACH, Slope, mean, slope
from chemoevo.sensitivity.gradient import Gradient, frame, rows
from chemoevo.sensitivity.moving_doses import MovingGrid, moves
from chemoevo.sensitivity.paths import chosen, parameters
from chemoevo.sensitivity.question import Question, resolve_question, solve

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from chemoevo.process.branching import BranchingProcess
    from chemoevo.resistance import TherapyRates
    from chemoevo.sensitivity.gradient import Row

_FRACTION = re.compile(r"tumor\.clones\[(\d+)\]\.fraction")
STEP = 2e-3
"""Share of a number, or the number itself where it is 0, that is the first step of differences."""
ROUNDING = 4e-15
"""A relative change of a rate below this is rounding."""
LARGEST_ERROR = 1e-6
"""Share of the scale of a derivative by which two orders of differences may disagree."""
NEGLIGIBLE = 1e-9
"""Share of the elasticities of all rates together by which an elasticity may be wrong."""


class _NewTransitionsError(Exception):
    """A change of a number makes cells pass where none passed: the gradient by rates has nothing of that."""


_OF_CURE = {"extinction": "absence", "survival": "presence"}
"""What is asked where damaged cells may be left."""


def scenario_sensitivities(
    scenario: Scenario,
    *,
    question: str,
    initial: Any,
    time: Any,
    types: Iterable[str] | None,
    with_respect_to: object,
    per_interval: object,
    parameters: object,
) -> pl.DataFrame:
    """`sensitivities` of a scenario: the arguments as there."""
    problems = Problems()
    for name, value, default in (("per_interval", per_interval, False), ("parameters", parameters, None)):
        if value is not default:
            problems.value(name, "must be left out: the parameters are those of the scenario", value)
    if isinstance(with_respect_to, Iterable) and not isinstance(with_respect_to, str):
        with_respect_to = list(with_respect_to)
        # A drug that ships and is asked about by its name is one of the scenario's own from here on.
        scenario = scenario.with_missing(path for path in with_respect_to if isinstance(path, str))
    refuse_capacities(scenario)
    own = initial is None
    start = compilation.tumor_by_law(scenario, scenario.growth) if own else initial
    end = scenario.follow_up.horizon if time is None else time
    if scenario.clonogenic is not None and types is None and question in _OF_CURE:
        question, types = _OF_CURE[question], scenario.clonogenic
    asked = resolve_question(problems, scenario.therapy, question, types, start, end)
    counts = [f"initial[{name}]" for name in scenario.types.names]
    beside = [] if own else _starts_of(start) if asked and asked.grown else counts
    paths = collect(problems, lambda: chosen(scenario, with_respect_to, [*beside, *([] if time is None else ["time"])]))
    if time is not None and paths is not None and "follow_up.horizon" in paths:
        if isinstance(with_respect_to, list) and "follow_up.horizon" in with_respect_to:
            problems.value("with_respect_to", "must ask for 'time' where `time` is given", "follow_up.horizon")
        del paths["follow_up.horizon"]
    problems.raise_if_any()
    assert asked is not None
    assert paths is not None
    rates, process = _until(scenario, asked.time)
    found = _Found(scenario, rates, process, asked, own_tumor=own)
    return frame(found.rows(paths), found.solution.log_absence, asked.complement)


def _starts_of(tumor: GrownTo | GrownFor) -> list[str]:
    return ["initial.days"] if isinstance(tumor, GrownFor) else tumor.paths


def _until(scenario: Scenario, end: float) -> tuple[TherapyRates, BranchingProcess]:
    """Rates up to the time of the question, and therapy with them, the last ones for ever.

    That changes no answer: later doses do not matter, nor does what becomes of a segment that the time would cut; and
    there is a derivative by the time. After the follow-up there is no drug, and nothing is to be changed.
    """
    horizon = scenario.follow_up.horizon
    if not 0.0 < end <= horizon:
        return scenario.rates, scenario.therapy
    rates = scenario.rates if end == horizon else compilation.rates(scenario, horizon=end)
    return rates, _therapy(scenario, rates, end)


def _therapy(scenario: Scenario, rates: TherapyRates, end: float) -> BranchingProcess:
    """Therapy with rates, those at a time, which is no later than their horizon, for ever."""
    if not 0.0 < end <= scenario.follow_up.horizon:
        return compilation.therapy(scenario, rates)
    inside = int(np.searchsorted(rates.breakpoints, end))
    cut = dataclasses.replace(
        rates,
        breakpoints=rates.breakpoints[:inside],
        birth=rates.birth[: inside + 1],
        death=rates.death[: inside + 1],
        driven=rates.driven[: inside + 1],
    )
    return compilation.therapy(scenario, cut)


class _Found:
    """A gradient by rates, and what it takes to make it one by numbers of the scenario."""

    def __init__(
        self,
        scenario: Scenario,
        rates: TherapyRates,
        process: BranchingProcess,
        asked: Question,
        *,
        own_tumor: bool,
    ) -> None:
        self.scenario, self.rates, self.process, self.asked = scenario, rates, process, asked
        self.solution = solution = solve(process, asked)
        by, now = solution.gradient.by, solution.gradient.values
        self.total = sum(float(np.abs(by[kind] * now[kind]).sum()) for kind in ("birth", "death"))
        self.values = parameters(scenario)
        self.data = scenario.to_dict()
        self.pairs = {
            kind: [(process.types[i], process.types[j]) for i, j in solution.gradient.pairs[kind]]
            for kind in ("mutation", "switching")
        }
        self.pulses = pulses.given(pulses.instants(scenario)[0], scenario.follow_up.horizon)
        self.before = self._made_of(scenario, rates)
        # Growth of the own tumor changes with the scenario.
        self.growth = solution.growth if own_tumor else None
        self.beside: dict[str, Row] = {
            row[0]: row for kind in ("initial", "time") for row in rows(process, solution.gradient, kind, False)
        }
        self.beside |= {row[0]: row for row in solution.starts}

    def _made_of(self, scenario: Scenario, grid: TherapyRates) -> dict[str, NDArray[np.float64]]:
        """What the process is made of, in the shapes of a `Gradient`."""
        found = self._of_rates(compilation.rates_like(scenario, grid), len(self.process.birth))
        times, survivals = pulses.instants(scenario)
        return {**found, "pulses": survivals[self.pulses], "pulse_times": times[self.pulses]}

    def _of_rates(self, rates: TherapyRates, number: int) -> dict[str, NDArray[np.float64]]:
        """The first rates, in the shapes of a `Gradient`."""
        birth, death, *tables = transitions(rates, rates.birth, rates.death, rates.driven)
        found = {"birth": birth[:number], "death": death[:number]}
        for (kind, pairs), table in zip(self.pairs.items(), tables, strict=True):
            there = table.as_mapping(self.process.types) if isinstance(table, Transitions) else table
            if any(np.any(there[pair]) for pair in there.keys() - set(pairs)):
                raise _NewTransitionsError
            columns = [np.broadcast_to(there.get(pair, 0.0), len(birth))[:number] for pair in pairs]
            found[kind] = np.array(columns).T.reshape(number, len(pairs))
        return found

    def rows(self, paths: Mapping[str, str]) -> list[Row]:
        """The row of every path, under the name by which it is shown.

        One whose derivative is not settled has none, and a warning says why.

        Raises
        ------
        SimulationError
            If none is settled.
        """
        table: list[Row] = []
        failed: list[str] = []
        for path, shown in paths.items():
            try:
                table.append((shown, *self.row(path)[1:]))
            except SimulationError as error:
                failed.append(str(error))
                table.append((shown, self.values.get(path), None, None))
        if failed and len(failed) == len(table):
            raise SimulationError("\n".join(failed))
        if failed:
            warn("\n".join(["Some derivatives are null:", *(f"  {words}" for words in failed)]))
        return table

    def row(self, path: str) -> Row:
        """(path, value, derivative of the log of absence, the same times the value)."""
        ending = path in ("time", "follow_up.horizon") and 0.0 < self.asked.time <= self.scenario.follow_up.horizon
        if path in self.beside and not ending:
            return self.beside[path]
        value = self.asked.time if ending else self.values[path]
        if path == "tumor.size":
            by = self._by_size()
        elif found := _FRACTION.fullmatch(path):
            by = self._by_fraction(path, int(found[1]))
        elif ending:
            by = self._by_end()
        else:
            by = self._by_difference(path, value)
        return path, value, by, by * value

    def _by_size(self) -> float:
        """The size of the own tumor, and the share of it that surgery leaves, which is the first pulse."""
        size, surgery = float(self.scenario.tumor.size), self.scenario.surgery
        by = 0.0 if self.growth is None else self.solution.log_absence / size
        if surgery is not None and surgery.residual_cells is not None:
            first = self.solution.gradient.by["pulses"][0]
            by -= float(first.sum()) * surgery.survival(self.scenario.tumor.size) / size
        return by

    def _by_fraction(self, path: str, k: int) -> float:
        """The share of an observed clone of the own tumor, whose cells the trunk loses."""
        if self.growth is None:
            return 0.0
        parts = self.scenario.growth.parts
        number = len(self.scenario.tumor.clones)
        if len(parts) == number:
            raise SimulationError(f"{path}: it has no room to change: the clones are the whole tumor, without a trunk.")
        by = {shown: slope for shown, _, slope, _ in self.solution.starts}
        clone, trunk = (by[f"initial.size[{name}]"] for name in (parts[1 + k][0], parts[0][0]))
        assert clone is not None
        assert trunk is not None
        return float(self.scenario.tumor.size) * (clone - trunk)

    def _by_end(self) -> float:
        """Later by an instant: the last segment is longer, and its mean rates are nearer to those at its end."""
        gradient, end = self.solution.gradient, self.asked.time
        start = self.process.breakpoints[-1] if len(self.process.breakpoints) else 0.0
        by = float(gradient.by["time"][0])
        now = compilation.rates_at(self.scenario, np.nextafter([end * 24.0], 0.0))
        then = dataclasses.replace(self.rates, birth=now.birth, death=now.death, driven=now.driven)
        for kind, values in self._of_rates(then, 1).items():
            by += float(gradient.by[kind][-1] @ (values[0] - gradient.values[kind][-1])) / (end - start)
        return by

    def _by_difference(self, path: str, value: float) -> float:
        grid = MovingGrid(self.scenario, self.rates, path) if moves(path) else None
        step = STEP * (abs(value) or 1.0) if grid is None else grid.step
        sides = self._sides(path, value, step)

        def change(shift: float) -> tuple[float, float]:
            return self._change(path, value + shift, self.rates if grid is None else grid.at(shift))

        try:
            found = self._by_rates(change, step, sides, grid)
        except _NewTransitionsError:
            found = self._by_answers(path, value, step, sides[0] if len(sides) == 1 else 0)
        # What hardly matters need not be known to six digits of itself.
        enough = max(LARGEST_ERROR * found.scale, NEGLIGIBLE * self.total / (abs(value) or 1.0))
        if found.error > enough and np.isfinite(found.value):
            raise SimulationError(
                f"{path}: its derivative is not settled: two orders of differences disagree by {found.error:.1g}, "
                f"{found.error / found.scale:.1g} of its scale."
            )
        return found.value

    def _by_rates(
        self, change: Callable[[float], tuple[float, float]], step: float, sides: list[int], grid: MovingGrid | None
    ) -> Slope:
        """By the gradient by rates, and how these change."""
        if grid is not None and grid.torn:
            found = mean([slope(change, step, side) for side in sides])
        else:
            found = slope(change, step, sides[0] if len(sides) == 1 else 0)
        if grid is not None:
            edges = grid.by_edges(self.solution.gradient)
            found = Slope(found.value + edges, found.error, found.scale + abs(edges))
        return found

    def _by_answers(self, path: str, value: float, step: float, side: int) -> Slope:
        """By differences of the logarithm of absence itself, on one grid."""

        def change(shift: float) -> tuple[float, float]:
            other = self._with(path, value + shift)
            try:
                start = compilation.tumor_by_law(other, other.growth) if self.growth is not None else self.asked.initial
                process = _therapy(other, compilation.rates_like(other, self.rates), self.asked.time)
                found = solve(process, dataclasses.replace(self.asked, initial=start))
            except ModelError as error:
                raise SimulationError(f"{path}: at {value + shift!r} there is no answer: {error}") from None
            by = found.log_absence - self.solution.log_absence
            return by, abs(by)

        return slope(change, step, side)

    def _change(self, path: str, value: float, grid: TherapyRates) -> tuple[float, float]:
        """To first order, by how much the log of absence changes, and the absolute values of what that is a sum of."""
        other = self._with(path, value)
        parts = []
        for kind, now in self._made_of(other, grid).items():
            change = now - self.before[kind]
            used = np.broadcast_to(np.abs(change) > ROUNDING * np.abs(self.before[kind]), self._by(kind).shape)
            parts.append((self._by(kind) * change)[used])
        if self.growth is not None and path.startswith("tumor."):
            process = compilation.growth(other).process
            growth = Gradient.values_of(process, np.zeros(0), 0.0)
            if any(growth[kind].shape != self.growth.values[kind].shape for kind in self.growth.values) or (
                process.mutations.pairs,
                process.switches.pairs,
            ) != (self.growth.pairs["mutation"], self.growth.pairs["switching"]):
                raise _NewTransitionsError
            parts += [
                (self.growth.by[kind] * (growth[kind] - self.growth.values[kind])).ravel()
                for kind in ("birth", "death", "mutation", "switching")
            ]
        every = np.concatenate(parts)
        return float(every.sum()), float(np.abs(every).sum())

    def _by(self, kind: str) -> NDArray[np.float64]:
        return self.solution.gradient.by[kind]

    def _sides(self, path: str, value: float, step: float) -> list[int]:
        """The sides on which the number may be: at the end of its range there is one."""
        allowed = [side for side in (1, -1) if self._valid(path, value + side * REACH * step)]
        if not allowed:
            raise SimulationError(f"{path}: it has no room to change around {value!r}.")
        return allowed

    def _with(self, path: str, value: float) -> Scenario:
        return Scenario.from_dict(assigned(self.scenario, {path: value}, self.data, stated=True))

    def _valid(self, path: str, value: float) -> bool:
        try:
            self._with(path, value)
        except ModelError:
            return False
        return True
