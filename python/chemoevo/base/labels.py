"""Frames and Series read by their names: polars', pandas', or any that has the same few attributes.

A column that is named is meant by its name, wherever it stands. Where names say nothing, a frame is refused; so are
masked arrays, whose masked numbers would be taken for numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from chemoevo.base.names import known_name
from chemoevo.errors import Problems, Words

REFUSED = object()
"""In place of a value with a problem, which is noted."""


def plain_array(problems: Problems, path: str, value: object) -> object:
    """A value of which no names are meant: a Series by its numbers; frames and masks are refused."""
    if isinstance(value, np.ndarray | list | tuple | float | int):
        return _unmasked(problems, path, value)
    if is_frame(value) or _is_labeled(value):
        hint = "Give one column of it, or an array."
        problems.type(path, "must be numbers without names", Words(f"a {type(value).__name__}"), hint=hint)
        return REFUSED
    return _numbers(value) if hasattr(value, "to_numpy") else value


def by_types(problems: Problems, path: str, value: object, types: Sequence[str]) -> object:
    """A value whose last axis is the types: frames and Series in the order of the types, by their names.

    A Series whose index only counts is taken as it is.
    """
    if isinstance(value, np.ndarray | list | tuple | float | int):
        return _unmasked(problems, path, value)
    if is_frame(value):
        order = _order(problems, path, list(value.columns), types, "columns")  # type: ignore[attr-defined]
        return REFUSED if order is None else _numbers(value)[..., order]
    if _is_labeled(value):
        return plain_array(problems, path, value)
    labels = _labels(value)
    if labels is not None:
        order = _order(problems, path, labels, types, "labels")
        return REFUSED if order is None else _numbers(value)[order]
    return _numbers(value) if hasattr(value, "to_numpy") else value


def pairs_of_frame(problems: Problems, path: str, value: object, types: Sequence[str]) -> dict[tuple[str, str], Any]:
    """{(from, to): value} of a square frame: rows are from, by their labels; columns are to."""
    rows = _labels(value)
    if rows is None:
        hint = "Give {(from, to): value}, or an array of shape (types, types)."
        problems.type(path, "must have labels of its rows", Words(f"a {type(value).__name__}"), hint=hint)
        return {}
    columns = list(value.columns)  # type: ignore[attr-defined]
    found = [_order(problems, path, labels, types, what) for labels, what in ((rows, "rows"), (columns, "columns"))]
    if None in found:
        return {}
    numbers = _numbers(value)
    return {
        (known_name(a, types), known_name(b, types)): numbers[i, j]
        for i, a in enumerate(rows)
        for j, b in enumerate(columns)
        if numbers[i, j] != 0
    }


def is_frame(value: object) -> bool:
    """Whether it has named columns."""
    return hasattr(value, "columns") and hasattr(value, "to_numpy")


def _is_labeled(value: object) -> bool:
    """Arrays with named dimensions, as xarray has them."""
    return hasattr(value, "dims") and hasattr(value, "coords")


def _labels(value: object) -> list[Any] | None:
    """Labels of the rows, if they are more than numbers that count."""
    index = getattr(value, "index", None)
    if index is None or callable(index):
        return None
    labels = list(index)
    return None if labels == list(range(len(labels))) else labels


def _order(problems: Problems, path: str, labels: list[Any], types: Sequence[str], what: str) -> list[int] | None:
    """Where in the labels every type is; None with the problem noted."""
    names = [known_name(label, types) if isinstance(label, str) else label for label in labels]
    if sorted(map(str, names)) == sorted(types) and len(set(map(str, names))) == len(names):
        return [names.index(name) for name in types]
    unknown = [name for name in names if name not in types]
    missing = [name for name in types if name not in names]
    said = [f"lacks {', '.join(map(repr, missing))}" if missing else "", f"has {unknown!r}" if unknown else ""]
    hint = "They are read by name, in any order."
    rule = f"must have the types {tuple(types)} as {what}: it {' and '.join(filter(None, said)) or 'repeats some'}"
    problems.value(path, rule, hint=hint)
    return None


def _numbers(value: Any) -> np.ndarray[Any, Any]:
    return np.asarray(value.to_numpy())


def _unmasked(problems: Problems, path: str, value: object) -> object:
    if isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):
        masked = Words(f"{int(np.ma.getmaskarray(value).sum())} masked")
        problems.value(path, "must have no masked values", masked, hint="Leave out or fill in what is masked.")
        return REFUSED
    return value
