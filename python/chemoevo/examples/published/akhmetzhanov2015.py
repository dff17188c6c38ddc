"""When a lesion is found that a weak measure holds back (Akhmetzhanov & Hochberg 2015), by the law of when."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.optimize import brentq

import chemoevo as ce

YEAR = 365.25
LESIONS, TUMORS, SEED = 400, 50, 1
"""How many are grown from one cell; of what becomes of each the whole law is taken."""
COARSE = 0.01
"""Tolerance of leaping where tumors are large: far below what tumors are apart."""
CLOSE = 1e-3
"""Tolerance of probabilities: a week or two in a median."""
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

    def grown(size: float, number: int, tolerance: float) -> ce.Ensemble:
        """From one cell to a size, without a measure; those that are not gone."""
        return ce.simulate(
            process(many, 0.0),
            initial={"0s": 1},
            times=[LONGEST],
            stop=ce.Stop(size=size, retry=True),
            replicates=number,
            seed=SEED,
            tolerance=tolerance,
        )

    def share_found(course: ce.BranchingProcess, initial: object, years: float | np.ndarray) -> np.ndarray:
        """Of all, that have a size after some years."""
        times = YEAR * np.atleast_1d(years)
        return ce.size_probability(course, initial=initial, above=found, times=times, tolerance=CLOSE)

    def median(course: ce.BranchingProcess, initial: object, ever: float) -> float:
        """(years) To a size, of those that come to it ever, or in the time looked at."""
        return brentq(
            lambda years: share_found(course, initial, years).mean() - ever / 2.0, 1.0, 200.0, xtol=0.01, rtol=1e-4
        )

    resistant = round(parameters["resistant_share"] * lesion)
    given = {"0s": round(lesion) - resistant, "0r": resistant}
    years = np.arange(0.25, 40.0, 0.5)
    untreated = 0.5 * float((1.0 - share_found(process(few, 0.0), given, years)).sum())

    lesions, held = grown(lesion, LESIONS, 1e-3), process(many, measure)
    looked, simulated = share_found(held, lesions, np.array([parameters["looked"], parameters["simulated"]])).mean(
        axis=0
    )

    def relapse(tumors: ce.Ensemble, size: float, residue: float) -> float:
        """Median years after resection, of those that relapse ever."""
        resected = process(many, measure, residue / size)
        never = ce.ultimate_extinction_probability(resected, initial=tumors).mean()
        return median(resected, tumors, 1.0 - never)

    relapses = {}
    for size in (found, parameters["found_late"]):
        tumors = grown(size, TUMORS, COARSE)
        for residue in (lesion, parameters["residue"]):
            relapses[size, residue] = relapse(tumors, size, residue)
    late, residue = parameters["found_late"], parameters["residue"]
    return {
        "mean years to detection without a measure": untreated,
        "median years to detection of lesions found within 50 years, measure of 1.5 %": median(
            held, lesions, simulated
        ),
        "share of lesions not found after 20 years, measure of 1.5 %": 1.0 - float(looked),
        "median years from resection of 1e9 cells, 1e6 left, to relapse, measure of 1.5 %": relapses[found, lesion],
        "median years from resection of 1e11 cells, 1e6 left, to relapse, measure of 1.5 %": relapses[late, lesion],
        "median years from resection of 1e9 cells, 1e4 left, to relapse, measure of 1.5 %": relapses[found, residue],
        "median years from resection of 1e11 cells, 1e4 left, to relapse, measure of 1.5 %": relapses[late, residue],
    }
