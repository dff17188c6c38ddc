"""What `describe` and `run` say of a scenario that does less, or something else, than it seems to."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import chemoevo as ce
from chemoevo import pharmacology
from chemoevo.cli.main import _run

MINE = pharmacology.drug("docetaxel").to_dict()


def scenario(**more: Any) -> ce.Scenario:
    parts = {
        "name": "a test",
        "tumor": ce.Tumor(birth=0.139, death=0.1, size=100),
        "regimen": "docetaxel_carboplatin",
        "patient": ce.Patient(bsa=1.8, gfr=90),
        "potencies": [ce.Potency(drug=drug, emax=1, basis="a test") for drug in ("docetaxel", "carboplatin")],
    }
    return ce.Scenario(**{**parts, **more})


def notes(text: str) -> list[str]:
    """The notes, each on one line again."""
    lines = re.sub(r"\n {4}", " ", text).splitlines()
    return [line.strip().removeprefix("NOTE: ") for line in lines if "NOTE" in line]


def test_a_drug_that_overrides_one_that_ships_is_named() -> None:
    assert notes(scenario().describe()) == []
    assert notes(scenario(drugs={**MINE, "name": "mine"}).describe()) == []
    said = "docetaxel is the drug of this scenario, not the one that ships"
    assert notes(scenario(drugs=MINE).describe()) == [said]
    both = [MINE, pharmacology.drug("carboplatin").to_dict()]
    assert notes(scenario(drugs=both).describe()) == [said, said.replace("docetaxel", "carboplatin")]


@pytest.mark.parametrize(
    ("horizon", "said"),
    [
        (105.1, []),
        (
            105.04,
            ["1 of 12 doses come at or after the horizon (day 105.04) and do nothing: carboplatin from day 105.042"],
        ),
        (
            63.0,
            [
                "6 of 12 doses come at or after the horizon (day 63) and do nothing: "
                "docetaxel from day 63, carboplatin from day 63.0417"
            ],
        ),
        # Times that differ by rounding are one.
        (63.0 * (1 + 2e-16), ["6 of 12"]),
        (63.0 * (1 + 1e-9), ["5 of 12"]),
        (0.01, ["11 of 12"]),
    ],
)
def test_doses_that_come_too_late_are_counted(horizon: float, said: list[str]) -> None:
    given = scenario(follow_up=ce.FollowUp(horizon=horizon, looks_every=0.01))
    found = notes(given.describe())
    assert len(found) == len(said)
    assert all(line.startswith(words) for line, words in zip(found, said, strict=True))


def test_all_doses_come_too_late() -> None:
    late = ce.Dose(drug="docetaxel", amount=75, unit="mg/m2", days=8)
    regimen = ce.Regimen(name="late", phases=ce.Phase(cycle_length_days=21, cycles=2, doses=late))
    potency = ce.Potency(drug="docetaxel", emax=1, basis="a test")
    given = scenario(regimen=regimen, potencies=potency, follow_up=ce.FollowUp(horizon=5, looks_every=1))
    (said,) = notes(given.describe())
    assert said == "all 2 doses come at or after the horizon (day 5) and do nothing: docetaxel from day 7"


def test_run_says_it_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "scenario.toml"
    file.write_text(scenario(drugs=MINE, follow_up=ce.FollowUp(horizon=30, looks_every=10)).to_toml())
    assert _run(["run", str(file), "--out", str(tmp_path / "out"), "--replicates", "2"]) == 0
    assert [line.split()[0] for line in notes(capsys.readouterr().out)] == ["docetaxel", "8"]
