"""The directives `mechanism-catalog` and `alteration-catalog`: what ships, number by number, with sources."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sphinx.util.docutils import SphinxDirective

import chemoevo as ce
from chemoevo import pharmacology
from chemoevo.base.evidence import READ
from docs._ext.drug_catalog import NOT_VERIFIED, remarks, row, sources

if TYPE_CHECKING:
    from docutils.nodes import Node
    from sphinx.application import Sphinx

    from chemoevo.base.evidence import Tag


def anchor(kind: str, name: str) -> str:
    """The name of a section, as links have it."""
    return f"{kind}-{name.lower()}"


def _link(kind: str, page: str, name: str) -> str:
    return f"[{name}]({page}#{anchor(kind, name)})"


def _mark(tag: Tag | None) -> str:
    return "" if tag is None or tag in READ else NOT_VERIFIED


def _source(cite: str | None, keys: dict[str, int]) -> str:
    return "" if cite is None else f"[{keys[cite]}]"


def _changed_by(mechanism: str) -> str:
    """Alterations that change a mechanism."""
    found = [ce.alteration(name, mutation=0) for name in ce.alteration_names()]
    names = [a.name for a in found if any(change.mechanism == mechanism for change in a.changes)]
    return ", ".join(_link("alteration", "alterations.md", name) for name in names)


def _modulated_by(mechanism: str) -> str:
    """Drugs that inhibit a mechanism or use it up."""
    found = [pharmacology.drug(name) for name in pharmacology.drug_names()]
    names = [drug.name for drug in found if any(one.mechanism == mechanism for one in drug.inhibits)]
    return ", ".join(_link("drug", "drugs.md", name) for name in names)


def _overview() -> Iterator[str]:
    yield "| mechanism | stage | basal | acts on | does nothing to | unknown | changed by | inhibited or used up by |"
    yield "|---|---|---|---|---|---|---|---|"
    for name in ce.mechanism_names():
        one = ce.mechanism(name)
        acts, unknown = sum(on.acts for on in one.drugs), sum(on.unknown is not None for on in one.drugs)
        yield row(
            f"[{name}](#{anchor('mechanism', name)})",
            one.stage,
            f"{one.basal:g}",
            f"{acts} drug{'' if acts == 1 else 's'}",
            f"{len(one.drugs) - acts - unknown}",
            f"{unknown}",
            _changed_by(name),
            _modulated_by(name),
        )


def factor(on: ce.OnDrug) -> str:
    """What a mechanism does to a drug, in a cell of the table."""
    if not on.acts:
        return "none" if on.none is not None else "unknown"
    words = f"{on.fold:g}" if on.fold is not None else f"strength {on.strength or 0:g}"
    words += f" ({on.interval[0]:g} to {on.interval[1]:g})" if on.interval else ""
    words += f"; Emax x {on.ceiling:g}" if on.ceiling is not None else ""
    words += f"; of an expression of {on.expression:g}" if on.expression is not None else ""
    return words + (f"; with {on.needs}" if on.needs else "")


def _of_drug(on: ce.OnDrug, keys: dict[str, int]) -> str:
    notes = [note for note in (on.none, on.unknown, on.note) if note is not None]
    if on.km is not None:
        km = f"Km {on.km.value:g} {on.km.unit} [{keys[on.km.cite]}], {on.km.tag}" if on.km.cite else ""
        notes.append(". ".join(part for part in (km, on.km.note) if part))
    hours = "" if on.hours is None else f"{on.hours:g}"
    source = _source(on.cite, keys)
    return row(f"`{on.drug}`", factor(on), on.pair or "", hours, source, on.tag or "", _mark(on.tag), " ".join(notes))


def section(name: str) -> list[str]:
    """The section of a mechanism, as Markdown."""
    one = ce.mechanism(name)
    keys = {key: number for number, key in enumerate(one.citations, 1)}
    lines = [f"({anchor('mechanism', name)})=", f"## {name}", ""]
    said = [f"{one.title}." if one.title else "", f"Acts on {one.stage}." if one.stage != "immunity" else "Immunity."]
    said += [f"Expression {one.basal:g} in cells without alterations, {one.expression:g} in the lines with the folds."]
    if one.turnover_hours is not None:
        half = one.turnover_hours
        said.append(f"Made anew with a half-life of {half.value:g} h ({half.tag}{_and_source(half.cite, keys)}).")
        said += [half.note] if half.note else []
    if one.hypoxia is not None:
        raised = one.hypoxia
        source = _and_source(raised.cite, keys)
        said.append(f"At 20 mmHg of oxygen its expression is x {raised.value:g} ({raised.tag}{source}).")
        said += [raised.note] if raised.note else []
    lines += [" ".join(part for part in said if part), "", *((one.basis, "") if one.basis else ())]
    comment = remarks(name, "mechanisms")
    lines += [comment.replace("<", "\\<"), ""] if comment else []
    for words, names in (("Changed by", _changed_by(name)), ("Inhibited or used up by", _modulated_by(name))):
        lines += [f"{words} {names}.", ""] if names else []
    lines += ["| drug | fold on EC50 | pair | hours | source | tag | | remark |", "|---|---|---|---|---|---|---|---|"]
    lines += [_of_drug(on, keys) for on in one.drugs]
    return [*lines, "", *sources(one.citations), ""]


def _and_source(cite: str | None, keys: dict[str, int]) -> str:
    return f", [{keys[cite]}]" if cite is not None else ""


def alteration_section(name: str) -> list[str]:
    """The section of an alteration, as Markdown."""
    one = ce.alteration(name, mutation=0)
    keys = {key: number for number, key in enumerate(one.citations, 1)}
    lines = [f"({anchor('alteration', name)})=", f"## {name}", "", f"{one.title}.", ""]
    comment = remarks(name, "alterations")
    lines += [comment.replace("<", "\\<"), ""] if comment else []
    lines += ["| mechanism | change per copy | source | tag | | remark |", "|---|---|---|---|---|---|"]
    for change in one.changes:
        how = f"{change.by:+g}" if change.by is not None else f"{100 * (change.loss or 0):g} % lost"
        where = _link("mechanism", "mechanism-catalog.md", change.mechanism)
        tag, source = change.tag, _source(change.cite, keys)
        lines.append(row(where, how, source, tag or "", _mark(tag), change.note or ""))
    return [*lines, "", *sources(one.citations), ""]


def _alterations() -> Iterator[str]:
    yield "| alteration | what | changes |"
    yield "|---|---|---|"
    for name in ce.alteration_names():
        one = ce.alteration(name, mutation=0)
        yield row(f"[{name}](#{anchor('alteration', name)})", one.title or "", one.acts_on)


def as_markdown() -> str:
    """The page on mechanisms below its introduction."""
    sections = [line for name in ce.mechanism_names() for line in section(name)]
    return "\n".join([*_overview(), "", *sections])


def alterations_as_markdown() -> str:
    """The page on alterations below its introduction."""
    sections = [line for name in ce.alteration_names() for line in alteration_section(name)]
    return "\n".join([*_alterations(), "", *sections])


class MechanismCatalog(SphinxDirective):
    """Puts the table and the sections of all mechanisms where it stands."""

    def run(self) -> list[Node]:
        """The nodes."""
        return self.parse_text_to_nodes(as_markdown(), allow_section_headings=True)


class AlterationCatalog(SphinxDirective):
    """Puts the table and the sections of all alterations where it stands."""

    def run(self) -> list[Node]:
        """The nodes."""
        return self.parse_text_to_nodes(alterations_as_markdown(), allow_section_headings=True)


def setup(app: Sphinx) -> dict[str, bool]:
    """Connects the extension."""
    app.add_directive("mechanism-catalog", MechanismCatalog)
    app.add_directive("alteration-catalog", AlterationCatalog)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
