"""Kaplan-Meier curves of right-censored times, and their median."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from chemoevo.ensemble.estimates import wilson_of_fraction

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
