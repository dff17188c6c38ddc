"""Grids and samples of points."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import stats

import chemoevo as ce
from chemoevo.sweeps.points import points_of


def test_a_grid_is_every_combination() -> None:
    values = {"a": [1.0, 2.0], "b": ["x", "y", "z"], "c": np.array([3, 4])}
    points = ce.grid(values)
    assert points.columns == list(values)
    assert points.rows() == list(itertools.product([1.0, 2.0], ["x", "y", "z"], [3, 4]))
    assert points.dtypes == [pl.Float64, pl.String, pl.Int64]


@pytest.mark.parametrize(
    "values", [range(3), (0, 1, 2), pl.Series([0, 1, 2]), pd.Series([0, 1, 2]), np.arange(3), iter([0, 1, 2])]
)
def test_values_are_a_list_of_any_kind(values: Any) -> None:
    assert ce.grid({"x": values})["x"].to_list() == [0, 1, 2]


def test_numbers_of_one_column_are_of_one_kind() -> None:
    points = ce.grid({"x": [10, 1e3], "y": [np.int64(2), 3], "z": [True, False]})
    assert points.dtypes == [pl.Float64, pl.Int64, pl.Boolean]
    assert points["x"].to_list() == [10.0, 10.0, 10.0, 10.0, 1e3, 1e3, 1e3, 1e3]
    assert points_of({"x": [10, 1e3]})["x"].to_list() == [10.0, 1e3]
    with pytest.raises(TypeError, match=r"values\[x\] must be values of one kind; got int, str"):
        ce.grid({"x": [1, "a"]})
    with pytest.raises(TypeError, match=r"points\[x\] must be values of one kind; got float, str"):
        points_of({"x": [1.0, "a"]})


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        ([1, 2], TypeError, "values must be a table of lists of values"),
        ({"x": 1.0}, TypeError, r"values\[x\] must be a list of values; got 1.0"),
        ({"x": "abc"}, TypeError, r"values\[x\] must be a list of values; got 'abc'"),
        ({3: [1]}, TypeError, "values must have names of parameters; got 3"),
        ({"x": []}, ce.ModelError, r"values\[x\] must have at least one value"),
        ({}, ce.ModelError, "values must have at least one parameter"),
        ({"status": [1]}, ce.ModelError, "must have no parameter 'status'"),
        (
            {"x": range(10**4), "y": range(10**4)},
            ce.ModelError,
            "at most 10000000 points; got 100000000. Use ce.sample",
        ),
    ],
)
def test_a_wrong_grid_is_refused(values: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        ce.grid(values)


LAWS = {"size": stats.loguniform(1e8, 1e10), "bsa": stats.norm(1.8, 0.2), "u": stats.uniform(2, 1)}


@pytest.mark.parametrize("method", ["sobol", "latin_hypercube", "random"])
def test_samples_follow_their_laws(method: Any) -> None:
    n = 4096
    points = ce.sample(LAWS, n=n, method=method, seed=5)
    assert points.shape == (n, 3)
    assert points.equals(ce.sample(LAWS, n=n, method=method, seed=5))
    assert not points.equals(ce.sample(LAWS, n=n, method=method, seed=6))
    uniform = np.column_stack([law.cdf(points[name].to_numpy()) for name, law in LAWS.items()])
    # Kolmogorov's bound, with a false alarm in 1e6 for each of the nine.
    bound = math.sqrt(math.log(2 / 1e-6) / (2 * n))
    off = [np.abs(np.sort(column) - (np.arange(n) + 0.5) / n).max() for column in uniform.T]
    assert max(off) < bound
    # Spread more evenly than chance does.
    even = {"sobol": 1.0 / n * 2, "latin_hypercube": 1.0 / n, "random": bound}[method]
    assert max(off) < even
    assert np.abs(np.corrcoef(uniform.T) - np.eye(3)).max() < 5.5 / math.sqrt(n)
    # Planted: a fifth of a column is that of another one.
    mixed = np.where(np.arange(n) % 5 == 0, uniform[:, 0], uniform[:, 1])
    assert np.abs(np.corrcoef(uniform[:, 0], mixed)[0, 1]) > 5.5 / math.sqrt(n)


@pytest.mark.parametrize("n", [1, 3, 100])
def test_any_number_of_points(n: int) -> None:
    points = ce.sample({"x": stats.norm()}, n=n, seed=1)
    assert points.height == n
    assert np.isfinite(points["x"].to_numpy()).all()


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (
            {"distributions": {"x": 3.0}},
            TypeError,
            r"distributions\[x\] must be a distribution, .* got 3.0",
        ),
        (
            {"distributions": {"x": stats.norm}},
            TypeError,
            r"distributions\[x\] must be a distribution, with",
        ),
        ({"distributions": []}, TypeError, "distributions must be a table"),
        ({"n": 0}, ce.ModelError, "n must be a whole number from 1 to 10000000; got 0"),
        ({"seed": -1}, ce.ModelError, "seed must be a whole number >= 0"),
        ({"method": "halton"}, ce.ModelError, "method must be 'sobol', 'latin_hypercube' or 'random'"),
        (
            {"distributions": {"x": stats.norm(float("nan"))}},
            ce.ModelError,
            r"distributions\[x\] must give 4 finite numbers",
        ),
    ],
)
def test_a_wrong_sample_is_refused(arguments: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        ce.sample(**{"distributions": {"x": stats.norm()}, "n": 4, **arguments})


def test_points_are_any_frame() -> None:
    expected = pl.DataFrame({"x": [1.0, 2.0], "y": ["a", "b"]})
    for given in (expected, expected.lazy(), expected.to_dict(as_series=False), pd.DataFrame(expected.to_dicts())):
        assert points_of(given).equals(expected)


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"x": "ab"}, TypeError, r"points\[x\] must be a list of values; got 'ab'"),
        ({"x": 1e8}, TypeError, r"points\[x\] must be a list of values; got 1"),
        ({"x": [1, 2], "y": [1]}, ce.ModelError, "as many values of every parameter; got 2 of x, 1 of y"),
        ({"x": [1, None]}, ce.ModelError, "no missing values; got null in column 'x', row 1"),
        (pd.DataFrame([[1, 2]], columns=["x", "x"]), ce.ModelError, "columns of different names; got 'x' twice"),
        (3, TypeError, "points must be a frame with one row per point"),
        ([{"x": 1}], TypeError, "points must be a frame"),
        (pl.DataFrame({"x": []}), ce.ModelError, "points must have at least one row"),
        (pl.DataFrame({"x": [1.0, float("nan")]}), ce.ModelError, "no missing values; got NaN in column 'x', row 1"),
        (pl.DataFrame({"x": [1.0, None]}), ce.ModelError, "no missing values; got null in column 'x', row 1"),
        (pd.DataFrame({"x": [1.0, float("nan")]}), ce.ModelError, "no missing values; got NaN in column 'x', row 1"),
        (pl.DataFrame({"point": [1.0]}), ce.ModelError, "must have no column 'point'"),
    ],
)
def test_wrong_points_are_refused(given: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        points_of(given)
