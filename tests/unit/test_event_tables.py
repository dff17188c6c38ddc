"""Tables of events as regimens: an expansion of its own, round trips, what other programs stumble over, refusals."""

from __future__ import annotations

import math
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
from chemoevo.pharmacology import Absorption, Patient, Regimen, concentration
from chemoevo.testing import regimens

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


# Tables at random, and what they mean -------------------------------------------------------------------------------


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


# Round trips --------------------------------------------------------------------------------------------------------

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


def test_a_hundred_thousand_doses_come_back() -> None:
    some = np.random.default_rng(5)
    scattered = np.sort(some.uniform(0, 800_000, 20_000))
    tables = {
        "every eight hours": np.arange(100_000) * 8.0,
        "every twenty minutes": np.arange(100_000) / 3,
        "at any time": scattered,
        "at any time, and every day": np.sort(np.r_[scattered, np.arange(20_000) * 24.0]),
    }
    for what, times in tables.items():
        regimen = Regimen.from_events(pl.DataFrame({"time": times, "amt": np.ones(len(times))}), drug="x")
        found = np.array([one.time for one in regimen.administrations(NOBODY)])
        assert np.abs(found - times).max() < 1e-9, what
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


# What users of other programs stumble over --------------------------------------------------------------------------

MINE = ce.Drug(
    name="mine",
    drug_class="anthracycline",
    molar_mass=500.0,
    fraction_unbound=0.5,
    routes=["iv", "oral", "sc"],
    kinetics=ce.Kinetics(clearance=10.0, volume=20.0, absorption=Absorption(rate=0.5, lag=2.0, bioavailability=0.4)),
)


def plasma(regimen: Regimen, times: Sequence[float]) -> pl.DataFrame:
    """Concentration and area of MINE at times (days)."""
    return concentration(regimen, NOBODY, MINE, times)


def test_trap_bioavailability_shortens_no_infusion() -> None:
    by_rate = read({"time": 0, "amt": 100, "rate": 20}, drug="mine")
    by_length = read({"time": 0, "amt": 100, "dur": 5}, drug="mine")
    assert by_rate == by_length
    assert given_by(by_rate) == [(0.0, 100.0, 5.0, "mine", None)]
    slow = Regimen.from_events(
        pl.DataFrame({"time": [0], "amt": [100], "rate": [20]}), compartments={1: ("mine", "sc")}
    )
    assert given_by(slow)[0][2:] == (5.0, "mine", "sc")
    # All of the 40 % that reach plasma have: the area is what that leaves.
    assert plasma(slow, [30.0])["area_mg_h_per_l"].item() == pytest.approx(0.4 * 100 / 10, rel=1e-9)


@pytest.mark.parametrize("route", ["iv", "oral"])
def test_trap_infusions_longer_than_the_interval_all_end_and_all_count(route: str) -> None:
    # 30 h every 12 h: two or three run at any time, and with a lag of 2 h the order of starts and ends is another one.
    regimen = read({"time": 0, "amt": 60, "dur": 30, "ii": 12, "addl": 9, "route": route}, drug="mine")
    share = 1.0 if route == "iv" else 0.4
    frame = plasma(regimen, [40.0])
    assert frame["area_mg_h_per_l"].item() == pytest.approx(share * 600 / 10, rel=1e-9)
    assert frame["total_mg_per_l"].item() < 1e-12


def test_trap_a_reset_is_refused_where_it_would_have_to_stop_an_infusion() -> None:
    for kind in (3, 4):
        rows = [{"time": 0, "amt": 10, "dur": 24, "evid": 1}, {"time": 12, "amt": 10 * (kind == 4), "evid": kind}]
        with pytest.raises(ModelError, match=rf"frame\[1\].evid must not be a reset after a dose; got {kind}\. A body"):
            read(*rows)


