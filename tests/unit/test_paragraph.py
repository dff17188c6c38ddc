"""The answer in a paragraph: every number in it is one of the answer's, in all corners of what can happen."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import polars as pl
import pytest

import chemoevo as ce
from chemoevo.base.tables import percent
from tests.unit.late import late

PLAIN = {
    "name": "a test",
    "tumor": {"birth": 0.3, "death": 0.1, "size": 1e4, "alterations": [{"name": "ABCB1", "mutation": 1e-4}]},
    "regimen": "docetaxel 75 mg/m2 over 1 h q21d x2",
    "patient": {"bsa": 1.8},
    "potencies": [{"drug": "docetaxel", "emax": 8.0, "basis": "a test"}],
    "follow_up": {"horizon": 60},
    "progression": {"size": 1000},
}
NICHES = [{"name": "near", "share": 0.5}, {"name": "far", "share": 0.5}]
PERSISTER = {"name": "persister", "enter": 0.01, "leave": 0.1}


def answered(changes: dict[str, Any], *, replicates: int = 60, **options: Any) -> ce.Answer:
    scenario = ce.Scenario.from_dict(PLAIN).replace(changes)
    return ce.answer(scenario, ce.simulate(scenario, replicates=replicates, seed=4, **options))


@cache
def some() -> ce.Answer:
    return answered({})


def shares(table: pl.DataFrame, column: str = "most_numerous") -> list[tuple[str, int]]:
    """Names and numbers, the most frequent first, of those that are there."""
    rows = table.select(table.columns[0], column).filter(pl.col(column) > 0).rows()
    return sorted(rows, key=lambda row: -row[1])


def test_every_number_is_that_of_the_answer() -> None:
    result = some()
    text = result.paragraph()
    assert "\n" not in text
    assert text.startswith(
        "A tumor found at 1e+04 cells is treated with docetaxel (2 cycles in 42 days). "
        f"{round(60 * result.cured.value)} of 60 simulated histories end cured, with no cell on day 60: "
        f"{percent(result.cured.value)} [{percent(result.cured.low)}, {percent(result.cured.high)}]. "
        "The backward equations give "
    )
    by_equations, by_law = (c for c in result.comparisons if c.question == "cure on day 60")
    assert (by_equations.route, by_law.route) == ("backward equations", "detection law")
    second = f"{percent(by_equations.computed.value)} [{percent(by_equations.computed.low)}, "
    assert f"The backward equations give {second}" in text
    assert f"], and the law of growth {percent(by_law.computed.value)}. " in text
    assert f"Both ways agree in all {len(result.comparisons)} comparisons. " in text
    ends = result.outcomes
    days = np.sort(ends.filter(pl.col("progressed"))["time_to_progression"].to_numpy())
    looks = [f"{days[int(np.ceil(q * days.size)) - 1]:g}" for q in (0.5, 0.25, 0.75)]
    assert (
        f"{days.size} have progressed to at least 1e+03 cells, {percent(days.size / 60)} "
        f"[{percent(result.progressed.low)}, {percent(result.progressed.high)}]: half of these by day {looks[0]}, "
        f"the middle half from day {looks[1]} to day {looks[2]}."
    ) in text
    left = ends.filter(~pl.col("cured") & ~pl.col("progressed")).height
    assert left > 0
    assert f"In {left} cells are left at the end, without progression." in text
    (first, most), (other, fewer) = shares(result.genotypes)
    assert most + fewer == days.size
    assert (
        f"At progression the most numerous genotype is {first} in {most} ({percent(most / days.size)}) and "
        f"{other} in {fewer} ({percent(fewer / days.size)}). Intervals are of chance alone; rates are inputs."
    ) in text
    assert text.endswith("Intervals are of chance alone; rates are inputs.")


def test_the_printed_tables_stay_as_they_are() -> None:
    assert some().setting not in some().to_text()


def test_all_cured() -> None:
    result = answered({"potencies[0].emax": 300.0, "tumor.alterations": []})
    assert result.cured.value == 1.0
    text = result.paragraph()
    assert (
        f"All 60 simulated histories end cured, with no cell on day 60: at least {percent(result.cured.low)}." in text
    )
    assert "Nothing is left that could come back. Intervals" in text
    assert "progress" not in text
    assert "genotype" not in text


def test_none_cured_and_all_progressed() -> None:
    result = answered({"potencies[0].emax": 1.0})
    assert (result.cured.value, result.progressed.value) == (0.0, 1.0)
    text = result.paragraph()
    assert (
        f"None of 60 simulated histories ends cured, with no cell on day 60: at most {percent(result.cured.high)}."
        in text
    )
    assert f"All 60 have progressed to at least 1e+03 cells, at least {percent(result.progressed.low)}: " in text
    assert "cells are left" not in text


def test_no_progression() -> None:
    result = answered({"progression.size": 1e12})
    assert result.progressed.value == 0.0
    text, left = result.paragraph(), round(60 * (1.0 - result.cured.value))
    assert f"None has progressed to at least 1e+12 cells by then, at most {percent(result.progressed.high)}." in text
    assert f"In {left} cells are left at the end, without progression." in text
    (first, most), *_ = shares(result.genotypes, "most_numerous_at_end")
    assert f"At the end the most numerous genotype is {first} in {most} ({percent(most / left)})" in text


@pytest.mark.parametrize("cured", [True, False])
def test_one_history(cured: bool) -> None:
    result = answered({} if cured else {"potencies[0].emax": 1.0}, replicates=1)
    if cured:
        result = answered({"potencies[0].emax": 300.0, "tumor.alterations": []}, replicates=1)
        assert "The one simulated history ends cured, with no cell on day 60. The" in result.paragraph()
        return
    text, day = result.paragraph(), result.outcomes["time_to_progression"][0]
    assert "The one simulated history ends with cells on day 60, not cured. The" in text
    assert (
        f"It has progressed to at least 1e+03 cells, on day {day:g}. At progression the most numerous genotype is "
        in text
    )
    assert "cells are left" not in text
    later = answered({"potencies[0].emax": 1.0, "progression.size": 1e12}, replicates=1).paragraph()
    assert "It has not progressed to at least 1e+12 cells by then. At the end the most numerous genotype is" in later


def test_few_progressions_have_their_days() -> None:
    ends = some().outcomes
    at = ends["progressed"].arg_true().to_list()
    for number in (1, 3):
        kept = pl.Series([k in at[:number] for k in range(ends.height)])
        few = replace(
            some(),
            outcomes=ends.with_columns(
                progressed=kept, time_to_progression=pl.when(kept).then(pl.col("time_to_progression"))
            ),
            progressed=ce.Estimate.proportion(number, 60),
        )
        days = [f"{day:g}" for day in sorted(ends["time_to_progression"][k] for k in at[:number])]
        said = f", on day {days[0]}." if number == 1 else f", on days {days[0]}, {days[1]} and {days[2]}."
        assert f"{number} {'has' if number == 1 else 'have'} progressed" in few.paragraph()
        assert f"{percent(few.progressed.high)}]{said}" in few.paragraph()


def test_times_on_one_look_are_said_to_be_there() -> None:
    every = some().outcomes.with_columns(
        time_to_progression=pl.when(pl.col("progressed")).then(pl.lit(63.0)).cast(pl.Float64)
    )
    assert "]: half of these or more on day 63. " in replace(some(), outcomes=every).paragraph()


def test_niches_and_phenotypes() -> None:
    changes = {"tumor.niches": NICHES, "tumor.exchange": 0.1, "tumor.phenotypes": [PERSISTER], "tumor.alterations": []}
    result = answered(changes)
    progressed = round(60 * result.progressed.value)
    assert progressed >= 2
    assert result.niches is not None
    assert result.phenotypes is not None
    text = result.paragraph()
    assert f"the most numerous genotype is sensitive in all {progressed}. The niche with most cells is " in text
    for word, table in (("niche", result.niches), ("phenotype", result.phenotypes)):
        (name, number), *others = shares(table)
        said = f" ({percent(number / progressed)})" if others else ""
        in_all = f"all {number}" if not others else str(number)
        assert f"The {word} with most cells is {name} in {in_all}{said}" in text


def test_more_than_two_that_come_back() -> None:
    table = pl.DataFrame({"genotype": ["A", "B", "C", "D"], "most_numerous": [1, 5, 3, 2]})
    progressed = round(60 * some().progressed.value)
    text = replace(some(), genotypes=table).paragraph()
    said = [f"{number} ({percent(number / progressed)})" for number in (5, 3, 3)]
    assert f"genotype is B in {said[0]}, C in {said[1]} and others in {said[2]}." in text


def test_damaged_cells_are_left_aside() -> None:
    scenario = late()
    result = ce.answer(scenario, ce.simulate(scenario, initial={"sensitive": 8}, replicates=60, seed=1))
    assert 0.0 < result.cured.value < 1.0
    assert "end cured, with no cell but damaged ones on day 7.5: " in result.paragraph()


def test_radiotherapy_alone() -> None:
    scenario = ce.Scenario(
        name="radiation",
        tumor=ce.Tumor(birth=0.3, death=0.1, size=1e4),
        radiotherapy=ce.Radiotherapy(dose=2, fractions=10, alpha=0.3, alpha_beta=10),
        follow_up=ce.FollowUp(horizon=90),
    )
    result = ce.answer(scenario, ce.simulate(scenario, replicates=20, seed=1))
    assert result.paragraph().startswith(
        "A tumor found at 1e+04 cells is treated with radiotherapy (10 fractions of 2 Gy from day 0 to day 11, "
    )
    both = scenario.replace({"radiotherapy": [scenario.radiotherapy[0].to_dict()]})
    mixed = ce.Scenario.from_dict({**both.to_dict(), **{k: PLAIN[k] for k in ("regimen", "patient", "potencies")}})
    text = ce.answer(mixed, ce.simulate(mixed, replicates=2, seed=1)).paragraph()
    assert "is treated with docetaxel (2 cycles in 42 days) and radiotherapy (10 fractions of 2 Gy" in text


def test_given_cells_have_no_law() -> None:
    scenario = ce.Scenario.from_dict(PLAIN).replace({"surgery": {"residual_fraction": 0.5}})
    ensemble = ce.simulate(scenario, initial={"sensitive": 300, "ABCB1": 20}, replicates=30, seed=1)
    result = ce.answer(scenario, ensemble)
    text = result.paragraph()
    assert text.startswith(
        "A tumor of 320 given cells, of which surgery leaves 160 on average, is treated with docetaxel"
    )
    assert "law of growth" not in text
    assert re.search(r"The backward equations give [\d.]+ %( \[[^]]+\])?\. Both ways agree", text)


def test_what_is_named_but_not_computed_is_not_said_to_treat() -> None:
    scenario = ce.Scenario.from_dict(PLAIN).replace(
        {"regimen": "docetaxel 75 mg/m2 over 1 h + leucovorin 400 mg/m2 over 2 h q21d x2", "inert": ["leucovorin"]}
    )
    result = ce.answer(scenario, ce.simulate(scenario, replicates=2, seed=1))
    assert "is treated with docetaxel (2 cycles in 42 days)." in result.paragraph()


def test_what_is_approximate_or_cut_short_is_said() -> None:
    result = replace(some(), exact=False, cut_short=3, rate_error=0.0234)
    assert some().exact
    assert some().rate_error < 0.01
    assert result.paragraph().endswith(
        "3 of 60 histories were cut short by a limit, and count as not cured. Histories are approximate, within the "
        "tolerance of leaping. Rates are approximate: halved segments change the answers by up to 2.3 %. Intervals are "
        "of chance alone; rates are inputs."
    )


def test_one_history_that_is_cut_short_is_one() -> None:
    text = replace(some(), cut_short=1).paragraph()
    assert "1 of 60 histories was cut short by a limit, and counts as not cured." in text


def test_phases_have_no_number_of_cycles_together() -> None:
    regimen = "docetaxel 75 mg/m2 over 1 h q21d x2 then docetaxel 20 mg/m2 over 1 h q7d x3"
    result = answered({"regimen": regimen}, replicates=2)
    assert "is treated with docetaxel (in 63 days)." in result.paragraph()


def test_answers_that_differ_are_named() -> None:
    rows = list(some().comparisons)
    rows[1] = replace(rows[1], standard_errors=-5.0, chance=1e-6)
    text = replace(some(), comparisons=tuple(rows)).paragraph()
    assert "Both ways agree" not in text
    assert (
        f"1 of {len(rows)} comparisons of both DISAGREE by 4 standard errors or more: {rows[1].question} "
        f"({rows[1].route})."
    ) in text


def test_averages_that_few_histories_carry_are_said() -> None:
    rows = [
        replace(row, computed=replace(row.computed, effective=2.0)) if row.question == "cure on day 60" else row
        for row in some().comparisons
    ]
    text = replace(some(), comparisons=tuple(rows)).paragraph()
    assert " (carried by 2.0 of 60 histories), and the law of growth " in text


def test_where_cells_compete_there_is_one_answer() -> None:
    result = answered({"tumor.capacity": 1e6, "progression.size": 1e5}, replicates=20)
    text = result.paragraph()
    assert "This is the only answer, by simulation. tumor.capacity makes cells compete" in text
    assert "equations give" not in text
    assert "agree" not in text
