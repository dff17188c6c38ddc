"""Figures of therapy: exposure, neutrophils and rates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import polars as pl
import pytest
from matplotlib.collections import PolyCollection

import chemoevo as ce
from chemoevo import plots
from tests.unit.drawings import PATIENT, PROCESS, REGIMEN, TYPES, axes, drawn, legend_of, scenario


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    plt.close("all")


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