def test_a_reset_before_any_dose_is_nothing() -> None:
    rows = [
        {"time": -10, "amt": None, "evid": 0, "id": 1},
        {"time": 0, "amt": None, "evid": 3, "id": 1},
        {"time": 0, "amt": 10, "evid": 4, "id": 1},
        {"time": 0, "amt": 20, "evid": 4, "id": 2},
        {"time": 24, "amt": 30, "evid": 1, "id": 2},
    ]
    first, second = read(*rows).values()
    assert given_by(first) == [(0.0, 10.0, 0.0, "x", None)]
    assert [one[:2] for one in given_by(second)] == [(0.0, 20.0), (24.0, 30.0)]


def test_trap_two_infusions_at_one_rate_sum() -> None:
    one = read({"time": 0, "amt": 50, "rate": 10}, drug="mine")
    two = read({"time": 0, "amt": 50, "rate": 10}, {"time": 0, "amt": 50, "rate": 10}, drug="mine")
    later = read({"time": 0, "amt": 50, "rate": 10}, {"time": 2, "amt": 80, "rate": 10}, drug="mine")
    at = [0.05, 0.1, 0.2, 0.5, 1.0]
    assert len(given_by(two)) == 2
    assert (plasma(two, at)["total_mg_per_l"] / plasma(one, at)["total_mg_per_l"]).to_list() == pytest.approx([2] * 5)
    # Each ends when it is to end: at 5 h and at 10 h.
    assert [a + d for a, _, d, *_ in given_by(later)] == [5.0, 10.0]
    alone = plasma(read({"time": 2, "amt": 80, "rate": 10}, drug="mine"), at)["total_mg_per_l"]
    both = plasma(one, at)["total_mg_per_l"] + alone
    assert plasma(later, at)["total_mg_per_l"].to_list() == pytest.approx(both.to_list(), rel=1e-12)


@pytest.mark.parametrize("row", [{"amt": 0, "rate": 5}, {"amt": None, "rate": 5}, {"amt": 10, "rate": 0, "ii": 24}])
@pytest.mark.parametrize("evid", [{}, {"evid": 1}])
def test_trap_steady_states_are_refused_not_approximated(row: Row, evid: Row) -> None:
    with pytest.raises(
        ModelError, match=r"frame\[1\].ss must be 0; got [12]\. A regimen starts from nothing: write out"
    ):
        read({"time": 0, "amt": 1, **evid}, {"time": 1, "ss": 1, **row, **evid})
    with pytest.raises(ModelError, match=r"or ask pharmacology.steady for it\."):
        read({"time": 0, "amt": 1, **evid}, {"time": 1, "ss": 2, **row, **evid})


def test_trap_an_interval_alone_and_additional_doses_alone_are_refused() -> None:
    with pytest.raises(
        ModelError, match=r"frame\[0\].addl must be > 0 where II is 24; .* Give ADDL, the number of doses"
    ):
        read({"time": 0, "amt": 1, "ii": 24})
    with pytest.raises(
        ModelError, match=r"frame\[0\].ii must be > 0 where ADDL is 5; .* Give the time between the doses"
    ):
        read({"time": 0, "amt": 1, "addl": 5})


@pytest.mark.parametrize(
    "how", [{"dur": 0}, {"rate": 0}, {"rate": 0, "dur": 0}, {"rate": None, "dur": 0.0}, {"rate": "."}]
)
def test_trap_no_length_is_all_at_once(how: Row) -> None:
    assert given_by(read({"time": 0, "amt": 5, **how})) == [(0.0, 5.0, 0.0, "x", None)]


