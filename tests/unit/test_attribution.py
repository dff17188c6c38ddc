"""What parts of resistance cost in cure: against scenarios in which they were switched off by hand."""

from __future__ import annotations

from functools import cache
from typing import Any

import polars as pl
import pytest

import chemoevo as ce
from tests.unit.shipped import scenario as example

NAMES = ("paclitaxel_tariquidar", "olaparib_reversion", "temozolomide_mgmt", "venetoclax_mcl1")
PARTS = {
    "paclitaxel_tariquidar": [("ABCB1", "alteration"), ("P-gp", "mechanism"), ("tariquidar", "modulator")],
    "olaparib_reversion": [("BRCA2-reversion", "alteration"), ("HR", "mechanism")],
    "temozolomide_mgmt": [("MGMT", "alteration"), ("MGMT", "mechanism"), ("o6-benzylguanine", "modulator")],
    "venetoclax_mcl1": [("BCL2", "alteration"), ("MCL1", "alteration"), ("MCL1", "mechanism")],
}


@cache
def table(name: str) -> pl.DataFrame:
    return ce.attribution(example(name))


def cure(model: ce.Scenario, **more: Any) -> float:
    return float(ce.cure_probability(model, **more).value)


def without(name: str, part: str, kind: str) -> ce.Scenario:
    """The scenario with a part switched off, written by hand."""
    model = example(name)
    if kind == "alteration":
        names = [one.name for one in model.tumor.alterations]
        return model.replace({f"tumor.alterations[{names.index(part)}].mutation": 0.0})
    if kind == "modulator":
        return model.replace({"inert": [part]})
    one = ce.mechanism(part)
    drugs = [ce.OnDrug(drug=drug, none="a test") for drug in model.regimen.drugs]
    more = {"basal": one.basal, "expression": one.expression, "turnover_hours": one.turnover_hours}
    own = ce.Mechanism(name=part, stage=one.stage, drugs=drugs, citations=one.citations, **more)  # type: ignore[arg-type]
    return model.replace({"mechanisms": [own]})


@pytest.mark.parametrize("name", NAMES)
def test_rows_and_columns(name: str) -> None:
    found = table(name)
    assert found.schema == {
        "part": pl.String, "kind": pl.String, "cure": pl.Float64, "change": pl.Float64, "share": pl.Float64,
    }  # fmt: skip
    assert found.select("part", "kind").rows() == [
        ("all", "all"),
        *PARTS[name],
        ("after the first dose", "mutation under therapy"),
        ("ever", "any mutation"),
    ]
    assert found["cure"].is_between(0, 1).all()
    whole = found["cure"][0]
    assert whole == cure(example(name), method="law")
    assert found["change"].to_list() == [value - whole for value in found["cure"]]
    # Shares are of the last two alone.
    assert found["share"].is_null().to_list() == [True] * (len(found) - 2) + [False] * 2
    assert found["share"].drop_nulls().is_between(0, 1).all()
    assert found["share"].drop_nulls().to_list() == pytest.approx(
        [(1 - value) / (1 - whole) for value in found["cure"][-2:]], rel=1e-12
    )
    # Without all mutation less fails than without that under therapy.
    assert found["share"][-1] < found["share"][-2] <= 1


@pytest.mark.parametrize(("name", "part", "kind"), [(name, *part) for name in NAMES for part in PARTS[name]])
def test_parts_are_switched_off_as_by_hand(name: str, part: str, kind: str) -> None:
    (row,) = table(name).filter(part=part, kind=kind).iter_rows(named=True)
    assert row["cure"] == cure(without(name, part, kind), method="law")
    # Every part but BCL2, which touches no drug here, makes a difference.
    assert (abs(row["change"]) > 1e-5) == (part != "BCL2")


@pytest.mark.parametrize("name", NAMES)
def test_without_any_mutation_there_are_no_alterations(name: str) -> None:
    model = example(name)
    bare = model.replace({"tumor.alterations": [], "compare": ce.Compare()})
    wanted = cure(bare, initial={"sensitive": model.tumor.size})
    # Segments differ, with an error of the tolerance of compilation.
    assert table(name)["cure"][-1] == pytest.approx(wanted, rel=1e-3, abs=1e-6)
    assert table(name)["cure"][-1] > table(name)["cure"][0] + 1e-4


def test_mutation_that_ends_with_the_first_dose() -> None:
    name = "venetoclax_mcl1"
    found = table(name)
    after, ever = found["cure"][-2], found["cure"][-1]
    assert found["cure"][0] < after < ever
    # Nothing begins under therapy where nothing ever arises.
    still = example(name).replace({f"tumor.alterations[{i}].mutation": 0.0 for i in (0, 1)})
    nothing = ce.attribution(still)
    assert nothing["cure"][-1] == pytest.approx(ever, rel=1e-12)
    assert nothing["cure"][-2] == pytest.approx(nothing["cure"][0], rel=1e-12)
    assert nothing["share"].to_list()[-2:] == pytest.approx([1.0, 1.0], rel=1e-9)


