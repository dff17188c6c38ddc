"""Derivatives of probabilities with respect to the numbers of a scenario.

The gradient by all rates of the compiled process is exact (see `gradients`). How the rates depend on a number of the
scenario is found by differences of the compilation alone, on one grid and the same nodes of quadrature: then they are
smooth in it, and the sum of gradient times change is a smooth function of one variable, which is 0 here.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from chemoevo.analytic.grown.age import GrownFor
from chemoevo.analytic.grown.size import GrownTo
from chemoevo.base.addressed import assigned
from chemoevo.base.warned import warn
from chemoevo.ensemble.progress import ProgressBar, note_progress
from chemoevo.errors import ModelError, Problems, SimulationError, collect
from chemoevo.scenario import compilation
from chemoevo.scenario.room import refuse_capacities
from chemoevo.scenario.scenario import Scenario
from chemoevo.sensitivity.differences import REACH, Slope, mean, slope
from chemoevo.sensitivity.gradient import frame, rows
from chemoevo.sensitivity.ground import Ground, Step
from chemoevo.sensitivity.moving_doses import MovingGrid, moves
from chemoevo.sensitivity.paths import chosen, parameters
from chemoevo.sensitivity.question import resolve_question

if TYPE_CHECKING:
    import polars as pl

    from chemoevo.process.branching import BranchingProcess
    from chemoevo.resistance import TherapyRates
    from chemoevo.sensitivity.gradient import Row

_FRACTION = re.compile(r"tumor\.clones\[(\d+)\]\.fraction")
STEP = 2e-3
"""Share of a number, or the number itself where it is 0, that is the first step of differences."""
NARROWER = (1.0, 1 / 16, 1 / 256)
"""Shares of the step that are tried where it leads out of the range on both sides."""
LARGEST_ERROR = 1e-6
"""Share of the scale of a derivative by which two orders of differences may disagree."""
NEGLIGIBLE = 1e-9
"""Share of the elasticities of all rates together by which an elasticity may be wrong."""
LARGEST_JUMP = 0.01
"""Share of the log of absence by which the answer may change where a transition is none and where it is next to none:
as much as the law of growth itself may be wrong."""
KINK = "the derivatives from both sides differ."
MOST_REASONS = 20
"""Reasons of a warning that are said; of more only their paths."""

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
    progress: bool | Callable[[int, int], object] = False,
) -> pl.DataFrame:
    """`sensitivities` of a scenario: the arguments as there."""
    problems = Problems()
    for name, value, default in (("per_interval", per_interval, False), ("parameters", parameters, None)):
        if value is not default:
            problems.value(name, "must be left out: the parameters are those of the scenario", value)
    note_progress(problems, progress)
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
    found = _Found(Ground(scenario, rates, process, asked, own_tumor=own))
    with ProgressBar(progress, len(paths), unit="parameter") as tell:
        table = found.rows(paths, tell)
    return frame(table, found.solution.log_absence, asked.complement)


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
    inside = int(np.searchsorted(rates.breakpoints, end))
    cut = dataclasses.replace(
        rates,
        breakpoints=rates.breakpoints[:inside],
        birth=rates.birth[: inside + 1],
        death=rates.death[: inside + 1],
        driven=rates.driven[: inside + 1],
    )
    return rates, compilation.therapy(scenario, cut)


class _Found:
    """A gradient by rates, and what it takes to make it one by numbers of the scenario."""

    def __init__(self, ground: Ground) -> None:
        self.ground, self.scenario, self.asked = ground, ground.scenario, ground.asked
        self.solution = solution = ground.solution
        self.values = parameters(self.scenario)
        self.beside: dict[str, Row] = {
            row[0]: row for kind in ("initial", "time") for row in rows(ground.process, solution.gradient, kind, False)
        }
        self.beside |= {row[0]: row for row in solution.starts}
        self._wider: dict[frozenset[Step], Ground] = {}

    def rows(self, paths: Mapping[str, str], tell: Callable[[int, int], object] | None = None) -> list[Row]:
        """The row of every path, under the name by which it is shown; `tell` is told how many there are.

        One whose derivative is not there has none, and a warning says why.

        Raises
        ------
        SimulationError
            If none is settled.
        """
        table: list[Row] = []
        failed: list[str] = []
        kinks: list[str] = []
        for path, shown in paths.items():
            try:
                row = self.row(path)
                if row[2] is not None and math.isnan(row[2]):
                    kinks.append(f"{path}: {KINK}")
            except (SimulationError, ModelError) as error:
                failed.append(str(error) if str(error).startswith(path) else f"{path}: {error}")
                row = (path, self.values.get(path), None, None)
            table.append((shown, *row[1:]))
            if tell is not None:
                tell(len(table), len(paths))
        if failed and len(failed) == len(table):
            raise SimulationError("\n".join(failed))
        if failed or kinks:
            warn("\n".join(["Some derivatives are null:", *_listed([*failed, *kinks])]))
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
            by = self.ground.by_end(value)
        else:
            by = self._by_difference(path, value)
        return path, value, by, by * value

    def _by_size(self) -> float:
        """The size of the own tumor, and the share of it that surgery leaves, which is the first pulse."""
        size, surgery = float(self.scenario.tumor.size), self.scenario.surgery
        by = 0.0 if self.ground.growth is None else self.solution.log_absence / size
        if surgery is not None and surgery.residual_cells is not None:
            first = self.solution.gradient.by["pulses"][0]
            by -= float(first.sum()) * surgery.survival(self.scenario.tumor.size) / size
        return by

    def _by_fraction(self, path: str, k: int) -> float:
        """The share of an observed clone of the own tumor, whose cells the trunk loses."""
        if self.ground.growth is None:
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

    def _by_difference(self, path: str, value: float) -> float:
        ground = self.ground
        grid = MovingGrid(self.scenario, ground.rates, path) if moves(path) else None
        step = STEP * (abs(value) or 1.0) if grid is None else grid.step
        step, sides = self._room(path, value, step)
        found, missing = self._slope(ground, path, value, step, sides, grid)
        if missing:
            ground = self._with_steps(path, value, frozenset(missing))
            found, missing = self._slope(ground, path, value, step, sides, grid)
        if grid is not None:
            edges = grid.by_edges(ground.solution.gradient)
            found = Slope(found.value + edges, found.error, found.scale + abs(edges))
        # What hardly matters need not be known to six digits of itself.
        enough = max(LARGEST_ERROR * found.scale, NEGLIGIBLE * ground.total / (abs(value) or 1.0))
        if found.error > enough and np.isfinite(found.value):
            raise SimulationError(
                f"{path}: its derivative is not settled: two orders of differences disagree by {found.error:.1g}, "
                f"{found.error / found.scale:.1g} of its scale."
            )
        return found.value

    def _slope(
        self, ground: Ground, path: str, value: float, step: float, sides: list[int], grid: MovingGrid | None
    ) -> tuple[Slope, set[Step]]:
        """The derivative by differences, and the transitions that have no part in it."""
        missing = set[Step]()

        def change(shift: float) -> tuple[float, float]:
            other = self._with(path, value + shift)
            by, scale, more = ground.change(other, ground.rates if grid is None else grid.at(shift))
            missing.update(more)
            return by, scale

        if grid is not None and grid.torn:
            return mean([slope(change, step, side) for side in sides]), missing
        return slope(change, step, sides[0] if len(sides) == 1 else 0), missing

    def _with_steps(self, path: str, value: float, steps: frozenset[Step]) -> Ground:
        """The ground on which transitions have a part that a change of a number makes."""
        if steps not in self._wider:
            self._wider[steps] = self.ground.wider(steps)
        wider = self._wider[steps]
        now, then = self.solution.log_absence, wider.solution.log_absence
        if abs(then - now) > LARGEST_JUMP * abs(now):
            raise SimulationError(
                f"{path}: the answer jumps at {value:g}. Without a way back, cells that switched count beside the "
                "tumor of that size; with one, they are part of it."
            )
        return wider

    def _room(self, path: str, value: float, step: float) -> tuple[float, list[int]]:
        """The step, smaller where the range is narrow, and the sides on which the number may be: at its end one."""
        why = ""
        for smaller in NARROWER:
            wrong = {side: self._wrong(path, value + side * REACH * smaller * step) for side in (1, -1)}
            allowed = [side for side, reason in wrong.items() if reason is None]
            if allowed:
                return smaller * step, allowed
            why = str(wrong[1])
        raise SimulationError(f"{path}: it has no room to change around {value!r}: {' '.join(why.split())}")

    def _with(self, path: str, value: float) -> Scenario:
        return Scenario(**assigned(self.scenario, {path: value}, stated=True))

    def _wrong(self, path: str, value: float) -> ModelError | None:
        try:
            self._with(path, value)
        except ModelError as error:
            return error
        return None


def _listed(reasons: list[str]) -> list[str]:
    """Each on a line; of many the last by their paths only, with their number."""
    if len(reasons) <= MOST_REASONS:
        return [f"  {reason}" for reason in reasons]
    rest = [reason.partition(": ")[0] for reason in reasons[MOST_REASONS:]]
    return [*_listed(reasons[:MOST_REASONS]), f"  and {len(rest)} more: {', '.join(rest)}"]