def test_trap_amounts_have_a_unit() -> None:
    row = {"time": 0, "amt": 2, "dur": 1}
    patient = Patient(bsa=1.5, gfr=75, weight=60)
    for unit, mg in (("mg", 2), ("mg/m2", 3.0), ("mg/kg", 120), ("AUC", 200)):
        assert given_by(read(row, unit=unit), patient) == [(0.0, mg, 1.0, "x", None)]
    drugs = [{**row, "drug": "x"}, {**row, "drug": "y"}]
    both = read(*drugs, drug=None, unit={"x": "mg/m2", "y": "AUC"})
    assert [one[1] for one in given_by(both, patient)] == [3.0, 200]
    units = [{**one, "unit": unit} for one, unit in zip(drugs, ["IU", None], strict=True)]
    assert read(*units, drug=None, unit="AUC").events(patient).select("amt", "unit").rows() == [(2, "IU"), (200, "mg")]
    # Micrograms, taken for milligrams.
    with pytest.raises(
        ModelError, match=r"frame\[0\].amt must be at most 200000 mg; got 1200000. 1200000 looks like ug"
    ):
        read({"time": 0, "amt": 1_200_000})
    # Seconds, taken for hours.
    with pytest.raises(
        ModelError, match=r"frame\[1\].time must put the last dose before 1,000,000 h; .* Is the unit of time"
    ):
        read({"time": 0, "amt": 1}, {"time": 1_814_400, "amt": 1})


def test_trap_what_comes_at_one_time_replaces_nothing() -> None:
    rows = [{"time": 0, "amt": a, "dur": 2, "drug": d} for a, d in ((10, "x"), (20, "y"), (10, "x"), (30, "x"))]
    assert_same(given_by(read(*rows, drug=None)), [(0.0, r["amt"], 2.0, r["drug"], None) for r in rows])


def test_trap_names_in_capitals_and_not_are_not_mixed() -> None:
    with pytest.raises(ModelError, match=r"all in capitals, or none of them; got TIME and amt\. Rename"):
        read({"TIME": 0, "amt": 1})
    with pytest.raises(ModelError, match=r"must have one column time or TIME; got \['Time'\]"):
        read({"Time": 0, "amt": 1})
    # Covariates have whatever names they have.
    assert len(given_by(read({"TIME": 0, "AMT": 1, "weight": 70, "Sex": 1}))) == 1


def test_trap_additional_doses_are_those_after_the_first() -> None:
    doses = given_by(read({"time": 0, "amt": 1, "ii": 7, "addl": 2}, time_unit="days"))
    assert [one[0] for one in doses] == [0.0, 168.0, 336.0]


def test_trap_numbers_for_what_a_model_estimates_are_refused() -> None:
    for rate, what in ((-1, "the rate"), (-2, "the duration")):
        with pytest.raises(
            ModelError, match=rf"frame\[0\].RATE must be >= 0; got {rate}\. A model that estimates {what}"
        ):
            read({"TIME": 0, "AMT": 5, "RATE": rate})


def test_trap_doses_to_come_are_given_also_beyond_a_later_row() -> None:
    doses = given_by(read({"time": 0, "amt": 1, "ii": 24, "addl": 3}, {"time": 30, "amt": 9}))
    assert [one[:2] for one in doses] == [(0.0, 1.0), (24.0, 1.0), (30.0, 9.0), (48.0, 1.0), (72.0, 1.0)]


def test_trap_a_table_without_evid_has_doses_where_something_is_given() -> None:
    rows = [
        {"TIME": 0.0, "AMT": 5.0, "DV": None},
        {"TIME": 1.0, "AMT": None, "DV": 3.0},
        {"TIME": 2.0, "AMT": 0.0, "DV": 2.0},
    ]
    assert len(given_by(read(*rows))) == 1
    # Whoever forgot an amount is told.
    with pytest.raises(ModelError, match=r"frame\[0\].AMT must say how much is given; got nothing"):
        read({"TIME": 0, "AMT": None, "RATE": 5})


# What a regimen becomes ---------------------------------------------------------------------------------------------


def shape(regimen: Regimen) -> list[tuple[float, int, int]]:
    return [(phase.cycle_length_days, phase.cycles, len(phase.doses)) for phase in regimen.phases]


