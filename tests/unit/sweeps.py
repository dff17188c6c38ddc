"""A scenario, and points of it, for tests of sweeps."""

from __future__ import annotations

import functools

import chemoevo as ce


@functools.cache
def scenario(mutation: float = 1e-6) -> ce.Scenario:
    return ce.Scenario(
        name="two drugs",
        tumor=ce.Tumor(birth=0.14, death=0.1, size=1e5, alterations=[ce.Alteration(name="ABCB1", mutation=mutation)]),
        surgery=ce.Surgery(residual_cells=100),
        regimen="docetaxel_carboplatin",
        patient=ce.Patient(bsa=1.8, gfr=90),
        potencies=[
            ce.Potency(drug="docetaxel", emax=0.7, basis="a test"),
            ce.Potency(drug="carboplatin", emax=6, basis="a test"),
        ],
        follow_up=ce.FollowUp(horizon=100, looks_every=20),
        progression=ce.ProgressionRule(size=50),
        simulation=ce.Simulation(seed=5),
    )


CLEARANCE = "patient.factors[docetaxel].clearance"


POINTS = ce.grid({CLEARANCE: [0.5, 1.0, 2.0], "surgery.residual_cells": [10, 100]})


def at(row: int, mutation: float = 1e-6) -> ce.Scenario:
    return scenario(mutation).replace(POINTS.row(row, named=True))
