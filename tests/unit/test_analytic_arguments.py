"""Wrong arguments of the analytic functions: one clear error each."""

from __future__ import annotations

import numpy as np
import pytest

import chemoevo as ce

PROCESS = ce.BranchingProcess(types=["sensitive", "resistant"], birth=[1.0, 1.0], death=[0.5, 0.5])


@pytest.mark.parametrize("question", [ce.absence_probability, ce.presence_probability])
@pytest.mark.parametrize(
    ("types", "error", "words"),
    [
        (["resistent"], ce.ModelError, r"types\[0\] is not a type .* Did you mean 'resistant'\?"),
        ([], ce.ModelError, "must name at least one type"),
        ("resistant", TypeError, r"must be a list of names.*Write one name as a list: \['resistant'\]"),
        (3, TypeError, "types must be a list of names; got 3"),
        (None, TypeError, "types must be a list of names; got None"),
        ({"resistant": 1}, TypeError, "types must be a list of names"),
        (["resistant", "resistant"], ce.ModelError, r"types\[1\] must be unique"),
        ([1], TypeError, r"types\[0\] must be a name \(text\)"),
        (["resistant", "x", "y"], ce.ModelError, "2 problems"),
    ],
)
def test_types(question, types, error, words):
    with pytest.raises(error, match=words):
        question(PROCESS, types=types, initial={"sensitive": 1}, times=[1.0])


@pytest.mark.parametrize("times", [[], [-1.0], [np.nan], [np.inf], [2.0, 1.0], [1.0, 1.0]])
@pytest.mark.parametrize("question", [ce.extinction_probability, ce.survival_probability, ce.mean_counts])
def test_times(question, times):
    with pytest.raises(ce.ModelError, match="times"):
        question(PROCESS, initial={"sensitive": 1}, times=times)


@pytest.mark.parametrize("initial", [None, {"x": 1}, [1], [1.5, 0], [-1, 0], {"sensitive": 2**63}])
@pytest.mark.parametrize("question", [ce.extinction_probability, ce.survival_probability, ce.mean_counts])
def test_initial(question, initial):
    with pytest.raises(ce.ModelError, match="initial"):
        question(PROCESS, initial=initial, times=[1.0])


def test_shapes():
    assert ce.extinction_probability(PROCESS, initial={"sensitive": 1}, times=[0, 1, 2]).shape == (3,)
    assert ce.extinction_probability(PROCESS, initial=[[1, 0], [2, 5]], times=[0, 1, 2]).shape == (2, 3)
    assert ce.mean_counts(PROCESS, initial=[1, 0], times=[0, 1, 2]).shape == (3, 2)
    assert ce.mean_counts(PROCESS, initial=[[1, 0]] * 5, times=[0, 1, 2]).shape == (5, 3, 2)
    assert isinstance(ce.ultimate_extinction_probability(PROCESS, initial=[1, 0]), float)


def test_arguments_are_keyword_only():
    with pytest.raises(TypeError):
        ce.extinction_probability(PROCESS, {"sensitive": 1}, [1.0])
