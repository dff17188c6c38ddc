"""Numbers with their sources: figures, citations, and tags that say how sure they are."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from chemoevo.base.specification import Name, Number, Specification, Text

Tag = Literal["R", "P", "B+", "B", "B-", "C"]
"""How sure a figure is; see `chemoevo/data/README.md`."""


class Figure(Specification):
    """A number with its unit, source and confidence.

    Parameters
    ----------
    value
        The number, >= 0.
    unit
        Its unit, as text.
    cite
        Key of the source in the `citations` beside it.
    tag
        How sure it is: "R" read in the source or in a published reprint of its table, "P" partly read, "B+", "B", "B-"
        background knowledge of falling confidence, not read, "C" computed from figures read.
    note
        What a user should know about it.
    """

    figure: ClassVar[bool] = True

    value: Annotated[Number, Field(ge=0)]
    unit: Text
    cite: Name
    tag: Tag
    note: Text | None = None


class Citation(Specification):
    """A source: authors, year, journal, volume and page; and its DOI where known."""

    text: Name
    doi: Name | None = None


def _figures(part: Specification, path: str = "") -> list[tuple[str, Figure]]:
    found: list[tuple[str, Figure]] = []
    for name in type(part).model_fields:
        value = getattr(part, name)
        here = f"{path}.{name}" if path else name
        if isinstance(value, Figure):
            found.append((here, value))
        elif isinstance(value, Specification):
            found += _figures(value, here)
        elif isinstance(value, tuple):
            for k, item in enumerate(value):
                found += _figures(item, f"{here}[{k}]") if isinstance(item, Specification) else []
    return found
