"""Estimates with intervals: proportions, and averages of conditional probabilities."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from numbers import Real
from typing import TYPE_CHECKING

import numpy as np

from chemoevo.base.arguments import real_array
from chemoevo.base.tables import preformatted
from chemoevo.errors import Problems, Words

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

Z95 = 1.959963984540054
"""The 0.975 quantile of the standard normal law: all intervals here are two-sided 95 % intervals."""

LEAST_EFFECTIVE = 10.0
"""Effective number of replicates below which the scatter of an average says nothing of its error."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Estimate:
    """A number with its 95 % interval.

    It compares, rounds and formats as its value: `estimate < 0.5`, `f"{estimate:.3f}"`, `float(estimate)`. Two
    estimates are equal if they are in everything.

    Attributes
    ----------
    value
        The estimate.
    low, high
        Two-sided 95 % interval of its Monte Carlo error alone; both equal `value` where nothing was sampled.
    replicates
        Number of simulated histories behind it; 0 where none was needed.
    effective
        Effective number of replicates, for an average of conditional probabilities p the smaller of
        (sum p)^2 / sum p^2 and the same of 1 - p. Far below `replicates` a few histories carry the whole average, or
        all that it lacks to 1, and the value cannot be trusted: see `trusted`.
    method
        Where a question may be answered in several ways, which one it was; else None. Of `cure_probability` of a
        scenario: "law", the law of growth of a large tumor with rare mutants, or "histories", an average over simulated
        growth.
    mutant_share
        Expected share of cells with an alteration in the tumor at detection, where that decides about the method: what
        the law of growth leaves out is of this order. Alterations that are switched on and off, and that more than
        about 1 % of the cells have, are part of the law, and of no such share. Else None.
    """

    value: float
    low: float
    high: float
    replicates: int
    effective: float
    method: str | None = None
    mutant_share: float | None = None

    def __post_init__(self) -> None:
        if not self.low <= self.value <= self.high:
            problems = Problems()
            rule = f"must be in its interval, [{self.low!r}, {self.high!r}]"
            problems.value("value", rule, self.value, hint="The interval has a lower and a higher end.")
            problems.raise_if_any()

    @property
    def trusted(self) -> bool:
        """Whether enough histories carry the value: `effective` is 10 or more, or nothing was sampled.

        Otherwise the interval is the widest that numbers between 0 and 1 can have, and text shows only its far end.
        """
        return self.effective >= LEAST_EFFECTIVE or (self.replicates > 0 and self.effective == self.replicates)

    def __float__(self) -> float:
        return self.value

    def __bool__(self) -> bool:
        return self.value != 0.0

    def __round__(self, digits: int | None = None) -> float:
        return round(self.value, digits)

    def __format__(self, spec: str) -> str:
        return format(self.value, spec) if spec else str(self)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Estimate):
            return _parts(self) == _parts(other)
        return self.value == other if isinstance(other, Real) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.value)

    def __lt__(self, other: object) -> bool:
        number = _number(other)
        return NotImplemented if number is None else self.value < number

    def __le__(self, other: object) -> bool:
        number = _number(other)
        return NotImplemented if number is None else self.value <= number

    def __gt__(self, other: object) -> bool:
        number = _number(other)
        return NotImplemented if number is None else self.value > number

    def __ge__(self, other: object) -> bool:
        number = _number(other)
        return NotImplemented if number is None else self.value >= number

    def __repr__(self) -> str:
        return f"Estimate({self})"

    def _repr_html_(self) -> str:
        return preformatted(str(self))

    def __str__(self) -> str:
        if not self.trusted:
            side = f"at most {self.high:.4g}" if self.value < 0.5 else f"at least {self.low:.4g}"
            return f"{side} ({self.effective:.1f} of {self.replicates} histories carry the average)"
        if self.low == self.high:
            return f"{self.value:.4g}"
        return f"{self.value:.4g} [{self.low:.4g}, {self.high:.4g}]"

    @classmethod
    def exact(cls, value: float) -> Estimate:
        """A number without sampling error."""
        return cls(value, value, value, 0, math.inf)

    @classmethod
    def proportion(cls, successes: int, replicates: int) -> Estimate:
        """A proportion with its Wilson score interval (see `wilson`)."""
        low, high = wilson(successes, replicates)
        return cls(successes / replicates, low, high, replicates, float(replicates))

    @classmethod
    def average(cls, probabilities: ArrayLike) -> Estimate:
        """The mean of independent conditional probabilities (Rao-Blackwell), one per replicate.

        Parameters
        ----------
        probabilities
            Shape (replicates,), in [0, 1].

        Notes
        -----
        The interval is normal on the logit scale, logit(m) +- 1.96 s / (m (1 - m)) with s the standard error of the
        mean m (delta method), so that it stays inside (0, 1). One replicate gives the whole interval [0, 1]; equal
        probabilities give no width. If fewer than 10 histories carry the mean, their scatter says nothing of those that
        were not seen: the interval is then Wilson's for a proportion m, whose variance m (1 - m) no numbers in [0, 1]
        exceed.
        """
        problems = Problems()
        p = real_array(problems, "probabilities", probabilities)
        if p is not None and (p.ndim != 1 or p.size == 0):
            problems.value("probabilities", "must be a list of at least one probability", Words(f"shape {p.shape}"))
        elif p is not None and not ((p >= 0.0) & (p <= 1.0)).all():
            problems.value("probabilities", "must be in [0, 1]", p[~((p >= 0.0) & (p <= 1.0))][:3].tolist())
        problems.raise_if_any()
        assert p is not None
        n, mean = p.size, float(p.mean())
        effective = min(_effective(p), _effective(1.0 - p))
        if n == 1:
            return cls(mean, 0.0, 1.0, 1, effective)
        if effective < min(LEAST_EFFECTIVE, n):
            low, high = wilson_of_fraction(mean, n)
            return cls(mean, min(mean, float(low)), max(mean, float(high)), n, effective)
        error = float(p.std(ddof=1)) / math.sqrt(n)
        if error == 0.0 or mean in (0.0, 1.0):
            return cls(mean, mean, mean, n, effective)
        width = Z95 * error / (mean * (1.0 - mean))
        logit = math.log(mean) - math.log1p(-mean)
        # A width of rounding, there and back, can leave the mean out.
        return cls(mean, min(mean, _expit(logit - width)), max(mean, _expit(logit + width)), n, effective)

    @classmethod
    def average_of_logs(cls, logs: ArrayLike) -> Estimate:
        """`average` of probabilities given by their natural logarithms, of any size below 0.

        `effective` then has its digits also where every probability is below the smallest float.
        """
        log = np.asarray(logs, dtype=np.float64)
        plain = cls.average(np.exp(log))
        highest = float(log.max())
        if highest == -math.inf:
            return plain
        effective = min(_effective(np.exp(log - highest)), _effective(-np.expm1(log)))
        if effective < min(LEAST_EFFECTIVE, plain.replicates) <= plain.effective:
            low, high = wilson_of_fraction(plain.value, plain.replicates)
            return cls(plain.value, min(plain.value, float(low)), float(high), plain.replicates, effective)
        return cls(plain.value, plain.low, plain.high, plain.replicates, effective)


