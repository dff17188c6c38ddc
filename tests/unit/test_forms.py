"""Values as people write them: one thing for a list of one, numbers for figures, 1e9 for a whole number."""

from __future__ import annotations

import copy
import pickle
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import BaseModel, ValidationError

import chemoevo as ce
from chemoevo.base.specification import Specification
from chemoevo.pharmacology import (
    Absorption,
    Citation,
    Correlation,
    Covariate,
    DoseLimits,
    DrugPotency,
    Figure,
    Inhibition,
    Metabolite,
    Peripheral,
    Saturable,
)
from chemoevo.resistance import Effect, Genotypes, growth_process, therapy_rates

DOSE = ce.Dose(drug="docetaxel", amount=75, unit="mg/m2")
PHASE = ce.Phase(cycle_length_days=21, cycles=6, doses=[DOSE])
REGIMEN = ce.Regimen(name="one", phases=[PHASE])
ABCB1 = ce.Alteration(name="ABCB1", mutation=1e-7)
POTENCY = ce.Potency(drug="docetaxel", emax=1, basis="a test")
KINETICS = ce.Kinetics(clearance=30, volume=10)
DRUG = {"name": "docetaxel", "drug_class": "taxane", "molar_mass": 800, "fraction_unbound": 0.1, "kinetics": KINETICS}
OWN = ce.Drug(**DRUG, potency={"ec50": 0.005, "hill": 1})


def scenario(**more: Any) -> ce.Scenario:
    parts = {
        "name": "a test",
        "tumor": ce.Tumor(birth=0.139, death=0.1313, size=1e8, alterations=[ABCB1]),
        "regimen": REGIMEN,
        "patient": ce.Patient(bsa=1.8),
        "potencies": [POTENCY],
    }
    return ce.Scenario(**{**parts, **more})


TUMOR = {"birth": 0.139, "death": 0.1313, "size": 10**8}

# What is written, and the same written out.
SAME: dict[str, tuple[Specification, Specification]] = {
    "a day": (
        ce.Dose(drug="docetaxel", amount=75, unit="mg/m2", days=8),
        ce.Dose(drug="docetaxel", amount=75, unit="mg/m2", days=(8,)),
    ),
    "days of an array": (
        ce.Dose(drug="docetaxel", amount=75, unit="mg/m2", days=np.array([1, 8])),
        ce.Dose(drug="docetaxel", amount=75, unit="mg/m2", days=[1.0, 8]),
    ),
    "a dose": (ce.Phase(cycle_length_days=21, cycles=6e0, doses=DOSE), PHASE),
    "a table": (ce.Phase(cycle_length_days=21, cycles=6, doses=DOSE.to_dict()), PHASE),
    "a phase": (ce.Regimen(name="one", phases=PHASE), REGIMEN),
    "a tuple": (ce.Regimen(name="one", phases=(PHASE, PHASE)), ce.Regimen(name="one", phases=[PHASE, PHASE])),
    "a generator": (ce.Regimen(name="one", phases=(p for p in [PHASE])), REGIMEN),
    "an alteration": (ce.Tumor(**TUMOR, alterations=ABCB1), ce.Tumor(**TUMOR, alterations=[ABCB1])),
    "a size": (ce.Tumor(**{**TUMOR, "size": 1e8}), ce.Tumor(**TUMOR)),
    "an effect": (
        ce.Alteration(name="X", mutation=0, stage="repair", effects={"drug": "docetaxel", "fold": 2}),
        ce.Alteration(name="X", mutation=0, stage="repair", effects=[Effect(drug="docetaxel", fold=2)]),
    ),
    "a potency": (scenario(potencies=POTENCY), scenario()),
    "a drug": (scenario(drugs=OWN), scenario(drugs=[OWN])),
    "a carrier": (ce.Compare(carriers="ABCB1"), ce.Compare(carriers=["ABCB1"])),
    "numbers": (ce.Simulation(replicates=1e3, seed=np.int64(3)), ce.Simulation(replicates=1000, seed=3)),
    "pairs": (
        ce.Kinetics(clearance=62.4, volume=17.7, peripherals=[(50.7, 1830), [28.4, 71]]),
        ce.Kinetics(
            clearance=Figure(value=62.4, unit="L/h", tag="U"),
            volume=Figure(value=17.7, unit="L", tag="U"),
            peripherals=[
                Peripheral(exchange=Figure(value=50.7, unit="L/h"), volume=Figure(value=1830, unit="L")),
                Peripheral(exchange=28.4, volume=71),
            ],
        ),
    ),
    "a pair": (
        ce.Kinetics(clearance=30, volume=10, peripherals=(5, 20)),
        ce.Kinetics(clearance=30, volume=10, peripherals=[Peripheral(exchange=5, volume=20)]),
    ),
    "a peripheral": (
        ce.Kinetics(clearance=30, volume=10, peripherals=Peripheral(rate_out=0.1, rate_back=0.2)),
        ce.Kinetics(clearance=30, volume=10, peripherals=[{"rate_out": 0.1, "rate_back": {"value": 0.2}}]),
    ),
    "figures": (
        ce.Drug(**DRUG),
        ce.Drug(
            **{
                **DRUG,
                "molar_mass": {"value": 800, "unit": "g/mol"},
                "fraction_unbound": Figure(value=0.1, unit="1", tag="U"),
            }
        ),
    ),
    "a route": (ce.Drug(**DRUG, routes="oral"), ce.Drug(**DRUG, routes=["oral"])),
    "a covariate": (
        ce.Kinetics(clearance=1, volume=2, covariates=Covariate(parameter="volume", of="bsa", reference=2, exponent=1)),
        ce.Kinetics(
            clearance=1,
            volume=2,
            covariates=[{"parameter": "volume", "of": "bsa", "reference": 2, "exponent": {"value": 1}}],
        ),
    ),
    "a drug without kinetics": (
        ce.Drug(**{**DRUG, "kinetics": None}, without_kinetics="None found."),
        ce.Drug(**{key: value for key, value in DRUG.items() if key != "kinetics"}, without_kinetics="None found."),
    ),
    "a potency of a drug": (
        DrugPotency(ec50=0.005, hill=1),
        DrugPotency(ec50=Figure(value=0.005, unit="uM"), hill=Figure(value=1, unit="1")),
    ),
}


