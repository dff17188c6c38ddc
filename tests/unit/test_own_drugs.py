"""Your own drugs may be given as one, as a list or as a table by name, wherever they are asked for."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest

import chemoevo as ce
from chemoevo import pharmacology, plots, resistance

MINE = pharmacology.drug("docetaxel").replace({"name": "mine", "kinetics.clearance": 30.0})
REGIMEN = ce.Regimen.parse("mine 75 mg/m2 over 1 h q21d x2")
PATIENT = ce.Patient(bsa=1.8)
POTENCY = ce.Potency(drug="mine", emax=1.0, basis="a test")


def scenario(drugs: Any) -> ce.Scenario:
    tumor = ce.Tumor(birth=0.139, death=0.1313, size=1e8)
    return ce.Scenario(
        name="a test", tumor=tumor, regimen=REGIMEN, patient=PATIENT, potencies=POTENCY, drugs=drugs, follow_up=FOLLOW
    )


FOLLOW = ce.FollowUp(horizon=42)


def rates(drugs: Any) -> Any:
    cells = {"alterations": [], "birth": 0.1, "death": 0.05, "horizon": 42.0}
    found = resistance.therapy_rates(regimen=REGIMEN, patient=PATIENT, potencies=POTENCY, drugs=drugs, **cells)
    return found.death.tolist()


ASKED: dict[str, Callable[[Any], Any]] = {
    "Scenario": scenario,
    "describe": lambda drugs: REGIMEN.describe(PATIENT, drugs=drugs),
    "concentrations": lambda drugs: ce.concentrations(REGIMEN, patient=PATIENT, times=[1.0], drugs=drugs).rows(),
    "exposure_table": lambda drugs: plots.exposure_table(REGIMEN, patient=PATIENT, drugs=drugs).rows(),
    "exposure": lambda drugs: ce.exposure(REGIMEN, patient=PATIENT, drugs=drugs).rows(),
    "cumulative_doses": lambda drugs: ce.cumulative_doses(REGIMEN, patient=PATIENT, drugs=drugs).rows(),
    "therapy_rates": rates,
    "resolve_potency": lambda drugs: resistance.resolve_potency(POTENCY, regimen=REGIMEN, patient=PATIENT, drugs=drugs),
    "fold": lambda drugs: ce.fold("mine", genotype="sensitive", drugs=drugs),
    "dose_response": lambda drugs: ce.dose_response("mine", concentrations=0.01, drugs=drugs).rows(),
}


@pytest.mark.parametrize("name", ASKED)
def test_one_a_list_and_a_table_are_the_same(name: str) -> None:
    one, several, by_name = (ASKED[name](drugs) for drugs in (MINE, [MINE], {"mine": MINE}))
    assert one == several == by_name


@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize(
    ("drugs", "said"),
    [
        ({"another": MINE}, r"drugs\['another'\] must be the drug of that name, and is 'mine'\.$"),
        ([MINE, MINE], r"drugs\[1\]\.name must be unique; got 'mine'"),
        ([MINE, 5], r"drugs\[1\] must be a Drug, such as"),
        (5, r"drugs must be (a Drug, a list of|a list of drugs)"),
        ("mine", r"drugs must be (a Drug, a list of|a list of drugs)"),
    ],
)
def test_what_are_no_drugs_is_refused_in_the_same_words(name: str, drugs: Any, said: str) -> None:
    with pytest.raises((ce.ModelError, TypeError), match=said):
        ASKED[name](drugs)


def test_all_functions_that_take_drugs_say_so_in_one_type() -> None:
    taken = {
        f"{module.__name__}.{name}": parameter.annotation
        for module in (ce, pharmacology, resistance, plots)
        for name in dir(module)
        if not name.startswith("_") and inspect.isfunction(function := getattr(module, name))
        if (parameter := inspect.signature(function).parameters.get("drugs")) is not None
    }
    assert len(taken) > 10
    assert set(taken.values()) == {"OwnDrugs | None"}
