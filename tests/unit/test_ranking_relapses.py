"""Rankings: when the tumor is back, and which genotype it is."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

import chemoevo as ce
from chemoevo.rankings import asked
from chemoevo.rankings.asked import at_points
from chemoevo.rankings.candidates import Candidate, Candidates, OtherDrugs
from chemoevo.rankings.table import Answered
from chemoevo.sweeps.point import Point
from chemoevo.sweeps.workers import OK, STATUS
from tests.unit.ranked import BOTH, CYCLES, given
from tests.unit.sweeps import scenario

DAYS = ("median_relapse", "median_relapse_low", "median_relapse_high")


def test_when_it_is_back_and_which_genotype_it_is() -> None:
    # Docetaxel alone leaves mutants in every such tumor.
    resistant = scenario(1e-4).replace({"surgery": None, "follow_up.horizon": 400, "progression.size": 1e4})
    regimens = {"weak": "docetaxel 20 mg/m2 over 1 h q21d x6", "strong": "docetaxel 150 mg/m2 over 1 h q7d x12"}
    table = ce.rank_regimens(resistant, regimens, by="median_relapse")
    assert table["regimen"].to_list() == ["strong", "weak"]
    assert table["driver"].to_list() == ["ABCB1", "sensitive"]
    for row in table.iter_rows(named=True):
        changes = {"regimen": ce.Regimen.parse(regimens[row["regimen"]]), "potencies": resistant.potencies[:1]}
        law = ce.relapse_time(resistant.replace(changes), size=1e4)
        assert row["median_relapse"] == pytest.approx(law.median(), abs=0.1)
        day = [law.median(conditional=True)]
        shares = {name: float(one.cdf(day)[0] / law.cdf(day)[0]) for name, one in law.by_driver.items()}
        assert row["driver"] == max(shares, key=lambda name: shares[name])
        assert row["driver_share"] == pytest.approx(min(shares[row["driver"]], 1.0), abs=1e-3)


def test_the_genotype_that_comes_back_is_not_the_one_of_the_largest_mean() -> None:
    # A few tumors full of MCL1 have 100 000 times the cells, on average, of the many in which sensitive cells are back.
    stroma = ce.scenarios.scenario("venetoclax_stroma")
    (row,) = ce.rank_regimens(stroma, {"as it is": stroma}).iter_rows(named=True)
    law = ce.relapse_time(stroma, size=stroma.progression.size, tolerance=1e-4)
    day = [law.median(conditional=True)]
    sensitive = [name for name in stroma.types.alive if not name.startswith("MCL1")]
    one = ce.relapse_time(stroma, size=stroma.progression.size, of=sensitive, tolerance=1e-4)
    assert row["driver"] == "sensitive"
    assert row["driver_share"] == pytest.approx(one.cdf(day)[0] / law.cdf(day)[0], rel=1e-3)
    assert row["driver_share"] > 0.8


def test_clones_that_come_back_together_are_all_asked() -> None:
    # A has more cells on average and half of the probability; what it leaves of 1/2 is less, and B still has more.
    pump = [ce.Change(mechanism="P-gp", by=100)]
    rare = ce.Alteration(name="A", mutation=3e-6, changes=pump)
    slow = ce.Alteration(name="B", mutation=1e-4, cost=0.15, changes=pump)
    changes = {"surgery": None, "follow_up.horizon": 500, "progression.size": 3000, "tumor.alterations": [rare, slow]}
    both = scenario().replace(changes)
    (row,) = ce.rank_regimens(both, {"X": "docetaxel 150 mg/m2 over 1 h q7d x40"}).iter_rows(named=True)
    regimen = ce.Regimen.parse("docetaxel 150 mg/m2 over 1 h q7d x40")
    law = ce.relapse_time(both.replace({"regimen": regimen, "potencies": both.potencies[:1]}), size=3000)
    day = [law.median(conditional=True)]
    of_a, of_b = (float(law.by_driver[name].cdf(day)[0]) for name in ("A", "B"))
    whole = float(law.cdf(day)[0])
    assert whole - of_a < of_a < of_b
    assert (row["driver"], row["driver_share"]) == ("B", pytest.approx(of_b / whole, abs=1e-3))


def test_an_error_of_a_number_is_one_of_days_by_the_slowest_part_of_the_tumor() -> None:
    # Every cell carries TP53, at three quarters of the births: 0.14 * 0.75 - 0.1 = 0.005 per day, not 0.04.
    first = ce.Alteration(name="TP53", mutation=1e-9, cost=0.25)
    slow = scenario().replace({"tumor.alterations": [first], "tumor.clonal": ["TP53"], "tumor.size": 1e4})
    parts = scenario().replace(
        {
            "tumor.alterations": [first],
            "tumor.clones": [ce.Clone(alterations=["TP53"], fraction=0.3)],
            "tumor.size": 1e4,
        }
    )
    for tumor in (slow, parts):
        (ask,) = [one for one in at_points("median_relapse", 1.0, stated=False) if one.name == "median_relapse"]
        found = ask.answers(Point(tumor, None))
        assert found["slowest_growth"] == pytest.approx(0.005, rel=1e-6)
        each = Candidates(tuple(Candidate(name, tumor, OtherDrugs(), {}) for name in "AB"))
        late = [{**found, **dict.fromkeys(DAYS, days), "rate_error": 1e-4, STATUS: OK} for days in (60.0, 60.03)]
        scores = Answered(each, "median_relapse", late, None).scores()
        assert scores.error == pytest.approx(np.full((2, 1), 0.02))
        # They are 0.03 days apart, and either may be off by 0.02.
        assert scores.ranks() == [1, 1]
    (ask,) = [one for one in at_points("median_relapse", 1.0, stated=False) if one.name == "median_relapse"]
    assert ask.answers(Point(scenario(), None))["slowest_growth"] == pytest.approx(0.04, rel=1e-3)


def test_a_median_that_cannot_be_solved_is_no_relapse_that_never_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    solved = asked.relapse_time  # type: ignore[attr-defined]

    def fails(process: Any, **more: Any) -> Any:
        if process == given(CYCLES["4 cycles"]).therapy:
            raise ce.SimulationError("no solution")
        return solved(process, **more)

    monkeypatch.setattr(asked, "relapse_time", fails)
    table = ce.rank_regimens(scenario(), CYCLES, by="median_relapse")
    assert table.select("rank", "regimen", "status").row(-1) == (None, "4 cycles", "no solution")
    assert table["rank"].null_count() == 1
    # By cure it is ranked, and says what is missing.
    table = ce.rank_regimens(scenario(), CYCLES)
    assert table.select("rank", "status").row(0) == (1, "without median_relapse: no solution")


def test_medians_and_drivers_of_histories_are_those_of_answer() -> None:
    many = scenario(2e-3)
    (row,) = ce.rank_regimens(many, {"A": f"{BOTH} x2"}, replicates=30, seed=4).iter_rows(named=True)
    alone = given(f"{BOTH} x2", 2e-3)
    answer = ce.answer(alone, ce.simulate(alone, replicates=30, seed=4))
    assert row["median_relapse"] == answer.time_to_progression.value
    assert row["driver"] == answer.genotypes.sort("most_numerous", descending=True)["genotype"][0]
    assert row["driver_share"] is None


def test_days_after_the_horizon_are_not_told_apart() -> None:
    small = scenario().replace({"surgery.residual_cells": 1000, "progression.size": 1e5})
    late = ce.rank_regimens(small.replace({"follow_up.horizon": 400}), CYCLES, by="median_relapse")
    days = late["median_relapse"].to_list()
    assert late["rank"].to_list() == [1, 2, 3]
    assert min(days) > 100
    early = ce.rank_regimens(small, CYCLES, by="median_relapse")
    assert early["rank"].to_list() == [1, 1, 1]
    points = pl.DataFrame({"tumor.birth": [0.14, 0.141]})
    assert (
        ce.rank_regimens(small, CYCLES, by="median_relapse", points=points)["median_relapse"].to_list() == [100.0] * 3
    )


def test_two_clones_that_are_a_relapse_together_have_no_driver_of_their_own() -> None:
    both = [ce.Alteration(name=name, mutation=1e-8) for name in ("ABCB1", "TP53")]
    clones = [ce.Clone(alterations=name, fraction=share) for name, share in (("ABCB1", 0.55), ("TP53", 0.45))]
    model = ce.Scenario(
        name="two clones",
        tumor=ce.Tumor(birth=0.14, death=0.12, size=1e4, alterations=both, clones=clones),
        regimen="docetaxel 75 mg/m2 over 1 h q21d x2",
        patient=ce.Patient(bsa=1.8),
        potencies=ce.Potency(drug="docetaxel", emax=0.3, basis="a test"),
        progression=ce.ProgressionRule(size=1.5e4),
        follow_up=ce.FollowUp(horizon=400),
    )
    row = ce.rank_regimens(model, {"own": model.regimen}).row(0, named=True)
    # Cells with both are none of the 1.5e4 as a rule.
    assert (row["driver"], row["driver_share"]) == ("ABCB1", None)