@pytest.mark.parametrize("name", SAME)
def test_short_forms_mean_the_same_as_long_ones_and_come_back(name: str) -> None:
    short, long = SAME[name]
    assert short == long
    assert short.to_dict() == long.to_dict()
    kind = type(short)
    assert (
        kind.from_dict(short.to_dict()) == kind.from_json(short.to_json()) == kind.from_toml(short.to_toml()) == short
    )
    assert pickle.loads(pickle.dumps(short)) == copy.deepcopy(short) == short


def test_toml_takes_the_short_forms() -> None:
    drug = ce.Drug.from_toml(
        """
        name = "mine"
        drug_class = "anthracycline"
        molar_mass = 543.5
        fraction_unbound = 0.25
        kinetics = { clearance = 62.4, volume = 17.7, peripherals = [[50.7, 1830], [28.4, 71]] }
        potency = { ec50 = 0.01, hill = 1 }
        """
    )
    assert drug.kinetics == ce.Kinetics(clearance=62.4, volume=17.7, peripherals=[(50.7, 1830), (28.4, 71)])
    assert ce.Dose.from_toml('drug = "x"\namount = 1\nunit = "mg"\ndays = 3').days == (3,)


def test_a_number_alone_is_the_users_own() -> None:
    assert OWN.molar_mass == Figure(value=800, unit="g/mol", cite=None, tag="U")
    assert OWN.kinetics.clearance.unit == "L/h"
    assert OWN.kinetics.volume.tag == "U"
    assert OWN.citations == {}
    # What has a source says how sure it is, and what is more than one's own says its source.
    with pytest.raises(ce.ModelError, match=r"tag must be given beside cite. How sure is it\?"):
        Figure(value=1, unit="L", cite="me")
    with pytest.raises(ce.ModelError, match=r"cite must be given for a figure tagged 'R'. The tag .* is 'U'."):
        Figure(value=1, unit="L", tag="R")
    with pytest.raises(ce.ModelError, match=r"molar_mass.cite must be a key of citations; got 'you'. Or leave it out"):
        ce.Drug(**{**DRUG, "molar_mass": Figure(value=1, unit="g/mol", cite="you", tag="B")})
    cited = {**DRUG, "molar_mass": Figure(value=8, unit="g/mol", cite="you", tag="U")}
    assert ce.Drug(**cited, citations={"you": Citation(text="You 2024")}).molar_mass.cite == "you"


