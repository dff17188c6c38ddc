"""Processes are values: compared, pickled, frozen, written and described."""

from __future__ import annotations

import copy
import json
import pickle
import tomllib

import numpy as np
import pytest

import chemoevo as ce
from tests.statistical.models import BY_NAME

SPECIFICATIONS = [
    BY_NAME["everything"].process,
    BY_NAME["five-loci"].process,
    ce.Stop(size=1e9),
    ce.Stop(size=10, of=["R", "S"], retry=True),
    ce.Limits(size=1e12, events=5),
    ce.Pulse(time=3, survival={"S": 0.5, "R": 1}),
]


@pytest.mark.parametrize("spec", SPECIFICATIONS, ids=lambda s: type(s).__name__)
def test_specifications_compare_pickle_and_round_trip(spec: ce.BranchingProcess) -> None:
    kind = type(spec)
    for other in (
        pickle.loads(pickle.dumps(spec)),
        copy.copy(spec),
        copy.deepcopy(spec),
        kind.from_dict(spec.to_dict()),
        kind.from_json(spec.to_json()),
        kind.from_toml(spec.to_toml()),
    ):
        assert other == spec
        assert hash(other) == hash(spec)
        assert type(other) is kind
    json.loads(spec.to_json())
    tomllib.loads(spec.to_toml())
    assert spec != object()


@pytest.mark.parametrize("spec", SPECIFICATIONS, ids=lambda s: type(s).__name__)
def test_specifications_are_frozen(spec: ce.BranchingProcess) -> None:
    name = next(iter(spec.to_dict()))
    with pytest.raises((AttributeError, TypeError)):
        setattr(spec, name, 1)
    with pytest.raises((AttributeError, TypeError)):
        delattr(spec, name)
    with pytest.raises((AttributeError, TypeError)):
        spec.something_new = 1


def test_a_process_cannot_be_changed_from_inside() -> None:
    given = np.array([1.0, 1.0])
    process = ce.BranchingProcess(types=["S", "R"], birth=given, death=[0.5, 0.5], mutation={("S", "R"): 0.1})
    given[:] = 9.0
    assert process.birth.tolist() == [[1.0, 1.0]]
    with pytest.raises(ValueError, match="read-only"):
        process.birth[0, 0] = 2.0
    process.mutation.clear()
    assert process.mutation == {("S", "R"): 0.1}
    pulse = ce.Pulse(time=1.0, survival={"S": 0.5})
    with pytest.raises(TypeError):
        pulse.survival["S"] = 0.9


def test_processes_differ_where_they_differ() -> None:
    model = BY_NAME["everything"]
    others = [
        model.but(birth=[[1.0, 0.1, 0.8], [0.4, 0.1, 0.8], [1.0, 0.1, 0.81]]),
        model.but(breakpoints=(0.8, 1.91)),
        model.but(pulses=model.pulses[:-1]),
        model.but(mutation={("S", "R"): 0.08}),
        model.but(switching={}),
        model.but(types=("S", "T", "Q"), mutation={}, pulses=()),
    ]
    assert len({m.process for m in (model, *others)}) == 7


@pytest.mark.parametrize("spec", SPECIFICATIONS, ids=lambda s: type(s).__name__)
def test_specifications_describe_themselves(spec: ce.BranchingProcess) -> None:
    text = spec.describe()
    assert isinstance(text, str)
    assert text.strip()
    assert "nan" not in text
    assert repr(spec).startswith(type(spec).__name__ + "(")


def test_description_of_a_run_says_what_will_run() -> None:
    text = BY_NAME["two-types-forward-and-back"].process.describe(initial={"S": 1000}, until=10.0)
    for word in ("S", "R", "day", "mutation", "bnb"):
        assert word in text
