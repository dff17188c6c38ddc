"""The generating function of a tumor grown to a size, at complex points: for its whole distributions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from chemoevo import _core
from chemoevo.analytic.absorbing import absorbing, leads_to
from chemoevo.analytic.grown.founding import REACH, founding, founding_times

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chemoevo.process.branching import BranchingProcess

_PANELS = (16, 32, 64, 128, 256)
_SETTLED = 1e-11
_SAMPLE = 64
"""Points at which the number of panels is chosen."""


def lineages_on_circle(
    growth: BranchingProcess, re: NDArray[np.float64], im: NDArray[np.float64], threads: int, first: int = 0
) -> tuple[NDArray[np.complex128], NDArray[np.float64], float]:
    """The integral of e^{-r s} sum_j f_j G_j(s) over founding times, for a tumor of one cell; its size; its error.

    `re` and `im`, of shape (points, types), are those of G at detection. The first two results are of shape (points,);
    the second, the integral of |G|, is what relative errors refer to, and the third is one such error: of the
    quadrature, at the worst of some of the points, and of its end.
    """
    found = founding(growth, first)
    flux, net, core = found.flux, found.rate, found.lineages
    if not found.block.single:
        # Lineages end where they return to the trunk.
        re, im = (np.where(found.trunk, 0.0, part) for part in (re, im))
    elif leads_to(growth, found.trunk).sum() == 1:
        # Where no mutant leads back to the trunk it has no part in lineages; the others may have a closed form.
        core = absorbing(growth, found.trunk)

    def integral(rows: NDArray[np.intp] | slice, panels: int) -> tuple[NDArray[np.complex128], NDArray[np.float64]]:
        s, weights = founding_times(growth, net, panels)
        ends = [np.ascontiguousarray(part[rows]) for part in (re, im)]
        sums = _core.lineages(core, ends[0], ends[1], s, np.outer(weights, flux), threads)
        return sums.real + 1j * sums.imaginary, sums.size

    # The points next to 1 matter most, and are the hardest.
    rows = np.unique(np.geomspace(1.0, len(re), min(_SAMPLE, len(re))).astype(np.intp)) - 1
    before, error = integral(rows, _PANELS[0])[0], np.inf
    for panels in _PANELS[1:]:
        value, size = integral(rows, panels)
        error = float(np.max(np.abs(value - before) / np.maximum(size, 1e-300)))
        before = value
        if error <= _SETTLED:
            break
    if rows.size < len(re):
        value, size = integral(slice(None), panels)
    # What is left out at the end, next to what the first 1/net holds; |G| <= 2.
    return value, size, error + 2.0 * float(np.exp(-REACH)) * float(flux.sum()) / net / max(float(size.min()), 1e-300)
