"""The drugs that ship: every file is whole, every number has a source, and what can be computed is."""

from __future__ import annotations

import re
import tomllib
from importlib import resources
from typing import Any

import polars as pl
import pytest

import chemoevo as ce
from chemoevo import pharmacology
from chemoevo.base.evidence import figures_of
from chemoevo.pharmacology import Drug, Patient

NAMES = pharmacology.drug_names()
NAMED = {"leucovorin", "prednisone", "rituximab", "bleomycin", "vinblastine", "dacarbazine"}
"""Drugs of regimens that are named and not computed."""
WITHOUT_KINETICS = {"chlorambucil", "nutlin-3a", "zosuquidar", *NAMED}
COMPUTABLE = sorted(set(NAMES) - WITHOUT_KINETICS)


def test_the_drugs_that_the_library_promises_are_there() -> None:
    promised = """doxorubicin epirubicin paclitaxel docetaxel cabazitaxel vincristine etoposide cisplatin carboplatin
    oxaliplatin cyclophosphamide chlorambucil temozolomide irinotecan topotecan gemcitabine fluorouracil methotrexate
    olaparib veliparib venetoclax nutlin-3a bevacizumab pembrolizumab tariquidar zosuquidar verapamil ethacrynic-acid
    o6-benzylguanine"""
    assert set(NAMES) == {*promised.split(), *NAMED}


@pytest.mark.parametrize("name", NAMES)
def test_every_file_is_whole_and_comes_back(name: str) -> None:
    drug = pharmacology.drug(name)
    assert drug.name == name == name.lower()
    assert drug.target is not None
    assert (drug.mode is None) == (name in NAMED)
    assert Drug.from_toml(drug.to_toml()) == drug
    assert Drug.from_dict(drug.to_dict()) == drug
    assert drug.potency is not None or drug.prodrug or name in _WITHOUT_POTENCY
    assert (drug.kinetics is None) == (name in WITHOUT_KINETICS)
    for reason in filter(None, (drug.without_kinetics, drug.without_binding)):
        assert reason.endswith("."), "it ends a sentence of a message"


_WITHOUT_POTENCY = {*NAMED, "epirubicin", "chlorambucil", "veliparib", "bevacizumab", "pembrolizumab"} | {
    name for name in NAMES if pharmacology.drug(name).mode == "modulator"
}


@pytest.mark.parametrize("name", NAMES)
def test_every_number_has_a_source_and_a_tag(name: str) -> None:
    drug = pharmacology.drug(name)
    figures = figures_of(drug)
    assert figures
    for path, figure in figures:
        assert figure.cite in drug.citations, path
        assert figure.tag != "U", path
    # What is given as a plain number is no measurement: references of covariates, their ranges, times of assays.
    text = (resources.files("chemoevo") / "data" / "drugs" / f"{name}.toml").read_text(encoding="utf-8")
    plain = set(re.findall(r"^(\w+) = [\d.]", text, re.MULTILINE))
    assert plain <= {
        "reference",
        "low",
        "high",
        "stages",
        "exposure_hours",
        "hill",
        "value",
    }
    assert all(len(line) <= 500 or "note =" in line or "text =" in line or "without" in line for line in text.split())


def test_a_drug_that_inhibits_says_what_and_how_strongly() -> None:
    modulators = {name: pharmacology.drug(name) for name in NAMES if pharmacology.drug(name).mode == "modulator"}
    of = {
        name: [(one.mechanism, figure.value) for one in drug.inhibits if (figure := one.ki or one.use) is not None]
        for name, drug in modulators.items()
    }
    assert of == {
        "ethacrynic-acid": [("GSTP1", 4.0), ("GSTA1", 5.3)],
        "o6-benzylguanine": [("MGMT", 2.16)],
        "tariquidar": [("P-gp", 0.0006)],
        "verapamil": [("P-gp", 1.0)],
        "zosuquidar": [("P-gp", 0.0012)],
    }
    # Zosuquidar: 31.7 ug/L in plasma, 2 % of it unbound. Tariquidar: 90 % at 175 ug/L, 2 % of it unbound.
    zosuquidar, tariquidar = (modulators[name].micromolar_per_mg_per_l for name in ("zosuquidar", "tariquidar"))
    assert 31.7e-3 * zosuquidar * 0.02 == pytest.approx(0.0012, rel=0.02)
    assert 175e-3 * tariquidar * 0.02 / 9 == pytest.approx(0.0006, rel=0.02)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_inhibited_is_a_mechanism_or_has_no_numbers_yet(name: str) -> None:
    for one in pharmacology.drug(name).inhibits:
        assert one.mechanism in (*ce.mechanism_names(), "PARP")


# Standard atomic weights, IUPAC 2021 (abridged).
_WEIGHTS = {
    "H": 1.008, "C": 12.011, "N": 14.007, "O": 15.999, "F": 18.998, "P": 30.974, "S": 32.06, "Cl": 35.45, "Pt": 195.08,
}  # fmt: skip


def weight(formula: str) -> float:
    return sum(_WEIGHTS[atom] * int(count or 1) for atom, count in re.findall(r"([A-Z][a-z]?)(\d*)", formula))


