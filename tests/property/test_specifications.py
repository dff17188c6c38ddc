"""Specifications of every kind, drawn at random: what is written is what is read, and what it says is what it means."""

from __future__ import annotations

import copy
import json
import pickle
import tomllib
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import assume
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

import chemoevo as ce
from chemoevo import testing
from chemoevo.base.paths import leaves
from chemoevo.base.specification import Specification
from chemoevo.resistance import CellTypes, growth_process
from chemoevo.resistance.cells import Cells
from chemoevo.scenario.compilation import most_mutants, mutant_share
from tests.property._examples import short_and_long

KINDS: dict[str, st.SearchStrategy[Any]] = {
    "drugs": testing.drugs(),
    "patients": testing.patients(drugs=["docetaxel", "mine"]),
    "regimens": testing.regimens(),
    "neutropenias": testing.neutropenias(),
    "dose rules": testing.dose_rules(fever=True),
    "alterations": testing.alterations(),
    "radiotherapies": testing.radiotherapies(),
    "niches": testing.niches(),
    "phenotypes": testing.phenotypes(),
    "niche therapies": testing.niche_therapies(niches=["near", "far"]),
    "scenarios": testing.scenarios(capacities=True),
    "profiles": testing.profiles(scenario=testing.scenarios(most_alterations=3)),
}
TIME = 60.0


@short_and_long(10, 200, data=st.data())
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_is_what_is_read(kind: str, data: st.DataObject) -> None:
    one: Specification = data.draw(KINDS[kind])
    twins = {
        "dict": type(one).from_dict(one.to_dict()),
        "JSON": type(one).from_dict(json.loads(json.dumps(one.to_dict(), allow_nan=False))),
        "TOML": type(one).from_dict(tomllib.loads(one.to_toml())),
        "pickle": pickle.loads(pickle.dumps(one)),
        "copy": copy.copy(one),
        "deepcopy": copy.deepcopy(one),
        "replace": one.replace({}),
    }
    for way, twin in twins.items():
        assert type(twin) is type(one), way
        assert twin == one, way
        assert hash(twin) == hash(one), way
        assert twin.to_toml() == one.to_toml(), way


@short_and_long(10, 200, profile=testing.profiles(scenario=testing.scenarios(most_alterations=3)))
def test_points_of_a_profile_are_tumors(profile: ce.Profile) -> None:
    tumor = profile.typical.tumor
    assert sum(cells for _, cells in tumor.observed) == tumor.size == profile.cells
    assert len(tumor.observed) == len(tumor.clones) + (tumor.observed[0][0] not in _genotypes(tumor))
    if not profile.subclones:
        return
    for row in profile.points(3, seed=1).to_dicts():
        drawn = profile.typical.replace(row).tumor
        assert [clone.name for clone in drawn.clones] == [clone.name for clone in tumor.clones]
        assert sum(clone.fraction for clone in drawn.clones) <= 1.0 + 1e-9


def _genotypes(tumor: ce.Tumor) -> set[str]:
    return {name for name, _ in tumor.observed[-len(tumor.clones) :]} if tumor.clones else set()


def _different(value: float) -> float:
    # Three quarters of the smallest number are that number.
    return value * 0.75 if value * 0.75 != value else 0.125


def _numbers(one: Specification) -> dict[str, float]:
    return {path: value for path, value in leaves(one) if isinstance(value, float)}


@short_and_long(10, 300, data=st.data())
@pytest.mark.parametrize("kind", KINDS)
def test_a_value_is_found_where_it_was_put(kind: str, data: st.DataObject) -> None:
    one: Specification = data.draw(KINDS[kind])
    path, value = data.draw(st.sampled_from(sorted(_numbers(one).items())))
    assert one.replace({path: value}) == one
    other = _different(value)
    try:
        changed = one.replace({path: other})
    except ce.ModelError:  # out of the range of this field, or what another one says of it
        assume(False)
    assert dict(leaves(changed))[path] == other
    assert changed != one
    assert changed.replace({path: value}) == one
    assert type(one).from_toml(changed.to_toml()) == changed


@short_and_long(8, 200, scenario=testing.scenarios(), data=st.data())
def test_nothing_computed_before_is_kept(scenario: ce.Scenario, data: st.DataObject) -> None:
    path, value = data.draw(st.sampled_from(sorted(_numbers(scenario).items())))
    try:
        scenario.therapy, scenario.looks, scenario.growth  # noqa: B018  computed before, to be seen if it were kept
        changed = scenario.replace({path: _different(value)})
        fresh = ce.Scenario.from_dict(changed.to_dict())
        assert fresh.therapy == changed.therapy
    except ce.ModelError:  # out of the range of this field, or more segments than can be compiled
        assume(False)
    tumor = fresh.tumor
    types = CellTypes(ce.resistance.Genotypes(tumor.alterations, tumor.epistasis), tumor.place)
    escapes = Cells(types, fresh.biology, fresh.active_drugs).escapes
    anew = growth_process(alterations=types, birth=tumor.birth, death=tumor.death, escapes=escapes)
    assert changed.growth.process == anew
    np.testing.assert_array_equal(fresh.looks, changed.looks)


