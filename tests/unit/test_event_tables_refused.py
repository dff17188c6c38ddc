"""Tables of events that are refused, and in which words."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from chemoevo import ModelError
from chemoevo.pharmacology import Regimen
from tests.unit.event_tables import Row, dose, read

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
