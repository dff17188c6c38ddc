"""Frames of polars or pandas as columns of plain values, in which whatever is missing is None."""

from __future__ import annotations

import math
from typing import Any

from chemoevo.base.labels import is_frame
from chemoevo.errors import Problems, Words


def columns_of(problems: Problems, path: str, value: object) -> dict[str, list[Any]] | None:
    """The columns of a frame by name; None where it is no frame, or where two of its columns have one name.

    That it is no frame is left to be said by who asks; that a name is there twice is noted.
    """
    import polars as pl

    if isinstance(value, pl.LazyFrame):
        value = value.collect()
    if isinstance(value, pl.DataFrame):
        return {name: [plain(item) for item in value[name].to_list()] for name in value.columns}
    if not is_frame(value):
        return None
    # Of pandas, whose missing values are of several kinds, and whose columns may have one name.
    names = [str(name) for name in value.columns]  # type: ignore[attr-defined]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        problems.value(path, "must have columns of different names", Words(f"{twice!r} twice"))
        return None
    return {str(name): [plain(item) for item in value[name].to_list()] for name in value.columns}  # type: ignore[attr-defined,index]


def plain(item: Any) -> Any:
    """The value, or None for whatever a frame writes where there is none."""
    missing = item is None or type(item).__name__ in ("NAType", "NaTType")
    return None if missing or (isinstance(item, float) and math.isnan(item)) else item
