"""Mechanisms in scenarios: pairs of which nothing is known, your own, and those of alterations written out."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

import chemoevo as ce
from chemoevo.resistance import Effect, Genotypes, therapy_rates

POTENCIES = [ce.Potency(drug=name, emax=1.0, basis="a test") for name in ("cisplatin", "gemcitabine")]


def scenario(*altered: str, **more: Any) -> ce.Scenario:
    """Of two drugs, of one of which little is known with uptake, repair and pumps."""
    alterations = [ce.alteration(name, mutation=1e-6) for name in altered]
    tumor = ce.Tumor(birth=0.14, death=0.12, size=1e6, alterations=alterations, expressions=more.pop("expressions", {}))
    return ce.Scenario(
        **{
            "name": "a test",
            "tumor": tumor,
            "regimen": "cisplatin 75 mg/m2 over 1 h + gemcitabine 1000 mg/m2 over 30 min q21d x2",
            "patient": ce.Patient(bsa=1.8),
            "potencies": POTENCIES,
            "follow_up": ce.FollowUp(horizon=60),
            **more,
        }
    )


def test_unknown_pairs_are_said_at_once() -> None:
    altered = ("ABCC1", "SLC31A1", "BRCA2")
    with pytest.raises(ce.ModelError) as error:
        scenario(*altered)
    assert str(error.value) == (
        "assume_untouched must name pairs of which nothing is known: CTR1 and gemcitabine, HR and gemcitabine, MRP1 "
        "and gemcitabine. Name them, as in assume_untouched = [['CTR1', 'gemcitabine']], or say true, or write the "
        "mechanism anew."
    )
    pairs = [("CTR1", "gemcitabine"), ("HR", "gemcitabine"), ("MRP1", "gemcitabine")]
    with pytest.raises(ce.ModelError, match=r"nothing is known: HR and gemcitabine\. Name them"):
        scenario(*altered, assume_untouched=[pairs[0], pairs[2]])
    named, always = scenario(*altered, assume_untouched=pairs), scenario(*altered, assume_untouched=True)
    assert ce.cure_probability(named) == ce.cure_probability(always)
    assert "assumed none" in named.describe()
    # What is not known by another way in: an expression, and what a drug of the regimen inhibits.
    with pytest.raises(ce.ModelError, match="nothing is known: TOP1 and cisplatin, TOP1 and gemcitabine"):
        scenario(expressions={"TOP1": 0.5}, mechanisms=[ce.Mechanism(name="TOP1", stage="target", basal=1.0)])
    with pytest.raises(ce.ModelError, match="nothing is known: GSTA1 and gemcitabine"):
        scenario(regimen="cisplatin 75 mg/m2 over 1 h + gemcitabine 1000 mg/m2 + ethacrynic-acid 50 mg/m2 q21d x2")
    with pytest.raises(ce.ModelError, match="nothing is known: GSTA1 and gemcitabine"):
        ce.fold("gemcitabine", genotype="GSTA1")
    assert ce.fold("gemcitabine", genotype="GSTA1", assume_untouched=[["GSTA1", "gemcitabine"]]) == 1.0


@pytest.mark.parametrize(
    "pair", [("MRP1", "cisplatine"), ("MRP2", "gemcitabine"), ("gemcitabine", "MRP1"), ("MRP1", "docetaxel")]
)
def test_pairs_that_are_none_are_refused(pair: tuple[str, str]) -> None:
    with pytest.raises(ce.ModelError) as error:
        scenario("ABCC1", assume_untouched=[["MRP1", "gemcitabine"], pair])
    said = f"assume_untouched[1] must be a mechanism of the tumor and a drug of the regimen that acts; got {[*pair]}."
    assert said in str(error.value)


def test_a_mechanism_that_is_not_there_is_refused() -> None:
    own = ce.Alteration(name="A", mutation=1e-6, changes=[ce.Change(mechanism="P-pg", by=1)])
    tumor = ce.Tumor(birth=0.14, death=0.12, size=1e6, alterations=own, expressions={"GSTP": 1})
    with pytest.raises(ce.ModelError) as error:
        scenario(tumor=tumor)
    for said in (
        "tumor.alterations[0].changes[0].mechanism must be a mechanism that ships or is among mechanisms; got 'P-pg'. "
        "Did you mean 'P-gp'?",
        "tumor.expressions must have names of mechanisms; got 'GSTP'. Did you mean 'GSTP1'?",
    ):
        assert said in str(error.value), said
    twice = [ce.Mechanism(name="pump", stage="efflux")] * 2
    with pytest.raises(ce.ModelError, match=r"mechanisms\[1\]\.name must be unique; got 'pump'\."):
        scenario(mechanisms=twice)
    needs = ce.Mechanism(
        name="enzyme",
        stage="detoxification",
        drugs=[ce.OnDrug(drug="cisplatin", fold=2, needs="a pump"), ce.OnDrug(drug="gemcitabine", none="a test")],
    )
    with pytest.raises(
        ce.ModelError,
        match=r"mechanisms\[0\]\.drugs\[0\]\.needs must be a mechanism that ships .*; got 'a pump'",
    ):
        scenario(expressions={"enzyme": 1}, mechanisms=needs)


def test_ones_own_replaces_what_ships() -> None:
    own = ce.Mechanism(name="P-gp", stage="efflux", basal=0.01, drugs=[ce.OnDrug(drug="docetaxel", fold=5, km=0.3)])
    assert ce.fold("docetaxel", genotype="ABCB1", mechanisms=own) == pytest.approx(5.0, rel=1e-9, abs=0.0)
    assert ce.fold("docetaxel", genotype="ABCB1") == pytest.approx(15.53, rel=1e-9, abs=0.0)
    # It replaces all that ships, also what is said of other drugs.
    with pytest.raises(ce.ModelError, match="nothing is known: P-gp and paclitaxel"):
        ce.fold("paclitaxel", genotype="ABCB1", mechanisms=own)
    table = ce.dose_response("docetaxel", genotypes="ABCB1", concentrations=5 * 0.0025, mechanisms=own)
    assert table["effect"].item() == pytest.approx(0.5, rel=1e-9)
    untouched = [
        ce.Mechanism(name="NER", stage="repair", drugs=[ce.OnDrug(drug=d.drug, none="a test") for d in POTENCIES])
    ]
    # One cell with the alteration dies as one without it where the mechanism touches nothing.
    touched, not_touched = (scenario("ERCC1", mechanisms=own) for own in ((), untouched))

    def cure(model: ce.Scenario, cell: str) -> float:
        return ce.cure_probability(model, initial={cell: 1}).value

    assert cure(touched, "ERCC1") < cure(touched, "sensitive") - 1e-3
    assert cure(not_touched, "ERCC1") == pytest.approx(cure(touched, "sensitive"), rel=1e-5)


WRITTEN = [
    ("efflux", {"fold": 12.0}, {"expression": 3.0, "reference": 0.1}),
    ("detoxification", {"strength": 2.5}, {}),
    ("repair", {"fold": 7.0}, {"expression": 8.0, "reference": 1.0}),
    ("apoptosis", {"threshold": 3.0, "ceiling": 0.4}, {}),
    ("apoptosis", {"threshold": 0.3}, {}),
]


@pytest.mark.parametrize(("stage", "effect", "levels"), WRITTEN, ids=lambda x: x if isinstance(x, str) else "")
def test_an_alteration_with_effects_is_a_mechanism_written_out(
    stage: Any, effect: dict[str, Any], levels: dict[str, Any]
) -> None:
    basal, expression = levels.get("reference", 0.0), levels.get("expression", 1.0)
    more: dict[str, Any] = {"name": "A", "mutation": 1e-6, "cost": 0.1, "copies": 2}
    short = ce.Alteration(**more, stage=stage, effects=[Effect(drug="docetaxel", **effect)], **levels)
    fold = effect.get("fold", effect.get("threshold"))
    on = ce.OnDrug(drug="docetaxel", fold=fold, strength=effect.get("strength"), ceiling=effect.get("ceiling"))
    written = ce.Mechanism(name="M", stage=stage, basal=basal, expression=expression, drugs=on)
    long = ce.Alteration(**more, changes=[ce.Change(mechanism="M", by=expression - basal)])
    given: dict[str, Any] = {
        "regimen": ce.regimens.docetaxel(cycles=2),
        "patient": ce.Patient(bsa=1.8),
        "birth": 0.14,
        "death": 0.1,
        "potencies": ce.Potency(drug="docetaxel", emax=1.0, basis="a test"),
        "horizon": 60.0,
    }
    one = therapy_rates(alterations=short, **given)
    two = therapy_rates(alterations=long, mechanisms=written, **given)
    for what in ("breakpoints", "birth", "death"):
        assert np.array_equal(getattr(one, what), getattr(two, what)), what
    assert np.ptp(one.death[:, 0] - one.death[:, 1]) > 1e-3
    folds = [
        ce.fold("docetaxel", genotype=Genotypes(short)),
        ce.fold("docetaxel", genotype=Genotypes(long), mechanisms=written),
    ]
    assert folds[0] == folds[1] != 1.0


TOML = """
name = "of everything"
regimen = "cisplatin 75 mg/m2 over 1 h + gemcitabine 1000 mg/m2 over 30 min q21d x2"
assume_untouched = [["MRP1", "gemcitabine"]]
patient = { bsa = 1.8 }
potencies = [
  { drug = "cisplatin", emax = 1, basis = "a test" },
  { drug = "gemcitabine", emax = 1, basis = "a test" },
]

