"""The directive `table-columns`: the columns of every table that the package returns, from examples."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

from docs._ext import answer_tables, ensemble_tables, pharmacology_tables
from docs._ext.table import Table

if TYPE_CHECKING:
    from docutils.nodes import Node
    from sphinx.application import Sphinx

TABLES = (*ensemble_tables.TABLES, *answer_tables.TABLES, *pharmacology_tables.TABLES)


def section(table: Table) -> list[str]:
    """The section of a table, as Markdown."""
    missing = table.missing()
    if missing:
        names = ", ".join(sorted(missing))
        raise ExtensionError(f"{table.code}: {names} must be a column and have a meaning in docs/_ext/*_tables.py.")
    lines = [
        f"## {table.title}",
        "",
        f"`{table.code}`: {table.rows}.",
        "",
        "| column | type | meaning |",
        "|---|---|---|",
    ]
    for name, kind in table.columns().items():
        lines.append(f"| `{name}` | {kind} | {table.meanings[name]} |")
    return [*lines, ""]


class TableColumns(SphinxDirective):
    """Puts a section for every table where it stands."""

    def run(self) -> list[Node]:
        """The nodes."""
        text = "\n".join(line for table in TABLES for line in section(table))
        return self.parse_text_to_nodes(text, allow_section_headings=True)


def setup(app: Sphinx) -> dict[str, bool]:
    """Connects the extension."""
    app.add_directive("table-columns", TableColumns)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
