"""Absence of cell types in a tumor grown from one cell to a size, in closed form up to one integral.

When a large tumor of M cells is found, its founding type had about M e^{-r s} cells a time s before, so its mutant
lineages were born at rate b u_j M e^{-r s}, as a Poisson process. With y_j(s) the probability that a lineage of type j
born s before detection leaves a cell of the named types at the time asked for, later mutants of the lineage included,

    P(absent) = (1 - y_0)^M exp( - integral_0^inf b M e^{-r s} sum_j u_j y_j(s) ds ).

y_0 is the same probability for one cell of the founding type at detection, and r = b (1 - sum_j u_j) - d its net growth
rate. The law is that of large M and rare mutation, given that the tumor reaches M [1]_; terms of relative order u M / M
(the share of mutants in the tumor) are left out. It is an approximation, and says so wherever it is printed. Where
types switch into one another (`grown.block`), M are the cells of them all, and each that is no rarity founds by its
share.

References
----------
.. [1] Y. Iwasa, M. A. Nowak, F. Michor (2006), Genetics 172:2557, doi:10.1534/genetics.105.049791.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from chemoevo import _core
from chemoevo.analytic.grown.founding import founding, lineages_present
from chemoevo.analytic.grown.part import parts_of
from chemoevo.base.names import known_names
from chemoevo.errors import Problems, did_you_mean
from chemoevo.process.competition import note_competition

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chemoevo.analytic.grown.part import Part
    from chemoevo.process.branching import BranchingProcess


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
    size: float | Mapping[str, float],
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
        (cells) size at detection; or {type of the first cell: size} of every part that grew by itself.
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
    >>> from chemoevo.analytic.grown.detection import absence_law
    >>> growth = ce.BranchingProcess(
    ...     types=["S", "R"], birth=[0.14, 0.14], death=[0.13, 0.13], mutation={("S", "R"): 1e-9}
    ... )
    >>> round(absence_law(growth, types=["R"], size=1e9).value, 4)
    0.0583
    """
    problems = Problems()
    note_competition(problems, growth.competition, "growth")
    types = known_names(types, growth.types)
    for name in types:
        if name not in growth.types:
            problems.value("types", f"{name!r} is not a type of growth", hint=did_you_mean(name, growth.types))
    if therapy is not None and horizon > 0.0:
        note_competition(problems, therapy.competition, "therapy")
        if therapy.types != growth.types:
            problems.value("therapy.types", "must be the types of growth, in the same order")
    parts = parts_of(problems, growth.types, size)
    problems.raise_if_any()
    marked = np.array([name in types for name in growth.types])
    presence, absence = end = marked.astype(np.float64), (~marked).astype(np.float64)
    if horizon > 0.0 and therapy is not None:
        day = np.array([horizon])
        found = _core.backward(therapy.compiled, *end, day)
        presence, absence = found.presence[0], found.absence[0]
    laws = [_of_part(growth, presence, absence, part) for part in parts]
    return DetectionLaw(
        log=sum(one.log for one in laws),
        founders=sum(one.founders for one in laws),
        quadrature_error=sum(one.quadrature_error for one in laws),
    )


def _of_part(
    growth: BranchingProcess, presence: NDArray[np.float64], absence: NDArray[np.float64], part: Part
) -> DetectionLaw:
    size = float(part.sizes[0])
    founders, error = (size * x for x in lineages_present(growth, presence, absence, part.first))
    cells = founding(growth, part.first).cells
    own = [cells[k] * _log_absence(float(presence[k]), float(absence[k])) for k in np.flatnonzero(cells)]
    log = size * float(sum(own)) - founders
    return DetectionLaw(log=log, founders=founders, quadrature_error=error)


def _log_absence(presence: float, absence: float) -> float:
    """The logarithm of the absence of one cell's lineage, from the smaller of the two complements."""
    if absence <= 0.0:
        return -math.inf
    return math.log1p(-presence) if presence < 0.5 else math.log(absence)
