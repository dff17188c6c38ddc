"""Whatever is wrong with a specification is said in one round, at whatever depth it is."""

from __future__ import annotations

import copy
import itertools
import random
from typing import Any

import pytest
from pydantic import model_validator

import chemoevo as ce
from chemoevo.base.gathering import Problem, rule
from chemoevo.base.shapes import Several, given
from chemoevo.base.specification import Positive, Specification, refuse

FIGURE = {"value": 30.0, "unit": "L/h", "cite": "me", "tag": "B"}


def right() -> dict[str, Any]:
    """A scenario with two drugs of its own, as its file would say it; nothing in it is left out."""

    def drug(name: str) -> dict[str, Any]:
        return {
            "name": name,
            "drug_class": "taxane",
            "molar_mass": 800.0,
            "fraction_unbound": 0.1,
            "kinetics": {"clearance": dict(FIGURE), "volume": 10.0, "peripherals": [[5, 20], [6, 30]]},
            "potency": {"ec50": 0.005, "hill": 1.0},
            "citations": {"me": {"text": "a test"}},
        }

    def phase(name: str) -> dict[str, Any]:
        doses = [
            {"drug": name, "amount": 75, "unit": "mg/m2", "days": [1, 8]},
            {"drug": name, "amount": 7, "unit": "mg"},
        ]
        return {"cycle_length_days": 21, "cycles": 2, "doses": doses}

    def alteration(name: str) -> dict[str, Any]:
        effects = [{"drug": "one", "fold": 2.0}, {"drug": "two", "fold": 3.0}]
        return {"name": name, "mutation": 1e-7, "stage": "efflux", "effects": effects}

    return {
        "name": "a test",
        "tumor": {"birth": 0.139, "death": 0.1313, "size": 1e8, "alterations": [alteration("A"), alteration("B")]},
        "patient": {"bsa": 1.8, "gfr": 90},
        "regimen": {"name": "both", "phases": [phase("one"), phase("two")]},
        "potencies": [{"drug": name, "emax": 1.0, "basis": "a test"} for name in ("one", "two")],
        "drugs": [drug("one"), drug("two")],
        "surgery": {"residual_fraction": 0.5},
        "follow_up": {"horizon": 100, "looks_every": 7},
        "compare": {"carriers": ["A"], "day": 50},
    }


def put(data: dict[str, Any], path: str, value: Any) -> None:
    *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    here: Any = data
    for step in steps:
        here = here[step]
    if value is None:
        del here[last]
    else:
        here[last] = value


