"""Muller plots and trees of clones: bands nested in their parents, instants exact, merged clones, speed."""

from __future__ import annotations

import time
from functools import cache
from itertools import pairwise
from typing import Any

import matplotlib as mpl

mpl.use("Agg")

import numpy as np
import polars as pl
import pytest
from matplotlib.figure import Figure
from numpy.typing import NDArray

import chemoevo as ce
from chemoevo import plots
from chemoevo.plots.clone_areas import outlines
from chemoevo.plots.tables.clone_areas import Bands, bands_of

TYPES = ["S", "A", "B", "AB"]
PROCESS = ce.BranchingProcess(
    types=TYPES,
    birth=[1.0, 1.1, 1.15, 1.3],
    death=[0.3] * 4,
    mutation={("S", "A"): 0.1, ("S", "B"): 0.1, ("A", "AB"): 0.2, ("B", "AB"): 0.2},
    switching={("AB", "S"): 0.05},
    pulses=[ce.Pulse(time=3.0, survival={"S": 0.1, "A": 0.3}), ce.Pulse(time=4.5, survival={"AB": 0.0})],
)
SEEDS = range(12)


@cache
def ensemble(times: tuple[float, ...] = (1.5, 3.0, 4.0, 6.0)) -> ce.Ensemble:
    return ce.simulate(PROCESS, initial={"S": 3, "A": 1}, times=times, replicates=len(SEEDS), seed=4, record="clones")


def bands(replicate: int, *, scale: str = "share", min_share: float = 0.0) -> Bands:
    return bands_of(ensemble(), replicate=replicate, scale=scale, min_share=min_share)


