"""Bad input of competition: one clear error that names the field, the rule and the value."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import chemoevo as ce

NAN, INF = math.nan, math.inf


def process(competition: Any) -> ce.BranchingProcess:
    return ce.BranchingProcess(types=["S", "R"], birth=[1.0, 0.9], death=[0.5, 0.4], competition=competition)


LAWS: list[Callable[..., Any]] = [ce.Logistic, ce.Gompertz]
Case = tuple[Callable[[], object], type[Exception], list[str]]
CASES: dict[str, Case] = {
    "capacity below one": (lambda: ce.Logistic(capacity=0.5), ce.ModelError, ["competition.capacity", ">= 1", "0.5"]),
    "capacity of one": (lambda: ce.Gompertz(capacity=1), ce.ModelError, ["competition.capacity", "> 1", "got 1."]),
    "no competition": (lambda: process(1e9), TypeError, ["competition", "ce.Logistic(capacity=1e9)", "1000000000.0"]),
    "a class": (lambda: process(ce.Logistic), TypeError, ["competition", "must be a Logistic"]),
    "unknown weight": (
        lambda: process(ce.Logistic(capacity=9, weights={"s": 1})),
        ce.ModelError,
        ["competition.weights['s']", "not a type", "'S'"],
    ),
    "unknown pair": (
        lambda: process(ce.LotkaVolterra(matrix={("S", "T"): 1.0})),
        ce.ModelError,
        ["competition.matrix[('S', 'T')]", "unknown type 'T'", "Known"],
    ),
    "wrong size": (
        lambda: process(ce.LotkaVolterra(matrix=np.eye(3))),
        ce.ModelError,
        ["competition.matrix", "(2, 2)", "(3, 3)"],
    ),
    "no square": (lambda: ce.LotkaVolterra(matrix=np.ones((2, 3))), ce.ModelError, ["competition.matrix", "(2, 3)"]),
    "a row": (lambda: ce.LotkaVolterra(matrix=[1.0, 2.0]), ce.ModelError, ["competition.matrix", "(2,)"]),
    "no pairs": (lambda: ce.LotkaVolterra(matrix={}), ce.ModelError, ["competition.matrix", "at least one pair"]),
    "negative effect": (
        lambda: ce.LotkaVolterra(matrix={("S", "R"): -0.5}),
        ce.ModelError,
        ["competition.matrix[('S', 'R')]", ">= 0", "-0.5"],
    ),
    "negative effects in rows": (
        lambda: ce.LotkaVolterra(matrix=[[1.0, NAN], [-2.0, 1.0]]),
        ce.ModelError,
        ["2 problems", "competition.matrix[0][1]", "nan", "competition.matrix[1][0]", "-2.0"],
    ),
    "keys that are no pairs": (lambda: ce.LotkaVolterra(matrix={"S": 1.0}), TypeError, ["competition.matrix", "'S'"]),
    "text for a matrix": (lambda: ce.LotkaVolterra(matrix="no"), TypeError, ["competition.matrix", "numbers"]),
    "True in a matrix": (lambda: ce.LotkaVolterra(matrix=[[True]]), TypeError, ["competition.matrix[0][0]", "True"]),
    "on of a matrix": (lambda: ce.LotkaVolterra(matrix=[[1]], on="x"), ce.ModelError, ["competition.on", "'x'"]),  # type: ignore[arg-type]
    "law unknown": (
        lambda: ce.BranchingProcess.from_dict({**process(None).to_dict(), "competition": {"law": "Logistics"}}),
        ce.ModelError,
        ["competition.law", "'Logistics'", "Did you mean 'Logistic'?"],
    ),
    "law missing": (
        lambda: ce.BranchingProcess.from_dict({**process(None).to_dict(), "competition": {"capacity": 3}}),
        ce.ModelError,
        ["competition.law", "None"],
    ),
    "no table": (
        lambda: ce.BranchingProcess.from_dict({**process(None).to_dict(), "competition": 3}),
        TypeError,
        ["competition must be a table", "3"],
    ),
    "entry without a value": (
        lambda: ce.LotkaVolterra.from_dict({"matrix": [{"type": "S", "by": "R"}]}),
        ce.ModelError,
        ["competition.matrix", "'type', 'by' and 'value'", "missing 'value'"],
    ),
    "unknown key": (
        lambda: ce.Logistic.from_dict({"capacity": 3, "wieghts": {}}),
        ce.ModelError,
        ["logistic.wieghts", "Did you mean 'weights'?"],
    ),
    "with other problems": (
        lambda: ce.BranchingProcess(
            types=["S"], birth=[-1.0], death=[0.0], competition=ce.Logistic(capacity=9, weights={"Q": 1})
        ),
        ce.ModelError,
        ["2 problems", "birth[0]", "competition.weights['Q']"],
    ),
    "with smooth rates": (
        lambda: ce.BranchingProcess.from_rates(
            types=["S"], rates=lambda t: ([1.0], [1.0]), until=1, competition=ce.Gompertz(capacity=9, weights={"Q": 1})
        ),
        ce.ModelError,
        ["competition.weights['Q']"],
    ),
}
for law in LAWS:
    name = law.__name__
    CASES |= {
        f"{name} of NaN": (lambda law=law: law(capacity=NAN), ce.ModelError, ["competition.capacity", "finite", "nan"]),
        f"{name} without end": (lambda law=law: law(capacity=INF), ce.ModelError, ["competition.capacity", "inf"]),
        f"{name} of text": (lambda law=law: law(capacity="9"), TypeError, ["competition.capacity", "'9'"]),
        f"{name} of True": (lambda law=law: law(capacity=True), TypeError, ["competition.capacity", "True"]),
        f"{name} on what": (
            lambda law=law: law(capacity=9, on="deaths"),
            ce.ModelError,
            ["competition.on", "'birth' or 'death'", "'deaths'", "Did you mean 'death'?"],
        ),
        f"{name} on None": (lambda law=law: law(capacity=9, on=None), TypeError, ["competition.on", "'birth'"]),
        f"{name} with a list": (lambda law=law: law(capacity=9, weights=[1.0]), TypeError, ["competition.weights"]),
        f"{name} with no weight": (
            lambda law=law: law(capacity=9, weights={}),
            ce.ModelError,
            ["competition.weights", "at least one", "Leave it out"],
        ),
        f"{name} with numbered types": (
            lambda law=law: law(capacity=9, weights={0: 1.0}),
            TypeError,
            ["competition.weights", "names", "0"],
        ),
        f"{name}, all at once": (
            lambda law=law: law(capacity=-3, on="x", weights={"S": -1.0, "R": NAN}),
            ce.ModelError,
            ["4 problems", "-3", "'x'", "competition.weights['S']", "-1.0", "competition.weights['R']", "nan"],
        ),
    }


@pytest.mark.parametrize("case", CASES)
def test_bad_competition_is_refused(case: str) -> None:
    call, error, words = CASES[case]
    with pytest.raises(error) as caught:
        call()
    for word in words:
        assert word in str(caught.value), f"{word!r} is not in: {caught.value}"
