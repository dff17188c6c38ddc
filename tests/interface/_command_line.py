"""A small scenario file, and commands that are to refuse it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import chemoevo as ce
from chemoevo.cli.main import BAD_INPUT, _run

REGIMEN, PATIENT = ce.regimens.docetaxel_carboplatin(), ce.Patient(bsa=1.8, gfr=90)
ANCHORS = {drug: ce.Anchor.first_cycle(REGIMEN, drug, patient=PATIENT).to_dict() for drug in REGIMEN.drugs}
SMALL: dict[str, Any] = {
    "name": "small",
    "tumor": {
        "birth": 0.139,
        "death": 0.09,
        "size": 1e5,
        "alterations": [{"name": "ABCB1", "mutation": 1e-6}, {"name": "TP53", "mutation": 2e-5}],
    },
    "patient": {"bsa": 1.8, "gfr": 90},
    "regimen": "docetaxel_carboplatin",
    "potencies": [
        {"drug": drug, "log10_kill_per_cycle": 0.6, "at": ANCHORS[drug], "basis": "a test"}
        for drug in ("docetaxel", "carboplatin")
    ],
    "follow_up": {"horizon": 60},
    "simulation": {"replicates": 20, "seed": 3},
}

Write = Callable[..., Path]
Capture = pytest.CaptureFixture[str]


def refused(capsys: Capture, *arguments: object) -> str:
    """Runs, asserts exit code 2, nothing on stdout and one message without traceback; gives the message."""
    code = _run([str(a) for a in arguments])
    out, err = capsys.readouterr()
    assert code == BAD_INPUT
    assert out == ""
    assert err.startswith("Error: ")
    assert err.count("Error: ") == 1
    assert "Traceback" not in err
    return err
