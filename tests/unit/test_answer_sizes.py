"""The law of when in an answer: whether the tumor is at its size at the horizon, and when it is back."""

from __future__ import annotations

import json
import math
import pickle
from functools import cache

import numpy as np
import pytest

import chemoevo as ce
from chemoevo.answers import answer as answers
from chemoevo.answers.comparison import with_sizes
from chemoevo.answers.provenance import provenance
from tests.unit.weekly import weekly_docetaxel


@cache
def scenario() -> ce.Scenario:
    return weekly_docetaxel(size=1e5, emax=1.9, horizon=250, progression=1e5)


@cache
def both() -> tuple[ce.Ensemble, ce.Answer]:
    ens = ce.simulate(scenario(), replicates=150, seed=4)
    return ens, ce.answer(scenario(), ens)


def test_the_size_at_the_horizon_is_answered_twice() -> None:
    ens, answer = both()
    last = answer.comparisons[-1]
    assert last.question == "at least 1e+05 cells on day 250"
    assert last.simulated.value == (ens.counts[:, -1].sum(axis=1) >= 1e5).mean()
    want = ce.size_probability(scenario(), initial=ens.initial, above=1e5, times=[250.0])[:, 0]
    assert last.computed.value == pytest.approx(want.mean(), abs=2e-4)
    assert 0.05 < last.computed.value < 0.95
    assert last.agrees
    assert last.resolution == 1e-4
    assert last.log10 == pytest.approx(math.log10(last.computed.value))
    text = answer.to_text()
    assert "At least so many cells: to 0.0001." in " ".join(text.split())
    assert max(len(line) for line in text.splitlines()) <= 80


def test_a_wrong_second_answer_would_be_seen() -> None:
    ens, _ = both()
    happened = ens.counts[:, -1].sum(axis=1) >= 1e5
    wrong = ce.size_probability(scenario(), initial=ens.initial, above=1e3, times=[250.0], tolerance=1e-4)[:, 0]
    assert not with_sizes("planted", happened, np.clip(wrong * 3.0, 0.0, 1.0), 1e-4).agrees


def test_what_cannot_be_told_from_nothing_is_said_to_be_below() -> None:
    never = with_sizes("q", np.zeros(300, dtype=np.bool_), np.full(300, 1e-9), 1e-4)
    assert (never.computed.value, never.log10) == (0.0, -math.inf)
    assert never.agrees
    always = with_sizes("q", np.ones(300, dtype=np.bool_), np.full(300, 1.0 - 1e-9), 1e-4)
    assert always.computed.value == 1.0
    assert always.agrees
    assert not with_sizes("q", np.ones(300, dtype=np.bool_), np.full(300, 1e-9), 1e-4).agrees


def test_the_law_of_the_answer_is_that_of_its_compositions() -> None:
    ens, answer = both()
    law = answer.relapse
    assert law.size == 1e5
    days = [200.0, 250.0]
    want = ce.size_probability(scenario(), initial=ens.initial, above=1e5, times=days, tolerance=1e-4)
    np.testing.assert_allclose(law.cdf(days), want, atol=2e-4)
    assert list(law.by_driver) == ["sensitive", "ABCB1"]
    copy = pickle.loads(pickle.dumps(answer))
    np.testing.assert_array_equal(copy.relapse.cdf(days), law.cdf(days))
    json.dumps(provenance(scenario(), ens, answer), allow_nan=False)


def test_a_size_of_none_is_one_cell() -> None:
    some = scenario().replace({"progression.size": 0.0})
    answer = ce.answer(some, ce.simulate(some, replicates=20, seed=4))
    assert answer.comparisons[-1].question == "at least 1 cell on day 250"
    assert answer.relapse.size == 1.0
    assert all(c.agrees for c in answer.comparisons)


def test_an_answer_does_without_where_the_equations_cannot_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise ce.SimulationError("a step next to the size")

    monkeypatch.setattr(answers, "size_probability", refused)
    ens, answer = both()
    assert [c.question for c in ce.answer(scenario(), ens).comparisons] == [c.question for c in answer.comparisons[:-1]]
