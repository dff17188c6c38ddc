"""Lineages of mutants in a tumor that grew to a size: when they were founded, and how many leave something."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from chemoevo import _core
from chemoevo.errors import ModelError, SimulationError
from chemoevo.process.quadrature import gauss_legendre

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chemoevo.process.branching import BranchingProcess

NODES = 8
"""Gauss-Legendre nodes per panel."""

PANELS = 16
"""Panels of the first quadrature; each further one has twice as many."""

MOST_PANELS = 1024
"""Panels of the last quadrature."""

ACCURACY = 1e-8
"""Relative difference of two quadratures that settles the integral: the finer one is then better by far."""

REACH = 40.0
"""The integral ends where e^{-r s} is e^{-40}."""


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
    """Rate of divisions that succeed, net growth rate and mutation probabilities of the founding type.

    A cell that switches founds a lineage as one that mutates does, and leaves the same net growth: a rate of switching
    counts as a probability of rate / birth.
    """
    if growth.birth.shape[0] != 1 or growth.pulses:
        raise ModelError("growth must have constant rates and no pulses for the detection law.")
    birth, mutation = float(growth.divisions[0, 0]), np.zeros(len(growth.types))
    for source, target, value in growth.mutations.in_interval(0):
        if source == 0:
            mutation[target] += value
    for source, target, rate in growth.switches.in_interval(0):
        if source == 0 and birth > 0.0:
            mutation[target] += rate / birth
    net = birth * (1.0 - float(mutation.sum())) - float(growth.deaths[0, 0])
    if not net > 0.0:
        raise ModelError(f"growth: type {growth.types[0]!r} must grow (net rate > 0 per day); got {net!r}.")
    return birth, net, mutation


def integral(
    growth: BranchingProcess,
    end: tuple[NDArray[np.float64], NDArray[np.float64]],
    flux: NDArray[np.float64],
    net: float,
    panels: int,
) -> float:
    """The integral of e^{-net s} flux . y(s) by Gauss-Legendre on panels that widen geometrically."""
    s, weights = founding_times(growth, net, panels)
    found = _core.backward(growth.compiled, *end, s)
    return float((found.presence @ flux) @ weights)


def founding_times(
    growth: BranchingProcess, net: float, panels: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Nodes s and the weights of e^{-net s} ds there."""
    # y changes on the scale of one division at s = 0 and of 1/net at the end.
    edges = np.concatenate([[0.0], np.geomspace(0.25 / float(growth.divisions.max()), REACH / net, panels)])
    nodes, weights = gauss_legendre(NODES)
    half = 0.5 * np.diff(edges)[:, None]
    s = (edges[:-1, None] + half * (1.0 + nodes[None, :])).reshape(-1)
    return s, np.exp(-net * s) * (half * weights[None, :]).reshape(-1)
