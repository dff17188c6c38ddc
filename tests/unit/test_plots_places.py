"""Plots of niches and phenotypes, colors of their types, and rates of cells that die late."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import polars as pl
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import chemoevo as ce
from chemoevo import plots
from chemoevo.plots.colors import dashes_of
from tests.unit.late import at_once, slowly
from tests.unit.places import histories, scenario
from tests.unit.test_plots_colors import lab


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    plt.close("all")


def axes() -> Axes:
    return Figure(layout="constrained").subplots()


def cells(*words: str) -> np.ndarray:
    """(cells) Of the types whose names end so: replicates and times."""
    columns = [k for k, name in enumerate(histories().types) if name.endswith(words)]
    return histories().counts[:, :, columns].sum(axis=2).astype(float)


def test_the_table_of_niches() -> None:
    table = plots.niches_table(histories(), quantiles=(0.1, 0.75))
    assert table.columns == ["time", "niche", "median", "low", "high"]
    assert table["niche"].unique(maintain_order=True).to_list() == ["near", "far", "total"]
    each = {"near": cells("@near", "@near:resting"), "far": cells("@far", "@far:resting"), "total": cells("")}
    assert np.array_equal(each["near"] + each["far"], each["total"])
    for name, counts in each.items():
        mine = table.filter(niche=name)
        assert mine["time"].to_list() == histories().times.tolist()
        for what, quantile in (("median", 0.5), ("low", 0.1), ("high", 0.75)):
            assert mine[what].to_list() == np.quantile(counts, quantile, axis=0).tolist()
    assert "total" not in plots.niches_table(histories(), total=False)["niche"]


def test_the_table_of_phenotypes_is_of_replicates_with_cells() -> None:
    table = plots.phenotypes_table(histories(), quantiles=(0.25, 0.9))
    assert table["phenotype"].unique(maintain_order=True).to_list() == ["ordinary", "resting", "damaged"]
    names = histories().types
    damaged = [name for name in names if name.startswith("damaged")]
    resting = cells(":resting")
    dying = histories().counts[:, :, [names.index(name) for name in damaged]].sum(axis=2)
    everything = cells("")
    for name, counts in (("resting", resting), ("damaged", dying), ("ordinary", everything - resting - dying)):
        mine = table.filter(phenotype=name)
        for row, k in zip(mine.iter_rows(named=True), range(len(histories().times)), strict=True):
            there = everything[:, k] > 0
            share = counts[there, k] / everything[there, k]
            assert row["replicates"] == there.sum()
            for what, quantile in (("median", 0.5), ("low", 0.25), ("high", 0.9)):
                assert row[what] == pytest.approx(np.quantile(share, quantile), rel=1e-12)


def test_where_no_replicate_has_a_cell_there_is_no_share() -> None:
    gone = ce.simulate(scenario(), initial={"damaged 2@far": 1}, replicates=3, seed=1)
    table = plots.phenotypes_table(gone)
    last = table.filter(time=28.0)
    assert last["replicates"].to_list() == [0, 0, 0]
    assert last["median"].to_list() == [None] * 3
    assert table.filter(time=0.0)["median"].to_list() == [0.0, 0.0, 1.0]
    ax = plots.phenotypes(gone, ax=axes())
    assert ax.get_ylabel() == "share of the cells"


def test_lines_are_those_of_the_tables() -> None:
    table = plots.niches_table(histories())
    ax = plots.niches(histories(), ax=axes())
    lines: dict[str, Any] = {str(line.get_label()): line for line in ax.get_lines()}
    assert list(lines) == ["near", "far", "total"]
    for name, line in lines.items():
        assert np.array_equal(line.get_xydata(), table.filter(niche=name).select("time", "median").to_numpy())
    assert ax.get_xlabel() == "days from start of therapy"
    assert ax.get_ylabel().startswith("cells (log scale")
    shares = plots.phenotypes_table(histories())
    ax = plots.phenotypes(histories(), ax=axes())
    assert (ax.get_yscale(), ax.get_ylabel()) == ("log", "share of the cells (log scale)")
    (line,) = [line for line in ax.get_lines() if line.get_label() == "damaged"]
    wanted = shares.filter(phenotype="damaged")["median"].to_numpy()
    drawn = np.asarray(line.get_ydata())
    # On a logarithmic axis there is no zero.
    assert np.array_equal(drawn[wanted > 0], wanted[wanted > 0])
    assert np.isnan(drawn[wanted == 0]).all()
    assert (wanted == 0).any()
    assert line.get_color() == plots.color_of("damaged")
    plain = plots.phenotypes(histories(), ax=axes(), log=False)
    assert (plain.get_yscale(), plain.get_ylim()) == ("linear", (-0.02, 1.02))
    assert plots.color_of("sensitive") == plain.get_lines()[0].get_color()


def test_they_are_plots_of_an_ensemble() -> None:
    assert {"niches", "phenotypes"} <= set(dir(histories().plot))
    assert repr(histories().plot).endswith("tree, niches, phenotypes")
    assert histories().plot.niches(ax=axes()).has_data()
    assert histories().plot.phenotypes(ax=axes()).has_data()


@pytest.mark.parametrize("name", ["niches", "phenotypes"])
def test_ensembles_that_have_none_are_refused(name: str) -> None:
    table = getattr(plots, f"{name}_table")
    process = ce.BranchingProcess(types=["S"], birth=[0.0], death=[0.0])
    with pytest.raises(ce.ModelError, match=r"ensemble must come from simulate\(scenario\): it is one of a process"):
        table(ce.simulate(process, initial=[1], times=[1.0], replicates=1, seed=1))
    plain = ce.simulate(at_once(), initial={"R": 1}, replicates=1, seed=1)
    with pytest.raises(ce.ModelError, match=f"^ensemble must be of a tumor with {name}: this one has none"):
        table(plain)
    some = ce.simulate(scenario(), initial={"R@far": 1}, replicates=1, seed=1, record=ce.Counts(of=["R@far"]))
    with pytest.raises(ce.ModelError, match=r"^ensemble must have the counts of every type; got those of R@far\."):
        table(some)
    with pytest.raises(ce.ModelError, match="quantiles must be two increasing numbers"):
        table(histories(), quantiles=(1, 0))
    with pytest.raises(TypeError, match=r"^ensemble must be an Ensemble"):
        table(3)
    wrong = {"niches": "total", "phenotypes": "log"}[name]
    with pytest.raises(TypeError, match=f"^{wrong} must be True or False"):
        getattr(plots, name)(histories(), **{wrong: 3})


def test_a_genotype_is_told_apart_in_several_niches() -> None:
    types = scenario().types.names
    colors = plots.colors_of(types)
    assert len(set(colors.values())) == len(types)
    # In the first niche it has its own color.
    alone = plots.colors_of(["sensitive", "R"])
    assert (colors["sensitive@near"], colors["R@near"]) == (alone["sensitive"], alone["R"])
    seen = {name: lab(color, "all cones") for name, color in colors.items()}
    for one in ("sensitive", "R"):
        assert np.linalg.norm(seen[f"{one}@near"] - seen[f"{one}@far"]) > 12
        # Lighter in the other niche, and in the phenotype, whose lines have dashes.
        lightness = [
            seen[name][0] for name in (f"{one}@near", f"{one}@near:resting", f"{one}@far", f"{one}@far:resting")
        ]
        assert lightness == sorted(lightness)
    assert dashes_of("R@near:resting", types) not in ("-", "--", ":", "-.")
    assert dashes_of("R@near", types) == "-"
    assert dashes_of("R:b", ["R", "R:a", "R:b"]) != dashes_of("R:a", ["R", "R:a", "R:b"])
    # Names that say nothing of places are as ever, also with these among them.
    assert plots.color_of("ABCB1+TP53") == plots.colors_of(["sensitive@near", "ABCB1+TP53"])["ABCB1+TP53"]


def test_rates_of_cells_that_die_late_have_what_drugs_do() -> None:
    late, now = (plots.rates_table(one) for one in (slowly(), at_once()))
    for name in ("sensitive", "R"):
        one, other = (table.filter(pl.col("type").cast(pl.String) == name) for table in (late, now))
        assert one["net_growth_rate"].to_list() == pytest.approx(other["net_growth_rate"].to_list(), abs=1e-9)
    assert late.filter(pl.col("type").cast(pl.String) == "damaged 3")["death"].unique().to_list() == [1.0]
