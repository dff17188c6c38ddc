"""Plots by their structure: artists, labels, limits and legends against the tables, and texts that can be read."""

from __future__ import annotations

import inspect
import pickle
import sys
from collections.abc import Callable, Iterator
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import polars as pl
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

import chemoevo as ce
from chemoevo import plots
from chemoevo.plots.colors import LIGHT
from tests.unit.drawings import (
    ARMS,
    PATIENT,
    PLOTS,
    PROCESS,
    REGIMEN,
    TYPES,
    answer,
    axes,
    clones,
    drawn,
    ensemble,
    legend_of,
    many_types,
    scenario,
)


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    plt.close("all")


mpl.use("Agg")


@pytest.mark.parametrize("name", PLOTS)
def test_a_plot_draws_into_the_axes_given_and_changes_nothing_else(name: str) -> None:
    settings, figures = dict(mpl.rcParams), plt.get_fignums()
    state = np.random.get_state()[1].tolist()  # noqa: NPY002 - the old generator is what must not be touched
    ax = axes()
    assert PLOTS[name](ax=ax) is ax
    assert ax.has_data()
    assert dict(mpl.rcParams) == settings
    assert plt.get_fignums() == figures
    assert np.random.get_state()[1].tolist() == state  # noqa: NPY002


@pytest.mark.parametrize("name", PLOTS)
def test_without_axes_a_plot_makes_one_figure(name: str) -> None:
    ax = PLOTS[name]()
    assert plt.get_fignums() == [1]
    assert ax.get_figure() is plt.figure(1)


@pytest.mark.parametrize("name", PLOTS)
def test_a_plot_takes_only_its_first_argument_by_place(name: str) -> None:
    parameters = list(inspect.signature(getattr(plots, name.partition(" ")[0])).parameters.values())
    assert {p.kind for p in parameters[1:]} == {inspect.Parameter.KEYWORD_ONLY}
    assert "ax" in [p.name for p in parameters]


@pytest.mark.parametrize("name", PLOTS)
def test_texts_are_within_the_figure_and_apart_from_each_other(name: str) -> None:
    figure: Any = PLOTS[name]().get_figure()
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    shown = [text for text in figure.findobj(mpl.text.Text) if text.get_text().strip() and text.get_visible()]
    # Ticks beyond the limits have labels that are not drawn, and contours have theirs inside the axes.
    ticks = [tick for ax in figure.axes for axis in (ax.xaxis, ax.yaxis) for tick in axis._update_ticks()]
    used = {id(label) for tick in ticks for label in (tick.label1, tick.label2)}
    of_ticks = {id(text) for tick in figure.findobj(mpl.axis.Tick) for text in (tick.label1, tick.label2)}
    texts = [text for text in shown if id(text) not in of_ticks or id(text) in used]
    boxes = [(text.get_text(), text.get_window_extent()) for text in texts]
    assert len(boxes) > 4
    page = figure.bbox
    for words, box in boxes:
        assert box.x0 >= page.x0 - 1 and box.x1 <= page.x1 + 1, words  # noqa: PT018
        assert box.y0 >= page.y0 - 1 and box.y1 <= page.y1 + 1, words  # noqa: PT018
    for i, (words, box) in enumerate(boxes):
        for others, other in boxes[:i]:
            width = min(box.x1, other.x1) - max(box.x0, other.x0)
            height = min(box.y1, other.y1) - max(box.y0, other.y0)
            assert min(width, height) < 1.5, (words, others)


@pytest.mark.parametrize("name", PLOTS)
def test_legends_have_at_most_eight_entries_and_can_be_left_out(name: str) -> None:
    assert len(legend_of(drawn(name))) <= 8
    if name not in ("heatmap", "cure_map"):
        assert legend_of(drawn(name, legend=False)) == []


def test_without_matplotlib_the_message_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.axes", None)
    for name, plot in PLOTS.items():
        with pytest.raises(ImportError, match=r'^chemoevo.plots needs matplotlib: pip install "chemoevo\[plots\]"$'):
            plot()
        assert name in PLOTS


def test_what_is_no_axes_is_refused() -> None:
    with pytest.raises(TypeError, match=r"ax must be matplotlib Axes or None, .*; got a matplotlib.figure.Figure"):
        plots.counts(ensemble(), ax=Figure())  # type: ignore[arg-type]


