"""Paths: the names of all values in a specification.

A path is what error messages say: fields joined by dots, items of a list by their index in brackets, entries of a table
by their key in brackets: `regimen.phases[0].doses[0].amount`, `patient.factors[docetaxel].clearance`. In place of an
index may stand the name of the item, or of the drug that it is about: `tumor.alterations[ABCB1].mutation`,
`potencies[carboplatin].emax`. The path of a figure, a number with its source, is that of its value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from pydantic import BaseModel

from chemoevo.errors import did_you_mean

_STEP = re.compile(r"(?:(?<!^)\.|^)([^\W\d]\w*)|\[([^\[\]]+)\]")
Step = str | int | tuple[str]
"""A field, the index of an item of a list, or the key of a table."""
_NAMES = ("called", "name", "drug", "mechanism")
"""Fields by which an item of a list is known; the first one that it has."""


class NoSuchPathError(Exception):
    """A path leads nowhere: `rule` and `hint` say why."""

    def __init__(self, rule: str, hint: str = "") -> None:
        super().__init__(rule)
        self.rule, self.hint = rule, hint


def is_figure(part: object) -> bool:
    """Whether it is a number with its source, known by the path of the number."""
    return bool(getattr(part, "figure", False))


def leaves(part: object, path: str = "", *, absent: bool = False) -> Iterator[tuple[str, Any]]:
    """Every value by its path, a figure by the number in it; with `absent` also None where nothing is given."""
    if isinstance(part, BaseModel):
        if is_figure(part):
            yield path, part.value  # type: ignore[attr-defined]
            return
        for name in type(part).model_fields:
            yield from leaves(getattr(part, name), f"{path}.{name}" if path else name, absent=absent)
    elif isinstance(part, Mapping):
        for key, item in part.items():
            yield from leaves(item, f"{path}[{key}]", absent=absent)
    elif isinstance(part, tuple) and part:
        for index, item in enumerate(part):
            yield from leaves(item, f"{path}[{index}]", absent=absent)
    elif part is not None or absent:
        yield path, part


def below(path: str, part: str) -> bool:
    """Whether a path is that of a part, or of something in it."""
    return path == part or path.startswith((f"{part}.", f"{part}["))


def canonical(part: object, path: str) -> str:
    """The path with indices for the names in it, as messages have it.

    Raises
    ------
    NoSuchPathError
        If it leads nowhere.
    """
    return written(steps_of(part, path))


def written(steps: Sequence[Step]) -> str:
    """A path from its steps."""
    path = ""
    for step in steps:
        if isinstance(step, str):
            path += f".{step}" if path else step
        else:
            path += f"[{step if isinstance(step, int) else step[0]}]"
    return path


def steps_of(part: object, path: str) -> list[Step]:
    """The steps of a path through a specification, with indices for names.

    Raises
    ------
    NoSuchPathError
        If it leads nowhere. A path below what is not given is followed as far as there is something.
    """
    steps: list[Step] = []
    here: object = part
    for name, key in _split(path):
        if name:
            _check_field(here, name, written(steps))
            steps.append(name)
            here = getattr(here, name, None)
        elif isinstance(here, Mapping) or (here is None and steps):
            # Below what is not given, what stands in brackets is a key.
            steps.append((key,))
            here = here.get(key) if isinstance(here, Mapping) else None
        elif isinstance(here, tuple):
            steps.append(_index(here, key, written(steps)))
            here = here[steps[-1]]  # type: ignore[index]
        else:
            raise NoSuchPathError(f"is not in the specification: {written(steps)} has no items")
    return steps


@lru_cache(maxsize=4096)
def _split(path: str) -> tuple[tuple[str, str], ...]:
    found, end = [], 0
    for match in _STEP.finditer(path):
        if match.start() != end:
            break
        found.append((match[1] or "", match[2] or ""))
        end = match.end()
    if not found or end != len(path):
        raise NoSuchPathError("must be a path, such as tumor.size or regimen.phases[0].doses[0].amount")
    return tuple(found)


def _check_field(here: object, name: str, path: str) -> None:
    if here is None:
        return
    fields = list(type(here).model_fields) if isinstance(here, BaseModel) else []
    if not fields:
        raise NoSuchPathError(f"is not in the specification: {path} has no parts")
    if name not in fields:
        raise NoSuchPathError("is not in the specification", did_you_mean(name, fields))


def _index(items: tuple[object, ...], key: str, path: str) -> int:
    if key.isdigit():
        if int(key) < len(items):
            return int(key)
        raise NoSuchPathError(f"is not in the specification: {path} has {len(items)} item{'s' * (len(items) != 1)}")
    if not items:
        raise NoSuchPathError(f"is not in the specification: {path} is empty")
    names = [next((getattr(item, n) for n in _NAMES if hasattr(item, n)), None) for item in items]
    found = [index for index, name in enumerate(names) if name == key]
    if len(found) == 1:
        return found[0]
    if found:
        indices = ", ".join(f"{path}[{index}]" for index in found)
        raise NoSuchPathError(f"is the path of several items: say which of {indices}")
    raise NoSuchPathError("is not in the specification", did_you_mean(key, [n for n in names if n is not None]))
