"""Messages say what was given, what is possible and what to write instead."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

import chemoevo as ce
from chemoevo import pharmacology, plots
from chemoevo.pharmacology import DoseLimits, Inhibition
from chemoevo.pharmacology.drug import Drug
from chemoevo.resistance import Effect

KILLS: dict[str, Any] = {"drug": "docetaxel", "emax": 1.0, "basis": "a test"}


def scenario(tumor: dict[str, Any] | None = None, **more: Any) -> ce.Scenario:
    rates = {"birth": 0.139, "death": 0.1313, "size": 1e9, "alterations": [{"name": "ABCB1", "mutation": 1e-9}]}
    fields = {"name": "a test", "regimen": "docetaxel 75 mg/m2 over 1 h q21d x3", "patient": {"bsa": 1.8}}
    return ce.Scenario(**{"tumor": rates | (tumor or {}), "potencies": [KILLS], **fields, **more})


def said(make: Callable[[], Any]) -> list[str]:
    with pytest.raises(ce.ModelError) as error:
        make()
    return list(error.value.problems)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (ce.Access, "Access must have either ratio, or half_distance; got none of them."),
        (
            lambda: ce.Access(lag_hours=3),
            "Access must have either ratio, or half_distance; got none of them (lag_",
        ),
        (lambda: ce.Access(ratio=1, half_distance=9), "half_distance; got ratio and half_distance."),
        (
            lambda: ce.Change(mechanism="P-gp"),
            "Change must have either by, or loss; got none of them (mechanism alone)",
        ),
        (lambda: ce.OnDrug(drug="x"), "none and unknown; got none of them (drug alone)."),
        (lambda: ce.OnDrug(drug="x", fold=3, none="no"), "none and unknown; got fold and none."),
        (lambda: Inhibition(mechanism="P-gp"), "Inhibition must have either ki, or use; got none of them (mechanism"),
        (DoseLimits, "DoseLimits must have cap or cumulative; got none of them."),
        (lambda: ce.Interaction(drugs=["a", "b"], basis="x"), "or alpha; got none of them (drugs, basis alone)."),
        (
            lambda: ce.Alteration(name="A", mutation=0, stage="efflux", effects=Effect(drug="x")),
            "effects[0] must have either fold or strength; got none of them (drug alone).",
        ),
    ],
)
def test_keys_that_were_given_are_named(make: Callable[[], Any], words: str) -> None:
    (found,) = said(make)
    assert words in found


def shares() -> list[tuple[type, str]]:
    """Every field of a public specification that is at most 1."""
    kinds = [vars(ce).get(name) or getattr(ce, name) for name in dir(ce) if name[:1].isupper()]
    found = []
    for kind in kinds:
        for name, field in getattr(kind, "model_fields", {}).items():
            if "dict" in str(field.annotation) or "tuple" in str(field.annotation):
                continue
            if re.search(r"\b(Le\(le=1\)|Lt\(lt=1\))", f"{field.metadata} {field.annotation}"):
                found.append((kind, name))
    return found


@pytest.mark.parametrize(("kind", "field"), shares())
def test_shares_in_percent_are_told_from_shares(kind: Any, field: str) -> None:
    found = said(lambda: kind(**{field: 90}))
    assert any(f"{field} must be <" in one and one.endswith("90 looks like %: write 0.9.") for one in found)


def test_there_are_shares() -> None:
    assert len(shares()) > 8


def test_shares_of_functions_too() -> None:
    potency = ce.resistance.resolve_potency(
        ce.Potency(**KILLS), regimen=ce.Regimen.parse("docetaxel 75 mg/m2 q21d x1"), patient=ce.Patient(bsa=1.8)
    )
    carried = ce.Alteration(name="ABCB1", mutation=0)
    (found,) = said(lambda: ce.resistance.potency_in_cell(potency, carried, inhibition={"P-gp": 90}))
    assert found.endswith("got 90. 90 looks like %: write 0.9.")


def test_an_impossible_fold_is_said_once() -> None:
    own = {"stage": "efflux", "basal": 0.5, "drugs": [{"drug": "docetaxel", "fold": 5}]}
    changes = [{"name": "A", "mutation": 1e-9, "changes": [{"mechanism": "mine", "by": 1}]}]
    for name, tumor in (("mine", {"alterations": changes}), ("P-gp", {})):
        found = said(lambda name=name, tumor=tumor: scenario(tumor, mechanisms=[{"name": name, **own}]))
        assert found == [
            "mechanisms[0].drugs[0].fold must be between 1 and 2, for an expression of 1 against 0.5; got 5."
        ]


def test_known_drugs_are_those_of_the_scenario() -> None:
    phenotype = {"name": "p", "enter": 1e-4, "leave": 0.1, "induced": {"zzz": 0.1, "docetaxl": 0.1}}
    assert said(lambda: scenario({"phenotypes": [phenotype]})) == [
        "tumor.phenotypes[0].induced[zzz] must be a drug; got 'zzz'. Known: 'docetaxel'.",
        "tumor.phenotypes[0].induced[docetaxl] must be a drug; got 'docetaxl'. Did you mean 'docetaxel'?",
    ]


def test_names_that_were_nearly_meant() -> None:
    (found,) = said(lambda: ce.Alteration(name="abcb1", mutation=1e-7))
    assert "Did you mean 'ABCB1'? Alterations that ship are " in found
    mine = ce.Alteration(name="abcb1", mutation=1e-7, changes=ce.Change(mechanism="P-gp", by=1))
    assert "NOTE: abcb1 is an alteration of this scenario, not ABCB1, which ships" in (
        " ".join(scenario({"alterations": [mine]}).describe().split())
    )
    (found,) = said(lambda: scenario(assume_untouched=[["P-gpp", "docetaxel"]]))
    assert found.endswith("got ['P-gpp', 'docetaxel']. Did you mean 'P-gp'?")
    needs = {"name": "m", "stage": "efflux", "drugs": [{"drug": "docetaxel", "fold": 5, "needs": "P-gpp"}]}
    assert said(lambda: scenario(mechanisms=[needs])) == [
        "mechanisms[0].drugs[0].needs must be a mechanism that ships or is among mechanisms; got 'P-gpp'. Did you mean "
        "'P-gp'?"
    ]


def test_niches_of_one_name_are_refused_by_path() -> None:
    niche = {"name": "a", "share": 0.5, "penetration": {"other": 1}}
    found = said(lambda: scenario({"niches": [niche, niche], "exchange": 0.1}))
    assert found == ["tumor.niches[1].name must appear once; got 'a'."]


@pytest.mark.parametrize("unit", ["mg/m²", "mg/m^2", "mg/m**2", "mg/m2"])
def test_squares_are_read_however_they_are_written(unit: str) -> None:
    assert ce.Dose(drug="docetaxel", amount=75, unit=unit).unit == "mg/m2"  # type: ignore[arg-type]
    assert ce.Regimen.parse(f"docetaxel 75 {unit} q21d x2").phases[0].doses[0].unit == "mg/m2"


@pytest.mark.parametrize(
    ("unit", "remedy"),
    [
        ("g", "Write it in mg: 1 g is 1000 mg."),
        ("g/m2", "Write it in mg/m2: 1 g/m2 is 1000 mg/m2."),
        ("µg/m²", "1 µg/m2 is 0.001 mg/m2."),
        ("ug/kg", "Write it in mg/kg: 1 ug/kg is 0.001 mg/kg."),
        ("mcg", "Write it in mg: 1 mcg is 0.001 mg."),
    ],
)
def test_grams_and_micrograms_are_no_milligrams(unit: str, remedy: str) -> None:
    for make in (
        lambda: ce.Dose(drug="docetaxel", amount=75, unit=unit),  # type: ignore[arg-type]
        lambda: ce.Regimen.parse(f"docetaxel 75 {unit} q21d x2"),
    ):
        (found,) = said(make)
        assert remedy.replace("m²", "m2") in found.replace("m²", "m2")
        assert "Did you mean" not in found


def test_another_route_has_a_remedy_that_works() -> None:
    phases = [{"cycle_length_days": 21, "cycles": 1, "doses": [{"drug": "docetaxel", "amount": 75, "unit": "mg"}]}]
    phases[0]["doses"][0]["route"] = "oral"  # type: ignore[index]
    given = {"regimen": {"name": "by mouth", "phases": phases}}
    (found,) = said(lambda: scenario(**given))
    assert "must be a route of 'docetaxel': iv; got 'oral'" in found
    assert "Drug(..., routes=['iv', 'oral'], kinetics=Kinetics(..., absorption=Absorption(rate=1.7)))" in found
    more = {"routes": ["iv", "oral"], "kinetics.absorption": {"rate": 1.7}}
    scenario(**given, drugs=pharmacology.drug("docetaxel").replace(more))


@pytest.mark.parametrize("name", pharmacology.drug_names())
def test_printed_drugs_are_80_columns_with_each_number_on_one_line(name: str) -> None:
    text = str(pharmacology.drug(name))
    assert max(map(len, text.splitlines())) <= 80
    assert not re.search(r"^ +%$", text, flags=re.MULTILINE)


def test_values_of_words_are_documented() -> None:
    for name in ("routes", "mode", "cycle_specificity"):
        annotation = str(Drug.model_fields[name].annotation)
        for word in re.findall(r"'([^']+)'", annotation):
            assert f'"{word}"' in str(Drug.__doc__)


def test_the_label_of_a_tornado_is_inside_the_figure() -> None:
    import polars as pl

    frame = pl.DataFrame(
        {"parameter": ["tumor.alterations[ABCB1].mutation_of_a_long_name"] * 2, "elasticity": [0.5, -2.0]}
    )
    ax = plots.tornado(frame, what="the probability of cure")
    figure = ax.figure
    figure.draw_without_rendering()  # type: ignore[union-attr]
    box, page = ax.xaxis.label.get_window_extent(), figure.bbox
    assert page.x0 <= box.x0
    assert box.x1 <= page.x1
