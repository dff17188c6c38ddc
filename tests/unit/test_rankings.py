"""Rankings of regimens: the numbers of other questions, ranks that are shared, and the same points for all."""

from __future__ import annotations

import dataclasses
import functools
import itertools
import math
import pickle
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import polars as pl
import pytest
from matplotlib.figure import Figure
from scipy import stats

import chemoevo as ce
from chemoevo import plots
from chemoevo.pharmacology import drug
from chemoevo.rankings import asked
from chemoevo.rankings.asked import at_points
from chemoevo.rankings.candidates import Candidate, Candidates, OtherDrugs
from chemoevo.rankings.order import Scores
from chemoevo.rankings.table import Answered
from chemoevo.sweeps.point import Point
from chemoevo.sweeps.workers import OK, STATUS
from tests.unit.sweeps import scenario

BOTH = "docetaxel 75 mg/m2 over 1 h + carboplatin 6 AUC over 1 h q21d"
CYCLES = {f"{n} cycles": f"{BOTH} x{n}" for n in (2, 4, 3)}
DAYS = ("median_relapse", "median_relapse_low", "median_relapse_high")
EMAX = "potencies[docetaxel].emax"
POINTS = pl.DataFrame({EMAX: [0.66, 0.7, 0.75], "surgery.residual_cells": [90, 100, 110]})


def given(regimen: str, mutation: float = 1e-6, **changes: Any) -> ce.Scenario:
    return scenario(mutation).replace({"regimen": ce.Regimen.parse(regimen), **changes})


@functools.cache
def cycles() -> pl.DataFrame:
    return ce.rank_regimens(scenario(), CYCLES)


def test_a_row_has_what_other_questions_answer() -> None:
    table = cycles()
    assert table["rank"].to_list() == [1, 2, 3]
    assert table["regimen"].to_list() == ["4 cycles", "3 cycles", "2 cycles"]
    for row in table.iter_rows(named=True):
        alone = given(CYCLES[row["regimen"]])
        cure = ce.cure_probability(alone)
        assert (row["cure"], row["cure_low"], row["cure_high"]) == (cure.value, cure.value, cure.value)
        tumor = ce.GrownTo(alone.growth.process, size=1e5)
        left = ce.survival_probability(alone.therapy, initial=tumor, times=[100.0])[0]
        assert row["log10_failure"] == pytest.approx(math.log10(left), abs=1e-12)
        assert (row["rate_error"], row["method"], row["trusted"]) == (alone.rate_error, "law", True)
        assert row["p_best"] is None
        assert row["status"] == "ok"
        week = alone.regimen.duration_days / 7
        assert row["dose_intensity[docetaxel]"] == pytest.approx(75 * alone.regimen.cycles / week)
        # Calvert: 6 (90 + 25) mg.
        assert row["dose_intensity[carboplatin]"] == pytest.approx(690 / 1.8 * alone.regimen.cycles / week)
        assert row["nadir"] is None


def test_what_is_not_known_of_neutrophils_is_null_unless_it_is_said_to_be_nothing() -> None:
    table = ce.rank_regimens(scenario(), {"A": f"{BOTH} x2"}, without="carboplatin", relapse=False)
    nadir = ce.toxicity(given(f"{BOTH} x2"), without="carboplatin")["nadir"].min()
    assert table["nadir"].to_list() == [nadir]
    assert table.select("median_relapse", "driver", "driver_share").row(0) == (None, None, None)


def test_the_cells_left_are_those_of_the_mean() -> None:
    # Mutants are so rare that the tumor is one of sensitive cells.
    table = ce.rank_regimens(scenario(1e-12), CYCLES, by="expected_residual", relapse=False)
    assert table["regimen"].to_list() == ["4 cycles", "3 cycles", "2 cycles"]
    # All of them on the last day of the longest one.
    assert table["residual_day"].to_list() == [84.0] * 3
    for row in table.iter_rows(named=True):
        alone = given(CYCLES[row["regimen"]], 1e-12)
        mean = ce.mean_counts(alone.therapy, initial={"sensitive": 10**5}, times=[84.0]).sum()
        assert row["expected_residual"] == pytest.approx(mean, rel=1e-8)
        assert row["expected_residual_low"] == row["expected_residual_high"] == row["expected_residual"]


