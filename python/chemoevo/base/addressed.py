"""Specifications whose values have paths, and copies with other values at some of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, Self

from pydantic import BaseModel

from chemoevo.base.copies import Copied
from chemoevo.base.paths import NoSuchPathError, Step, below, is_figure, leaves, steps_of, written
from chemoevo.errors import Problems


class Addressed(Copied):
    """What gives a specification its paths."""

    __slots__ = ()

    alternatives: ClassVar[tuple[tuple[str, ...], ...]] = ()
    """Groups of fields of which one is given: to set one of a group by its path lets go of the others."""
    figure: ClassVar[bool] = False
    """Whether it is a number with its source, known by the path of the number."""

    def paths(self) -> dict[str, Any]:
        """Every value by its path, None where nothing is given: what `replace` takes, in the order of the fields."""
        return dict(leaves(self, absent=True))

    def replace(self, changes: Mapping[str, Any]) -> Self:
        """A copy with other values at some paths, validated as a whole.

        Parameters
        ----------
        changes
            {path: value}, as `paths()` lists them or of whole parts, in any order. In place of an index may stand a
            name. None takes away what may be left out. Where one of two ways to say the same is set, such as
            `emax` and `log10_kill_per_cycle`, the other is let go.

        Raises
        ------
        ModelError
            If a path leads nowhere, two of them overlap, or the result is not valid: all problems at once.
        TypeError
            If something has the wrong type.

        Examples
        --------
        >>> import chemoevo as ce
        >>> tumor = ce.Tumor(birth=0.14, death=0.1, size=1e6, alterations=[ce.Alteration(name="ABCB1", mutation=1e-7)])
        >>> tumor.replace({"size": 1e9, "alterations[ABCB1].mutation": 1e-8}).alterations[0].mutation
        1e-08
        """
        if not isinstance(changes, Mapping):
            raise TypeError(
                f"changes must be a table of paths and values, such as {{'name': 'another'}}; got {changes!r}."
            )
        problems = Problems()
        for path in changes:
            if not isinstance(path, str):
                problems.type("changes", "must have texts for paths", path)
        problems.raise_if_any()
        return type(self)(**assigned(self, changes))

    def with_missing(self, paths: Iterable[str]) -> Self:
        """The specification with the items that paths name and that it may take over from what ships."""
        part = self
        for path in paths:
            match = re.match(r"(\w+)\[([^\[\]]+)\]", path)
            items = getattr(part, match[1], None) if match else None
            if match is None or not isinstance(items, tuple) or match[2].isdigit():
                continue
            if not any(getattr(item, "name", None) == match[2] for item in items):
                item = part.missing_item(match[1], match[2])
                if item is not None:
                    part = part.model_copy(update={match[1]: (*items, item)})
        return part

    def missing_item(self, field: str, name: str) -> BaseModel | None:
        """The item of that name that a path may add to a list of this specification, or None."""
        return None


def assigned(
    part: Addressed, changes: Mapping[str, Any], data: dict[str, Any] | None = None, *, stated: bool = False
) -> dict[str, Any]:
    """What `to_dict` would give with other values at some paths; `data` is what it gives, where that is known.

    Another number in place of a figure is the user's own, in the unit of the field; if `stated`, or if the figure says
    how much patients differ, which stays, in that of the figure, which is then taken as it is.

    Raises
    ------
    ModelError
        If a path leads nowhere, or two overlap.
    """
    found: dict[str, tuple[str, list[Step], Any]] = {}
    within: dict[str, list[str]] = {}
    part, problems = part.with_missing(changes), Problems()
    for path, value in changes.items():
        try:
            steps = steps_of(part, path)
        except NoSuchPathError as error:
            problems.value(path, error.rule, hint=error.hint)
            continue
        known = written(steps)
        above = [written(steps[:depth]) for depth in range(1, len(steps))]
        # What is set already: a part that holds it, itself, or something in it.
        overlapping = [*(whole for whole in (*above, known) if whole in found), *within.get(known, ())]
        for other in overlapping:
            problems.value(path, f"must not be set together with {found[other][0]}: one holds the other")
        for whole in above:
            within.setdefault(whole, []).append(known)
        found[known] = (path, steps, value)
    problems.raise_if_any()
    copy = _opened(part, {steps[0] for _, steps, _ in found.values()}) if data is None else dict(data)
    for _, steps, value in found.values():
        now = _value(part, steps)
        if is_figure(now) and not isinstance(value, Mapping | BaseModel | None):
            if value == now.value:
                continue
            # How much patients differ is said of the parameter, whatever its typical value.
            varies = {} if now.cv is None else {"cv": now.cv}
            value = {"value": value, "unit": now.unit, "tag": "U", **varies} if stated or varies else value
        _set(part, copy, steps, value, set(found))
    return copy


def _opened(part: Addressed, fields: set[Step]) -> dict[str, Any]:
    """Plain data of some fields; the others as they stand, which were checked when they were made."""
    values = ((name, getattr(part, name)) for name in type(part).model_fields)  # type: ignore[attr-defined]
    return {name: plain(value) if name in fields else value for name, value in values if value is not None}


def _set(part: Addressed, data: dict[str, Any], steps: Sequence[Step], value: Any, paths: set[str]) -> None:
    here: Any = data
    object_: Any = part
    for depth, step in enumerate(steps):
        key = step[0] if isinstance(step, tuple) else step
        if isinstance(object_, Addressed) and isinstance(step, str):
            _let_go(object_, here, step, written(steps[:depth]), paths)
        after = _next(object_, step)
        if depth == len(steps) - 1:
            if value is None and isinstance(here, dict):
                here.pop(key, None)
            else:
                here[key] = plain(value)
            return
        inner = here[key] if not isinstance(here, dict) else here.get(key, {})
        here[key] = list(inner) if isinstance(inner, list) else dict(inner)
        here, object_ = here[key], after


def _value(part: Any, steps: Sequence[Step]) -> Any:
    for step in steps:
        part = _next(part, step)
    return part


def _next(here: Any, step: Step) -> Any:
    if isinstance(step, str):
        return getattr(here, step, None)
    if here is None:
        return None
    return here.get(step[0]) if isinstance(step, tuple) else here[step]


def _let_go(part: Addressed, data: dict[str, Any], field: str, path: str, paths: set[str]) -> None:
    """Removes the alternatives of a field that is set, but for those that are set as well."""
    groups = part.alternatives
    for group in groups:
        if field in group or not any(field in other for other in groups):
            continue
        for name in group:
            whole = f"{path}.{name}" if path else name
            if not any(below(other, whole) for other in paths):
                data.pop(name, None)


def plain(value: Any) -> Any:
    """Plain data of a value in which there may be specifications."""
    if isinstance(value, BaseModel):
        return value.to_dict()  # type: ignore[attr-defined]
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value
