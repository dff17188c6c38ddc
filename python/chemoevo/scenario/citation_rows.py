"""A row of the table of sources: a number of a model and where it comes from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, Protocol

from chemoevo.base.evidence import OWN, READ, Citation, Figure
from chemoevo.resistance.alterations import Change


class Row(NamedTuple):
    """A number of a model and where it comes from."""

    part: str
    number: str
    value: float | None
    unit: str | None
    source: str | None
    doi: str | None
    tag: str
    verified: bool | None
    note: str | None


def source_of(cite: str | None, sources: Mapping[str, Citation]) -> Citation | None:
    """A source by its key, or as it is written."""
    return sources.get(cite or "") or (None if cite is None else Citation(text=cite))


def row_of(part: str, path: str, figure: Figure, sources: Mapping[str, Citation]) -> Row:
    """That of a figure."""
    found = told(sources.get(figure.cite or ""))
    return Row(part, path, figure.value, figure.unit, *found, figure.tag, verified(figure.tag), figure.note)


def own(part: str, number: str, value: float, unit: str, reason: str | None = None, note: str | None = None) -> Row:
    """That of a number that the scenario states, with the reason it gives."""
    return Row(part, number, value, unit, reason, None, OWN, None, note)


class Sourced(Protocol):
    """A part that says where its numbers come from, and how sure they are."""

    @property
    def cite(self) -> str | None:
        """The source."""

    @property
    def tag(self) -> str | None:
        """How sure it is."""


def stated(part: str, number: str, value: float, unit: str, of: Sourced, note: str | None = None) -> Row:
    """That of a number of such a part; the scenario's own where it has no tag."""
    row = own(part, number, value, unit, of.cite, note)
    return row if of.tag is None else row._replace(tag=of.tag, verified=verified(of.tag))


def formula(part: str, number: str, source: Citation, tag: str, words: str) -> Row:
    """That of a rule by which something is computed."""
    return Row(part, number, None, None, *told(source), tag, verified(tag), words)


def of_changes(part: str, changes: Iterable[Change], sources: Mapping[str, Citation]) -> Iterator[Row]:
    """Those of what raises or lowers mechanisms."""
    for change in changes:
        tag = change.tag or OWN
        for name in ("by", "loss"):
            value = getattr(change, name)
            if value is not None:
                found = told(source_of(change.cite, sources))
                yield Row(
                    part, f"changes[{change.mechanism}].{name}", value, "1", *found, tag, verified(tag), change.note
                )


def told(source: Citation | None) -> tuple[str | None, str | None]:
    """Text and DOI."""
    return (None, None) if source is None else (source.text, source.doi)


def verified(tag: str) -> bool | None:
    """Whether a number was read in its source; None for the user's own."""
    return None if tag == OWN else tag in READ
