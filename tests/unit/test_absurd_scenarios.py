"""Scenarios with absurd but valid numbers: doses that are never given, rates that no cell has."""

from __future__ import annotations

import time
from typing import Any

import pytest

import chemoevo as ce
from chemoevo.pharmacology.regimen import MAX_DOSES  # type: ignore[attr-defined]


def scenario(cycles: float, *, length: float = 21.0, birth: float = 0.139, death: float = 0.1313) -> ce.Scenario:
    regimen = ce.regimens.docetaxel_carboplatin().to_dict()
    regimen["phases"][0].update(cycles=cycles, cycle_length_days=length)
    if length < 1:
        for dose in regimen["phases"][0]["doses"]:
            dose["start_hours"] = 0
    data: dict[str, Any] = {
        "name": "absurd",
        "tumor": {"birth": birth, "death": death, "size": 1e5, "alterations": [{"name": "ABCB1", "mutation": 1e-6}]},
        "patient": {"bsa": 1.8, "gfr": 90},
        "regimen": regimen,
        "potencies": [{"drug": drug, "emax": 1.0, "basis": "a test"} for drug in ("docetaxel", "carboplatin")],
        "follow_up": {"horizon": 60},
    }
    return ce.Scenario.from_dict(data)


def test_cycles_after_the_horizon_are_not_written_out() -> None:
    begun = time.process_time()
    many, few = scenario(6e9), scenario(3)
    assert many.acting.phases[0].cycles < 10
    assert many.therapy == few.therapy
    assert time.process_time() - begun < 1.0
    assert few.acting is few.regimen
    with pytest.raises(ce.ModelError, match=r"phases\[0\]\.cycles .* at most 100,000 doses .* got 6000000000"):
        many.regimen.events(many.patient)


def test_the_doses_before_a_day_stay_as_they_are() -> None:
    regimen = ce.regimens.docetaxel_carboplatin()
    phases = [*regimen.phases, *regimen.phases]
    whole = ce.pharmacology.Regimen(name="twice", phases=phases)
    patient = ce.Patient(bsa=1.8, gfr=90)
    rows = whole.administrations(patient)
    for day in (0.5, 20.0, 21.0, 42.0, whole.duration_days / 2, whole.duration_days / 2 + 1, 1e9):
        kept = whole.within(day).administrations(patient)
        assert [row for row in kept if row[0] < day * 24] == [row for row in rows if row[0] < day * 24]


def test_too_many_doses_before_the_horizon_are_refused() -> None:
    with pytest.raises(ce.ModelError, match=r"regimen\.phases\[0\]\.cycles must leave at most 100,000 doses"):
        scenario(6e9, length=1.5 * 60 / MAX_DOSES)


@pytest.mark.parametrize(("birth", "death", "named"), [(365.0, 0.1, ["birth"]), (400.0, 365.0, ["birth", "death"])])
def test_rates_that_no_cell_has_are_refused(birth: float, death: float, named: list[str]) -> None:
    with pytest.raises(ce.ModelError) as caught:
        scenario(3, birth=birth, death=death)
    for name in named:
        assert f"tumor.{name} must be at most 3, per cell and day" in str(caught.value)
    assert len(caught.value.problems) == len(named)
    assert "365 per year are 0.9993 per day" in str(caught.value)
    assert scenario(3, birth=3.0).tumor.birth == 3.0
