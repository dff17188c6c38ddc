"""Constant dose or pulses, where a drug induces resistance and where not (Greene et al. 2019), in the mean field."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.optimize import brentq

import chemoevo as ce

TYPES = ["sensitive", "resistant", "killed"]
"""Killed cells take no room. They are a type so that the kill leaves the growth of others as the equations have it."""
LONGEST = 200.0


def reproduce(parameters: Mapping[str, float]) -> dict[str, float]:
    capacity, dose = parameters["capacity"], parameters["dose"]
    start = {"sensitive": round(parameters["start"] * capacity)}

    def process(doses: list[float], breakpoints: list[float], induction: float) -> ce.BranchingProcess:
        given = np.array(doses)
        return ce.BranchingProcess(
            types=TYPES,
            birth=[1.0, parameters["resistant_growth"], 0.0],
            death=[0.0, 0.0, 0.0],
            switching={
                ("sensitive", "resistant"): parameters["background"] + induction * given,
                ("sensitive", "killed"): parameters["kill"] * given,
            },
            breakpoints=breakpoints,
            competition=ce.Logistic(capacity=capacity, on="birth", weights={"killed": 0.0}),
        )

    def passed(course: ce.BranchingProcess, share: float, after: float = 0.0) -> float:
        """When the tumor is first at a share of the capacity."""

        def above(times: np.ndarray) -> np.ndarray:
            counts = ce.mean_counts(course, initial=start, times=times)
            return counts[:, :2].sum(axis=1) / capacity - share

        times = np.arange(after, LONGEST, 0.05)
        first = int(np.argmax(above(times) > 0.0))
        return float(brentq(lambda time: above(np.array([time]))[0], times[first - 1], times[first]))

    found = passed(process([0.0], [], 0.0), parameters["found"])
    period = parameters["on"] + parameters["off"]
    begins = np.arange(found, LONGEST, period)
    pulses = np.ravel(np.column_stack([begins, begins + parameters["on"]])).tolist()

    results = {}
    for word, induction in (("no induction", 0.0), ("induction", parameters["induction"])):
        constant = passed(process([0.0, dose], [found], induction), parameters["failure"], found)
        pulsed = passed(process([0.0] + [dose, 0.0] * len(begins), pulses, induction), parameters["failure"], found)
        results[f"time to failure, constant, {word}"] = constant
        results[f"time to failure, pulsed, {word}"] = pulsed
    cycles, rest = divmod(results["time to failure, pulsed, induction"] - found, period)
    results["dose given, pulsed, induction"] = dose * (cycles * parameters["on"] + min(rest, parameters["on"]))
    results["dose given, constant, induction"] = dose * (results["time to failure, constant, induction"] - found)
    return results
