"""A tumor whose cells die late, with a horizon half a day after the last dose: damaged cells are still there."""

from __future__ import annotations

from functools import cache
from typing import Any

import chemoevo as ce

CELLS = {"sensitive": 30}


def late(*, dies_late: bool = True, **changes: Any) -> ce.Scenario:
    """Docetaxel twice, the second dose half a day before the horizon; `changes` are by path."""
    pump = [ce.resistance.Effect(drug="docetaxel", fold=15.53)]
    scenario = ce.Scenario(
        name="dies late",
        tumor=ce.Tumor(
            birth=0.3,
            death=0.1,
            size=1000,
            alterations=ce.Alteration(name="R", mutation=1e-4, stage="efflux", effects=pump),
            late_death=ce.LateDeath(rate=1.0) if dies_late else None,
        ),
        regimen=ce.Regimen.parse("docetaxel 75 mg/m2 over 1 h q7d x2"),
        patient=ce.Patient(bsa=1.8),
        potencies=ce.Potency(drug="docetaxel", emax=4, basis="a test"),
        follow_up=ce.FollowUp(horizon=7.5),
        simulation=ce.Simulation(replicates=200, seed=1, tolerance=1e-2),
    )
    return scenario.replace(changes) if changes else scenario


@cache
def at_once() -> ce.Scenario:
    """The same where they die at once."""
    return late(dies_late=False)


@cache
def slowly() -> ce.Scenario:
    """The one that is asked most of."""
    return late()