def test_cells_are_counted_on_one_day_so_that_more_cycles_never_lose() -> None:
    # So weak a drug that cells grow all the while: on the last day of each regimen fewer cycles would have fewer cells.
    weak = scenario().replace({EMAX: 0.1, "potencies[carboplatin].emax": 0.1, "follow_up.horizon": 730})
    ends = [given(text, **{EMAX: 0.1}).comparison_day for text in CYCLES.values()]
    assert ends == [42.0, 84.0, 63.0]
    points = pl.DataFrame({EMAX: [0.1, 0.12]})
    for more in ({}, {"points": points}):
        table = ce.rank_regimens(weak, CYCLES, by="expected_residual", relapse=False, **more)  # type: ignore[arg-type]
        assert table.select("rank", "regimen").rows() == [(1, "4 cycles"), (2, "3 cycles"), (3, "2 cycles")]
        assert table["residual_day"].to_list() == [84.0] * 3
    stated = ce.rank_regimens(weak.replace({"compare.day": 70}), CYCLES, by="expected_residual", relapse=False)
    assert stated["residual_day"].to_list() == [70.0] * 3
    assert stated["regimen"].to_list() == table["regimen"].to_list()
    # A day that points state is that of each point.
    days = ce.rank_regimens(weak, CYCLES, by="expected_residual", points={"compare.day": [70.0, 70.0]}, relapse=False)
    assert days["expected_residual"].to_list() == pytest.approx(stated["expected_residual"].to_list())
    # The horizon is the latest day.
    short = ce.rank_regimens(weak.replace({"follow_up.horizon": 50}), CYCLES, by="expected_residual", relapse=False)
    assert short["residual_day"].to_list() == [50.0] * 3


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


def test_every_point_has_histories_of_its_own_and_regimens_share_them() -> None:
    many = scenario(2e-3)
    same = {"surgery.residual_cells": [100] * 6}
    regimens = {"A": f"{BOTH} x4", "again": f"{BOTH} x4", "fewer": f"{BOTH} x2"}
    table = ce.rank_regimens(many, regimens, points=same, replicates=6, seed=1, relapse=False)
    rows = {row["regimen"]: row for row in table.iter_rows(named=True)}
    # The same tumor six times: its histories differ, and the spread of the points is their noise.
    assert rows["A"]["cure_low"] < rows["A"]["cure_high"]
    assert all(rows["A"][name] == rows["again"][name] for name in ("rank", "cure", "cure_low", "cure_high", "p_best"))
    assert table.equals(ce.rank_regimens(many, regimens, points=same, replicates=6, seed=1, relapse=False))
    other = ce.rank_regimens(many, regimens, points=same, replicates=6, seed=2, relapse=False)
    assert other["cure"].to_list() != table["cure"].to_list()
    # Seeds that points state are theirs.
    seeds = {"simulation.seed": [7] * 6}
    stated = ce.rank_regimens(many, regimens, points=seeds, replicates=6, seed=1, relapse=False)
    assert stated["cure_low"].to_list() == stated["cure_high"].to_list()


def test_noise_of_histories_parts_no_regimens_and_chooses_no_best() -> None:
    # Doses so near each other that 12 histories at 8 points cannot say which is better. Were they equal, each seed
    # would part them with probability 0.05. With one seed for all points the last one made a difference of 170 days.
    doses = {f"{mg:g}": f"docetaxel {mg} mg/m2 over 1 h q21d x6" for mg in (75, 75.5)}
    points = {EMAX: np.linspace(0.6, 1.3, 8).tolist()}
    changes = {"follow_up.looks_every": 2, "follow_up.horizon": 730, "progression.size": 3000}
    many = scenario(2e-3).replace({**changes, "surgery.residual_cells": 10})
    for seed in (3, 13):
        table = ce.rank_regimens(many, doses, by="median_relapse", points=points, replicates=12, seed=seed)
        assert table["rank"].to_list() == [1, 1]
        # Within the intervals of a point neither is the best there.
        assert table["p_best"].to_list() == [0.5, 0.5]


def test_equals_share_a_rank_and_points() -> None:
    twice = {**CYCLES, "again": CYCLES["4 cycles"]}
    table = ce.rank_regimens(scenario(), twice, points=POINTS, relapse=False)
    assert table.select("rank", "regimen", "p_best").rows() == [
        *((1, "4 cycles", 0.5), (1, "again", 0.5), (3, "3 cycles", 0.0), (4, "2 cycles", 0.0))
    ]
    assert ce.rank_regimens(scenario(), twice, relapse=False)["rank"].to_list() == [1, 1, 3, 4]


