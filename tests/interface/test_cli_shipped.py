"""Scenarios that ship by name on the command line, the paragraph that ends a run, and warnings in a line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import chemoevo as ce
from chemoevo.cli.main import _run
from tests.interface._command_line import Capture, Write, refused

OLD = Path(__file__).parents[1] / "data" / "scenario_forms" / "kill_of_the_regimen.toml"


def test_a_scenario_that_ships_goes_by_its_name(capsys: Capture, tmp_path: Path) -> None:
    assert _run(["describe", "olaparib_reversion", "--json"]) == 0
    assert ce.Scenario.from_json(capsys.readouterr().out) == ce.scenarios.olaparib_reversion()
    assert _run(["describe", "olaparib_reversion", "--set", "tumor.size=2e8", "--json"]) == 0
    assert ce.Scenario.from_json(capsys.readouterr().out).tumor.size == 2 * 10**8
    out = tmp_path / "out"
    assert _run(["run", "olaparib_reversion", "--replicates", "3", "--seed", "2", "--out", str(out), "--quiet"]) == 0
    found = json.loads((out / "provenance.json").read_text(encoding="utf-8"))
    assert found["scenario"]["format_version"] == 1
    assert ce.Scenario.from_dict(found["scenario"]) == ce.scenarios.olaparib_reversion()
    assert _run(["cite", "olaparib_reversion"]) == 0


def test_a_file_goes_before_a_scenario_of_that_name(
    write: Write, capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = write().read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    Path("nsclc").write_text(text, encoding="utf-8")
    assert _run(["describe", "nsclc"]) == 0
    assert capsys.readouterr().out.startswith("small\n")


def test_a_name_that_nearly_ships_is_suggested(capsys: Capture, tmp_path: Path) -> None:
    assert "Did you mean 'nsclc_relapse'?" in refused(capsys, "describe", "nsclc_relaps")
    assert "Did you mean 'nsclc_relapse'?" in refused(capsys, "run", "nsclc_relaps", "--out", tmp_path / "out")
    assert "Did you mean" not in refused(capsys, "run", tmp_path / "nsclc_relaps", "--out", tmp_path / "out")


def test_a_run_ends_with_the_paragraph_and_json_has_it(write: Write, capsys: Capture, tmp_path: Path) -> None:
    file = write()
    scenario = ce.Scenario.load(file)
    said = ce.answer(scenario, ce.simulate(scenario)).paragraph()
    assert _run(["run", str(file), "--out", str(tmp_path / "a")]) == 0
    *_, paragraph, last = capsys.readouterr().out.strip().split("\n\n")
    assert " ".join(paragraph.split()) == said
    assert last.startswith("Results written to")
    assert max(map(len, paragraph.splitlines())) <= 80
    assert _run(["run", str(file), "--out", str(tmp_path / "b"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["paragraph"] == said
    provenance = json.loads((tmp_path / "b" / "provenance.json").read_text(encoding="utf-8"))
    assert provenance["answers"]["paragraph"] == said
    assert all(0.0 <= row["chance"] <= 1.0 for row in provenance["answers"]["comparisons"])


def test_a_warning_is_said_without_a_line_of_python() -> None:
    command = [sys.executable, "-m", "chemoevo", "describe", str(OLD)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("Non-small-cell lung cancer")
    first, *lines = done.stderr.splitlines()
    assert first.startswith("Warning: The scenario 'Non-small-cell lung cancer, resected")
    assert [line.split(" = ")[0].strip() for line in lines] == ["potencies[0].at", "potencies[1].at"]