def formulas() -> list[tuple[str, float, str]]:
    found = []
    for name in NAMES:
        drug = pharmacology.drug(name)
        for path, figure in figures_of(drug):
            text = drug.citations[figure.cite or ""].text
            if path.endswith("molar_mass") and text.startswith("Molecular formula"):
                found.append((f"{name}.{path}", figure.value, text.split()[2].rstrip(",")))
    return found


@pytest.mark.parametrize(("path", "mass", "formula"), formulas(), ids=[path for path, _, _ in formulas()])
def test_molar_masses_are_those_of_the_formulas(path: str, mass: float, formula: str) -> None:
    assert mass == pytest.approx(weight(formula), rel=4e-4)


def regimen_of(name: str) -> ce.Regimen:
    dose = ce.Dose(drug=name, amount=100, unit="mg", duration_hours=1)
    return ce.Regimen(name="once", phases=ce.Phase(cycle_length_days=21, cycles=1, doses=dose))


@pytest.mark.parametrize("name", COMPUTABLE)
def test_what_has_kinetics_can_be_given_by_every_route_that_it_has(name: str) -> None:
    drug = pharmacology.drug(name)
    for route in drug.routes:
        plan = regimen_of(name).replace({"phases[0].doses[0].route": route})
        table = ce.exposure(plan, patient=Patient())
        assert table["compartment"].to_list() == ["plasma", *(one.name for one in drug.metabolites)]
        assert (table["c_max_mg_per_L"] > 0).all()
        assert (table["auc_mg_h_per_L"] > 0).all()
        over_time = ce.concentrations(plan, patient=Patient(), times=[0.1, 2.0])
        unbound = over_time.filter(compartment="unbound")["uM"]
        assert unbound.null_count() == (0 if drug.fraction_unbound is not None else 2)
        assert over_time.filter(pl.col("compartment") != "unbound")["uM"].min() > 0


@pytest.mark.parametrize("name", sorted(set(NAMES) - set(COMPUTABLE)))
def test_what_cannot_be_computed_is_refused_in_one_message(name: str) -> None:
    with pytest.raises(ce.ModelError) as caught:
        pharmacology.concentration(regimen_of(name), Patient(), name, [1.0])
    (text,) = caught.value.problems
    assert f"{name!r} has no kinetics: " in text
    assert f"with inert=[{name!r}]. Or make a drug of your own with kinetics: Drug(" in text
    assert "kinetics=Kinetics(clearance=62.4, volume=17.7, peripherals=[(50.7, 1830)]))." in text


def test_a_scenario_says_it_with_its_other_problems() -> None:
    def make(**more: Any) -> ce.Scenario:
        parts: dict[str, Any] = {
            "name": "a test",
            "tumor": ce.Tumor(birth=0.2, death=0.1, size=1e6),
            "regimen": regimen_of("chlorambucil"),
            "patient": Patient(),
            "potencies": [ce.Potency(drug="chlorambucil", emax=1, ec50=10, hill=1, basis="a test")],
        }
        return ce.Scenario(**{**parts, **more})

    with pytest.raises(ce.ModelError) as caught:
        make(surgery=ce.Surgery(residual_cells=1e9))
    assert len(caught.value.problems) == 2
    assert caught.value.problems[0].startswith("'chlorambucil' has no kinetics: After 0.2 mg/kg by mouth")
    # The way out that the message shows.
    shipped = pharmacology.drug("chlorambucil")
    kinetics = ce.Kinetics(clearance=13.6, volume=25)
    own = shipped.replace({"kinetics": kinetics, "without_kinetics": None, "routes": ["iv"]})
    assert make(drugs=own).rates.potencies["chlorambucil"].emax == 1


def test_nothing_unbound_without_an_unbound_share() -> None:
    data = pharmacology.drug("o6-benzylguanine").to_dict()
    drug = Drug(**{k: v for k, v in data.items() if k != "fraction_unbound"}, without_binding="no source was found.")
    found = pharmacology.concentration(regimen_of(drug.name), Patient(), drug, [1.0])
    assert found["unbound_um"].to_list() == [None]
    with pytest.raises(ce.ModelError, match=r"'o6-benzylguanine' has no unbound share: no source was found\. Make a "):
        _ = drug.unbound_micromolar


def test_files_hold_no_more_than_their_form_knows() -> None:
    for name in NAMES:
        text = (resources.files("chemoevo") / "data" / "drugs" / f"{name}.toml").read_text(encoding="utf-8")
        data = tomllib.loads(text)
        with pytest.raises(ce.ModelError, match="halflife is not a known key"):
            Drug(**{**data, "halflife": 1})


@pytest.mark.parametrize("name", NAMES)
def test_a_drug_prints_in_eighty_columns(name: str) -> None:
    drug = pharmacology.drug(name)
    text = str(drug)
    assert text.startswith(f"{name}: {drug.drug_class}")
    assert max(map(len, text.splitlines())) <= 80
    assert all(path.rpartition(".")[2] in text for path, _ in figures_of(drug))
    assert (drug.without_kinetics or "") in " ".join(text.split())
