"""Cells that are lost long after the drug is gone (Lobo & Balthasar 2002), by the mean where the kill moves."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.special import gammainc

import chemoevo as ce

STAGES = 4
LAST = 24.0
"""(days) Of the experiment."""


def reproduce(parameters: Mapping[str, float]) -> dict[str, float]:
    exposure, concentration = parameters["exposure"], parameters["concentration"]

    def hours_to_fewest(line: str) -> float:
        growth, transit, kill, half = (parameters[f"{line}_{name}"] for name in ("growth", "transit", "kill", "half"))
        most = kill * concentration / (half + concentration)

        def rates(day: float) -> tuple[list[float], list[float]]:
            # What leaves the last of the stages, of a signal that is there during the exposure.
            since = max(24.0 * day - exposure, 0.0)
            before, after = gammainc(STAGES, 24.0 * day / transit), gammainc(STAGES, since / transit)
            return [24.0 * growth], [24.0 * most * (before - after)]

        breakpoints = [exposure / 24.0]
        cells = ce.BranchingProcess.from_rates(types=["cells"], rates=rates, until=LAST, breakpoints=breakpoints)
        days = np.linspace(0.0, LAST, 24 * 24 + 1)
        counts = ce.mean_counts(cells, initial={"cells": 1}, times=days)[:, 0]
        return float(24.0 * days[np.argmin(counts)] - exposure)

    return {
        "hours from the end of exposure to the fewest cells, Ehrlich ascites": hours_to_fewest("ascites"),
        "hours from the end of exposure to the fewest cells, sarcoma 180": hours_to_fewest("sarcoma"),
    }
