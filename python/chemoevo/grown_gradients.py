"""A tumor found at a size, to first order: as many cells of each type as have the same derivatives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from chemoevo import _core
from chemoevo.errors import ModelError, Problems
from chemoevo.grown import GrownFor, GrownTo, check_types
from chemoevo.lineage_slopes import lineages_by_cell
from chemoevo.means import run

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chemoevo.chain_rule import Entries
    from chemoevo.process import BranchingProcess


def check_one_size(grown: GrownTo | GrownFor, process: BranchingProcess) -> None:
    """Raises `ModelError` unless it is a law of one size or age for the types of the process."""
    problems = Problems()
    if isinstance(grown, GrownFor):
        if np.ndim(grown.days):
            problems.value("initial.days", "must be one age; ask for each by itself", grown.days)
    elif np.ndim(grown.size):
        problems.value("initial.size", "must be one size; ask for each by itself", grown.size)
    problems.raise_if_any()
    check_types(grown, process)


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
    presence, absence
        From one cell of each type at detection.
    """

    cells: NDArray[np.float64]
    log_absence: float
    presence: NDArray[np.float64]
    absence: NDArray[np.float64]


def first_order(
    tumor: GrownTo, process: BranchingProcess, marked: list[bool], horizon: NDArray[np.float64]
) -> FirstOrder:
    """The composition that has the derivatives of a tumor found at a size.

    L = M (ln F_0 - E), and dL/dln F_i = M (delta_i0 - dE/dln F_i): the number of cells of type i whose L has it too.
    """
    size: Any = tumor.size
    one_of_each = np.eye(len(process.types), dtype=np.uint64)
    cell = run(lambda: _core.log_absence(process._core, marked, one_of_each, horizon))[:, 0]
    presence, absence = -np.expm1(cell) + 0.0, np.exp(cell)
    never = [name for name, gone in zip(process.types, absence, strict=True) if gone == 0.0]
    if never:
        raise ModelError(
            f"initial must leave absence possible, here also from one cell of {', '.join(map(repr, never))}: the "
            "probability is exactly 0. Give these types a death rate above 0."
        )
    founders, slopes = lineages_by_cell(tumor.growth, presence, absence)
    # By ln F instead of ln G: d ln G / d ln F = -F / G.
    by_absence = np.where(presence <= absence, -slopes * absence / np.where(presence > 0.0, presence, 1.0), slopes)
    # More absence never makes more founders count; differences may say so in the last digit.
    cells = size * np.maximum(-by_absence, 0.0)
    cells[0] += size
    return FirstOrder(cells, size * (float(cell[0]) - founders), presence, absence)
