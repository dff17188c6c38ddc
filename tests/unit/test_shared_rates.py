"""Scenarios of equal treatment share their compiled rates, and no others do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import chemoevo as ce
from chemoevo.scenario.compilation import shared_rates

SAME: dict[str, Any] = {"tumor.size": 1e9, "surgery.residual_cells": 7e5, "name": "another", "simulation.seed": 4}
OTHER: dict[str, Any] = {
    "tumor.birth": 0.14,
    "tumor.death": 0.13,
    "tumor.alterations[ABCB1].mutation": 1e-8,
    "tumor.alterations[ABCB1].cost": 0.01,
    "tumor.expressions": {"P-gp": 0.5},
    "tumor.niches": [ce.Niche(name="low", share=1.0, birth=0.99)],
    "regimen.phases[0].cycles": 4,
    "regimen.phases[0].doses[0].amount": 60.0,
    "patient.gfr": 60.0,
    "patient.factors": {"docetaxel": {"clearance": 0.5}},
    "potencies[0].log10_kill_per_cycle": 0.3,
    "drugs[docetaxel].kinetics.clearance": 30.0,
    "mechanisms[P-gp].drugs[docetaxel].fold": 3.0,
    "interactions": [ce.Interaction(drugs=["docetaxel", "carboplatin"], alpha=0.5, basis="a test")],
    "follow_up.horizon": 300.0,
    "simulation.tolerance": 1e-2,
}


def model() -> ce.Scenario:
    """A new one each time: what ships is kept, with what it has computed."""
    return ce.Scenario.from_dict(ce.scenarios.nsclc_relapse().to_dict())


@pytest.mark.parametrize("path", SAME)
def test_rates_are_shared_where_the_treatment_is_the_same(path: str) -> None:
    shared_rates.forget()
    assert model().replace({path: SAME[path]}).rates is model().rates


@pytest.mark.parametrize("path", OTHER)
def test_rates_are_their_own_where_anything_is_other(path: str) -> None:
    first = model()
    before = first.rates
    changed = model().replace({path: OTHER[path]}).rates
    assert changed is not before
    shared_rates.forget()
    alone = model().replace({path: OTHER[path]}).rates
    assert alone is not changed
    for name in ("breakpoints", "birth", "death", "driven"):
        assert np.array_equal(getattr(alone, name), getattr(changed, name))


def test_shared_rates_cannot_be_written() -> None:
    for name in ("breakpoints", "birth", "death", "driven", "cells", "undrugged"):
        assert not getattr(model().rates, name).flags.writeable
