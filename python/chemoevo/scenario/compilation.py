"""A scenario's specifications made into processes."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from chemoevo.analytic.grown.block import block_of
from chemoevo.analytic.grown.part import summed
from chemoevo.analytic.grown.size import GrownTo
from chemoevo.analytic.means import mean_counts
from chemoevo.analytic.probability import presence_probability, survival_probability, ultimate_extinction_probability
from chemoevo.base.recent import Recent
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
    from chemoevo.analytic.grown.block import Block
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
        From one cell of its first type, with constant rates; or from one cell of every part.
    stop
        Detection: the first passage of the total; a tumor that dies out first starts again.
    longest
        (days) A time by which a tumor that does not die out has been detected, but for one in e^50.
    parts
        Type of the first cell, and cells at detection, of every part that grew by itself: most often one.
    alone
        The process of cells that do not compete, as the first cells nearly do; `process` where there is no capacity.
    crowded
        Growth in the mean field where cells compete; None where they do not.
    """

    process: BranchingProcess
    stop: Stop
    longest: float
    parts: tuple[tuple[str, int], ...]
    alone: BranchingProcess
    crowded: Crowded | None = None

    @property
    def size(self) -> float | dict[str, float]:
        """(cells) The size at detection; by types of first cells, where they are others than the first type."""
        if [name for name, _ in self.parts] == [self.process.types[0]]:
            return float(self.parts[0][1])
        return {name: float(cells) for name, cells in self.parts}

    @property
    def law(self) -> GrownTo:
        """The tumor at detection by the law of its growth."""
        return GrownTo(self.process, size=self.size)


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


def untreated(scenario: ScenarioFields, *, crowded: bool = False) -> BranchingProcess:
    """The process without drugs, with constant rates; if `crowded`, of cells that compete."""
    tumor, escapes = scenario.tumor, None
    if any(niche.immune_kill for niche in tumor.niches):
        escapes = tuple(Cells(scenario.types, scenario.biology, scenario.active_drugs).escapes.tolist())
    return _growth_process(scenario.types, tumor.birth, tumor.death, escapes, tumor if crowded else None)


def growth(scenario: ScenarioFields) -> Growth:
    """Growth to detection, of the whole or of every part, from one cell."""
    tumor, process = scenario.tumor, untreated(scenario)
    parts = tuple((scenario.types.founder(part), cells) for part, cells in tumor.observed)
    if scenario.capacities:
        return _crowded_growth(scenario, process, parts)
    if parts[0][0] == process.types[0] and scenario.types.is_plain:
        leaving = sum(a.switch_on for a in tumor.alterations)
        nets = [tumor.birth * (1.0 - sum(a.mutation for a in tumor.alterations)) - tumor.death - leaving]
    else:
        nets = [block_of(process, process.types.index(parts[0][0])).rate]
    nets += [block_of(process, process.types.index(name)).rate for name, _ in parts[1:]]
    longest = max((math.log(cells) + 50.0) / net for (_, cells), net in zip(parts, nets, strict=True))
    return Growth(process, Stop(size=tumor.size, retry=True), longest, parts, process)


def _crowded_growth(scenario: ScenarioFields, alone: BranchingProcess, parts: tuple[tuple[str, int], ...]) -> Growth:
    """Growth of cells that compete: it takes as long as in the mean field, and what chance adds."""
    tumor, first = scenario.tumor, alone.types.index(parts[0][0])
    process = untreated(scenario, crowded=True)
    crowded, rate = grown(process, float(tumor.size), first), block_of(alone, first).rate
    # Days in which a tumor grows, or comes back to where the mean field has it, by a factor of e.
    each = max(1.0 / rate, crowded.days / math.log(tumor.size))
    if tumor.competition == "gompertz" and tumor.capacity is not None:
        each = max(each, math.log(tumor.capacity) / rate)
    return Growth(process, Stop(size=tumor.size, retry=True), crowded.days + 50.0 * each, parts, alone, crowded)


