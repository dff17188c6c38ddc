"""Small frozen options: their base, and what they are made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from chemoevo.base.frozen import FrozenTable
from chemoevo.base.portable import Portable
from chemoevo.errors import Problems


class Option(Portable):
    """A frozen dataclass that can be written as plain data."""

    __slots__ = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain data that `from_dict` reads back; fields at their default None are left out."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}  # type: ignore[arg-type]
        plain = {k: list(v) if isinstance(v, tuple) else v for k, v in values.items() if v is not None}
        return {k: dict(v) if isinstance(v, FrozenTable) else v for k, v in plain.items()}


def type_names(problems: Problems, path: str, names: object) -> tuple[str, ...]:
    """A non-empty tuple of distinct, non-empty names; a problem noted otherwise."""
    if isinstance(names, str | Mapping) or not isinstance(names, Iterable):
        hint = f"Write one name as a list: [{names!r}]." if isinstance(names, str) else ""
        problems.type(path, "must be a list of names", names, hint=hint)
        return ()
    result = tuple(names)
    are_names = set(map(type, result)) == {str} and len(set(result)) == len(result)
    if are_names and all(map(str.strip, result)) and writable("".join(result)):
        return result
    if not result:
        problems.value(path, "must name at least one type")
    seen: set[str] = set()
    for index, name in enumerate(result):
        if not isinstance(name, str):
            problems.type(f"{path}[{index}]", "must be a name (text)", name)
        elif not name.strip():
            problems.value(f"{path}[{index}]", "must not be empty", name)
        elif not writable(name):
            problems.value(f"{path}[{index}]", UNWRITABLE, name)
        elif name in seen:
            problems.value(f"{path}[{index}]", "must be unique", name)
        seen.add(str(name))
    return tuple(name for name in result if isinstance(name, str))


UNWRITABLE = "must be text that a file can hold: it has half of a surrogate pair"


def writable(text: str) -> bool:
    """Whether a text can be written to a file: whether it has no half of a surrogate pair."""
    return text.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in text)
