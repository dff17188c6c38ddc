"""Capacities: what does not fit, and which questions have no answer where cells compete."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

import chemoevo as ce
from tests.unit.roomy import BIRTH, EFFLUX, ONE, TWO, killed, small

DECLINING = EFFLUX.replace({"name": "lame", "mutation": 0.1, "cost": 0.9})
STILL = "Lower the size at detection, or give the tumor more room."
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"capacity": 1.0}, "tumor.capacity must be > 1; got 1.0."),
    (
        {"capacity": 1e6},
        "tumor.size must be below the capacity, 1e+06 cells: a tumor does not grow beyond; got 1000000. " + STILL,
    ),
    (
        {"competition": "gompertz"},
        "tumor.competition must be left out: there is no capacity; got 'gompertz'.",
    ),
    ({"competition_on": "birth"}, "tumor.competition_on must be left out: there is no capacity; got 'birth'."),
    (
        {"capacity": 1e9, "niches": TWO, "exchange": 0.1},
        "tumor.niches[0].capacity must be left out where the tumor has a capacity, 1e+09 cells: one or the other; got "
        "3000000.",
    ),
    (
        {"competition": "gompertz", "niches": TWO, "exchange": 0.1},
        "tumor.competition must be 'logistic' where niches have capacities; got 'gompertz'.",
    ),
    (
        {"niches": TWO, "exchange": 0.1, "size": 4 * 10**6},
        "tumor.size must be below the number of cells at which the tumor stands still, in the mean field 3.50384e+06 "
        "cells; got 4000000. " + STILL,
    ),
    (
        {"capacity": 1.1e6, "alterations": [DECLINING], "birth": 0.2},
        "tumor.size must be below the number of cells at which the tumor stands still, in the mean field 8",
    ),
    (
        {"niches": [TWO[0], TWO[1].replace({"birth": 1.0})], "exchange": 1000.0, "birth": 0.101},
        "tumor.size must be reached before a cell has changed 3e+06 times, which is as far as is followed; got "
        "1000000. Let the tumor grow faster, or cells go from place to place, or state to state, more slowly.",
    ),
]


@pytest.mark.parametrize(("changes", "message"), REFUSED)
def test_what_does_not_fit_is_refused(changes: dict[str, Any], message: str) -> None:
    tumor = {**ONE, **{name: value for name, value in changes.items() if name not in ("birth",)}}
    tumor["birth"] = changes.get("birth", BIRTH)
    parts = killed(0.05).to_dict()
    data = ce.Scenario.from_dict(parts).to_dict()
    data["tumor"] = {key: _plain(value) for key, value in tumor.items()}
    data["assume_untouched"] = True
    data["progression"] = {"size": 1e5}
    with pytest.raises(ce.ModelError) as caught:
        ce.Scenario.from_dict(data)
    assert len(caught.value.problems) == 1, caught.value
    assert caught.value.problems[0].startswith(message)
    assert caught.value.problems[0].endswith(STILL) == (STILL in message or "stands still" in message)


def test_a_size_of_progression_beyond_the_room_is_refused() -> None:
    def sized(size: float | None, **changes: Any) -> ce.Scenario:
        rule = ce.ProgressionRule() if size is None else ce.ProgressionRule(size=size)
        return killed(0.05, progression=rule, **changes)

    whole = "progression.size must be below tumor.capacity = 3e+06 cells, where the tumor stands still; got "
    for size, said in ((None, "1e+08. That is the default: state a lower one"), (3e6, "3e+06. Lower it")):
        for law in ("logistic", "gompertz"):
            with pytest.raises(ce.ModelError) as caught:
                sized(size, capacity=3e6, competition=law)
            assert str(caught.value).startswith(whole + said)
    assert sized(2.99e6, capacity=3e6).progression.size == 2.99e6
    assert sized(None, capacity=1.01e8).progression.size == 1e8
    # The two niches hold 3.50384e6 cells in the mean field.
    for size in (3.51e6, None):
        with pytest.raises(
            ce.ModelError, match=r"^progression\.size must be below .*niches\[near\].*far.*3.50384e\+06 cells"
        ):
            sized(size, niches=TWO, exchange=0.1)
    assert sized(3.5e6, niches=TWO, exchange=0.1).progression.size == 3.5e6
    # A niche without a capacity that few cells leave grows without end; one that most leave is held by the other.
    plain = [TWO[1].replace({"capacity": None}), TWO[0]]
    assert sized(None, niches=plain, exchange=0.001).progression.size == 1e8
    with pytest.raises(ce.ModelError, match=r"stands still with tumor.niches\[near\].capacity, in the mean field"):
        sized(None, niches=plain, exchange=0.1)


def _plain(value: Any) -> Any:
    return [one.to_dict() for one in value] if isinstance(value, list) else value


def test_engines_and_numbers_of_types_that_cannot_be() -> None:
    with pytest.raises(
        ce.ModelError, match=r"^simulation\.engine must not be 'bnb', which takes cells for independent"
    ):
        killed(0.05, capacity=1e7).replace({"simulation.engine": "bnb"})
    with pytest.raises(ce.ModelError, match="engine 'bnb' takes cells for independent"):
        ce.simulate(killed(0.05, capacity=1e7), engine="bnb")
    many = [EFFLUX.replace({"name": f"R{i}", "mutation": 1e-9}) for i in range(8)]
    with pytest.raises(ce.ModelError, match=r"^tumor\.niches must make at most 500 types of cells .* got 512\.$"):
        killed(0.05, niches=TWO, exchange=0.1, alterations=many)


WHY = (
    "tumor.capacity makes cells compete, so they are not independent, as the backward equations take them. Leave it "
    "out for what rests on equations; with it ce.simulate and ce.answer have the simulated answers, ce.mean_counts the "
    "mean field."
)


START = {"initial": {"sensitive": 5}}
QUESTIONS: dict[str, Callable[[ce.Scenario], object]] = {
    "cure": ce.cure_probability,
    "cure by histories": lambda s: ce.cure_probability(s, method="histories", replicates=2),
    "cure of cells": lambda s: ce.cure_probability(s, **START),
    "rare": lambda s: ce.rare_cure_probability(
        s, initial=ce.GrownTo(s.growth.alone, size=100), horizon=9.0, replicates=2
    ),
    "relapse": lambda s: ce.relapse_time(s, size=10.0),
    "size": lambda s: ce.size_probability(s, **START, above=3.0, times=[9.0]),
    "survival": lambda s: ce.survival_probability(s, **START, times=[9.0]),
    "ever": lambda s: ce.ultimate_extinction_probability(s, **START),
    "causes": lambda s: ce.cause_of_relapse(s, **START, resistant=["sensitive"], time=9.0),
    "moments": lambda s: ce.moments(s, **START, times=[9.0]),
    "numbers": lambda s: ce.count_distribution(s, **START, of=["sensitive"], time=9.0, max_count=3),
    "derivatives": ce.sensitivities,
    "derivatives of cells": lambda s: ce.sensitivities(s, **START),
    "attribution": ce.attribution,
    "gradient": lambda s: ce.evaluator(s, ["tumor.birth"]).gradient([BIRTH]),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_what_rests_on_equations_refuses_in_the_same_words(question: str) -> None:
    with pytest.raises(ce.ModelError) as caught:
        QUESTIONS[question](small())
    assert caught.value.problems == (WHY,)


def test_niches_are_named_where_they_have_the_capacities() -> None:
    model = killed(0.05, niches=TWO, exchange=0.05)
    with pytest.raises(ce.ModelError) as caught:
        ce.cure_probability(model)
    assert str(caught.value).startswith(
        "tumor.niches[near].capacity and tumor.niches[far].capacity make cells compete, so they are not independent"
    )
    assert "Leave them out" in str(caught.value)
    assert model.capacities == {"tumor.niches[near].capacity": 3e6, "tumor.niches[far].capacity": 5e5}
    assert killed(0.05).capacities == {}


def test_sweeps_answer_what_is_simulated_and_say_of_the_rest_why_not() -> None:
    points = pl.DataFrame({"tumor.capacity": [1500.0, 2500.0, 1e5]})
    asks = ["progressed", "mean_cells", "driver", "mutant_share", "rate_error", "median_time_to_progression"]
    table = ce.sweep(small(), points, ask=asks, replicates=10, seed=1)
    assert table["status"][0].startswith("tumor.size must be below the capacity, 1500 cells")
    assert table["status"].to_list()[1:] == ["ok", "ok"]
    assert table["mean_cells"][1] < table["mean_cells"][2]
    for ask in ("cure", "survival", "extinct_ever"):
        among = ce.sweep(small(), points[1:], ask=["progressed", ask, "mutant_share"], replicates=10, seed=1)
        assert among["status"].to_list() == [f"{ask}: {WHY}"] * 2
        assert among.select(ask, f"{ask}_low", f"{ask}_high").null_count().row(0) == (2, 2, 2)
        assert among.select("progressed", "mutant_share").equals(table.select("progressed", "mutant_share")[1:])
        with pytest.raises(ce.ModelError) as caught:
            ce.sweep(small(), points[1:], ask=ask)
        assert str(caught.value) == f"points: none has an answer. The first: {WHY}"
