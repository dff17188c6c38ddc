"""Scenarios that ship: each a question that is not settled beforehand, answered alike by both ways, in short time.

A comparison of both answers is a binomial test of the histories against the second answer, at a false-alarm level of
1e-6 per check and scenario, shared by its comparisons. Where histories have probabilities of their own, the count is
less spread than a binomial one of their mean (Hoeffding 1956, Ann Math Stat 27:713), so that the level holds.
"""

from __future__ import annotations

import inspect
import time
import types
from functools import cache

import numpy as np
import polars as pl
import pytest
from scipy import stats

import chemoevo as ce
from chemoevo.cli.shipped import FOLDER, example_list
from tests.unit.shipped import text as text_of

NAMES = ce.scenarios.names()
FALSE_ALARM = 1e-6
FEW = 40
"""Replicates of the short suite."""
CURE = (0.02, 0.98)
DAYS = 14.0
"""Between the quartiles of times to relapse."""
SHARE = 0.05
"""Of the relapses that the second type leads."""
SECONDS = 10.0
"""Of processor time for a scenario with its answer: a minute of two processors is enough for a dozen of the dearest."""

SETTLED: dict[str, dict[str, str]] = {
    "doxorubicin_checkpoint": {"who": "the question is what the antibody adds; who escapes both is B2M"},
    "gemcitabine_matrix": {"who": "the question is what opening the matrix adds: sensitive cells behind it come back"},
    "nsclc": {
        "cure": "advanced disease, not resected: never cured",
        "when": "all tumors have the same rates and 1e10 cells, so that they progress on one day",
        "who": "sensitive cells lead in all histories: it is there to follow one tumor",
    },
    "nsclc_adjuvant": {"who": "sensitive cells lead in all histories: the question is cure"},
    "olaparib_reversion": {"who": "the question is whether it is cured before a cell reverts: reverted ones come back"},
    "paclitaxel_tariquidar": {
        "cure": "the question is what the inhibitor adds: nearly all are cured with it",
        "who": "nearly nobody comes back",
    },
    "venetoclax_mcl1": {"who": "the answer to its question: MCL1 and hardly ever BCL2"},
    "venetoclax_persisters_continuous": {"who": "sensitive cells that lived as persisters; MCL1 leads a few percent"},
    "venetoclax_persisters_intermittent": {"who": "the other half of a pair with the continuous one: a few, by MCL1"},
}
"""What is settled beforehand in some of them, and why they ship all the same."""
BY_HISTORIES = ("venetoclax_persisters_intermittent",)
"""Whose law of the time to relapse takes long, since the tumor shrinks and grows in every cycle."""


def seed(name: str) -> int:
    """That of the file, or 1."""
    own = ce.scenarios.scenario(name).simulation.seed
    return 1 if own is None else own


@cache
def answered(name: str, replicates: int | None = None) -> tuple[ce.Answer, float]:
    """The answer, and the processor time that all of it took."""
    began = time.process_time()
    model = ce.Scenario.from_toml(text_of(name))
    result = ce.answer(model, ce.simulate(model, replicates=replicates, seed=seed(name)))
    return result, time.process_time() - began


def chance(seen: int, n: int, p: float) -> float:
    """The two-sided probability of a count that is as far out."""
    return float(2.0 * min(stats.binom.cdf(seen, n, p), stats.binom.sf(seen - 1, n, p)))


def least_chance(result: ce.Answer) -> float:
    """The smallest two-sided probability of as many histories as there are, by any comparison, for all of them."""
    found = []
    for row in result.comparisons:
        n, seen = result.replicates, round(row.simulated.value * result.replicates)
        p = float(np.clip(row.computed.value, row.resolution, 1.0 - row.resolution))
        found.append(chance(seen, n, p))
    return len(found) * min(found)


def leaders(result: ce.Answer) -> pl.Series:
    """Of how many relapses each type is the leader, the most frequent first; where nothing progressed, of all left."""
    progressed = result.outcomes["progressed"].any()
    return result.types["most_numerous" if progressed else "most_numerous_at_end"].sort(descending=True)