def test_counts_draws_its_table() -> None:
    ax, table = drawn("counts"), plots.counts_table(ensemble())
    lines = {str(line.get_label()): line for line in ax.get_lines()}
    assert list(lines) == [*TYPES, "total"] == legend_of(ax)
    for name, line in lines.items():
        assert np.array_equal(line.get_xydata(), table.filter(type=name).select("time", "median").to_numpy())
    bands = [c for c in ax.collections if isinstance(c, PolyCollection)]
    highest = [band.get_paths()[0].vertices[:, 1].max() for band in bands]
    assert highest == table.group_by("type", maintain_order=True).agg(pl.col("high").max())["high"].to_list()
    assert ax.get_legend().get_title().get_text() == "median, 5 to 95 %"
    assert lines["ABCB1"].get_color() == plots.color_of("ABCB1")


def test_zeros_are_at_the_foot_of_the_axis_and_said() -> None:
    ax = drawn("counts")
    assert ax.get_yscale() == "symlog"
    assert ax.get_ylabel() == "cells (log scale, linear from 0 to 1)"
    assert ax.get_ylim()[0] < 0.0
    without = plots.counts(ensemble(), ax=axes(), total=True, quantiles=(0.05, 0.95), most=1)
    assert without.get_yscale() == "symlog"
    positive = plots.counts(many_types(), ax=axes())
    assert (positive.get_yscale(), positive.get_ylabel()) == ("log", "cells (log scale)")


def test_an_axis_that_has_the_zero_keeps_it() -> None:
    ax = drawn("counts")
    plots.counts(many_types(), ax=ax)
    assert ax.get_yscale() == "symlog"


def test_types_without_cells_are_not_drawn_and_small_ones_are_pooled() -> None:
    ax = plots.counts(many_types(), ax=axes())
    assert legend_of(ax) == [*(f"T{i}" for i in range(6, 12)), "others (6 types)", "total"]
    empty = ce.simulate(PROCESS, initial={"TP53": 5}, times=[0.0, 1.0], replicates=3, seed=1)
    assert legend_of(plots.counts(empty, ax=axes())) == ["TP53", "total"]


def test_the_clock_of_a_scenario_starts_with_therapy() -> None:
    ens = ce.simulate(scenario(), replicates=2, seed=1)
    assert plots.counts(ens, ax=axes()).get_xlabel() == "days from start of therapy"
    assert drawn("counts").get_xlabel() == "days"


def test_trajectories_are_colored_by_outcome_or_largest_type() -> None:
    ax, table = drawn("trajectories"), plots.trajectories_table(ensemble())
    assert len(ax.get_lines()) == 50
    first = table.unique("replicate", maintain_order=True)
    numbers = first["outcome"].value_counts()
    said = {f"{name} ({number})" for name, number in numbers.iter_rows()}
    assert set(legend_of(ax)) == said
    colors = {line.get_color() for line in ax.get_lines()}
    assert len(colors) == len(numbers) > 1
    by_type = drawn("trajectories", color="type")
    # Who was the most numerous before all were gone did not come back.
    there = first.filter(first["outcome"] != "extinct")["largest"].to_list()
    assert {line.get_color() for line in by_type.get_lines()} == {plots.color_of(name) for name in there} | {LIGHT}
    assert f"extinct ({50 - len(there)})" in legend_of(by_type)
    line = by_type.get_lines()[7]
    assert np.array_equal(line.get_xydata(), table.filter(replicate=7).select("time", "count").to_numpy())
    with pytest.raises(ce.ModelError, match=r"^color must be 'outcome' or 'type'; got 'types'\. Did you mean 'type'\?"):
        plots.trajectories(ensemble(), color="types")  # type: ignore[arg-type]


