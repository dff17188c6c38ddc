"""Every question takes a process or a scenario, initial cells of every kind, and refuses the rest in the same words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import chemoevo as ce

Ask = Callable[..., Any]

SCENARIO = ce.Scenario(
    name="weekly docetaxel",
    tumor=ce.Tumor(birth=0.14, death=0.1, size=1e6, alterations=[ce.Alteration(name="ABCB1", mutation=1e-6)]),
    surgery=ce.Surgery(residual_cells=100),
    regimen=ce.Regimen(
        name="weekly",
        phases=[
            ce.Phase(
                cycle_length_days=7,
                cycles=3,
                doses=[ce.Dose(drug="docetaxel", amount=35, unit="mg/m2", duration_hours=1)],
            )
        ],
    ),
    patient=ce.Patient(bsa=1.8),
    potencies=[
        ce.Potency(
            drug="docetaxel",
            log10_kill_per_cycle=0.3,
            at=ce.Anchor(
                cycle_length_days=7,
                doses=[ce.Dose(drug="docetaxel", amount=35, unit="mg/m2", duration_hours=1)],
                patient=ce.Patient(bsa=1.8),
            ),
            basis="an example",
        )
    ],
    follow_up=ce.FollowUp(horizon=90),
)
GROWTH = SCENARIO.growth.process
# Mutants that grow more slowly, so that their moments are finite.
SLOWER = ce.BranchingProcess(
    types=GROWTH.types, birth=[0.14, 0.11], death=[0.1, 0.1], mutation={("sensitive", "ABCB1"): 1e-6}
)

QUESTIONS: dict[str, Ask] = {
    "extinction_probability": lambda m, i, t=30.0: ce.extinction_probability(m, initial=i, times=[t]),
    "survival_probability": lambda m, i, t=30.0: ce.survival_probability(m, initial=i, times=[t]),
    "absence_probability": lambda m, i, t=30.0: ce.absence_probability(m, types=["ABCB1"], initial=i, times=[t]),
    "presence_probability": lambda m, i, t=30.0: ce.presence_probability(m, types=["ABCB1"], initial=i, times=[t]),
    "ultimate_extinction_probability": lambda m, i: ce.ultimate_extinction_probability(m, initial=i),
    "mean_counts": lambda m, i, t=30.0: ce.mean_counts(m, initial=i, times=[t]),
    "moments": lambda m, i, t=30.0: ce.moments(m, initial=i, times=[t]),
    "count_distribution": lambda m, i, t=30.0: ce.count_distribution(m, of="ABCB1", initial=i, time=t, max_count=3),
    "size_probability": lambda m, i, t=30.0: ce.size_probability(m, initial=i, above=10.0, times=[t]),
    "generating_function": lambda m, i, t=30.0: ce.generating_function(m, z={"ABCB1": 0.9}, initial=i, time=t),
    "extinction_time": lambda m, i: ce.extinction_time(m, initial=i).cdf([30.0]),
    "first_appearance": lambda m, i: ce.first_appearance(m, types=["ABCB1"], initial=i).cdf([30.0]),
    "relapse_time": lambda m, i: ce.relapse_time(m, initial=i, size=10.0).cdf([30.0]),
    "cause_of_relapse": lambda m, i, t=30.0: ce.cause_of_relapse(m, resistant=["ABCB1"], initial=i, time=t).relapse,
    "cure_probability": lambda m, i, t=30.0: getattr(got := ce.cure_probability(m, initial=i, horizon=t), "value", got),
    "sensitivities": lambda m, i, t=30.0: ce.sensitivities(m, initial=i, time=t)["derivative"].to_numpy()[:2],
    "rare_cure_probability": lambda m, i, t=30.0: (
        ce.rare_cure_probability(m, initial=i, horizon=t, replicates=20, seed=1).value
    ),
}
STARTS: dict[str, Any] = {
    "a mapping": {"sensitive": 50, "ABCB1": 2},
    "an array": np.array([50, 2]),
    "rows": [[50, 2], [0, 3]],
    "an ensemble": ce.simulate(GROWTH, initial=[50, 2], times=[1.0], replicates=2, seed=1),
    "a size": ce.GrownTo(SLOWER, size=1000),
    "sizes": ce.GrownTo(SLOWER, size=[1000, 2000]),
    "an age": ce.GrownFor(GROWTH, days=100.0),
    "ages": ce.GrownFor(GROWTH, days=[100.0, 150.0]),
}
SEVERAL = {"rows", "an ensemble", "sizes", "ages"}
# What makes no sense, and why.
REFUSED = {
    **{("sensitivities", start): "one" for start in SEVERAL},
    **{("rare_cure_probability", start): "law of growth to a size" for start in STARTS if "size" not in start},
    ("rare_cure_probability", "sizes"): "one size",
}


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("question", QUESTIONS)
def test_a_scenario_stands_for_its_therapy_whatever_the_initial_cells(question: str, start: str) -> None:
    ask, initial = QUESTIONS[question], STARTS[start]
    if (question, start) in REFUSED:
        for model in (SCENARIO, SCENARIO.therapy):
            with pytest.raises((ce.ModelError, TypeError), match=f"initial.*{REFUSED[question, start]}"):
                ask(model, initial)
        return
    got, want = ask(SCENARIO, initial), ask(SCENARIO.therapy, initial)
    if question == "sensitivities":
        return  # by the numbers of the scenario, not by the rates of its therapy
    for a, b in zip(got, want, strict=True) if isinstance(got, tuple) else [(got, want)]:
        np.testing.assert_array_equal(a, b)
        several = start in SEVERAL and question != "cure_probability"
        assert np.shape(a)[:1] == (2,) or not several


@pytest.mark.parametrize("question", QUESTIONS)
def test_an_ensemble_is_its_final_cells(question: str) -> None:
    if (question, "an ensemble") not in REFUSED:
        ended = STARTS["an ensemble"]
        got, want = QUESTIONS[question](SCENARIO, ended), QUESTIONS[question](SCENARIO, ended.final)
        for a, b in zip(got, want, strict=True) if isinstance(got, tuple) else [(got, want)]:
            np.testing.assert_array_equal(a, b)


def said(error: type[Exception], ask: Ask, *arguments: Any) -> str:
    with pytest.raises((ce.ModelError, TypeError)) as caught:
        ask(*arguments)
    assert type(caught.value) is error
    return str(caught.value)


TUMOR = STARTS["a size"]
COMPETING = ce.BranchingProcess(
    types=GROWTH.types, birth=[0.2, 0.2], death=[0.1, 0.1], competition=ce.Logistic(capacity=100)
)
SIMULATIONS: dict[str, Ask] = {
    "simulate": lambda m, i, t=30.0: ce.simulate(m, initial=i, times=[t]),
    "simulate_chunks": lambda m, i, t=30.0: ce.simulate_chunks(m, initial=i, times=[t]),
    "simulate_to": lambda m, i, t=30.0: ce.simulate_to(m, path="/nowhere", initial=i, times=[t]),
}


@pytest.mark.parametrize("model", ["process", None, GROWTH.to_dict(), ce.GrownFor(GROWTH, days=3.0)], ids=type)
def test_anything_else_is_refused_in_the_same_words(model: Any) -> None:
    words = {said(TypeError, ask, model, TUMOR) for ask in (*QUESTIONS.values(), *SIMULATIONS.values())}
    assert words == {f"the first argument must be a BranchingProcess or a Scenario; got {model!r}."}


def test_competition_is_refused_in_the_same_words() -> None:
    asked = {name: ask for name, ask in QUESTIONS.items() if name not in ("mean_counts", "rare_cure_probability")}
    words = {said(ce.ModelError, ask, COMPETING, [5, 5]) for ask in asked.values()}
    assert len(words) == 1, words
    assert words.pop().startswith("process has competition (Logistic), so cells are not independent")
    assert QUESTIONS["mean_counts"](COMPETING, [5, 5]).shape == (1, 2)
    assert "must be numbers of cells here" in said(ce.ModelError, QUESTIONS["mean_counts"], COMPETING, TUMOR)


OTHER = ce.GrownFor(ce.BranchingProcess(types=["S"], birth=[0.2], death=[0.1]), days=9.0)


@pytest.mark.parametrize(
    ("initial", "error", "words"),
    [
        (None, ce.ModelError, "initial is missing. Give the cells at the start: {type: count} or an array."),
        ({"ABCB2": 1}, ce.ModelError, "initial['ABCB2'] is not a type of the process. Did you mean 'ABCB1'?"),
        ([1, -1], ce.ModelError, "initial[1] must be a whole number from 0 to 2**62; got -1."),
        ([1.5, 0], ce.ModelError, "initial[0] must be a whole number from 0 to 2**62; got 1.5."),
        ([True, 0], TypeError, "initial[0] must be a number; got True."),
        ([1, 2, 3], ce.ModelError, "initial must have the shape (2,) or (replicates, 2); got shape (3,)."),
        (OTHER, ce.ModelError, "initial.growth.types must be the types of the process, ['sensitive', 'ABCB1'], in"),
    ],
    ids=str,
)
def test_wrong_initial_cells_are_refused_in_the_same_words(initial: Any, error: type[Exception], words: str) -> None:
    asked = [ask for name, ask in QUESTIONS.items() if name != "rare_cure_probability"]
    if not isinstance(initial, ce.GrownFor):
        asked += [*SIMULATIONS.values()]
    found = {said(error, ask, SCENARIO.therapy, initial) for ask in asked}
    assert len(found) == 1, found
    assert found.pop().startswith(words)


@pytest.mark.parametrize(
    "initial", [GROWTH, SCENARIO, ce.GrownTo, {"sensitive"}, "sensitive"], ids=lambda i: type(i).__name__
)
def test_what_is_no_composition_is_a_wrong_type(initial: Any) -> None:
    for name, ask in {**QUESTIONS, **SIMULATIONS}.items():
        words = said(TypeError, ask, SCENARIO.therapy, initial)
        assert words.startswith("initial must be "), (name, words)


def test_a_law_is_no_composition_to_simulate() -> None:
    for ask in SIMULATIONS.values():
        words = said(TypeError, ask, SCENARIO.therapy, TUMOR)
        assert words.startswith("initial must be {type: count}, whole numbers or an Ensemble; got GrownTo(")


def test_what_therapy_has_left_is_not_treated_by_it_again() -> None:
    treated = ce.simulate(SCENARIO, replicates=3, seed=1)
    for name, ask in QUESTIONS.items():
        if name not in ("sensitivities", "rare_cure_probability"):
            assert "Give its `growth`" in said(ce.ModelError, ask, SCENARIO, treated), name
            ask(SCENARIO, treated.growth)
            ask(SCENARIO.therapy, treated)  # a second course, asked for in so many words


def test_replicates_are_for_scenarios_that_grow_their_tumors() -> None:
    with pytest.raises(ce.ModelError, match="2 problems") as caught:
        ce.cure_probability(SCENARIO, initial=[1, 0], replicates=3, seed=1)
    assert all("must be left out" in problem for problem in caught.value.problems)


@pytest.mark.parametrize(
    ("scenario", "ensemble", "words"),
    [
        (None, None, "scenario must be a Scenario; got None"),
        (GROWTH, None, "scenario must be a Scenario"),
        (SCENARIO, SCENARIO, "ensemble must be an Ensemble"),
    ],
)
def test_an_answer_needs_a_scenario_and_its_ensemble(scenario: Any, ensemble: Any, words: str) -> None:
    with pytest.raises(TypeError, match=words):
        ce.answer(scenario, ensemble)


def test_an_answer_is_not_made_of_the_ensemble_of_another_scenario() -> None:
    treated = ce.simulate(SCENARIO, replicates=3, seed=1)
    plain = SCENARIO.to_dict()
    for change, part in (
        ({"tumor": {**plain["tumor"], "birth": 0.15}}, "growth.process"),
        ({"patient": {"bsa": 1.9}, "potencies": [{"drug": "docetaxel", "emax": 0.4, "basis": "x"}]}, "process"),
        ({"follow_up": {"horizon": 80}}, "process|times"),
    ):
        with pytest.raises(ce.ModelError, match=rf"ensemble\.({part}) must be that of the scenario"):
            ce.answer(ce.Scenario.from_dict({**plain, **change}), treated)
    assert ce.answer(SCENARIO, treated).replicates == 3


@pytest.mark.parametrize("time", [-1.0, float("nan"), True, "1", None], ids=str)
def test_wrong_times_are_refused_by_their_name(time: Any) -> None:
    error = TypeError if isinstance(time, bool | str) else ce.ModelError
    for name, ask in QUESTIONS.items():
        if name in ("ultimate_extinction_probability", "extinction_time", "first_appearance", "relapse_time"):
            continue
        path = (
            "horizon" if "cure" in name else "times" if "prob" in name or name in ("mean_counts", "moments") else "time"
        )
        if path == "times" and time is None:
            continue
        words = said(error, ask, SCENARIO.therapy, TUMOR, time)
        assert words.startswith((f"{path} must be ", f"{path}[0] must be ", f"{path} is missing")), (name, words)
