"""Sweeps that go on where they were: from their file, and from no other one."""

from __future__ import annotations

import functools
import json
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chemoevo as ce
from chemoevo.sweeps.identity import identity
from tests.unit.sweeps import POINTS, at, scenario


def made(size: float, factor: float) -> ce.Scenario:
    return scenario().replace({"tumor.size": size, "patient.factors[docetaxel].clearance": factor})


def test_functions_are_told_apart_by_what_they_hold(tmp_path: Path) -> None:
    """A file of another sweep is one of another function too: by its code, its arguments, what it encloses."""
    path, points = tmp_path / "s.jsonl", {"size": [10**4, 10**5]}

    def enclosing(factor: float) -> Any:
        return lambda size: made(size, factor)

    first = ce.sweep(functools.partial(made, factor=1.0), points, path=path)
    assert ce.sweep(functools.partial(made, factor=1.0), points, path=path).equals(first)
    for other in (functools.partial(made, factor=2.0), enclosing(1.0), made):
        with pytest.raises(ce.ModelError, match="is the file of another sweep"):
            ce.sweep(other, points, path=path)
    closed = tmp_path / "t.jsonl"
    for _ in range(2):
        ce.sweep(enclosing(1.0), points, path=closed, ask={"x": lambda s: s.tumor.size})
    with pytest.raises(ce.ModelError, match="is the file of another sweep"):
        ce.sweep(enclosing(2.0), points, path=closed, ask={"x": lambda s: s.tumor.size})
    with pytest.raises(ce.ModelError, match="is the file of another sweep"):
        ce.sweep(enclosing(1.0), points, path=closed, ask={"x": lambda s: s.tumor.birth})
    with pytest.raises(ce.ModelError, match="path must be left out: whether another call asks the same"):
        ce.sweep(made, {"size": [10**4], "factor": [1.0]}, path=tmp_path / "u", ask={"x": Unknowable()})


FACTOR = 1.0


def helped(size: float) -> ce.Scenario:
    return made(size, FACTOR)


def test_functions_are_told_apart_by_what_they_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, points = tmp_path / "s.jsonl", {"size": [10**4, 10**5]}
    first = ce.sweep(helped, points, path=path)
    assert ce.sweep(helped, points, path=path).equals(first)
    monkeypatch.setitem(globals(), "FACTOR", 2.0)
    with pytest.raises(ce.ModelError, match="is the file of another sweep"):
        ce.sweep(helped, points, path=path)


class Unknowable:
    """A function that cannot be written down."""

    def __call__(self, model: object) -> float:
        return 1.0

    def __reduce__(self) -> Any:
        raise TypeError


class Known:
    """A function that is known by its name, whatever it has counted."""

    def __init__(self, function: Any) -> None:
        self.function = function

    def __call__(self, model: ce.Scenario) -> float:
        return float(self.function(model))

    def to_dict(self) -> dict[str, Any]:
        return {"name": "known"}


def test_what_may_pass_is_asked_again(tmp_path: Path) -> None:
    calls = [0]

    def fails_at_first(model: ce.Scenario) -> float:
        calls[0] += 1
        if calls[0] == 1:
            raise ce.SimulationError("no memory today.")
        return 1.0

    def ask() -> list[str]:
        table = ce.sweep(
            scenario(), POINTS.head(2), ask={"x": Known(fails_at_first)}, path=tmp_path / "s.jsonl", threads=1
        )
        return table["status"].to_list()

    assert ask() == ["no memory today.", "ok"]
    assert ask() == ["ok", "ok"]
    assert calls == [3]


def test_what_was_answered_beside_a_fault_is_kept(tmp_path: Path) -> None:
    path, together = tmp_path / "s.jsonl", threading.Barrier(2, timeout=20)

    def fault(model: ce.Scenario) -> float:
        together.wait()
        if model.surgery is not None and model.surgery.residual_cells == 10:
            time.sleep(0.3)
            raise ZeroDivisionError
        return 1.0

    with pytest.raises(ZeroDivisionError):
        ce.sweep(scenario(), {"surgery.residual_cells": [10, 100]}, ask={"x": Known(fault)}, path=path, threads=2)
    assert len(path.read_text().splitlines()) == 2