def test_one_thing_alone_wherever_there_may_be_several() -> None:
    assert Genotypes(ABCB1) == Genotypes([ABCB1])
    assert growth_process(alterations=ABCB1, birth=0.2, death=0.1).types == ("sensitive", "ABCB1")
    more: dict[str, Any] = {"regimen": REGIMEN, "patient": ce.Patient(bsa=1.8), "birth": 0.2, "death": 0.1}
    one = therapy_rates(alterations=ABCB1, potencies=POTENCY, horizon=10.0, **more)
    several = therapy_rates(alterations=[ABCB1], potencies=[POTENCY], horizon=10.0, **more)
    assert one.process() == several.process()


DOSES = 'must be a list of doses, such as [Dose(drug="docetaxel", amount=75, unit="mg/m2")]; got '
A_PHASE = 'Phase(cycle_length_days=21, cycles=6, doses=[Dose(drug="docetaxel", amount=75, unit="mg/m2")])'

# A shape that is none of the forms, and the one message about it.
WRONG: list[tuple[type[Specification], dict[str, Any], str]] = [
    (ce.Phase, {"cycle_length_days": 21, "cycles": 6, "doses": "docetaxel"}, f"doses {DOSES}'docetaxel'."),
    (ce.Phase, {"cycle_length_days": 21, "cycles": 6, "doses": None}, f"doses {DOSES}None."),
    (ce.Phase, {"cycle_length_days": 21, "cycles": 6, "doses": 75}, f"doses {DOSES}75."),
    (ce.Phase, {"cycle_length_days": 21, "cycles": 6, "doses": PHASE}, f"doses {DOSES}"),
    (
        ce.Phase,
        {"cycle_length_days": 21, "cycles": 6, "doses": ["docetaxel"]},
        'doses[0] must be a Dose, such as Dose(drug="docetaxel", amount=75, unit="mg/m2"); got \'docetaxel\'.',
    ),
    (ce.Regimen, {"name": "r", "phases": 6}, f"phases must be a list of phases, such as [{A_PHASE}]; got 6."),
    (ce.Regimen, {"name": "r", "phases": [[DOSE]]}, f"phases[0] must be a Phase, such as {A_PHASE}; got "),
    (
        ce.Regimen,
        {"name": "r", "phases": {"cycle_length_days": 21, "cycles": 6, "doses": "docetaxel"}},
        f"phases[0].doses {DOSES}'docetaxel'.",
    ),
    (
        ce.Dose,
        {"drug": "x", "amount": 1, "unit": "mg", "days": "monday"},
        "days must be a list of days, such as [1, 8]; got 'monday'.",
    ),
    (
        ce.Tumor,
        {**TUMOR, "alterations": "ABCB1"},
        'alterations must be a list of alterations, such as [Alteration(name="ABCB1", mutation=1e-7)]; got \'ABCB1\'.',
    ),
    (
        ce.Alteration,
        {"name": "X", "mutation": 0, "stage": "repair", "effects": 2},
        'effects must be a list of effects, such as [Effect(drug="docetaxel", fold=10)]; got 2.',
    ),
    (ce.Compare, {"carriers": 2}, 'carriers must be a list of carriers, such as ["ABCB1"]; got 2.'),
    (
        ce.Kinetics,
        {"clearance": 30, "volume": 10, "peripherals": 5},
        "peripherals must be a list of peripherals, such as [Peripheral(exchange=6.1, volume=7.3)]; got 5.",
    ),
    (
        ce.Kinetics,
        {"clearance": 30, "volume": 10, "peripherals": [5]},
        "peripherals[0] must be a pair (exchange, volume) or a Peripheral, such as Peripheral(exchange=6.1, volume=7.3)"
        "; got 5.",
    ),
    (
        ce.Kinetics,
        {"clearance": "30 L/h", "volume": 10},
        "clearance must be a number (L/h) or a Figure; got '30 L/h' (str).",
    ),
    (ce.Kinetics, {"clearance": True, "volume": 10}, "clearance must be a number (L/h) or a Figure; got True (bool)."),
    (
        ce.Drug,
        {**DRUG, "kinetics": 30},
        "kinetics must be a Kinetics, such as "
        "Kinetics(clearance=62.4, volume=17.7, peripherals=[(50.7, 1830)]); got 30.",
    ),
    (ce.Drug, {**DRUG, "potency": 0.005}, "potency must be a DrugPotency, such as DrugPotency(ec50=0.005, hill=1)"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "given", "said"), WRONG, ids=[f"{k.__name__} {g}"[:70] for k, g, _ in WRONG])
