"""Persisters of hipA7 under ampicillin (Balaban et al. 2004): what survives until the next morning."""

from __future__ import annotations

import math
from collections.abc import Mapping

import chemoevo as ce


def reproduce(parameters: Mapping[str, float]) -> dict[str, float]:
    waking = parameters["waking"]
    lost = 1.0 / parameters["persister_killing_time"]
    ampicillin = ce.BranchingProcess(  # rates per hour, so times are hours
        types=["normal", "persister"],
        birth=[0.0, 0.0],
        death=[60.0 / parameters["normal_killing_time"], lost - waking],
        switching={("persister", "normal"): waking},
    )
    times = [parameters["early"], parameters["late"]]
    means = ce.mean_counts(ampicillin, initial=[[1, 0], [0, 1]], times=times).sum(axis=2)
    (normal, normal_late), (persister, persister_late) = means.tolist()

    def decline(survivors: float) -> float:
        """Log10 of the survivors late per survivor early: the early ones say how many persisters there were."""
        share = (survivors - normal) / (persister - normal)
        return math.log10(((1.0 - share) * normal_late + share * persister_late) / survivors)

    return {
        "survivors at 24 h per survivor at 5 h, stationary phase": decline(parameters["survivors_of_stationary_phase"]),
        "survivors at 24 h per survivor at 5 h, exponential phase": decline(
            parameters["survivors_of_exponential_phase"]
        ),
    }
