"""The band between two quantiles, as plots take it."""

from __future__ import annotations

from typing import Any

from chemoevo.base.arguments import real_array
from chemoevo.errors import Problems


def band_of(problems: Problems, quantiles: Any) -> tuple[float, float]:
    """The lower and the upper quantile, or those of everything with the problem noted."""
    band = real_array(problems, "quantiles", quantiles)
    if band is not None and band.shape == (2,) and 0.0 <= band[0] < band[1] <= 1.0:
        return float(band[0]), float(band[1])
    if band is not None:
        problems.value("quantiles", "must be two increasing numbers from 0 to 1, such as (0.05, 0.95)", quantiles)
    return 0.0, 1.0
