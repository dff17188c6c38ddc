"""Values of a wrong kind are errors that name the argument, whatever they do in comparisons; values stay values."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import chemoevo as ce

PROCESS = ce.BranchingProcess(types=["S", "R"], birth=[0.2, 0.2], death=[0.1, 0.1], mutation={("S", "R"): 0.1})
WORDS = np.array(["bnb", "leap"])
FLAGS = np.array([True, False])


def run(**more: Any) -> ce.Ensemble:
    return ce.simulate(PROCESS, **{"initial": [1, 0], "times": [1.0], **more})


@pytest.mark.parametrize(
    ("name", "ask"),
    [
        ("engine", lambda: run(engine=WORDS)),
        ("record", lambda: run(record=WORDS)),
        ("question", lambda: ce.sensitivities(PROCESS, initial=[1, 0], time=1.0, question=WORDS)),  # type: ignore[arg-type]
        ("table", lambda: ce.scan("/tmp", table=WORDS)),  # type: ignore[arg-type]
        ("stop.retry", lambda: ce.Stop(size=1, retry=FLAGS)),  # type: ignore[arg-type]
        ("crossings.appearance", lambda: ce.Crossings(size=[1], appearance=FLAGS)),  # type: ignore[arg-type]
        ("types[0]", lambda: ce.BranchingProcess(types=np.array([["a", "b"]] * 2), birth=[1, 1], death=[0, 0])),  # type: ignore[arg-type]
        ("types[0]", lambda: ce.absence_probability(PROCESS, types=[WORDS, "S"], initial=[1, 0], times=[1])),  # type: ignore[list-item]
        ("conditional", lambda: ce.extinction_time(PROCESS, initial=[1, 0]).median(conditional=3)),  # type: ignore[arg-type]
        ("until", lambda: PROCESS.describe(initial=[1, 0], until="a")),  # type: ignore[arg-type]
    ],
)
def test_arrays_and_words_in_place_of_words_and_flags(name: str, ask: Callable[[], Any]) -> None:
    with pytest.raises(TypeError) as caught:
        ask()
    assert f"{name} must" in str(caught.value)


def test_what_goes_together_is_asked_for_together() -> None:
    with pytest.raises(ce.ModelError, match="initial is missing"):
        PROCESS.describe(until=3.0)
    with pytest.raises(ce.ModelError, match="until is missing"):
        PROCESS.describe(initial=[1, 0])


def test_an_estimate_lies_in_its_interval() -> None:
    for low, value, high in ((0.9, 0.5, 0.1), (0.1, 0.9, 0.5), (0.0, float("nan"), 1.0)):
        with pytest.raises(ce.ModelError, match="value must be in its interval"):
            ce.Estimate(value, low, high, 1, 1.0)


VALUES: dict[str, Callable[[], Any]] = {
    "causes of rows": lambda: ce.cause_of_relapse(PROCESS, resistant=["R"], initial=[[1, 0], [2, 1]], time=1.0),
    "causes": lambda: ce.cause_of_relapse(PROCESS, resistant=["R"], initial=[1, 0], time=1.0),
    "estimate": lambda: ce.Estimate(0.5, 0.1, 0.9, 10, 10.0),
    "pulse": lambda: ce.Pulse(time=1.0, survival={"S": 0.5}),
    "stop": lambda: ce.Stop(size=5, of=["S"]),
    "limits": lambda: ce.Limits(events=10),
    "counts": lambda: ce.Counts(of={"both": ["S", "R"]}),
    "crossings": lambda: ce.Crossings(size=[5, 10]),
    "process": lambda: copy.copy(PROCESS),
    "grown to": lambda: ce.GrownTo(PROCESS, size=[1e3, 1e5]),
    "grown for": lambda: ce.GrownFor(PROCESS, days=10.0),
    "scenario": lambda: ce.Patient(bsa=1.8, factors={"docetaxel": {"clearance": 2.0}}),  # type: ignore[dict-item]
}


@pytest.mark.parametrize("name", VALUES)
def test_public_values_are_values(name: str) -> None:
    one, other = VALUES[name](), VALUES[name]()
    for twin in (other, copy.copy(one), copy.deepcopy(one), pickle.loads(pickle.dumps(one))):
        assert twin == one
        assert hash(twin) == hash(one)
    assert one != 3
    for field in ("value", "relapse", "time", "size", "events", "of", "birth", "days", "bsa", "new"):
        with pytest.raises((AttributeError, TypeError)):
            setattr(one, field, None)


def test_a_time_law_can_be_sent_and_cannot_be_changed() -> None:
    law = ce.extinction_time(PROCESS, initial=[3, 0])
    for twin in (pickle.loads(pickle.dumps(law)), copy.deepcopy(law)):
        assert twin.median(conditional=True) == law.median(conditional=True)
