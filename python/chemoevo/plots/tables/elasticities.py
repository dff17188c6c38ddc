"""Elasticities of a probability, the largest first."""

from __future__ import annotations

from typing import Any

import polars as pl

from chemoevo.base.arguments import whole
from chemoevo.base.forks import check_fork
from chemoevo.errors import ModelError, Problems

MOST = 15
"""Bars of a figure."""


def tornado_table(sensitivities: pl.DataFrame, *, most: int = MOST) -> pl.DataFrame:
    """The largest elasticities, largest first: what `tornado` draws.

    Parameters
    ----------
    sensitivities
        What `chemoevo.sensitivities` gave, or any frame with columns `parameter` and `elasticity`.
    most
        How many rows, >= 1.

    Returns
    -------
    polars.DataFrame
        Columns: parameter, elasticity; by falling absolute value. Parameters without one (null or not finite) are left
        out.

    Raises
    ------
    ModelError
        If a column is missing, no parameter has an elasticity, or `most` is not >= 1.
    TypeError
        If the argument is no polars frame.

    Examples
    --------
    >>> import polars as pl
    >>> from chemoevo import plots
    >>> frame = pl.DataFrame({"parameter": ["a", "b", "c"], "elasticity": [0.5, None, -2.0]})
    >>> plots.tornado_table(frame).rows()
    [('c', -2.0), ('a', 0.5)]
    """
    check_fork()
    problems = Problems()
    frame: Any = sensitivities
    if not isinstance(frame, pl.DataFrame):
        problems.type("sensitivities", "must be a polars DataFrame, as chemoevo.sensitivities gives", frame)
    else:
        for name in ("parameter", "elasticity"):
            if name not in frame.columns:
                problems.value("sensitivities", f"must have a column {name!r}", frame.columns)
        if "elasticity" in frame.columns and not _numbers(frame["elasticity"].dtype):
            problems.type("sensitivities['elasticity']", "must be numbers", frame["elasticity"].dtype)
    most = whole(problems, "most", most, 1, None)
    problems.raise_if_any()
    value = pl.col("elasticity").cast(pl.Float64)
    kept = frame.select(pl.col("parameter").cast(pl.String), value).filter(pl.col("elasticity").is_finite())
    if kept.is_empty():
        raise ModelError("sensitivities must have a parameter with an elasticity; all of them are null.")
    size = pl.col("elasticity").abs()
    found: pl.DataFrame = kept.sort(size, descending=True, maintain_order=True).head(most)
    return found


def _numbers(kind: pl.DataType) -> bool:
    # A column of nulls only has a kind of its own.
    return kind.is_numeric() or kind == pl.Null
