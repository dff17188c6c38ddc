"""What types of cells have in common: their genotype, their niche, or their phenotype."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from chemoevo.resistance.phenotypes import DAMAGED, ORDINARY

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chemoevo.resistance.cell_types import CellTypes

By = Literal["genotype", "niche", "phenotype"]


@dataclass(frozen=True, eq=False)
class Groups:
    """Types in groups, every type in one of them.

    Attributes
    ----------
    names
        Of the groups.
    of_type
        Position of the group of every type, damaged ones included.
    """

    names: tuple[str, ...]
    of_type: NDArray[np.int64]

    @classmethod
    def of(cls, types: CellTypes, by: By) -> Groups:
        """The groups of the types of a tumor.

        Cells in no phenotype are "ordinary". Damaged cells are in their niche; by genotype and phenotype they are a
        group of their own, "damaged", the last one. All cells are in the niche "tumor" where there are no niches.
        """
        damaged = len(types.damaged)
        if by == "niche":
            names = tuple("tumor" if one is None else one.name for one in types.niches)
            after = np.repeat(np.arange(len(names)), damaged // len(names))
            return cls(names, np.concatenate([types.of_niche, after]))
        if by == "genotype":
            names, positions = types.genotypes.names, types.of_genotype
        else:
            names = tuple(ORDINARY if one is None else one.name for one in types.phenotypes)
            positions = types.of_phenotype
        after = np.full(damaged, len(names))
        return cls((*names, DAMAGED) if damaged else names, np.concatenate([positions, after]))

    def sums(self, counts: NDArray[np.int64]) -> NDArray[np.int64]:
        """Numbers of cells by group, of shape (..., groups), from those by type; at most 2^63 - 1.

        Where every type is a group, the numbers as they are.
        """
        if len(self.names) == len(self.of_type) and np.array_equal(self.of_type, np.arange(len(self.names))):
            return counts
        largest = np.iinfo(np.int64).max
        found = np.empty((*counts.shape[:-1], len(self.names)), dtype=np.int64)
        for k in range(len(self.names)):
            part = counts[..., self.of_type == k]
            total = part.sum(axis=-1, dtype=np.int64)
            # The sum in floating point cannot wrap round.
            total[part.sum(axis=-1, dtype=np.float64) >= 2.0**63] = largest
            found[..., k] = total
        return found
