"""A scenario's specifications made into processes."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from chemoevo.analytic.grown.block import block_of
from chemoevo.analytic.grown.size import GrownTo
from chemoevo.analytic.means import mean_counts
from chemoevo.analytic.probability import presence_probability, survival_probability, ultimate_extinction_probability
from chemoevo.ensemble.options import Stop
from chemoevo.process.branching import BranchingProcess
from chemoevo.process.expected import expected
from chemoevo.resistance.cells import Cells
from chemoevo.resistance.therapy import TherapyRates, growth_process, instant_rates, rates_on, therapy_rates
from chemoevo.scenario.crowded import Crowded, grown
from chemoevo.scenario.pulses import pulses
from chemoevo.scenario.room import competition_of, refuse_capacities
from chemoevo.scenario.under_therapy import under_therapy

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chemoevo import _core
    from chemoevo.resistance.cell_types import CellTypes
    from chemoevo.scenario.fields import ScenarioFields
    from chemoevo.scenario.parts import Tumor


LARGEST_SHARE = 0.01
"""Expected share of mutants at detection up to which the law of growth answers for a scenario by itself."""


@dataclass(frozen=True)
class Growth:
    """Growth to detection.

    Attributes
    ----------
    process
        From one cell of its first type, with constant rates.
    stop
        Detection: the first passage of the total; a tumor that dies out first starts again.
    longest
        (days) A time by which a tumor that does not die out has been detected, but for one in e^50.
    alone
        The process of cells that do not compete, as the first cells nearly do; `process` where there is no capacity.
    crowded
        Growth in the mean field where cells compete; None where they do not.
    """

    process: BranchingProcess
    stop: Stop
    longest: float
    alone: BranchingProcess
    crowded: Crowded | None = None


@dataclass(frozen=True)
class Compiled:
    """A scenario made into processes, and what is known of them before anything is simulated.

    Attributes
    ----------
    growth
        Growth to detection.
    rates, therapy
        Rates of every genotype under the regimen, and the process under them, surgery and radiotherapy included.
    rate_error
        See `Scenario.rate_error`.
    mutations
        Expected in one history: during growth, and from the first dose to the horizon.
    """

    growth: Growth
    rates: TherapyRates
    therapy: BranchingProcess
    rate_error: float
    mutations: tuple[float, float]


@lru_cache(maxsize=16)
def _growth_process(
    types: CellTypes, birth: float, death: float, escapes: tuple[float, ...] | None, tumor: Tumor | None = None
) -> BranchingProcess:
    """Shared by all scenarios that differ in something else; with the competition of a tumor if one is given."""
    there = None if escapes is None else np.array(escapes)
    competition = None if tumor is None else competition_of(tumor, types)
    return growth_process(alterations=types, birth=birth, death=death, escapes=there, competition=competition)


def growth(scenario: ScenarioFields) -> Growth:
    """Growth from one cell without alterations to detection."""
    tumor, escapes = scenario.tumor, None
    if any(niche.immune_kill for niche in tumor.niches):
        escapes = tuple(Cells(scenario.types, scenario.biology, scenario.active_drugs).escapes.tolist())
    process = _growth_process(scenario.types, tumor.birth, tumor.death, escapes)
    if scenario.capacities:
        return _crowded_growth(scenario, process, escapes)
    if scenario.types.is_plain:
        leaving = sum(a.switch_on for a in tumor.alterations)
        net = tumor.birth * (1.0 - sum(a.mutation for a in tumor.alterations)) - tumor.death - leaving
    else:
        net = block_of(process).rate
    return Growth(process, Stop(size=tumor.size, retry=True), (math.log(tumor.size) + 50.0) / net, process)


def _crowded_growth(scenario: ScenarioFields, alone: BranchingProcess, escapes: tuple[float, ...] | None) -> Growth:
    """Growth of cells that compete: it takes as long as in the mean field, and what chance adds."""
    tumor = scenario.tumor
    process = _growth_process(scenario.types, tumor.birth, tumor.death, escapes, tumor)
    crowded = grown(process, float(tumor.size))
    # Days in which a tumor grows, or comes back to where the mean field has it, by a factor of e.
    each = max(1.0 / block_of(alone).rate, crowded.days / math.log(tumor.size))
    if tumor.competition == "gompertz" and tumor.capacity is not None:
        each = max(each, math.log(tumor.capacity) / block_of(alone).rate)
    return Growth(process, Stop(size=tumor.size, retry=True), crowded.days + 50.0 * each, alone, crowded)


def rates(scenario: ScenarioFields, *, halved: bool = False, horizon: float | None = None) -> TherapyRates:
    """Rates of every genotype under the regimen, up to a horizon (days); `halved` cuts every segment in two."""
    end = scenario.follow_up.horizon if horizon is None else horizon
    return therapy_rates(
        **{**under_therapy(scenario), "regimen": scenario.effective.within(max(end, scenario.follow_up.horizon))},
        horizon=end,
        tolerance=scenario.simulation.tolerance,
        halved=halved,
    )


def rates_like(scenario: ScenarioFields, compiled: TherapyRates) -> TherapyRates:
    """Rates of a scenario that differs little, on the intervals of what was compiled."""
    return rates_on(compiled, **under_therapy(scenario))


def rates_at(scenario: ScenarioFields, hours: NDArray[np.float64]) -> _core.Rates:
    """Rates at instants; at that of a dose, those after it."""
    return instant_rates(hours, **under_therapy(scenario))


def therapy(scenario: ScenarioFields, compiled: TherapyRates) -> BranchingProcess:
    """The process under therapy, surgery, radiotherapy and competition included."""
    return compiled.process(pulses=pulses(scenario) or None, competition=competition_of(scenario.tumor, scenario.types))


def rate_error(scenario: ScenarioFields, compiled: TherapyRates) -> float:
    """Largest relative change of the answers when every segment of the compiled rates is halved.

    The answers are, from one cell of every type, the survival probability at the horizon and the mean number of
    cells there. Survival is that of cells that are not damaged. Where cells compete, these are of cells that do not,
    and the mean field of the tumor from detection on is one answer more.
    """
    halved = rates(scenario, halved=True)
    crowded = growth(scenario).crowded
    coarse, fine = (one.process(pulses=pulses(scenario) or None) for one in (compiled, halved))
    one = np.eye(len(scenario.types), dtype=np.int64)
    horizon, types = [scenario.follow_up.horizon], scenario.clonogenic

    def survival(process: BranchingProcess) -> NDArray[np.float64]:
        if types is not None:
            return presence_probability(process, types=types, initial=one, times=horizon)[:, 0]
        return survival_probability(process, initial=one, times=horizon)[:, 0]

    def growth_factor(process: BranchingProcess) -> NDArray[np.float64]:
        factor: NDArray[np.float64] = mean_counts(process, initial=one, times=horizon)[:, 0, :].sum(axis=1)
        return factor

    found = max(_change(solve(coarse), solve(fine)) for solve in (survival, growth_factor))
    if crowded is None:
        return found
    day, tumor = np.array(horizon), crowded.cells[None, :]
    left = [expected(therapy(scenario, one), tumor, day)[0].sum(axis=2) for one in (compiled, halved)]
    return max(found, _change(*left))


def _change(coarse: NDArray[np.float64], fine: NDArray[np.float64]) -> float:
    positive = fine > 0.0
    return float(np.abs(coarse[positive] / fine[positive] - 1.0).max()) if positive.any() else 0.0


def expected_mutations(scenario: ScenarioFields, growth: Growth, treated: BranchingProcess) -> tuple[float, float]:
    """Expected number of mutations in one history: during growth, and from the first dose to the horizon.

    Notes
    -----
    A tumor that survives reaches M cells at about ln(M s)/r, s the survival probability of one cell and r its net
    growth rate. The mean numbers of mutations and of cells of all tumors, extinct ones included, are at that time in
    the ratio of those of a survivor, so the first is scaled to M cells. Where cells compete both are of the mean field.
    """
    horizon = np.array([scenario.follow_up.horizon])
    if growth.crowded is not None:
        _, later = expected(treated, np.floor(growth.crowded.cells)[None, :], horizon)
        return growth.crowded.mutations, float(later[0, 0])
    size, process = float(scenario.tumor.size), growth.process
    counts, events = expected(process, np.eye(len(process.types))[:1], np.array([_detection(scenario)]))
    scale = size / float(counts[0, 0].sum())
    composition = np.floor(counts[:, 0] * scale)
    _, later = expected(treated, composition, horizon)
    return float(events[0, 0]) * scale, float(later[0, 0])


def mutant_share(scenario: ScenarioFields, growth: Growth) -> float:
    """Expected share of mutants in the tumor at detection: of all but the first type, or the trunk of its block.

    See `expected_mutations`. Of a block, growth starts with its shares.
    """
    block, cells = block_of(growth.process), expected_tumor(scenario, growth)
    return float(cells[~block.common].sum() / cells.sum())


def expected_tumor(scenario: ScenarioFields, growth: Growth) -> NDArray[np.float64]:
    """Expected numbers of cells at detection, (types,), which sum to the size: see `expected_mutations`."""
    if growth.crowded is not None:
        return growth.crowded.cells
    block = block_of(growth.process)
    detection = _detection(scenario, None if block.single else block.rate)
    counts, _ = expected(growth.process, block.shares[None, :], np.array([detection]))
    cells: NDArray[np.float64] = counts[0, 0]
    return cells * (float(scenario.tumor.size) / float(cells.sum()))


def tumor_by_law(scenario: ScenarioFields, growth: Growth) -> GrownTo:
    """The tumor at detection by the law of its growth, with a warning where that does not hold.

    Warns
    -----
    UserWarning
        If the expected share of mutants is above 1 %.

    Raises
    ------
    ModelError
        If cells compete.
    """
    refuse_capacities(scenario)
    share = mutant_share(scenario, growth)
    if share > LARGEST_SHARE:
        warnings.warn(
            f"Mutants are {100 * share:.2g} % of this tumor at detection. The law of growth, by which it is answered "
            f"for, holds up to about {100 * LARGEST_SHARE:g} %; ce.cure_probability simulates growth there.",
            UserWarning,
            stacklevel=4,
        )
        with warnings.catch_warnings():
            # What the law by itself says of switches has been said.
            warnings.simplefilter("ignore", UserWarning)
            return GrownTo(growth.process, size=scenario.tumor.size)
    return GrownTo(growth.process, size=scenario.tumor.size)


def most_mutants(scenario: ScenarioFields) -> float:
    """A bound on `mutant_share` that takes no time: carriers divide no faster than others, whatever their costs.

    It is 1 where it says nothing: rare phenotypes are outside the trunk, and carriers may hide from immune cells.
    """
    tumor = scenario.tumor
    if tumor.phenotypes or any(niche.immune_kill for niche in tumor.niches):
        return 1.0
    birth = max(scenario.types.births(tumor.birth))
    founded = sum(birth * one.mutation + one.switch_on for one in tumor.alterations)
    return -math.expm1(-founded * _detection(scenario))


def _detection(scenario: ScenarioFields, rate: float | None = None) -> float:
    """(days) About when a tumor that does not die out has the size at which it is found, growing at a rate per day."""
    tumor = scenario.tumor
    s = 1.0 - tumor.death / tumor.birth
    if scenario.types.is_plain:
        r = tumor.birth - tumor.death if rate is None else rate
    else:
        process = growth(scenario).process
        r = block_of(process).rate
        s = 1.0 - float(ultimate_extinction_probability(process, initial={process.types[0]: 1}))
    return max(math.log(float(tumor.size) * s), 1.0) / r
