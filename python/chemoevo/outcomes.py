"""Clinical outcomes of an ensemble: cure, progression, time to progression, and who drives it.

*Cured*: no cell left at the horizon. *Progressed*: at a look, the total is at least `ratio` times its smallest value
at any look since the first dose, and at least `size` cells. The time to progression is the time of the first such
look, counted from the first dose, and right-censored at the last look of a replicate that never progressed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from chemoevo.estimates import wilson_of_fraction

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

RATIO = 1.73
"""20 % in diameter, as RECIST counts progression, is a factor 1.2**3 = 1.73 in volume."""

SIZE = 1e8
"""Cells below which a tumor is not seen to progress."""


@dataclass(frozen=True, eq=False)
class Progression:
    """Progression of every replicate; arrays of shape (replicates,), read-only.

    Attributes
    ----------
    progressed
        Whether the replicate progressed at one of the looks.
    time
        (days from the first dose) first look at which it had progressed, or the last look where it never did.
    look
        Index of that look among the columns of the counts.
    smallest
        (cells) smallest total at any look until then.
    dominant
        Index of the most numerous type at progression; -1 where none. Ties go to the type listed first.
    dominant_share
        Its fraction of the tumor, NaN where none.
    driver
        Index of the type that gained most cells from the smallest total to progression; -1 where none.
    """

    progressed: NDArray[np.bool_]
    time: NDArray[np.float64]
    look: NDArray[np.intp]
    smallest: NDArray[np.uint64]
    dominant: NDArray[np.intp]
    dominant_share: NDArray[np.float64]
    driver: NDArray[np.intp]


def totals(counts: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Sums over types, (replicates, times), saturating instead of wrapping round at 2**64 - 1.

    Notes
    -----
    A sum of at most 2**32 types cannot wrap where every count is below 2**32; otherwise the sum is also formed in
    floating point, where it cannot wrap, and replaced by the largest integer where that says it did.
    """
    total: NDArray[np.uint64] = counts.sum(axis=-1, dtype=np.uint64)
    if counts.size and int(counts.max()) > (2**63 - 1) // max(1, counts.shape[-1]):
        wrapped = counts.sum(axis=-1, dtype=np.float64) >= 2.0**64
        total[wrapped] = np.iinfo(np.uint64).max
    return total


