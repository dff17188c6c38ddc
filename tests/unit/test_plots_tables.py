"""Figures of tables: maps of parameters, tornadoes and trees."""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import polars as pl
import pytest
from matplotlib.collections import PolyCollection

import chemoevo as ce
from chemoevo import plots
from tests.unit.drawings import ELASTICITIES, GRID, axes, clones, drawn, legend_of


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    plt.close("all")


def test_a_heatmap_has_log_axes_for_geometric_grids_and_hatches_what_is_missing() -> None:
    ax = drawn("heatmap", contours=[0.5, 7.0])
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "linear")
    (mesh,) = [c for c in ax.collections if isinstance(c, mpl.collections.QuadMesh)]
    values = mesh.get_array().reshape(3, 4)
    assert np.ma.getmaskarray(values).tolist() == [[False] * 4, [False] * 3 + [True], [False] * 4]
    assert values.compressed().tolist() == GRID["cure"].drop_nulls().to_list()
    assert mesh.get_clim() == (0.0, 1.0)
    (hatched,) = [c for c in ax.collections if isinstance(c, PolyCollection)]
    assert hatched.get_hatch() == "////"
    corners = hatched.get_paths()[0].vertices
    assert corners[:, 0].min() < 1e9 < corners[:, 0].max()
    assert corners[:, 1].min() == 10.5
    assert corners[:, 1].max() == 17.5
    assert legend_of(ax) == ["no value"]
    (lines,) = [c for c in ax.collections if isinstance(c, mpl.contour.ContourSet)]
    assert list(lines.levels) == [0.5]
    assert list(ax.get_yticks()) == [7.0, 14.0, 21.0]
    whole = GRID.filter(pl.col("size") < 9e8)
    assert legend_of(plots.heatmap(whole, x="size", y="interval", value="cure", ax=axes())) == []


def test_a_map_of_cure_has_one_scale_whatever_its_values() -> None:
    part = GRID.filter(pl.col("cure") > 0.35)
    ax = plots.cure_map(part, x="size", y="interval", ax=axes())
    (mesh,) = [c for c in ax.collections if isinstance(c, mpl.collections.QuadMesh)]
    assert mesh.get_clim() == (0.0, 1.0)
    (lines,) = [c for c in ax.collections if isinstance(c, mpl.contour.ContourSet)]
    assert list(lines.levels) == [0.5, 0.9]
    with pytest.raises(ce.ModelError, match=r"^table\['cure'\] must be probabilities from 0 to 1; got 1\.5\.$"):
        plots.cure_map(GRID.with_columns(cure=pl.lit(1.5)), x="size", y="interval")


def test_a_tornado_has_the_largest_bar_on_top_and_its_sign_in_its_color() -> None:
    ax = drawn("tornado", what="cure")
    bars = {round(bar.get_y() + bar.get_height() / 2): bar for bar in ax.patches}  # type: ignore[attr-defined]
    widths = [bars[row].get_width() for row in sorted(bars)]  # type: ignore[attr-defined]
    assert widths == [-2.0, 1.0, 0.5] == plots.tornado_table(ELASTICITIES)["elasticity"].to_list()
    assert [text.get_text() for text in ax.get_yticklabels()] == plots.tornado_table(ELASTICITIES)[
        "parameter"
    ].to_list()
    assert ax.get_ylim()[0] > ax.get_ylim()[1]
    colors = [bars[row].get_facecolor() for row in sorted(bars)]
    assert colors[1] == colors[2] != colors[0]
    assert ax.get_xlabel() == "change of cure (%)\nfor 1 % more"


def test_a_tree_draws_its_table_and_says_how_many_clones_there_are() -> None:
    ax, table = drawn("tree"), plots.tree_table(clones(), replicate=0, tips=12)
    across, up = (c.get_segments() for c in ax.collections[:2])  # type: ignore[attr-defined]
    assert [segment[:, 0].tolist() for segment in across] == table.select("founded_at", "ended_at").to_numpy().tolist()
    assert [segment[0, 1] for segment in across] == table["row"].to_list()
    row_of = dict(table.select("clone_id", "row").iter_rows())
    born = table.drop_nulls("parent_id")
    assert [segment[:, 1].tolist() for segment in up] == [
        [row_of[parent], row] for parent, row in born.select("parent_id", "row").iter_rows()
    ]
    living = clones().clones.filter(pl.col("replicate") == 0, pl.col("extinct_at").is_null()).height
    assert ax.get_title(loc="left") == f"the 12 largest of {living} living clones"
    names = [f"{kind}_{number}" for kind, number in table.select("type", "clone_id").iter_rows()]
    assert [text.get_text() for text in ax.texts] == names
    assert all(name in clones().newick(0) for name in names)