def test_histories_share_a_rank_within_their_noise_and_not_beyond() -> None:
    many = scenario(2e-3)
    doses = {f"{mg}": f"docetaxel {mg} mg/m2 over 1 h + carboplatin 6 AUC over 1 h q21d x4" for mg in (75, 75.5, 20)}
    table = ce.rank_regimens(many, doses, replicates=40, seed=2, relapse=False)
    assert set(table["method"]) == {"histories"}
    assert table.select("rank", "regimen").rows() == [(1, "75.5"), (1, "75"), (3, "20")]
    cure = ce.cure_probability(given(doses["75"], 2e-3), method="histories", replicates=40, seed=2)
    assert table.row(1, named=True)["cure_low"] == cure.low < cure.value
    # Without histories none of it can be answered, and each says so.
    table = ce.rank_regimens(many, doses)
    assert table["rank"].to_list() == [None, None, None]
    assert all("replicates is missing" in words for words in table["status"])
    assert table["regimen"].to_list() == list(doses)


def test_medians_and_drivers_of_histories_are_those_of_answer() -> None:
    many = scenario(2e-3)
    (row,) = ce.rank_regimens(many, {"A": f"{BOTH} x2"}, replicates=30, seed=4).iter_rows(named=True)
    alone = given(f"{BOTH} x2", 2e-3)
    answer = ce.answer(alone, ce.simulate(alone, replicates=30, seed=4))
    assert row["median_relapse"] == answer.time_to_progression.value
    assert row["driver"] == answer.genotypes.sort("most_numerous", descending=True)["genotype"][0]
    assert row["driver_share"] is None


def test_every_regimen_meets_the_same_points() -> None:
    table = ce.rank_regimens(scenario(), CYCLES, points=POINTS, relapse=False)
    cures = {
        name: [ce.cure_probability(given(text, **row)).value for row in POINTS.iter_rows(named=True)]
        for name, text in CYCLES.items()
    }
    for row in table.iter_rows(named=True):
        found = np.array(cures[row["regimen"]])
        assert row["cure"] == pytest.approx(found.mean(), rel=1e-12)
        assert (row["cure_low"], row["cure_high"]) == pytest.approx(tuple(np.quantile(found, [0.025, 0.975])))
        assert row["status"] == "ok"
    assert table["p_best"].sum() == pytest.approx(1.0)
    # What is not averaged is that of the scenario itself.
    assert table["expected_residual"].to_list() == cycles()["expected_residual"].to_list()


def test_points_of_a_drug_that_a_regimen_does_not_give_do_not_concern_it() -> None:
    regimens = {"carboplatin": "carboplatin 6 AUC over 1 h q21d x4", "both": f"{BOTH} x4"}
    table = ce.rank_regimens(scenario(), regimens, points=POINTS.select(EMAX), relapse=False)
    alone = scenario().replace(
        {"regimen": ce.Regimen.parse(regimens["carboplatin"]), "potencies": scenario().potencies[1:]}
    )
    row = table.filter(regimen="carboplatin").row(0, named=True)
    assert row["cure_low"] == row["cure_high"] == pytest.approx(ce.cure_probability(alone).value, rel=1e-12)
    # By their number, potencies are those of the scenario.
    numbered = ce.rank_regimens(
        scenario(), regimens, points={"potencies[0].emax": POINTS[EMAX].to_list()}, relapse=False
    )
    assert numbered.equals(table)
    # A scenario of its own is varied as the others.
    own = ce.rank_regimens(scenario(), {**regimens, "carboplatin": alone}, points=POINTS.select(EMAX), relapse=False)
    assert own.equals(table)


def test_drugs_that_the_scenario_does_not_give() -> None:
    cisplatin = ce.Potency(drug="cisplatin", emax=1.0, basis="a test")
    regimens = {"new": "cisplatin 75 mg/m2 over 1 h + leucovorin 100 mg q21d x4", "old": f"{BOTH} x4"}
    table = ce.rank_regimens(scenario(), regimens, potencies=cisplatin, inert="leucovorin", relapse=False)
    assert table["status"].to_list() == ["ok", "ok"]
    alone = scenario().replace(
        {"regimen": ce.Regimen.parse(regimens["new"]), "potencies": [cisplatin], "inert": ["leucovorin"]}
    )
    assert table.filter(regimen="new")["cure"][0] == ce.cure_probability(alone).value
    varied = ce.rank_regimens(
        scenario(), regimens, potencies=cisplatin, inert="leucovorin", points={"potencies[cisplatin].emax": [1.0, 1.0]}
    )
    assert varied["cure"].to_list() == table["cure"].to_list()


