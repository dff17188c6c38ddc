"""The directive `literature`: every paper of `examples/published`, computed anew and held against what it prints.

A build that runs nothing (`nb_execution_mode = "off"`) leaves the results out.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from sphinx.util.docutils import SphinxDirective

from docs._ext.drug_catalog import row

if TYPE_CHECKING:
    from docutils.nodes import Node
    from sphinx.application import Sphinx

FOLDER = Path(__file__).parents[2] / "python" / "chemoevo" / "examples" / "published"


def loaded() -> ModuleType:
    """The script that ships beside the papers, as a module."""
    name = "chemoevo_published"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, FOLDER / "run.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


published = loaded()


def _short(value: float) -> str:
    return f"{value:.4g}"


def _unit(text: str) -> str:
    return "" if text == "1" else text


def overview(papers: list[published.Paper], values: dict[str, dict[str, float]]) -> Iterator[str]:
    """One line per paper and one for all: the paper's own model apart from measurements; not all results count."""
    yield "| paper | kind | of its model | reproduced | measured | predicted |"
    yield "|---|---|---|---|---|---|"
    total = [0] * 2 * len(published.AGAINST)
    for paper in papers:
        counts = []
        for against in published.AGAINST:
            found = [result for result in paper.results if result.counted and result.against == against]
            counts += [len(found), sum(result.agrees(values[paper.key][result.name]) for result in found)]
        total = [before + count for before, count in zip(total, counts, strict=True)]
        yield row(f"[{paper.key}](#paper-{paper.key})", paper.kind, *map(str, counts))
    yield row("all", "", *map(str, total))


def results(papers: list[published.Paper], values: dict[str, dict[str, float]]) -> Iterator[str]:
    """One line per result of all papers."""
    yield "| paper | kind | against | quantity | unit | printed | chemoevo | tolerance | comes out |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for paper in papers:
        link = f"[{paper.key}](https://doi.org/{paper.doi})" if paper.doi else f"[{paper.key}](#paper-{paper.key})"
        for result in paper.results:
            value = values[paper.key][result.name]
            cells = (_unit(result.unit), _short(result.printed), _short(value), result.allowed)
            yield row(link, paper.kind, result.against, result.name, *cells, published.verdict(result, value))


def section(paper: published.Paper) -> Iterator[str]:
    """What goes in, one line per parameter, and why the tolerances are what they are."""
    yield from (f"(paper-{paper.key})=", f"### {paper.cite}", "")
    source = f", doi:[{paper.doi}](https://doi.org/{paper.doi})" if paper.doi else ""
    yield from (f"*{paper.title}*{source}. Read: {paper.read}.", "")
    yield from (" ".join(paper.about.split()), "")
    yield from ("| parameter | symbol | value | unit | where | |", "|---|---|---|---|---|---|")
    for one in paper.parameters:
        said = [] if one.tag == "printed" else [f"**{one.tag}**: {one.note}"]
        said += [f"**unseen**: {one.unseen}"] if one.unseen else []
        yield row(f"`{one.name}`", one.symbol, f"{one.value:g}", _unit(one.unit), one.where, "; ".join(said))
    yield from ("", "| results | tolerance |", "|---|---|")
    reasons: dict[tuple[str, str, str], list[str]] = {}
    for result in paper.results:
        reasons.setdefault((result.where, result.allowed, result.why), []).append(result.name)
    for (where, tolerance, why), names in reasons.items():
        yield row(f"{where}: {names[0] if len(names) == 1 else f'{len(names)} results'}", f"{tolerance}: {why}")
    yield ""


def as_markdown(keys: Iterable[str] | None = None, *, computed: bool = True) -> str:
    """The page below its introduction, of all papers or of some; what is not computed has no results."""
    papers = [published.paper(key) for key in (published.known() if keys is None else keys)]
    lines = []
    if computed:
        values = {paper.key: paper.computed() for paper in papers}
        lines += [*overview(papers, values), "", "## Every result", "", *results(papers, values), ""]
    lines += ["## Every parameter", ""]
    for paper in papers:
        lines += section(paper)
    return "\n".join(lines)


class Literature(SphinxDirective):
    """Puts the tables of all papers where it stands."""

    def run(self) -> list[Node]:
        """The nodes."""
        text = as_markdown(computed=self.config.nb_execution_mode != "off")
        return self.parse_text_to_nodes(text, allow_section_headings=True)


def setup(app: Sphinx) -> dict[str, bool]:
    """Connects the extension."""
    app.add_directive("literature", Literature)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
