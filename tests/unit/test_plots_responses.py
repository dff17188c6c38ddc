"""Plots of dose and response, and of what parts of resistance cost in cure; and the catalogs of the site."""

from __future__ import annotations

import polars as pl
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import chemoevo as ce
from chemoevo import plots
from docs._ext import mechanism_catalog

CURVES = ce.dose_response(
    "docetaxel", genotypes=["sensitive", "ABCB1"], concentrations=[0.0, 1e-3, 1e-2, 1e-1], emax=1.0, growth=0.5
)
PARTS = pl.DataFrame(
    {
        "part": ["all", "MGMT", "MGMT", "tariquidar"],
        "kind": ["all", "alteration", "mechanism", "modulator"],
        "cure": [0.2, 0.5, 0.4, 0.1],
        "change": [0.0, 0.3, 0.2, -0.1],
    }
)


def axes() -> Axes:
    return Figure(layout="constrained").subplots()


@pytest.mark.parametrize(
    ("of", "label"), [(None, "viability"), ("effect", "share of the largest effect"), ("gr", "GR value")]
)
def test_a_line_for_every_genotype(of: str | None, label: str) -> None:
    ax = plots.dose_response(CURVES, ax=axes(), of=of)
    assert ax.get_ylabel() == label
    lines = [line for line in ax.lines if not str(line.get_label()).startswith("_")]
    assert [line.get_label() for line in lines] == ["sensitive", "ABCB1"]
    column = "viability" if of is None else of
    want = CURVES.filter(pl.col("genotype") == "ABCB1", pl.col("concentration_uM") > 0)
    # A concentration of 0 has no place on a logarithmic axis.
    assert lines[1].get_xdata().tolist() == want["concentration_uM"].to_list()  # type: ignore[union-attr]
    assert lines[1].get_ydata().tolist() == want[column].to_list()  # type: ignore[union-attr]
    assert ax.get_xscale() == "log"


def test_without_emax_the_effect_is_drawn() -> None:
    plain = ce.dose_response("docetaxel", concentrations=[1e-3, 1e-2])
    assert plots.dose_response(plain, ax=axes(), legend=False).get_ylabel() == "share of the largest effect"
    with pytest.raises(ce.ModelError, match="must have a column 'gr' without nulls"):
        plots.dose_response(plain, ax=axes(), of="gr")


def test_bars_by_the_size_of_the_change() -> None:
    ax = plots.attribution(PARTS, ax=axes())
    assert [text.get_text() for text in ax.get_yticklabels()] == ["MGMT (alteration)", "MGMT (mechanism)", "tariquidar"]
    assert [bar.get_width() for bar in ax.patches] == [0.3, 0.2, -0.1]  # type: ignore[attr-defined]
    only = plots.attribution(PARTS, ax=axes(), kinds=["modulator"])
    assert [text.get_text() for text in only.get_yticklabels()] == ["tariquidar"]


def test_bad_input() -> None:
    for plot in (plots.dose_response, plots.attribution):
        with pytest.raises(TypeError, match="must be a polars DataFrame, as chemoevo gives it"):
            plot({"part": []}, ax=axes())  # type: ignore[operator]
        with pytest.raises(ce.ModelError, match="must have a column"):
            plot(pl.DataFrame({"x": [1.0]}), ax=axes())  # type: ignore[operator]
        with pytest.raises(TypeError, match="ax must be"):
            plot(CURVES if plot is plots.dose_response else PARTS, ax=3)  # type: ignore[operator]
    with pytest.raises(ce.ModelError, match="of must be one of 'effect', 'viability', 'gr'"):
        plots.dose_response(CURVES, of="growth")
    with pytest.raises(ce.ModelError, match="parts must have some of the kinds niche"):
        plots.attribution(PARTS, kinds=["niche"])


def test_the_catalogs_have_every_mechanism_and_alteration() -> None:
    text = mechanism_catalog.as_markdown()
    for name in ce.mechanism_names():
        assert f"## {name}\n" in text
        whole = "\n".join(mechanism_catalog.section(name))
        assert all(one.drug in whole for one in ce.mechanism(name).drugs)
    of_alterations = mechanism_catalog.alterations_as_markdown()
    assert all(f"## {name}\n" in of_alterations for name in ce.alteration_names())
