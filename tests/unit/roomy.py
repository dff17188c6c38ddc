"""Tumors with room for a number of cells, for tests of capacities."""

from __future__ import annotations

from functools import cache
from typing import Any

import chemoevo as ce
from chemoevo.resistance import Effect
from tests.unit.place_scenarios import steady

EFFLUX = ce.Alteration(name="R", mutation=1e-6, stage="efflux", effects=[Effect(drug="steady", fold=15.0)])
BIRTH, DEATH, SIZE = 0.14, 0.1, 10**6
ONE = {"birth": BIRTH, "death": DEATH, "size": SIZE}
TWO = [
    ce.Niche(name="near", share=0.8, birth=1.0, capacity=3e6),
    ce.Niche(name="far", share=0.2, birth=0.9, capacity=5e5),
]


def killed(emax: float, **changes: Any) -> ce.Scenario:
    """Thirty days of a constant kill of emax / 2 per day, and ninety without."""
    potency = ce.Potency(drug="steady", emax=emax, ec50=1.0, hill=1.0, basis="a test")
    return steady(1.0, days=30.0, horizon=120.0, potencies=[potency], **{**ONE, **changes})


@cache
def small(**changes: Any) -> ce.Scenario:
    return killed(0.2, **{"size": 2000, "capacity": 3000.0, **changes}).replace(
        {"progression.size": 500, "simulation.replicates": 12, "simulation.seed": 1}
    )
