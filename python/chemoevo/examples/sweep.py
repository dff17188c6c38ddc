"""How does cure depend on three things at once? A sweep of 5 x 5 x 5 points, and a map of one layer of it."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import polars as pl

import chemoevo as ce

CLEARANCE, CELLS, CYCLES = "patient.factors[docetaxel].clearance", "surgery.residual_cells", "regimen.phases[0].cycles"


def main(figure: str = "sweep.png") -> pl.DataFrame:
    scenario = ce.Scenario.load(Path(__file__).parent / "nsclc_adjuvant.toml")
    points = ce.grid({CLEARANCE: np.geomspace(0.5, 2, 5), CELLS: np.geomspace(10, 1e5, 5), CYCLES: [2, 3, 4, 5, 6]})
    table = ce.sweep(scenario, points, ask="cure")
    six = table.filter(pl.col(CYCLES) == 6)
    ax = ce.plots.cure_map(six, x=CLEARANCE, y=CELLS)
    ax.set_title("six cycles")
    ax.figure.savefig(figure)
    print(table.select(CLEARANCE, CELLS, CYCLES, "cure").sample(5, seed=1))
    print(f"Cure on six cycles lies between {six['cure'].min():.3f} and {six['cure'].max():.3f}; see {figure}.")
    return table


if __name__ == "__main__":
    main(*sys.argv[1:])
