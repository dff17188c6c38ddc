"""Which engine is said to do growth, and which therapy."""

from __future__ import annotations

import pytest

import chemoevo as ce
from chemoevo.answers.provenance import provenance


def tumor(*, mutation: float, size: float, killed: float = 3.0, **simulation) -> ce.Scenario:
    dose = ce.Dose(drug="docetaxel", amount=75, unit="mg/m2", duration_hours=1)
    return ce.Scenario(
        name="a test",
        tumor=ce.Tumor(birth=0.2, death=0.1, size=size, alterations=[ce.Alteration(name="ABCB1", mutation=mutation)]),
        regimen=ce.Regimen(name="docetaxel", phases=ce.Phase(cycle_length_days=21, cycles=4, doses=dose)),
        patient=ce.Patient(bsa=1.8),
        surgery=ce.Surgery(residual_fraction=1e-6),
        potencies=[ce.Potency(drug="docetaxel", emax=killed, basis="a test")],
        follow_up=ce.FollowUp(horizon=90),
        simulation=ce.Simulation(tolerance=1e-2, **simulation),
    )


def words(text: str) -> str:
    return " ".join(text.split())


def test_growth_that_leaps_and_therapy_that_does_not() -> None:
    scenario = tumor(mutation=1e-4, size=1e10)
    assert min(scenario.expected_mutations) < 1e5 < max(scenario.expected_mutations)
    ensemble = ce.simulate(scenario, replicates=3, seed=1)
    assert ensemble.growth is not None
    assert (ensemble.growth.engine, ensemble.engine) == ("bnb+leap", "bnb")
    said = words(scenario.describe())
    assert "engine bnb or leap for growth, bnb for therapy" in said
    assert "leap, within a tolerance, in replicates in which mutations to follow would be more than 1e+05" in said
    answer = ce.answer(scenario, ensemble)
    assert (answer.growth_engine, answer.engine, answer.exact) == ("bnb+leap", "bnb", False)
    assert "Engine bnb+leap for growth and bnb for therapy, approximate for the compiled rates" in words(str(answer))
    made = provenance(scenario, ensemble, answer)
    assert (made["growth_engine"], made["engine"]) == ("bnb+leap", "bnb")


def test_one_engine_is_named_once() -> None:
    scenario = tumor(mutation=1e-6, size=1e8)
    ensemble = ce.simulate(scenario, replicates=3, seed=1)
    assert "engine bnb for growth, bnb for therapy" in words(scenario.describe())
    assert "leap" not in scenario.describe()
    assert "Engine bnb, exact for the compiled rates" in words(str(ce.answer(scenario, ensemble)))


@pytest.mark.parametrize("engine", ["leap", "bnb", "direct"])
def test_an_engine_that_was_asked_for_is_what_is_said(engine: str) -> None:
    said = words(tumor(mutation=1e-4, size=1e10, engine=engine).describe())
    assert f"engine {engine} for growth, {engine} for therapy" in said
    assert "or leap" not in said