@cache
def _schema() -> Draft202012Validator:
    return Draft202012Validator(ce.Scenario.json_schema())


@short_and_long(5, 200, scenario=testing.scenarios(capacities=True))
def test_the_schema_takes_what_is_written(scenario: ce.Scenario) -> None:
    for written in (json.loads(json.dumps(scenario.to_dict())), tomllib.loads(scenario.to_toml())):
        assert [error.message for error in _schema().iter_errors(written)] == []
    written["tumor"]["sise"] = 3
    assert not _schema().is_valid(written)


def _alike(one: ce.Scenario) -> dict[str, Any]:
    """The same, as people write it: one thing for a list of one, numbers for figures, floats for whole numbers."""

    def bare(value: Any) -> Any:
        if isinstance(value, dict) and "value" in value and "unit" in value and set(value) <= {"value", "unit", "tag"}:
            return value["value"] if value.get("tag", "U") == "U" else value
        if isinstance(value, dict):
            return {key: bare(item) for key, item in value.items()}
        if isinstance(value, list):
            return bare(value[0]) if len(value) == 1 and not isinstance(value[0], list) else [bare(v) for v in value]
        return float(value) if type(value) is int else value

    written: dict[str, Any] = bare(one.to_dict())
    return written


@short_and_long(10, 300, scenario=testing.scenarios(capacities=True))
def test_the_short_way_to_write_it_says_the_same(scenario: ce.Scenario) -> None:
    assert ce.Scenario.from_dict(_alike(scenario)) == scenario


def _emax(scenario: ce.Scenario) -> dict[str, float]:
    return {name: potency.emax for name, potency in scenario.rates.potencies.items()}


def _survival(scenario: ce.Scenario, until: float = TIME) -> np.ndarray[Any, np.dtype[np.float64]]:
    """That a cell of each type leaves any that is not damaged."""
    types = scenario.types.alive
    return np.array(
        [ce.presence_probability(scenario.therapy, types=types, initial={t: 1}, times=[until])[0] for t in types]
    )


def _exact(scenario: ce.Scenario) -> ce.Scenario:
    """With rates that are constant over segments so short that they change no answer by more than 1e-6 of it."""
    return scenario.replace({"simulation.tolerance": 1e-5})


@short_and_long(5, 150, scenario=testing.scenarios(), data=st.data())
def test_more_of_a_drug_and_a_slower_clearance_never_raise_survival(scenario: ce.Scenario, data: st.DataObject) -> None:
    # States that drugs induce protect from them, and what a drug mutates may resist.
    assume(not any(one.induced or one.held for one in scenario.tumor.phenotypes))
    assume(all(one.mutation is None for one in scenario.potencies))
    amounts = [p for p in scenario.paths() if p.startswith("regimen.") and p.endswith("].amount")]
    factors = [f"patient.factors[{name}].clearance" for name in scenario.regimen.drugs]
    path = data.draw(st.sampled_from([*amounts, *factors]))
    by = data.draw(st.sampled_from([1.05, 2.0]) | st.floats(1.01, 3.0))
    value = scenario.paths().get(path) or 1.0
    more = value * by if path in amounts else value / by
    try:
        less, longer = (_exact(scenario.replace({path: number})) for number in (value, more))
        assert _emax(less) == _emax(longer)
        before, after = _survival(less), _survival(longer)
    except ce.ModelError:  # an effect that needs more segments than are allowed
        assume(False)
    assert (after <= before * (1 + 1e-5) + 1e-300).all(), (path, before, after)


@short_and_long(5, 150, scenario=testing.scenarios(), patient=testing.patients(), data=st.data())
def test_emax_knows_neither_the_regimen_nor_the_patient(
    scenario: ce.Scenario, patient: ce.Patient, data: st.DataObject
) -> None:
    regimen = data.draw(testing.regimens(drugs=scenario.regimen.drugs))
    assert _emax(scenario.replace({"regimen": regimen, "patient": patient})) == _emax(scenario)
    name = data.draw(st.sampled_from(scenario.regimen.drugs))
    try:
        edited = scenario.replace({f"drugs[{name}].kinetics.volume": 7.0})
    except ce.ModelError:  # kinetics in other terms
        assume(False)
    assert _emax(edited) == _emax(scenario)


@short_and_long(10, 200, scenario=testing.scenarios(most_alterations=4))
def test_the_bound_on_the_share_of_mutants_holds(scenario: ce.Scenario) -> None:
    share, most = mutant_share(scenario, scenario.growth), most_mutants(scenario)
    assert 0 <= share <= most * (1 + 1e-9) + 1e-15
    if share > 1e-12 and scenario.types.is_plain and not any(one.cost for one in scenario.tumor.alterations):
        # Without costs carriers grow as others do, and the bound is what it bounds.
        assert share == pytest.approx(most, rel=1e-6)
