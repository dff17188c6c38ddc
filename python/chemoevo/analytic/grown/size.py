"""Tumors found at a size: the law of Iwasa, Nowak and Michor (2006) and Bozic et al. (2013)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from chemoevo.analytic.grown.founding import founding, lineages_present
from chemoevo.analytic.grown.law import GrownLaw

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from chemoevo.process.branching import BranchingProcess


class GrownTo(GrownLaw):
    """A tumor grown from one cell to a size, for `initial` of a probability: the law of large tumors and rare mutation.

    Parameters
    ----------
    growth
        Growth from one cell of its first type. That type must grow, at constant rates; no pulses, no competition.
    size
        (cells) Size at detection, or several, of shape (n,); from 1 to 2**62.

    Attributes
    ----------
    growth
        As given.
    size
        (cells) A float, or an array of shape (n,).

    Raises
    ------
    ModelError
        If `size` is out of range, or growth is not as said.
    TypeError
        If an argument has a wrong type.

    Notes
    -----
    A tumor that was found with M cells had about M e^{-r s} cells of its first type a time s before, r = b (1 - U) - d,
    U = sum_j u_j, so founders of lineages of type j came at the rate b u_j M e^{-r s}: a Poisson process. A lineage
    that was founded s before leaves none of the cells in question with a probability F_j(s) that the backward equations
    give exactly, with further mutations and whatever follows. So

        P(absent) = F_0^M exp(- integral_0^inf b M e^{-r s} sum_j u_j (1 - F_j(s)) ds),

    F_0 the probability from one cell of the first type at detection [1]_ [2]_. A cell of the first type that switches
    founds a lineage as well: a rate s_j counts as u_j = s_j/b, which leaves the same r. It is given that the tumor
    reaches M, and an approximation: what is left out is of the order of 1/M and of the share of mutants in the tumor.
    One integral serves for all sizes.

    See Also
    --------
    GrownFor : growth for a given time, which is another law.

    References
    ----------
    .. [1] Y. Iwasa, M. A. Nowak, F. Michor (2006), Genetics 172:2557, doi:10.1534/genetics.105.049791.
    .. [2] I. Bozic et al. (2013), eLife 2:e00747, doi:10.7554/eLife.00747.

    Examples
    --------
    >>> import chemoevo as ce
    >>> growth = ce.BranchingProcess(
    ...     types=["S", "R"], birth=[0.14, 0.14], death=[0.13, 0.13], mutation={("S", "R"): 1e-9}
    ... )
    >>> tumors = ce.GrownTo(growth, size=[1e7, 1e8, 1e9])
    >>> ce.absence_probability(growth, types=["R"], initial=tumors, times=[0.0]).round(4)
    array([[0.972 ],
           [0.7526],
           [0.0583]])
    """

    __slots__ = ("size",)
    measure = "size"

    size: float | NDArray[np.float64]

    def __init__(self, growth: BranchingProcess, *, size: ArrayLike) -> None:
        self._set(growth, size, "a size in cells, at least 1", 1.0)
        founding(growth)

    def log_absence(self, cell: NDArray[np.float64], *, strict: bool = True) -> NDArray[np.float64]:
        """Logarithm of the probability that all are absent, from that of one cell of each type at detection.

        Parameters
        ----------
        cell
            Shape (types, times): natural logarithms.
        strict
            Without effect: this law has its digits everywhere.

        Returns
        -------
        NDArray[np.float64]
            Of shape (times,), or (n, times) for several sizes.

        Raises
        ------
        SimulationError
            If the integral does not reach a relative accuracy of 1e-8.
        """
        exponents = np.array([self.founders(column) for column in cell.T])
        # A first type that is never absent: no cell of it leaves the logarithm alone.
        with np.errstate(invalid="ignore"):
            logs: NDArray[np.float64] = np.multiply.outer(np.asarray(self.size), cell[0] - exponents)
        return logs

    def founders(self, cell: NDArray[np.float64]) -> float:
        """Expected founders of lineages that leave one of the cells in question, for each cell of the tumor.

        `cell`, of shape (types,), holds natural logarithms of the absence from one cell at detection.
        """
        value, _ = lineages_present(self.growth, -np.expm1(cell) + 0.0, np.exp(cell))
        return value
