"""Derivatives by numbers at 0 beyond which cells pass where none passed, against differences of the whole answer."""

from __future__ import annotations

import math
from typing import Any

import pytest

import chemoevo as ce


def scenario(phenotype: dict[str, Any]) -> ce.Scenario:
    """Two cycles of docetaxel against a few cells, which another state protects."""
    docetaxel = ce.Dose(drug="docetaxel", amount=75, unit="mg/m2", days=[1], duration_hours=1)
    return ce.Scenario(
        name="a test",
        tumor=ce.Tumor(
            birth=0.2,
            death=0.12,
            size=10**5,
            phenotypes=[ce.Phenotype(name="tolerant", protection=0.9, **phenotype)],
        ),
        surgery=ce.Surgery(residual_cells=200),
        regimen=ce.Regimen(name="one", phases=[ce.Phase(cycle_length_days=14, cycles=2, doses=[docetaxel])]),
        patient=ce.Patient(bsa=1.8),
        potencies=[ce.Potency(drug="docetaxel", emax=1.6, basis="a test")],
        follow_up=ce.FollowUp(horizon=40),
        simulation=ce.Simulation(tolerance=1e-4),
    )


COUNTS = {"sensitive": 200, "sensitive:tolerant": 3}
CASES = {
    "a state only drugs induce": ("enter", {"leave": 0.05, "induced": {"docetaxel": 0.002}}, None),
    "the same of given cells": ("enter", {"leave": 0.05, "induced": {"docetaxel": 0.002}}, COUNTS),
    "a state that is not left": ("leave", {"enter": 1e-3, "leave": 0.0}, COUNTS),
    "a drug that does not": ("induced[docetaxel]", {"enter": 1e-3, "leave": 0.05, "induced": {"docetaxel": 0.0}}, None),
}


def log_absence(model: ce.Scenario, initial: dict[str, int] | None) -> float:
    """Of all that is alive, by default from the tumor that the scenario grows."""
    start: Any = ce.GrownTo(model.growth.process, size=model.tumor.size) if initial is None else initial
    return math.log(ce.extinction_probability(model.therapy, initial=start, times=[model.follow_up.horizon])[0])


def by_whole(model: ce.Scenario, path: str, initial: dict[str, int] | None) -> float:
    """One-sided, of second order, in steps that shrink: the first of two that agree to three digits."""
    before, last = log_absence(model, initial), math.inf
    for step in (1e-5, 1e-6, 1e-7):
        near, far = (log_absence(model.replace({path: k * step}), initial) - before for k in (1, 2))
        found = (4.0 * near - far) / (2.0 * step)
        if found == pytest.approx(last, rel=1e-3):
            return found
        last = found
    raise AssertionError(path)


@pytest.mark.parametrize("case", CASES)
def test_numbers_beyond_which_cells_come_to_pass(case: str) -> None:
    field, phenotype, initial = CASES[case]
    model, path = scenario(phenotype), f"tumor.phenotypes[tolerant].{field}"
    row = ce.sensitivities(model, initial=initial, with_respect_to=[path]).row(0, named=True)
    assert row["value"] == 0.0
    assert row["log_derivative"] == pytest.approx(by_whole(model, path, initial), rel=1e-3)


def test_one_that_has_none_leaves_the_others() -> None:
    """Cells that enter a state for good grow by the law of mutants, and by that of a block once some come back."""
    model = scenario({"enter": 1e-5, "leave": 0.0})
    paths = ["tumor.phenotypes[tolerant].leave", "tumor.size"]
    with pytest.warns(
        UserWarning, match=r"Some derivatives are null:\n  tumor\.phenotypes\[0\]\.leave: its derivative"
    ):
        first, second = ce.sensitivities(model, with_respect_to=paths).to_dicts()
    assert first["derivative"] is None
    alone = ce.sensitivities(model, with_respect_to=paths[1:]).row(0, named=True)
    assert second == alone
