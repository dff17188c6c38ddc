"""Values on a grid of points, with the points that are missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from chemoevo.base.forks import check_fork
from chemoevo.base.labels import is_frame
from chemoevo.errors import Problems, Words, did_you_mean

if TYPE_CHECKING:
    from numpy.typing import NDArray


def heatmap_table(table: pl.DataFrame, *, x: str, y: str, value: str) -> pl.DataFrame:
    """Every point of a grid with its value, or null: what `heatmap` draws.

    Parameters
    ----------
    table
        One row per point.
    x, y
        Names of the columns of the coordinates, finite numbers.
    value
        Name of the column of the values, numbers; null, NaN and infinity are missing values.

    Returns
    -------
    polars.DataFrame
        The columns x, y and value as float64, one row per pair of an x and a y that are there, in order of y, then x.
        The value is null where it is missing or the table has no such point.

    Raises
    ------
    ModelError
        If there is no such column or no row, a coordinate is missing or not finite, or a point is there twice.
    TypeError
        If `table` is no polars frame, a name is no text, or a column has no numbers.

    Examples
    --------
    >>> import polars as pl
    >>> from chemoevo import plots
    >>> table = pl.DataFrame({"a": [1, 2, 1], "b": [0, 0, 9], "cure": [0.1, 0.2, 0.3]})
    >>> plots.heatmap_table(table, x="a", y="b", value="cure")["cure"].to_list()
    [0.1, 0.2, 0.3, None]
    """
    check_fork()
    given: Any = table
    problems = Problems()
    if not isinstance(given, pl.DataFrame) and is_frame(given):
        given = pl.DataFrame({str(name): given[name].to_list() for name in given.columns})
    if not isinstance(given, pl.DataFrame):
        problems.type("table", "must be a frame of polars or pandas", given)
    problems.raise_if_any()
    for argument, name in (("x", x), ("y", y), ("value", value)):
        if not isinstance(name, str):
            problems.type(argument, "must be the name of a column", name)
        elif name not in given.columns:
            problems.value(argument, "is not a column of the table", name, hint=did_you_mean(name, given.columns))
        elif not (given[name].dtype.is_numeric() or given[name].dtype == pl.Null):
            problems.type(f"table[{name!r}]", "must be numbers", Words(str(given[name].dtype)))
        elif argument != "value" and not given[name].cast(pl.Float64).is_finite().fill_null(False).all():
            problems.value(f"table[{name!r}]", "must be finite, without nulls: they are coordinates")
    if not problems and len({x, y, value}) < 3:
        problems.value("x, y and value", "must be three columns", [x, y, value])
    if given.is_empty():
        problems.value("table", "must hold at least one row")
    problems.raise_if_any()
    columns = [pl.col(name).cast(pl.Float64) for name in (x, y)]
    held = pl.col(value).cast(pl.Float64)
    points = given.select(*columns, pl.when(held.is_finite()).then(held).alias(value))
    twice = points.filter(pl.struct(x, y).is_duplicated())
    if len(twice):
        where = Words(f"{x} = {twice[x][0]:g} and {y} = {twice[y][0]:g}, {len(twice)} rows in all")
        problems.value(
            "table", "must hold each point once", where, hint="Filter one value of every other parameter first."
        )
        problems.raise_if_any()
    grid = points.select(pl.col(y).unique()).join(points.select(pl.col(x).unique()), how="cross")
    found: pl.DataFrame = grid.join(points, on=[x, y], how="left").sort(y, x).select(x, y, value)
    return found


def is_geometric(points: NDArray[np.float64]) -> bool:
    """Whether points of a coordinate are evenly spaced on a logarithmic axis, and not on a linear one."""
    if len(points) < 3 or points[0] <= 0:
        return False
    return _even(np.log(points)) and not _even(points)


def _even(points: NDArray[np.float64]) -> bool:
    steps = np.diff(points)
    # Grids are often rounded to two or three digits before they are used.
    return bool(np.ptp(steps) <= 0.05 * steps.mean())
