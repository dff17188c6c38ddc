"""Formats of scenario files: what is written, what is refused, and every form of before, read as it was meant."""

from __future__ import annotations

import json
import tomllib
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import chemoevo as ce
from chemoevo.cli.main import _run
from chemoevo.scenario import formats, scenario
from tests.unit.shipped import text as text_of

FORMS = Path(__file__).parents[1] / "data" / "scenario_forms"
KILL, INHIBITOR = FORMS / "kill_of_the_regimen.toml", FORMS / "inhibitor_of_an_alteration.toml"


def read(text: str) -> tuple[ce.Scenario, list[str]]:
    """A scenario, and the lines of the hint that came with it."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = ce.Scenario.from_toml(text)
    if not caught:
        return found, []
    assert len(caught) == 1
    assert caught[0].filename == __file__, "it points at the user's line"
    first, *lines = str(caught[0].message).splitlines()
    assert first == (
        f"The scenario {found.name!r} is written in an earlier form, and is read as it was meant. Write now, with "
        f"format_version = {formats.FORMAT_VERSION} at the top of its file:"
    )
    return found, [line.strip() for line in lines]


def mended(text: str, lines: list[str]) -> ce.Scenario:
    """The scenario that a user makes of a file by doing what the lines say, path by path."""
    data: Any = {"format_version": formats.FORMAT_VERSION, **tomllib.loads(text)}
    for line in lines:
        path, value = line.split(" = ", 1)
        here, keys = data, path.replace("[", ".").replace("]", "").split(".")
        for key in keys[:-1]:
            here = here[int(key) if key.isdigit() else key]
        here[keys[-1]] = tomllib.loads(f"value = {value.split('  (in place of')[0]}")["value"]
    return ce.Scenario.from_dict(data)


@pytest.mark.parametrize("file", sorted(FORMS.glob("*.toml")), ids=lambda file: file.stem)
def test_a_hint_says_what_makes_the_same_scenario(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    found, lines = read(text)
    assert lines
    assert mended(text, lines) == found
    assert ce.Scenario.from_toml(found.to_toml()) == found
    with pytest.raises(ce.ModelError):
        ce.Scenario.from_toml(f"format_version = {formats.FORMAT_VERSION}\n{text}")


def test_every_change_has_a_file() -> None:
    texts = [tomllib.loads(file.read_text(encoding="utf-8")) for file in FORMS.glob("*.toml")]
    for since, change in formats.CHANGES:
        assert 1 <= since <= formats.FORMAT_VERSION
        assert any(list(change(json.loads(json.dumps(text)))) for text in texts), change.__name__


def test_a_kill_is_that_of_the_first_cycle_of_the_regimen() -> None:
    found, lines = read(KILL.read_text(encoding="utf-8"))
    assert [line.split(" = ")[0] for line in lines] == ["potencies[0].at", "potencies[1].at"]
    today = ce.scenarios.nsclc_adjuvant()
    # Its patient was written for each drug alone, which is the same to that drug.
    assert found.rates.potencies["docetaxel"].emax == today.rates.potencies["docetaxel"].emax
    assert found.rates.potencies["carboplatin"].emax == today.rates.potencies["carboplatin"].emax
    assert found.therapy == today.therapy


def test_a_kill_by_a_drug_of_ones_own_is_by_that_drug() -> None:
    data = tomllib.loads(INHIBITOR.read_text(encoding="utf-8"))
    data["drugs"][0]["inhibits"] = [{"mechanism": "P-gp", "ki": 0.0006}]
    del data["potencies"][1]["at"]
    with pytest.warns(UserWarning, match=r"potencies\[1\]\.at = \{ cycle_length_days = 21"):
        found = ce.Scenario.from_dict(data)
    anchor = found.potencies[1].at
    assert anchor is not None
    assert anchor.drug == found.drugs[1]


def test_inhibitors_name_mechanisms() -> None:
    found, lines = read(INHIBITOR.read_text(encoding="utf-8"))
    assert lines == [
        'drugs[0].inhibits[0].mechanism = "P-gp"  (in place of "ABCB1")',
        'potencies[1].at.drug.inhibits.mechanism = "NER"  (in place of "ERCC1")',
    ]
    assert found.drugs[0].inhibits[0].mechanism == "P-gp"


def test_a_mechanism_of_that_name_is_what_is_meant() -> None:
    data = tomllib.loads(INHIBITOR.read_text(encoding="utf-8"))
    data["potencies"][1]["at"]["drug"]["inhibits"] = []
    drugs = [{"drug": name, "fold": 2.0} for name in ("paclitaxel", "weak")]
    data["mechanisms"] = [{"name": "ABCB1", "stage": "efflux", "drugs": drugs}]
    data["assume_untouched"] = True
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert ce.Scenario.from_dict(data).drugs[0].inhibits[0].mechanism == "ABCB1"


def test_what_cannot_be_read_as_it_was_is_an_error_as_before() -> None:
    data = tomllib.loads(KILL.read_text(encoding="utf-8"))
    data["regimen"] = "no such regimen"
    with pytest.raises(ce.ModelError, match=r"potencies\[0\]\.at is missing") as caught:
        ce.Scenario.from_dict(data)
    assert any(problem.startswith("regimen must be") for problem in caught.value.problems)
    for broken in ({"regimen": 3}, {"patient": []}, {"potencies": 1}, {"drugs": [1, {"name": []}], "tumor": 2}):
        with pytest.raises((ce.ModelError, TypeError)):
            ce.Scenario.from_dict({**tomllib.loads(KILL.read_text(encoding="utf-8")), **broken})


@pytest.mark.parametrize("name", ce.scenarios.names())
def test_todays_files_need_no_hint(name: str) -> None:
    text = text_of(name)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = ce.Scenario.from_toml(text)
    assert found == ce.scenarios.scenario(name)
    assert tomllib.loads(text)["format_version"] == formats.FORMAT_VERSION


def test_the_format_is_written_first_and_is_no_field() -> None:
    model = ce.scenarios.olaparib_reversion()
    assert model.to_toml().startswith("format_version = 1\nname = ")
    assert next(iter(model.to_dict())) == next(iter(json.loads(model.to_json()))) == "format_version"
    assert "format_version" not in model.paths()
    assert ce.Scenario.from_json(model.to_json()) == ce.Scenario.from_dict(model.to_dict()) == model
    ensemble = ce.simulate(model.replace({"tumor.size": 100, "surgery.residual_cells": 50}), replicates=1, seed=1)
    assert ce.Scenario.of(ensemble).tumor.size == 100


def test_a_file_of_today_may_be_given_as_keywords() -> None:
    data = ce.scenarios.olaparib_reversion().to_dict()
    assert ce.Scenario(**data) == ce.scenarios.olaparib_reversion()
    with pytest.raises(ce.ModelError, match="format_version is not a known key"):
        ce.Scenario(**{**data, "format_version": 2})


def test_a_newer_format_is_refused_alone() -> None:
    data = {**ce.scenarios.olaparib_reversion().to_dict(), "format_version": 2, "unheard": 1}
    with pytest.raises(ce.ModelError) as caught:
        ce.Scenario.from_dict(data)
    assert caught.value.problems == (
        "format_version must be at most 1: the scenario was written by a newer chemoevo; got 2. Read it with that "
        "version, or a later one.",
    )


@pytest.mark.parametrize(
    ("value", "error"),
    [(0, ce.ModelError), (-1, ce.ModelError), (1.5, ce.ModelError), ("1", TypeError), (True, TypeError)],
)
def test_a_format_is_a_whole_number(value: object, error: type[Exception]) -> None:
    data = {**ce.scenarios.olaparib_reversion().to_dict(), "format_version": value}
    with pytest.raises(error, match=r"format_version must be a whole number >= 1; got "):
        ce.Scenario.from_dict(data)
    assert ce.Scenario.from_dict({**data, "format_version": 1.0}) == ce.scenarios.olaparib_reversion()


def test_the_schema_knows_todays_format() -> None:
    schema = Draft202012Validator(ce.Scenario.json_schema())
    data = ce.scenarios.olaparib_reversion().to_dict()
    assert list(schema.iter_errors(data)) == []
    assert [error.json_path for error in schema.iter_errors({**data, "format_version": 2})] == ["$.format_version"]


def test_copies_are_of_today() -> None:
    with pytest.raises(ce.ModelError, match=r"potencies\[0\]\.at is missing"):
        ce.scenarios.nsclc().replace({"potencies[0].at": None})


def moved(data: dict[str, Any]) -> Iterator[str]:
    """A change that was never made: replicates were `histories`, at the top."""
    if "histories" in data:
        data.setdefault("simulation", {})["replicates"] = data.pop("histories")
        yield f"simulation.replicates = {data['simulation']['replicates']}"


def test_a_change_that_comes_later(monkeypatch: pytest.MonkeyPatch) -> None:
    data = ce.scenarios.olaparib_reversion().to_dict()
    monkeypatch.setattr(formats, "FORMAT_VERSION", 2)
    monkeypatch.setattr(scenario, "FORMAT_VERSION", 2)
    monkeypatch.setattr(formats, "CHANGES", (*formats.CHANGES, (2, moved)))
    for written in ({}, {"format_version": 1}):
        old = {**data, **written, "histories": 7}
        if not written:
            del old["format_version"]
        with pytest.warns(
            UserWarning, match=r"format_version = 2 at the top of its file:\n  simulation.replicates = 7$"
        ):
            assert ce.Scenario.from_dict(old).simulation.replicates == 7
        assert old["histories"] == 7, "what was given is left as it was"
    with pytest.raises(ce.ModelError, match="histories is not a known key"):
        ce.Scenario.from_dict({**data, "format_version": 2, "histories": 7})
    # Of a file of format 1 only what came later is tried.
    kill = {**tomllib.loads(KILL.read_text(encoding="utf-8")), "format_version": 1, "histories": 7}
    with pytest.warns(UserWarning, match="histories|replicates"), pytest.raises(ce.ModelError, match="at is missing"):
        ce.Scenario.from_dict(kill)


def test_the_command_line_reads_them_with_the_hint(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.warns(UserWarning, match="is written in an earlier form"):
        assert _run(["describe", str(KILL)]) == 0
    assert "log10 kill 0.1513" in capsys.readouterr().out
