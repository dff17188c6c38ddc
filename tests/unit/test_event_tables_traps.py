"""Tables of events: what users of other programs stumble over, and what a regimen becomes."""

from __future__ import annotations

import random
from collections.abc import Sequence

import polars as pl
import pytest

import chemoevo as ce
from chemoevo import ModelError
from chemoevo.pharmacology import Absorption, Patient, Regimen, concentration
from tests.unit.event_tables import NOBODY, Row, assert_same, given_by, read

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
