"""A model as a function of numbers: values, derivatives, and one message where there is none."""

from __future__ import annotations

import functools
import pickle
from typing import Any

import numpy as np
import pytest
from scipy import optimize

import chemoevo as ce
from tests.unit.sweeps import CLEARANCE, scenario

PATHS = ["surgery.residual_cells", "potencies[docetaxel].emax", CLEARANCE]
POINTS = np.array([[100.0, 0.7, 1.0], [50.0, 0.9, 0.8], [20.0, 0.5, 1.5]])


@functools.cache
def cure() -> ce.Evaluator:
    return ce.evaluator(scenario(), PATHS)


def test_values_are_those_of_a_sweep() -> None:
    table = ce.sweep(scenario(), dict(zip(PATHS, POINTS.T.tolist(), strict=True)))
    assert cure()(POINTS).tolist() == table["cure"].to_list()
    assert cure()(POINTS[0]).shape == ()
    assert float(cure()(POINTS[0])) == table["cure"][0]
    assert cure()(np.empty((0, 3))).shape == (0,)
    assert (cure().ask, cure().paths) == ("cure", tuple(PATHS))
    assert pickle.loads(pickle.dumps(cure()))(POINTS).tolist() == table["cure"].to_list()


@pytest.mark.parametrize("ask", ["cure", "survival"])
def test_derivatives_are_those_of_differences(ask: str) -> None:
    # Segments so short that differences of compilations with segments of their own agree.
    f = ce.evaluator(scenario().replace({"simulation.tolerance": 1e-5}), PATHS, ask=ask)
    found = f.gradient(POINTS[1])
    assert found.shape == (3,)
    for k, step in enumerate(1e-3 * POINTS[1]):
        shift = step * np.eye(3)[k]
        difference = (f(POINTS[1] + shift) - f(POINTS[1] - shift)) / (2 * step)
        assert found[k] == pytest.approx(difference, rel=1e-4)
    assert f.gradient(POINTS[:2]).shape == (2, 3)
    assert f.gradient(POINTS[:2])[1].tolist() == found.tolist()


def test_an_optimizer_finds_the_share_of_cells_that_leaves_one_half() -> None:
    f = ce.evaluator(scenario(), ["surgery.residual_cells"])
    cells = optimize.brentq(lambda x: f([x]) - 0.5, 1.0, 1000.0)
    assert f([cells]) == pytest.approx(0.5, abs=1e-6)


def test_the_answers_of_histories_are_one_function() -> None:
    f = ce.evaluator(scenario(2e-3), ["surgery.residual_cells"], ask="progressed", replicates=20)
    assert f([[50.0], [50.0]]).tolist() == [float(f([50.0]))] * 2


@pytest.mark.parametrize(
    ("points", "error", "message"),
    [
        ([1.0, 2.0], ce.ModelError, r"points must have the shape \(n, 3\) or \(3,\); got shape \(2,\)"),
        ([[np.nan, 1.0, 1.0]], ce.ModelError, "points must be finite"),
        ("abc", TypeError, "points must be"),
        ([[100, 0.7, -1.0]], ce.ModelError, r"points\[0\] has no answer .*clearance = -1\): .*clearance must be > 0"),
    ],
)
def test_points_without_an_answer_are_named(points: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        cure()(points)


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"paths": "tumor.size"}, TypeError, r"paths must be a list of parameters.*Write \['tumor.size'\]"),
        ({"paths": []}, ce.ModelError, "paths must have at least one parameter"),
        ({"paths": [3]}, TypeError, r"paths\[0\] must be the name of a parameter"),
        ({"paths": ["tumor.sise"]}, ce.ModelError, r"paths\[tumor.sise\] is not in the specification"),
        ({"ask": ["cure", "survival"]}, ce.ModelError, "ask must be one question"),
        ({"ask": "driver"}, ce.ModelError, "replicates is missing"),
    ],
)
def test_wrong_arguments_are_named(changes: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        ce.evaluator(**{"model": scenario(), "paths": PATHS, **changes})


def test_where_histories_answer_there_is_no_derivative() -> None:
    f = ce.evaluator(scenario(2e-3), ["surgery.residual_cells"], replicates=60)
    assert 0 < float(f([10.0])) < 1
    with pytest.raises(ce.ModelError, match=r"points\[0\]: there is no derivative where more than 1 % of the cells"):
        f.gradient([10.0])


def test_an_average_that_few_histories_carry_is_told() -> None:
    f = ce.evaluator(scenario(2e-3), ["surgery.residual_cells"], replicates=12)
    with pytest.warns(UserWarning, match="1 of 2 answers are averages that few histories carry"):
        f([[10.0], [1e4]])


def test_sizes_are_whole_cells() -> None:
    f = ce.evaluator(scenario(), ["tumor.size"])
    assert f([1234567.4]) == ce.cure_probability(scenario().replace({"tumor.size": 1234567})).value
    with pytest.raises(ce.ModelError, match=r"tumor.size must be a whole number; got 12.5"):
        f([12.5])


def test_the_seed_may_be_a_parameter() -> None:
    f = ce.evaluator(scenario(2e-3), ["simulation.seed"], ask="mean_cells", replicates=5)
    assert len(set(f([[1.0], [2.0], [1.0]]).tolist())) == 2
    with pytest.raises(ce.ModelError, match="paths must name every parameter once"):
        ce.evaluator(scenario(), ["tumor.size", "tumor.size"])


def test_where_there_is_no_derivative_it_is_said() -> None:
    with pytest.raises(ce.ModelError, match="gradient is that of 'cure' or 'survival' of a Scenario"):
        ce.evaluator(scenario(), PATHS, ask="mutant_share").gradient(POINTS)
    cycles = ce.evaluator(scenario(), ["follow_up.looks_every"])
    with pytest.raises(ce.ModelError, match=r"follow_up\.looks_every"):
        cycles.gradient([20.0])
    with pytest.raises(ce.ModelError, match=r"points\[0\] has no answer .*: driver is None, no finite number"):
        ce.evaluator(scenario(2e-3), ["surgery.residual_cells"], ask="driver", replicates=5)([100.0])