def test_pairs_of_which_nothing_is_known() -> None:
    # What the new pump does to cisplatin, which the scenario does not give, nobody has said.
    pump = ce.Mechanism(name="pump", stage="efflux", basis="a test", drugs=[ce.OnDrug(drug="docetaxel", fold=30)])
    change = ce.Alteration(name="gain", mutation=1e-6, changes=[ce.Change(mechanism="pump", by=10)])
    model = scenario().replace(
        {"mechanisms": [pump], "tumor.alterations": [change], "assume_untouched": [("pump", "carboplatin")]}
    )
    regimens = {"old": f"{BOTH} x4", "new": "docetaxel 75 mg/m2 over 1 h + cisplatin 75 mg/m2 over 1 h q21d x4"}
    more: dict[str, Any] = {"potencies": ce.Potency(drug="cisplatin", emax=1.0, basis="a test"), "relapse": False}
    refused = ce.rank_regimens(model, regimens, **more)
    assert refused["rank"].to_list() == [1, None]
    assert "'pump'" in refused["status"][1]
    assert "cisplatin" in refused["status"][1]
    for untouched in (True, [["pump", "cisplatin"]]):
        table = ce.rank_regimens(model, regimens, assume_untouched=untouched, **more)
        assert table["status"].to_list() == ["ok", "ok"]
    with pytest.raises(ce.ModelError, match="assume_untouched must be true, false or pairs"):
        ce.rank_regimens(model, regimens, assume_untouched=[["pump"]])


def test_a_regimen_that_fails_is_a_row() -> None:
    regimens = {"none": "cisplatin 75 mg/m2 over 1 h q21d x4", **CYCLES}
    table = ce.rank_regimens(scenario(), regimens, relapse=False)
    assert table["rank"].to_list() == [1, 2, 3, None]
    assert table["regimen"].to_list()[3:] == ["none"]
    assert "has no entry for 'cisplatin'" in table["status"][3]
    assert table.row(3)[2:-1] == (None,) * (len(table.columns) - 3)
    ranked = ce.rank_regimens(scenario(), CYCLES, relapse=False)
    assert table.head(3).equals(ranked)


def test_points_at_which_one_has_no_answer_count_for_none() -> None:
    # At the second point carboplatin cannot act so: the other regimen does not give it.
    points = pl.DataFrame({"potencies[carboplatin].emax": [6.0, -1.0, 5.0]})
    asked = {"both": f"{BOTH} x4", "docetaxel": "docetaxel 75 mg/m2 over 1 h q21d x4"}
    said = r"compared at 2 of 3 points \(33 % left out\): there one of them .* The first, of 'both': potencies"
    with pytest.warns(UserWarning, match=said):
        table = ce.rank_regimens(scenario(), asked, points=points, relapse=False)
    assert table["rank"].null_count() == 0
    assert table["points"].to_list() == [2, 2]
    assert table["left_out"].to_list() == pytest.approx([1 / 3, 1 / 3], rel=1e-12)
    missing = "compared at 2 of 3 points (33 % left out)"
    assert table["status"][0].startswith(f"{missing}: potencies[carboplatin].emax must be")
    assert table["status"][1] == missing
    rest = ce.rank_regimens(scenario(), asked, points=points[[0, 2]], relapse=False)
    assert table["cure"].to_list() == rest["cure"].to_list()
    # Who fails everywhere does not keep the others from being compared.
    more = ce.rank_regimens(
        scenario(), {**asked, "none": "cisplatin 75 mg/m2 q21d"}, points=points[[0, 2]], relapse=False
    )
    assert more["rank"].to_list() == [*rest["rank"], None]
    assert more["status"].to_list()[:2] == ["ok", "ok"]
    assert more.select("points", "left_out").rows() == [(2, 0.0), (2, 0.0), (None, None)]