def test_what_repeats_becomes_cycles() -> None:
    three_weeks = {"time": 0, "amt": 100, "ii": 504, "addl": 5}
    assert shape(read(three_weeks)) == [(21.0, 6, 1)]
    assert shape(read({**three_weeks, "drug": "x"}, {**three_weeks, "drug": "y", "dur": 1}, drug=None)) == [
        (21.0, 6, 2)
    ]
    # Days 1 and 8, as one dose.
    weekly = read({**three_weeks}, {**three_weeks, "time": 168})
    assert shape(weekly) == [(21.0, 6, 1)]
    assert weekly.phases[0].doses[0].days == (1, 8)
    # One drug, then another; and a pause.
    taxane = {"time": 2016, "amt": 80, "ii": 168, "addl": 11}
    assert shape(read({**three_weeks, "addl": 3}, taxane)) == [(21.0, 4, 1), (7.0, 12, 1)]
    assert shape(read({**three_weeks, "addl": 3}, {**taxane, "time": 2040})) == [
        (21.0, 4, 1),
        (1.0, 1, 0),
        (7.0, 12, 1),
    ]
    # Cycles of whole days rather than of eight hours; the first does not start with the day.
    assert shape(read({"time": 0, "amt": 1, "ii": 8, "addl": 29})) == [(1.0, 10, 3)]
    assert shape(read({"time": 20, "amt": 1, "ii": 24, "addl": 9})) == [(1.0, 10, 1)]


def test_what_does_not_repeat_is_one_cycle_that_ends_with_a_day() -> None:
    assert shape(read({"time": 0, "amt": 1})) == [(1.0, 1, 1)]
    assert shape(read({"time": 30.5, "amt": 1}, {"time": 47.9, "amt": 2, "dur": 1})) == [(3.0, 1, 2)]
    assert shape(read({"time": 5, "amt": 1}, {"time": 8, "amt": 2}, {"time": 99, "amt": 1}))[-1][0] == 5.0


def test_doses_at_awkward_times_come_back() -> None:
    draw, seen = random.Random(3), 0
    for _ in range(300):
        base = draw.choice([0, 1e-10, 23.9999999999, 24, 1e5 + 1 / 3, 8e5 + 0.1])
        times: list[float] = []
        for _ in range(draw.randint(1, 4)):
            start = base + draw.choice(
                [0, 1e-10, 5e-10, 1e-9, 1e-8, 24 - 4e-10, 24 - 1e-9, 24, 1 / 3, 50 * draw.random()]
            )
            every = draw.choice(
                [24, 8, 12, 1 / 3, 24 + 1e-9, 24 - 3e-10, 168, 9600, 9601, 0.1, 1e-9, 30 * draw.random()]
            )
            times += [start + every * j for j in range(draw.randint(1, 12))]
        times.sort()
        regimen = read(*[{"time": time, "amt": 1} for time in times])
        found = [one[0] for one in given_by(regimen)]
        assert max(abs(a - b) for a, b in zip(found, times, strict=True)) < 1e-9
        seen += len(regimen.phases) > 1
    assert seen > 100


def test_ids_give_regimens_of_their_own() -> None:
    rows = [{"ID": 2, "TIME": 0, "AMT": 5}, {"ID": 2, "TIME": 9, "AMT": 5}, {"ID": 1, "TIME": 4, "AMT": 7}]
    found = read(*rows)
    assert list(found) == [2, 1]
    assert [one.name for one in found.values()] == ["x, ID 2", "x, ID 1"]
    assert [one[0] for one in given_by(found[1])] == [4.0]
    assert isinstance(read(*rows[:2]), Regimen)
    assert list(read(*rows[:2], by_id=True, name="mine")) == [2]
    assert read(*rows[:2], name="mine").name == "mine"
    texts = read(*[{**row, "ID": f"00{row['ID']}"} for row in rows])
    assert list(texts) == ["002", "001"]