def progression(
    times: ArrayLike,
    counts: NDArray[np.uint64],
    *,
    ratio: float = RATIO,
    size: float = SIZE,
    looks: ArrayLike | None = None,
    until: ArrayLike | None = None,
) -> Progression:
    """Finds the progression of every replicate.

    Parameters
    ----------
    times
        (days from the first dose) observation times, shape (times,), increasing.
    counts
        (cells) uint64, shape (replicates, times, types).
    ratio
        Factor over the smallest total so far; RECIST's 20 % in diameter is 1.2**3 = 1.73 in volume.
    size
        (cells) smallest total that counts as progression.
    looks
        Which columns are looks, as a mask of shape (times,); all, if not given.
    until
        (days) shape (replicates,): a replicate is observed only until then (a run that was cut short). A progression
        found at or before it stands; otherwise the replicate is censored at its last look not after it.

    Returns
    -------
    Progression
        With times counted as given.

    Notes
    -----
    The looks are all that is known: a tumor that shrinks and regrows between two of them is seen at the second one.
    An extinct tumor has total 0, which is below `size`, and never progresses.
    """
    when = np.asarray(times, dtype=np.float64)
    seen = np.ones(when.size, dtype=np.bool_) if looks is None else np.asarray(looks, dtype=np.bool_)
    columns = np.flatnonzero(seen)
    if columns.size == 0:
        raise ValueError("looks must name at least one observation time.")
    total = totals(counts)[:, columns]
    replicates = total.shape[0]
    running = np.minimum.accumulate(total, axis=1)
    large = total.astype(np.float64)
    late = (large >= ratio * running.astype(np.float64)) & (large >= size)
    last = np.full(replicates, columns.size - 1, dtype=np.intp)
    if until is not None:
        end = np.asarray(until, dtype=np.float64)
        observed = when[columns][None, :] <= end[:, None]
        observed[:, 0] = True
        late &= observed
        last = observed.sum(axis=1).astype(np.intp) - 1
    progressed: NDArray[np.bool_] = np.asarray(late.any(axis=1))
    at = np.where(progressed, late.argmax(axis=1), last)
    rows = np.arange(replicates)
    nadir = np.argmax(total == running[rows, at][:, None], axis=1)
    then, before = counts[rows, columns[at]], counts[rows, columns[nadir]]
    gained = np.where(then > before, then - before, 0)
    share = np.full(replicates, np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        share[progressed] = (then.max(axis=1) / then.sum(axis=1, dtype=np.float64))[progressed]
    return Progression(
        progressed=progressed,
        time=when[columns][at],
        look=columns[at],
        smallest=running[rows, at],
        dominant=np.where(progressed, then.argmax(axis=1), -1),
        dominant_share=share,
        driver=np.where(progressed, gained.argmax(axis=1), -1),
    )


@dataclass(frozen=True)
class MedianTime:
    """Kaplan-Meier median with its 95 % interval (days); None where the curve or its band stays above one half."""

    value: float | None
    low: float | None
    high: float | None

    def __str__(self) -> str:
        def show(x: float | None) -> str:
            return "not reached" if x is None else f"{x:.0f}"

        if self.value is self.low is self.high is None:
            return show(None)
        return f"{show(self.value)} [{show(self.low)}, {show(self.high)}]"


@dataclass(frozen=True, eq=False)
class Curve:
    """Kaplan-Meier curve: the fraction still free of progression just after each event time."""

    times: NDArray[np.float64]
    survival: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def kaplan_meier(time: ArrayLike, event: ArrayLike) -> Curve:
    """Product-limit estimate for right-censored times, with a pointwise 95 % band.

    Parameters
    ----------
    time
        (days) shape (n,): of the event, or of censoring.
    event
        bool, shape (n,): False where censored. A censoring at the time of an event counts as after it.

    Notes
    -----
    The band is Wilson's interval at the effective sample size S (1 - S) / Var(S), with Greenwood's variance
    (Rothman 1978): it stays in [0, 1], is defined where S is 0, and without censoring is Wilson's interval itself.

    References
    ----------
    .. [1] E. L. Kaplan, P. Meier (1958), J Am Stat Assoc 53:457, doi:10.1080/01621459.1958.10501452.
    .. [2] K. J. Rothman (1978), J Chronic Dis 31:557.
    """
    t, happened = np.asarray(time, dtype=np.float64), np.asarray(event, dtype=np.bool_)
    moments = np.unique(t[happened])
    ordered = np.sort(t)
    risk = t.size - np.searchsorted(ordered, moments, side="left")
    deaths = np.bincount(np.searchsorted(moments, t[happened]), minlength=moments.size)
    survival = np.cumprod(1.0 - deaths / risk, dtype=np.float64)
    low, high = np.empty_like(survival), np.empty_like(survival)
    greenwood, size = 0.0, float(t.size)
    for k, (d, n) in enumerate(zip(deaths.tolist(), risk.tolist(), strict=True)):
        s = float(survival[k])
        if d < n:
            greenwood += d / (n * (n - d))
            size = (1.0 - s) / (s * greenwood)
        low[k], high[k] = wilson_of_fraction(s, size)
    return Curve(moments, survival, low, high)


def median_time(time: ArrayLike, event: ArrayLike) -> MedianTime:
    """The Kaplan-Meier median and its 95 % interval, read off the band (Brookmeyer & Crowley 1982).

    The median is the first event time at which the curve is at most one half; the ends of its interval are the first
    at which the lower and the upper edge of the band are. The interval is of Monte Carlo error alone.

    References
    ----------
    .. [1] R. Brookmeyer, J. Crowley (1982), Biometrics 38:29, doi:10.2307/2530286.
    """
    curve = kaplan_meier(time, event)

    def first(values: NDArray[np.float64]) -> float | None:
        # The product of fractions such as 3/4 and 2/3 is one half only up to rounding.
        below = np.flatnonzero(values <= 0.5 * (1.0 + 1e-12))
        return float(curve.times[below[0]]) if below.size else None

    return MedianTime(first(curve.survival), first(curve.low), first(curve.high))
