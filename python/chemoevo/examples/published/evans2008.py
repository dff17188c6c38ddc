"""Models with exact means and standard deviations (Evans et al. 2008): immigrants are the daughters of a source."""

from __future__ import annotations

from collections.abc import Mapping

import chemoevo as ce


def reproduce(parameters: Mapping[str, float]) -> dict[str, float]:
    end, population = parameters["end"], parameters["population"]

    def at_end(process: ce.BranchingProcess, of: str, initial: dict[str, float], time: float) -> tuple[float, float]:
        means, covariances = ce.moments(process, initial=initial, times=[time])
        k = process.types.index(of)
        return float(means[0, k]), float(covariances[0, k, k]) ** 0.5

    def birth_death(birth: float, death: float) -> ce.BranchingProcess:
        return ce.BranchingProcess(types=["X"], birth=[birth], death=[death])

    birth, death = parameters["birth"], parameters["death"]
    counted = ce.BranchingProcess(
        types=["X", "dead"], birth=[birth, 0.0], death=[0.0, 0.0], switching={("X", "dead"): death}
    )
    immigration = ce.BranchingProcess(
        types=["source", "X"],
        birth=[parameters["immigration"], 0.0],
        death=[0.0, parameters["death_of_immigrants"]],
        mutation={("source", "X"): 1.0},
    )
    start = {"X": population}
    fast = birth_death(parameters["fast_birth"], parameters["fast_death"])
    moments = {
        "001-01": at_end(birth_death(birth, death), "X", start, end),
        "001-03": at_end(fast, "X", start, end),
        "001-07": at_end(counted, "dead", start, end),
        "002-01": at_end(immigration, "X", {"source": 1}, end),
    }
    for model, time, value in (
        ("002-09", "time_of_reset", "reset_to"),
        ("002-10", "time_of_other_reset", "other_reset_to"),
    ):
        set_to = {"source": 1, "X": round(parameters[value])}  # the number is set, and what was before is forgotten
        moments[model] = at_end(immigration, "X", set_to, end - parameters[time])
    found = {}
    for model, (mean, deviation) in moments.items():
        deaths = model == "001-07"
        found[f"{model}, mean number of deaths" if deaths else f"{model}, mean"] = mean
        found[f"{model}, standard deviation of deaths" if deaths else f"{model}, standard deviation"] = deviation
    return found