def test_few_points_that_are_left_out_are_said_without_a_warning() -> None:
    points = pl.DataFrame({"potencies[carboplatin].emax": [6.0] * 19 + [-1.0]})
    table = ce.rank_regimens(scenario(), {"both": f"{BOTH} x4"}, points=points, relapse=False)
    assert table.select("points", "left_out").rows() == [(19, pytest.approx(0.05))]
    assert table["status"][0].startswith("compared at 19 of 20 points (5 % left out): potencies")
    assert ce.rank_regimens(scenario(), {"both": f"{BOTH} x4"}, relapse=False)["points"][0] is None


def test_regimens_without_a_point_in_common_with_the_others_are_not_compared() -> None:
    points = pl.DataFrame({"potencies[carboplatin].emax": [-1.0, 6.0, 5.0], EMAX: [0.7, -1.0, -1.0]})
    regimens = {"carboplatin": "carboplatin 6 AUC over 1 h q21d x4", "docetaxel": "docetaxel 75 mg/m2 over 1 h q21d x4"}
    with pytest.warns(UserWarning, match="compared at 2 of 3 points"):
        table = ce.rank_regimens(scenario(), regimens, points=points, relapse=False)
    assert table.select("rank", "regimen", "p_best").rows() == [(1, "carboplatin", 1.0), (None, "docetaxel", None)]
    alone = ce.rank_regimens(scenario(), {"carboplatin": regimens["carboplatin"]}, points=points[1:], relapse=False)
    assert table["cure"][0] == alone["cure"][0]
    assert "emax must be" in table["status"][1]


def test_what_is_said_of_drugs_together_is_left_out_with_a_drug() -> None:
    both = ce.Interaction(drugs=["docetaxel", "carboplatin"], how="doses add", basis="a test")
    together = scenario().replace({"interactions": [both]})
    regimens = {"both": f"{BOTH} x4", "docetaxel": "docetaxel 75 mg/m2 over 1 h q21d x4"}
    table = ce.rank_regimens(together, regimens, relapse=False)
    assert table["status"].to_list() == ["ok", "ok"]
    cures = dict(table.select("regimen", "cure").rows())
    assert cures["both"] == ce.cure_probability(together.replace({"regimen": ce.Regimen.parse(regimens["both"])})).value
    without = ce.rank_regimens(scenario(), regimens, relapse=False)
    assert cures["docetaxel"] == dict(without.select("regimen", "cure").rows())["docetaxel"]
    assert cures["both"] != dict(without.select("regimen", "cure").rows())["both"]


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


def test_the_order_of_the_regimens_changes_the_order_of_equals_only() -> None:
    regimens = {**CYCLES, "again": CYCLES["3 cycles"]}
    whole = ce.rank_regimens(scenario(), regimens, points=POINTS, relapse=False)
    for names in itertools.islice(itertools.permutations(regimens), 0, 24, 7):
        table = ce.rank_regimens(scenario(), {name: regimens[name] for name in names}, points=POINTS, relapse=False)
        assert table.sort("rank", "regimen").equals(whole.sort("rank", "regimen"))


def test_more_drug_never_ranks_below_less() -> None:
    # Nothing here says what a patient cannot bear.
    doses = {f"{mg:g}": f"docetaxel {mg} mg/m2 over 1 h q21d x4" for mg in (40, 55, 70, 85, 100)}
    for by in ("cure", "expected_residual", "median_relapse"):
        table = ce.rank_regimens(scenario(), doses, by=by, relapse=False)  # type: ignore[arg-type]
        ranks = dict(table.select("regimen", "rank").rows())
        assert all(ranks[f"{less}"] >= ranks[f"{more}"] for less, more in itertools.pairwise((40, 55, 70, 85, 100)))
        assert table["rank"].min() == 1
    assert ce.rank_regimens(scenario(), doses, relapse=False)["rank"].to_list() == [1, 2, 3, 4, 5]


def test_forms_of_a_regimen() -> None:
    text = f"{BOTH} x4"
    forms: dict[str, Any] = {
        "text": text,
        "regimen": ce.Regimen.parse(text),
        "data": ce.Regimen.parse(text).to_dict(),
        "changes": {"regimen": text},
        "scenario": given(text),
    }
    table = ce.rank_regimens(scenario(), forms, relapse=False)
    assert table["rank"].to_list() == [1] * len(forms)
    assert table["cure"].n_unique() == 1
    surgery = {
        "more": {"surgery.residual_cells": 10},
        "less": {"surgery.residual_cells": 100},
        "none": {"surgery": None},
    }
    table = ce.rank_regimens(scenario(), surgery, relapse=False)
    assert table["regimen"].to_list() == ["more", "less", "none"]
    shorter = ce.rank_regimens(scenario(), {"x": {"regimen.phases[0].cycles": 2}}, relapse=False)
    assert shorter["cure"][0] == ce.cure_probability(scenario().replace({"regimen.phases[0].cycles": 2})).value