def test_a_wrong_shape_gets_one_message_with_the_right_form(kind: type, given: dict[str, Any], said: str) -> None:
    with pytest.raises(TypeError) as caught:
        kind(**given)
    assert str(caught.value).startswith(said), str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("field", ["tumor", "regimen", "patient", "follow_up", "simulation", "drugs"])
def test_wrong_parts_of_a_scenario_show_the_right_form(field: str) -> None:
    with pytest.raises(TypeError, match=rf"^{field}(\[0\])? must be (an?|the) .*, such as .*\); got \[?3\]?.$"):
        scenario(**{field: [3] if field == "drugs" else 3})


def test_what_a_drug_lacks_is_one_message_that_shows_the_form() -> None:
    form = 'Write Drug(name="mine", drug_class="taxane", molar_mass=800, fraction_unbound=0.1, '
    with pytest.raises(ce.ModelError) as caught:
        ce.Drug(name="x")  # type: ignore[call-arg]
    (text,) = caught.value.problems
    assert text.startswith(f"drug_class, molar_mass, fraction_unbound and kinetics are missing. {form}")
    lacking = {key: value for key, value in OWN.to_dict().items() if key != "kinetics"}
    with pytest.raises(ce.ModelError) as caught:
        scenario(drugs=lacking)
    assert caught.value.problems[0].startswith(f"drugs[0].kinetics is missing. {form}")
    with pytest.raises(ce.ModelError) as caught:
        ce.Drug(**{**DRUG, "kinetics": {}})
    assert caught.value.problems[0].startswith("kinetics.clearance and kinetics.volume are missing. Write Kinetics(")


def test_every_form_that_is_shown_is_one() -> None:
    kinds = [ce.Dose, ce.Phase, ce.Regimen, ce.Patient, ce.Kinetics, ce.Drug, ce.Alteration, ce.Tumor, ce.Surgery]
    kinds += [ce.FollowUp, ce.ProgressionRule, ce.Compare, ce.Questions, ce.Simulation]
    kinds += [Figure, Citation, Peripheral, DrugPotency, Effect]
    kinds += [Absorption, Correlation, Covariate, DoseLimits, Inhibition, Metabolite, Saturable]
    scope = {kind.__name__: kind for kind in kinds}
    for kind in kinds:
        assert isinstance(eval(kind.form, scope), kind)  # type: ignore[attr-defined]


def test_specifications_inside_other_models_say_what_is_wrong_there() -> None:
    class Study(BaseModel):
        regimens: list[ce.Regimen]

    assert Study(regimens=[REGIMEN.to_dict()]).regimens == [REGIMEN]
    broken = {
        "name": "r",
        "phases": [{"cycle_length_days": 21, "cycles": 0, "doses": {**DOSE.to_dict(), "days": [2, 1]}}],
    }
    with pytest.raises(ValidationError) as caught:
        Study(regimens=[broken])
    places = [error["loc"] for error in caught.value.errors()]
    assert places == [("regimens", 0, "phases", 0, "cycles"), ("regimens", 0, "phases", 0, "doses", 0)]


def test_the_drug_of_the_documentation_is_one() -> None:
    page = (Path(__file__).parents[2] / "docs" / "scenario.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```toml\n(.*?)^```$", page, flags=re.MULTILINE | re.DOTALL)
    (table,) = [drug for block in blocks for drug in tomllib.loads(block).get("drugs", [])]
    drug = ce.Drug.from_dict(table)
    assert drug.kinetics.peripherals == (Peripheral(exchange=5, volume=20),)
    assert (drug.kinetics.clearance.tag, drug.kinetics.volume.tag) == ("R", "U")


