"""What every specification does: report all problems at once, freeze, compare, pickle, round-trip."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import chemoevo as ce
from chemoevo import ModelError
from chemoevo.pharmacology import Dose, Patient, Phase, Regimen
from chemoevo.resistance import Alteration, Anchor, Potency, alteration

DOSE = {"drug": "docetaxel", "amount": 75, "unit": "mg/m2"}


def problems(make) -> tuple[str, ...]:
    with pytest.raises(ModelError) as caught:
        make()
    return caught.value.problems


def test_all_problems_are_reported_by_path():
    phase = {
        "cycle_length_days": -21,
        "cycles": 2.5,
        "doses": [{**DOSE, "amount": float("nan")}, {**DOSE, "dayz": [1]}],
    }
    assert problems(lambda: Regimen(name="r", phases=[phase])) == (
        "phases[0].cycle_length_days must be > 0; got -21.",
        "phases[0].cycles must be a whole number; got 2.5.",
        "phases[0].doses[0].amount must be finite; got nan.",
        "phases[0].doses[1].dayz is not a known key. Did you mean 'days'?",
    )


def test_dose_without_unit_says_the_remedy():
    (text,) = problems(lambda: Dose(drug="docetaxel", amount=75))  # type: ignore[call-arg]
    assert text.startswith("unit is missing.")
    assert '"mg/m2"' in text


def test_near_miss_of_a_choice_is_suggested():
    (text,) = problems(lambda: Dose(drug="docetaxel", amount=75, unit="mgm2"))
    assert text == "unit must be one of 'mg', 'mg/m2', 'mg/kg', 'AUC', 'IU', 'IU/m2'; got 'mgm2'. Did you mean 'mg/m2'?"


@pytest.mark.parametrize("wrong", [True, np.True_, "75", None, [75], 1j])
def test_what_is_no_number_is_a_wrong_type(wrong):
    with pytest.raises(TypeError, match=r"^amount must be a number; got "):
        Dose(drug="docetaxel", amount=wrong, unit="mg")


@pytest.mark.parametrize("wrong", [True, "6"])
def test_what_is_no_whole_number_is_a_wrong_type(wrong):
    with pytest.raises(TypeError, match=r"^cycles must be a number; got "):
        Phase(cycle_length_days=21, cycles=wrong, doses=[DOSE])


def test_wrong_types_and_values_are_listed_together():
    with pytest.raises(TypeError) as caught:
        Dose(drug=3, amount=-1, unit="mg")
    assert "drug must be a text; got 3 (int)." in str(caught.value)
    assert "amount must be > 0; got -1." in str(caught.value)


def test_numpy_numbers_are_numbers():
    assert Dose(drug="d", amount=np.float32(2), unit="mg", days=np.array([1, 8])) == Dose(
        drug="d", amount=2, unit="mg", days=(1, 8.0)
    )


def test_positional_arguments_are_refused():
    with pytest.raises(TypeError, match="Patient takes keyword arguments only"):
        Patient(1.8)


SPECIFICATIONS = [
    Patient(bsa=1.8, gfr=90.5, sex="female"),
    Regimen(name="r", phases=[Phase(cycle_length_days=21, cycles=2, doses=[Dose(**DOSE, days=(1, 8), cap=120)])]),
    alteration("ABCB1", mutation=4e-7, cost=0.05),
    Alteration(name="X", mutation=1e-9, stage="repair", effects=[{"drug": "carboplatin", "fold": 2}]),
    Potency(
        drug="docetaxel",
        log10_kill_per_cycle=0.3,
        at=Anchor(cycle_length_days=21, doses=[DOSE], patient={"bsa": 1.8}, cycle=2),
        basis="because",
    ),
]


@pytest.mark.parametrize("specification", SPECIFICATIONS, ids=lambda s: type(s).__name__)
def test_specifications_round_trip(specification):
    kind = type(specification)
    assert kind.from_toml(specification.to_toml()) == specification
    assert kind.from_json(specification.to_json()) == specification
    assert kind.from_dict(specification.to_dict()) == specification
    assert pickle.loads(pickle.dumps(specification)) == specification
    assert hash(specification) == hash(pickle.loads(pickle.dumps(specification)))


@pytest.mark.parametrize("specification", SPECIFICATIONS, ids=lambda s: type(s).__name__)
def test_specifications_are_frozen(specification):
    field = next(iter(type(specification).model_fields))
    with pytest.raises(AttributeError, match="cannot be changed"):
        setattr(specification, field, None)


def test_malformed_text_is_one_error():
    assert "not valid TOML" in problems(lambda: Patient.from_toml("bsa ="))[0]
    assert "not valid JSON" in problems(lambda: Patient.from_json("{"))[0]
    assert "must hold one object" in problems(lambda: Patient.from_json("[1]"))[0]
    with pytest.raises(TypeError, match="keys must be texts"):
        Patient.from_dict({1: 2})


def test_every_specification_describes_itself_with_units() -> None:
    text = ce.regimens.docetaxel_carboplatin().describe()
    assert text.startswith("Regimen\n  name: 'docetaxel + carboplatin")
    assert "      duration_hours: 1.0  # Length of the infusion (h), >= 0; 0 is all at once\n" in text
    assert "cap:" not in text, "what is None is left out"
    assert ce.Patient(bsa=1.8).describe().splitlines()[1] == "  bsa: 1.8  # Body surface area (m2), from 0.001 to 8"
