"""What a scenario asks besides cure, progression and who comes back, answered as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from chemoevo.answers.attribution import attribution
from chemoevo.answers.relapse import relapse_size, relapse_time
from chemoevo.errors import ModelError, Problems
from chemoevo.pharmacology.neutrophils import toxicity
from chemoevo.process.competition import note_competition
from chemoevo.rankings.asked import RESOLUTION
from chemoevo.rankings.rank import rank_regimens
from chemoevo.scenario.compilation import LARGEST_SHARE, mutant_share, tumor_by_law
from chemoevo.scenario.room import INDEPENDENT

if TYPE_CHECKING:
    from chemoevo.ensemble.ensemble import Ensemble
    from chemoevo.scenario.questions import Questions
    from chemoevo.scenario.scenario import Scenario


def own_name(scenario: Scenario) -> str:
    """The name of the row of the scenario itself: of its regimen, or that of radiotherapy alone."""
    return "radiotherapy" if scenario.regimen is None else scenario.regimen.name


def ranking_of(scenario: Scenario) -> dict[str, Any]:
    """The arguments of `rank_regimens` by which a scenario ranks itself beside other regimens.

    Raises
    ------
    ModelError
        If another regimen has the name of its own, or cells compete.
    """
    asked = scenario.questions
    assert asked is not None
    problems = Problems()
    _note_ranking(problems, scenario)
    note_competition(problems, None, "", scenario.capacities)
    problems.raise_if_any()
    of_others = {name: getattr(asked, name) for name in ("by", "potencies", "inert", "interactions", "without")}
    return {"model": scenario, "regimens": {own_name(scenario): scenario, **asked.regimens}, **of_others}


def _note_ranking(problems: Problems, scenario: Scenario) -> None:
    """Notes a regimen that would stand in the row of the scenario itself."""
    own = own_name(scenario)
    if scenario.questions is not None and own in scenario.questions.regimens:
        rule = "must have another name: the row of the scenario itself has this one"
        problems.value(f"questions.regimens[{own}]", rule, scenario.questions.regimens[own])


def _note_asked(problems: Problems, scenario: Scenario) -> None:
    """Notes what is known to have no answer before anything is solved or simulated."""
    asked = () if scenario.questions is None else scenario.questions.ask
    if "ranking" in asked:
        _note_ranking(problems, scenario)
    if paths := list(scenario.capacities):
        for place, name in enumerate(asked):
            if name != "toxicity":
                rule = (
                    f"must be left out where cells compete ({' and '.join(paths)}): it rests on the backward equations"
                )
                problems.value(f"questions.ask[{place}]", rule, name, hint=INDEPENDENT)


def answered_before(
    scenario: Scenario, *, replicates: int | None = None, seed: int | None = None, threads: int | None = None
) -> dict[str, pl.DataFrame]:
    """What needs no simulated growth: tables by the names of the questions.

    Parameters
    ----------
    replicates, seed, threads
        Of a ranking whose tumors must be simulated, as given to the run.

    Raises
    ------
    ModelError
        If a question cannot be asked of this scenario, such as toxicity of a drug of which nothing is known, or
        what rests on equations where cells compete; or if a regimen of the ranking has the name of the scenario's own.
    SimulationError
        If the equations cannot be solved.
    """
    problems = Problems()
    _note_asked(problems, scenario)
    problems.raise_if_any()
    asked = scenario.questions
    found: dict[str, pl.DataFrame] = {}
    for place, name in enumerate(() if asked is None else asked.ask):
        try:
            table = _answer(scenario, asked, name, replicates, seed, threads)  # type: ignore[arg-type]
        except ModelError as error:
            raise ModelError([f"questions.ask[{place}], {name}: {problem}" for problem in error.problems]) from None
        if table is not None:
            found[name] = table
    return found


def _answer(
    scenario: Scenario, asked: Questions, name: str, replicates: int | None, seed: int | None, threads: int | None
) -> pl.DataFrame | None:
    law = mutant_share(scenario, scenario.growth) <= LARGEST_SHARE
    if name == "attribution":
        return attribution(scenario)
    if name == "toxicity":
        return toxicity(scenario, without=asked.without)
    if name == "ranking":
        number = 0 if law else scenario.simulation.replicates if replicates is None else replicates
        chosen = scenario.simulation.seed if seed is None else seed
        return rank_regimens(**ranking_of(scenario), replicates=number, seed=chosen, threads=threads)
    return _relapse(scenario, tumor_by_law(scenario, scenario.growth), "law") if law else None


def answered_after(scenario: Scenario, ensemble: Ensemble) -> dict[str, pl.DataFrame]:
    """What is asked of the tumors that were simulated, where mutants are many: tables by the names of the questions.

    Raises
    ------
    SimulationError
        If the equations cannot be solved.
    """
    asked = scenario.questions
    if asked is None or "relapse_time" not in asked.ask:
        return {}
    if mutant_share(scenario, scenario.growth) <= LARGEST_SHARE:
        return {}
    return {"relapse_time": _relapse(scenario, ensemble.initial, "histories")}


def _relapse(scenario: Scenario, cells: Any, method: str) -> pl.DataFrame:
    """How many tumors are back at the size of progression at every look; averaged where there are several."""
    law = relapse_time(scenario.therapy, initial=cells, size=relapse_size(scenario), tolerance=RESOLUTION)
    shares = law.cdf(scenario.looks)
    back = shares if shares.ndim == 1 else shares.mean(axis=0)
    return pl.DataFrame({"time": scenario.looks, "relapsed": back, "method": [method] * len(back)})
