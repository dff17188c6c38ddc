"""A tumor found at a size, to first order: as many cells of each type as have the same derivatives."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from chemoevo import _core
from chemoevo.analytic.grown.law import GrownLaw
from chemoevo.analytic.grown.part import summed
from chemoevo.analytic.grown.size import GrownTo
from chemoevo.errors import ModelError, Problems
from chemoevo.sensitivity.founding import lineage_slopes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chemoevo.process.branching import BranchingProcess
    from chemoevo.sensitivity.chain_rule import Entries
    from chemoevo.sensitivity.gradient import Gradient


def check_one(grown: GrownLaw, process: BranchingProcess) -> None:
    """Raises `ModelError` unless it is a law of one size or age for the types of the process."""
    if not grown.single:
        what = "size" if grown.measure == "size" else "age"
        raise ModelError(
            f"initial.{grown.measure} must be one {what}; got {grown.values.tolist()!r}. Ask for each by itself."
        )
    grown.check_types(process)


def refuse_counts(chain: dict[str, Entries]) -> None:
    """A tumor that grew has no counts to differentiate by."""
    problems = Problems()
    for name, entries in chain.items():
        if "initial" in entries:
            problems.value(f"parameters[{name!r}]['initial']", "must be left out: the tumor grew from one cell")
    problems.raise_if_any()


@dataclass(frozen=True, slots=True)
class FirstOrder:
    """A tumor found at a size, to first order.

    Attributes
    ----------
    cells
        Cells of each type, real numbers, that have the derivatives of the tumor.
    log_absence
        Of the tumor.
    by_part
        Derivatives of the log of absence by the sizes of its parts.
    growth
        Derivatives of the log of absence by what growth is made of.
    """

    cells: NDArray[np.float64]
    log_absence: float
    by_part: tuple[float, ...]
    growth: Gradient


def first_order(
    tumor: GrownTo, process: BranchingProcess, marked: list[bool], horizon: NDArray[np.float64]
) -> FirstOrder:
    """The composition that has the derivatives of a tumor found at a size.

    L = M (sum_i p_i ln F_i - E) for each part, p the shares of what is in no lineage, most often 1 of the first type;
    and dL/dln F_i = M (p_i + F_i dE/dG_i): the number of cells of type i whose L has it too.
    """
    one_of_each = np.eye(len(process.types), dtype=np.int64)
    cell = _core.log_absence(process.compiled, marked, one_of_each, horizon)[:, 0]
    absence = np.exp(cell)
    never = [name for name, gone in zip(process.types, absence, strict=True) if gone == 0.0]
    if never:
        raise ModelError(
            f"initial must leave absence possible, here also from one cell of {', '.join(map(repr, never))}: the "
            "probability is exactly 0. Give these types a death rate above 0."
        )
    sizes = [float(part.sizes[0]) for part in tumor.parts]
    slopes = [lineage_slopes(tumor.growth, cell, part.first) for part in tumor.parts]
    each = list(zip(sizes, slopes, strict=True))
    # Parts are independent: everything is a sum over them.
    cells = summed(size * absence * one.end + size * one.cells for size, one in each)
    by_growth = {kind: summed(-size * one.growth.by[kind] for size, one in each) for kind in slopes[0].growth.by}
    by_part = tuple(one.own - one.founders for one in slopes)
    log = sum(size * by for size, by in zip(sizes, by_part, strict=True))
    return FirstOrder(cells, log, by_part, replace(slopes[0].growth, by=by_growth))