@pytest.mark.parametrize(
    ("kind", "given", "said"),
    [
        (ce.Kinetics, {"clearance": 0, "volume": 10}, "clearance must be > 0; got 0."),
        (ce.Kinetics, {"clearance": float("nan"), "volume": 10}, "clearance must be finite; got nan."),
        (ce.Kinetics, {"clearance": float("inf"), "volume": 10}, "clearance must be finite; got inf."),
        (ce.Kinetics, {"clearance": 10**400, "volume": 10}, "clearance must be finite, and less than 1.8e308; got 100"),
        (ce.Kinetics, {"clearance": {"valeu": 3}, "volume": 10}, "clearance.value is missing."),
        (ce.Kinetics, {"clearance": 3, "volume": 10, "peripherals": [(1, 2)] * 3}, "peripherals must have at most 2"),
        (ce.Drug, {**DRUG, "molar_mass": {"value": 0}}, "molar_mass.value must be > 0; got 0."),
        (ce.Tumor, {**TUMOR, "birth": 10**400}, "birth must be finite, and less than 1.8e308; got 100"),
        (ce.Tumor, {**TUMOR, "size": 10**400}, "size must be <= 1000000000000000; got 100"),
        (ce.Dose, {"drug": "\ud800", "amount": 1, "unit": "mg"}, "drug must be a text that can be written as UTF-8"),
    ],
    ids=lambda part: str(part)[:40].encode("ascii", "replace").decode(),
)  # fmt: skip
def test_numbers_and_texts_out_of_range_are_named(kind: type, given: dict[str, Any], said: str) -> None:
    with pytest.raises(ce.ModelError) as caught:
        kind(**given)
    assert caught.value.problems[0].startswith(said)


def test_the_json_schema_knows_the_short_forms() -> None:
    parts = ce.Scenario.json_schema()["$defs"]

    def kinds(part: str, field: str) -> set[str]:
        return {form.get("type", form.get("$ref", "")) for form in parts[part]["properties"][field]["anyOf"]}

    assert kinds("Dose", "days") == {"array", "integer"}
    assert kinds("Phase", "doses") == {"array", "#/$defs/Dose"}
    assert kinds("Kinetics", "clearance") == {"number", "#/$defs/Figure"}
    assert kinds("Kinetics", "peripherals") == {"array", "#/$defs/Peripheral"}
    assert parts["Figure"]["required"] == ["value"]
    height = parts["Patient"]["properties"]["height"]["anyOf"][0]
    assert (height["minimum"], height["maximum"]) == (20, 300)


_EVERY_FORM = [
    (
        lambda: ce.Niche(name="a", share=0.5, penetration={"taxane": "x"}),
        r"penetration[taxane] must be a number or an Access, such as Access(ratio=0.25, lag_hours=6); got 'x'",
    ),
    (
        lambda: ce.Niche(name="a", share=0.5, penetration=3),
        r"penetration must be a table by name, each a number or an Access, such as Access(ratio=0.25, lag_hours=6)",
    ),
    (lambda: ce.Patient(factors=3), "factors must be a table by name, each a Factors, such as Factors(clearance=0.5)"),
    (lambda: ce.Patient(factors={"docetaxel": 3}), "factors[docetaxel] must be a Factors, such as Factors(clearance="),
    (lambda: ce.Tumor(**TUMOR, expressions=3), "expressions must be a table of numbers; got 3"),
    (lambda: ce.Questions(regimens=3), "regimens must be a table of texts; got 3"),
    (
        lambda: ce.Kinetics(clearance=3, volume=3, peripherals=[3]),
        "peripherals[0] must be a pair (exchange, volume) or a Peripheral, such as Peripheral(exchange=6.1,",
    ),
    (lambda: ce.Kinetics(clearance="x", volume=3), "clearance must be a number (L/h) or a Figure; got 'x'"),
    (
        lambda: ce.Scenario.from_dict({**ce.scenarios.nsclc().to_dict(), "regimen": 3}),
        "regimen must be the name of one that ships, one line of text or a Regimen, such as Regimen(",
    ),
]


@pytest.mark.parametrize(("make", "words"), _EVERY_FORM, ids=[words.split(" must")[0] for _, words in _EVERY_FORM])
def test_every_form_that_a_field_takes_is_said(make: Callable[[], object], words: str) -> None:
    with pytest.raises(TypeError) as caught:
        make()
    assert words in str(caught.value)
