"""The sources of every number that a model uses."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

import chemoevo as ce
from chemoevo import pharmacology
from chemoevo.base.evidence import figures_of
from chemoevo.cli.cite import cited


def scenario(*, patient: ce.Patient | None = None, potency: ce.Potency | None = None) -> ce.Scenario:
    return ce.Scenario(
        name="a test",
        tumor=ce.Tumor(
            birth=0.2, death=0.1, size=1e6, alterations=[ce.Alteration(name="ABCB1", mutation=1e-7, cost=0.1)]
        ),
        regimen="docetaxel_carboplatin",
        patient=patient or ce.Patient(bsa=1.8, gfr=90),
        potencies=[
            potency or ce.Potency(drug="docetaxel", emax=1, basis="a guess"),
            ce.Potency(drug="carboplatin", emax=2, basis="another"),
        ],
    )


def numbers(table: pl.DataFrame, part: str) -> dict[str, float | None]:
    return dict(table.filter(part=part).select("number", "value").iter_rows())


@pytest.mark.parametrize("name", pharmacology.drug_names())
def test_every_number_of_a_drug_is_there_with_its_source(name: str) -> None:
    drug = pharmacology.drug(name)
    table = ce.citations(drug)
    expected = {path: figure.value for path, figure in figures_of(drug)}
    known = () if drug.kinetics is None else drug.kinetics.correlations
    expected |= {f"kinetics.correlations[{i}]": one.value for i, one in enumerate(known)}
    assert numbers(table, f"drug {name}") == expected
    assert table["source"].null_count() == 0
    assert table["verified"].null_count() == 0
    assert table.filter(verified=True)["tag"].unique().to_list() in (["R"], [])


def test_a_scenario_has_what_enters_it_and_what_it_states() -> None:
    table = ce.citations(scenario())
    assert table["part"].unique(maintain_order=True).to_list() == [
        "drug docetaxel", "drug carboplatin", "alteration ABCB1", "mechanism P-gp", "regimen",
    ]  # fmt: skip
    docetaxel = numbers(table, "drug docetaxel")
    assert docetaxel["kinetics.clearance"] == 44.1
    assert docetaxel["potency.ec50"] == 0.0025
    assert docetaxel["emax (stated)"] == 1
    assert numbers(table, "alteration ABCB1") == {"mutation": 1e-7, "cost": 0.1, "changes[P-gp].by": 0.99}
    of_pump = numbers(table, "mechanism P-gp")
    assert of_pump == {"drugs[docetaxel].fold": 15.53, "drugs[carboplatin].none": None}
    stated = table.filter(number="emax (stated)")
    assert stated["source"].to_list() == ["a guess", "another"]
    assert stated["verified"].to_list() == [None, None]
    assert "Fossella" in table.filter(part="regimen")["source"][0]


def test_a_number_that_is_not_used_is_not_cited() -> None:
    # The clearance of carboplatin follows from the kidneys where they are known.
    assert "kinetics.clearance_rule" in numbers(ce.citations(scenario()), "drug carboplatin")
    assert "kinetics.clearance" not in numbers(ce.citations(scenario()), "drug carboplatin")
    # What a potency states takes the place of the data of the drug.
    own = ce.Potency(drug="docetaxel", emax=1, ec50=0.01, basis="measured here")
    found = ce.citations(scenario(potency=own))
    assert "potency.ec50" not in numbers(found, "drug docetaxel")
    assert found.filter(number="ec50 (stated)")["source"].to_list() == ["measured here"]
    # With the source of EC50 and Hill exponent, if there is one; the Emax is an input all the same.
    read = own.replace({"hill": 2.0, "cite": "Somebody 2031", "tag": "R"})
    told = ce.citations(scenario(potency=read)).filter(part="drug docetaxel")
    sources = {row["number"]: row for row in told.to_dicts()}
    assert [sources[f"{name} (stated)"]["source"] for name in ("ec50", "hill", "emax")] == [
        "Somebody 2031", "Somebody 2031", "measured here",
    ]  # fmt: skip
    assert [sources[f"{name} (stated)"]["verified"] for name in ("ec50", "hill", "emax")] == [True, True, None]
    assert "potency.hill" in numbers(found, "drug docetaxel")


def test_numbers_of_ones_own_need_no_source() -> None:
    mine = ce.Drug(
        name="mine",
        drug_class="own",
        molar_mass=500,
        fraction_unbound=0.1,
        kinetics={
            "clearance": 3,
            "volume": 4,
            "correlations": {"first": "clearance", "second": "volume", "value": -0.2},
        },  # type: ignore[arg-type]
    )
    table = ce.citations(mine)
    assert table["tag"].unique().to_list() == ["U"]
    assert table["source"].null_count() == table.height == 5
    assert table["value"].to_list() == [500, 0.1, 3, 4, -0.2]


def test_an_alteration_has_all_its_effects() -> None:
    table = ce.citations(ce.Alteration(name="TP53", mutation=0.0))
    assert numbers(table, "alteration TP53") == {"changes[p53].loss": 1.0}
    assert table["verified"].to_list() == [False]
    effects = [ce.resistance.Effect(drug="docetaxel", threshold=1.3, ceiling=0.6, cite="mine", tag="R")]
    own = ce.Alteration(name="own", mutation=0.0, stage="apoptosis", effects=effects)
    found = ce.citations(own)
    assert numbers(found, "alteration own") == {"effects[docetaxel].threshold": 1.3, "effects[docetaxel].ceiling": 0.6}
    assert found["verified"].to_list() == [True] * 2


@pytest.mark.parametrize("name", ce.mechanism_names())
def test_a_mechanism_has_all_its_numbers(name: str) -> None:
    mechanism = ce.mechanism(name)
    table = ce.citations(mechanism)
    said = [one for one in mechanism.drugs if one.unknown is None]
    assert len(table) >= len(said)
    assert table["source"].null_count() == 0
    assert table["verified"].null_count() == 0


def test_a_modulator_has_what_it_inhibits() -> None:
    plan = ce.Regimen.parse("docetaxel 75 mg/m2 over 1 h + tariquidar 150 mg q21d x6")
    model = scenario().replace({"regimen": plan, "potencies": scenario().potencies[:1]})
    found = numbers(ce.citations(model), "drug tariquidar")
    assert found["inhibits[0].ki"] == 0.0006
    assert "kinetics.clearance" in found


@pytest.mark.parametrize("model", ["docetaxel", None, ce.Patient(bsa=1.8)])
def test_what_has_no_sources_is_refused(model: object) -> None:
    kinds = "model must be a Scenario, a Regimen, a Drug, a Neutropenia, an Alteration or a Mechanism; got "
    with pytest.raises(TypeError, match=kinds):
        ce.citations(model)  # type: ignore[arg-type]


def test_a_regimen_and_a_set_of_the_marrow_have_their_sources() -> None:
    regimen = ce.regimens.docetaxel_carboplatin()
    table = ce.citations(regimen)
    parts = ["regimen", "drug docetaxel", "drug carboplatin", "neutropenia docetaxel-kloft2006"]
    assert table["part"].unique(maintain_order=True).to_list() == parts
    assert table.row(0, named=True)["source"] == regimen.cite
    marrow = table.filter(part=parts[-1])
    assert marrow.equals(ce.citations(ce.pharmacology.neutropenia("docetaxel-kloft2006")))
    by_number = dict(marrow.select("number", "value").iter_rows())
    assert by_number["mtt"] == 84.2
    assert by_number["suppressions[0].slope"] == 15.57
    assert marrow["source"].null_count() == 0
    assert max(map(len, cited(table).splitlines())) <= 80


def test_as_text_every_source_has_a_number() -> None:
    text = cited(ce.citations(scenario()))
    assert "kinetics.clearance_rule" in text
    assert "not verified" in text
    assert "numbers from sources were read there" in text
    assert max(map(len, text.splitlines())) <= 80
    assert text.count("Koolen et al. 2010") == 1


def drug_scenario(drug: str, **more: Any) -> ce.Scenario:
    dose = ce.Dose(**{"drug": drug, "amount": 100, "unit": "mg", **more})
    return ce.Scenario(
        name="a test",
        tumor=ce.Tumor(birth=0.14, death=0.13, size=1e6),
        regimen=ce.Regimen(name="one", phases=ce.Phase(cycle_length_days=21, cycles=1, doses=dose)),
        patient=ce.Patient(bsa=1.8),
        potencies=ce.Potency(drug=drug, emax=1, basis="a guess"),
    )


def test_absorption_is_a_source_where_something_is_absorbed() -> None:
    by_mouth = numbers(ce.citations(drug_scenario("topotecan", route="oral")), "drug topotecan")
    by_vein = numbers(ce.citations(drug_scenario("topotecan")), "drug topotecan")
    assert set(by_mouth) - set(by_vein) == {
        "kinetics.absorption.rate", "kinetics.absorption.lag", "kinetics.absorption.bioavailability",
    }  # fmt: skip
    assert by_mouth["kinetics.absorption.bioavailability"] == 0.324


def test_of_a_prodrug_the_sources_are_those_of_what_acts() -> None:
    found = numbers(ce.citations(drug_scenario("irinotecan", duration_hours=1.5)), "drug irinotecan")
    assert found["metabolites[0].potency.ec50"] == 0.014
    assert found["metabolites[0].fraction"] == 0.03
    assert found["kinetics.clearance"] == 33.2
    assert "fraction_unbound" not in found
