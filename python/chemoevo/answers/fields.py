"""What an answer is made of: numbers, estimates and tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

    from chemoevo.analytic.relapse import RelapseTime
    from chemoevo.answers.comparison import Comparison
    from chemoevo.answers.kaplan_meier import MedianTime
    from chemoevo.ensemble.estimates import Estimate


@dataclass(frozen=True, eq=False, repr=False)
class AnswerFields:
    """The numbers of an `Answer`, which its documentation describes."""

    scenario: str
    setting: str
    replicates: int
    horizon: float
    smallest_seen: float
    cured: Estimate
    extinct_ever: Estimate | None
    progressed: Estimate
    time_to_progression: MedianTime
    genotypes: pl.DataFrame
    types: pl.DataFrame
    niches: pl.DataFrame | None
    phenotypes: pl.DataFrame | None
    damaged: tuple[str, ...]
    cut_short: int
    comparisons: tuple[Comparison, ...]
    only_simulated: str | None
    relapse: RelapseTime | None
    outcomes: pl.DataFrame
    engine: str
    growth_engine: str | None
    exact: bool
    rate_error: float
