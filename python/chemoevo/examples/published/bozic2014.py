"""The second resistant clone of a lesion against the first (Bozic & Nowak 2014), by simulation."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

import chemoevo as ce

LESIONS, SEED = 4000, 1
LONGEST = 1e6
"""(days) Never reached: a lesion grows until it has its size."""


def reproduce(parameters: Mapping[str, float]) -> dict[str, float]:
    growth = ce.BranchingProcess(
        types=["sensitive", "resistant"],
        birth=[parameters["birth"]] * 2,
        death=[parameters["death"]] * 2,
        mutation={("sensitive", "resistant"): parameters["mutation"]},
    )
    found = ce.simulate(
        growth,
        initial={"sensitive": 1},
        times=[LONGEST],
        stop=ce.Stop(size=parameters["size"], retry=True),
        replicates=LESIONS,
        seed=SEED,
        record="clones",
    )
    there = found.clones.filter((pl.col("type") == "resistant") & (pl.col("size") > 0))
    place = pl.col("founded_at").rank("ordinal").over("replicate")

    def median(which: float) -> float:
        """Of the clones in one place of the order; a lesion without has 0 cells in it."""
        sizes = there.filter(place == round(which))["size"].to_list()
        return float(pl.Series(sizes + [0] * (LESIONS - len(sizes))).median())

    ratio = median(parameters["later"]) / median(parameters["earlier"])
    return {"median of the second clone over that of the first": ratio}
