"""Plots by their structure: artists, labels, limits and legends against the tables, and texts that can be read."""

from __future__ import annotations

import inspect
import pickle
import sys
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import polars as pl
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

import chemoevo as ce
from chemoevo import plots
from chemoevo.plots.colors import LIGHT
from tests.unit import places

PATIENT = ce.Patient(bsa=1.8, gfr=90)
REGIMEN = ce.regimens.docetaxel_carboplatin()
TYPES = ["sensitive", "ABCB1", "TP53"]
PROCESS = ce.BranchingProcess(
    types=TYPES,
    birth=[1.0, 1.0, 1.0],
    death=[[0.3, 0.3, 0.3], [2.0, 0.3, 0.5]],
    mutation={("sensitive", "ABCB1"): 0.02, ("sensitive", "TP53"): 0.02},
    breakpoints=[3.0],
    pulses=[ce.Pulse(time=2.0, survival={"sensitive": 0.5})],
)


@cache
def ensemble(**changes: Any) -> ce.Ensemble:
    arguments: dict[str, Any] = {"initial": {"sensitive": 20}, "times": range(9), "replicates": 60, "seed": 2}
    return ce.simulate(PROCESS, **{**arguments, **changes})


@cache
def clones() -> ce.Ensemble:
    growth = ce.BranchingProcess(
        types=TYPES,
        birth=[1.0, 1.1, 1.2],
        death=[0.3] * 3,
        mutation={("sensitive", "ABCB1"): 0.05, ("sensitive", "TP53"): 0.05, ("ABCB1", "TP53"): 0.05},
    )
    return ce.simulate(growth, initial={"sensitive": 9}, times=range(7), replicates=3, seed=2, record="clones")


@cache
def many_types() -> ce.Ensemble:
    names = [f"T{i}" for i in range(12)]
    process = ce.BranchingProcess(types=names, birth=[0.0] * 12, death=[0.0] * 12)
    cells = {name: 2**i for i, name in enumerate(names)}
    return ce.simulate(process, initial=cells, times=[0.0, 1.0], replicates=2, seed=1)


@cache
def scenario() -> ce.Scenario:
    return ce.Scenario(
        name="small",
        tumor=ce.Tumor(birth=0.14, death=0.1, size=1e4, alterations=[ce.Alteration(name="ABCB1", mutation=1e-4)]),
        regimen=REGIMEN,
        patient=PATIENT,
        potencies=[
            ce.Potency(drug="docetaxel", emax=1.4, basis="a test"),
            ce.Potency(drug="carboplatin", emax=3, basis="a test"),
        ],
    )


@cache
def answer() -> ce.Answer:
    return ce.answer(scenario(), ce.simulate(scenario(), replicates=20, seed=1))


ARMS: dict[str, Any] = {
    "docetaxel": ([10, 20, 30, 60, 60], [1, 1, 0, 0, 0]),
    "docetaxel and carboplatin, dose-dense": ([20, 40, 60, 60, 60], [1, 1, 0, 0, 0]),
    "curve": ce.kaplan_meier([5, 10, 60], [1, 1, 0]),
}
GRID = pl.DataFrame(
    {
        "size": np.tile(np.geomspace(1e6, 1e9, 4), 3),
        "interval": np.repeat([7.0, 14.0, 21.0], 4),
        "cure": [1.0, 0.8, 0.6, 0.3, 0.9, 0.6, 0.4, None, 0.7, 0.5, 0.2, 0.0],
    }
)
ELASTICITIES = pl.DataFrame(
    {"parameter": ["a", "tumor.birth", "c", "regimen.phases[0].doses[0].amount"], "elasticity": [0.5, -2.0, None, 1.0]}
)

PLOTS: dict[str, Callable[..., Axes]] = {
    "counts": lambda **more: plots.counts(ensemble(), **more),
    "counts of many types": lambda **more: plots.counts(many_types(), **more),
    "trajectories": lambda **more: plots.trajectories(ensemble(), **more),
    "survival of an answer": lambda **more: plots.survival(answer(), **more),
    "survival": lambda **more: plots.survival(ARMS, **more),
    "exposure": lambda **more: plots.exposure(REGIMEN, patient=PATIENT, **more),
    "neutrophils": lambda **more: plots.neutrophils(REGIMEN, patient=PATIENT, without="carboplatin", **more),
    "rates": lambda **more: plots.rates(PROCESS, **more),
    "rates of a scenario": lambda **more: plots.rates(scenario(), **more),
    "heatmap": lambda **more: plots.heatmap(GRID, x="size", y="interval", value="cure", **more),
    "cure_map": lambda **more: plots.cure_map(GRID, x="size", y="interval", **more),
    "tornado": lambda **more: plots.tornado(ELASTICITIES, **more),
    "muller": lambda **more: plots.muller(clones(), replicate=0, **more),
    "tree": lambda **more: plots.tree(clones(), replicate=0, tips=12, **more),
    "niches": lambda **more: plots.niches(places.histories(), **more),
    "phenotypes": lambda **more: plots.phenotypes(places.histories(), **more),
}


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    plt.close("all")


