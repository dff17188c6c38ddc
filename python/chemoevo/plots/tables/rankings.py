"""Regimens by rank, with the number that ranks them."""

from __future__ import annotations

from typing import Any

import polars as pl

from chemoevo.base.forks import check_fork
from chemoevo.errors import ModelError, Problems

VALUES = ("cure", "expected_residual", "median_relapse")


def ranking_table(table: pl.DataFrame, *, value: str | None = None) -> pl.DataFrame:
    """The ranked regimens, the best first: what `ranking` draws.

    Parameters
    ----------
    table
        What `chemoevo.rank_regimens` gave.
    value
        The column that is shown: "cure", "expected_residual" or "median_relapse". None (the default) is the one by
        which they are ranked.

    Returns
    -------
    polars.DataFrame
        Columns: rank, regimen, value, low and high (the ends of its interval, null where there is none) and p_best (the
        share of the points at which it is best, null where nothing was uncertain). Regimens without a rank, or without
        the value, are left out.

    Raises
    ------
    ModelError
        If a column is missing, or no regimen has a rank and the value.
    TypeError
        If the argument is no polars frame.

    Examples
    --------
    >>> import polars as pl
    >>> from chemoevo import plots
    >>> frame = pl.DataFrame(
    ...     {"rank": [1, 2], "regimen": ["A", "B"], "cure": [0.6, 0.5], "cure_low": [0.4, 0.3], "cure_high": [0.8, 0.7],
    ...      "p_best": [0.9, 0.1]}
    ... )
    >>> plots.ranking_table(frame).row(0)
    (1, 'A', 0.6, 0.4, 0.8, 0.9)
    """
    check_fork()
    problems = Problems()
    frame: Any = table
    if not isinstance(frame, pl.DataFrame):
        raise TypeError(f"table must be a polars DataFrame, as chemoevo.rank_regimens gives it; got {frame!r:.200}.")
    if value is None:
        # Only what ranks has an interval besides cure.
        value = next((name for name in VALUES[1:] if f"{name}_low" in frame.columns), VALUES[0])
    elif value not in VALUES:
        problems.value("value", f"must be one of {', '.join(map(repr, VALUES))}", value)
    for name in ("rank", "regimen", value, "p_best"):
        if value in VALUES and name not in frame.columns:
            problems.value("table", f"must have a column {name!r}, as chemoevo.rank_regimens gives it", frame.columns)
    problems.raise_if_any()
    none = pl.lit(None, dtype=pl.Float64)
    ends = [
        (pl.col(f"{value}_{end}") if f"{value}_{end}" in frame.columns else none).alias(end) for end in ("low", "high")
    ]
    shown: pl.DataFrame = frame.select("rank", "regimen", pl.col(value).alias("value"), *ends, "p_best").filter(
        pl.col("rank").is_not_null() & pl.col("value").is_not_null()
    )
    if shown.is_empty():
        raise ModelError(f"table must have a regimen with a rank and {value}; none has.")
    return shown.sort("rank", maintain_order=True)