@dataclasses.dataclass
class Beliefs:
    """A model whose parameters are uncertain."""

    typical: ce.Scenario
    asked: list[tuple[int, int | None]] = dataclasses.field(default_factory=list)

    def points(self, n: int, *, seed: int | None = None) -> pl.DataFrame:
        self.asked.append((n, seed))
        return POINTS.head(n)


def test_a_model_that_has_points_of_its_own() -> None:
    beliefs = Beliefs(scenario())
    table = ce.rank_regimens(beliefs, CYCLES, seed=3, relapse=False)
    assert table.equals(ce.rank_regimens(scenario(), CYCLES, points=POINTS, relapse=False))
    ce.rank_regimens(beliefs, CYCLES, points=2, relapse=False)
    assert beliefs.asked == [(64, 3), (2, None)]
    # Points that are given stand in place of them.
    given_points = ce.rank_regimens(beliefs, CYCLES, points=POINTS.tail(1), relapse=False)
    assert len(beliefs.asked) == 2
    assert given_points["p_best"].to_list() == [1.0, 0.0, 0.0]


def test_drugs_that_nobody_knows_are_an_error_before_any_work() -> None:
    line = "docetaxol 75 mg/m2 q21d x4"
    forms: dict[str, Any] = {
        "line": line,
        "regimen": ce.Regimen.parse(line),
        "table": ce.Regimen.parse(line).to_dict(),
        "changes": {"regimen": line, "surgery.residual_cells": 3},
        "changed": {"regimen": ce.Regimen.parse(line).to_dict(), "surgery.residual_cells": 3},
    }
    with pytest.raises(ce.ModelError) as error:
        ce.rank_regimens(scenario(), {**forms, "both": "notadrug 75 mg/m2 + alsonot 3 mg/m2 q21d x4"})
    near = "must give drugs that are known; got 'docetaxol'. Did you mean 'docetaxel'?"
    assert list(error.value.problems[:5]) == [f"regimens[{name}] {near}" for name in forms]
    assert [problem.split(";")[1][:15] for problem in error.value.problems[5:]] == [
        " got 'notadrug'",
        " got 'alsonot'.",
    ]
    # What a regimen brings along, or leaves inert, is known.
    own = drug("docetaxel").replace({"name": "docetaxol"})
    mine = ce.Potency(drug="docetaxol", emax=0.7, basis="a test")
    bring = {"own": {"regimen": line, "drugs": [own]}}
    table = ce.rank_regimens(scenario(), bring, potencies=mine, assume_untouched=True, relapse=False)
    assert table["status"].to_list() == ["ok"]
    beside = {"inert": "docetaxel 75 mg/m2 over 1 h + notadrug 3 mg/m2 q21d x4"}
    assert ce.rank_regimens(scenario(), beside, inert="notadrug", relapse=False)["status"].to_list() == ["ok"]
    with pytest.raises(ce.ModelError, match=r"questions.regimens\[other\] must give drugs that are known; got 'docet"):
        scenario().replace({"questions": {"regimens": {"other": line}, "ask": ["ranking"]}})


