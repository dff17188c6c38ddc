"""The law of the time at which a tumor is back at a size: what it is made of, and where it is known."""

from __future__ import annotations

import math
import pickle
from typing import Any

import numpy as np
import pytest
from scipy import stats

import chemoevo as ce
from chemoevo.analytic import relapse
from tests.unit.weekly import weekly_docetaxel

RATES: dict[str, Any] = {"types": ["S", "R"], "birth": [0.14, 0.14], "mutation": {("S", "R"): 5e-9}}
GROWTH = ce.BranchingProcess(**RATES, death=[0.1, 0.1])
THERAPY = ce.BranchingProcess(**RATES, death=[0.5, 0.1])
TUMOR = ce.GrownTo(GROWTH, size=1e9)
APART = ce.BranchingProcess(types=["S", "R"], birth=[0.1, 0.1], death=[0.3, 0.05])
YULE = ce.BranchingProcess(types=["S"], birth=[0.1], death=[0.0])
# Two lines of therapy: the first selects R, the second kills it.
LINES = ce.BranchingProcess(
    types=["S", "R"],
    birth=[[0.1, 0.1]] * 3,
    death=[[0.3, 0.05], [0.05, 0.05], [0.05, 0.3]],
    breakpoints=[100.0, 500.0],
)
CYCLES = ce.BranchingProcess(
    types=["S"],
    birth=[[0.1]] * 21,
    death=[[d] for d in [0.3, 0.02, *[0.15, 0.0] * 9, 0.05]],
    breakpoints=np.arange(1, 21) * 10.0,
)
SCENARIO = weekly_docetaxel(size=1e6, emax=2.0, horizon=200)


def test_from_its_day_on_the_law_is_the_probability_of_the_size() -> None:
    law, times = ce.relapse_time(THERAPY, initial=TUMOR, size=1e8), [300.0, 350.0, 400.0]
    want = ce.size_probability(THERAPY, initial=TUMOR, above=1e8, times=times)
    np.testing.assert_allclose(law.cdf(times), want, rtol=0.0, atol=2e-5)
    np.testing.assert_allclose(law.cdf(times) + law.survival(times), 1.0, rtol=0.0, atol=1e-15)
    # The tumor has 1e9 cells on the first days: no relapse.
    assert 30.0 < law.since < 60.0
    assert law.cdf([0.0, 3.0, law.since - 0.1]).tolist() == [0.0, 0.0, 0.0]
    assert law.cdf([1e4]) == pytest.approx(law.probability, abs=2e-5)
    assert law.probability + law.never == pytest.approx(1.0, abs=1e-12)
    assert law.never == pytest.approx(ce.ultimate_extinction_probability(THERAPY, initial=TUMOR), rel=1e-9)


def test_quantiles_are_where_the_law_has_their_probability() -> None:
    law = ce.relapse_time(THERAPY, initial=TUMOR, size=1e8)
    levels = [0.01, 0.5, 0.9]
    times = law.quantile(levels)
    np.testing.assert_allclose(law.cdf(times), levels, rtol=0.0, atol=3e-5)
    assert law.quantile(0.999) == math.inf
    assert law.median(conditional=True) < law.median() < law.quantile(0.999, conditional=True) < math.inf


def test_the_day_from_which_cells_count_is_that_of_the_smallest_mean() -> None:
    # 1e6 e^{-0.2 t} + 5 e^{0.05 t} is smallest at ln(8e5) / 0.25.
    law = ce.relapse_time(APART, initial={"S": 10**6, "R": 5}, size=1e6)
    assert law.since == pytest.approx(math.log(8e5) / 0.25, abs=0.3)
    for given in (0.0, 20.0):
        earlier = ce.relapse_time(APART, initial={"S": 10**6, "R": 5}, size=1e5, since=given)
        assert earlier.since == given
        assert earlier.cdf([given])[0] == pytest.approx(1.0 if given == 0.0 else 0.0, abs=2e-5)


def test_five_cells_come_back_unless_they_die_out() -> None:
    law = ce.relapse_time(APART, initial={"S": 10**6, "R": 5}, size=1e6)
    assert law.never == pytest.approx(0.5**5, rel=1e-12)
    assert law.by_driver["S"].probability == pytest.approx(0.0, abs=1e-5)
    assert law.by_driver["R"].probability == pytest.approx(1.0 - 0.5**5, rel=1e-12)
    assert law.by_driver["R"].median() == pytest.approx(law.median(), rel=1e-6)
    together = ce.relapse_time(APART, initial={"S": 10**6, "R": 5}, size=1e6, of=["S", "R"])
    assert together.median() == law.median()
    assert set(ce.relapse_time(APART, initial={"R": 5}, size=10, of="R").by_driver) == {"R"}


@pytest.mark.parametrize(("n", "factor"), [(1, 1e9), (100, 1e4), (10**8, 10.0)])
def test_cells_that_only_divide_are_at_a_size_when_a_negative_binomial_is(n: int, factor: float) -> None:
    size = int(n * factor)
    law = ce.relapse_time(YULE, initial={"S": n}, size=size)
    assert (law.since, law.probability, law.never) == (0.0, 1.0, 0.0)
    for q in (0.1, 0.9) if n < 10**8 else (0.5,):
        p = math.exp(-0.1 * law.quantile(q))
        # Of 1e8 cells the law is a step of a thousandth of a day.
        assert stats.nbinom.sf(size - n - 1, n, p) == pytest.approx(q, abs=3e-5 if n < 10**8 else 0.02)


