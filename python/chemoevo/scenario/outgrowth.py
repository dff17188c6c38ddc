"""Whether cells without alterations grow, in all niches and phenotypes of a tumor together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from chemoevo.errors import ModelError
from chemoevo.resistance.cell_types import CellTypes, Place
from chemoevo.resistance.genotypes import Genotypes

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from chemoevo.resistance.alterations import Alteration

_ALTERED = "altered"


def does_not_grow(
    place: Place,
    birth: float,
    death: float,
    alterations: Sequence[Alteration],
    escapes: NDArray[np.float64] | None = None,
) -> str | None:
    """The rule that a tumor breaks whose cells without alterations die out in any number; None where they grow.

    Parameters
    ----------
    place
        Niches and phenotypes.
    birth, death
        Of ordinary cells without alterations (per cell and day).
    alterations
        Cells that acquire one are lost to the others.
    escapes
        Factor on immune kill by types of cells without alterations; None for 1.
    """
    from chemoevo.analytic.grown.block import block_of
    from chemoevo.process.branching import BranchingProcess

    types = CellTypes(Genotypes([]), place)
    mutation = min(sum(one.mutation for one in alterations), 1.0)
    leaving = sum(one.switch_on for one in alterations)
    births, deaths = types.births(birth), types.deaths(death, escapes)
    process = BranchingProcess(
        types=[*types.names, _ALTERED],
        birth=[*births, 0.0],
        death=[*deaths, 0.0],
        mutation={(name, _ALTERED): mutation for name in types.alive} if mutation else None,
        switching=types.switching(birth, death, escapes)
        | ({(name, _ALTERED): leaving for name in types.alive} if leaving else {}),
    )
    try:
        block_of(process)
    except ModelError as error:
        net = str(error).rstrip(".").rpartition("got ")[2]
        return (
            f"must leave cells without alterations a net growth above 0; together it would be {float(net):.3g} per day"
        )
    return None