def drawn(name: str, **more: Any) -> Axes:
    return PLOTS[name](ax=Figure(layout="constrained").subplots(), **more)


def axes() -> Axes:
    return Figure(layout="constrained").subplots()


def legend_of(ax: Axes) -> list[str]:
    legend = ax.get_legend()
    return [] if legend is None else [text.get_text() for text in legend.get_texts()]


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


def test_exposure_marks_every_dose_on_a_log_axis() -> None:
    ax, table = drawn("exposure"), plots.exposure_table(REGIMEN, patient=PATIENT)
    curves = {str(line.get_label()): line for line in ax.get_lines() if line.get_marker() == "None"}
    assert list(curves) == ["docetaxel", "carboplatin"]
    for drug, line in curves.items():
        assert np.array_equal(line.get_ydata(), table.filter(drug=drug)["total_um"].to_numpy())
    marks = [line for line in ax.get_lines() if line.get_marker() == "v"]
    doses = plots.doses_table(REGIMEN, patient=PATIENT)
    assert [list(line.get_xdata()) for line in marks] == [doses.filter(drug=drug)["time"].to_list() for drug in curves]
    rows = [set(line.get_ydata()) for line in marks]
    assert [len(row) for row in rows] == [1, 1]
    assert rows[0] != rows[1]
    assert ax.get_yscale() == "log"
    peaks = table.group_by("drug").agg(pl.col("total_um").max())["total_um"]
    assert ax.get_ylim() == pytest.approx((peaks.min() * 1e-4, peaks.max() * 2))
    unbound = drawn("exposure", unbound=True)
    assert unbound.get_ylabel() == "unbound in plasma (µmol/L)"
    assert np.array_equal(unbound.get_lines()[0].get_ydata(), table.filter(drug="docetaxel")["unbound_um"].to_numpy())


def test_exposure_of_many_is_a_line_with_a_band() -> None:
    some = ce.patients(20, seed=2, like=REGIMEN)
    ax = plots.exposure(REGIMEN, patient=some, until=3, quantiles=(0.25, 0.75), ax=axes())
    table = plots.exposure_table(REGIMEN, patient=some, until=3, quantiles=(0.25, 0.75))
    lines = [line for line in ax.get_lines() if line.get_marker() == "None"]
    assert len(ax.collections) == len(lines) == 2
    for drug, line, band in zip(REGIMEN.drugs, lines, ax.collections, strict=True):
        mine = table.filter(drug=drug)
        assert np.array_equal(line.get_ydata(), mine["total_um"].to_numpy())
        drawn_at = band.get_paths()[0].vertices[:, 1]
        assert set(mine["total_um_low"]) | set(mine["total_um_high"]) == set(drawn_at)
    legend = ax.get_legend()
    assert legend is not None
    assert legend.get_title().get_text() == "median of 20,\n25 to 75 %"
    assert not drawn("exposure").collections, "one patient has no band"


def test_exposure_of_a_scenario_is_that_of_its_regimen_and_patient() -> None:
    mine = plots.exposure_table(scenario())
    assert mine.equals(plots.exposure_table(REGIMEN, patient=PATIENT))
    assert plots.exposure(scenario(), ax=axes()).get_xlabel() == "days from start of therapy"


def test_neutrophils_have_lines_of_grades_and_marks_of_doses() -> None:
    ax, table = drawn("neutrophils"), plots.neutrophils_table(REGIMEN, patient=PATIENT, without="carboplatin")
    curve, *others = [line for line in ax.get_lines() if line.get_marker() == "None"]
    assert np.array_equal(curve.get_ydata(), table["neutrophils"].to_numpy())
    assert [line.get_ydata()[0] for line in others] == [1.0, 0.5]
    marks = [line for line in ax.get_lines() if line.get_marker() == "v"]
    assert [str(line.get_label()) for line in marks] == ["dose of docetaxel", "dose of carboplatin"]
    doses = plots.doses_table(REGIMEN, patient=PATIENT)
    for line, drug in zip(marks, REGIMEN.drugs, strict=True):
        np.testing.assert_allclose(line.get_xdata(), doses.filter(drug=drug)["time"])
    assert (ax.get_yscale(), ax.get_ylabel()) == ("log", "neutrophils (10⁹/L)")
    assert not ax.collections, "one patient has no band"
    counts = ce.neutrophils(REGIMEN, patient=PATIENT, times=table["time"].to_numpy(), without="carboplatin")
    np.testing.assert_allclose(table["neutrophils"], counts["neutrophils"], rtol=1e-14)