def test_where_nothing_fails_there_is_no_share() -> None:
    model = example("venetoclax_mcl1").replace(
        {f"tumor.alterations[{i}].mutation": 0.0 for i in (0, 1)} | {"potencies[0].emax": 30.0}
    )
    found = ce.attribution(model)
    assert found["cure"].to_list() == [1.0] * len(found)
    assert found["share"].null_count() == len(found)


def test_own_mechanisms_of_alterations_and_modulators_that_kill_are_no_rows_of_their_own() -> None:
    effect = ce.resistance.Effect(drug="venetoclax", fold=20)
    own = ce.Alteration(name="A", mutation=1e-8, stage="efflux", effects=effect)
    model = example("venetoclax_mcl1").replace({"tumor.alterations": [own]})
    found = ce.attribution(model)
    assert [kind for kind in found["kind"] if kind in ("mechanism", "modulator")] == []
    (row,) = found.filter(part="A").iter_rows(named=True)
    assert row["change"] > 0.01
    # A mechanism of one's own is switched off like any other.
    pump = ce.Mechanism(name="pump", stage="efflux", drugs=ce.OnDrug(drug="venetoclax", fold=20))
    changes = ce.Alteration(name="A", mutation=1e-8, changes=ce.Change(mechanism="pump", by=1))
    written = ce.attribution(model.replace({"tumor.alterations": [changes], "mechanisms": [pump]}))
    (by_mechanism,) = written.filter(part="pump", kind="mechanism").iter_rows(named=True)
    # Equal in law: carriers are as sensitive as others, up to the segments.
    assert by_mechanism["cure"] == pytest.approx(row["cure"], rel=2e-3)
    assert written["cure"][0] == pytest.approx(found["cure"][0], rel=1e-9)


def test_where_it_does_not_answer() -> None:
    many = example("venetoclax_mcl1").replace({"tumor.alterations[0].mutation": 1e-3})
    with pytest.raises(ce.ModelError, match=r"Mutants are 0\.\d+ of this tumor at detection, where .* up to a share o"):
        ce.attribution(many)
    with pytest.raises(TypeError, match="scenario must be a Scenario"):
        ce.attribution("venetoclax_mcl1.toml")  # type: ignore[arg-type]


def test_pairs_that_only_a_modulator_brings_in() -> None:
    model = ce.Scenario(
        name="a test",
        tumor=ce.Tumor(birth=0.14, death=0.12, size=1e6, alterations=ce.alteration("ABCB1", mutation=1e-8)),
        regimen="gemcitabine 1000 mg/m2 over 1 h + ethacrynic-acid 50 mg/m2 over 1 h q21d x2",
        patient=ce.Patient(bsa=1.8),
        potencies=ce.Potency(drug="gemcitabine", emax=1, basis="a test"),
        assume_untouched=[["GSTA1", "gemcitabine"]],
    )
    kinds = ce.attribution(model)["kind"].to_list()
    assert kinds.count("modulator") == 1


def test_a_modulator_that_moves_delivery_as_well_still_moves_it() -> None:
    # The same drug twice, under two names: one changes P-gp, one the niche.
    written = {**ce.pharmacology.drug("tariquidar").to_dict(), "name": "other"}
    windows = ce.pharmacology.Drug(**{key: value for key, value in written.items() if key != "inhibits"})

    def model(agent: str, regimen: str, drugs: list[ce.pharmacology.Drug]) -> ce.Scenario:
        base = example("doxorubicin_tariquidar_hypoxia")
        opens = {name: ce.Opening(gain=1.5) for name in ("doxorubicin", "other")}
        therapy = ce.NicheTherapy(drug=agent, ec50=1e-3, opens=ce.Delay(rate=2), delivery=opens, basis="a test")
        text = f"doxorubicin 75 mg/m2 over 15 min + {regimen} q21d x6"
        return base.replace({"regimen": text, "niche_therapies": [therapy], "drugs": drugs})

    one = model("tariquidar", "tariquidar 150 mg over 30 min", [])
    (row,) = ce.attribution(one).filter(kind="modulator").iter_rows(named=True)
    alone = model("other", "other 150 mg over 30 min", [windows])
    assert row["cure"] == pytest.approx(cure(alone), rel=1e-9)
    assert row["cure"] != pytest.approx(cure(one), rel=1e-2)
    # Not even the window without it.
    assert row["cure"] != pytest.approx(cure(one.replace({"inert": [], "niche_therapies": []})), rel=1e-2)
