"""What tests of tables of events share: regimens of rows, and administrations side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl
import pytest

from chemoevo.pharmacology import Patient, Regimen

NOBODY = Patient()
Given = tuple[float, float, float, str, str | None]
"""Time (h), amount, duration (h), drug, route."""
Row = dict[str, Any]


def read(*rows: Row, drug: str | None = "x", **more: Any) -> Any:
    """The regimens of rows, whose missing values are null."""
    return Regimen.from_events(pl.DataFrame(list(rows), infer_schema_length=None), drug=drug, **more)


def given_by(regimen: Regimen, patient: Patient = NOBODY) -> list[Given]:
    """Every administration."""
    return [(a.time, a.amount, a.duration, a.drug, a.route) for a in regimen.administrations(patient)]


def assert_same(found: Sequence[Given], expected: Sequence[Given], within: float = 1e-9) -> None:
    """The same administrations, at times that differ by rounding; what is given at one time in any order."""

    def key(one: Given) -> tuple[Any, ...]:
        return one[3], one[4] or "", one[1], round(one[2], 6), one[0]

    assert len(found) == len(expected)
    for a, b in zip(sorted(found, key=key), sorted(expected, key=key), strict=True):
        assert a[0] == pytest.approx(b[0], rel=0, abs=within)
        assert a[1] == b[1]
        assert a[2] == pytest.approx(b[2], rel=1e-12, abs=0)
        assert a[3:] == b[3:]
    assert [one[0] for one in found] == sorted(one[0] for one in found)


def dose(**more: Any) -> Row:
    """A row, with other items."""
    return {"time": 0, "amt": 100, **more}
