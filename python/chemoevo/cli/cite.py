"""The sources of a scenario's numbers, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chemoevo.base.tables import text_table, wrapped

if TYPE_CHECKING:
    import polars as pl


def cited(table: pl.DataFrame) -> str:
    """The numbers by part, each with the number of its source; and the sources."""
    sources: dict[str, int] = {}
    lines: list[str] = []
    for part in table["part"].unique(maintain_order=True):
        rows = []
        for row in table.filter(part=part).iter_rows(named=True):
            where = ""
            if row["source"] is not None:
                text = row["source"] + (f", doi:{row['doi']}" if row["doi"] else "")
                where = f"[{sources.setdefault(text, len(sources) + 1)}]"
            value = (
                ""
                if row["value"] is None
                else f"{row['value']:.6g} {row['unit'] if row['unit'] != '1' else ''}".strip()
            )
            rows.append((row["number"], value, where, row["tag"], "not verified" if row["verified"] is False else ""))
        lines += [part, text_table(("number", "value", "source", "tag", "remark"), rows), ""]
    lines.append("Sources, and the reasons of what the scenario states")
    lines += [wrapped(f"[{number}] {text}", indent="  ", hanging="    ") for text, number in sources.items()]
    counted = table["verified"].drop_nulls()
    if len(counted):
        said = (
            f"{int(counted.sum())} of {len(counted)} numbers from sources were read there or in a reprint; the others"
        )
        lines += ["", wrapped(f"{said} are not verified. Tags: chemoevo/data/README.md.", hanging="")]
    return "\n".join(lines)
