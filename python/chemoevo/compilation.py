"""A scenario's specifications made into processes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from chemoevo.analytic import survival_probability
from chemoevo.means import mean_counts
from chemoevo.options import Pulse, Stop
from chemoevo.process import BranchingProcess
from chemoevo.resistance import TherapyRates, therapy_rates
from chemoevo.resistance.therapy import instant_rates, rates_on

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chemoevo.scenario import Scenario


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
    """

    process: BranchingProcess
    stop: Stop
    longest: float


def growth(scenario: Scenario) -> Growth:
    """Growth from one cell without alterations to detection."""
    tumor, genotypes = scenario.tumor, scenario.genotypes
    process = BranchingProcess(
        types=genotypes.names,
        birth=genotypes.births(tumor.birth),
        death=[tumor.death] * len(genotypes),
        mutation=genotypes.mutation or None,
    )
    net = tumor.birth * (1.0 - sum(a.mutation for a in tumor.alterations)) - tumor.death
    return Growth(process, Stop(size=tumor.size, retry=True), (math.log(tumor.size) + 50.0) / net)


def rates(scenario: Scenario, *, halved: bool = False, horizon: float | None = None) -> TherapyRates:
    """Rates of every genotype under the regimen, up to a horizon (days); `halved` cuts every segment in two."""
    return therapy_rates(
        **_under_therapy(scenario),
        horizon=scenario.follow_up.horizon if horizon is None else horizon,
        tolerance=scenario.simulation.tolerance,
        halved=halved,
    )


def rates_like(scenario: Scenario, compiled: TherapyRates) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Birth and death rates of a scenario that differs little, on the intervals of what was compiled."""
    return rates_on(compiled, **_under_therapy(scenario))


def rates_at(scenario: Scenario, hours: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Birth and death rates at instants; at that of a dose, those after it."""
    return instant_rates(hours, **_under_therapy(scenario))


def _under_therapy(scenario: Scenario) -> dict[str, Any]:
    return {
        "regimen": scenario.regimen,
        "patient": scenario.patient,
        "alterations": scenario.genotypes,
        "birth": scenario.tumor.birth,
        "death": scenario.tumor.death,
        "potencies": scenario.potencies,
        "drugs": {drug.name: drug for drug in scenario.drugs},
    }


def therapy(scenario: Scenario, compiled: TherapyRates) -> BranchingProcess:
    """The process under therapy, surgery included."""
    if scenario.surgery is None:
        return compiled.process()
    left = scenario.surgery.survival(scenario.tumor.size)
    return compiled.process(pulses=[Pulse(time=0.0, survival=dict.fromkeys(scenario.genotypes.names, left))])


def rate_error(scenario: Scenario) -> float:
    """Largest relative change of the answers when every segment of the compiled rates is halved.

    The answers are, from one cell of every genotype, the survival probability at the horizon and the mean number of
    cells there.
    """
    coarse, fine = scenario.therapy, therapy(scenario, rates(scenario, halved=True))
    one = np.eye(len(scenario.genotypes), dtype=np.uint64)
    horizon = [scenario.follow_up.horizon]

    def survival(process: BranchingProcess) -> NDArray[np.float64]:
        return survival_probability(process, initial=one, times=horizon)[:, 0]

    def growth_factor(process: BranchingProcess) -> NDArray[np.float64]:
        factor: NDArray[np.float64] = mean_counts(process, initial=one, times=horizon)[:, 0, :].sum(axis=1)
        return factor

    return max(_change(solve(coarse), solve(fine)) for solve in (survival, growth_factor))


def _change(coarse: NDArray[np.float64], fine: NDArray[np.float64]) -> float:
    positive = fine > 0.0
    return float(np.abs(coarse[positive] / fine[positive] - 1.0).max()) if positive.any() else 0.0
