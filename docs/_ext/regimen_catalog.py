"""The directive `regimen-catalog`: every regimen that ships, in one line, with its sources."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sphinx.util.docutils import SphinxDirective

from chemoevo import pharmacology
from chemoevo.pharmacology import regimens

if TYPE_CHECKING:
    from docutils.nodes import Node
    from sphinx.application import Sphinx

    from chemoevo.pharmacology import Regimen


def _drugs(plan: Regimen) -> str:
    """The drugs, those without kinetics in italics."""
    known = {name: pharmacology.drug(name).kinetics is not None for name in plan.drugs}
    return ", ".join(name if computed else f"*{name}*" for name, computed in known.items())


def section(name: str) -> Iterator[str]:
    """The section of a regimen, as Markdown."""
    plan, said = regimens.regimen(name), regimens.note(name)
    yield from (f"(regimen-{name.replace('_', '-')})=", f"## {name}", "")
    yield from (f"{plan.name}: {_drugs(plan)}; {plan.cycles} cycles in {plan.duration_days:g} days.", "")
    yield from ("```text", *plan.text.replace(" then ", "\n  then ").replace(" + ", "\n  + ").splitlines(), "```", "")
    yield from ((said, "") if said else ())
    yield from (f"* {source}" for source in (plan.cite or "").split("; "))
    yield ""


def as_markdown() -> str:
    """The page below its introduction."""
    return "\n".join(line for name in regimens.names() for line in section(name))


class RegimenCatalog(SphinxDirective):
    """Puts the sections of all regimens where it stands."""

    def run(self) -> list[Node]:
        """The nodes."""
        return self.parse_text_to_nodes(as_markdown(), allow_section_headings=True)


def setup(app: Sphinx) -> dict[str, bool]:
    """Connects the extension."""
    app.add_directive("regimen-catalog", RegimenCatalog)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
