"""What differs between patients by the data of a drug, as factors that a patient can have.

A coefficient of variation CV is that of a lognormal number with median 1, whose logarithm has the variance
ln(1 + CV^2). The logarithms of factors are sums of such: with rate constants k12 and k21 exchange is `k12 V1` and the
volume of the peripheral compartment `k12 V1 / k21`, so both go with V1; and the factor of the second exchange alone is
what is left of it after that of every exchange.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from chemoevo.pharmacology.covariate import Correlation
    from chemoevo.pharmacology.roots import Array

_PATHS = {
    "clearance": "clearance",
    "volume": "volume",
    "exchange": "peripherals[0].exchange",
    "exchange_2": "peripherals[1].exchange",
}
_PATHS_OF_ONE = {
    "peripheral_volume": "peripherals[0].volume",
    "rate_out": "peripherals[0].rate_out",
    "rate_back": "peripherals[0].rate_back",
}
"""Where there is one peripheral compartment: of two, one factor cannot have volumes that differ by themselves."""
_ANOTHER = {"exchange_2": "exchange"}
"""As correlations name it."""


def coefficients(varies: Mapping[str, float], sides: int) -> dict[str, float]:
    """Coefficients of variation of what factors can carry, by what varies; the order is that of correlations.

    Parameters
    ----------
    varies
        Coefficients by path, of kinetics.
    sides
        How many peripheral compartments there are.
    """
    paths = _PATHS | (_PATHS_OF_ONE if sides == 1 else {})
    return {name: varies[path] for name, path in paths.items() if path in varies}


def correlation(names: Sequence[str], known: Sequence[Correlation]) -> Array:
    """The matrix of correlations between the logarithms of what varies; independent where nothing is said."""
    matrix = np.eye(len(names))
    said = {frozenset[str]((one.first, one.second)): one.value for one in known}
    for i, first in enumerate(names):
        for j, second in enumerate(names[:i]):
            pair = frozenset((_ANOTHER.get(first, first), _ANOTHER.get(second, second)))
            matrix[i, j] = matrix[j, i] = said.get(pair, 0.0)
    return matrix


def factors(logs: Mapping[str, Array], by_rates: Sequence[bool]) -> dict[str, Array]:
    """Factors by the fields of `Factors`, of the logarithms of what varies.

    Parameters
    ----------
    logs
        By what varies, as `coefficients` names it.
    by_rates
        Of every peripheral compartment, whether it has rate constants.
    """
    found = dict(logs)
    out, back = found.pop("rate_out", None), found.pop("rate_back", None)
    volume = found.get("volume")
    if by_rates and all(by_rates):
        if (moved := _sum(out, volume)) is not None:
            found["exchange"] = found["peripheral_volume"] = moved
        if back is not None:
            found["peripheral_volume"] = -back if moved is None else moved - back
    elif len(by_rates) == 2 and "exchange" in found:
        second = found.get("exchange_2")
        found["exchange_2"] = -found["exchange"] if second is None else second - found["exchange"]
    order = ("clearance", "volume", "exchange", "exchange_2", "peripheral_volume")
    return {name: np.exp(found[name]) for name in order if name in found}


def _sum(first: Array | None, second: Array | None) -> Array | None:
    if first is None or second is None:
        return second if first is None else first
    return first + second
