"""What is asked of a regimen at a point: cure, failure, cells left, when the tumor is back and which genotype it is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from chemoevo.analytic.grown.block import block_of
from chemoevo.analytic.grown.size import GrownTo
from chemoevo.answers.relapse import relapse_size, relapse_time
from chemoevo.ensemble.estimates import Z95
from chemoevo.errors import SimulationError
from chemoevo.process.expected import expected
from chemoevo.resistance.groups import Groups
from chemoevo.scenario.compilation import expected_tumor
from chemoevo.sweeps.asks import NAMED, Ask

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chemoevo.analytic.relapse import RelapseTime
    from chemoevo.answers.answer import Answer
    from chemoevo.scenario.questions import By
    from chemoevo.scenario.scenario import Scenario
    from chemoevo.sweeps.asks import Cells
    from chemoevo.sweeps.point import Point

CURE, RESIDUAL, RELAPSE = "cure", "expected_residual", "median_relapse"
RESIDUAL_DAY = "residual_day"
FAILURE = "failure"
GROWTH = "slowest_growth"
"""In the answers at a point: (per day) how fast the slowest part of the tumor grows without therapy."""
REMARK = "remark"
"""In the answers at a point: why a part of them is missing."""
RESOLUTION = 1e-4
"""Largest error of the probability of a size: a tenth of a day, of a tumor that doubles in weeks."""
ALONE = 0.01
"""Share of relapses below which a genotype that is one by itself is no driver: several are one together."""


def _cure(point: Point) -> Cells:
    """Cure, and failure with its own digits."""
    return {**NAMED["cure"].answers(point), FAILURE: NAMED["survival"].answers(point)["survival"]}


def common_day(scenarios: Sequence[Scenario]) -> float:
    """(days from the first dose) When the cells of all regimens are counted: the same day, or more drug would lose.

    The latest `compare.day` that is stated; where none is, the latest last day of a regimen, at most the horizon.
    """
    stated = [one.compare.day for one in scenarios if one.compare.day is not None]
    return max(stated or [one.comparison_day for one in scenarios])


@dataclass(frozen=True)
class Residual:
    """Expected number of cells on one day, damaged ones aside.

    Attributes
    ----------
    day
        (days from the first dose) Common to all regimens. At most the horizon at the point.
    stated
        Whether the points say another one each, as `compare.day`.
    """

    day: float
    stated: bool = False

    def __call__(self, point: Point) -> Cells:
        """The number, its interval and the day."""
        scenario, cells = point.scenario, point.cells
        if isinstance(cells, GrownTo):
            rows = expected_tumor(scenario, scenario.growth)[None, :]
        else:
            rows = cells.final.astype(np.float64)
        own = scenario.compare.day if self.stated else None
        day = min(self.day if own is None else own, scenario.follow_up.horizon)
        counts, _ = expected(scenario.therapy, rows, np.array([day]))
        kept = scenario.clonogenic
        left = np.ones(counts.shape[-1], bool) if kept is None else np.isin(scenario.therapy.types, kept)
        totals = counts[:, 0, left].sum(axis=1)
        mean = float(totals.mean())
        error = Z95 * float(totals.std(ddof=1)) / math.sqrt(len(totals)) if len(totals) > 1 else 0.0
        ends: Cells = {f"{RESIDUAL}_low": max(mean - error, 0.0), f"{RESIDUAL}_high": mean + error}
        return {RESIDUAL: mean, **ends, RESIDUAL_DAY: day}


def _median(point: Point) -> Cells:
    """When the tumor is back with probability 1/2: by the law of the time, or at the looks of histories."""
    if not point.by_law:
        found = _answer(point).time_to_progression
        return _days(point, found.value, found.low, found.high)
    median = _finite(_law(point).median())
    return _days(point, median, median, median)


def _days(point: Point, value: float | None, low: float | None, high: float | None) -> Cells:
    """A median with its interval, and the rate by which an error of a number becomes one of days."""
    growth, process = point.scenario.growth, point.scenario.growth.alone
    slowest = min(block_of(process, process.types.index(first)).rate for first, _ in growth.parts)
    return {RELAPSE: value, f"{RELAPSE}_low": low, f"{RELAPSE}_high": high, GROWTH: slowest}


def _relapse(point: Point) -> Cells:
    """The median, and the genotype that the tumor is by then; its share is one of probabilities, by the law alone."""
    if not point.by_law:
        return {**_median(point), "driver": NAMED["driver"].answers(point)["driver"]}
    try:
        law = _law(point)
        median = _finite(law.median())
        driver, share = _driver(point, law)
    except SimulationError as error:
        return {RELAPSE: None, "driver": None, REMARK: " ".join(str(error).split())}
    return {**_days(point, median, median, median), "driver": driver, "driver_share": share}


def _answer(point: Point) -> Answer:
    """What histories answer; where none are asked for, the error that says so."""
    if point.histories is None:
        _ = point.cells
    return point.answer


def _law(point: Point, **more: Any) -> RelapseTime:
    scenario = point.scenario
    return relapse_time(
        scenario.therapy, initial=point.cells, size=relapse_size(scenario), tolerance=RESOLUTION, **more
    )


def _driver(point: Point, law: RelapseTime) -> tuple[str | None, float | None]:
    """The genotype of which there are enough for a relapse most probably, when half of the relapses have happened.

    And that probability, as a share of that of a relapse by then. Genotypes are asked in the order of their expected
    numbers. Who is not asked cannot have more than the best so far, which has the whole probability but for the
    resolution; or the expected number was never more than so small a part of the size (Markov's inequality). What the
    others leave of the probability is no bound: clones are independent, and several may be that many.

    Where hardly any relapse is one of a single genotype, as with two large clones that are a relapse together, it is
    the genotype with most cells in the mean, without a share.
    """
    day = _finite(law.median(conditional=True))
    if day is None:
        return None, None
    scenario, whole = point.scenario, float(law.cdf([day])[0])
    groups, names = Groups.of(scenario.types, "genotype"), np.array(scenario.therapy.types)
    days = np.append(np.arange(law.since, day), day)
    cells, _ = expected(scenario.therapy, expected_tumor(scenario, scenario.growth)[None, :], days)
    numbers = np.zeros((len(days), len(groups.names)))
    np.add.at(numbers.T, groups.of_type, cells[0].T)
    # Between two of the days, one apart, cells do not become more than by their divisions.
    most = numbers.max(axis=0) * math.exp(float(scenario.therapy.divisions.max()))
    best, share = None, 0.0
    for k in np.argsort(-numbers[-1], kind="stable").tolist():
        if share >= whole - RESOLUTION:
            break
        if most[k] <= share * law.size:
            continue
        one = _law(point, of=names[groups.of_type == k].tolist(), since=law.since)
        p = float(one.cdf([day])[0])
        best, share = (groups.names[k], p) if p > share else (best, share)
    if share < ALONE * whole:
        return groups.names[int(np.argmax(numbers[-1]))], None
    return best, min(share / whole, 1.0)


def _finite(days: float) -> float | None:
    return float(days) if math.isfinite(days) else None


def of_itself(day: float, *, relapse: bool) -> tuple[Ask, ...]:
    """What is asked of the scenario itself. What needs whole histories comes first: growth is then simulated once."""
    first = (Ask(RELAPSE, _relapse),) if relapse else ()
    return (*first, Ask(CURE, _cure), Ask(RESIDUAL, Residual(day)), NAMED["rate_error"])


def at_points(by: By, day: float, *, stated: bool) -> tuple[Ask, ...]:
    """What is asked at points: cure, and what ranks; `stated` as in `Residual`."""
    more = {CURE: (), RESIDUAL: (Ask(RESIDUAL, Residual(day, stated)),), RELAPSE: (Ask(RELAPSE, _median),)}[by]
    return (*more, Ask(CURE, _cure))