# One fault each, and how it is reported. They are of all kinds: wrong values and types of single fields, keys that are
# unknown or missing, rules over several fields of a part, of its parts, and of the scenario.
FAULTS: dict[str, tuple[str, Any, str]] = {
    "value": ("patient.gfr", -90, "patient.gfr must be > 0; got -90."),
    "unit": ("drugs.0.molar_mass", 0.8, "drugs[0].molar_mass must be from 5 to 2000000 g/mol; got 0.8."),
    "type": ("drugs.1.drug_class", 3, "drugs[1].drug_class must be a text; got 3 (int)."),
    "key": ("regimen.phases.0.cyles", 3, "regimen.phases[0].cyles is not a known key."),
    "missing": ("tumor.alterations.1.mutation", None, "tumor.alterations[1].mutation is missing."),
    "choice": ("regimen.phases.1.doses.0.unit", "mg/m3", "regimen.phases[1].doses[0].unit must be one of"),
    "shape": ("drugs.0.kinetics.peripherals.1", 7, "drugs[0].kinetics.peripherals[1] must be a pair (exchange,"),
    "deep figure": (
        "drugs.1.kinetics.clearance",
        {**FIGURE, "unit": "mL/min"},
        "drugs[1].kinetics.clearance.unit must be 'L/h'; got 'mL/min'. 30 mL/min is 1.8 L/h.",
    ),
    "rule of a figure": (
        "drugs.0.potency.ec50",
        {"value": 1, "cite": "me"},
        "drugs[0].potency.ec50.tag must be given beside cite. How sure is it?",
    ),
    "rule of a deep part": (
        "drugs.1.kinetics.peripherals.0",
        {"exchange": 5},
        "drugs[1].kinetics.peripherals[0] must have either exchange and volume, or rate_out and rate_back.",
    ),
    "rule of a part": ("drugs.1.fraction_unbound", {"value": 25}, "drugs[1].fraction_unbound.value must be <= 1"),
    "rule over parts": (
        "drugs.0.kinetics.clearance.cite",
        "you",
        "drugs[0].kinetics.clearance.cite must be a key of citations; got 'you'.",
    ),
    "rule of a dose": (
        "regimen.phases.0.doses.0.days",
        [8, 1],
        "regimen.phases[0].doses[0].days must be increasing, each day once; got [8, 1].",
    ),
    "rule of a phase": (
        "regimen.phases.0.doses.1.days",
        22,
        "regimen.phases[0].doses[1].days must lie within the cycle of 21 days; got [22].",
    ),
    "rule of an alteration": (
        "tumor.alterations.0.effects.1",
        {"drug": "two", "fold": 2, "ceiling": 0.5},
        "tumor.alterations[0].effects[1] must have fold or strength, not threshold or ceiling: it acts on efflux.",
    ),
    "rule of alterations": (
        "tumor.alterations.1.name",
        "A",
        "tumor.alterations[1].name must be unique; got 'A'.",
    ),
    "rule of the tumor": ("tumor.death", 0.2, "tumor.birth must be larger than death = 0.2 per day"),
    "rule of surgery": ("surgery", {}, "surgery.residual_cells must be given, or residual_fraction, but not both."),
    "rule of looks": ("follow_up.looks_every", 200, "follow_up.looks_every must be at most horizon = 100 days"),
    "rule of the scenario": ("compare.day", 300, "compare.day must be at most follow_up.horizon = 100 days; got 300."),
}  # fmt: skip


def said(faults: list[str]) -> str:
    data = copy.deepcopy(right())
    for name in faults:
        put(data, *FAULTS[name][:2])
    with pytest.raises((ce.ModelError, TypeError)) as caught:
        ce.Scenario.from_dict(data)
    return str(caught.value)


def test_without_faults_it_is_right() -> None:
    scenario = ce.Scenario.from_dict(right())
    assert ce.Scenario.from_toml(scenario.to_toml()) == scenario


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_alone_is_one_problem(name: str) -> None:
    text = said([name])
    assert text.startswith(FAULTS[name][2])
    assert "\n" not in text


def test_all_faults_together_are_one_round() -> None:
    text = said(list(FAULTS))
    assert {name for name, fault in FAULTS.items() if fault[2] not in text} == set()
    assert text.startswith(f"{len(FAULTS)} problems:")


def test_any_faults_together_are_one_round() -> None:
    draw = random.Random(7)
    pairs = list(itertools.combinations(FAULTS, 2))
    for faults in [*draw.sample(pairs, 20), *(draw.sample(list(FAULTS), 6) for _ in range(20))]:
        text = said(list(faults))
        missed = [name for name in faults if FAULTS[name][2] not in text]
        assert not missed, (missed, text)
        assert text.startswith(f"{len(faults)} problems:"), text


def test_a_file_of_drugs_is_mended_in_one_round() -> None:
    drug = right()["drugs"][0]
    put(drug, "molar_mass", 0.8)
    put(drug, "fraction_unbound", {"value": 10, "unit": "1"})
    put(drug, "kinetics.clearance.cite", "you")
    put(drug, "kinetics.peripherals.0", [5])
    put(drug, "potency.hill", None)
    put(drug, "clas", "taxane")
    with pytest.raises(TypeError) as caught:
        ce.Drug.from_dict(drug)
    places = [line.split()[1] for line in str(caught.value).splitlines()[1:]]
    assert sorted(places) == [
        "clas",
        "fraction_unbound.value",
        "kinetics.clearance.cite",
        "kinetics.peripherals[0]",
        "molar_mass",
        "potency.hill",
    ]


