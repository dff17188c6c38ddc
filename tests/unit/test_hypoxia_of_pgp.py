"""P-gp, which hypoxia raises as published, in tumors without ABCB1 under doxorubicin."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import chemoevo as ce
from chemoevo.resistance.cells import Cells
from chemoevo.scenario.compilation import rates_at

EXACTLY: dict[str, Any] = {"rel": 1e-9, "abs": 0.0}
FACTORS = {40: 1 + 6 * 97 / 337, 20: 7.0, 5: 1 + 6 * 1552 / 1297}
"""1 + 6 g(p)/g(20) with g = 1/(1 + (p/30)^4), in fractions."""
STRENGTH = 7.6 / (1 - 8.6 * 0.01)
"""Of P-gp on doxorubicin, from the fold 8.6 of a line with 1 against one with 0.01."""


def scenario(*oxygen: float | None) -> ce.Scenario:
    """Niches that differ in oxygen alone: cells divide as often in all of them, and drugs come to all as to plasma."""
    share = 1.0 / len(oxygen)
    niches = [ce.Niche(name=f"niche {k}", share=share, oxygen=p, birth=1.0) for k, p in enumerate(oxygen)]
    return ce.Scenario(
        name="a test",
        tumor=ce.Tumor(birth=0.14, death=0.12, size=1e6, niches=niches, exchange=0.1),
        regimen="doxorubicin 60 mg/m2 q21d x1",
        patient=ce.Patient(bsa=1.8),
        potencies=ce.Potency(drug="doxorubicin", emax=2.0, basis="a test"),
        follow_up=ce.FollowUp(horizon=21),
    )


def test_the_factor_is_the_published_one() -> None:
    pump = ce.mechanism("P-gp").hypoxia
    assert pump is not None
    assert (pump.value, pump.unit, pump.cite, pump.tag) == (7, "1", "comerford2002", "R")
    assert "raised by hypoxia: x 7 at 20 mmHg of oxygen" in str(ce.mechanism("P-gp"))


def test_without_abcb1_the_pump_is_raised_from_its_basal_level() -> None:
    model = scenario(40, 20, 5, None)
    cells = Cells(model.types, model.biology, model.active_drugs)
    assert cells.in_play == ("P-gp",)
    expected = [0.01 * factor for factor in (*FACTORS.values(), 1.0)]
    assert cells.expressions[cells.position["P-gp"]] == pytest.approx(expected, **EXACTLY)


def test_cells_with_less_oxygen_meet_less_doxorubicin() -> None:
    # Hill exponent 1: a factor f on EC50 divides the odds of the effect by f, at every concentration.
    model = scenario(40, 5, None)
    killed = rates_at(model, np.array([1.0, 24.0, 200.0])).death - 0.12
    odds = killed / (2.0 - killed)
    for k, oxygen in enumerate((40, 5)):
        fold = (1 + STRENGTH * 0.01 * FACTORS[oxygen]) / (1 + STRENGTH * 0.01)
        assert odds[:, 2] / odds[:, k] == pytest.approx(np.full(3, fold), **EXACTLY)
    # Worked out by hand; the level of 20 mmHg everywhere would make both 1.4606.
    assert odds[0, 2] / odds[0, 0] == pytest.approx(1.1326, abs=1e-4)
    assert odds[0, 2] / odds[0, 1] == pytest.approx(1.5512, abs=1e-4)


def test_without_oxygen_nothing_is_raised() -> None:
    model = scenario(None, None)
    assert Cells(model.types, model.biology, model.active_drugs).in_play == ()
