"""The gate of instruction counts: what it lets pass, what it stops, and what it says where it cannot count."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

FILE = Path(__file__).parents[2] / "benches" / "instructions.py"


@pytest.fixture
def gate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("instructions", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_change_within_the_margin_passes(gate: ModuleType) -> None:
    assert gate.alarms({"a": 100.0, "b": 50.0}, {"a": 102.9, "b": 48.6}) == []


@pytest.mark.parametrize("count", [103.1, 96.9, float("nan")])
def test_a_change_beyond_the_margin_is_an_alarm(gate: ModuleType, count: float) -> None:
    assert len(gate.alarms({"a": 100.0}, {"a": count})) == 1


def test_a_workload_without_a_place_in_the_table_is_an_alarm(gate: ModuleType) -> None:
    assert gate.alarms({}, {"a": 1.0}) == ["a is not in the table."]


def test_the_table_has_every_workload(gate: ModuleType) -> None:
    kept = json.loads(FILE.with_suffix(".json").read_text())["instructions"]
    assert list(kept) == list(gate.WORKLOADS)
    assert all(count > 0 for count in kept.values())


def test_without_valgrind_it_is_skipped(
    gate: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["instructions.py"])
    monkeypatch.setattr(gate.shutil, "which", lambda _: None)
    assert gate.main() == 0
    assert capsys.readouterr().out.startswith("Skipped: valgrind is not installed")


@pytest.mark.parametrize(("factor", "status"), [(1.0, 0), (1.05, 1)])
def test_planted_instructions_are_caught(
    gate: ModuleType, monkeypatch: pytest.MonkeyPatch, factor: float, status: int
) -> None:
    table = json.loads(FILE.with_suffix(".json").read_text())
    monkeypatch.setattr(sys, "argv", ["instructions.py"])
    monkeypatch.setattr(gate.shutil, "which", lambda _: "/usr/bin/valgrind")
    monkeypatch.setattr(gate, "environment", lambda: table["environment"])
    monkeypatch.setattr(gate, "build", lambda: "program")
    monkeypatch.setattr(gate, "measure", lambda _, name, __: (factor * table["instructions"][name], "unit"))
    assert gate.main() == status
