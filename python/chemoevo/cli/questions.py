"""What a scenario asks besides, as text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from chemoevo.cli.tables import shown_table

if TYPE_CHECKING:
    import polars as pl

_TITLES = {
    "relapse_time": "Back at the size of progression, by the equations",
    "attribution": "What each part of resistance costs in cure",
    "toxicity": "Neutrophils by cycle (1e9/L, days)",
    "ranking": "Regimens by rank",
}
_LOOKS = 9


def questions_text(tables: Mapping[str, pl.DataFrame]) -> str:
    """A section for each, 80 columns wide; of looks a few, the last one among them."""
    parts = []
    for name, table in tables.items():
        shown = table
        if name == "relapse_time" and table.height > _LOOKS:
            shown = table[np.unique(np.linspace(0, table.height - 1, _LOOKS).round().astype(int)).tolist()]
        # What nobody has says nothing.
        shown = shown[[column.name for column in shown if not column.is_null().all()]]
        known_by = 1 if name in ("relapse_time", "toxicity") else 2
        parts.append(f"{_TITLES[name]}\n{shown_table(shown, known_by=known_by)}")
    return "\n\n".join(parts)
