"""A fluctuation experiment with phage (Luria & Delbrück 1943): rate of mutation from the cultures without mutants."""

from __future__ import annotations

import math
from collections.abc import Mapping

import chemoevo as ce

DIVISION = math.log(2.0)
"""Divisions per cell and division cycle: the clock of the model is the cycle."""


def culture(mutation: float, bacteria: float) -> tuple[ce.BranchingProcess, ce.GrownTo]:
    """Bacteria that divide and do not die, one daughter in 1/`mutation` divisions is resistant."""
    growth = ce.BranchingProcess(
        types=["S", "R"], birth=[DIVISION, DIVISION], death=[0.0, 0.0], mutation={("S", "R"): mutation}
    )
    return growth, ce.GrownTo(growth, size=bacteria)


def reproduce(parameters: Mapping[str, float]) -> dict[str, float]:
    cultures, bacteria = parameters["cultures"], parameters["bacteria"]
    without = parameters["cultures_without"] / cultures
    mutation = 1.0 / bacteria
    for _ in range(4):  # log P(none) is in proportion to the rate, but for its second order
        growth, grown = culture(mutation, bacteria)
        none = ce.absence_probability(growth, types=["R"], initial=grown, times=[0.0]).item()
        mutation *= math.log(without) / math.log(none)
    growth, grown = culture(mutation, bacteria)
    law = ce.count_distribution(growth, of="R", initial=grown, time=0.0, max_count=1)
    return {
        "mutation rate per time unit, from the cultures without": mutation,
        "mutation rate per division cycle, from the cultures without": DIVISION * mutation,
        "cultures with one resistant bacterium": cultures * float(law[1]),
    }
