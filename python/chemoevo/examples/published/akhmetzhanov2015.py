"""When a lesion is found that a weak measure holds back (Akhmetzhanov & Hochberg 2015), by simulation."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

import chemoevo as ce

YEAR = 365.25
LESIONS, TUMORS, REPEATS, SEED = 200, 100, 2, 1
COARSE = 0.01
"""Tolerance of leaping where tumors are large: far below the error of a median of some hundred."""
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

    def until(
        course: ce.BranchingProcess, size: float, initial: object, number: int, stage: int, tolerance: float = 0.001
    ) -> ce.Ensemble:
        """Each until it has a size or is gone; from one cell, those that are not gone."""
        stop = ce.Stop(size=size, retry=initial == {"0s": 1})
        return ce.simulate(
            course,
            initial=initial,
            times=[LONGEST],
            stop=stop,
            replicates=number,
            seed=SEED,
            stage=stage,
            tolerance=tolerance,
        )

    def years(ended: ce.Ensemble) -> np.ndarray:
        reached = ended.outcomes.filter(ended.outcomes["outcome"] == "stopped")
        return reached["time"].to_numpy() / YEAR

    one = {"0s": 1}
    resistant = round(parameters["resistant_share"] * lesion)
    untreated = until(process(few, 0.0), found, {"0s": round(lesion) - resistant, "0r": resistant}, TUMORS, 0)

    lesions = until(process(many, 0.0), lesion, one, LESIONS, 0)
    held = years(until(process(many, measure), found, lesions, LESIONS, 1))

    def relapses(size: float, left: Mapping[float, int]) -> list[float]:
        """Median years to relapse after resection of the same tumors, by what is left and how often each is done."""
        tumors = until(process(many, 0.0), size, one, TUMORS, 0, COARSE).final
        medians = []
        for stage, (residue, often) in enumerate(left.items()):
            number, again = TUMORS * often, np.repeat(tumors, often, axis=0)
            resection = process(many, 0.0, residue / size)
            resected = ce.simulate(
                resection, initial=again, times=[0.0], replicates=number, seed=SEED, stage=2 * stage + 1
            )
            ended = until(process(many, measure), found, resected, number, 2 * stage + 2, COARSE)
            medians.append(float(np.median(years(ended))))
        return medians

    left = {lesion: 1, parameters["residue"]: REPEATS}
    early, late = relapses(found, left), relapses(parameters["found_late"], left)
    return {
        "mean years to detection without a measure": float(years(untreated).mean()),
        "median years to detection of lesions found within 50 years, measure of 1.5 %": float(
            np.median(held[held <= parameters["simulated"]])
        ),
        "share of lesions not found after 20 years, measure of 1.5 %": (
            1.0 - float((held <= parameters["looked"]).sum()) / LESIONS
        ),
        "median years from resection of 1e9 cells, 1e6 left, to relapse, measure of 1.5 %": early[0],
        "median years from resection of 1e11 cells, 1e6 left, to relapse, measure of 1.5 %": late[0],
        "median years from resection of 1e9 cells, 1e4 left, to relapse, measure of 1.5 %": early[1],
        "median years from resection of 1e11 cells, 1e4 left, to relapse, measure of 1.5 %": late[1],
    }
