"""Rankings at points: the same for all regimens, ranks that are shared, and points that are left out."""

from __future__ import annotations

import dataclasses

import numpy as np
import polars as pl
import pytest
from scipy import stats

import chemoevo as ce
from tests.unit.ranked import BOTH, CYCLES, EMAX, POINTS, cycles, given, scores
from tests.unit.sweeps import scenario


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
