"""A scenario with observed clones, answered by simulation of its parts and by the law of a sum of parts.

Every comparison has a false-alarm level of 1e-6 (4.9 standard errors) under a fixed seed. The law leaves out what is of
the order of the share of mutants, here 3e-4, and of 1/M: far below the standard error of 0.008.
"""

from __future__ import annotations

import functools

import numpy as np
import pytest

import chemoevo as ce
from chemoevo.analytic.grown.detection import absence_law
from chemoevo.answers.comparison import with_law

LEVEL = 4.9
REPLICATES = 4000
RESIDUAL = 3e-5


@functools.cache
def observed() -> tuple[ce.Scenario, ce.Ensemble]:
    """A hundred thousand cells, a quarter of them of a clone that is slower and mutates more often."""
    scenario = ce.Scenario(
        name="observed",
        tumor=ce.Tumor(
            birth=0.14,
            death=0.07,
            size=1e5,
            alterations=[
                ce.Alteration(name="TP53", mutation=0.0, cost=0.1, mutator=2.0),
                ce.Alteration(name="BCL2", mutation=0.0),
                ce.Alteration(name="ABCB1", mutation=5e-6),
            ],
            clonal=["BCL2"],
            clones=[ce.Clone(alterations=["TP53"], fraction=0.25)],
        ),
        surgery=ce.Surgery(residual_fraction=RESIDUAL),
        regimen=ce.Regimen.parse("docetaxel 75 mg/m2 over 1 h q21d x2"),
        patient=ce.Patient(bsa=1.8),
        potencies=[ce.Potency(drug="docetaxel", emax=0.8, basis="a test")],
        follow_up=ce.FollowUp(horizon=60.0),
        simulation=ce.Simulation(replicates=REPLICATES, seed=20),
    )
    return scenario, ce.simulate(scenario)


def test_parts_two_answers_agree() -> None:
    scenario, ens = observed()
    result = ce.answer(scenario, ens)
    assert [row.route for row in result.comparisons].count("detection law") == 3
    for row in result.comparisons:
        assert abs(row.standard_errors) < LEVEL, row
    inner = [row for row in result.comparisons if 0.02 < row.computed.value < 0.98]
    assert len(inner) >= 3
    law, drawn = (ce.cure_probability(scenario, method=method) for method in ("law", "histories"))  # type: ignore[arg-type]
    assert abs(law.value - drawn.value) < 4.9 / 3.92 * (drawn.high - drawn.low)


@pytest.mark.parametrize(
    "wrong",
    [
        1e5,  # one tumor without alterations
        {"BCL2": 1e5},  # its trunk alone
        {"BCL2": 2.5e4, "TP53+BCL2": 7.5e4},  # shares exchanged
        {"BCL2": 1e5, "TP53+BCL2": 2.5e4},  # a clone beside the whole tumor
    ],
)
def test_planted_errors_in_parts_are_caught(wrong: float | dict[str, float]) -> None:
    scenario, ens = observed()
    types = scenario.types.carriers("ABCB1")
    gone = ens.initial[:, np.isin(ens.types, types)].sum(axis=1) == 0
    process = scenario.growth.process
    right = with_law("none", gone, absence_law(process, types=types, size=scenario.growth.size))
    assert abs(right.standard_errors) < LEVEL
    law = absence_law(process, types=types, size=wrong)
    assert abs(with_law("none", gone, law).standard_errors) > LEVEL