[tumor]
birth = 0.14
death = 0.12
size = 1e6
expressions = { NER = 0.5 }
epistasis = [{ alterations = ["ABCC1", "mine"], birth = 0.5, basis = "a test" }]

[[tumor.alterations]]
name = "ABCC1"
mutation = 1e-6
copies = 3
reversal = 1e-5

[[tumor.alterations]]
name = "mine"
mutation = 1e-6
switch_on = 1e-4
switch_off = 0.1
mutator = 20
changes = [{ mechanism = "pump", by = 2 }, { mechanism = "NER", loss = 0.5 }]

[[mechanisms]]
name = "pump"
stage = "efflux"
basal = 0.1
turnover_hours = { value = 48, unit = "h", cite = "me", tag = "B" }
citations = { me = { text = "nobody" } }
drugs = [
  { drug = "cisplatin", fold = 4, km = 0.5, interval = [2, 9], hours = 72, pair = "two lines", cite = "me", tag = "B" },
  { drug = "gemcitabine", none = "a test" },
]
"""


def test_what_is_written_is_read() -> None:
    model = ce.Scenario.from_toml(TOML)
    assert model.genotypes.names == (
        "sensitive", "ABCC1", "mine", "ABCC1x2", "ABCC1+mine", "ABCC1x3", "ABCC1x2+mine", "ABCC1x3+mine",
    )  # fmt: skip
    (pump,) = model.mechanisms
    assert pump.turnover_hours is not None
    assert (pump.turnover_hours.value, pump.turnover_hours.unit) == (48.0, "h")
    assert pump.on("gemcitabine") == ce.OnDrug(drug="gemcitabine", none="a test")
    assert pump.on("docetaxel") is None
    again = ce.Scenario.from_toml(model.to_toml())
    for twin in (again, pickle.loads(pickle.dumps(model)), ce.Scenario.from_dict(model.to_dict())):
        assert twin == model
        assert hash(twin) == hash(model)
    cells = {"sensitive": 50, "mine": 1}
    assert ce.cure_probability(again, initial=cells) == ce.cure_probability(model, initial=cells)
    for path, value in (
        ("mechanisms[0].drugs[0].fold", 5.0),
        ("tumor.expressions[NER]", 0.4),
        ("tumor.epistasis[0].birth", 0.4),
        ("tumor.alterations[0].reversal", 2e-5),
    ):
        assert model.replace({path: value}) != model, path
