"""Rankings of regimens: the numbers of other questions, forms of a regimen, and what is refused."""

from __future__ import annotations

import itertools
import math
import pickle
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import polars as pl
import pytest
from matplotlib.figure import Figure

import chemoevo as ce
from chemoevo import plots
from chemoevo.pharmacology import drug
from chemoevo.rankings.candidates import Candidate, Candidates, OtherDrugs
from tests.unit.ranked import BOTH, CYCLES, EMAX, POINTS, cycles, given
from tests.unit.sweeps import scenario


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