def test_compartments_say_the_drug_and_how_it_is_given() -> None:
    rows = [{"time": 0, "amt": 1, "cmt": 1}, {"time": 0, "amt": 2, "cmt": 2}, {"time": 5, "amt": 3, "cmt": None}]
    table = {1: ("x", "oral"), 2: "y"}
    found = read(*rows, drug=None, compartments=table)
    assert_same(given_by(found), [(0, 1, 0, "x", "oral"), (0, 2, 0, "y", None), (5, 3, 0, "x", "oral")])
    points = pl.DataFrame({"TIME": ["0", "5"], "AMT": ["1", "3"], "CMT": ["2", "."]})
    assert [one[3] for one in given_by(Regimen.from_events(points, compartments=table))] == ["y", "x"]
    named = read({"time": 0, "amt": 1, "cmt": "CENT"}, drug=None, compartments={"CENT": "z"})
    assert named.drugs == ("z",)
    # One compartment, whichever it is, needs no words.
    assert len(given_by(read({"time": 0, "amt": 1, "cmt": 2}, {"time": 1, "amt": 1, "cmt": 2}))) == 2


def test_rate_and_length_may_both_be_there_if_they_agree() -> None:
    assert given_by(read({"time": 0, "amt": 100, "rate": 33.33, "dur": 3}))[0][2] == 3.0
    with pytest.raises(ModelError, match=r"dur must be the length of the infusion that AMT and RATE give, 2; got 3\."):
        read({"time": 0, "amt": 100, "rate": 50, "dur": 3})


# Laws ---------------------------------------------------------------------------------------------------------------


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


# Refusals -----------------------------------------------------------------------------------------------------------


def dose(**more: Any) -> Row:
    """A row, with other items."""
    return {"time": 0, "amt": 100, **more}


