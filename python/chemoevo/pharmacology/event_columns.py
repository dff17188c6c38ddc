"""Columns of a table of events: NONMEM's data items by name, in capitals or not, and their values."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from chemoevo.base.frames import columns_of
from chemoevo.base.shapes import is_number
from chemoevo.errors import NOTHING, Problems, Words

ITEMS = ("id", "time", "amt", "rate", "dur", "ii", "addl", "evid", "ss", "cmt", "drug", "route", "unit")
"""Data items that are read."""
FORM = 'pl.DataFrame({"time": [0], "amt": [120], "dur": [1], "ii": [504], "addl": [5]})'

_OF_OBSERVATIONS = ("mdv", "dv")
_DATES = ("date", "dat1", "dat2", "dat3")
_LENGTHS = ("duration", "tinf", "t_inf")
"""What other programs call the length of an infusion."""
_MISSING = ("", ".", "na", "nan", "null")
_SHOWN = 10
"""Rows whose problems are said."""


@dataclass
class Events:
    """A table of events, with what is wrong with its rows.

    Attributes
    ----------
    problems
        Where it is noted.
    names
        Columns as they are written, by the item.
    columns
        Values as they are written, by the item.
    rows
        Number of rows.
    """

    problems: Problems
    names: Mapping[str, str]
    columns: Mapping[str, Sequence[Any]]
    rows: int
    _shown: set[int] = field(default_factory=set)
    _unread: set[tuple[int, str]] = field(default_factory=set)
    _more: set[int] = field(default_factory=set)

    @classmethod
    def of(cls, problems: Problems, frame: object) -> Events | None:
        """The items of a frame; None where they cannot be read, with the problems noted."""
        before = len(problems)
        columns = columns_of(problems, "frame", frame)
        if columns is None:
            if len(problems) == before:
                problems.type("frame", f"must be a frame of polars or pandas, such as {FORM}", frame)
            return None
        names = _names(problems, list(columns))
        rows = len(next(iter(columns.values()), []))
        if not rows:
            problems.value("frame", "must have at least one row")
        if len(problems) > before:
            return None
        return cls(problems, names, {item: columns[name] for item, name in names.items()}, rows)

    def __contains__(self, item: str) -> bool:
        return item in self.columns

    def path(self, row: int, item: str) -> str:
        """What a value is called in messages; an item that is no column, as it would be written here."""
        return f"frame[{row}].{self.names.get(item, item if self.names['time'].islower() else item.upper())}"

    def note(
        self, row: int, item: str, rule: str, got: object = NOTHING, *, hint: str = "", wrong_type: bool = False
    ) -> None:
        """Notes a wrong value, or one of a wrong type; of the first rows that have some."""
        if isinstance(got, float):
            got = Words(f"{got:.10g}")
        if self._is_shown(row):
            (self.problems.type if wrong_type else self.problems.value)(self.path(row, item), rule, got, hint=hint)

    def extend(self, row: int, sentences: Sequence[str]) -> None:
        """Notes sentences about a row, where `note` would."""
        if self._is_shown(row):
            self.problems.extend(sentences)

    def finish(self) -> None:
        """Notes how many rows have problems that were not said."""
        if self._more:
            rows = "1 more row" if len(self._more) == 1 else f"{len(self._more)} more rows"
            self.problems.extend([f"frame has {rows} with problems."])

    def _is_shown(self, row: int) -> bool:
        shown = row in self._shown or len(self._shown) < _SHOWN
        (self._shown if shown else self._more).add(row)
        return shown

    def word(self, row: int, item: str) -> Any:
        """A value that may be a text or a whole number; None where it is missing."""
        value: Any = self.columns[item][row] if item in self else None
        if isinstance(value, str):
            text = value.strip()
            return None if text.lower() in _MISSING else text
        return int(value) if is_number(value) and value % 1 == 0 else value

    def number(self, row: int, item: str) -> float | None:
        """A number; None where it is missing, NaN with the problem noted where it is none."""
        value: Any = self.columns[item][row] if item in self else None
        if value is None:
            return None
        if isinstance(value, str):
            if value.strip().lower() in _MISSING:
                return None
            with suppress(ValueError):
                value = float(value)
        if is_number(value) and abs(value) <= sys.float_info.max:
            return float(value)
        if (row, item) not in self._unread:
            self._unread.add((row, item))
            wrong_type = not is_number(value)
            self.note(row, item, "must be a number" if wrong_type else "must be finite", value, wrong_type=wrong_type)
        return math.nan


def _names(problems: Problems, columns: Sequence[str]) -> dict[str, str]:
    """Columns of the items, as they are written; with problems noted."""
    names: dict[str, str] = {}
    for name in columns:
        item = name.lower()
        if item not in ITEMS and item not in _OF_OBSERVATIONS:
            continue
        if item in names or name not in (item, item.upper()):
            hint = "Rename the others, or leave them out."
            problems.value("frame", f"must have one column {item} or {item.upper()}", _those(columns, item), hint=hint)
        names[item] = name
    upper = [name for name in names.values() if name.isupper()]
    lower = [name for name in names.values() if name.islower()]
    if upper and lower:
        rule = "must have the names of data items all in capitals, or none of them"
        problems.value("frame", rule, Words(f"{', '.join(upper)} and {', '.join(lower)}"), hint="Rename the columns.")
    for item, what in (("time", "the time of events (h)"), ("amt", "the amounts of doses")):
        if item not in names:
            problems.value(f"frame.{item.upper() if upper and not lower else item}", f"is missing: {what}")
    for name in columns:
        if name.lower() in _DATES:
            hint = "Give the time since the first day as TIME, and leave the dates out."
            problems.value(f"frame.{name}", "is not read: times are numbers", hint=hint)
        if name.lower() in _LENGTHS and "dur" not in names and "rate" not in names:
            hint = "Rename it to DUR, for the length of infusions; or leave it out, for doses given at once."
            problems.value(f"frame.{name}", "is no data item", hint=hint)
    return names


def _those(columns: Sequence[str], item: str) -> list[str]:
    return [name for name in columns if name.lower() == item]
