"""The share of persisters in a culture that grows exponentially, and after a dilution (Deng et al. 2026)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

import chemoevo as ce

TYPES = ("normal", "persister of stationary phase", "persister")
DILUTIONS = {20: "least_diluted", 200: "diluted", 2000: "most_diluted"}


def reproduce(parameters: Mapping[str, float]) -> dict[str, float]:
    normal, stationary, persister = TYPES

    def grown(grows: bool, shares: np.ndarray, hours: float) -> np.ndarray:
        """The shares of the types some hours later; what is washed out takes of all alike."""
        birth = [parameters["growing"], 0.0, parameters["growing_persister"]] if grows else [0.0] * 3
        process = ce.BranchingProcess(  # rates per hour, so times are hours
            types=TYPES,
            birth=birth,
            death=[0.0] * 3,
            switching={
                (normal, persister): parameters["becoming"],
                (persister, normal): parameters["waking"],
                (stationary, normal): parameters["waking_stationary"],
            },
        )
        counts = shares @ ce.mean_counts(process, initial=np.eye(3, dtype=int), times=[hours])[:, 0]
        return counts / counts.sum()

    start = parameters["start_stationary"]
    culture = grown(True, np.array([1.0 - start, start, 0.0]), parameters["culture"])
    found = {"share of persisters after 12 h of exponential growth": float(culture[1:].sum())}
    lag = parameters["lag"]
    for factor, name in DILUTIONS.items():
        later = grown(True, grown(False, culture, lag / 60.0), (parameters[name] - lag) / 60.0)
        found[f"share of persisters when the drug comes, diluted {factor}-fold"] = float(later[1:].sum())
    return found
