"""Progression, Kaplan-Meier and intervals, on counts made by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import CensoredData, binomtest, ecdf

from chemoevo.answers.kaplan_meier import kaplan_meier, median_time
from chemoevo.answers.progression import progression, totals
from chemoevo.ensemble.estimates import Estimate, wilson

WEEKS = np.array([0.0, 7.0, 14.0, 21.0, 28.0])


def one_type(*rows: list[float]) -> np.ndarray:
    return np.array(rows, dtype=np.int64)[:, :, None]


def test_progression_compares_with_the_smallest_total_so_far() -> None:
    result = progression(WEEKS, one_type([10**10, 10**9, 2 * 10**8, 3 * 10**8, 4 * 10**8]))
    # 3e8 is 1.5 times the smallest total, 4e8 is twice it.
    assert result.progressed.tolist() == [True]
    assert result.time.tolist() == [28.0]
    assert result.smallest.tolist() == [2 * 10**8]


@pytest.mark.parametrize(("total", "expected"), [(173_000_000, True), (172_999_999, False)])
def test_progression_threshold_is_included(total: int, expected: bool) -> None:
    assert progression(WEEKS[:2], one_type([10**8, total])).progressed.tolist() == [expected]


@pytest.mark.parametrize(("total", "expected"), [(10**8, True), (10**8 - 1, False)])
def test_progression_needs_the_smallest_visible_size(total: int, expected: bool) -> None:
    assert progression(WEEKS[:2], one_type([100, total])).progressed.tolist() == [expected]


def test_progression_at_the_first_look_is_impossible_and_at_the_second_is_found() -> None:
    result = progression(WEEKS, one_type([10**9, 10**10, 10**10, 10**10, 10**10]))
    assert result.time.tolist() == [7.0]
    assert result.look.tolist() == [1]


def test_progression_never_is_censored_at_the_last_look() -> None:
    result = progression(WEEKS, one_type([10**9] * 5))
    assert not result.progressed.any()
    assert result.time.tolist() == [28.0]
    assert result.dominant.tolist() == [-1]
    assert result.driver.tolist() == [-1]


def test_progression_of_an_extinct_tumor_never_comes() -> None:
    result = progression(WEEKS, one_type([10**9, 5, 0, 0, 0], [0, 0, 0, 0, 0]))
    assert not result.progressed.any()
    assert result.smallest.tolist() == [0, 0]


def test_progression_ignores_observations_that_are_no_looks() -> None:
    counts = one_type([10**9, 10**6, 10**9, 10**9, 10**10])
    looks = np.array([True, False, True, True, False])
    result = progression(WEEKS, counts, looks=looks)
    assert not result.progressed.any()
    assert result.time.tolist() == [21.0]


def test_progression_of_a_run_cut_short_is_censored_there() -> None:
    counts = one_type([10**9, 10**9, 10**9, 10**10, 10**10])
    assert progression(WEEKS, counts, until=[20.0]).progressed.tolist() == [False]
    assert progression(WEEKS, counts, until=[20.0]).time.tolist() == [14.0]
    assert progression(WEEKS, counts, until=[21.0]).time.tolist() == [21.0]


def test_progression_names_the_most_numerous_and_the_fastest_gaining_type() -> None:
    counts = np.array([[[9e9, 1e6], [6e8, 1e8], [7e8, 6e8], [8e8, 7e8], [8e8, 7e8]]]).astype(np.int64)
    result = progression(WEEKS, counts)
    assert result.time.tolist() == [14.0]
    assert result.dominant.tolist() == [0]
    assert result.dominant_share[0] == pytest.approx(7 / 13)
    assert result.driver.tolist() == [1]


def test_progression_near_the_largest_count_does_not_wrap() -> None:
    huge = 2**62
    counts = np.array([[[huge, 0], [huge, huge]]], dtype=np.int64)
    assert totals(counts).tolist() == [[huge, 2**63 - 1]]
    assert progression(WEEKS[:2], counts).progressed.tolist() == [True]


def test_progression_planted_bug_absolute_minimum_is_caught() -> None:
    # A smallest total taken over all looks, later ones included, would call this progressed at day 0.
    result = progression(WEEKS, one_type([10**9, 10**8, 10**8, 10**8, 10**8]))
    assert not result.progressed.any()


def test_kaplan_meier_agrees_with_scipy_under_ties_and_censoring() -> None:
    rng = np.random.default_rng(3)
    time = rng.integers(1, 30, 200).astype(float)
    event = rng.random(200) < 0.7
    curve = kaplan_meier(time, event)
    peer = ecdf(CensoredData.right_censored(time, ~event)).sf
    np.testing.assert_allclose(curve.survival, peer.evaluate(curve.times), rtol=1e-12)
    assert ((curve.low <= curve.survival) & (curve.survival <= curve.high)).all()


def test_kaplan_meier_remission_times_of_freireich() -> None:
    # Freireich et al. (1963), Blood 21:699, 6-mercaptopurine arm: the textbook example, median 23 weeks.
    time = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
    event = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
    curve = kaplan_meier(time, np.array(event, bool))
    np.testing.assert_allclose(
        curve.survival, [0.857143, 0.806723, 0.752941, 0.690196, 0.627451, 0.537815, 0.448179], atol=1e-6
    )
    assert median_time(time, np.array(event, bool)).value == 23.0


def test_kaplan_meier_band_is_wilsons_without_censoring() -> None:
    curve = kaplan_meier([1.0, 2.0, 3.0, 4.0], [True] * 4)
    interval = binomtest(3, 4).proportion_ci(method="wilson")
    assert (curve.low[0], curve.high[0]) == pytest.approx((interval.low, interval.high), rel=1e-12)
    assert curve.survival[-1] == 0.0
    assert 0.0 < curve.high[-1] < 1.0


def test_median_time_not_reached() -> None:
    assert median_time([10.0] * 4, [False] * 4).value is None
    assert median_time([1.0, 9.0, 9.0, 9.0], [True, False, False, False]).value is None
    assert str(median_time([10.0], [False])) == "not reached"


def test_median_time_of_a_shared_event_time_has_no_width() -> None:
    result = median_time([21.0] * 50, [True] * 50)
    assert (result.value, result.low, result.high) == (21.0, 21.0, 21.0)


def test_median_time_at_exactly_one_half() -> None:
    # 3/4 * 2/3 is one half up to rounding.
    assert median_time([1.0, 2.0, 3.0, 4.0], [True] * 4).value == 2.0


def test_median_time_interval_covers_the_truth() -> None:
    # Exponential times with median 1, censored at 1.5; 95 % nominal coverage, 400 trials: sd 1.1 %.
    rng = np.random.default_rng(11)
    hits = 0
    for _ in range(400):
        time = rng.exponential(1.0 / math.log(2.0), 60)
        result = median_time(np.minimum(time, 1.5), time <= 1.5)
        assert result.low is not None
        hits += result.low <= 1.0 <= (math.inf if result.high is None else result.high)
    assert 0.90 <= hits / 400 <= 1.0


@pytest.mark.parametrize(("k", "n"), [(0, 1), (0, 200), (1, 3), (100, 200), (200, 200)])
def test_wilson_agrees_with_scipy(k: int, n: int) -> None:
    interval = binomtest(k, n).proportion_ci(method="wilson")
    assert wilson(k, n) == pytest.approx((interval.low, interval.high), rel=1e-12, abs=1e-15)


@pytest.mark.parametrize(("k", "n"), [(-1, 3), (4, 3), (0, 0)])
def test_wilson_refuses_impossible_counts(k: int, n: int) -> None:
    with pytest.raises(ValueError, match="must be in"):
        wilson(k, n)


def test_estimate_average_of_equal_probabilities_has_no_width() -> None:
    # Rounding of the mean, and of its logit there and back, must not put it outside its own interval.
    for value in np.random.default_rng(1).random(50):
        of_equal = Estimate.average([value] * 1500)
        assert (of_equal.low, of_equal.high) == pytest.approx((value, value), rel=1e-12)
    result = Estimate.average([0.25] * 10)
    assert (result.value, result.low, result.high, result.effective) == (0.25, 0.25, 0.25, 10.0)


@pytest.mark.parametrize("p", [[0.0] * 5, [1.0] * 5])
def test_estimate_average_at_the_ends(p: list[float]) -> None:
    result = Estimate.average(p)
    assert result.low == result.high == p[0]


def test_estimate_average_says_when_one_history_carries_it() -> None:
    result = Estimate.average([1e-3] + [1e-12] * 99)
    assert result.effective == pytest.approx(1.0, abs=1e-6)
    assert 0.0 < result.low < result.value < result.high < 1.0


def test_estimate_average_says_when_one_history_carries_what_lacks_to_one() -> None:
    assert Estimate.average([1.0 - 1e-3] + [1.0] * 99).effective == pytest.approx(1.0, abs=1e-6)
    assert Estimate.average_of_logs([-1e-9] + [-1e-18] * 99).effective == pytest.approx(1.0, abs=1e-6)
    assert Estimate.average([1.0] * 5).effective == 5.0


def test_estimate_average_of_one_history_knows_nothing() -> None:
    assert (Estimate.average([0.3]).low, Estimate.average([0.3]).high) == (0.0, 1.0)


def test_estimate_average_interval_covers_the_truth() -> None:
    rng = np.random.default_rng(5)
    hits = sum(e.low <= 0.25 <= e.high for e in (Estimate.average(rng.beta(1.0, 3.0, 200)) for _ in range(500)))
    assert 0.91 <= hits / 500 <= 0.985
