"""What differs between patients by the data of a drug, as factors that a patient can have.

A coefficient of variation CV is that of a lognormal number with median 1, whose logarithm has the variance
ln(1 + CV^2). The logarithms of factors are sums of such: with rate constants k12 and k21 exchange is `k12 V1` and the
volume of the peripheral compartment `k12 V1 / k21`, so both go with V1; and a factor of the second compartment alone is
what is left of it after that of every compartment.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from chemoevo.pharmacology.covariate import Correlation
    from chemoevo.pharmacology.draws import Array

Logs = dict[str, "Array | float"]

_OF_ONE = {
    "clearance": "clearance",
    "volume": "volume",
    "elimination_vmax": "saturable.vmax",
    "elimination_km": "saturable.km",
    "absorption_rate": "absorption.rate",
    "lag": "absorption.lag",
    "bioavailability": "absorption.bioavailability",
}
_OF_SIDE = {"exchange": "exchange", "peripheral_volume": "volume", "rate_out": "rate_out", "rate_back": "rate_back"}
_OF_TRANSFER = {"transfer_vmax": "saturable.vmax", "transfer_km": "saturable.km"}
_OF_METABOLITE = {"fraction": "fraction", "clearance": "clearance", "volume": "volume"}
_SECOND = "_2"
_SINGULAR = 1e-6
_BY_SIDES = ("exchange", "peripheral_volume", "rate_out", "rate_back")


def coefficients(varies: Mapping[str, float], saturable: Sequence[bool]) -> dict[str, float]:
    """Coefficients of variation of what factors can carry, by what varies; the order is that of correlations.

    Parameters
    ----------
    varies
        Coefficients by path, of kinetics.
    saturable
        Of every peripheral compartment, whether the transfer to it saturates. Of the others the first has plain names,
        the second such that end in _2.
    """
    paths = dict(_OF_ONE)
    number = 0
    for k, transfers in enumerate(saturable):
        if transfers:
            paths |= {name: f"peripherals[{k}].{path}" for name, path in _OF_TRANSFER.items()}
        else:
            end = _SECOND * number
            paths |= {f"{name}{end}": f"peripherals[{k}].{path}" for name, path in _OF_SIDE.items()}
            number += 1
    return {name: varies[path] for name, path in paths.items() if path in varies}


def metabolite_coefficients(varies: Mapping[str, float]) -> dict[str, float]:
    """The same of a metabolite, by the fields of `MetaboliteFactors`; its first compartment at the side counts."""
    paths = _OF_METABOLITE | {name: f"peripherals[0].{path}" for name, path in list(_OF_SIDE.items())[:2]}
    return {name: varies[path] for name, path in paths.items() if path in varies}


def correlation(names: Sequence[str], known: Sequence[Correlation]) -> Array:
    """The matrix of correlations between the logarithms of what varies; independent where nothing is said."""
    matrix = np.eye(len(names))
    said = {frozenset[str]((one.first, one.second)): one.value for one in known}
    for i, first in enumerate(names):
        for j, second in enumerate(names[:i]):
            # A correlation with exchange is one with that of every compartment.
            pair = frozenset((first.removesuffix(_SECOND), second.removesuffix(_SECOND)))
            matrix[i, j] = matrix[j, i] = said.get(pair, 0.0)
    return matrix


def root(matrix: Array) -> Array:
    """The lower triangular factor of a matrix of correlations, also of one in which some are 1 or -1 (Cholesky)."""
    made = np.zeros_like(matrix)
    for i in range(len(matrix)):
        for j in range(i):
            rest = matrix[i, j] - made[i, :j] @ made[j, :j]
            made[i, j] = rest / made[j, j] if made[j, j] > _SINGULAR else 0.0
        made[i, i] = np.sqrt(max(matrix[i, i] - made[i, :i] @ made[i, :i], 0.0))
    return made


def factors(logs: Mapping[str, Array], by_rates: Sequence[bool]) -> dict[str, Array]:
    """Factors by the fields of `Factors`, of the logarithms of what varies.

    Parameters
    ----------
    logs
        By what varies, as `coefficients` names it.
    by_rates
        Of every peripheral compartment that exchanges in first order, whether it has rate constants.
    """
    found: Logs = {name: value for name, value in logs.items() if name.removesuffix(_SECOND) not in _BY_SIDES}
    both = [_side(logs, _SECOND * k, rates) for k, rates in enumerate(by_rates)]
    for which, name in enumerate(("exchange", "peripheral_volume")):
        if both:
            found[name] = both[0][which]
        if len(both) > 1:
            found[f"{name}{_SECOND}"] = both[1][which] - both[0][which]
    return {name: np.exp(found[name]) for name in _ORDER if isinstance(found.get(name), np.ndarray)}


def _side(logs: Mapping[str, Array], end: str, by_rates: bool) -> tuple[Array | float, Array | float]:
    """Logarithms of the exchange with a compartment and of its volume."""
    if not by_rates:
        return logs.get(f"exchange{end}", 0.0), logs.get(f"peripheral_volume{end}", 0.0)
    exchange = logs.get(f"rate_out{end}", 0.0) + logs.get("volume", 0.0)
    return exchange, exchange - logs.get(f"rate_back{end}", 0.0)


_ORDER = (
    "clearance", "volume", "exchange", "exchange_2", "peripheral_volume", "peripheral_volume_2", "elimination_vmax",
    "elimination_km", "transfer_vmax", "transfer_km", "absorption_rate", "lag", "bioavailability",
)  # fmt: skip
