"""Comparison of laws: every function returns the p-value of one test, uniform (or larger) where the laws agree.

A check fails below `FALSE_ALARM`. Samples have fixed seeds, so that a check that passes once passes always; the level
says how rarely a change of seeds, which keeps the law, may alarm. Discrete tests pool rare values until at least
`MIN_EXPECTED` are expected in a bin: with fewer, the chi-square law of the statistic does not hold so far in its tail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

FALSE_ALARM = 1e-6
MIN_EXPECTED = 25
BINS = 40


@dataclass
class Verdict:
    """The p-values of many checks, by name."""

    p: dict[str, float] = field(default_factory=dict)

    def add(self, name: str, p: float) -> None:
        """Notes the p-value of a check."""
        assert 0.0 <= p <= 1.0, f"{name}: p = {p}"
        assert name not in self.p, f"two checks are called {name}"
        self.p[name] = float(p)

    def update(self, other: Verdict, prefix: str = "") -> None:
        """Takes over the checks of another verdict."""
        for name, p in other.p.items():
            self.add(prefix + name, p)

    @property
    def alarms(self) -> dict[str, float]:
        """The checks that failed."""
        return {name: p for name, p in self.p.items() if p < FALSE_ALARM}

    def require(self) -> None:
        """Fails, with the names of the checks and their p-values, unless all of them pass."""
        assert self.p, "nothing was checked"
        lines = "\n".join(f"  {name}: p = {p:.3g}" for name, p in sorted(self.alarms.items(), key=lambda item: item[1]))
        assert not self.alarms, f"{len(self.alarms)} of {len(self.p)} checks failed at {FALSE_ALARM:g}:\n{lines}"


def require(p: float, what: str = "") -> None:
    """Fails unless the p-value of a single check passes."""
    assert p >= FALSE_ALARM, f"{what}: p = {p:.3g} < {FALSE_ALARM:g}"


def bins_of(values: NDArray[np.generic], most: int = BINS, least: int = MIN_EXPECTED) -> NDArray[np.float64]:
    """Inner edges of at most `most` bins of about equal content, none below `least`.

    Bin i holds edges[i-1] < x <= edges[i].
    """
    found, counts = np.unique(values, return_counts=True)
    wanted = max(len(values) / most, least)
    edges, content = [], 0
    remaining = len(values)
    for value, count in zip(found, counts, strict=True):
        content += count
        remaining -= count
        if content >= wanted and remaining >= least:
            edges.append(float(value))
            content = 0
    return np.array(edges)


def _two_samples(a: NDArray[np.intp], b: NDArray[np.intp], cells: int) -> float:
    """Pearson's chi-square of two samples of cell numbers; cells with few expected are pooled."""
    table = np.array([np.bincount(a, minlength=cells), np.bincount(b, minlength=cells)])
    return homogeneity(table)


def homogeneity(table: NDArray[np.int64]) -> float:
    """Pearson's chi-square of a 2 x cells table of counts; cells with few expected are pooled into one."""
    table = table[:, table.sum(axis=0) > 0]
    share = table.sum(axis=1) / table.sum()
    rare = table.sum(axis=0) * share.min() < MIN_EXPECTED
    if rare.any():
        pooled = table[:, rare].sum(axis=1, keepdims=True)
        if pooled.sum() * share.min() < MIN_EXPECTED and not rare.all():
            # Too little for a cell of its own: join the smallest of the others.
            kept = table[:, ~rare]
            smallest = int(kept.sum(axis=0).argmin())
            kept[:, smallest] += pooled[:, 0]
            table = kept
        else:
            table = np.hstack([table[:, ~rare], pooled])
    if table.shape[1] < 2:
        return 1.0
    return float(stats.chi2_contingency(table, correction=False).pvalue)


def same_discrete_law(a: ArrayLike, b: ArrayLike) -> float:
    """Do two samples of numbers with ties come from one law?"""
    a, b = np.asarray(a), np.asarray(b)
    pooled = np.concatenate([a, b])
    # An expectation of MIN_EXPECTED in the smaller sample.
    least = int(np.ceil(MIN_EXPECTED * len(pooled) / min(len(a), len(b))))
    edges = bins_of(pooled, least=least)
    return _two_samples(np.searchsorted(edges, a), np.searchsorted(edges, b), len(edges) + 1)


def same_joint_law(a: ArrayLike, b: ArrayLike, bins: int = 8) -> float:
    """Do two samples (n, coordinates) come from one law? A grid of about equal shares in each coordinate."""
    a, b = np.asarray(a), np.asarray(b)
    cell_a, cell_b = np.zeros(len(a), dtype=np.intp), np.zeros(len(b), dtype=np.intp)
    cells = 1
    for column in range(a.shape[1]):
        edges = bins_of(np.concatenate([a[:, column], b[:, column]]), most=bins)
        cell_a = cell_a * (len(edges) + 1) + np.searchsorted(edges, a[:, column])
        cell_b = cell_b * (len(edges) + 1) + np.searchsorted(edges, b[:, column])
        cells *= len(edges) + 1
    return _two_samples(cell_a, cell_b, cells)


def same_continuous_law(a: ArrayLike, b: ArrayLike) -> float:
    """Kolmogorov and Smirnov's test of two samples; with ties (an atom at the horizon) it errs on the quiet side."""
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if len(a) == 0 and len(b) == 0:
        return 1.0
    if min(len(a), len(b)) < 50:
        # Too few for the limit law; the sizes of the samples are compared elsewhere.
        return float(stats.ks_2samp(a, b, method="exact").pvalue) if len(a) and len(b) else 1.0
    return float(stats.ks_2samp(a, b, method="asymp").pvalue)


