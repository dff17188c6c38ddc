"""What tables ask of an ensemble: that it is one, its clock, one of its replicates, its largest types."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from chemoevo.base.arguments import whole
from chemoevo.base.forks import check_fork
from chemoevo.ensemble.ensemble import Ensemble
from chemoevo.errors import Problems

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

OTHERS = "others"
"""What pooled types are called."""


def ensemble_of(value: object) -> Ensemble:
    """The ensemble given.

    Raises
    ------
    TypeError
        If it is none.
    """
    check_fork()
    if not isinstance(value, Ensemble):
        raise TypeError(f"ensemble must be an Ensemble, as simulate(...) gives; got {value!r:.200}.")
    return value


def clock(ensemble: Ensemble) -> str:
    """What its times count."""
    return "days" if ensemble.run.scenario is None else "days from start of therapy"


def index_of(problems: Problems, ensemble: Ensemble, replicate: object) -> int:
    """The row of a replicate, or 0 with the problem noted."""
    first, last = ensemble.replicates[0], ensemble.replicates[-1]
    return whole(problems, "replicate", replicate, first, last) - first


def named_others(labels: Sequence[str]) -> str:
    """A name for pooled types that is not one of the labels."""
    name = OTHERS
    while name in labels:
        name = f"other {name}"
    return name


def largest(weight: NDArray[np.float64], most: int) -> NDArray[np.intp]:
    """The indices, in order, of those to be shown apart; never is one alone left to be pooled."""
    if len(weight) <= most + 1:
        return np.arange(len(weight))
    return np.sort(np.argsort(-weight, kind="stable")[:most])