class Part(Specification):
    """A part with rules, some of which need what is not there."""

    form = "Part(a=1, b=2)"

    a: Positive
    b: Positive

    @rule
    def _both(self) -> Problem:
        if self.b > 10:
            yield "b", "must be at most 10", self.b
        if self.a > self.b:
            yield "a", "must be at most b", self.a

    @rule
    def _one(self) -> Problem:
        if self.a == 7:
            yield "a", "must not be 7", self.a, "Take 8."


class Whole(Specification):
    """A part of parts."""

    form = "Whole(parts=[])"

    parts: Several[Part] = given()
    first: Part | None = None

    @rule
    def _sum(self) -> Problem:
        if sum(part.a for part in self.parts) > 100:
            yield "parts", "must sum to at most 100", None


def problems(**arguments: Any) -> tuple[str, ...]:
    with pytest.raises(ce.ModelError) as caught:
        Whole(**arguments)
    return caught.value.problems


def test_rules_end_where_they_need_what_is_wrong() -> None:
    # The rule of both says what it can before it asks for what is not there.
    assert problems(parts={"a": -1, "b": 11}) == (
        "parts[0].a must be > 0; got -1.",
        "parts[0].b must be at most 10; got 11.",
    )
    assert problems(parts=[{"a": 7, "b": -1}, {"a": 99, "b": 1}]) == (
        "parts[0].b must be > 0; got -1.",
        "parts[0].a must not be 7; got 7. Take 8.",
        "parts[1].a must be at most b; got 99.",
        "parts must sum to at most 100.",
    )
    assert problems(parts=[{"a": -7, "b": 1}, {"a": 199, "b": 199}], first={"a": 2, "b": 1}) == (
        "parts[0].a must be > 0; got -7.",
        "parts[1].b must be at most 10; got 199.",
        "first.a must be at most b; got 2.",
    )


def test_a_part_made_before_is_right_and_asked_no_more() -> None:
    part = Part(a=1, b=2)
    assert Whole(parts=part, first=part).first is part
    assert problems(parts=[part, {"a": 2, "b": 1}]) == ("parts[1].a must be at most b; got 2.",)


def test_an_error_of_a_rule_itself_is_not_hidden() -> None:
    class Wrong(Specification):
        """Its rule has a mistake."""

        a: Positive

        @rule
        def _mistaken(self) -> Problem:
            yield "a", "is wrong", self.not_there  # type: ignore[attr-defined]

    with pytest.raises(AttributeError, match="not_there"):
        Wrong(a=1)


class Checked(Specification):
    """A part with a check of pydantic's own, which needs it whole."""

    parts: Several[Part] = given()
    most: Positive

    @model_validator(mode="after")
    def _sum(self) -> Checked:
        if sum(part.a for part in self.parts) > self.most:
            refuse(("parts", "must sum to at most most", None))
        return self


class Around(Specification):
    """A part around it."""

    checked: Several[Checked] = given()
    a: Positive

    @rule
    def _small(self) -> Problem:
        if self.a > 10:
            yield "a", "must be at most 10", self.a


def test_checks_of_pydantics_own_are_asked_where_the_part_is_whole() -> None:
    def found(**arguments: Any) -> tuple[str, ...]:
        with pytest.raises(ce.ModelError) as caught:
            Around(**arguments)
        return caught.value.problems

    right = {"a": 1, "b": 2}
    assert Around(checked={"parts": right, "most": 5}, a=1).checked[0].parts == (Part(a=1, b=2),)
    assert found(checked={"parts": [right, right], "most": 1}, a=11) == (
        "checked[0].parts must sum to at most most.",
        "a must be at most 10; got 11.",
    )
    # What is wrong deep inside is said with all else, and the check, which could not be made, is not.
    assert found(checked=[{"parts": {"a": 7, "b": -1}, "most": -1}, {"parts": {"a": 3, "b": 2}, "most": 1}], a=11) == (
        "checked[0].parts[0].b must be > 0; got -1.",
        "checked[0].parts[0].a must not be 7; got 7. Take 8.",
        "checked[0].most must be > 0; got -1.",
        "checked[1].parts[0].a must be at most b; got 3.",
        "a must be at most 10; got 11.",
    )
