"""Dose and response in niches and phenotypes: against formulas, and against the rates of scenarios."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import chemoevo as ce
from chemoevo.pharmacology import drug
from chemoevo.scenario.compilation import rates_at

DOSES = np.array([1e-4, 1e-3, 4e-3, 0.05, 10.0])
potency = drug("docetaxel").acting.potency
assert potency is not None
EC50, HILL = potency.ec50.value, potency.hill.value
FAR = ce.Niche(name="far", changes=ce.Change(mechanism="P-gp", by=0.1))


def effects(**more: Any) -> np.ndarray:
    return ce.dose_response("docetaxel", concentrations=DOSES, **more)["effect"].to_numpy()


def hill(dose: Any) -> Any:
    return dose**HILL / (EC50**HILL + dose**HILL)


def hypoxic_pump(factor: float) -> ce.Mechanism:
    """P-gp, which hypoxia raises by a factor at 20 mmHg."""
    data = ce.mechanism("P-gp").to_dict()
    return ce.Mechanism.from_dict({**data, "hypoxia": factor})


def test_stroma_that_gives_as_much_as_a_copy_is_a_copy() -> None:
    (change,) = ce.alteration("ABCB1", mutation=0).changes
    same = ce.Niche(name="far", changes=ce.Change(mechanism="P-gp", by=change.by))
    assert ce.fold("docetaxel", niche=same) == pytest.approx(ce.fold("docetaxel", genotype="ABCB1"), rel=1e-12)
    np.testing.assert_allclose(effects(niche=same), effects(genotypes="ABCB1"), rtol=1e-9)
    table = ce.dose_response("docetaxel", concentrations=DOSES, genotypes=["ABCB1", "sensitive"], niche=FAR)
    assert table.columns[:3] == ["genotype", "niche", "concentration_uM"]
    assert table["niche"].unique().to_list() == ["far"]
    for name in ("ABCB1", "sensitive"):
        fold = ce.fold("docetaxel", genotype=name, niche=FAR)
        assert fold > 1.05 * ce.fold("docetaxel", genotype=name)
        np.testing.assert_allclose(table.filter(genotype=name)["effect"], hill(DOSES / fold), rtol=1e-9)


@pytest.mark.parametrize("oxygen", [1.0, 20.0, 60.0])
def test_oxygen_raises_what_hypoxia_induces(oxygen: float) -> None:
    half = [1 / (1 + (p / 30) ** 4) for p in (oxygen, 20.0)]
    raised = ce.mechanism("P-gp").basal * (1 + 6 * half[0] / half[1])
    there = ce.Niche(name="far", oxygen=oxygen)
    found = ce.fold("docetaxel", niche=there, mechanisms=hypoxic_pump(7))
    assert found == pytest.approx(ce.fold("docetaxel", expressions={"P-gp": raised}), rel=1e-12)
    assert found > 1.005
    # Docetaxel kills cells that cycle: fewer by Monod's law, half at 5 mmHg of what there would be without limit.
    cycling = oxygen / (5 + oxygen) * 65 / 60
    np.testing.assert_allclose(
        effects(niche=there, mechanisms=hypoxic_pump(7)), cycling * hill(DOSES / found), rtol=1e-9
    )


def test_concentrations_are_around_the_cells() -> None:
    behind = ce.Niche(name="far", penetration={"docetaxel": ce.Access(ratio=0.01, lag_hours=6)})
    nothing_said = ce.Niche(name="far", penetration={"other": 0.5})  # type: ignore[dict-item]
    for niche in (behind, nothing_said):
        assert ce.fold("docetaxel", niche=niche) == 1.0
        np.testing.assert_allclose(effects(niche=niche), effects(), rtol=1e-12)


def test_a_phenotype_spares_shifts_and_rests() -> None:
    resting = ce.Phenotype(name="resting", enter=1e-3, leave=0.1, birth=0.2, protection=0.6, ec50=4.0)
    assert ce.fold("docetaxel", phenotype=resting) == 4.0
    np.testing.assert_allclose(effects(phenotype=resting), 0.2 * 0.4 * hill(DOSES / 4), rtol=1e-9)
    raised = ce.Phenotype(name="raised", enter=1e-3, leave=0.1, changes=ce.Change(mechanism="P-gp", by=0.1))
    assert ce.fold("docetaxel", phenotype=raised) == pytest.approx(ce.fold("docetaxel", niche=FAR), rel=1e-12)
    both = ce.fold("docetaxel", genotype="ABCB1", niche=FAR, phenotype=raised)
    more = ce.Niche(name="far", changes=ce.Change(mechanism="P-gp", by=0.2))
    assert both == pytest.approx(ce.fold("docetaxel", genotype="ABCB1", niche=more), rel=1e-12)
    table = ce.dose_response("docetaxel", concentrations=1.0, niche=FAR, phenotype=resting)
    assert table.columns[:4] == ["genotype", "niche", "phenotype", "concentration_uM"]
    assert table.row(0)[:3] == ("sensitive", "far", "resting")
    # A drug that kills at any time of the cycle does not mind that they rest.
    any_time = [
        ce.dose_response("cisplatin", concentrations=DOSES, **more)["effect"].to_numpy()
        for more in ({}, {"phenotype": ce.Phenotype(name="resting", enter=1e-3, leave=0.1, birth=0.2)})  # type: ignore[arg-type]
    ]
    np.testing.assert_allclose(*any_time, rtol=1e-12)


def test_modulators_act_in_niches() -> None:
    much = {"tariquidar": 1e9}
    with_both = ce.fold("docetaxel", niche=FAR, genotype="ABCB1", modulators=much)
    assert with_both == pytest.approx(ce.fold("docetaxel", modulators=much), rel=1e-6)


def test_rates_of_a_scenario_are_those_of_the_assay() -> None:
    far = ce.Niche(
        name="far", share=0.3, oxygen=8.0, penetration={"docetaxel": 0.4}, changes=ce.Change(mechanism="P-gp", by=0.05)
    )  # type: ignore[dict-item]
    resting = ce.Phenotype(name="resting", enter=1e-3, leave=0.1, birth=0.3, protection=0.5, ec50=2.0)
    scenario = ce.Scenario(
        name="a test",
        tumor=ce.Tumor(
            birth=0.3,
            death=0.1,
            size=1e6,
            alterations=ce.alteration("ABCB1", mutation=1e-6),
            niches=[ce.Niche(name="near", share=0.7), far],
            exchange=0.1,
            phenotypes=resting,
        ),
        mechanisms=hypoxic_pump(5),
        regimen="docetaxel 75 mg/m2 over 1 h q21d x1",
        patient=ce.Patient(bsa=1.8),
        potencies=ce.Potency(drug="docetaxel", emax=3.0, basis="a test"),
        follow_up=ce.FollowUp(horizon=21),
    )
    hours = np.array([2.0, 10.0, 40.0])
    plasma = ce.concentrations(scenario.regimen, patient=scenario.patient, times=hours / 24)
    unbound = plasma.filter(drug="docetaxel", compartment="unbound")["uM"].to_numpy()
    found = rates_at(scenario, hours).death
    still = scenario.growth.process.death[0]
    types = list(scenario.therapy.types)
    for name in ("sensitive", "ABCB1"):
        for mark, phenotype in (("", None), (":resting", resting)):
            column = types.index(f"{name}@far{mark}")
            assay = ce.dose_response(
                "docetaxel",
                concentrations=0.4 * unbound,
                genotypes=name,
                niche=far,
                phenotype=phenotype,
                mechanisms=hypoxic_pump(5),
                emax=3.0,
            )
            kill = found[:, column] - still[column]
            assert kill.min() > 1e-4
            np.testing.assert_allclose(assay["kill_per_day"], kill, rtol=1e-7)


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a name": ({"niche": "far"}, "niche must be a Niche"),
    "another": ({"phenotype": "resting"}, "phenotype must be a Phenotype"),
    "no mechanism": (
        {"niche": ce.Niche(name="far", changes=ce.Change(mechanism="Pgp", by=1))},
        "niche.changes[0].mechanism must be a mechanism that ships or is among mechanisms; got 'Pgp'. Did you mean",
    ),
    "none there": (
        {"phenotype": ce.Phenotype(name="a", enter=1, leave=1, changes=ce.Change(mechanism="Pgp", by=1))},
        "phenotype.changes[0].mechanism must be a mechanism that ships",
    ),
    "nothing known": (
        {"niche": ce.Niche(name="far", changes=ce.Change(mechanism="MRP2", by=1))},
        "must name pairs of which nothing is known: MRP2 and docetaxel.",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_refused(name: str) -> None:
    more, said = WRONG[name]
    for ask in (lambda: ce.fold("docetaxel", **more), lambda: effects(**more)):
        with pytest.raises((ce.ModelError, TypeError)) as error:
            ask()
        assert said in str(error.value)
