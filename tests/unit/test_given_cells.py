"""Therapy of a scenario from given cells, what it answers, and the scenario that an ensemble keeps."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chemoevo as ce
from tests.unit.ensembles import scenario

START = {"sensitive": 200, "ABCB1": 3}


def treated(**more: Any) -> ce.Ensemble:
    return ce.simulate(scenario(), initial=START, seed=3, **more)


def test_therapy_starts_from_the_given_cells() -> None:
    ens = treated()
    assert ens.growth is None
    assert len(ens) == scenario().simulation.replicates
    assert (ens.initial == [200, 3]).all()
    assert ens.times.tolist() == scenario().times.tolist()
    plain = ce.simulate(scenario().therapy, initial=START, times=scenario().times, replicates=len(ens), seed=3)
    assert (plain.counts == ens.counts).all()


def test_rows_and_final_states_are_given_cells_too() -> None:
    rows = np.array([[10, 0], [5, 5], [0, 7]])
    by_rows = ce.simulate(scenario(), initial=rows, seed=3)
    assert by_rows.initial.tolist() == rows.tolist()
    again = ce.simulate(scenario(), initial=by_rows, seed=3)
    assert (again.initial == by_rows.final).all()
    parts = list(ce.simulate_chunks(scenario(), initial=rows, chunk=2, seed=3))
    assert (ce.concat(parts).counts == by_rows.counts).all()


def test_surgery_acts_on_given_cells() -> None:
    resected = scenario().replace({"surgery.residual_fraction": 1e-9})
    ens = ce.simulate(resected, initial=START, seed=3)
    assert (ens.outcomes["outcome"] == "extinct").all()


def test_answer_says_what_it_can() -> None:
    ens = ce.simulate(scenario(), initial={"sensitive": 10}, seed=3, replicates=400)
    answer = ce.answer(scenario(), ens)
    assert [c.route for c in answer.comparisons] == ["backward equations"] * len(answer.comparisons)
    assert len(answer.comparisons) == 3
    assert all(c.agrees for c in answer.comparisons)
    assert answer.outcomes["days_to_detection"].null_count() == len(ens)
    assert "detection law" not in answer.to_text()
    # Planted: other cells than were given.
    wrong = ce.extinction_probability(scenario(), initial={"sensitive": 14}, times=[scenario().follow_up.horizon])[0]
    assert not answer.cured.low <= wrong <= answer.cured.high


def test_what_comes_from_the_scenario_is_refused() -> None:
    with pytest.raises(ce.ModelError, match="times must be left out: it comes from the scenario"):
        treated(times=[1.0])
    with pytest.raises(ce.ModelError, match=r"initial\['X'\] is not a type of the process"):
        ce.simulate(scenario(), initial={"X": 1})
    with pytest.raises(ce.ModelError, match="it is one of a process"):
        ce.answer(scenario(), ce.simulate(scenario().therapy, initial=START, times=[1.0]))


@pytest.mark.parametrize("given", [False, True])
def test_an_ensemble_keeps_its_scenario(given: bool, tmp_path: Path) -> None:
    ens = treated() if given else ce.simulate(scenario(), replicates=3, seed=1)
    ens.save(tmp_path / "ens")
    initial = START if given else None
    ce.simulate_to(scenario(), path=tmp_path / "study", initial=initial, replicates=5, chunk=2, seed=3)
    for kept in (ens, ce.load(tmp_path / "ens"), pickle.loads(pickle.dumps(ens)), ce.load(tmp_path / "study")):
        assert ce.Scenario.of(kept) == scenario()
        assert ce.answer(ce.Scenario.of(kept), kept).scenario == "small"
    assert ce.load(tmp_path / "ens") == ens
    with pytest.raises(ce.ModelError, match="it is one of a process"):
        ce.Scenario.of(ce.simulate(scenario().therapy, initial=START, times=[1.0]))
    with pytest.raises(TypeError, match="ensemble must be an Ensemble"):
        ce.Scenario.of(3)  # type: ignore[arg-type]
