"""An answer averaged over what measurements leave open."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from chemoevo.base.tables import preformatted
from chemoevo.ensemble.estimates import Z95

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
        They are no error of `value`, and more draws do not bring them together. Where histories were simulated each
        draw has the chance of its own ones as well, and few `replicates` put the quantiles further apart. Both equal
        `value` where nothing was open.
    error
        Standard error of `value`, since draws are finite in number and so are histories: from the scatter of the draws,
        each of which has histories of its own; of one draw a quarter, about, of the width of the 95 % interval of
        histories (over 3.92). It is 0 only where nothing was open, and nothing simulated.
    draws
        How many there were; 1 where nothing was open.
    replicates
        Histories that were simulated for a draw, where growth was simulated for any; else 0.

    Examples
    --------
    >>> import chemoevo as ce
    >>> print(ce.Spread(0.42, 0.31, 0.55, 0.005, 200))
    0.42 (5 % to 95 % of 200 draws: 0.31 to 0.55)
    >>> print(ce.Spread(0.42, 0.42, 0.42, 0.03, 1, 40))
    0.42 (standard error 0.03 of 40 histories; nothing else was open)
    """

    value: float
    low: float
    high: float
    error: float
    draws: int
    replicates: int = 0

    def __float__(self) -> float:
        return self.value

    def __str__(self) -> str:
        if self.draws == 1 and not self.replicates:
            return f"{self.value:.4g} (nothing was open)"
        histories = f"{self.replicates} histor{'y' if self.replicates == 1 else 'ies'}"
        if self.draws == 1:
            return f"{self.value:.4g} (standard error {self.error:.2g} of {histories}; nothing else was open)"
        each = f", with the chance of {histories} each" if self.replicates else ""
        return f"{self.value:.4g} (5 % to 95 % of {self.draws} draws{each}: {self.low:.4g} to {self.high:.4g})"

    def _repr_html_(self) -> str:
        return preformatted(str(self))

    @classmethod
    def of(cls, values: NDArray[np.float64], *, width: float = 0.0, replicates: int = 0) -> Spread:
        """Of independent draws of the same weight, with independent histories.

        `width` is that of the 95 % interval of histories of one draw that is alone, and `replicates` their number.
        """
        low, high = np.quantile(values, [0.05, 0.95])
        error = float(values.std(ddof=1)) / math.sqrt(values.size) if values.size > 1 else width / (2.0 * Z95)
        return cls(float(values.mean()), float(low), float(high), error, values.size, replicates)
