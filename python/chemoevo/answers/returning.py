"""Who comes back: types, or what they have in common, at progression and at the horizon."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chemoevo.answers.progression import Progression


@dataclass(frozen=True, eq=False)
class Returning:
    """Groups of cells in the histories of an ensemble.

    Attributes
    ----------
    names
        Of the groups.
    counts
        (cells) Of shape (replicates, times, groups).
    course
        Progression of every replicate, by group.
    cured
        Of shape (replicates,).
    """

    names: tuple[str, ...]
    counts: NDArray[np.int64]
    course: Progression
    cured: NDArray[np.bool_]

    def table(self, of: str) -> pl.DataFrame:
        """One row per group that was there, the most numerous first; `of` is the name of its column."""
        schema = {
            of: pl.String,
            "most_numerous": pl.Int64,
            "gained_most": pl.Int64,
            "present": pl.Int64,
            "mean_share": pl.Float64,
            "median_time": pl.Float64,
            "most_numerous_at_end": pl.Int64,
        }
        course = self.course
        progressed = np.flatnonzero(course.progressed)
        then = self.counts[progressed, course.look[progressed]]
        share = then / then.sum(axis=1, keepdims=True, dtype=np.float64)
        left = self.counts[~self.cured, -1, :]
        largest = left.argmax(axis=1)
        rows = []
        for k, name in enumerate(self.names):
            most, present, last = course.dominant == k, int((then[:, k] > 0).sum()), int((largest == k).sum())
            if present or last:
                median = float(np.median(course.time[most])) if most.any() else None
                mean = float(share[:, k].mean()) if progressed.size else None
                rows.append((name, int(most.sum()), int((course.driver == k).sum()), present, mean, median, last))
        order = ["most_numerous", "most_numerous_at_end", "mean_share"]
        return pl.DataFrame(rows, schema=schema, orient="row").sort(order, descending=True, nulls_last=True)
