"""An answer averaged over what measurements leave open."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from chemoevo.base.tables import preformatted

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Spread:
    """A probability averaged over draws of what measurements leave open, and how far the draws are apart.

    Attributes
    ----------
    value
        The average over the draws: the probability, given the measurements.
    low, high
        Quantiles of the draws, at 5 % and 95 %: how far the probability moves with what the measurements leave open.
        They are no error of `value`, and more draws do not bring them together.
    error
        Standard error of `value`, since draws are finite in number.
    draws
        How many there were; 1 where nothing was open.

    Examples
    --------
    >>> import chemoevo as ce
    >>> print(ce.Spread(0.42, 0.31, 0.55, 0.005, 200))
    0.42 (5 % to 95 % of 200 draws: 0.31 to 0.55)
    """

    value: float
    low: float
    high: float
    error: float
    draws: int

    def __float__(self) -> float:
        return self.value

    def __str__(self) -> str:
        if self.draws == 1:
            return f"{self.value:.4g} (nothing was open)"
        return f"{self.value:.4g} (5 % to 95 % of {self.draws} draws: {self.low:.4g} to {self.high:.4g})"

    def _repr_html_(self) -> str:
        return preformatted(str(self))

    @classmethod
    def of(cls, values: NDArray[np.float64]) -> Spread:
        """Of independent draws of the same weight."""
        low, high = np.quantile(values, [0.05, 0.95])
        error = float(values.std(ddof=1)) / math.sqrt(values.size) if values.size > 1 else 0.0
        return cls(float(values.mean()), float(low), float(high), error, values.size)
