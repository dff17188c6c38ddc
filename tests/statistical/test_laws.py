"""The tests' own tests: under the null law p-values are uniform or larger, and differences are found."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from tests.statistical import _laws as laws

Generator = np.random.Generator
TRIALS = 250


def geometric(rng: Generator, n: int, p: float = 0.2) -> np.ndarray:
    return rng.geometric(p, n) * (rng.random(n) < 0.6)


def pair(rng: Generator, n: int, share: float = 0.5) -> np.ndarray:
    common = rng.poisson(4, n)
    return np.stack([common, rng.binomial(common, share)], axis=1)


NULL: dict[str, Callable[[Generator], float]] = {
    "same_discrete_law": lambda r: laws.same_discrete_law(geometric(r, 1500), geometric(r, 2500)),
    "same_discrete_law, very different sizes": lambda r: laws.same_discrete_law(geometric(r, 500), geometric(r, 20000)),
    "same_joint_law": lambda r: laws.same_joint_law(pair(r, 2000), pair(r, 1500)),
    "same_continuous_law": lambda r: laws.same_continuous_law(r.exponential(1, 800), r.exponential(1, 1200)),
    "same_categories": lambda r: laws.same_categories(r.choice([*"abc"], 900), r.choice([*"abc"], 700)),
    "follows_pmf": lambda r: laws.follows_pmf(r.poisson(5, 3000), stats.poisson.pmf(np.arange(30), 5)),
    "follows_cdf": lambda r: laws.follows_cdf(r.exponential(1, 1500), stats.expon.cdf),
    "has_probability": lambda r: laws.has_probability(r.binomial(3000, 0.3), 3000, 0.3),
    "has_mean": lambda r: laws.has_mean(r.poisson(5, 3000), 5.0),
    "has_mean, known spread": lambda r: laws.has_mean(r.poisson(5, 3000), 5.0, 5.0**0.5),
    "has_variance": lambda r: laws.has_variance(r.poisson(5, 3000), 5.0, 5.0, 3.2),
    "has_covariance": lambda r: laws.has_covariance(*pair(r, 3000).T, (4.0, 2.0), 2.0),  # type: ignore[call-arg]
    "independent": lambda r: laws.independent(r.poisson(5, 2000), r.poisson(3, 2000)),
}

DIFFERENT: dict[str, Callable[[Generator], float]] = {
    "same_discrete_law": lambda r: laws.same_discrete_law(geometric(r, 50000), geometric(r, 50000, 0.21)),
    "same_joint_law": lambda r: laws.same_joint_law(pair(r, 20000), pair(r, 20000, 0.53)),
    "same_joint_law, equal margins": lambda r: laws.same_joint_law(
        pair(r, 20000), np.stack([pair(r, 20000)[:, 0], pair(r, 20000)[:, 1]], axis=1)
    ),
    "same_continuous_law": lambda r: laws.same_continuous_law(r.exponential(1, 20000), r.exponential(1.08, 20000)),
    "same_categories": lambda r: laws.same_categories(
        r.choice([*"abc"], 50000), r.choice([*"abc"], 50000, p=[0.36, 0.32, 0.32])
    ),
    "same_categories, two": lambda r: laws.same_categories(
        r.choice([*"ab"], 20000), r.choice([*"ab"], 20000, p=[0.53, 0.47])
    ),
    "follows_pmf": lambda r: laws.follows_pmf(r.poisson(5.1, 50000), stats.poisson.pmf(np.arange(30), 5)),
    "follows_pmf, a value that cannot be": lambda r: laws.follows_pmf([1, 2] * 50 + [3], [0.0, 0.5, 0.5, 0.0, 0.0]),
    "follows_cdf": lambda r: laws.follows_cdf(r.exponential(1.05, 20000), stats.expon.cdf),
    "has_probability": lambda r: laws.has_probability(r.binomial(50000, 0.315), 50000, 0.3),
    "has_probability, never": lambda r: laws.has_probability(1, 10**9, 0.0),
    "has_mean": lambda r: laws.has_mean(r.poisson(5.1, 50000), 5.0),
    "has_variance": lambda r: laws.has_variance(5.0 + (r.poisson(5, 50000) - 5.0) * 1.05, 5.0, 5.0),
    "has_covariance": lambda r: laws.has_covariance(*pair(r, 50000, 0.54).T, (4.0, 2.16), 2.0),  # type: ignore[call-arg]
    "independent": lambda r: laws.independent(*pair(r, 2000).T),
}


@pytest.mark.parametrize("name", NULL)
def test_p_values_are_uniform_where_laws_agree(name: str) -> None:
    rng = np.random.default_rng(20240517)
    p = np.array([NULL[name](rng) for _ in range(TRIALS)])
    # One-sided: p-values may be too large (ties, doubling), never too small.
    for level in (0.01, 0.05, 0.2, 0.5):
        excess = stats.binomtest(int((p < level).sum()), TRIALS, level, alternative="greater").pvalue
        assert excess > laws.FALSE_ALARM, f"{(p < level).mean()} of p-values are below {level}"
    assert p.min() >= laws.FALSE_ALARM
    # And they do carry information: not all are one.
    assert (p < 0.5).mean() > 0.1


@pytest.mark.parametrize("name", DIFFERENT)
def test_differences_are_found(name: str) -> None:
    assert DIFFERENT[name](np.random.default_rng(7)) < laws.FALSE_ALARM


def test_homogeneity_pools_rare_cells() -> None:
    table = np.array([[1000, 1, 0, 2], [1000, 0, 1, 2]])
    assert laws.homogeneity(table) == 1.0


def test_bins_hold_what_they_must() -> None:
    values = np.random.default_rng(3).poisson(3, 5000)
    edges = laws.bins_of(values)
    assert (np.bincount(np.searchsorted(edges, values)) >= laws.MIN_EXPECTED).all()


def test_verdict_lists_the_alarms_and_their_p_values() -> None:
    verdict = laws.Verdict()
    verdict.add("good", 0.4)
    verdict.require()
    verdict.add("bad", 1e-9)
    with pytest.raises(AssertionError, match=r"1 of 2 checks failed at 1e-06:\n  bad: p = 1e-09"):
        verdict.require()


def test_verdict_without_checks_is_no_success() -> None:
    with pytest.raises(AssertionError, match="nothing was checked"):
        laws.Verdict().require()
