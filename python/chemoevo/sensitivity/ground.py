"""What derivatives by the numbers of a scenario are taken at: its process, its growth, and the gradient by both.

Transitions are known by their pair of types. A pair that the scenario does not have, and that a change of a number
makes, is put in with a rate that changes nothing: then there is a derivative by it.
"""

from __future__ import annotations

import dataclasses
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from chemoevo.analytic.grown.size import GrownTo
from chemoevo.process.branching import BranchingProcess
from chemoevo.process.transitions import Transitions
from chemoevo.resistance.therapy import transitions
from chemoevo.scenario import compilation, pulses
from chemoevo.scenario.under_therapy import under_therapy
from chemoevo.sensitivity.gradient import Gradient
from chemoevo.sensitivity.question import Question, solve

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from chemoevo.resistance import TherapyRates
    from chemoevo.scenario.scenario import Scenario

    Found = dict[str, NDArray[np.float64]]

ROUNDING = 4e-15
"""A relative change of a rate below this is rounding."""
NEARLY_NONE = 1e-18
"""A rate or probability that makes a transition and that no digit of an answer sees. Below, shares lose theirs."""
KINDS = ("birth", "death", "mutation", "switching")

Step = tuple[bool, str, str, str]
"""A transition: whether of growth, "mutation" or "switching", from, to."""


class Ground:
    """A gradient by rates, and by how much a scenario that differs a little changes them.

    Parameters
    ----------
    scenario
        The scenario.
    rates, process
        Of its therapy, up to the time of the question.
    asked
        The question.
    own_tumor
        Whether it is asked of the scenario's own tumor, whose growth changes with the scenario.
    steps
        Transitions besides those that there are.
    """

    def __init__(
        self,
        scenario: Scenario,
        rates: TherapyRates,
        process: BranchingProcess,
        asked: Question,
        *,
        own_tumor: bool,
        steps: frozenset[Step] = frozenset(),
    ) -> None:
        self.scenario, self.rates, self.asked, self.own_tumor, self.steps = scenario, rates, asked, own_tumor, steps
        self._as_is = process
        self.process = _with_steps(process, {step for step in steps if not step[0]})
        self.solution = solve(self.process, self._question())
        by, now = self.solution.gradient.by, self.solution.gradient.values
        self.total = sum(float(np.abs(by[kind] * now[kind]).sum()) for kind in ("birth", "death"))
        self.growth = self.solution.growth if own_tumor else None
        self._pairs = _named(process.types, self.solution.gradient)
        self._growth_pairs = {} if self.growth is None else _named(process.types, self.growth)
        self._pulses = pulses.given(pulses.instants(scenario)[0], scenario.follow_up.horizon)
        self._made_from, self._grown_from = under_therapy(scenario), compilation.untreated(scenario)
        self._before, _ = self._made_of(scenario, rates)
        if self.growth is not None:
            self._grown, _ = self._made_of_growth(self._grown_from)

    def _question(self) -> Question:
        of_growth = {step for step in self.steps if step[0]}
        if not of_growth:
            return self.asked
        with warnings.catch_warnings():
            # What the law of growth says of itself has been said of the tumor as it is.
            warnings.simplefilter("ignore", UserWarning)
            growth = self.scenario.growth
            tumor = GrownTo(_with_steps(growth.process, of_growth), size=growth.size)
        return dataclasses.replace(self.asked, initial=tumor)

    def wider(self, steps: frozenset[Step]) -> Ground:
        """The same with more transitions."""
        every = self.steps | steps
        return Ground(self.scenario, self.rates, self._as_is, self.asked, own_tumor=self.own_tumor, steps=every)

    def change(self, other: Scenario, grid: TherapyRates) -> tuple[float, float, set[Step]]:
        """To first order, by how much the log of absence changes in another scenario, on a grid.

        Returns
        -------
        tuple
            The change, the absolute values of what that is a sum of, and the transitions that the other scenario has
            and that have no part in it.
        """
        made, missing = self._made_of(other, grid)
        parts = _products(self.solution.gradient, made, self._before)
        growth = compilation.untreated(other)
        if self.growth is not None and growth is not self._grown_from:
            grown, more = self._made_of_growth(growth)
            parts += _products(self.growth, grown, self._grown)
            missing |= more
        every = np.concatenate(parts)
        return float(every.sum()), float(np.abs(every).sum()), missing

    def by_end(self, end: float) -> float:
        """Later by an instant: the last segment is longer, and its mean rates are nearer to those at its end."""
        gradient = self.solution.gradient
        start = self.process.breakpoints[-1] if len(self.process.breakpoints) else 0.0
        by = float(gradient.by["time"][0])
        now = compilation.rates_at(self.scenario, np.nextafter([end * 24.0], 0.0))
        then = dataclasses.replace(self.rates, birth=now.birth, death=now.death, driven=now.driven)
        for kind, values in self._of_rates(then, 1)[0].items():
            by += float(gradient.by[kind][-1] @ (values[0] - gradient.values[kind][-1])) / (end - start)
        return by

    def _made_of(self, scenario: Scenario, grid: TherapyRates) -> tuple[Found, set[Step]]:
        """What the process is made of, in the shapes of a `Gradient`, and the transitions that have no place there."""
        # The rates are compiled where something of them changes, or the grid does.
        if hasattr(self, "_before") and grid is self.rates and under_therapy(scenario) == self._made_from:
            found, missing = {kind: self._before[kind] for kind in KINDS}, set[Step]()
        else:
            found, missing = self._of_rates(compilation.rates_like(scenario, grid), len(self.process.birth))
        times, survivals = pulses.instants(scenario)
        return {**found, "pulses": survivals[self._pulses], "pulse_times": times[self._pulses]}, missing

    def _of_rates(self, rates: TherapyRates, number: int) -> tuple[Found, set[Step]]:
        """The first rates, in the shapes of a `Gradient`."""
        birth, death, *tables = transitions(rates, rates.birth, rates.death, rates.driven)
        types = self.process.types
        there = [table.as_mapping(types) if isinstance(table, Transitions) else table for table in tables]
        return _placed(birth, death, there, self._pairs, number, growth=False)

    def _made_of_growth(self, growth: BranchingProcess) -> tuple[Found, set[Step]]:
        tables = [table.as_mapping(growth.types) for table in (growth.mutations, growth.switches)]
        return _placed(growth.birth, growth.death, tables, self._growth_pairs, len(growth.birth), growth=True)


