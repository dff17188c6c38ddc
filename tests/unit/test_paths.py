"""Values by their paths, and copies of scenarios with other ones: validated as a whole, nothing stale."""

from __future__ import annotations

import copy
import functools
import pickle
from typing import Any

import numpy as np
import pytest

import chemoevo as ce
from chemoevo.base.paths import canonical, leaves


@functools.cache
def scenario() -> ce.Scenario:
    return ce.scenarios.scenario("nsclc_adjuvant").replace(
        {"patient.factors[docetaxel].clearance": 0.9, "drugs[carboplatin].kinetics.volume": 20.0}
    )


def test_every_path_leads_to_its_value() -> None:
    paths = scenario().paths()
    assert {"tumor.size", "patient.factors[docetaxel].clearance", "drugs[0].kinetics.volume", "surgery"} - set(
        paths
    ) == {"surgery"}
    assert paths["drugs[0].kinetics.volume"] == 20.0
    assert paths["patient.weight"] is None
    # Of a drug that ships, by its name; what it says is what a run uses.
    assert paths["drugs[docetaxel].kinetics.clearance"] == 44.1
    assert [p for p in paths if p.startswith("drugs[carboplatin]")] == []
    assert all(canonical(scenario().with_missing([path]), path) for path in paths)


def test_a_value_in_its_own_place_changes_nothing() -> None:
    own = {p: value for p, value in leaves(scenario()) if not p.endswith((".cite", ".tag", ".note", ".unit"))}
    for path, value in own.items():
        assert scenario().replace({path: value}) == scenario(), path


NUMBERS = {
    "tumor.birth": 0.2,
    "tumor.size": 1e9,
    "tumor.alterations[TP53].mutation": 1e-6,
    "tumor.alterations[ABCB1].changes[P-gp].by": 3.0,
    "mechanisms[P-gp].drugs[docetaxel].fold": 3.0,
    "tumor.alterations[TP53].copies": 2,
    "surgery.residual_cells": 12.0,
    "regimen.phases[0].cycles": 4,
    "regimen.phases[0].doses[carboplatin].amount": 5.0,
    "potencies[docetaxel].at.doses[0].amount": 60.0,
    "potencies[carboplatin].emax": 1.5,
    "drugs[docetaxel].kinetics.clearance": 40.0,
    "drugs[docetaxel].kinetics.peripherals[0].volume": 9.0,
    "patient.factors[docetaxel].clearance": 0.5,
    "patient.weight": np.float64(70.0),
    "follow_up.horizon": 200,
    "simulation.seed": np.int64(4),
}


@pytest.mark.parametrize("path", NUMBERS)
def test_replace_sets_one_value_and_what_follows_from_it(path: str) -> None:
    model = scenario()
    model.therapy, model.growth, model.looks  # noqa: B018  computed before, to be seen again if it were kept
    changed = model.replace({path: NUMBERS[path]})
    where = canonical(changed, path)
    assert changed.paths()[where] == NUMBERS[path]
    assert model == scenario()
    fresh = ce.Scenario.from_toml(changed.to_toml())
    assert fresh == changed
    assert fresh.therapy == changed.therapy
    assert fresh.growth.process == changed.growth.process
    assert fresh.looks.tolist() == changed.looks.tolist()
    before = model.paths()
    other = {p for p, v in changed.paths().items() if v != before.get(p)}
    expected = {where} | {
        p for p in other if p.startswith(("drugs[1]", "mechanisms", "potencies[1].log10", "potencies[1].at"))
    }
    assert other <= expected


def test_several_at_once_in_any_order() -> None:
    changes: dict[str, Any] = {
        "tumor.death": 0.3,
        "tumor.birth": 0.4,
        "tumor.size": 1e6,
        "patient": {"bsa": 2, "gfr": 60},
    }
    one = scenario().replace(changes)
    assert one == scenario().replace(dict(reversed(changes.items())))
    assert one.patient == ce.Patient(bsa=2, gfr=60)
    with pytest.raises(ce.ModelError, match="birth must be larger than death"):
        scenario().replace({"tumor.death": 0.3})


def test_one_way_to_say_it_lets_go_of_the_other() -> None:
    by_share = scenario().replace({"surgery.residual_fraction": 1e-8})
    assert by_share.surgery == ce.Surgery(residual_fraction=1e-8)
    assert by_share.replace({"surgery.residual_cells": 5}).surgery == ce.Surgery(residual_cells=5)
    emax = scenario().replace({"potencies[0].emax": 0.4})
    assert (emax.potencies[0].log10_kill_per_cycle, emax.potencies[0].at) == (None, None)
    at = scenario().potencies[0].at
    back = emax.replace({"potencies[0].log10_kill_per_cycle": 0.1513, "potencies[0].at": at})
    assert back.potencies == scenario().potencies
    with pytest.raises(ce.ModelError, match="emax must be left out where log10_kill_per_cycle is given"):
        scenario().replace({"potencies[0].emax": 0.4, "potencies[0].log10_kill_per_cycle": 1.0})


