"""Kaplan-Meier curves against scipy and statsmodels, and at the end of a sample."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import stats
from statsmodels.duration.survfunc import SurvfuncRight

import chemoevo as ce


def sample(seed: int, n: int = 60) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Whole days, so that there are ties, also of events with censoring."""
    rng = np.random.default_rng(seed)
    return rng.integers(1, 25, n).astype(float), rng.random(n) < 0.6


@pytest.mark.parametrize("seed", range(8))
def test_curve_is_that_of_scipy_and_statsmodels(seed: int) -> None:
    time, event = sample(seed)
    curve = ce.kaplan_meier(time, event)
    scipy = stats.ecdf(stats.CensoredData(uncensored=time[event], right=time[~event])).sf
    assert curve.survival == pytest.approx(scipy.evaluate(curve.times), abs=1e-12)
    other = SurvfuncRight(time, event.astype(int))
    there = other.n_events > 0
    assert curve.times.tolist() == other.surv_times[there].tolist()
    assert curve.survival == pytest.approx(other.surv_prob[there], abs=1e-12)
    assert curve.at_risk.tolist() == other.n_risk[there].astype(int).tolist()
    assert curve.events.tolist() == other.n_events[there].astype(int).tolist()
    median = ce.median_time(time, event).value
    assert median == other.quantile(0.5)
    # Everybody is somewhere: an event, or censored before the first or from some time on.
    early = int((~event & (time < curve.times[0])).sum())
    assert curve.events.sum() + curve.censored.sum() + early == len(time)


def test_the_band_is_wilsons_where_nobody_is_censored() -> None:
    time, _ = sample(3)
    curve = ce.kaplan_meier(time, np.ones(len(time)))
    for k, s in enumerate(curve.survival):
        low, high = stats.binomtest(round(s * len(time)), len(time)).proportion_ci(0.95, method="wilson")
        assert (curve.low[k], curve.high[k]) == pytest.approx((low, high), abs=1e-9)


def test_the_last_at_risk_say_no_more_than_they_know() -> None:
    """Ninety-nine are censored on day 1, and the one that is left has the event: Wilson's 0 of 1."""
    curve = ce.kaplan_meier([1.0] * 99 + [2.0], [0] * 99 + [1])
    assert curve.high[-1] == pytest.approx(stats.binomtest(0, 1).proportion_ci(0.95, method="wilson").high, abs=1e-4)
    assert (curve.at_risk.tolist(), curve.censored.tolist()) == ([1], [0])
    median = ce.median_time([1.0] * 99 + [2.0], [0] * 99 + [1])
    assert (median.value, median.low, median.high) == (2.0, 2.0, None)


def test_ties_and_censoring_by_hand() -> None:
    curve = ce.kaplan_meier(pl.Series([7, 7, 14, 14]), pd.Series([True, False, True, False]))
    assert curve.survival.tolist() == [0.75, 0.375]
    assert curve.at_risk.tolist() == [4, 2]
    assert curve.censored.tolist() == [1, 1]
    assert ce.kaplan_meier([3.0], [0]).times.size == 0


@pytest.mark.parametrize(
    ("time", "event", "error", "words"),
    [
        ([], [], ce.ModelError, "time must be a list of at least one time"),
        ([1.0, -1.0], [1, 1], ce.ModelError, "finite and >= 0"),
        ([1.0, np.nan], [1, 1], ce.ModelError, "finite and >= 0"),
        ([[1.0]], [1], ce.ModelError, "time must be a list"),
        ([1.0, 2.0], [1], ce.ModelError, "event must have the shape of time"),
        ([1.0], ["yes"], TypeError, "event must be True or False"),
        ([1.0], [2], TypeError, "event must be True or False"),
        (["x"], [1], TypeError, "time must be numbers"),
        (pl.DataFrame({"t": [1.0]}), [1], TypeError, "time must be numbers without names"),
    ],
)
def test_what_is_no_sample_is_refused(time: Any, event: Any, error: type[Exception], words: str) -> None:
    for ask in (ce.kaplan_meier, ce.median_time):
        with pytest.raises(error, match=words):
            ask(time, event)