def test_survival_draws_steps_censorings_and_numbers_at_risk() -> None:
    ax, table = drawn("survival"), plots.survival_table(ARMS)
    steps = {str(line.get_label()): line for line in ax.get_lines() if line.get_drawstyle() == "steps-post"}
    assert list(steps) == list(ARMS) == legend_of(ax)
    for label, line in steps.items():
        assert np.array_equal(line.get_xydata(), table.filter(arm=label).select("time", "survival").to_numpy())
    marks = [line.get_xydata().tolist() for line in ax.get_lines() if line.get_marker() == "|"]
    assert marks == [[[30.0, pytest.approx(0.6)], [60.0, pytest.approx(0.6)]], [[60.0, pytest.approx(0.6)]]]
    ticks = [tick for tick in ax.get_xticks() if 0 <= tick <= ax.get_xlim()[1]]
    texts = [text.get_text() for text in ax.texts]
    numbers = plots.at_risk_table(ARMS, times=ticks)
    for label in ARMS:
        name = label if len(label) <= 24 else label[:23] + "…"
        after = texts[texts.index(name) + 1 :][: len(ticks)]
        assert after == ["–" if n is None else str(n) for n in numbers.filter(arm=label)["at_risk"]]
    assert len(plots.survival(ARMS, ax=axes(), at_risk=False).texts) == 0


def test_survival_says_what_it_is_free_of() -> None:
    assert drawn("survival of an answer").get_ylabel() == "share without progression"
    assert drawn("survival of an answer").get_xlabel() == "days from start of therapy"
    assert drawn("survival").get_ylabel() == "share without event"
    assert drawn("survival", label="alive").get_ylabel() == "alive"


KINDS: dict[str, tuple[Callable[[], Any], list[str]]] = {
    "ensemble": (clones, ["counts", "muller", "trajectories", "tree"]),
    "answer": (answer, ["survival"]),
    "regimen": (lambda: REGIMEN, ["exposure"]),
    "scenario": (scenario, ["exposure", "rates"]),
    "process": (lambda: PROCESS, ["rates"]),
}


@pytest.mark.parametrize("kind", KINDS)
def test_plots_of_an_object_are_those_that_make_sense_for_it(kind: str) -> None:
    make, names = KINDS[kind]
    plot = plots.Plots(make())
    assert sorted(name for name in dir(plot) if not name.startswith("_")) == names
    for name in names:
        assert getattr(plot, name).__doc__ == getattr(plots, name).__doc__
        more: dict[str, Any] = {"muller": {"replicate": 0}, "tree": {"replicate": 0}}.get(name, {})
        more = {"patient": PATIENT} if kind == "regimen" else more
        ax = axes()
        assert getattr(plot, name)(ax=ax, **more) is ax
    assert not hasattr(plot, "heatmap")
    with pytest.raises(AttributeError, match=r"has no plot 'heatmap'\. Known: "):
        _ = plot.heatmap


def test_plots_of_an_object_survive_a_copy_and_refuse_other_objects() -> None:
    again = pickle.loads(pickle.dumps(plots.Plots(REGIMEN)))
    assert repr(again) == "Plots of Regimen: exposure"
    with pytest.raises(TypeError, match=r"^of must be an Ensemble, Answer, .* or BranchingProcess; got 3\.$"):
        plots.Plots(3)  # type: ignore[arg-type]


def test_the_equations_are_a_line_on_the_curve_of_an_answer() -> None:
    ax, table = drawn("survival of an answer"), plots.relapse_table(answer())
    lines = {str(line.get_label()): line for line in ax.get_lines()}
    assert legend_of(ax) == ["simulation", "backward equations"]
    points = table.select("time", "without_relapse").to_numpy()
    assert np.array_equal(lines["backward equations"].get_xydata(), points)
    assert table["time"][0] == 0.0
    assert table["time"][-1] == answer().horizon
    for day, share in points[:: len(points) // 4].tolist():
        assert share == pytest.approx(float(answer().relapse.survival([day]).mean()), abs=1e-12)
    both = plots.survival({"a": answer(), "b": answer(), "c": ([7, 14], [1, 0])}, ax=axes())
    assert legend_of(both).count("backward equations") == 1
    plain = plots.survival(answer(), ax=axes(), line=False)
    assert plain.get_legend() is None
    with pytest.raises(TypeError, match="data must be an Answer, or"):
        plots.survival(ARMS, ax=axes(), line=True)
    with pytest.raises(TypeError, match="data must be an Answer, or"):
        plots.relapse_table(ARMS)


def test_where_the_equations_cannot_tell_there_is_no_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> pl.DataFrame:
        raise ce.SimulationError("a step next to the size")

    monkeypatch.setattr("chemoevo.plots.progression_free.relapse_of", refused)
    assert plots.survival(answer(), ax=axes()).get_legend() is None
    with pytest.raises(ce.SimulationError):
        plots.survival(answer(), ax=axes(), line=True)
