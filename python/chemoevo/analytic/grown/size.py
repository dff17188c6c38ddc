"""Tumors found at a size: the law of Iwasa, Nowak and Michor (2006) and Bozic et al. (2013)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from chemoevo.analytic.grown.founding import founding, lineages_present
from chemoevo.analytic.grown.law import GrownLaw
from chemoevo.analytic.grown.one_way import warn_of_one_way
from chemoevo.analytic.grown.part import Part, parts_of, summed
from chemoevo.base.frozen import FrozenTable
from chemoevo.errors import Problems

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from chemoevo.process.branching import BranchingProcess


class GrownTo(GrownLaw):
    """A tumor grown from one cell to a size, for `initial` of a probability: the law of large tumors and rare mutation.

    Parameters
    ----------
    growth
        Growth from one cell of its first type. That type, or its block (see below), must grow, at constant rates; no
        pulses, no competition.
    size
        (cells) Size at detection, or several, of shape (n,); from 1 to 2**62. Cells of the first type, or of its block.
        Or {type: size}: the tumor is a sum of parts, each of which grew, by itself, from one cell of that type, to a
        size of its own, or to n sizes. Every type named, or its block, must grow.

    Attributes
    ----------
    growth
        As given.
    size
        (cells) A float, or an array of shape (n,); or a table of them by type, which cannot be changed.
    parts
        The parts, in the order of the types: one of the first type where `size` is no table.

    Raises
    ------
    ModelError
        If `size` is out of range or names what is no type of growth, or growth is not as said.
    TypeError
        If an argument has a wrong type.

    Warns
    -----
    UserWarning
        If more than 1 % of the tumor are expected to be cells that switched one way, out of the block, or descendants
        of theirs.

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

    Types that the first type switches into, and that lead back to it by switching, are its block: niches, or
    phenotypes of one genotype. Let r be the Perron root of the block's mean matrix (in it a mutation from one of its
    types to another is a gain), p the left Perron vector of sum 1, and M the cells of the block. Then

        P(absent) = prod_k F_k^(M p_k) exp(- integral_0^inf sum_kj M p_k e^{-r s} (b_k u_kj + s_kj) (1 - F_j(s)) ds),

    where k are the types of the block that are no rarity, with at least 1 % of the share of the most frequent one, and
    j all others. Rarer types of the block, such as persisters of which a tumor may have three or none, are founded anew
    again and again, as mutants are, by lineages that end where their cells switch back. Cells that leave the block, by
    a mutation or by a switch without a way back, are lineages of founders, whose share must be small. Where a one-way
    switch is no rarity the law warns; simulated growth and `GrownFor` are exact there.

    Parts of a tumor, such as subclones that were observed, are independent: the logarithms of absence add, and so do
    means, variances and the logarithms of generating functions of the counts. Of cells of a type that is a part the law
    has those of that part, and those of further lineages of this type, which the other parts found as they found any:
    given one founder, the others are the Poisson process that they were. Two parts of equal rates with N1 and N2 cells
    are, for all types but theirs, one tumor of N1 + N2.

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

    A tumor of 1e8 cells, a tenth of which are seen to carry T, a change with no part in resistance:

    >>> growth = ce.BranchingProcess(
    ...     types=["S", "T", "R"], birth=[0.14] * 3, death=[0.13] * 3, mutation={("S", "R"): 1e-9, ("T", "R"): 1e-9}
    ... )
    >>> tumor = ce.GrownTo(growth, size={"S": 9e7, "T": 1e7})
    >>> ce.absence_probability(growth, types=["R"], initial=tumor, times=[0.0]).round(4)
    array([0.7526])
    """

    __slots__ = ("parts", "size")
    measure = "size"

    size: float | NDArray[np.float64] | Mapping[str, float | NDArray[np.float64]]
    parts: tuple[Part, ...]

    def __init__(self, growth: BranchingProcess, *, size: ArrayLike | Mapping[str, ArrayLike]) -> None:
        problems = Problems()
        self._note_growth(problems, growth)
        types = getattr(growth, "types", ())
        parts = parts_of(problems, types, size) if isinstance(types, tuple) and types else ()
        problems.raise_if_any()
        if isinstance(size, Mapping):
            plain = any(np.ndim(one) for one in size.values())
            kept = {types[part.first]: part.sizes if plain else float(part.sizes[0]) for part in parts}
            object.__setattr__(self, "growth", growth)
            object.__setattr__(self, "size", FrozenTable(kept))
        else:
            self._keep(growth, parts[0].sizes if np.ndim(size) else np.array(parts[0].sizes[0]))
        object.__setattr__(self, "parts", parts)
        for part in parts:
            warn_of_one_way(growth, float(part.sizes.max()), part.first)

    @property
    def values(self) -> NDArray[np.float64]:
        """(cells) Sizes of all parts together, of shape (n,)."""
        return summed(part.sizes for part in self.parts)

    @property
    def single(self) -> bool:
        """Whether numbers were given, and not lists."""
        return not any(
            np.ndim(size) for size in (self.size.values() if isinstance(self.size, Mapping) else [self.size])
        )

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
        logs = summed(self._of_part(part, cell) for part in self.parts)
        return np.asarray(logs[0] if self.single else logs)

    def _of_part(self, part: Part, cell: NDArray[np.float64]) -> NDArray[np.float64]:
        """The logarithm for one part, of shape (n, times)."""
        exponents = np.array([self.founders(part, column) for column in cell.T])
        shares = founding(self.growth, part.first).cells
        own = sum(shares[k] * cell[k] for k in np.flatnonzero(shares))
        # A type that is never absent: no cell of it leaves the logarithm alone.
        with np.errstate(invalid="ignore"):
            logs: NDArray[np.float64] = np.multiply.outer(part.sizes, own - exponents)
        return logs

    def founders(self, part: Part, cell: NDArray[np.float64], *, whole: bool = False) -> float:
        """Expected founders of lineages that leave one of the cells in question, for each cell of a part.

        `cell`, of shape (types,), holds natural logarithms of the absence from one cell at detection. If `whole`, only
        lineages that leave the block are counted.
        """
        value, _ = lineages_present(self.growth, -np.expm1(cell) + 0.0, np.exp(cell), part.first, whole=whole)
        return value

    @property
    def paths(self) -> list[str]:
        """What the sizes of the parts are called."""
        if not isinstance(self.size, Mapping):
            return ["initial.size"]
        return [f"initial.size[{self.growth.types[part.first]}]" for part in self.parts]

    @property
    def cells(self) -> NDArray[np.float64]:
        """Whole cells at detection that are in no lineage, of shape (n, types): of first types, or of their blocks."""
        return summed(part.cells(self.growth) for part in self.parts)

    def _identity(self) -> tuple[object, ...]:
        parts = tuple((part.first, part.sizes.tobytes()) for part in self.parts)
        return type(self), self.growth, self.single, isinstance(self.size, Mapping), parts

    def _founders(self) -> str:
        if not isinstance(self.size, Mapping):
            return super()._founders()
        number = len(self.parts)
        return f"growth of {number} part{'s' * (number > 1)} with {len(self.growth.types)} types"

    def _shown(self, values: NDArray[np.float64]) -> str:
        if not isinstance(self.size, Mapping):
            return super()._shown(values)
        names = [self.growth.types[part.first] for part in self.parts]
        shown = (
            f"{name!r}: {super(GrownTo, self)._shown(one.sizes)}" for name, one in zip(names, self.parts, strict=True)
        )
        return f"{{{', '.join(shown)}}}"