def test_a_tumor_that_is_always_at_the_size_is_there_at_once() -> None:
    law = ce.relapse_time(YULE, initial={"S": 1000}, size=500)
    assert (law.since, law.median(), law.probability) == (0.0, 0.0, 1.0)
    assert law.cdf([0.0, 5.0]).tolist() == [1.0, 1.0]


def test_what_falls_for_ever_does_not_come_back() -> None:
    law = ce.relapse_time(APART, initial={"S": 10**6}, size=1e5)
    assert (law.since, law.probability, law.median()) == (math.inf, 0.0, math.inf)
    assert law.cdf([0.0, 1e3]).tolist() == [0.0, 0.0]
    assert ce.relapse_time(APART, initial={}, size=1e5).cdf([0.0, 10.0]).tolist() == [0.0, 0.0]


def test_a_relapse_that_the_next_drug_ends_has_been_one() -> None:
    law = ce.relapse_time(LINES, initial={"S": 10**8, "R": 10}, size=1e6)
    assert 40.0 < law.since < 100.0
    at = law.cdf([499.0, 500.0, 520.0, 600.0, 1e3, 1e4])
    assert at[0] > 0.99
    assert np.all(np.diff(at) >= -2e-5)
    assert ce.size_probability(LINES, initial={"S": 10**8, "R": 10}, above=1e6, times=[600.0])[0] < 0.1
    assert law.median() < 500.0
    assert law.probability >= at.max() - 2e-5


def test_the_law_of_a_tumor_that_shrinks_in_every_cycle_does_not_fall() -> None:
    law = ce.relapse_time(CYCLES, initial={"S": 3000}, size=4000)
    times = np.arange(0.0, 200.0, 2.5)
    reached = law.cdf(times)
    assert np.all(np.diff(reached) >= -2e-5)
    assert np.any(np.diff(ce.size_probability(CYCLES, initial={"S": 3000}, above=4000, times=times)) < -0.3)
    for q in (0.1, 0.5, 0.95):
        assert law.cdf([law.quantile(q)])[0] == pytest.approx(q, abs=3e-5)


def test_a_pulse_ends_what_was_there_before_it() -> None:
    process = ce.BranchingProcess(
        types=["S"], birth=[0.1], death=[0.0], pulses=[ce.Pulse(time=40.0, survival={"S": 1e-3})]
    )
    law = ce.relapse_time(process, initial={"S": 100}, size=3000)
    assert law.cdf([39.0, 40.0, 50.0])[1:] == pytest.approx(law.cdf([39.9999999])[0], abs=1e-4)
    assert law.probability == pytest.approx(1.0, abs=2e-5)


def test_of_several_compositions_and_sizes() -> None:
    rows = [[10**6, 5], [10**6, 0], [10**5, 50]]
    law = ce.relapse_time(APART, initial=rows, size=1e6)
    assert law.cdf([100.0, 300.0]).shape == (3, 2)
    assert law.probability == pytest.approx([1.0 - 0.5**5, 0.0, 1.0], abs=1e-9)
    medians = law.median()
    assert medians.shape == (3,)
    assert medians[1] == math.inf
    assert medians[2] < medians[0] < math.inf
    sizes = ce.relapse_time(THERAPY, initial=ce.GrownTo(GROWTH, size=[1e8, 1e9]), size=1e8)
    assert sizes.quantile([0.1, 0.2]).shape == (2, 2)
    age = ce.relapse_time(THERAPY, initial=ce.GrownFor(GROWTH, days=450.0), size=1e8)
    assert 0.0 < age.probability < 1.0


def test_a_scenario_starts_from_its_own_tumor() -> None:
    law = ce.relapse_time(SCENARIO, size=1e6)
    tumor = ce.GrownTo(SCENARIO.growth.process, size=1e6)
    same = ce.relapse_time(SCENARIO.therapy, initial=tumor, size=1e6)
    np.testing.assert_array_equal(law.cdf([100.0, 150.0]), same.cdf([100.0, 150.0]))
    assert law.types == ("sensitive", "ABCB1")
    assert list(law.by_driver) == ["sensitive", "ABCB1"]


def test_the_law_is_a_law_of_a_time_and_goes_through_pickle() -> None:
    law = ce.relapse_time(APART, initial={"S": 10**6, "R": 5}, size=1e6)
    assert isinstance(law, ce.TimeLaw)
    copy = pickle.loads(pickle.dumps(law))
    assert (copy.median(), copy.since, repr(copy)) == (law.median(), law.since, repr(law))
    assert repr(law).startswith("RelapseTime('there are 1e+06 cells again', probability=0.96875")
    assert "1e+06 cells of R again" in law.by_driver["R"]._repr_html_()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"size": 0.5}, "size must be a number of cells from 1"),
        ({"since": -1.0}, "since must be a time in days >= 0 and finite; got -1"),
        ({"since": math.inf}, "since must be a time in days"),
        ({"of": ["Q"]}, r"of\[0\] is not a type of the process"),
        ({"tolerance": 1.0}, "tolerance must be a number from 1e-8 to 0.01"),
        ({"initial": None}, "initial is missing"),
    ],
)
def test_wrong_values_are_named(arguments: dict[str, Any], words: str) -> None:
    right: dict[str, Any] = {"initial": {"S": 1}, "size": 5}
    with pytest.raises(ce.ModelError, match=words):
        ce.relapse_time(THERAPY, **{**right, **arguments})


def test_a_law_that_forgot_its_peaks_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relapse.Course, "peaks", lambda self, marked: np.zeros(0))  # type: ignore[attr-defined]
    law = ce.relapse_time(LINES, initial={"S": 10**8, "R": 10}, size=1e6)
    assert law.cdf([499.0])[0] - law.cdf([600.0])[0] > 0.5
