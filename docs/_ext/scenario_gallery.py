"""The directive `scenario-gallery`: every scenario that ships, with its question, its answer and its figure.

Each is run when the page is read, with the replicates of its file, so the answers are those of this very version. They
take half a minute together. A build that runs nothing (`nb_execution_mode = "off"`) leaves answers and figures out.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from sphinx.util.docutils import SphinxDirective

import chemoevo as ce
from chemoevo.base.shipped import EXAMPLES
from chemoevo.cli.figure import figure_of

if TYPE_CHECKING:
    from docutils.nodes import Node
    from sphinx.application import Sphinx

FOLDER = "shipped"
"""Below docs/: the figures, which are made by the build and not kept."""
SEED = 1
"""Of scenarios whose file has none."""


def seed(scenario: ce.Scenario) -> int:
    """The seed of a run: that of the file, if it has one."""
    return SEED if scenario.simulation.seed is None else scenario.simulation.seed


def command(name: str) -> str:
    """What gives the same answer and the same figure on the command line."""
    scenario = ce.scenarios.scenario(name)
    seeded = f" --seed {SEED}" if scenario.simulation.seed is None else ""
    return f"chemoevo run {name}{seeded} --out results/{name} --figure {name}.png"


def answered(name: str, folder: Path) -> str:
    """Runs a scenario, draws its figure to a folder, and gives its answer in a paragraph."""
    scenario = ce.scenarios.scenario(name)
    ensemble = ce.simulate(scenario, seed=seed(scenario))
    answer = ce.answer(scenario, ensemble)
    folder.mkdir(exist_ok=True)
    # Without a version, the same figure is the same file.
    figure_of(answer, ensemble).savefig(folder / f"{name}.png", dpi=80, metadata={"Software": None})
    return answer.paragraph()


def section(name: str, answer: str | None) -> Iterator[str]:
    """The section of a scenario, as Markdown; without an answer there is no figure either."""
    scenario = ce.scenarios.scenario(name)
    yield from (f"(scenario-{name.replace('_', '-')})=", f"## {scenario.name}", "")
    yield from (f"**{ce.scenarios.question(name)}**", "")
    if answer is not None:
        yield from (answer, "", f"![Histories, and the share without progression]({FOLDER}/{name}.png)", "")
    yield from (f"{{download}}`{name}.toml <../{EXAMPLES}/{name}.toml>`", "", "```text", command(name), "```", "")
    note = ce.scenarios.note(name)
    if note:
        yield from ("```{dropdown} What the file says of its numbers", "\n\n".join(note.splitlines()), "```", "")


def overview() -> Iterator[str]:
    """All of them in a table."""
    yield from ("| scenario | question |", "|---|---|")
    for name in ce.scenarios.names():
        yield f"| [`{name}`](#scenario-{name.replace('_', '-')}) | {ce.scenarios.question(name)} |"
    yield ""


class ScenarioGallery(SphinxDirective):
    """Puts the table and the sections of all scenarios where it stands."""

    def run(self) -> list[Node]:
        """The nodes."""
        runs, folder = self.config.nb_execution_mode != "off", Path(self.env.srcdir) / FOLDER
        lines = list(overview())
        for name in ce.scenarios.names():
            self.env.note_dependency(str(Path(ce.__file__).parent / EXAMPLES / f"{name}.toml"))
            lines += section(name, answered(name, folder) if runs else None)
        return self.parse_text_to_nodes("\n".join(lines), allow_section_headings=True)


def setup(app: Sphinx) -> dict[str, bool]:
    """Connects the extension."""
    app.add_directive("scenario-gallery", ScenarioGallery)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
