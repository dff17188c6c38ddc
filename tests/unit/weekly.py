"""A tumor under weekly docetaxel, with one alteration: small enough to simulate, and back after therapy."""

from __future__ import annotations

import chemoevo as ce


def weekly_docetaxel(*, size: float, emax: float, horizon: float, progression: float | None = None) -> ce.Scenario:
    """Twelve weeks of 35 mg/m2 from a tumor of so many cells."""
    dose = ce.Dose(drug="docetaxel", amount=35, unit="mg/m2", duration_hours=1)
    parts = {} if progression is None else {"progression": ce.ProgressionRule(size=progression)}
    return ce.Scenario(
        name="weekly docetaxel",
        tumor=ce.Tumor(birth=0.14, death=0.1, size=size, alterations=[ce.Alteration(name="ABCB1", mutation=1e-6)]),
        regimen=ce.Regimen(name="weekly", phases=[ce.Phase(cycle_length_days=7, cycles=12, doses=[dose])]),
        patient=ce.Patient(bsa=1.8),
        potencies=[ce.Potency(drug="docetaxel", emax=emax, basis="an example")],
        follow_up=ce.FollowUp(horizon=horizon),
        **parts,
    )
