"""Absence of cell types in a tumor grown from one cell to a size, in closed form up to one integral.

When a large tumor of M cells is found, its founding type had about M e^{-r s} cells a time s before, so its mutant
lineages were born at rate b u_j M e^{-r s}, as a Poisson process. With y_j(s) the probability that a lineage of type j
born s before detection leaves a cell of the named types at the time asked for, later mutants of the lineage included,

    P(absent) = (1 - y_0)^M exp( - integral_0^inf b M e^{-r s} sum_j u_j y_j(s) ds ).

y_0 is the same probability for one cell of the founding type at detection, and r = b (1 - sum_j u_j) - d its net growth
rate. The law is that of large M and rare mutation, given that the tumor reaches M [1]_; terms of relative order u M / M
(the share of mutants in the tumor) are left out. It is an approximation, and says so wherever it is printed.

References
----------
.. [1] Y. Iwasa, M. A. Nowak, F. Michor (2006), Genetics 172:2557, doi:10.1534/genetics.105.049791.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from chemoevo import _core
from chemoevo.competition import refuse_competition
from chemoevo.errors import ModelError, SimulationError, did_you_mean

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chemoevo.process import BranchingProcess

NODES = 8
"""Gauss-Legendre nodes a panel."""

PANELS = 16
"""Panels of the first quadrature; each further one has twice as many."""

MOST_PANELS = 1024
"""Panels of the last quadrature."""

ACCURACY = 1e-8
"""Relative difference of two quadratures that settles the integral: the finer one is then better by far."""

REACH = 40.0
"""The integral ends where e^{-r s} is e^{-40}."""


@dataclass(frozen=True)
class DetectionLaw:
    """Probability that the named types are absent.

    Attributes
    ----------
    log
        Natural logarithm of the probability: it keeps its digits where the probability is below 1e-308.
    founders
        Expected number of mutant lineages that leave a cell of the named types (the integral).
    quadrature_error
        Absolute difference of the integral between two quadratures, one with twice the panels of the other.
    """

    log: float
    founders: float
    quadrature_error: float

    @property
    def value(self) -> float:
        """The probability."""
        return math.exp(self.log)


def absence_law(
    growth: BranchingProcess,
    *,
    types: Sequence[str],
    size: float,
    therapy: BranchingProcess | None = None,
    horizon: float = 0.0,
) -> DetectionLaw:
    """Probability of no cell of `types` at a time `horizon` after a tumor reached `size` cells.

    Parameters
    ----------
    growth
        Growth from one cell of its first type, with constant rates.
    types
        Types that must be absent. All of them: cure.
    size
        (cells) size at detection.
    therapy
        What happens from detection on; nothing happens at horizon 0, whatever is given here.
    horizon
        (days) time after detection, finite and >= 0.

    Raises
    ------
    ModelError
        If there is competition, growth has rates that change or pulses, its first type does not grow, or a type is
        unknown.

    Examples
    --------
    >>> import chemoevo as ce
    >>> from chemoevo.detection import absence_law
    >>> growth = ce.BranchingProcess(
    ...     types=["S", "R"], birth=[0.14, 0.14], death=[0.13, 0.13], mutation={("S", "R"): 1e-9}
    ... )
    >>> round(absence_law(growth, types=["R"], size=1e9).value, 4)
    0.0583
    """
    refuse_competition(growth.competition, "growth")
    for name in types:
        if name not in growth.types:
            raise ModelError(f"types: {name!r} is not a type of growth. {did_you_mean(name, growth.types)}")
    marked = np.array([name in types for name in growth.types])
    presence, absence = marked.astype(np.float64), (~marked).astype(np.float64)
    if horizon > 0.0 and therapy is not None:
        if therapy.types != growth.types:
            raise ModelError("therapy.types must be the types of growth, in the same order.")
        refuse_competition(therapy.competition, "therapy")
        presence, absence = (a[0] for a in _core.backward(therapy._core, presence, absence, np.array([horizon])))
    founders, error = (size * x for x in lineages_present(growth, presence, absence))
    log = size * _log_absence(float(presence[0]), float(absence[0])) - founders
    return DetectionLaw(log=log, founders=founders, quadrature_error=error)


def lineages_present(
    growth: BranchingProcess, presence: NDArray[np.float64], absence: NDArray[np.float64]
) -> tuple[float, float]:
    """The integral for a tumor of one cell, and the difference of the last two quadratures.

    `presence` and `absence`, of shape (types,), are those from one cell of each type at detection. The integral is in
    proportion to the size.

    Raises
    ------
    SimulationError
        If 1024 panels do not settle it to a relative 1e-8.
    """
    value, error, _ = settled(growth, presence, absence)
    return value, error


def settled(
    growth: BranchingProcess, presence: NDArray[np.float64], absence: NDArray[np.float64]
) -> tuple[float, float, int]:
    """The integral, the difference of the last two quadratures, and the panels of the last."""
    birth, net, mutation = founding(growth)
    flux, end = birth * mutation, (presence, absence)
    panels, value = PANELS, integral(growth, end, birth * mutation, net, PANELS)
    while True:
        panels, before, value = 2 * panels, value, integral(growth, end, flux, net, 2 * panels)
        error = abs(value - before)
        if error <= ACCURACY * value:
            return value, error, panels
        if panels >= MOST_PANELS:
            raise SimulationError(
                f"the integral over founding times reaches a relative accuracy of {error / value:.1g}, not the "
                f"{ACCURACY:g} asked for: the rates of growth differ too much for it."
            )


def founding(growth: BranchingProcess) -> tuple[float, float, NDArray[np.float64]]:
    """Division rate, net growth rate and mutation probabilities of the founding type."""
    if growth.birth.shape[0] != 1 or growth.pulses:
        raise ModelError("growth must have constant rates and no pulses for the detection law.")
    mutation = np.zeros(len(growth.types))
    for (source, target), value in growth.mutation.items():
        if source == growth.types[0]:
            mutation[growth.types.index(target)] = float(np.asarray(value).reshape(-1)[0])
    for (source, target), value in growth.switching.items():
        rate = float(np.asarray(value).reshape(-1)[0])
        if source == growth.types[0] and rate > 0.0:
            raise ModelError(
                f"growth.switching[({source!r}, {target!r})] must be 0 for the detection law, in which the first "
                f"type changes by mutation alone; got {rate!r}. A mutation probability of rate / birth founds lineages "
                "at the same rate, and leaves the same net growth."
            )
    birth = float(growth.birth[0, 0])
    net = birth * (1.0 - float(mutation.sum())) - float(growth.death[0, 0])
    if not net > 0.0:
        raise ModelError(f"growth: type {growth.types[0]!r} must grow (net rate > 0 a day); got {net!r}.")
    return birth, net, mutation


def _log_absence(presence: float, absence: float) -> float:
    """The logarithm of the absence of one cell's lineage, from the smaller of the two complements."""
    if absence <= 0.0:
        return -math.inf
    return math.log1p(-presence) if presence < 0.5 else math.log(absence)


def integral(
    growth: BranchingProcess,
    end: tuple[NDArray[np.float64], NDArray[np.float64]],
    flux: NDArray[np.float64],
    net: float,
    panels: int,
) -> float:
    """The integral of e^{-net s} flux . y(s) by Gauss-Legendre on panels that widen geometrically."""
    s, weights = founding_times(growth, net, panels)
    presence, _ = _core.backward(growth._core, *end, s)
    return float((presence @ flux) @ weights)


def founding_times(
    growth: BranchingProcess, net: float, panels: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Nodes s and the weights of e^{-net s} ds there."""
    # y changes on the scale of one division at s = 0 and of 1/net at the end.
    edges = np.concatenate([[0.0], np.geomspace(0.25 / float(growth.birth.max()), REACH / net, panels)])
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    half = 0.5 * np.diff(edges)[:, None]
    s = (edges[:-1, None] + half * (1.0 + nodes[None, :])).reshape(-1)
    return s, np.exp(-net * s) * (half * weights[None, :]).reshape(-1)
