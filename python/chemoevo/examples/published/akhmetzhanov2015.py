"""When a lesion is found that a weak measure holds back (Akhmetzhanov & Hochberg 2015), by simulation."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

import chemoevo as ce

YEAR = 365.25
LESIONS, TUMORS, SEED = 200, 100, 1
LONGEST = 1e5
"""(days) Never reached: what grows does so until it has a size or is gone."""


def reproduce(parameters: Mapping[str, float]) -> dict[str, float]:
    cycle, advantage = parameters["cycle"], parameters["advantage"]
    few, many = (round(parameters[name]) for name in ("few_drivers", "many_drivers"))
    found, lesion, measure = parameters["found"], parameters["lesion"], parameters["measure"]

    def process(drivers: int, measure: float, kept: float | None = None) -> ce.BranchingProcess:
        """Cells by additional drivers and resistance; of what is there at time 0 a share is kept."""
        kinds = [(driver, status) for driver in range(drivers + 1) for status in ("s", "r")]
        types = [f"{driver}{status}" for driver, status in kinds]
        fitness = np.array(
            [advantage * (driver + 1) - (measure if status == "s" else parameters["cost"]) for driver, status in kinds]
        )
        # Of a step in which a cell divides with probability (1 + f)/2 and else dies: the mean, and the variance of 1.
        net, events = np.log1p(fitness) / cycle, 1.0 / cycle
        mutation = {}
        for driver, status in kinds:
            if driver < drivers:  # a site that is mutated cannot be so again: their equation 1
                left = 1.0 - driver / drivers
                mutation[f"{driver}{status}", f"{driver + 1}{status}"] = left * parameters["driver"]
            if status == "s":
                mutation[f"{driver}s", f"{driver}r"] = parameters["resistance"]
        pulses = [] if kept is None else [ce.Pulse(time=0.0, survival=dict.fromkeys(types, kept))]
        birth, death = (events + net) / 2.0, (events - net) / 2.0
        return ce.BranchingProcess(types=types, birth=birth, death=death, mutation=mutation, pulses=pulses)

    def until(course: ce.BranchingProcess, size: float, initial: object, number: int, stage: int) -> ce.Ensemble:
        """Each until it has a size or is gone; from one cell, those that are not gone."""
        stop = ce.Stop(size=size, retry=initial == {"0s": 1})
        return ce.simulate(
            course, initial=initial, times=[LONGEST], stop=stop, replicates=number, seed=SEED, stage=stage
        )

    def years(ended: ce.Ensemble) -> np.ndarray:
        reached = ended.outcomes.filter(ended.outcomes["outcome"] == "stopped")
        return reached["time"].to_numpy() / YEAR

    one = {"0s": 1}
    resistant = round(parameters["resistant_share"] * lesion)
    untreated = until(process(few, 0.0), found, {"0s": round(lesion) - resistant, "0r": resistant}, TUMORS, 0)

    lesions = until(process(many, 0.0), lesion, one, LESIONS, 0)
    held = years(until(process(many, measure), found, lesions, LESIONS, 1))

    tumors = until(process(many, 0.0), found, one, TUMORS, 0)
    resected = ce.simulate(
        process(many, 0.0, lesion / found), initial=tumors, times=[0.0], replicates=TUMORS, seed=SEED, stage=1
    )
    again = years(until(process(many, measure), found, resected, TUMORS, 2))
    return {
        "mean years to detection without a measure": float(years(untreated).mean()),
        "median years to detection of lesions found within 50 years, measure of 1.5 %": float(
            np.median(held[held <= parameters["simulated"]])
        ),
        "share of lesions not found after 20 years, measure of 1.5 %": (
            1.0 - float((held <= parameters["looked"]).sum()) / LESIONS
        ),
        "median years from resection of 1e9 cells, 1e6 left, to relapse, measure of 1.5 %": float(np.median(again)),
        "median years from resection of 1e11 cells, 1e6 left, to relapse, measure of 1.5 %": np.nan,
        "median years from resection of 1e9 cells, 1e4 left, to relapse, measure of 1.5 %": np.nan,
        "median years from resection of 1e11 cells, 1e4 left, to relapse, measure of 1.5 %": np.nan,
    }
