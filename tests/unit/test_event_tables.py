"""Tables of events as regimens: an expansion of its own, round trips, laws."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chemoevo as ce
from chemoevo import ModelError
from chemoevo.pharmacology import Patient, Regimen
from chemoevo.testing import regimens
from tests.unit.event_tables import NOBODY, Given, Row, assert_same, given_by, read


def slow_expansion(rows: Sequence[Row], hours: float) -> dict[Any, list[Given]]:
    """What every ID is given, row by row and dose by dose, by the meaning of the data items."""
    found: dict[Any, list[Given]] = {}
    for row in rows:
        courses = found.setdefault(row.get("id"), [])
        if "evid" in row:
            if row["evid"] in (None, 0, 3):
                continue
        elif not row["amt"]:
            continue
        length = 0.0
        if row.get("dur") is not None:
            length = row["dur"] * hours
        elif row.get("rate"):
            length = row["amt"] / row["rate"] * hours
        left, time = row.get("addl") or 0, row["time"] * hours
        while left >= 0:
            courses.append((time, float(row["amt"]), length, row.get("drug", "x"), row.get("route")))
            time += (row.get("ii") or 0) * hours
            left -= 1
    return found


def random_table(draw: random.Random) -> tuple[list[Row], float, str]:
    """Rows with the same items, and the unit of their times."""
    unit, hours = draw.choice([("hours", 1.0), ("days", 24.0), ("hours", 1.0), ("weeks", 168.0)])
    items = {item for item in ("id", "evid", "drug", "route", "rate", "dur", "cmt", "ss", "mdv") if draw.random() < 0.6}
    grid = draw.choice([1.0, 24.0, 168.0, 0.5, 1 / 3]) / hours
    rows = []
    for who in range(draw.randint(1, 3) if "id" in items else 1):
        time = draw.choice([0.0, 0.0, 100.5 / hours, 7 * 24 / hours])
        for number in range(draw.randint(1, 8)):
            row: Row = {"id": who + 5, "time": time, "cmt": 1, "ss": 0, "mdv": 1, "dv": None, "weight": 70}
            is_dose = number == 0 or draw.random() < 0.7
            row["evid"] = 1 if is_dose else 0
            if number == 0 and "evid" in items:
                row["evid"] = draw.choice([1, 4])
            row["amt"] = draw.choice([50, 50, 75.5, 100]) if is_dose else draw.choice([0, None])
            row["drug"], row["route"] = draw.choice(["x", "y"]), draw.choice([None, "iv", "oral"])
            length = draw.choice([0.0, 0.5, 1.0, 30.0]) / hours
            row["rate"], row["dur"] = None, None
            if is_dose:
                row["rate"] = draw.choice([0, None]) if length == 0 else row["amt"] / length
                row["dur"] = length if "rate" not in items or draw.random() < 0.5 else None
            train = is_dose and draw.random() < 0.6
            row["addl"], row["ii"] = (draw.randint(1, 12), grid * draw.randint(1, 4)) if train else (0, 0)
            rows.append({k: v for k, v in row.items() if k in items or k in ("time", "amt", "addl", "ii", "weight")})
            time += draw.choice([0, grid, 7 * grid, draw.random()])
    return rows, hours, unit


def frame_of(rows: Sequence[Row], draw: random.Random) -> Any:
    """A frame of some kind: of polars or pandas, in capitals or not, with points where nothing is."""
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    if draw.random() < 0.5:
        columns = {name.upper(): column for name, column in columns.items()}
    names = list(columns)
    draw.shuffle(names)
    kind = draw.choice(["polars", "lazy", "pandas", "points", "pandas objects"])
    if kind == "points":
        texts = {name: ["." if value is None else str(value) for value in columns[name]] for name in names}
        return pl.DataFrame(texts)
    if kind.startswith("pandas"):
        frame = pd.DataFrame({name: columns[name] for name in names}, index=range(10, 10 + len(rows)))
        return frame.astype(object) if kind == "pandas objects" else frame
    frame = pl.DataFrame({name: columns[name] for name in names}, strict=False)
    return frame.lazy() if kind == "lazy" else frame


@pytest.mark.parametrize("seed", range(200))
def test_tables_mean_what_a_slow_expansion_says(seed: int) -> None:
    draw = random.Random(seed)
    rows, hours, unit = random_table(draw)
    drug = None if "drug" in rows[0] else "x"
    found = Regimen.from_events(frame_of(rows, draw), drug=drug, time_unit=unit, by_id="id" in rows[0])
    courses = found if isinstance(found, dict) else {None: found}
    expected = slow_expansion(rows, hours)
    assert [str(key) for key in courses] == [str(key) for key in expected]
    for regimen, whole in zip(courses.values(), expected.values(), strict=True):
        assert_same(given_by(regimen), whole)
        # A regimen is what its own table says.
        assert_same(given_by(Regimen.from_events(regimen.events(NOBODY))), given_by(regimen))


PLANTED = {
    "additional doses are all doses": lambda row: {**row, "addl": max((row["addl"] or 0) - 1, 0)},
    "the rate is taken for the length": lambda row: {**row, "dur": row.get("rate")},
    "all at once": lambda row: {**row, "rate": 0, "dur": 0},
    "days are hours": lambda row: {**row, "time": row["time"] / 24},
    "observations are doses": lambda row: {**row, "amt": row["amt"] or 1, "evid": 1},
}


@pytest.mark.parametrize("error", PLANTED)
def test_planted_errors_are_seen(error: str) -> None:
    seen = 0
    for seed in range(40):
        draw = random.Random(seed)
        rows, hours, unit = random_table(draw)
        drug = None if "drug" in rows[0] else "x"
        found = Regimen.from_events(frame_of(rows, draw), drug=drug, time_unit=unit, by_id="id" in rows[0])
        courses = found.values() if isinstance(found, dict) else [found]
        wrong = slow_expansion([PLANTED[error](row) for row in rows], hours).values()
        try:
            for regimen, whole in zip(courses, wrong, strict=True):
                assert_same(given_by(regimen), whole)
        except AssertionError:
            seen += 1
    assert seen > 5


SOMEBODY = Patient(bsa=1.8, gfr=90, weight=70)


@pytest.mark.parametrize("name", ce.regimens.names())
def test_regimens_of_the_library_come_back(name: str) -> None:
    regimen = ce.regimens.regimen(name)
    events = regimen.events(SOMEBODY)
    again = Regimen.from_events(events)
    found = again.events(NOBODY)
    assert found.drop("cycle", "day").equals(events.drop("cycle", "day"))
    assert again.duration_days == regimen.duration_days
    # A cycle of 28 days with the same on days 1 and 15 is two of 14; five days in a cycle before another dose.
    if name not in ("abvd", "temozolomide"):
        assert found.equals(events)
        assert [phase.cycles for phase in again.phases] == [phase.cycles for phase in regimen.phases]


def test_the_kind_of_frame_and_capitals_change_nothing() -> None:
    events = ce.regimens.mfolfox6().events(SOMEBODY)
    again = Regimen.from_events(events)
    assert Regimen.from_events(events.rename(str.upper)) == again
    assert Regimen.from_events(events.lazy()) == again
    assert Regimen.from_events(pd.DataFrame(events.to_dict(as_series=False))) == again


@settings(max_examples=60)
@given(regimens(drugs=["docetaxel", "carboplatin", "mine"]))
def test_drawn_regimens_come_back(regimen: Regimen) -> None:
    again = Regimen.from_events(regimen.events(SOMEBODY))
    assert_same(given_by(again), given_by(regimen, SOMEBODY))
    a, b = again.events(NOBODY), regimen.events(SOMEBODY)
    assert a.columns == b.columns
    assert a["rate"].sort().to_numpy() == pytest.approx(b["rate"].sort().to_numpy(), rel=1e-12)
    assert Regimen.from_dict(again.to_dict()) == again


SCATTERED = np.sort(np.random.default_rng(5).uniform(0, 800_000, 20_000))


@pytest.mark.parametrize(
    "times",
    [
        pytest.param(np.arange(100_000) * 8.0, id="every eight hours"),
        pytest.param(np.arange(100_000) / 3, id="every twenty minutes"),
        pytest.param(SCATTERED, id="at any time"),
        pytest.param(np.sort(np.r_[SCATTERED, np.arange(20_000) * 24.0]), id="at any time, and every day"),
    ],
)
def test_a_hundred_thousand_doses_come_back(times: np.ndarray) -> None:
    regimen = Regimen.from_events(pl.DataFrame({"time": times, "amt": np.ones(len(times))}), drug="x")
    found = np.array([one.time for one in regimen.administrations(NOBODY)])
    assert np.abs(found - times).max() < 1e-9


def test_more_than_a_hundred_thousand_doses_are_refused() -> None:
    with pytest.raises(ModelError, match=r"frame\[0\].addl must leave at most 100,000 doses in a regimen; got 100,001"):
        read({"time": 0, "amt": 1, "ii": 1, "addl": 100_000})
    assert len(given_by(read({"time": 0, "amt": 1, "ii": 8, "addl": 99_999}))) == 100_000


def test_exposures_are_those_of_the_regimen() -> None:
    regimen = ce.regimens.docetaxel_carboplatin(cycles=3)
    again = Regimen.from_events(regimen.events(SOMEBODY))
    assert ce.exposure(again, patient=SOMEBODY).equals(ce.exposure(regimen, patient=SOMEBODY))
    # Ten days later, after a pause.
    later = regimen.events(SOMEBODY).with_columns(pl.col("time") + 240)
    delayed = Regimen.from_events(later)
    assert [len(phase.doses) for phase in delayed.phases] == [0, 2]
    assert_same(given_by(delayed), [(time + 240, *rest) for time, *rest in given_by(again)])
    moved = ce.concentrations(delayed, patient=SOMEBODY, times=[10.05, 31.5])["mg_per_L"].to_list()
    assert moved == pytest.approx(ce.concentrations(again, patient=SOMEBODY, times=[0.05, 21.5])["mg_per_L"].to_list())


@st.composite
def trains(draw: st.DrawFn) -> list[Row]:
    """Rows in order of time, of two drugs."""
    hours = st.integers(0, 2000) | st.floats(0, 2000)
    return [
        {
            "time": time, "amt": draw(st.sampled_from([1.0, 2.5])), "dur": draw(st.sampled_from([0.0, 1.0, 50.0])),
            "ii": draw(st.sampled_from([6.0, 24.0, 168.0]) | st.floats(0.1, 500)), "addl": draw(st.integers(1, 8)),
            "drug": draw(st.sampled_from(["x", "y"])), "route": draw(st.sampled_from([None, "oral"])),
        }
        for time in sorted(draw(st.lists(hours, min_size=1, max_size=6)))
    ]  # fmt: skip


@given(trains())
def test_trains_are_their_doses(rows: list[Row]) -> None:
    regimen = read(*rows, drug=None)
    single = [
        {**row, "time": row["time"] + j * row["ii"], "ii": 0, "addl": 0} for row in rows for j in range(row["addl"] + 1)
    ]
    single.sort(key=lambda row: row["time"])
    assert_same(given_by(read(*single, drug=None)), given_by(regimen))
    assert_same(given_by(Regimen.from_events(regimen.events(NOBODY))), given_by(regimen), within=2e-9)


@given(trains(), st.sampled_from(["days", "minutes", "weeks"]))
def test_other_units_of_time_give_the_same(rows: list[Row], unit: str) -> None:
    factor = {"days": 24, "minutes": 1 / 60, "weeks": 168}[unit]
    other = [{**row, **{item: row[item] / factor for item in ("time", "dur", "ii")}} for row in rows]
    assert_same(given_by(read(*other, drug=None, time_unit=unit)), given_by(read(*rows, drug=None)), within=1e-8)


@given(trains(), trains())
def test_ids_do_not_touch_each_other(first: list[Row], second: list[Row]) -> None:
    both = read(*[{**row, "id": 1} for row in first], *[{**row, "id": 2} for row in second], drug=None)
    for key, rows in ((1, first), (2, second)):
        assert both[key].phases == read(*rows, drug=None).phases
