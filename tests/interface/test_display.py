"""What things look like: in a line, in a notebook, in 80 columns, in help()."""

from __future__ import annotations

import contextlib
import io
import pydoc
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import polars as pl
import pytest

import chemoevo as ce
from chemoevo.base.tables import text_table
from chemoevo.cli.tables import shown_table

mpl.use("Agg")
import matplotlib.pyplot as plt

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.toml"))
PROCESS = ce.BranchingProcess(types=["S", "R"], birth=[0.14, 0.14], death=[0.50, 0.13], mutation={("S", "R"): 1e-6})


@cache
def scenario() -> ce.Scenario:
    return ce.scenarios.scenario("nsclc_adjuvant")


@cache
def shown() -> dict[str, Any]:
    model = scenario()
    return {
        "scenario": model,
        "regimen": model.regimen,
        "estimate": ce.Estimate.proportion(3, 10),
        "time law": ce.extinction_time(PROCESS, initial={"S": 100}),
        "causes": ce.cause_of_relapse(PROCESS, resistant=["R"], initial={"S": 10**6, "R": 5}, time=365.0),
        "causes of many": ce.cause_of_relapse(PROCESS, resistant=["R"], initial=[[10, 0], [0, 5]], time=365.0),
        "ensemble": ce.simulate(PROCESS, initial={"S": 3}, times=[1.0], replicates=3, seed=1),
    }


@pytest.mark.parametrize(
    "name", ["scenario", "regimen", "estimate", "time law", "causes", "causes of many", "ensemble"]
)
def test_in_a_line_and_in_a_notebook(name: str) -> None:
    thing = shown()[name]
    # A class that is not public is shown as the public one that it is.
    assert repr(thing).split("(")[0] in {kind.__name__ for kind in type(thing).__mro__} & set(ce.__all__)
    assert len(repr(thing)) < 180
    assert "\n" not in repr(thing)
    html = thing._repr_html_()
    assert html.startswith("<")
    assert "array(" not in html


def test_parts_are_a_line_each() -> None:
    model = scenario()
    for part in (model.rates, model.genotypes, *model.rates.potencies.values(), *model.potencies):
        assert len(repr(part)) < 150
    for part in (*model.tumor.alterations, ce.pharmacology.drug("docetaxel"), model.patient, model.simulation):
        assert len(repr(part)) < 100
    # What is the default goes without saying, and what is said makes the same again.
    dose = model.regimen.phases[0].doses[0]
    assert repr(dose) == "Dose(drug='docetaxel', amount=75.0, unit='mg/m2', duration_hours=1.0)"
    assert eval(repr(dose), vars(ce)) == dose


