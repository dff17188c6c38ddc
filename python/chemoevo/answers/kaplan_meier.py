"""Kaplan-Meier curves of right-censored times, and their median."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from chemoevo.base.arguments import real_array
from chemoevo.base.labels import REFUSED, plain_array
from chemoevo.ensemble.estimates import wilson_of_fraction
from chemoevo.errors import Problems, Words

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


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
    """Kaplan-Meier curve, one entry per event time.

    Attributes
    ----------
    times
        (days) Times of events, increasing.
    survival
        The fraction that is free of the event just after each.
    low, high
        Pointwise 95 % band.
    at_risk
        How many were at risk just before each.
    events
        How many had the event at each.
    censored
        How many were censored from each on, before the next.
    """

    times: NDArray[np.float64]
    survival: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    at_risk: NDArray[np.int64]
    events: NDArray[np.int64]
    censored: NDArray[np.int64]


def kaplan_meier(time: ArrayLike, event: ArrayLike) -> Curve:
    """Product-limit estimate for right-censored times, with a pointwise 95 % band.

    Parameters
    ----------
    time
        (days) Shape (n,), >= 0: of the event, or of censoring.
    event
        Shape (n,), True or 1 where the event happened, False or 0 where censored. A censoring at the time of an event
        counts as after it.

    Returns
    -------
    Curve
        times, survival, low, high, at_risk, events, censored.

    Raises
    ------
    ModelError
        If the two differ in length, nothing is given, or a value is out of range.
    TypeError
        If they are not numbers.

    Examples
    --------
    >>> import chemoevo as ce
    >>> curve = ce.kaplan_meier([7, 7, 14, 14], [1, 0, 1, 0])
    >>> curve.survival.tolist(), curve.at_risk.tolist(), curve.censored.tolist()
    ([0.75, 0.375], [4, 2], [1, 1])

    Notes
    -----
    The band is Wilson's interval at the effective sample size S (1 - S) / Var(S), with Greenwood's variance
    (Rothman 1978): it stays in [0, 1], and without censoring is Wilson's interval itself. Where all n at risk have the
    event, S is 0 and Greenwood's variance says nothing: the size is then n divided by S before, the number of which
    n would be left had none been censored.

    References
    ----------
    .. [1] E. L. Kaplan, P. Meier (1958), J Am Stat Assoc 53:457, doi:10.1080/01621459.1958.10501452.
    .. [2] K. J. Rothman (1978), J Chronic Dis 31:557.
    """
    t, happened = _checked(time, event)
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
        else:
            # So many, none of them censored, would have left n at risk here.
            size = n / float(survival[k - 1]) if k else float(n)
        low[k], high[k] = wilson_of_fraction(s, size)
    left = np.bincount(np.searchsorted(moments, t[~happened], side="right"), minlength=moments.size + 1)
    return Curve(
        moments, survival, low, high, risk.astype(np.int64), deaths.astype(np.int64), left[1:].astype(np.int64)
    )


def _checked(time: object, event: object) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    problems = Problems()
    t = real_array(problems, "time", time)
    marks = plain_array(problems, "event", event)
    happened = None if marks is REFUSED else np.asarray(marks)
    if t is not None and (t.ndim != 1 or t.size == 0 or not (np.isfinite(t) & (t >= 0)).all()):
        problems.value("time", "must be a list of at least one time in days, finite and >= 0", Words(f"{time!r:.60}"))
    if happened is not None and (happened.dtype.kind not in "biuf" or not np.isin(happened, (0, 1)).all()):
        problems.type("event", "must be True or False (1 or 0) for every time", event)
    elif t is not None and happened is not None and happened.shape != t.shape:
        problems.value("event", f"must have the shape of time, {t.shape}", Words(f"shape {happened.shape}"))
    problems.raise_if_any()
    assert t is not None
    assert happened is not None
    return t, happened.astype(np.bool_)


def median_time(time: ArrayLike, event: ArrayLike) -> MedianTime:
    """The Kaplan-Meier median and its 95 % interval, read off the band (Brookmeyer & Crowley 1982).

    The median is the first event time at which the curve is at most one half; the ends of its interval are the first
    at which the lower and the upper edge of the band are. The interval is of Monte Carlo error alone.

    Parameters
    ----------
    time, event
        As for `kaplan_meier`.

    Raises
    ------
    ModelError, TypeError
        As `kaplan_meier`.

    Examples
    --------
    >>> import chemoevo as ce
    >>> str(ce.median_time([7, 7, 14, 14], [1, 0, 1, 0]))
    '14 [7, not reached]'

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
