"""A tumor with two niches, a phenotype and late deaths, and histories of it from given cells."""

from __future__ import annotations

from functools import cache

import chemoevo as ce

START = {"sensitive@near": 400, "sensitive@far": 100, "R@near": 8, "R@far:resting": 2, "R@far": 5}


def scenario(*, alike: bool = False, niches: bool = True) -> ce.Scenario:
    """Two niches and a phenotype; or niches that are alike, or none."""
    pump = [ce.resistance.Effect(drug="docetaxel", fold=15.53)]
    access = 1.0 if alike else ce.Access(ratio=0.3, lag_hours=6)
    far = ce.Niche(name="far", share=0.3, oxygen=None if alike else 8.0, penetration={"docetaxel": access})
    states = [
        ce.Phenotype(name="resting", enter=1e-2, induced={"docetaxel": 0.1}, leave=0.1, birth=0.1, protection=0.8)
    ]
    return ce.Scenario(
        name="where it comes back",
        tumor=ce.Tumor(
            birth=0.4,
            death=0.1,
            size=1000,
            alterations=ce.Alteration(name="R", mutation=1e-3, stage="efflux", effects=pump),
            niches=[ce.Niche(name="near", share=0.7), far] if niches else (),
            exchange=0.05 if niches else None,
            phenotypes=states,
            late_death=None if alike or not niches else ce.LateDeath(rate=0.5, stages=2),
        ),
        regimen=ce.Regimen.parse("docetaxel 75 mg/m2 over 1 h q7d x2"),
        patient=ce.Patient(bsa=1.8),
        potencies=ce.Potency(drug="docetaxel", emax=3, basis="a test"),
        follow_up=ce.FollowUp(horizon=28),
        progression=ce.ProgressionRule(size=100),
        simulation=ce.Simulation(tolerance=3e-2),
    )


@cache
def histories() -> ce.Ensemble:
    return ce.simulate(scenario(), initial=START, replicates=30, seed=5)
