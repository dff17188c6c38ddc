"""Lethal divisions of a process: how they are given, kept, described and refused."""

from __future__ import annotations

import copy
import math
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chemoevo as ce
from chemoevo.process.competition import Competition
from tests.unit.lethal_divisions import BIRTH, COMPETITIONS, DEATH, LETHAL, START, folded, lethal


@pytest.mark.parametrize("competition", [None, COMPETITIONS["logistic, birth"]])
def test_a_process_keeps_what_was_given(competition: Competition | None, tmp_path: Path) -> None:
    p = lethal(competition=competition)
    assert (p.birth.tolist(), p.death.tolist(), p.lethal.tolist()) == (BIRTH.tolist(), DEATH.tolist(), LETHAL.tolist())
    assert p.lethal.dtype == np.float64
    assert not p.lethal.flags.writeable
    copies = [pickle.loads(pickle.dumps(p)), copy.deepcopy(p), ce.BranchingProcess.from_json(p.to_json())]
    for other in copies:
        assert other == p
        assert hash(other) == hash(p)
        assert np.array_equal(other.lethal, LETHAL)
    assert p != lethal(None, competition=competition)
    assert p != lethal(LETHAL * [1, 0.5], competition=competition)
    assert p != folded(competition=competition)
    ens = ce.simulate(p, initial=START, times=[1, 8], replicates=3, seed=1)
    ens.save(tmp_path / "run")
    loaded = ce.load(tmp_path / "run")
    assert loaded.process == p
    assert loaded == ens


def test_plain_data_without_lethal_divisions_is_that_of_before() -> None:
    p = lethal(None)
    data = p.to_dict()
    assert "lethal" not in data
    assert ce.BranchingProcess.from_dict(data) == p
    assert p.lethal.tolist() == np.zeros((3, 2)).tolist()
    assert repr(p) == "BranchingProcess(types=2, intervals=3, mutations=1, switches=1, pulses=1)"
    assert repr(lethal()).endswith("pulses=1, lethal_types=2)")


@pytest.mark.parametrize(
    ("given", "rows"),
    [
        ([0.1, 0.2], [[0.1, 0.2]] * 3),
        ({"R": 0.2}, [[0.0, 0.2]] * 3),
        ({"S": [0.1, 0.2, 0.3], "R": 1}, [[0.1, 1.0], [0.2, 1.0], [0.3, 1.0]]),
        ({}, [[0.0, 0.0]] * 3),
    ],
    ids=["row", "name", "names", "nothing"],
)
def test_forms(given: Any, rows: list[list[float]]) -> None:
    assert lethal(given).lethal.tolist() == rows


def test_frames_are_read_by_names() -> None:
    import polars as pl

    assert np.array_equal(lethal(pl.DataFrame(LETHAL[:, ::-1], schema=["R", "S"])).lethal, LETHAL)


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ([0.5, 1.5], ce.ModelError, ["lethal[1] must be in [0, 1], the share of divisions", "got 1.5. Type 'R'."]),
        ([[0, 0], [0, 0], [-0.1, 0]], ce.ModelError, ["lethal[2][0] must be in [0, 1]", "got -0.1. Type 'S'."]),
        ([math.nan, 2.0], ce.ModelError, ["2 problems", "lethal[0]", "nan", "lethal[1]"]),
        ([0.1], ce.ModelError, ["lethal must have the shape (2,) or (3, 2)", "got shape (1,)", "make 3 intervals"]),
        (0.1, ce.ModelError, ["lethal must have the shape (2,) or (3, 2)"]),
        ({"S": 1.01}, ce.ModelError, ["lethal['S'] must be in [0, 1]", "got 1.01"]),
        ({"S": [0, 0, math.inf]}, ce.ModelError, ["lethal['S'][2] must be in [0, 1]", "got inf"]),
        (
            {"S": [0.1, 0.2]},
            ce.ModelError,
            ["lethal['S'] must be a number, or one per interval", "(2,)", "3 intervals"],
        ),
        ({"T": 0.1}, ce.ModelError, ["lethal['T'] is not a type of the process", "'S'"]),
        ({"S": "no"}, TypeError, ["lethal['S'] must be numbers"]),
        ({"S": True}, TypeError, ["lethal['S'] must be a number", "True"]),
        ("no", TypeError, ["lethal must be numbers"]),
        ([True, 0.1], TypeError, ["lethal[0] must be a number", "True"]),
    ],
    ids=str,
)
def test_what_is_refused(given: Any, error: type[Exception], words: list[str]) -> None:
    with pytest.raises(error) as caught:
        lethal(given)
    for word in words:
        assert word in str(caught.value)


def test_all_problems_are_reported_together() -> None:
    with pytest.raises(ce.ModelError) as caught:
        lethal([0.5, 1.5], birth=[-1.0, 0.4])
    assert all(word in str(caught.value) for word in ("2 problems", "birth[0]", "lethal[1]"))


def test_describe_shows_what_was_given_and_what_it_comes_to() -> None:
    text = lethal(competition=COMPETITIONS["logistic, birth"]).describe()
    lines = text.splitlines()
    assert lines[1].split()[2:7] == ["type", "birth", "death", "lethal", "net"]
    # 0.6 (1 - 2 * 0.7) - 0.3 and (0.3 + 0.42) / 0.18.
    assert lines[4].split() == ["2", "S", "0.6", "0.3", "0.7", "-0.54", "4"]
    assert "net growth vanishes at 800 cells, weighted R 0.5, lethal divisions apart" in text
    assert "lethal" not in lethal(None).describe()
