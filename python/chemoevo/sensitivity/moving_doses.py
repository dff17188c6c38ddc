"""Doses that move in time, and the grid of therapy with them.

Segments keep their shape if their edges move with the doses, in proportion between two of them. Then the derivative by
the time of a dose is that by the edges, at their speeds, and that by the mean rates, which hardly change; and where
rates jump, at a bolus, it is the only right one. To first order any speeds of edges give the same sum where rates are
continuous, so where doses of two drugs meet and one moves, the edge goes with a bolus, else with a start, else with an
end; the other takes its cells of quadrature with it. The mean rates are then smooth on each side, not across.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
import re
from typing import TYPE_CHECKING

import numpy as np

from chemoevo.pharmacology.bodies import lag
from chemoevo.pharmacology.library import find_drug
from chemoevo.pharmacology.routes import absorbed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chemoevo.resistance import TherapyRates
    from chemoevo.scenario.scenario import Scenario
    from chemoevo.sensitivity.gradient import Gradient

_FIELD = re.compile(r"regimen\.phases\[(\d+)\]\.(?:(cycle_length_days)|doses\[(\d+)\]\.(start_hours|duration_hours))")
END, START, BOLUS = 0, 1, 2
COPIED = 12
"""Cells of quadrature that go with a dose that leaves an edge: they are the smallest there."""
SHARE = 0.01
"""Share of the time between two doses by which one may come nearer to the other in a step."""
MOST = 0.25
"""Largest step, in the unit of the path, hours or days."""


def moves(path: str) -> bool:
    """Whether doses move with the number at this path."""
    return _FIELD.fullmatch(path) is not None


def _kinks(scenario: Scenario, path: str) -> Iterator[tuple[float, int, float]]:
    """Where inputs begin and end, in hours; which of them; hours a unit of the path.

    Times are those of doses as `Regimen.events` has them, and of doses that are absorbed those after the lag.
    """
    found = _FIELD.fullmatch(path)
    assert found is not None
    at, length, which, field = found.groups()
    own = {drug.name: drug for drug in scenario.drugs}
    start = shift = 0.0
    for p, phase in enumerate(scenario.regimen.phases):
        for number in range(1, phase.cycles + 1):
            for i, dose in enumerate(phase.doses):
                if dose.drug in scenario.inert or not dose.in_cycle(number):
                    continue
                this = p == int(at) and which is not None and i == int(which)
                first = shift + (1.0 if this and field == "start_hours" else 0.0)
                last = first + (1.0 if this and field == "duration_hours" else 0.0)
                drug = find_drug(dose.drug, own)
                absorbs = absorbed(dose.route or drug.routes[0])
                late = lag(drug, scenario.patient) if absorbs else 0.0
                for day in dose.days:
                    time = (start + day - 1) * 24 + dose.start_hours + late
                    # What is absorbed jumps nowhere.
                    yield time, BOLUS if dose.duration_hours == 0 and not absorbs else START, first
                    if dose.duration_hours > 0:
                        yield time + dose.duration_hours, END, last
            start += phase.cycle_length_days
            shift += 24.0 if length and p == int(at) else 0.0


class MovingGrid:
    """Segments and cells of the compiled therapy, as functions of a shift of the number at a path.

    Attributes
    ----------
    step
        A shift that changes no time between doses by more than a hundredth.
    torn
        Whether doses meet of which one moves: the rates are smooth on each side only.
    ambiguous
        Whether the derivatives from both sides differ: at a bolus at time 0 or at the horizon, or at two boluses at one
        instant of which one moves.
    """

    def __init__(self, scenario: Scenario, rates: TherapyRates, path: str) -> None:
        self.rates, self.scenario = rates, scenario
        self.last = rates.horizon * 24.0
        self.torn = self.ambiguous = False
        self.left: list[tuple[float, float]] = []
        rank: dict[float, int] = {}
        speeds = {0.0: 0.0}
        inside = (kink for kink in _kinks(scenario, path) if kink[0] <= self.last)
        for time, kind, speed in sorted(inside, key=lambda kink: -kink[1]):
            self.ambiguous |= kind == BOLUS and speed != 0.0 and time in (0.0, self.last)
            if time not in rank:
                rank[time], speeds[time] = kind, speed
            elif speed != speeds[time]:
                self.torn = True
                self.ambiguous |= kind == rank[time] == BOLUS
                self.left.append((time, speed))
        speeds[self.last] = 0.0
        self.speeds = dict(sorted(speeds.items()))
        gaps = [
            (after - before) / abs(speeds[after] - speeds[before])
            for before, after in itertools.pairwise(self.speeds)
            if speeds[after] != speeds[before]
        ]
        # Doses that all move together have room for days, and the number at the path has not.
        self.step = min(SHARE * min(gaps, default=1.0), MOST)

    def at(self, shift: float) -> TherapyRates:
        """What was compiled, with the edges that it has after a shift."""
        cells, ends = self.rates.cells, self.rates.breakpoints
        moved = cells + shift * np.interp(cells, list(self.speeds), list(self.speeds.values()))
        extra = []
        for time, speed in self.left:
            here = int(np.searchsorted(cells, time))
            extra.append(cells[here : here + COPIED] + shift * speed)
        every = np.unique(np.concatenate([moved, *extra]))
        inside = (every >= moved[0]) & (every <= moved[-1])
        edges = moved[np.searchsorted(cells / 24.0, ends)] / 24.0
        return dataclasses.replace(self.rates, cells=every[inside], breakpoints=edges)

    def by_edges(self, gradient: Gradient) -> float:
        """The derivative of the log of absence by the edges of segments; nan where there is none."""
        if self.ambiguous:
            return math.nan
        inner = self.rates.breakpoints[: len(gradient.values["birth"]) - 1]
        hours = self.rates.cells[np.searchsorted(self.rates.cells / 24.0, inner)]
        speed = np.interp(np.append(0.0, hours), list(self.speeds), list(self.speeds.values())) / 24.0
        moved = speed[1:] != 0.0
        total = float(gradient.by["breakpoints"][moved] @ speed[1:][moved])
        if speed[0]:
            # The first segment begins later, and time without drug comes before it.
            length = inner[0] if len(inner) else self.last / 24.0
            growth = self.scenario.growth.process
            free = {"birth": growth.birth[0], "death": growth.death[0]}
            for kind, table in (("mutation", growth.mutation), ("switching", growth.switching)):
                named = [(growth.types[i], growth.types[j]) for i, j in gradient.pairs[kind]]
                free[kind] = np.array([float(np.asarray(table.get(pair, 0.0))) for pair in named])
            for kind, values in free.items():
                total += float((gradient.by[kind][0] * (values - gradient.values[kind][0])).sum() / length * speed[0])
        return total
