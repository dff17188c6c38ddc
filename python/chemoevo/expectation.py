"""How much a scenario asks of the engine: the expected number of mutations in one history."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from chemoevo.means import expected

if TYPE_CHECKING:
    from chemoevo.scenario import Scenario

MANY = 1e7
"""Mutations a replicate from which a run takes seconds a replicate."""


def expected_mutations(scenario: Scenario) -> tuple[float, float]:
    """Expected number of mutations in one history: during growth, and from the first dose to the horizon.

    Notes
    -----
    A tumor that survives reaches M cells at about ln(M s)/r, s the survival probability of one cell and r its net
    growth rate. The mean numbers of mutations and of cells of all tumors, extinct ones included, are at that time in
    the ratio of those of a survivor, so the first is scaled to M cells.
    """
    size, tumor = float(scenario.tumor.size), scenario.tumor
    process = scenario.growth.process
    r, s = tumor.birth - tumor.death, 1.0 - tumor.death / tumor.birth
    when = max(math.log(size * s), 1.0) / r
    counts, events = expected(process, initial={process.types[0]: 1}, times=[when])
    scale = size / float(counts[0].sum())
    composition = np.floor(counts[0] * scale).astype(np.uint64)
    _, later = expected(scenario.therapy, initial=composition, times=[scenario.follow_up.horizon])
    return float(events[0]) * scale, float(later[0])