def test_html_is_of_text_not_of_tags() -> None:
    named = scenario().replace({"name": "<b>bold</b>"})
    assert "<b>" not in named._repr_html_()


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
@pytest.mark.parametrize("columns", [40, 80, 100, 300])
def test_texts_fit_the_terminal(path: Path, columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    model = ce.Scenario.load(path)
    for text in (str(model), model.describe() if columns == 80 else "", str(model.regimen)):
        assert max(map(len, text.splitlines()), default=0) <= min(max(columns, 80), 120)


def test_answers_fit_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    answer = ce.answer(scenario(), ce.simulate(scenario(), replicates=20, seed=1))
    assert max(map(len, answer.to_text().splitlines())) <= 80
    monkeypatch.setenv("COLUMNS", "110")
    assert 80 < max(map(len, answer.to_text().splitlines())) <= 110


def test_tables_break_their_widest_cells() -> None:
    rows = [("a", "one two three four five six"), ("b", "x" * 30)]
    text = text_table(("name", "words"), rows, width=24)
    assert text.splitlines() == [
        "  name  words",
        "  ----  ----------------",
        "  a     one two three",
        "        four five six",
        "  b     xxxxxxxxxxxxxxxx",
        "        xxxxxxxxxxxxxx",
    ]
    assert text_table(("a", "b"), [("1", "2")], width=80) == "  a  b\n  -  -\n  1  2"


@pytest.mark.parametrize(
    ("name", "size", "lines"),
    [
        ("expected_residual", 9, ["expected_", "residual"]),
        ("expected_residual", 16, ["expected_", "residual"]),
        ("dose_intensity[carboplatin]", 13, ["dose_", "intensity", "[carboplatin]"]),
        ("dose_intensity[carboplatin]", 14, ["dose_intensity", "[carboplatin]"]),
        ("tumor.clones[TP53+ABCB1].fraction", 14, ["tumor.clones", "[TP53+ABCB1].", "fraction"]),
        ("TP53+ABCB1@hypoxic", 10, ["TP53+ABCB1", "@hypoxic"]),
        ("a share of dose_intensity", 9, ["a share", "of", "dose_", "intensity"]),
        ("expected -0.0025", 9, ["expected", "-0.0025"]),
        ("x" * 20, 10, ["x" * 10] * 2),  # one part that is wider than its column
    ],
)
def test_names_are_broken_at_their_joints(name: str, size: int, lines: list[str]) -> None:
    text = text_table(("", name), [("", "")], indent="", width=2 + size)
    assert [line.strip() for line in text.splitlines()] == [*lines, "-" * size]


def test_narrow_tables_of_the_command_line_break_no_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    names = ["rank", "regimen", "expected_residual", "median_relapse", "dose_intensity[carboplatin]", "residual_day"]
    table = pl.DataFrame([dict.fromkeys(names, 0.25) | {"regimen": "with carboplatin", "status": "ok"}])
    shown = shown_table(table, known_by=2)
    header = shown.split("----")[0]
    for part in ("regimen", "expected", "residual", "median", "relapse", "intensity", "[carboplatin]", "day"):
        assert part in header + shown.partition("Not shown: ")[2], part
    assert max(map(len, shown.splitlines())) <= 80


def test_an_estimate_behaves_as_its_value() -> None:
    one, other = ce.Estimate.proportion(3, 10), ce.Estimate.exact(0.3)
    assert float(one) == 0.3
    assert f"{one:.2f} {one:>8.1%}" == "0.30    30.0%"
    assert f"{one}" == str(one) == "0.3 [0.1078, 0.6032]"
    assert one < 0.5
    assert one > 0.1
    assert 0.3 <= one <= np.float64(0.3)
    assert one == 0.3
    assert one != 0.4
    assert hash(one) == hash(0.3)
    assert one == ce.Estimate.proportion(3, 10)
    assert one != other
    assert not one < other
    assert round(one, 1) == 0.3
    assert one
    assert not ce.Estimate.exact(0.0)
    assert sorted([one, 0.1, ce.Estimate.exact(0.2)]) == [0.1, 0.2, 0.3]
    assert np.asarray([one, other], dtype=float).tolist() == [0.3, 0.3]
    for wrong in ("0.3", None, 1j):
        assert one != wrong
        with pytest.raises(TypeError):
            one < wrong  # noqa: B015


@pytest.mark.parametrize("kind", [ce.Dose, ce.Scenario, ce.Potency])
def test_help_shows_what_is_of_chemoevo(kind: type) -> None:
    text = pydoc.plain(pydoc.render_doc(kind))
    assert "replace(self, changes" in text
    assert "Parameters" in text
    for foreign in ("model_dump", "__pydantic", "model_config", "parse_obj", "model_fields"):
        assert foreign not in text
    assert not [name for name in dir(kind) if name.startswith(("_", "model_"))]


def test_completion_of_a_specification_is_short() -> None:
    names = dir(scenario().regimen.phases[0].doses[0])
    assert {"amount", "unit", "milligrams", "replace", "to_toml"} <= set(names)
    assert not [name for name in names if name.startswith(("_", "model_"))]


def test_bars_say_what_they_are_of(capfd: pytest.CaptureFixture[str]) -> None:
    model = scenario().replace({"tumor.size": 10**4, "surgery.residual_cells": 5})
    ce.simulate(model, replicates=3, seed=1, progress=True)
    ce.sweep(model, {"surgery.residual_cells": [1, 2]}, progress=True, threads=1)
    err = capfd.readouterr().err
    for part in ("growth: 100%", "therapy: 100%", "3/3", "2/2", "point"):
        assert part in err, part


def test_figures_are_asked_of_the_thing() -> None:
    model = scenario().replace({"tumor.size": 10**4, "surgery.residual_cells": 50})
    ensemble = ce.simulate(model, replicates=5, seed=1)
    try:
        for axes in (
            ensemble.plot.counts(),
            ensemble.plot.trajectories(),
            ce.answer(model, ensemble).plot.survival(),
            model.plot.rates(),
            model.regimen.plot.exposure(patient=model.patient),
            PROCESS.plot.rates(),
        ):
            assert axes.has_data()
        with pytest.raises(AttributeError, match="survival"):
            _ = ensemble.plot.survival
    finally:
        plt.close("all")
    assert model == ce.Scenario.from_dict(model.to_dict())


def test_a_figure_without_matplotlib_names_the_extra() -> None:
    import subprocess
    import sys

    code = (
        "import sys; sys.modules['matplotlib'] = None\n"
        "import chemoevo as ce\n"
        "ce.regimens.docetaxel_carboplatin().plot.exposure(patient=ce.Patient(bsa=1.8, gfr=90))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert 'pip install "chemoevo[plots]"' in done.stderr.splitlines()[-1]
    with contextlib.redirect_stdout(io.StringIO()):
        assert ce.plots.counts_table is not None