def test_all_problems_at_once() -> None:
    with pytest.raises(ce.ModelError) as error:
        ce.rank_regimens(
            scenario(),
            {"A": "docetaxol", "B": "docetaxel 75 mg/m3 q21d", "C": {"tumor.bith": 3}, "D": {"follow_up.horizon": 50}},
            by="kure",  # type: ignore[arg-type]
            points={"tumor.sise": [1], "regimen.phases[0].cycles": [3]},
            potencies=ce.Potency(drug="docetaxel", emax=1, basis="twice"),
            without="docetaxl",
            threads=0,
            replicates=-1,
        )
    for words in (
        "regimens[A] must be the name of a regimen that ships with chemoevo, or one line as Regimen.parse reads it",
        "regimens[B]: text, word 3, must be a unit",
        "regimens[C][tumor.bith] is not in the specification",
        "regimens[D][follow_up.horizon] must be 100 days, as that of the model",
        "by must be 'cure', 'median_relapse' or 'expected_residual'; got 'kure'",
        "points[tumor.sise] is not in the specification",
        "points[regimen.phases[0].cycles] must be left out",
        "potencies[0].drug must be of a drug that has no potency yet; got 'docetaxel'",
        "without[0] must be a drug of one of the regimens; got 'docetaxl'. Did you mean 'docetaxel'?",
        "threads must be",
        "replicates must be",
    ):
        assert words in str(error.value)
    assert len(error.value.problems) == 11
    for wrong, words in (
        ({"points": 5}, "points must be a frame: a Scenario has no points of its own to draw from; got 5"),
        ({"points": {"surgery.residual_cells": [3]}}, r"must be left out: regimens\[A\] sets surgery.residual_cells"),
        ({"potencies": {"drug": "cisplatin", "emax": -1, "basis": "x"}}, r"potencies\[0\].emax must"),
        ({"inert": [""]}, "inert"),
    ):
        with pytest.raises(ce.ModelError, match=words):
            ce.rank_regimens(scenario(), {"A": {"surgery.residual_cells": 3}}, **wrong)  # type: ignore[arg-type]
    for wrong, words in (
        ({"regimens": {"A": 3}}, r"regimens\[A\] must be a Regimen, its text"),
        ({"regimens": {3: f"{BOTH} x2"}}, "regimens must have names for keys"),
        ({"without": 3}, "without must be a list of names"),
        ({"executor": 3}, "executor must be"),
        ({"relapse": 1}, "relapse must be True or False"),
    ):
        with pytest.raises(TypeError, match=words):
            ce.rank_regimens(scenario(), **{"regimens": {"A": f"{BOTH} x2"}, **wrong})  # type: ignore[arg-type]
    with pytest.raises(ce.ModelError, match="must have at least one regimen"):
        ce.rank_regimens(scenario(), {})


def scores(better: Any, error: Any = 0.0, complement: Any = None, half: Any = 0.0) -> Scores:
    values = np.array(better, dtype=float)
    lacking = None if complement is None else np.array(complement, dtype=float)
    return Scores(values, lacking, np.broadcast_to(error, values.shape), np.broadcast_to(half, values.shape))


def test_ranks() -> None:
    # Each is within the error of the next one, and the third is not within that of the first.
    assert scores([[3.0], [2.2], [1.4], [0.0]], error=0.5).ranks() == [1, 1, 3, 4]
    assert scores([[1.4], [3.0], [0.0], [2.2]], error=0.5).ranks() == [3, 1, 4, 1]
    # Halves of intervals add as those of independent numbers do.
    assert scores([[3.0], [2.0]], half=0.7).ranks() == [1, 2]
    assert scores([[3.0], [2.0]], half=0.71).ranks() == [1, 1]
    # Near 1 the digits are those of the complement.
    assert scores([[1.0], [1.0]], complement=[[1e-20], [2e-20]]).ranks() == [1, 2]
    assert scores([[1.0], [1.0]], complement=[[1e-20], [2e-20]], error=1e-20).ranks() == [1, 1]
    # Two small probabilities differ though their complements do not.
    assert scores([[1e-20], [2e-20]], complement=[[1.0], [1.0]]).ranks() == [2, 1]


def test_points_that_are_few_leave_a_difference_open() -> None:
    # The differences 1, 1, 0.1, -0.5 have a standard error of 0.37, and 3.18 of them are above the mean of 0.4.
    uncertain = scores([[1.0, 2.0, 3.1, 4.0], [0.0, 1.0, 3.0, 4.5]])
    assert uncertain.ranks() == [1, 1]
    assert uncertain.best().tolist() == [0.75, 0.25]
    # The same difference everywhere is known however much the numbers vary.
    assert scores([[1.01, 2.01, 3.01, 4.01], [1.0, 2.0, 3.0, 4.0]]).ranks() == [1, 2]


def test_the_interval_of_few_points_is_that_of_student() -> None:
    # scipy's t test is the reference, wherever points do not all agree; the normal interval would part more often.
    normal = 0
    for seed in range(200):
        ahead = np.random.default_rng(seed).normal(0.7, 1.0, 6)
        if not ((ahead > 0.0).all() or (ahead < 0.0).all()):
            parted = stats.ttest_1samp(ahead, 0.0).pvalue < 0.05
            assert (len(set(scores([ahead, np.zeros(6)]).ranks())) == 2) == parted
            normal += abs(ahead.mean()) > 1.96 * ahead.std(ddof=1) / np.sqrt(6) and not parted
    assert normal > 5


