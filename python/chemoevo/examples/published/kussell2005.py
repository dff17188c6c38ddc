"""The best rates of switching where growth and antibiotic take turns (Kussell et al. 2005), by the mean of a period."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.optimize import minimize

import chemoevo as ce

CASES = {
    "growth 200 h, stress 100 h": ("long_growth", "killing"),
    "growth 200 h, stress 100 h, killed ten times faster": ("long_growth", "strong_killing"),
    "growth 50 h, stress 100 h": ("short_growth", "killing"),
}


def reproduce(parameters: Mapping[str, float]) -> dict[str, float]:
    stress = parameters["stress"]

    def slowness(logs: np.ndarray, growth: float, killing: float) -> float:
        """Minus the logarithm of the factor by which the mean of one period of growth and stress grows in the end."""
        becoming, waking = np.exp(logs)
        period = ce.BranchingProcess(  # rates per hour, so times are hours
            types=["normal", "persister"],
            breakpoints=[growth],
            birth=[[parameters["growing"], 0.0], [0.0, 0.0]],
            death=[[0.0, 0.0], [killing, 0.0]],
            switching={("normal", "persister"): becoming, ("persister", "normal"): waking},
        )
        means = ce.mean_counts(period, initial=[[1, 0], [0, 1]], times=[growth + stress])[:, 0]
        return -float(np.log(np.abs(np.linalg.eigvals(means)).max()))

    found = {}
    for name, (growth, killing) in CASES.items():
        rates = parameters[growth], parameters[killing]
        best = np.exp(minimize(slowness, np.log([0.05, 0.05]), args=rates, method="Nelder-Mead").x)
        found[f"best rate of becoming a persister, {name}"] = float(best[0])
        found[f"best rate of waking, {name}"] = float(best[1])
    return found
