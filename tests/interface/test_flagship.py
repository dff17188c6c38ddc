"""The resected tumor of examples/nsclc_relapse.toml: cure, who leads a relapse and when are questions of chance.

What the example's comments promise is held by the backward equations, and again by simulation: few replicates here, all
of the scenario's in the long suite. Every statistical check has a false-alarm level of at most 1e-6.
"""

from __future__ import annotations

import functools

import numpy as np
import polars as pl
import pytest
from scipy import stats

import chemoevo as ce

LEVEL = 1e-6
STANDARD_ERRORS = 4.9
FEW, ALL = 120, 1000


@functools.cache
def scenario() -> ce.Scenario:
    return ce.scenarios.scenario("nsclc_relapse")


@functools.cache
def answered(replicates: int) -> ce.Answer:
    return ce.answer(scenario(), ce.simulate(scenario(), replicates=replicates))


def tumors(asked: ce.Scenario) -> ce.GrownTo:
    return ce.GrownTo(asked.growth.process, size=asked.tumor.size)


def resistant(asked: ce.Scenario) -> list[str]:
    return [name for name in asked.genotypes.names if name != "sensitive"]


def led_by_equations(asked: ce.Scenario) -> tuple[float, float]:
    """Bounds on the probability that cells are left at the horizon and that resistant ones lead them.

    They do where nothing is left of the cells that were sensitive at the first dose. They cannot where nothing is left
    of those that were resistant, unless sensitive cells have new resistant descendants by the end of therapy: later
    ones are too few to overtake the cells that they come from.
    """
    initial, types = tumors(asked), resistant(asked)
    end = ce.cause_of_relapse(asked, resistant=types, initial=initial, time=asked.follow_up.horizon)
    early = ce.cause_of_relapse(asked, resistant=types, initial=initial, time=asked.comparison_day)
    return end.relapse - end.from_type["sensitive"], end.preexisting + early.acquired


def led(result: ce.Answer) -> tuple[int, int]:
    """Relapses driven by a resistant clone, and tumors that are neither cured nor relapsed yet."""
    ends = result.outcomes
    waiting = ends.filter(~pl.col("cured") & ~pl.col("progressed")).height
    return ends.filter(pl.col("progressed") & (pl.col("gained_most") != "sensitive")).height, waiting


def agrees(result: ce.Answer, asked: ce.Scenario) -> bool:
    """Whether relapses led by resistant clones are as many as the equations allow, by the law of binomial counts."""
    low, high = led_by_equations(asked)
    seen, waiting = led(result)
    few = stats.binom.cdf(seen + waiting, result.replicates, low)
    many = stats.binom.sf(seen - 1, result.replicates, high)
    return bool(min(few, many) > LEVEL / 2)


def times(result: ce.Answer) -> np.ndarray:
    """Days from the first dose to relapse."""
    return result.outcomes.filter(pl.col("progressed"))["time_to_progression"].to_numpy()


def quartile_range(days: np.ndarray) -> float:
    """Between looks, not between points interpolated there."""
    first, third = np.quantile(days, [0.25, 0.75], method="inverted_cdf")
    return float(third - first)


def test_flagship_cure_and_leaders_are_chance_by_the_equations() -> None:
    cure = ce.cure_probability(scenario())
    assert cure.method == "law"
    assert cure.value == pytest.approx(0.398, abs=0.001)
    low, high = led_by_equations(scenario())
    relapse = 1.0 - cure.value
    assert 0.2 < low / relapse < high / relapse < 0.8


@pytest.mark.parametrize("replicates", [FEW, pytest.param(ALL, marks=pytest.mark.slow)])
def test_flagship_both_answers_agree(replicates: int) -> None:
    result = answered(replicates)
    assert result.exact
    assert result.cut_short == 0
    assert len(result.comparisons) == 9
    for row in result.comparisons:
        assert abs(row.standard_errors) < STANDARD_ERRORS, row
    assert agrees(result, scenario())


CARRIERS = "tumor.alterations[ABCB1].mutation"
EQUAL = {f"potencies[{drug}].log10_kill_per_cycle": 0.5 for drug in ("docetaxel", "carboplatin")}


@pytest.mark.parametrize(
    ("replicates", "wrong"),
    [
        (FEW, {CARRIERS: 1.7e-7 / 10}),
        (FEW, EQUAL),
        pytest.param(ALL, {CARRIERS: 1.7e-7 / 2}, marks=pytest.mark.slow),
        pytest.param(ALL, {CARRIERS: 1.7e-7 * 3}, marks=pytest.mark.slow),
    ],
)
def test_flagship_planted_errors_are_caught(replicates: int, wrong: dict[str, float]) -> None:
    # The histories against the equations of another scenario: carriers that are rarer or more frequent, or drugs in
    # equal shares, of which carboplatin leaves hardly a carrier.
    assert not agrees(answered(replicates), scenario().replace(wrong))


def test_flagship_times_of_relapse_are_spread() -> None:
    # For both quartiles to fall on one look it needs half of the relapses. No look has more than a fifth of them in the
    # long run (below), and however many there are of 120 histories, the chance of that is 1.4e-7.
    assert quartile_range(times(answered(FEW))) >= 28.0


@pytest.mark.slow
def test_flagship_promises_hold_in_all_replicates() -> None:
    result = answered(ALL)
    assert result.replicates == scenario().simulation.replicates
    assert 0.2 < result.cured.value < 0.8
    days, seen = times(result), led(result)[0]
    # Two in five of some 600: a fifth is ten standard errors away.
    assert 0.2 < seen / days.size < 0.8
    # 12 % of them at the look that has most (of 3000 other histories): a fifth is six standard errors away.
    assert np.unique(days, return_counts=True)[1].max() < days.size / 5
    # A line that comes from one cell has a size like an exponential number's, so its times have the quartiles of that
    # number's logarithm over the net growth rate. Two looks are more than six standard errors of 600 times.
    tumor = scenario().tumor
    alone = np.log(np.log(4.0) / np.log(4.0 / 3.0)) / (tumor.birth - tumor.death)
    assert quartile_range(days) == pytest.approx(alone, abs=56.0)
    assert quartile_range(days) >= 28.0
