"""The directive `drug-catalog`: every drug that ships, with every number, its source and how sure it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import resources
from typing import TYPE_CHECKING

from sphinx.util.docutils import SphinxDirective

from chemoevo import pharmacology
from chemoevo.base.evidence import READ, figures_of

if TYPE_CHECKING:
    from docutils.nodes import Node
    from sphinx.application import Sphinx

    from chemoevo.base.evidence import Citation
    from chemoevo.pharmacology import Drug, Figure

NOT_VERIFIED = "not verified"


def remarks(name: str, folder: str = "drugs") -> str:
    """Why the numbers of a file are these: the comment on top of it."""
    text = (resources.files("chemoevo") / "data" / folder / f"{name}.toml").read_text(encoding="utf-8")
    lines = []
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        lines.append(line.removeprefix("#").strip())
    return " ".join(lines)


def runs(drug: Drug) -> str:
    """Whether its exposure can be computed, or why not."""
    if drug.kinetics is None:
        return "no: without kinetics"
    return "yes" if drug.fraction_unbound is not None else "in plasma; its unbound share is not known"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "\\<") or " "


def row(*cells: str) -> str:
    """A row of a table."""
    return "| " + " | ".join(map(_cell, cells)) + " |"


def _overview(drugs: list[Drug]) -> Iterator[str]:
    yield "| drug | class | acts on | given | runs | EC50 | numbers verified |"
    yield "|---|---|---|---|---|---|---|"
    for drug in drugs:
        figures = [figure for _, figure in figures_of(drug)]
        read = sum(figure.tag in READ for figure in figures)
        potency = "" if drug.potency is None else f"{drug.potency.ec50.value:g} uM"
        yield row(
            f"[{drug.name}](#drug-{drug.name.lower()})",
            drug.drug_class,
            drug.target or "",
            ", ".join(drug.routes),
            runs(drug),
            potency,
            f"{read} of {len(figures)}",
        )


def _facts(drug: Drug) -> Iterator[str]:
    yield f"{drug.drug_class}; acts on {drug.target}; {drug.mode}; given {', '.join(drug.routes)}."
    if drug.cycle_specificity is not None:
        phase = drug.cycle_specificity
        yield "Cells in any phase of the cycle." if phase == "any" else f"Cells in {phase}."
    if drug.prodrug:
        yield "A prodrug: its metabolites act."
    if drug.without_kinetics is not None:
        yield f"**Without kinetics**: {drug.without_kinetics}"
    if drug.without_binding is not None:
        yield f"**Without an unbound share**: {drug.without_binding}"
    for what, potency in [("EC50", drug.potency), *((f"EC50 of {m.name}", m.potency) for m in drug.metabolites)]:
        if potency is not None and potency.line is not None:
            hours = "" if potency.exposure_hours is None else f", {potency.exposure_hours:g} h"
            yield f"{what}: {potency.line}{hours}."
    if drug.potency is None and not drug.prodrug and drug.mode != "modulator":
        yield "**Without EC50**: a scenario states it."


def _figure(path: str, figure: Figure, keys: dict[str, int]) -> str:
    cv = "" if figure.cv is None else f"{100 * figure.cv:.3g} %"
    unit = "" if figure.unit == "1" else figure.unit
    mark = "" if figure.tag in READ else NOT_VERIFIED
    source = f"[{keys[figure.cite]}]" if figure.cite is not None else ""
    return row(f"`{path}`", f"{figure.value:g}", unit, cv, source, figure.tag, mark, figure.note or "")


def section(drug: Drug) -> list[str]:
    """The section of a drug, as Markdown."""
    keys = {key: number for number, key in enumerate(drug.citations, 1)}
    lines = [f"(drug-{drug.name.lower()})=", f"## {drug.name}", "", " ".join(_facts(drug)), ""]
    said = remarks(drug.name)
    lines += [said.replace("<", "\\<"), ""] if said else []
    lines += [
        "| number | value | unit | between patients | source | tag | | remark |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines += [_figure(path, figure, keys) for path, figure in figures_of(drug)]
    covariates = () if drug.kinetics is None else drug.kinetics.covariates
    lines += ["", *(f"* {text}" for text in map(_covariate, covariates)), ""] if covariates else [""]
    return [*lines, *sources(drug.citations), ""]


def sources(citations: Mapping[str, Citation]) -> Iterator[str]:
    """The sources of a section, numbered as its tables number them."""
    for number, source in enumerate(citations.values(), 1):
        yield f"* [{number}] {source.text}" + (f", doi:{source.doi}" if source.doi else "")


_UNITS = {"bsa": "m2", "weight": "kg", "age": "years", "gfr": "mL/min", "serum_creatinine": "mg/dL"}


def _covariate(one: pharmacology.Covariate) -> str:
    of = one.of
    if of == "sex":
        who, factor = ("men", one.male) if one.male is not None else ("women", one.female)
        return f"`{one.parameter}` times {factor.value:g} in {who}." if factor is not None else ""
    sign = "-" if one.falls else ""
    reference = f"{one.reference:g} {_UNITS[of]}"
    if one.exponent is not None:
        return f"`{one.parameter}` as ({of}/{reference})^{sign}{one.exponent.value:g}."
    assert one.slope is not None
    return f"`{one.parameter}` as 1 {'-' if one.falls else '+'} {one.slope.value:g} ({of} - {reference})."


def as_markdown() -> str:
    """The page below its introduction."""
    drugs = [pharmacology.drug(name) for name in pharmacology.drug_names()]
    lines = [*_overview(drugs), ""]
    for drug in drugs:
        lines += section(drug)
    return "\n".join(lines)


class DrugCatalog(SphinxDirective):
    """Puts the table and the sections of all drugs where it stands."""

    def run(self) -> list[Node]:
        """The nodes."""
        return self.parse_text_to_nodes(as_markdown(), allow_section_headings=True)


def setup(app: Sphinx) -> dict[str, bool]:
    """Connects the extension."""
    app.add_directive("drug-catalog", DrugCatalog)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