def test_neutrophils_of_many_are_a_line_with_a_band() -> None:
    some = ce.patients(20, seed=2, like=REGIMEN, marrow="docetaxel-kloft2006")
    given: dict[str, Any] = {"patient": some, "without": "carboplatin", "until": 21, "quantiles": (0.25, 0.75)}
    ax, table = plots.neutrophils(REGIMEN, ax=axes(), **given), plots.neutrophils_table(REGIMEN, **given)
    (band,) = ax.collections
    assert set(table["neutrophils_low"]) | set(table["neutrophils_high"]) == set(band.get_paths()[0].vertices[:, 1])
    legend = ax.get_legend()
    assert legend is not None
    assert legend.get_title().get_text() == "median of 20,\n25 to 75 %"
    times = table["time"].to_numpy()
    each = ce.neutrophils(REGIMEN, patient=some, times=times, without="carboplatin")["neutrophils"].to_numpy()
    np.testing.assert_allclose(table["neutrophils"], np.median(each.reshape(20, -1), axis=0), rtol=1e-12)


def test_neutrophils_of_a_scenario_and_of_leukocytes() -> None:
    mine = plots.neutrophils_table(scenario(), without="carboplatin")
    assert mine.equals(plots.neutrophils_table(REGIMEN, patient=PATIENT, without="carboplatin"))
    ax = plots.neutrophils(scenario(), without="carboplatin", ax=axes())
    assert ax.get_xlabel() == "days from start of therapy"
    dose = ce.Dose(drug="paclitaxel", amount=175, unit="mg/m2", duration_hours=3)
    regimen = ce.Regimen(name="P", phases=ce.Phase(cycle_length_days=21, cycles=1, doses=dose))
    ax = plots.neutrophils(regimen, patient=PATIENT, model="paclitaxel-leukocytes-friberg2002", ax=axes())
    assert ax.get_ylabel() == "leukocytes (10⁹/L)"
    assert legend_of(ax) == ["leukocytes", "dose of paclitaxel"]


def test_rates_draws_steps_pulses_and_the_range_of_the_others() -> None:
    ax, table = drawn("rates"), plots.rates_table(PROCESS)
    steps = {str(line.get_label()): line for line in ax.get_lines() if line.get_drawstyle() == "steps-post"}
    assert list(steps) == TYPES
    for name, line in steps.items():
        net = table.filter(type=name)["net_growth_rate"].to_list()
        assert list(line.get_ydata()) == [*net, net[-1]]
        assert list(line.get_xdata()) == [0.0, 3.0, pytest.approx(3.3)]
    assert [list(line.get_xdata()) for line in ax.get_lines() if line.get_label() == "pulse"] == [[2.0, 2.0]]
    assert ax.get_ylabel() == "net growth rate (per cell and day)"
    some = plots.rates(PROCESS, types=["sensitive"], ax=axes())
    assert legend_of(some) == ["sensitive", "others (2 types): range", "pulse"]
    (band,) = [c for c in some.collections if isinstance(c, PolyCollection)]
    heights = band.get_paths()[0].vertices[:, 1]
    assert (heights.min(), heights.max()) == (0.5, pytest.approx(0.7))


def test_rates_of_very_different_size_have_a_log_axis_that_says_so() -> None:
    ax = drawn("rates of a scenario")
    assert (ax.get_yscale(), drawn("rates").get_yscale()) == ("symlog", "linear")
    assert ax.get_ylabel().endswith("log scale beyond ±0.1)")
    assert ax.get_xlim() == (0.0, scenario().follow_up.horizon)


def test_rates_of_competing_cells_are_those_of_one_alone() -> None:
    process = ce.BranchingProcess(types=["S"], birth=[1.0], death=[0.1], competition=ce.Logistic(capacity=100))
    assert "of a cell alone" in plots.rates(process, ax=axes()).get_ylabel()


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
    assert ax.get_xlabel() == "change of cure (%) for 1 % more"


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