def across(corners: NDArray[np.float64], instants: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where a polygon begins and ends on upright lines, shape (instants, 2); NaN where it is not."""
    found = np.full((len(instants), 2), np.nan)
    for row, day in enumerate(instants):
        heights = []
        for (t, y), (u, z) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
            if min(t, u) <= day <= max(t, u):
                heights += [y, z] if t == u else [y + (z - y) * (day - t) / (u - t)]
        if heights:
            found[row] = min(heights), max(heights)
    return found


@pytest.mark.parametrize("scale", ["share", "cells"])
@pytest.mark.parametrize("min_share", [0.0, 0.05])
def test_counts_of_the_bands_are_those_of_the_ensemble(scale: str, min_share: float) -> None:
    for replicate in SEEDS:
        found = bands(replicate, scale=scale, min_share=min_share)
        observed = np.isin(found.times, ensemble().times)
        rows = ensemble().times <= found.times[-1]
        whole = ensemble().counts[replicate][rows].sum(axis=1)
        assert found.count.sum(axis=0)[observed].tolist() == whole.tolist()
        assert found.count[:, 0].sum() == 4
        # The bands of those that were there at time 0 are stacked on each other and hold all.
        roots = found.parent < 0
        high = found.high[roots].max(axis=0)
        expected = np.ones(len(found.times)) if scale == "share" else found.count.sum(axis=0)
        assert high == pytest.approx(expected)


def test_every_clone_has_its_own_size_where_none_is_merged() -> None:
    for replicate in SEEDS:
        found = bands(replicate, scale="cells")
        sizes = ensemble().clone_sizes.filter(replicate=replicate)
        wanted = np.zeros_like(found.count)
        wanted[:, 0] = found.count[:, 0]
        at = np.searchsorted(found.times, sizes["time"].to_numpy())
        wanted[sizes["clone_id"].to_numpy(), at] = sizes["count"].to_numpy()
        wanted[:, -1] = ensemble().clones.filter(replicate=replicate)["size"].to_numpy()
        assert np.array_equal(found.count, wanted)
        # What a band has beyond its children is the clone itself.
        height = found.high - found.low
        own = height.copy()
        for row, parent in enumerate(found.parent.tolist()):
            if parent >= 0:
                own[parent] -= height[row]
        assert own == pytest.approx(found.count)


@pytest.mark.parametrize("replicate", SEEDS)
def test_outlines_are_nested_and_siblings_lie_beside_each_other_at_every_instant(replicate: int) -> None:
    found = bands(replicate)
    corners = outlines(found)
    ends = np.concatenate([found.founded, found.gone])
    instants = np.unique(np.concatenate([np.linspace(0.0, found.times[-1], 41), ends[:: max(1, len(ends) // 60)]]))
    spans = [across(points, instants) if len(points) else np.full((len(instants), 2), np.nan) for points in corners]
    siblings: dict[int, list[int]] = {}
    checked = 0
    for row, parent in enumerate(found.parent.tolist()):
        seen = ~np.isnan(spans[row][:, 0])
        if parent >= 0 and seen.any():
            inner, outer = spans[row][seen], spans[parent][seen]
            assert (inner[:, 0] >= outer[:, 0] - 1e-9).all()
            assert (inner[:, 1] <= outer[:, 1] + 1e-9).all()
            checked += 1
        for other in siblings.setdefault(parent, []):
            # Those founded earlier lie below.
            both = seen & ~np.isnan(spans[other][:, 0])
            assert (spans[other][both, 1] <= spans[row][both, 0] + 1e-9).all()
        siblings[parent].append(row)
    assert checked > 0 or len(corners) < 3


def by_hand(low: list[list[float]], high: list[list[float]], founded: list[float], gone: list[float]) -> Bands:
    """A chain of clones at the times 0 and 1."""
    number = len(low)
    return Bands(
        clone=np.arange(number), parent=np.arange(number) - 1, kind=np.zeros(number, dtype=np.int64),
        founded=np.array(founded), gone=np.array(gone), times=np.array([0.0, 1.0]), count=np.ones((number, 2)),
        low=np.array(low), high=np.array(high), frame=pl.DataFrame(),
    )  # fmt: skip


@pytest.mark.parametrize("backward", [False, True])
def test_a_clone_lies_inside_a_parent_that_is_founded_or_gone_between_the_same_observations(backward: bool) -> None:
    # Halfway between the two observations the child would be below what is drawn of its parent.
    low, high = [[0.0, 0.0], [0.0, 0.9], [0.0, 0.9]], [[1.0, 1.0], [0.0, 1.0], [0.0, 0.91]]
    founded, gone = [0.0, 0.9, 0.95], [1.0, 1.0, 1.0]
    if backward:
        low, high = ([row[::-1] for row in rows] for rows in (low, high))
        founded, gone = [0.0, 0.0, 0.0], [1.0, 0.1, 0.05]
    found = by_hand(low, high, founded, gone)
    _, outer, inner = outlines(found)
    instants = np.array([0.05, 0.03, 0.0]) if backward else np.array([0.95, 0.97, 1.0])
    assert len(inner) == 3
    above, below = across(outer, instants), across(inner, instants)
    assert (above[:, 0] <= below[:, 0] + 1e-12).all()
    assert (below[:, 1] <= above[:, 1] + 1e-12).all()


def test_bands_open_when_clones_are_founded_and_close_when_the_last_descendant_is_gone() -> None:
    opened = closed = 0
    for replicate in SEEDS:
        found = bands(replicate)
        clones = ensemble().clones.filter(replicate=replicate)
        assert found.founded.tolist() == clones["founded_at"].to_list()
        end = ensemble().outcomes["time"][replicate]
        gone = clones["extinct_at"].fill_null(end).to_list()
        for child, parent in reversed(list(enumerate(clones["parent_id"]))):
            if parent is not None:
                gone[parent] = max(gone[parent], gone[child])
        assert found.gone.tolist() == gone
        for row, points in enumerate(outlines(found)):
            if len(points):
                assert points[:, 0].min() == found.founded[row]
                assert points[:, 0].max() == gone[row]
                opened += found.founded[row] not in found.times
                closed += gone[row] not in found.times
    assert min(opened, closed) > 10


def test_a_clone_founded_and_gone_between_two_observations_is_not_drawn() -> None:
    brief = 0
    for replicate in SEEDS:
        found = bands(replicate)
        for row, points in enumerate(outlines(found)):
            between = ~((found.times >= found.founded[row]) & (found.times <= found.gone[row])).any()
            assert (len(points) == 0) == between
            brief += between
    assert brief > 0


def test_clones_that_a_pulse_ends_at_an_observation_reach_until_that_instant() -> None:
    process = ce.BranchingProcess(
        types=["S", "R"], birth=[0.0, 0.0], death=[0.0, 0.0], pulses=[ce.Pulse(time=2.0, survival={"R": 0.0})]
    )
    ens = ce.simulate(process, initial={"S": 3, "R": 1}, times=[1.0, 2.0, 3.0], seed=1, record="clones")
    table = plots.muller_table(ens, replicate=0)
    assert table.filter(type="R").select("time", "low", "high", "gone_at").rows() == [
        (0.0, 0.75, 1.0, 2.0),
        (1.0, 0.75, 1.0, 2.0),
        (2.0, 1.0, 1.0, 2.0),
        (3.0, 1.0, 1.0, 2.0),
    ]
    assert table.filter(type="S")["gone_at"].to_list() == [None] * 4


def test_a_tumor_that_dies_out_keeps_the_shares_of_those_that_lasted() -> None:
    process = ce.BranchingProcess(
        types=["S", "R"], birth=[0.0, 0.0], death=[0.0, 0.0], pulses=[ce.Pulse(time=2.0, survival={"R": 0.0, "S": 0.0})]
    )
    ens = ce.simulate(process, initial={"S": 3, "R": 1}, times=[1.0, 2.0, 3.0], seed=1, record="clones")
    table = plots.muller_table(ens, replicate=0)
    assert table["time"].unique().to_list() == [0.0, 1.0, 2.0]
    assert table.filter(type="R")["low"].to_list() == [0.75] * 3
    assert table.filter(type="R")["count"].to_list() == [1.0, 1.0, 0.0]
    assert table["gone_at"].to_list() == [2.0] * 6


def test_small_clones_are_merged_into_their_parents() -> None:
    for replicate in SEEDS:
        every, some = bands(replicate), bands(replicate, min_share=0.2)
        # The last shares of a tumor that died out are drawn and count for nothing.
        share = (every.high - every.low)[:, every.count.sum(axis=0) > 0].max(axis=1)
        kept = np.flatnonzero((share >= 0.2) | (every.parent < 0))
        assert some.clone.tolist() == kept.tolist()
        wanted = every.count.copy()
        for row in reversed(range(len(wanted))):
            if row not in kept:
                wanted[every.parent[row]] += wanted[row]
        assert np.array_equal(some.count, wanted[kept])
        assert [some.clone[p] if p >= 0 else -1 for p in some.parent] == every.parent[kept].tolist()
    assert len(bands(0, min_share=1.0).clone) == 2


def test_muller_draws_the_outlines_in_the_colors_of_the_types() -> None:
    ax = plots.muller(ensemble(), replicate=1, ax=Figure(layout="constrained").subplots())
    (areas,) = ax.collections
    found = bands(1, min_share=0.01)
    corners = [points for points in outlines(found) if len(points) > 2]
    assert len(areas.get_paths()) == len(corners)
    for path, points in zip(areas.get_paths(), corners, strict=True):
        assert np.array_equal(path.vertices[: len(points)], points)
    colors = plots.colors_of(TYPES)
    kinds = [TYPES[kind] for kind, points in zip(found.kind, outlines(found), strict=True) if len(points) > 2]
    assert [mpl.colors.to_hex(face).upper() for face in areas.get_facecolor()] == [colors[kind] for kind in kinds]
    legend = ax.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == [name for name in TYPES if name in kinds]
    assert ax.get_ylim() == (0.0, 1.0)
    cells = plots.muller(ensemble(), replicate=1, scale="cells", ax=Figure(layout="constrained").subplots())
    assert (ax.get_ylabel(), cells.get_ylabel()) == ("share of the tumor", "cells")
    assert cells.get_ylim()[1] == found.count.sum(axis=0).max()


def test_two_thousand_clones_at_a_hundred_times_take_less_than_two_seconds() -> None:
    process = ce.BranchingProcess(types=["S", "R"], birth=[1.0, 1.0], death=[0.1, 0.1], mutation={("S", "R"): 0.1})
    ens = ce.simulate(
        process, initial={"S": 90}, times=np.linspace(0.0, 7.0, 100), seed=1, record="clones",
        stop=ce.Stop(size=40_000),
    )  # fmt: skip
    assert len(ens.clones) >= 2000
    before = time.process_time()
    ax = plots.muller(ens, replicate=0, min_share=0.0, ax=Figure(layout="constrained").subplots())
    assert time.process_time() - before < 2.0
    assert len(ax.collections[0].get_paths()) > 1500


def test_a_tree_has_parents_above_their_children_and_no_branches_that_cross() -> None:
    for replicate in SEEDS:
        table = plots.tree_table(ensemble(), replicate=replicate, tips=1000, alive_only=False)
        assert sorted(table["clone_id"]) == list(range(ensemble().clones.filter(replicate=replicate).height))
        row = dict(table.select("clone_id", "row").iter_rows())
        start, end = table["founded_at"].to_numpy(), table["ended_at"].to_numpy()
        for clone, parent, day in (
            table.drop_nulls("parent_id").select("clone_id", "parent_id", "founded_at").iter_rows()
        ):
            assert row[parent] < row[clone]
            between = slice(row[parent] + 1, row[clone])
            # The upright line to a child meets no line of a clone that is there at that time.
            assert not ((start[between] < day) & (day < end[between])).any()


def test_a_tree_takes_the_largest_living_clones_and_their_ancestors() -> None:
    replicate = max(SEEDS, key=lambda r: ensemble().final[r].sum())
    clones = ensemble().clones.filter(replicate=replicate)
    table = plots.tree_table(ensemble(), replicate=replicate, tips=5)
    chosen = table.filter("chosen")
    assert sorted(chosen["size"], reverse=True) == clones["size"].sort(descending=True)[:5].to_list()
    parents = dict(clones.select("clone_id", "parent_id").iter_rows())
    wanted = set(chosen["clone_id"])
    for clone in chosen["clone_id"]:
        while (clone := parents[clone]) is not None:
            wanted.add(clone)
    assert set(table["clone_id"]) == wanted
    assert table.filter(~pl.col("chosen")).height == len(wanted) - 5


def test_a_chain_of_clones_deeper_than_any_recursion_is_drawn() -> None:
    names = [f"T{i}" for i in range(1500)]
    # Every cell becomes one of the next type at once, time and again.
    process = ce.BranchingProcess(
        types=names, birth=[0.0] * 1500, death=[0.0] * 1500,
        switching=dict.fromkeys(pairwise(names), 1e4),
    )  # fmt: skip
    ens = ce.simulate(process, initial={"T0": 1}, times=[1.0], seed=1, record="clones", engine="direct")
    assert len(ens.clones) == 1500
    assert plots.tree_table(ens, replicate=0)["clone_id"].to_list() == list(range(1500))
    assert plots.muller_table(ens, replicate=0).height == 3000


WRONG: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"replicate": 12}, ce.ModelError, r"^replicate must be a whole number from 0 to 11; got 12\.$"),
    ({"replicate": "0"}, TypeError, r"^replicate must be a whole number from 0 to 11; got '0'\.$"),
    ({"replicate": 0, "scale": "log"}, ce.ModelError, r"^scale must be 'share' or 'cells'; got 'log'\.$"),
    ({"replicate": 0, "min_share": 2}, ce.ModelError, r"^min_share must be a share from 0 to 1; got 2\.$"),
]


@pytest.mark.parametrize(("arguments", "error", "words"), WRONG)
def test_a_muller_plot_refuses(arguments: dict[str, Any], error: type[Exception], words: str) -> None:
    for function in (plots.muller, plots.muller_table):
        with pytest.raises(error, match=words):
            function(ensemble(), **arguments)  # type: ignore[operator]


def test_trees_and_muller_plots_say_what_they_lack() -> None:
    counts = ce.simulate(PROCESS, initial={"S": 3}, times=[1.0], replicates=2, seed=1)
    none = ce.simulate(PROCESS, initial={"S": 0}, times=[1.0], seed=1, record="clones")
    removed = ce.BranchingProcess(types=["S"], birth=[0.0], death=[0.0], pulses=[ce.Pulse(time=0, survival={"S": 0})])
    gone = ce.simulate(removed, initial={"S": 3}, times=[1.0], seed=1, record="clones")
    for function in (plots.muller_table, plots.tree_table):
        with pytest.raises(ce.ModelError, match=r"recorded its clones\. .* ensemble\.replicate\(1, record='clones'\)"):
            function(counts, replicate=1)
        with pytest.raises(ce.ModelError, match=r"^replicate 0 has no clone: it never had cells\.$"):
            function(none, replicate=0)
    with pytest.raises(ce.ModelError, match=r"^replicate 0 ended on day 0: there is no time to draw\.$"):
        plots.muller(gone, replicate=0)
    with pytest.raises(ce.ModelError, match=r"^replicate 0 has no living clone; .* Set alive_only=False\.$"):
        plots.tree(gone, replicate=0)
    with pytest.raises(ce.ModelError, match=r"^tips must be a whole number from 1 to 1000; got 1001\.$"):
        plots.tree(ensemble(), replicate=0, tips=1001)