def same_categories(a: Iterable[object], b: Iterable[object]) -> float:
    """Do two samples of words come from one law?"""
    words, cells = np.unique(np.array([*map(str, a), *(b := [*map(str, b)])]), return_inverse=True)
    split = len(cells) - len(b)
    table = np.array(
        [np.bincount(cells[:split], minlength=len(words)), np.bincount(cells[split:], minlength=len(words))]
    )
    if len(words) == 2:
        return float(stats.fisher_exact(table).pvalue)
    return homogeneity(table)


def follows_pmf(sample: ArrayLike, pmf: ArrayLike) -> float:
    """Does a sample of counts follow P(0), P(1), ...? What the probabilities lack of one is the tail beyond."""
    sample, pmf = np.asarray(sample).astype(np.int64), np.asarray(pmf, dtype=float)
    n, top = len(sample), len(pmf)
    assert (pmf >= 0.0).all(), "these are no probabilities"
    assert pmf.sum() <= 1.0 + 1e-9, "these are no probabilities"
    expected = n * np.append(pmf, max(0.0, 1.0 - pmf.sum()))
    observed = np.bincount(np.minimum(sample, top), minlength=top + 1)
    impossible = expected < 1e-9 * FALSE_ALARM
    if observed[impossible & (np.arange(top + 1) < top)].any():
        return 0.0
    bins_expected, bins_observed = [0.0], [0]
    wanted = max(MIN_EXPECTED, n / BINS)
    for e, o in zip(expected, observed, strict=True):
        if bins_expected[-1] >= wanted:
            bins_expected.append(0.0)
            bins_observed.append(0)
        bins_expected[-1] += e
        bins_observed[-1] += int(o)
    if len(bins_expected) > 1 and bins_expected[-1] < MIN_EXPECTED:
        last_expected, last_observed = bins_expected.pop(), bins_observed.pop()
        bins_expected[-1] += last_expected
        bins_observed[-1] += last_observed
    if len(bins_expected) == 1:
        return 1.0
    scale = n / sum(bins_expected)
    return float(stats.chisquare(bins_observed, np.array(bins_expected) * scale).pvalue)


def follows_cdf(sample: ArrayLike, cdf: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> float:
    """Kolmogorov's test of a sample of times against a continuous distribution function."""
    sample = np.asarray(sample, dtype=float)
    return float(stats.kstest(sample, cdf, method="asymp" if len(sample) > 1000 else "exact").pvalue)


def has_probability(hits: int, n: int, probability: float) -> float:
    """Exact binomial test of a frequency; a probability of 0 or 1 allows no exception."""
    if probability <= 0.0:
        return float(hits == 0)
    if probability >= 1.0:
        return float(hits == n)
    if probability < 1e-200:
        # There is no other tail, and scipy overflows where it looks for one.
        return 1.0 if hits == 0 else min(1.0, n * probability)
    return float(stats.binomtest(int(hits), int(n), probability).pvalue)


def has_mean(sample: ArrayLike, mean: float, sd: float | None = None) -> float:
    """z-test of a mean, with the exact standard deviation where it is known."""
    sample = np.asarray(sample, dtype=float)
    spread = sample.std(ddof=1) if sd is None else sd
    if spread == 0.0:
        return float(np.allclose(sample, mean, rtol=1e-12, atol=0.0))
    z = (sample.mean() - mean) / spread * np.sqrt(len(sample))
    return float(2.0 * stats.norm.sf(abs(z)))


def has_variance(sample: ArrayLike, mean: float, variance: float, kurtosis: float | None = None) -> float:
    """z-test of the mean square about the true mean; the kurtosis (3 for a normal law) is the sample's unless given.

    With tails so heavy that the fourth moment is not seen, the test errs on the loud side: use laws there.
    """
    sample = np.asarray(sample, dtype=float)
    squares = (sample - mean) ** 2
    spread = squares.std(ddof=1) if kurtosis is None else variance * np.sqrt(kurtosis - 1.0)
    if spread == 0.0:
        return float(np.isclose(squares.mean(), variance, rtol=1e-9, atol=0.0))
    z = (squares.mean() - variance) / spread * np.sqrt(len(sample))
    return float(2.0 * stats.norm.sf(abs(z)))


def has_covariance(a: ArrayLike, b: ArrayLike, means: Sequence[float], covariance: float) -> float:
    """z-test of the mean product about the true means."""
    products = (np.asarray(a, dtype=float) - means[0]) * (np.asarray(b, dtype=float) - means[1])
    return has_mean(products, covariance)


def independent(a: ArrayLike, b: ArrayLike, bins: int = 8) -> float:
    """Are two columns independent? Pearson's chi-square on a grid of about equal shares, and Spearman's ranks.

    The smaller p-value of the two, doubled.
    """
    a, b = np.asarray(a), np.asarray(b)
    edges_a, edges_b = bins_of(a, most=bins), bins_of(b, most=bins)
    rows, columns = np.searchsorted(edges_a, a), np.searchsorted(edges_b, b)
    table = np.zeros((len(edges_a) + 1, len(edges_b) + 1), dtype=np.int64)
    np.add.at(table, (rows, columns), 1)
    grid = 1.0 if min(table.shape) < 2 else float(stats.chi2_contingency(table, correction=False).pvalue)
    constant = len(np.unique(a)) < 2 or len(np.unique(b)) < 2
    ranks = 1.0 if constant else float(stats.spearmanr(a, b).pvalue)
    return min(1.0, 2.0 * min(grid, ranks))
