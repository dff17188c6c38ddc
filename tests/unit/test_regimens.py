"""The regimens that ship, drugs that are named and not computed, and amounts by activity."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

import chemoevo as ce
from chemoevo import pharmacology
from chemoevo.pharmacology import Dose, Regimen, regimens

PATIENT = ce.Patient(bsa=1.8, gfr=90, weight=70)
NAMES = regimens.names()


def test_what_is_promised_is_there() -> None:
    promised = """docetaxel_carboplatin chop21 chop14 r_chop21 abvd ac ac_t ac_weekly_t dose_dense_ac_t fec100 fec_d tac
    cmf mfolfox6 folfiri folfirinox ep bep carboplatin_paclitaxel carboplatin_weekly_paclitaxel
    weekly_carboplatin_paclitaxel gemcitabine_cisplatin docetaxel cabazitaxel mvac temozolomide olaparib venetoclax_ramp
    bevacizumab_carboplatin_paclitaxel bevacizumab_folfiri"""
    assert set(NAMES) == set(promised.split())
    assert set(dir(ce.regimens)) >= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_regimen_can_be_read_cited_and_run(name: str) -> None:
    plan = getattr(ce.regimens, name)()
    assert plan == regimens.regimen(name)
    assert Regimen.parse(plan.text, name=plan.name, cite=plan.cite) == plan
    assert plan.cite
    assert name in getattr(ce.regimens, name).__name__
    assert max(map(len, str(plan).splitlines())) <= 80
    known = [pharmacology.drug(one) for one in plan.drugs]
    inert = [one.name for one in known if one.kinetics is None]
    events = plan.events(PATIENT)
    assert set(events["drug"]) == set(plan.drugs), "nothing is dropped"
    table = ce.exposure(plan, patient=PATIENT, inert=inert)
    assert set(table["drug"]) == set(plan.drugs) - set(inert)
    assert (table["auc_mg_h_per_L"] >= 0).all()
    assert table["cycle"].max() == plan.without(inert).cycles
    if inert:
        with pytest.raises(ce.ModelError, match="has no kinetics"):
            ce.exposure(plan, patient=PATIENT)


# Milligrams of the first cycle at 1.8 m2, 70 kg and a GFR of 90 mL/min, worked out by hand.
BY_HAND = {
    "chop21": {"cyclophosphamide": [1350], "doxorubicin": [90], "vincristine": [2], "prednisone": [100] * 5},
    "abvd": {"bleomycin": [18000] * 2, "dacarbazine": [675] * 2, "doxorubicin": [45] * 2, "vinblastine": [10.8] * 2},
    "bep": {"bleomycin": [30000] * 3, "etoposide": [180] * 5, "cisplatin": [36] * 5},
    "mfolfox6": {"oxaliplatin": [153], "leucovorin": [720], "fluorouracil": [720, 4320]},
    "carboplatin_paclitaxel": {"paclitaxel": [315], "carboplatin": [690]},
    "bevacizumab_folfiri": {
        "bevacizumab": [350],
        "irinotecan": [324],
        "leucovorin": [720],
        "fluorouracil": [720, 4320],
    },
    "olaparib": {"olaparib": [300, 300]},
}


@pytest.mark.parametrize("name", BY_HAND)
def test_doses_of_the_first_cycle(name: str) -> None:
    events = regimens.regimen(name).events(PATIENT).filter(cycle=1)
    found = {drug: events.filter(drug=drug)["amt"].to_list() for drug in events["drug"].unique()}
    assert found == {drug: pytest.approx(amounts) for drug, amounts in BY_HAND[name].items()}  # type: ignore[attr-defined]


def test_the_sequence_of_temozolomide() -> None:
    events = regimens.regimen("temozolomide").events(PATIENT)
    days = (events["time"] / 24).to_list()
    assert days[:42] == list(range(42))
    assert days[42:52] == [70, 71, 72, 73, 74, 98, 99, 100, 101, 102]
    assert events["amt"][[0, 42, 47]].to_list() == pytest.approx([135, 270, 360])
    assert len(events) == 42 + 6 * 5


def test_numbers_of_cycles() -> None:
    assert ce.regimens.docetaxel(cycles=3).cycles == 3
    with pytest.raises(ce.ModelError, match="cycles must be a whole number"):
        ce.regimens.docetaxel(cycles=0)
    with pytest.raises(ce.ModelError, match="cycles must be left out: ac_t has 2 phases"):
        ce.regimens.ac_t(cycles=3)
    with pytest.raises(ce.ModelError, match=r"'chop' is not a known regimen\. Did you mean 'chop21'"):
        regimens.regimen("chop")
    with pytest.raises(AttributeError, match="no attribute 'chop'"):
        _ = ce.regimens.chop


def scenario(**more: Any) -> ce.Scenario:
    drugs = ("oxaliplatin", "fluorouracil")
    parts: dict[str, Any] = {
        "name": "a test",
        "tumor": ce.Tumor(birth=0.2, death=0.1, size=1e6),
        "regimen": "mfolfox6",
        "patient": PATIENT,
        "potencies": [ce.Potency(drug=drug, emax=0.5, ec50=1, hill=1, basis="a test") for drug in drugs],
    }
    return ce.Scenario(**{**parts, **more})


def test_a_scenario_names_what_does_nothing() -> None:
    with pytest.raises(ce.ModelError) as caught:
        scenario()
    assert len(caught.value.problems) == 2
    assert any("'leucovorin' has no kinetics" in text for text in caught.value.problems)
    run = scenario(inert=["leucovorin"])
    assert "NOTE: inert, which is to say given and not computed: leucovorin" in " ".join(run.describe().split())
    assert "vein, inert" in " ".join(run.describe().split())
    alone = scenario(regimen=run.regimen.without(["leucovorin"]))
    assert (run.therapy.death == alone.therapy.death).all()
    assert ce.Scenario.from_toml(run.to_toml()) == run
    table = ce.exposure(run)
    assert set(table["drug"]) == {"oxaliplatin", "fluorouracil"}
    assert "leucovorin" not in ce.citations(run)["part"].str.join(" ")[0]
    columns = ce.patients(2, seed=1, like=run).columns
    assert any("oxaliplatin" in column for column in columns)
    assert not any("leucovorin" in column for column in columns)


@pytest.mark.parametrize(
    ("inert", "sentence"),
    [
        (["leucovorine"], "inert[0] must be a drug of the regimen; got 'leucovorine'. Did you mean 'leucovorin'?"),
        (["oxaliplatin", "leucovorin", "fluorouracil"], "inert must leave a drug that acts; got"),
        (["leucovorin", "oxaliplatin"], "potencies[0].drug must be a drug of the regimen; got 'oxaliplatin'."),
    ],
)
def test_what_is_wrong_with_inert_drugs(inert: list[str], sentence: str) -> None:
    with pytest.raises(ce.ModelError) as caught:
        scenario(inert=inert)
    assert any(text.startswith(sentence) for text in caught.value.problems), caught.value.problems


def test_an_inert_drug_need_not_be_known() -> None:
    plan = Regimen.parse("docetaxel 75 mg/m2 over 1 h + mesna 200 mg q21d x2")
    table = ce.exposure(plan, patient=PATIENT, inert="mesna")
    assert table["drug"].unique().to_list() == ["docetaxel"]
    wrong: Any = 3
    with pytest.raises(TypeError, match="inert must be a list of names of drugs; got 3"):
        ce.exposure(plan, patient=PATIENT, inert=wrong)


def test_amounts_by_activity() -> None:
    plan = Regimen.parse("bleomycin 10000 IU/m2 d1,15 + docetaxel 75 mg/m2 q28d x1")
    events = plan.events(PATIENT)
    assert events.select("drug", "amt", "unit").rows() == [
        ("bleomycin", 18000.0, "IU"),
        ("docetaxel", 135.0, "mg"),
        ("bleomycin", 18000.0, "IU"),
    ]
    with pytest.raises(ce.ModelError, match="unit must be one of mass, to have milligrams; got 'IU/m2'"):
        plan.phases[0].doses[0].milligrams(PATIENT)
    wrong = Regimen.parse("docetaxel 75 IU/m2 q21d")
    with pytest.raises(ce.ModelError, match=r"doses\[0\]\.unit must be one of mass, for 'docetaxel' to be run"):
        ce.exposure(wrong, patient=PATIENT)
    assert Dose(drug="a", amount=3, unit="IU").quantity(ce.Patient()) == 3


def test_without_a_drug_the_days_are_the_same() -> None:
    plan = Regimen.parse("a 1 mg + b 2 mg q21d x2 then b 3 mg q7d x3 then a 1 mg q21d x1")
    left = plan.without(["b"])
    assert left.text == "a 1 mg q21d x2 then pause 21d then a 1 mg q21d x1"
    events = plan.events(PATIENT).filter(pl.col("drug") == "a")
    assert left.events(PATIENT)["time"].to_list() == events["time"].to_list()
    assert plan.without([]) is plan
    with pytest.raises(ce.ModelError, match="drugs must be drugs of the regimen"):
        plan.without(["c"])
    with pytest.raises(ce.ModelError, match="must give at least one dose"):
        plan.without(["a", "b"])