FIRST = dose()
REFUSED: dict[str, tuple[list[Row], dict[str, Any], str]] = {
    "no time": ([{"time": None, "amt": 3}], {}, "frame[0].time must say when the dose is given; got nothing."),
    "a clock": ([{"time": "9:30", "amt": 3}], {}, "frame[0].time must be a number; got '9:30'."),
    "before the first day": ([{"time": -5, "amt": 3}], {}, "frame[0].time must be >= 0 for a dose; got -5. Time 0 is"),
    "times that fall": (
        [{"time": 5, "amt": 3}, FIRST],
        {},
        "frame[1].time must not be before that of the row above; got",
    ),
    "times that fall in an ID": (
        [{"time": 5, "amt": 3, "id": 1}, dose(id=1)],
        {},
        "frame[1].time must not be before that of the row above of an ID; got 0. Sort the rows by time.",
    ),
    "dates": ([dose(DATE="2020")], {}, "frame.DATE is not read: times are numbers. Give the time since"),
    "no amount": ([dose(amt=None, evid=1)], {}, "frame[0].amt must say how much is given; got nothing."),
    "less than nothing": ([dose(amt=-3)], {}, "frame[0].amt must be > 0 for a dose; got -3."),
    "nothing": ([dose(amt=0, evid=1)], {}, "frame[0].amt must be > 0 for a dose; got 0. A dose that was not"),
    "endless": ([dose(amt=math.inf)], {}, "frame[0].amt must be finite; got inf."),
    "beyond floats": ([dose(amt="1e999")], {}, "frame[0].amt must be finite; got inf."),
    "True": ([dose(amt=True)], {}, "frame[0].amt must be a number; got True."),
    "an observed dose": ([dose(evid=0)], {}, "frame[0].amt must be 0 or missing where EVID is 0; got 100. A dose"),
    "a dose of no event": ([dose(evid=None), dose(evid=1)], {}, "frame[0].amt must be 0 or missing where"),
    "other events": ([dose(evid=2)], {}, "got 2. Nothing is given then: leave the row out."),
    "replaced": ([dose(evid=5)], {}, "got 5. To replace what a compartment holds is no dose."),
    "half an event": ([dose(evid=1.5)], {}, "frame[0].evid must be 0 (nothing is given), 1 (a dose), or before"),
    "a negative length": ([dose(dur=-1)], {}, "frame[0].dur must be >= 0; got -1."),
    "a negative rate": ([dose(rate=-0.5)], {}, "frame[0].rate must be >= 0; got -0.5. Write the length of"),
    "too slow": ([dose(rate=0.01)], {}, "frame[0].rate gives an infusion that must be at most 2200 h; got 10000."),
    "too long": ([dose(dur=3000)], {}, "frame[0].dur must be at most 2200 h; got 3000. 3000 looks like minutes"),
    "a length by another name": ([dose(tinf=1)], {}, "frame.tinf is no data item. Rename it to DUR"),
    "half a dose more": (
        [dose(ii=24, addl=1.5)],
        {},
        "frame[0].addl must be a whole number >= 0; got 1.5. It counts the doses",
    ),
    "less doses than one": ([dose(ii=24, addl=-1)], {}, "frame[0].addl must be a whole number >= 0; got -1."),
    "backwards": ([dose(ii=-24, addl=1)], {}, "frame[0].ii must be >= 0; got -24."),
    "for ever": ([dose(ii=24, addl=1e7)], {}, "frame[0].addl must put the last dose before 1,000,000 h; got"),
    "beyond all times": ([dose(ii=1e308, addl=1e308)], {}, "frame[0].addl must put the last dose before"),
    "two compartments": (
        [dose(cmt=1), dose(cmt=2)],
        {},
        "frame[1].cmt must be 1 as for the doses of x before; got 2. Say",
    ),
    "another compartment": (
        [dose(cmt=3)],
        {"drug": None, "compartments": {1: "a", "gut": "b"}},
        "frame[0].cmt must be one that compartments has: 1, 'gut'; got 3.",
    ),
    "half a compartment": ([dose(cmt=2.5)], {}, "frame[0].cmt must be the number or the name of a compartment;"),
    "a unit of a row": (
        [dose(unit="ug")],
        {},
        "frame[0].unit must be 'mg', 'mg/m2', 'mg/kg', 'AUC', 'IU', 'IU/m2', or",
    ),
    "a route in capitals": ([dose(route="IV")], {}, "or missing; got 'IV'. Did you mean 'iv'?"),
    "no drug": ([FIRST], {"drug": None}, 'drug is missing: what is given. Give drug="docetaxel", a column drug, or'),
    "a drug twice": ([dose(drug="x")], {}, "drug must be said in one way; got the argument drug and the column drug."),
    "no drug in a row": (
        [dose(drug="x"), dose(drug=None)],
        {"drug": None},
        "frame[1].drug must name a drug; got nothing.",
    ),
    "a number for a drug": ([dose(drug=3)], {"drug": None}, "frame[0].drug must name a drug; got 3."),
    "an ID that comes back": (
        [dose(id=1), dose(id=2), dose(id=1)],
        {},
        "frame[2].id must have its rows one after the other; got 1. Put them together",
    ),
    "an ID of nobody": ([dose(id=None)], {}, "frame[0].id must say who it is; got nothing."),
    "half an ID": ([dose(id=1.5)], {}, "frame[0].id must be a whole number or a text; got 1.5."),
    "no doses": ([dose(amt=0)], {}, "frame must have a dose. A regimen gives something."),
    "an ID without doses": (
        [dose(id=1), {"time": 0, "amt": 0, "id": 2}],
        {},
        "frame must have a dose of ID 2. A regimen gives",
    ),
    "no rows": ([], {}, "frame must have at least one row."),
    "no columns": ([{"x": 1}], {}, "frame.time is missing: the time of events (h)."),
    "one item twice": ([dose(TIME=0)], {}, "frame must have one column time or TIME; got ['time', 'TIME']."),
    "a unit": ([FIRST], {"unit": "ug"}, "unit must be 'mg', 'mg/m2', 'mg/kg', 'AUC', 'IU' or 'IU/m2'; got 'ug'."),
    "a unit of another drug": (
        [FIRST],
        {"unit": {"y": "mg"}},
        "frame[0].amt must have a unit: the argument unit has none",
    ),
    "a unit of time": (
        [FIRST],
        {"time_unit": "h"},
        "time_unit must be 'hours', 'minutes', 'days' or 'weeks'; got 'h'.",
    ),
    "no compartments": (
        [FIRST],
        {"compartments": {}},
        "compartments must be a mapping of compartments to drugs, such as",
    ),
    "no such route": (
        [FIRST],
        {"drug": None, "compartments": {1: ("a", "im")}},
        "compartments[1] must have a route of 'iv', 'oral',",
    ),
    "no drug of a compartment": (
        [FIRST],
        {"drug": None, "compartments": {1: 3}},
        "compartments[1] must be a drug, or a drug and its route, such as",
    ),
    "half a compartment to name": (
        [FIRST],
        {"compartments": {2.5: "x"}},
        "compartments[2.5] must be by number or name",
    ),
    "no name": ([FIRST], {"name": ""}, "name must not be empty, nor have blanks at its ends; got ''."),
    "a number for a name": ([FIRST], {"name": 3}, "name must be a text; got 3."),
    "a number for the drug": ([FIRST], {"drug": 3}, "drug must be a text; got 3."),
    "by an ID that is not there": (
        [FIRST],
        {"by_id": True},
        "by_id must be False for a table without a column ID; got",
    ),
    "neither true nor false": ([FIRST], {"by_id": 3}, "by_id must be True or False; got 3."),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_a_regimen_cannot_have_is_refused(case: str) -> None:
    rows, arguments, words = REFUSED[case]
    with pytest.raises((ModelError, TypeError)) as caught:
        read(*rows, **arguments)
    assert words in str(caught.value)


@pytest.mark.parametrize("frame", [None, 3, "time", [FIRST], {"time": [0], "amt": [1]}, np.zeros((2, 2))])
def test_what_is_no_frame_is_refused(frame: Any) -> None:
    with pytest.raises(TypeError, match=r"frame must be a frame of polars or pandas, such as pl\.DataFrame"):
        Regimen.from_events(frame, drug="x")


def test_what_frames_may_hold_besides_numbers_is_refused() -> None:
    lists = pl.DataFrame({"time": [[0]], "amt": [[1]], "cmt": [[2]], "id": [[1]], "drug": [[1]], "route": [[1]]})
    with pytest.raises(TypeError) as caught:
        Regimen.from_events(lists)
    assert str(caught.value).count("frame[0].") == 6
    twice = pd.DataFrame([[0, 1, 2]], columns=["time", "amt", "time"])
    with pytest.raises(ModelError, match="frame must have columns of different names; got 'time' twice"):
        Regimen.from_events(twice, drug="x")
    times = pd.DataFrame({"time": [pd.Timestamp(2020, 1, 1), pd.NaT], "amt": [1, 2]})
    with pytest.raises(TypeError, match=r"frame\[0\].time must be a number"):
        Regimen.from_events(times, drug="x")


def test_all_problems_are_said_at_once_of_the_first_ten_rows() -> None:
    bad = {"time": 0, "amt": 5, "rate": -2, "ss": 1, "ii": 24, "addl": 0.5, "cmt": 1.5, "route": "im"}
    with pytest.raises(ModelError) as caught:
        read(bad)
    assert [problem.partition(" ")[0] for problem in caught.value.problems] == [
        f"frame[0].{item}" for item in ("cmt", "route", "rate", "ss", "addl")
    ]
    with pytest.raises(ModelError) as caught:
        read(*[{"time": 0, "amt": 5, "rate": -2}] * 14)
    assert len(caught.value.problems) == 11
    assert caught.value.problems[-1] == "frame has 4 more rows with problems."
    with pytest.raises(ModelError, match=r"unit must be .*\n.*time_unit must be .*\n.*name must") as caught:
        read(FIRST, unit="g", time_unit="d", name=" ")
    with pytest.raises(ModelError, match="unit must be"):
        Regimen.from_events(pl.DataFrame({"time": [0]}), drug="x", unit="g")
