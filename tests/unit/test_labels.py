"""Frames and Series are read by their names, wherever arrays are taken, or refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import chemoevo as ce

TYPES = ["S", "R", "T+U"]
PROCESS = ce.BranchingProcess(types=TYPES, birth=[0.2, 0.1, 0.3], death=[0.1, 0.1, 0.2])
WIDE = {"R": [5, 6], "U+T": [7, 8], "S": [100, 200]}
RIGHT = np.array([[100, 5, 7], [200, 6, 8]])


def process(**more: Any) -> ce.BranchingProcess:
    return ce.BranchingProcess(**{"types": TYPES, "birth": [0.2, 0.1, 0.3], "death": [0.1, 0.1, 0.2], **more})


@pytest.mark.parametrize("frame", [pl.DataFrame, pd.DataFrame])
def test_columns_are_types(frame: Callable[[Any], Any]) -> None:
    assert ce.mean_counts(PROCESS, initial=frame(WIDE), times=[0.0])[:, 0].tolist() == RIGHT.tolist()
    assert ce.simulate(PROCESS, initial=frame(WIDE), times=[0.0], seed=1).initial.tolist() == RIGHT.tolist()
    points = frame({"T+U": [0.1], "S": [0.5], "R": [0.25]})
    ask = {"initial": {"S": 1, "R": 2}, "time": 0.0}
    assert ce.generating_function(PROCESS, z=points, **ask)[0] == pytest.approx(0.5 * 0.25**2)
    rates = frame({"T+U": [0.3, 0.4], "S": [0.5, 0.1], "R": [0.0, 0.2]})
    made = process(birth=rates, death=rates, breakpoints=[10.0])
    assert made.birth.tolist() == made.death.tolist() == [[0.5, 0.0, 0.3], [0.1, 0.2, 0.4]]


def test_labels_of_series_are_types() -> None:
    row = pd.Series({"R": 5, "T+U": 7, "S": 100})
    assert ce.mean_counts(PROCESS, initial=row, times=[0.0]).ravel().tolist() == [100, 5, 7]
    assert process(birth=pd.Series({"R": 0.5, "S": 0.1, "U+T": 0.2})).birth.tolist() == [[0.1, 0.5, 0.2]]
    # A Series that only counts has no names.
    for plain in (pd.Series([1, 2, 3]), pl.Series([1, 2, 3])):
        assert ce.mean_counts(PROCESS, initial=plain, times=[0.0]).ravel().tolist() == [1, 2, 3]


def test_matrices_are_read_by_rows_and_columns() -> None:
    order = ["R", "T+U", "S"]
    table = pd.DataFrame(np.zeros((3, 3)), index=order, columns=["S", "R", "U+T"])
    table.loc["R", "S"], table.loc["S", "U+T"] = 0.5, 0.25
    for name in ("mutation", "switching"):
        made = process(**{name: table})
        assert getattr(made, name) == {("R", "S"): 0.5, ("S", "T+U"): 0.25}
    with pytest.raises(TypeError, match="mutation must have labels of its rows"):
        process(mutation=pl.DataFrame({name: [0.0] * 3 for name in TYPES}))
    with pytest.raises(ce.ModelError, match=r"switching must have the types .* as rows"):
        process(switching=table.rename(index={"R": "Q"}))


@pytest.mark.parametrize("frame", [pl.DataFrame, pd.DataFrame])
@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"S": [1], "R": [1]}, "it lacks 'T\\+U'"),
        ({"S": [1], "R": [1], "X": [1]}, "it lacks 'T\\+U' and has \\['X'\\]"),
        ({"S": [1], "R": [1], "T+U": [1], "U+T": [1]}, "repeats some"),
    ],
)
def test_other_names_are_refused(frame: Callable[[Any], Any], columns: dict[str, Any], words: str) -> None:
    with pytest.raises(ce.ModelError, match=words):
        ce.mean_counts(PROCESS, initial=frame(columns), times=[0.0])
    with pytest.raises(ce.ModelError, match=words):
        process(birth=frame(columns))


TIMES = {"t": [1.0, 2.0]}


@pytest.mark.parametrize("frame", [pl.DataFrame, pd.DataFrame])
def test_names_where_none_are_meant_are_refused(frame: Callable[[Any], Any]) -> None:
    for ask in (
        lambda: ce.mean_counts(PROCESS, initial={"S": 1}, times=frame(TIMES)),
        lambda: process(breakpoints=frame(TIMES)),
        lambda: ce.GrownTo(PROCESS, size=frame(TIMES)),
        lambda: ce.extinction_time(PROCESS, initial={"S": 1}).cdf(frame(TIMES)),
    ):
        with pytest.raises(TypeError, match="must be numbers without names"):
            ask()


@pytest.mark.parametrize("series", [pl.Series, pd.Series])
def test_a_series_of_times_is_a_list_of_times(series: Callable[[Any], Any]) -> None:
    assert ce.mean_counts(PROCESS, initial={"S": 1}, times=series([1.0, 2.0])).shape == (2, 3)


def test_masked_values_are_refused() -> None:
    masked = np.ma.array([0.1, 5.0, 1.0], mask=[False, True, False])
    for ask in (
        lambda: process(birth=masked),
        lambda: ce.mean_counts(PROCESS, initial=np.ma.array([1, 2, 3], mask=[0, 0, 1]), times=[0.0]),
        lambda: ce.mean_counts(PROCESS, initial={"S": 1}, times=masked),
    ):
        with pytest.raises(ce.ModelError, match="must have no masked values; got 1 masked"):
            ask()
    assert process(birth=np.ma.array([0.1, 0.2, 0.3])).birth.tolist() == [[0.1, 0.2, 0.3]]