def _parts(estimate: Estimate) -> tuple[object, ...]:
    return tuple(getattr(estimate, field.name) for field in fields(estimate))


def _number(value: object) -> float | None:
    if isinstance(value, Estimate):
        return value.value
    return float(value) if isinstance(value, Real) else None


def wilson(successes: int, replicates: int) -> tuple[float, float]:
    """Two-sided 95 % score interval of a proportion.

    Raises
    ------
    ValueError
        If `replicates` < 1 or `successes` is not in [0, replicates].

    References
    ----------
    .. [1] E. B. Wilson (1927), J Am Stat Assoc 22:209, doi:10.1080/01621459.1927.10502953.

    Examples
    --------
    >>> low, high = wilson(0, 200)
    >>> low, round(high, 4)
    (0.0, 0.0188)
    """
    if replicates < 1 or not 0 <= successes <= replicates:
        raise ValueError(f"successes must be in [0, replicates]; got {successes} of {replicates}.")
    low, high = wilson_of_fraction(successes / replicates, replicates)
    return float(low), float(high)


def wilson_of_fraction(fraction: ArrayLike, size: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """`wilson` for observed fractions and sample sizes that need not be whole (effective ones), element by element."""
    f, n = np.asarray(fraction, dtype=np.float64), np.asarray(size, dtype=np.float64)
    z2 = Z95 * Z95 / n
    center = (f + z2 / 2.0) / (1.0 + z2)
    half = Z95 * np.sqrt(f * (1.0 - f) / n + z2 / (4.0 * n)) / (1.0 + z2)
    low = np.where(f == 0.0, 0.0, np.maximum(0.0, center - half))
    high = np.where(f == 1.0, 1.0, np.minimum(1.0, center + half))
    return low, high


def _effective(weights: NDArray[np.float64]) -> float:
    squares = float(np.square(weights).sum())
    return float(weights.sum()) ** 2 / squares if squares > 0.0 else float(weights.size)


def _expit(x: float) -> float:
    if x >= 0.0:
        return 1.0 / (1.0 + math.exp(-x))
    e = math.exp(x)
    return e / (1.0 + e)