class StoppedError(Exception):
    """What ends a sweep in the middle."""


def test_a_sweep_goes_on_where_it_was(tmp_path: Path) -> None:
    path, asked = tmp_path / "deep" / "sweep.jsonl", {"ask": ["cure", "progressed"], "replicates": 10}
    told: list[int] = []

    def stop(done: int, total: int) -> None:
        told.append(done)
        if done == 3:
            raise StoppedError

    with pytest.raises(StoppedError):
        ce.sweep(scenario(2e-3), POINTS, **asked, path=path, progress=stop, threads=1)
    assert len(path.read_text().splitlines()) == 4
    # What a kill has cut off is answered again.
    with path.open("a") as file:
        file.write('{"point": 4, "row": {"cure": 0.')
    told.clear()
    table = ce.sweep(scenario(2e-3), POINTS, **asked, path=path, progress=lambda done, total: told.append(done))
    assert sorted(told) == [4, 5, 6]
    expected = ce.sweep(scenario(2e-3), POINTS, **asked)
    assert table.equals(expected)
    before = path.read_bytes()
    assert ce.sweep(scenario(2e-3), POINTS, **asked, path=path).equals(expected)
    assert path.read_bytes() == before
    for line in path.read_text().splitlines():
        json.loads(line)
    assert [p.name for p in path.parent.iterdir()] == ["sweep.jsonl"]


def test_a_seed_that_was_drawn_is_kept(tmp_path: Path) -> None:
    model = scenario(2e-3).replace({"simulation.seed": None})
    asked: dict[str, Any] = {"ask": "mean_cells", "replicates": 5, "path": tmp_path / "s.jsonl"}
    first = ce.sweep(model, POINTS, **asked)
    lines = (tmp_path / "s.jsonl").read_text().splitlines(keepends=True)
    (tmp_path / "s.jsonl").write_text("".join(lines[:3]))
    assert ce.sweep(model, POINTS, **asked).equals(first)


@pytest.mark.parametrize("change", ["points", "model", "ask", "replicates", "seed", "else"])
def test_a_file_of_another_sweep_is_refused(change: str, tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl"
    asked: dict[str, Any] = {"model": scenario(), "points": POINTS.head(1), "ask": "cure", "path": path}
    ce.sweep(**asked)
    other: dict[str, Any] = {
        "points": {"points": POINTS.head(2)},
        "model": {"model": at(3)},
        "ask": {"ask": "survival"},
        "replicates": {"replicates": 3},
        "seed": {"seed": 9},
        "else": {},
    }[change]
    if change == "else":
        path.write_text("my notes\n")
    before = path.read_bytes()
    with pytest.raises(ce.ModelError, match=r"is the file of (another sweep|something else)"):
        ce.sweep(**{**asked, **other})
    assert path.read_bytes() == before
    with pytest.raises(ce.ModelError, match="path must be a file, such as"):
        ce.sweep(**{**asked, "path": tmp_path})


def test_two_sweeps_do_not_write_to_one_file(tmp_path: Path) -> None:
    asked: dict[str, Any] = {"points": POINTS.head(2), "path": tmp_path / "s.jsonl", "threads": 1}

    def within(done: int, total: int) -> None:
        with pytest.raises(ce.ModelError, match="another run writes to"):
            ce.sweep(scenario(), **asked)

    ce.sweep(scenario(), **asked, progress=within)


def test_what_a_sweep_is_known_by_is_the_same_in_every_interpreter() -> None:
    """The order of a set of texts is not."""
    assert identity({"b", "a"}) == ["set", "'a'", "'b'"]
    code = identity((lambda s: s.name in {"b", "a"}).__code__)
    assert ["set", "'a'", "'b'"] in code[1]
    assert identity((lambda s: s.name in {"b", "c"}).__code__) != code
    assert identity(np.arange(2)) == ["int64", [0, 1]]
