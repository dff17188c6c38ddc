"""Whatever stands wrong at a place of a scenario, or is not there: it is said by the package, and never a crash."""

from __future__ import annotations

import random
import traceback
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest

import chemoevo as ce

Place = tuple[str | int, ...]
NOT_THERE = object()
WRONG: tuple[Any, ...] = (
    *(NOT_THERE, None, "", "nonsense", -1, 0, 1e300, float("nan"), True),
    *([], [[]], [None], ["nonsense"], [{}], {}, {"nonsense": 1}),
)


def places(data: Any, place: Place = ()) -> Iterator[Place]:
    """Where something stands in plain data."""
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        yield (*place, key)
        yield from places(value, (*place, key))


def put(data: dict[str, Any], place: Place, value: Any) -> dict[str, Any]:
    """The same data with something else at a place, or nothing."""
    changed = here = deepcopy(data)
    for key in place[:-1]:
        here = here[key]  # type: ignore[index]
    if value is NOT_THERE:
        del here[place[-1]]  # type: ignore[arg-type]
    else:
        here[place[-1]] = value  # type: ignore[index]
    return changed


def crash(data: dict[str, Any]) -> str:
    """What a scenario is refused with, if that is not the package's own report; else nothing."""
    try:
        ce.Scenario(**data)
    except ce.ModelError:
        return ""
    except TypeError as error:
        # Its own report of wrong types is raised where all that was found is.
        return "" if traceback.extract_tb(error.__traceback__)[-1].name == "raise_if_any" else repr(error)
    except Exception as error:
        return repr(error)
    return ""


@pytest.mark.parametrize("name", ce.scenarios.names())
def test_one_wrong_thing_is_refused_and_no_crash(name: str) -> None:
    data, rng = ce.scenarios.scenario(name).to_dict(), random.Random(name)
    drawn = [place for place in places(data) if place[0] not in ("notes", "simulation")]
    for place in rng.sample(drawn, min(len(drawn), 60)):
        value = rng.choice(WRONG)
        assert not crash(put(data, place, value)), (place, value)


@pytest.mark.parametrize("value", WRONG, ids=lambda one: "nothing" if one is NOT_THERE else repr(one))
@pytest.mark.parametrize("name", ["nsclc_adjuvant", "glioblastoma_temozolomide_radiotherapy"])
def test_what_other_parts_ask_for_may_be_wrong(name: str, value: Any) -> None:
    data = ce.scenarios.scenario(name).to_dict()
    for place in ("tumor", "clonal"), ("tumor", "alterations"), ("radiotherapy",), ("regimen",), ("potencies",):
        if place[-1] in (data["tumor"] if len(place) == 2 else data):
            assert not crash(put(data, place, value)), place
    for key in data["radiotherapy"][0] if data["radiotherapy"] else ():
        assert not crash(put(data, ("radiotherapy", 0, key), value)), key


def test_two_wrong_things_are_refused_and_no_crash() -> None:
    rng = random.Random(1)
    for name in ce.scenarios.names():
        data = ce.scenarios.scenario(name).to_dict()
        for _ in range(15):
            changed, said = data, []
            for _ in range(2):
                place = rng.choice(list(places(changed)))
                said.append((place, rng.choice(WRONG)))
                changed = put(changed, *said[-1])
            assert not crash(changed), (name, said)


RADIOTHERAPY = {"dose": 2, "fractions": 30, "alpha": 0.3, "beta": 0.03}


def with_(tumor: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """A scenario as data."""
    rates = {"birth": 0.139, "death": 0.1313, "size": 1e9, "alterations": [{"name": "ABCB1", "mutation": 1e-9}]}
    return {
        "name": "a test",
        "tumor": rates | (tumor or {}),
        "regimen": "docetaxel 75 mg/m2 over 1 h q21d x3",
        "patient": {"bsa": 1.8},
        "potencies": [{"drug": "docetaxel", "emax": 1.0, "basis": "a test"}],
        **more,
    }


def problems(data: dict[str, Any]) -> list[str]:
    with pytest.raises(ce.ModelError) as error:
        ce.Scenario(**data)
    return list(error.value.problems)


def test_misspelled_alterations_of_clones_are_said_beside_all_else() -> None:
    clones = [{"alterations": ["abcb1"], "fraction": 0.1}, {"alterations": "ABCB1x2", "fraction": 2}, {"fraction": 0.1}]
    said = problems(with_({"clonal": ["ABCB"], "clones": clones, "size": -1}, follow_up={"horizon": -1}))
    assert said == [
        "tumor.size must be >= 2; got -1.",
        "tumor.clones[1].fraction must be <= 1; got 2.",
        "tumor.clones[2].alterations is missing. It is the names of alterations that cells of the clone carry beyond "
        "clonal ones.",
        "tumor.clonal[0] must be one of tumor.alterations; got 'ABCB'. Did you mean 'ABCB1'?",
        "tumor.clones[0].alterations[0] must be one of tumor.alterations; got 'abcb1'. Did you mean 'ABCB1'?",
        "tumor.clones[1].alterations[0] must be one of tumor.alterations; got 'ABCB1x2'. Did you mean 'ABCB1'? "
        "For more than 1 raise its copies.",
        "follow_up.horizon must be > 0; got -1.",
    ]


def test_radiotherapy_without_days_is_said_beside_all_else() -> None:
    one, two = {"dose": 2, "alpha": 0.3}, {**RADIOTHERAPY, "start": 1.0}
    assert problems(with_({"size": -1}, radiotherapy=[one, two, two])) == [
        "tumor.size must be >= 2; got -1.",
        "radiotherapy[0].fractions is missing. It is the number of fractions; days may say it instead.",
        "radiotherapy[0].beta is missing. It is the quadratic coefficient (1/Gy2); or alpha_beta (Gy).",
        "radiotherapy[2].start must leave 6 h to the fractions of other courses: they are repaired in between; "
        "got 1.0.",
    ]