def test_points_that_all_agree_part_regimens_whatever_their_spread() -> None:
    # Of a grid, say: the best at every point, and by far at one of them.
    agreed = [[0.05, 0.2, 0.9], [0.03, 0.1, 0.1]]
    assert scores(agreed).ranks() == [1, 2]
    assert scores(agreed).best().tolist() == [1.0, 0.0]
    # Not where one of the points is within its error, of the equations or of histories.
    assert scores(agreed, error=[[0.02, 0.0, 0.0]] * 2).ranks() == [1, 1]
    noisy = scores(agreed, half=[[0.0, 0.1, 0.0]] * 2)
    assert noisy.ranks() == [1, 1]
    assert noisy.best().tolist() == pytest.approx([5 / 6, 1 / 6])


def test_shares_of_the_best_sum_to_one() -> None:
    random = np.random.default_rng(1)
    for _ in range(20):
        found = scores(random.integers(0, 3, (5, 7)), error=random.choice([0.0, 0.3]))
        assert found.best().sum() == pytest.approx(1.0)
        values = found.better
        best = np.array([(values == values.max(axis=0)) / (values == values.max(axis=0)).sum(axis=0)]).mean(axis=2)[0]
        assert found.best() == pytest.approx(best)


def test_the_figure_has_every_regimen_with_a_rank() -> None:
    table = ce.rank_regimens(scenario(), {**CYCLES, "none": "cisplatin 75 mg/m2 q21d"}, points=POINTS, relapse=False)
    ax = plots.ranking(table, ax=Figure(layout="constrained").subplots())
    assert [text.get_text() for text in ax.get_yticklabels()] == ["1  4 cycles", "2  3 cycles", "3  2 cycles"]
    assert [text.get_text() for text in ax.texts] == ["100 %", "0 %", "0 %", "best at"]
    numbers = plots.ranking_table(table)
    assert numbers.columns == ["rank", "regimen", "value", "low", "high", "p_best"]
    assert numbers["value"].to_list() == table["cure"].to_list()[:3]
    lines = [line.get_xdata() for line in ax.lines]
    assert [list(line) for line in lines[1::2]] == [[value] for value in numbers["value"]]  # type: ignore[arg-type]
    assert [list(line) for line in lines[::2]] == [list(row) for row in numbers.select("low", "high").rows()]  # type: ignore[arg-type]
    later = ce.rank_regimens(scenario(), CYCLES, by="expected_residual", relapse=False)
    ax = plots.ranking(later, ax=Figure(layout="constrained").subplots())
    assert ax.get_xlabel() == "expected cells after therapy (log scale)"
    assert not ax.texts
    assert plots.ranking(later, value="cure", ax=Figure().subplots()).get_xlabel() == "probability of cure"


def test_wrong_tables_of_figures() -> None:
    with pytest.raises(TypeError, match="table must be a polars DataFrame"):
        plots.ranking({})  # type: ignore[arg-type]
    with pytest.raises(ce.ModelError, match="must have a column 'rank'"):
        plots.ranking_table(pl.DataFrame({"x": [1]}))
    with pytest.raises(ce.ModelError, match="value must be one of 'cure'"):
        plots.ranking_table(cycles(), value="kure")
    failed = ce.rank_regimens(scenario(), {"none": "cisplatin 75 mg/m2 q21d"}, relapse=False)
    with pytest.raises(ce.ModelError, match="must have a regimen with a rank and cure"):
        plots.ranking(failed)


def test_threads_and_executors_change_nothing() -> None:
    told: list[tuple[int, int]] = []
    with ThreadPoolExecutor(2) as pool:
        table = ce.rank_regimens(
            scenario(), CYCLES, points=POINTS, relapse=False, executor=pool, progress=lambda *now: told.append(now)
        )
    assert table.equals(ce.rank_regimens(scenario(), CYCLES, points=POINTS, relapse=False, threads=1))
    # What goes to other processes is the same there.
    work = Candidates(
        (Candidate("A", scenario(), OtherDrugs(inert="leucovorin"), {"regimen": ce.Regimen.parse(BOTH)}),)
    )
    assert pickle.loads(pickle.dumps(work))(candidate=0, values={EMAX: 0.8}) == work(candidate=0, values={EMAX: 0.8})
    assert told == [(done, 12) for done in range(1, 13)]


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