def test_names_are_those_of_the_files() -> None:
    assert tuple(sorted(path.stem for path in FOLDER.glob("*.toml"))) == NAMES
    assert all(name.isidentifier() for name in NAMES)
    assert set(dir(ce.scenarios)) == {"names", "note", "question", "scenario", *NAMES}
    with pytest.raises(ce.ModelError, match=r"'nsclk' is not a known scenario\. Did you mean 'nsclc'\?"):
        ce.scenarios.scenario("nsclk")
    with pytest.raises(TypeError, match="name must be a text; got 3"):
        ce.scenarios.note(3)  # type: ignore[arg-type]
    with pytest.raises(AttributeError, match="has no attribute 'nsclk'"):
        ce.scenarios.nsclk  # type: ignore[attr-defined]  # noqa: B018


@pytest.mark.parametrize("name", NAMES)
def test_each_asks_one_question_and_says_what_is_known(name: str) -> None:
    text, maker = text_of(name), getattr(ce.scenarios, name)
    asked, note = ce.scenarios.question(name), ce.scenarios.note(name)
    assert asked.endswith("?")
    assert asked.count("?") == 1
    assert f"chemoevo run examples/{name}.toml" in text
    assert "chemoevo run" not in note
    assert note or name in ("nsclc", "nsclc_adjuvant"), "these say it beside the values"
    assert isinstance(maker, types.FunctionType)
    assert maker() == ce.scenarios.scenario(name) == ce.Scenario.load(FOLDER / f"{name}.toml")
    assert inspect.getdoc(maker) == "\n\n".join([asked, *note.splitlines()])
    assert " ".join(asked.split()[:2]) in example_list()


@pytest.mark.parametrize("name", NAMES)
def test_cure_is_a_question(name: str) -> None:
    found = ce.cure_probability(ce.scenarios.scenario(name))
    assert found.method == "law"
    assert (CURE[0] < found.value < CURE[1]) != ("cure" in SETTLED.get(name, ()))


@pytest.mark.parametrize("name", NAMES)
def test_both_answers_agree(name: str) -> None:
    assert least_chance(answered(name, FEW)[0]) > FALSE_ALARM


def test_a_planted_bug_is_caught() -> None:
    # The histories of a tumor that surgery leaves a tenth of against the equations of the whole, and the other way.
    whole = ce.scenarios.scenario("nsclc_relapse")
    part = whole.replace({"surgery.residual_cells": 2e5})
    result = {model.surgery: ce.answer(model, ce.simulate(model, replicates=FEW, seed=1)) for model in (whole, part)}
    for seen, law in ((whole, part), (part, whole)):
        rows = zip(result[seen.surgery].comparisons, result[law.surgery].comparisons, strict=True)
        mixed = [(row.simulated.value, other.computed.value) for row, other in rows if "cure" in row.question]
        assert 9 * min(chance(round(share * FEW), FEW, p) for share, p in mixed) < FALSE_ALARM


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_all_histories_agree_and_several_types_come_back_in_short_time(name: str) -> None:
    result, seconds = answered(name)
    assert result.replicates == ce.scenarios.scenario(name).simulation.replicates
    assert least_chance(result) > FALSE_ALARM
    counts = leaders(result)
    several = counts.len() > 1 and counts[1] / counts.sum() >= SHARE
    assert several != ("who" in SETTLED.get(name, ()))
    assert seconds < SECONDS


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_times_to_relapse_are_spread(name: str) -> None:
    if name in BY_HISTORIES:
        ends = answered(name)[0].outcomes
        days = ends.filter(pl.col("progressed"))["time_to_progression"].to_numpy()
        assert days.size >= 0.9 * (~ends["cured"]).sum(), "the horizon does not cut them"
        first, third = np.quantile(days, [0.25, 0.75], method="inverted_cdf")
    else:
        model = ce.scenarios.scenario(name)
        law = ce.relapse_time(model, size=model.progression.size, tolerance=1e-3)
        first, third = law.quantile([0.25, 0.75], conditional=True)
    assert (third - first >= DAYS) != ("when" in SETTLED.get(name, ()))


def test_what_is_settled_is_said_of_scenarios_that_ship() -> None:
    assert set(SETTLED) | set(BY_HISTORIES) <= set(NAMES)
    assert {what for one in SETTLED.values() for what in one} <= {"cure", "when", "who"}