def rates(scenario: ScenarioFields, *, halved: bool = False, horizon: float | None = None) -> TherapyRates:
    """Rates of every genotype under the regimen, up to a horizon (days); `halved` cuts every segment in two."""
    end = scenario.follow_up.horizon if horizon is None else horizon
    given = {**under_therapy(scenario), "regimen": scenario.effective.within(max(end, scenario.follow_up.horizon))}
    return shared_rates(**given, horizon=end, tolerance=scenario.simulation.tolerance, halved=halved)


shared_rates = Recent(therapy_rates, 4)
"""Shared by all scenarios that differ in something else, such as the size of the tumor."""


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
    process, growing = growth.process, 0.0
    composition = np.zeros((1, len(process.types)))
    for name, cells in growth.parts:
        first = process.types.index(name)
        counts, events = expected(
            process,
            np.eye(len(process.types))[first : first + 1],
            np.array([_detection(scenario, growth, first, cells)]),
        )
        scale = cells / float(counts[0, 0].sum())
        composition += np.floor(counts[:, 0] * scale)
        growing += float(events[0, 0]) * scale
    _, later = expected(treated, composition, horizon)
    return growing, float(later[0, 0])


def mutant_share(scenario: ScenarioFields, growth: Growth) -> float:
    """Expected share of mutants in the tumor at detection: of all but the first type, or the trunk of its block.

    Of a tumor of several parts it is that outside of them.

    See `expected_mutations`. Of a block, growth starts with its shares.
    """
    return sum(
        float(cells[~block.common].sum() / cells.sum()) * (size / scenario.tumor.size)
        for block, cells, size in expected_parts(scenario, growth)
    )


def expected_tumor(scenario: ScenarioFields, growth: Growth) -> NDArray[np.float64]:
    """Expected numbers of cells at detection, (types,), which sum to the size: see `expected_mutations`."""
    return summed(cells for _, cells, _ in expected_parts(scenario, growth))


def expected_parts(scenario: ScenarioFields, growth: Growth) -> Iterator[tuple[Block, NDArray[np.float64], int]]:
    """Of every part its block, the expected cells of each type at detection, (types,), and its size."""
    for name, size in growth.parts:
        first = growth.process.types.index(name)
        block = block_of(growth.process, first)
        if growth.crowded is not None:
            yield block, growth.crowded.cells, size
            continue
        detection = _detection(scenario, growth, first, size, None if block.single else block.rate)
        counts, _ = expected(growth.process, block.shares[None, :], np.array([detection]))
        cells: NDArray[np.float64] = counts[0, 0]
        yield block, cells * (float(size) / float(cells.sum())), size


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
            return growth.law
    return growth.law


def most_mutants(scenario: ScenarioFields) -> float:
    """A bound on `mutant_share` that takes no time: carriers divide no faster than others, whatever their costs.

    It is 1 where it says nothing: rare phenotypes are outside the trunk, carriers may hide from immune cells, and those
    of an observed genotype divide as they do.
    """
    tumor = scenario.tumor
    if tumor.phenotypes or tumor.clonal or tumor.clones or any(niche.immune_kill for niche in tumor.niches):
        return 1.0
    birth = max(scenario.types.births(tumor.birth))
    founded = sum(birth * one.mutation + one.switch_on for one in tumor.alterations)
    days = (
        _age(tumor.size, tumor.birth, tumor.death)
        if scenario.types.is_plain
        else _detection(scenario, growth(scenario), 0, tumor.size)
    )
    return -math.expm1(-founded * days)


def _detection(scenario: ScenarioFields, growth: Growth, first: int, size: int, rate: float | None = None) -> float:
    """(days) About when what does not die out has a size, from one cell of the type at place `first`.

    A rate per day may be given for that at which genotypes grow that switch into one another.
    """
    process = growth.alone
    if scenario.types.is_plain:
        return _age(size, float(process.birth[0, first]), float(process.death[0, first]), rate)
    survives = 1.0 - float(ultimate_extinction_probability(process, initial={process.types[first]: 1}))
    return max(math.log(float(size) * survives), 1.0) / block_of(process, first).rate


def _age(size: int, birth: float, death: float, rate: float | None = None) -> float:
    """(days) The same of cells that all live alike."""
    survives = 1.0 - death / birth
    return max(math.log(float(size) * survives), 1.0) / (birth - death if rate is None else rate)