def _named(types: tuple[str, ...], gradient: Gradient) -> dict[str, list[tuple[str, str]]]:
    return {kind: [(types[i], types[j]) for i, j in pairs] for kind, pairs in gradient.pairs.items()}


def _with_steps(process: BranchingProcess, steps: set[Step]) -> BranchingProcess:
    """The process with transitions that nearly never happen."""
    if not steps:
        return process
    tables: dict[str, Any] = {}
    for kind, table in (("mutation", process.mutations), ("switching", process.switches)):
        more = {(start, to): NEARLY_NONE for _, of, start, to in sorted(steps) if of == kind}
        tables[kind] = {**more, **table.as_mapping(process.types)} or None
    return BranchingProcess(
        types=process.types,
        birth=process.birth,
        death=process.death,
        pulses=process.pulses or None,
        breakpoints=process.breakpoints if len(process.breakpoints) else None,
        lethal=process.lethal if process.lethal.any() else None,
        **tables,
    )


def _placed(
    birth: NDArray[np.float64],
    death: NDArray[np.float64],
    tables: Sequence[Mapping[tuple[str, str], Any]],
    known: dict[str, list[tuple[str, str]]],
    number: int,
    *,
    growth: bool,
) -> tuple[Found, set[Step]]:
    """The first rates in the shapes of a `Gradient`, and the transitions that have no place there."""
    found, missing = {"birth": birth[:number], "death": death[:number]}, set[Step]()
    for (kind, pairs), table in zip(known.items(), tables, strict=True):
        columns = [np.broadcast_to(table.get(pair, 0.0), len(birth))[:number] for pair in pairs]
        found[kind] = np.array(columns).T.reshape(number, len(pairs))
        missing |= {(growth, kind, *pair) for pair in set(table).difference(pairs) if np.any(table[pair])}
    return found, missing


def _products(gradient: Gradient, now: Found, before: Found) -> list[NDArray[np.float64]]:
    """Derivatives times changes, without those that are rounding."""
    parts = []
    for kind, values in now.items():
        by, change = gradient.by[kind], values - before[kind]
        used = np.broadcast_to(np.abs(change) > ROUNDING * np.abs(before[kind]), by.shape)
        parts.append((by * change)[used])
    return parts
