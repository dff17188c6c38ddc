"""Single bacteria under a drug that kills (Coates et al. 2018): the dead are counted as a type of their own."""

from __future__ import annotations

import math
from collections.abc import Mapping

import chemoevo as ce


def reproduce(parameters: Mapping[str, float]) -> dict[str, float]:
    division, death = parameters["division"], parameters["death"]
    counted = ce.BranchingProcess(
        types=["live", "dead"], birth=[division, 0.0], death=[0.0, 0.0], switching={("live", "dead"): death}
    )
    # Rates per hour, so times are hours.
    last = parameters["observed"]
    first, then = ce.mean_counts(counted, initial={"live": 1}, times=[1.0, 1.0 + last])
    colony = ce.BranchingProcess(types=["live"], birth=[division], death=[death])
    return {
        "slope of the mean number of living cells": math.log10(then[0] / first[0]) / (60.0 * last),
        "dead cells per living cell more": float((then[1] - first[1]) / (then[0] - first[0])),
        "share of single cells that found a colony": 1.0
        - float(ce.ultimate_extinction_probability(colony, initial={"live": 1})),
    }