def test_parts_come_and_go() -> None:
    assert scenario().replace({"surgery": None}).surgery is None
    assert scenario().replace({"surgery": None}).replace({"surgery.residual_cells": 400}).surgery == scenario().surgery
    assert scenario().replace({"regimen": "docetaxel_carboplatin"}).regimen == ce.regimens.docetaxel_carboplatin()
    assert scenario().replace({"drugs": []}).drugs == ()
    with pytest.raises(ce.ModelError, match="tumor is missing"):
        scenario().replace({"tumor": None})


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("tumor.sise", "tumor.sise is not in the specification. Did you mean 'size'?"),
        ("tumor.alterations[ABCB2].mutation", "Did you mean 'ABCB1'?"),
        ("tumor.alterations[7].mutation", "tumor.alterations has 5 items"),
        ("tumor.size.value", "tumor.size has no parts"),
        ("tumor[0]", "tumor has no items"),
        ("drugs[docetaxal].kinetics.clearance", "drugs[docetaxal].kinetics.clearance is not in the specification"),
        ("", "must be a path, such as tumor.size"),
        ("tumor..size", "must be a path, such as tumor.size"),
        (".tumor", "must be a path, such as tumor.size"),
        ("tumor.size ", "must be a path, such as tumor.size"),
        ("tumor.alterations[]", "must be a path, such as tumor.size"),
    ],
)
def test_a_path_that_leads_nowhere_is_named(path: str, message: str) -> None:
    with pytest.raises(ce.ModelError) as caught:
        scenario().replace({path: 1.0, "tumor.x": 1})
    assert message in caught.value.problems[0]
    assert len(caught.value.problems) == 2


def test_paths_that_overlap_or_are_ambiguous_are_refused() -> None:
    with pytest.raises(ce.ModelError, match=r"tumor.size must not be set together with tumor: one holds the other"):
        scenario().replace({"tumor": scenario().tumor, "tumor.size": 1e8})
    with pytest.raises(ce.ModelError, match="must not be set together with"):
        scenario().replace({"potencies[0].emax": 1.0, "potencies[docetaxel].emax": 1.0})
    twice = scenario().replace(
        {
            "regimen.phases[0].doses": [scenario().regimen.phases[0].doses[0]] * 2
            + [scenario().regimen.phases[0].doses[1]]
        }
    )
    with pytest.raises(
        ce.ModelError, match=r"say which of regimen.phases\[0\].doses\[0\], regimen.phases\[0\].doses\[1\]"
    ):
        twice.replace({"regimen.phases[0].doses[docetaxel].amount": 1.0})
    for wrong in ([("tumor.size", 1e8)], {3: 1.0}, None):
        with pytest.raises(TypeError, match="changes must"):
            scenario().replace(wrong)  # type: ignore[arg-type]


def test_copies_are_validated_and_carry_nothing() -> None:
    old = scenario()
    old.therapy, old.looks  # noqa: B018
    new = old.model_copy(update={"tumor": old.tumor.model_copy(update={"birth": 0.3})})
    assert new.therapy == ce.Scenario.from_dict(new.to_dict()).therapy != old.therapy
    assert len(old.model_copy(update={"follow_up": ce.FollowUp(horizon=150.0, looks_every=10.0)}).looks) == 16
    for twin in (copy.copy(old), copy.deepcopy(old), pickle.loads(pickle.dumps(old)), old.model_copy(), old.copy()):
        assert twin == old
        assert hash(twin) == hash(old)
        assert twin is not old
        assert not {"therapy", "looks", "growth", "rates"} & set(vars(twin))
    for make in (old.model_copy, old.copy):
        with pytest.raises(TypeError, match="patient must be a Patient"):
            make(update={"patient": "nobody"})
        with pytest.raises(ce.ModelError, match=r"tumour is not a known key. Did you mean 'tumor'"):
            make(update={"tumour": 1})
    with pytest.raises(TypeError, match="got tumor"):
        old.copy(tumor=old.tumor)
    with pytest.raises(ce.ModelError, match="tumor is missing"):
        ce.Scenario.model_construct(name="nothing")


def test_tables_in_specifications_cannot_be_changed() -> None:
    citations = ce.pharmacology.drug("docetaxel").citations
    factors = scenario().patient.factors
    for table in (citations, factors):
        for change in (
            lambda t: t.update(x=1), lambda t: t.clear(), lambda t: t.pop("docetaxel"), lambda t: t.popitem(),
            lambda t: t.setdefault("x", 1), lambda t: t.__setitem__("x", 1), lambda t: t.__delitem__("docetaxel"),
            lambda t: t.__ior__({"x": 1}),
        ):  # fmt: skip
            with pytest.raises(TypeError, match="cannot be changed"):
                change(table)
        assert copy.deepcopy(table) == pickle.loads(pickle.dumps(table)) == table
        assert type(pickle.loads(pickle.dumps(table))) is type(table)


def test_messages_name_entries_of_tables_as_paths_do() -> None:
    with pytest.raises(ce.ModelError, match=r"patient.factors\[docetaxel\].clearance must be > 0; got -1"):
        scenario().replace({"patient.factors[docetaxel].clearance": -1})
