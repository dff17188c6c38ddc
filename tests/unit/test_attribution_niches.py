"""What niches, phenotypes and what drugs drive cost in cure: against scenarios edited by hand."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import polars as pl
import pytest
from matplotlib.figure import Figure

import chemoevo as ce
from chemoevo import plots
from chemoevo.answers.switched_off import KINDS

Edit = Callable[[dict[str, Any]], object]


@cache
def model() -> ce.Scenario:
    """Two niches, of which one has all that a niche can have; a phenotype that drugs induce; a drug that unmasks."""
    far = ce.Niche(
        name="far",
        share=0.3,
        oxygen=12.0,
        penetration={"docetaxel": ce.Access(ratio=0.3), "other": ce.Access(ratio=0.8)},
        changes=ce.Change(mechanism="P-gp", by=0.05),
        immune_kill=0.03,
    )
    return ce.Scenario(
        name="all at once",
        tumor=ce.Tumor(
            birth=0.3,
            death=0.1,
            size=2000,
            alterations=ce.alteration("ABCB1", mutation=1e-5),
            niches=[ce.Niche(name="near", share=0.7), far],
            exchange=0.2,
            phenotypes=[
                ce.Phenotype(
                    name="tolerant", enter=1e-3, induced={"docetaxel": 0.02}, leave=0.2, birth=0.2, protection=0.6
                )
            ],
            late_death=ce.LateDeath(rate=1.0, stages=1),
        ),
        regimen="docetaxel 75 mg/m2 over 1 h + carboplatin 600 mg over 1 h q7d x3",
        patient=ce.Patient(bsa=1.8, gfr=90),
        potencies=[
            ce.Potency(drug="docetaxel", emax=27, mutation=30, basis="a test"),
            ce.Potency(drug="carboplatin", mode="unmask", emax=8, cycling_fraction=0.9, basis="a test"),
        ],
        assume_untouched=True,
        follow_up=ce.FollowUp(horizon=28, looks_every=28),
        simulation=ce.Simulation(tolerance=0.05),
    )


@cache
def table() -> pl.DataFrame:
    return ce.attribution(model())


def niche(**fields: Any) -> Edit:
    return lambda data: data["tumor"]["niches"][1].update(fields)


EVERYTHING = {"penetration": {}, "oxygen": 60.0, "changes": [], "immune_kill": 1e-15}
EDITS: dict[tuple[str, str], Edit] = {
    ("far", "niche access"): niche(penetration={}),
    ("far", "niche oxygen"): niche(oxygen=60.0),
    ("far", "stroma"): niche(changes=[]),
    # A drug that unmasks is refused where there is no immune kill: none to speak of.
    ("far", "immune kill"): niche(immune_kill=1e-15),
    ("far", "niche"): niche(**EVERYTHING),
    ("tolerant", "phenotype"): lambda data: data["tumor"].update(phenotypes=[]),
    ("tolerant", "induction"): lambda data: data["tumor"]["phenotypes"][0].update(induced={}),
    ("docetaxel", "induced mutation"): lambda data: data["potencies"][0].pop("mutation"),
    ("carboplatin", "unmasking"): lambda data: data["potencies"][1].update(emax=1.0, cycling_fraction=1.0),
}


def edited(edit: Edit) -> ce.Scenario:
    data = model().to_dict()
    edit(data)
    return ce.Scenario.from_dict(data)


def test_rows() -> None:
    found = table()
    assert found.select("part", "kind").rows()[1:3] == [("ABCB1", "alteration"), ("P-gp", "mechanism")]
    rest = [row for row in found.select("part", "kind").rows()[3:-2] if row[1] != "mechanism"]
    assert rest == list(EDITS)
    assert set(found["kind"]) - {"all", "mutation under therapy", "any mutation"} <= set(KINDS)
    assert 0.2 < found["cure"][0] < 0.4


@pytest.mark.parametrize("which", EDITS)
def test_every_row_is_the_cure_of_the_scenario_edited_by_hand(which: tuple[str, str]) -> None:
    (row,) = table().filter(part=which[0], kind=which[1]).iter_rows(named=True)
    assert row["cure"] == pytest.approx(float(ce.cure_probability(edited(EDITS[which]), method="law")), rel=1e-12)
    assert row["change"] == row["cure"] - table()["cure"][0]
    assert abs(row["change"]) > 1e-6


def test_signs() -> None:
    change = {(part, kind): by for part, kind, _, by, _ in table().iter_rows()}
    assert change["far", "niche access"] > 0.0
    assert change["far", "stroma"] > 0.0
    assert change["tolerant", "phenotype"] > change["tolerant", "induction"] > 0.0
    assert change["docetaxel", "induced mutation"] > 0.0
    assert change["carboplatin", "unmasking"] < 0.0


def test_parts_that_are_not_there_are_no_rows() -> None:
    data = model().to_dict()
    data["tumor"]["niches"][1] = {"name": "far", "share": 0.3, "birth": 0.9}
    data["tumor"]["phenotypes"][0] |= {"enter": 0.0}
    data["potencies"][0].pop("mutation")
    data["potencies"][1] = {"drug": "carboplatin", "emax": 1.0, "basis": "a test"}
    found = ce.attribution(ce.Scenario.from_dict(data)).select("part", "kind").rows()[:-2]
    # Cells that drugs alone drive into a phenotype are in none without them: one row, not two.
    assert [row for row in found if row[1] not in ("all", "alteration", "mechanism")] == [
        ("far", "niche oxygen"),
        ("tolerant", "phenotype"),
    ]


def test_a_tumor_that_needs_its_niche() -> None:
    data = model().to_dict()
    data["tumor"] |= {"birth": 0.11, "phenotypes": []}
    data["tumor"]["niches"] = [
        {"name": "near", "share": 0.5, "death": 0.05},
        {"name": "far", "share": 0.5, "birth": 3.0},
    ]
    data["potencies"][1] = {"drug": "carboplatin", "emax": 1.0, "basis": "a test"}
    found = ce.attribution(ce.Scenario.from_dict(data))
    (row,) = found.filter(kind="niche oxygen").iter_rows(named=True)
    assert (row["cure"], row["change"]) == (None, None)
    ax = plots.attribution(found, ax=Figure(layout="constrained").subplots())
    assert not any("far" in text.get_text() for text in ax.get_yticklabels())


def test_the_plot_names_what_is_changed() -> None:
    ax = plots.attribution(table(), ax=Figure(layout="constrained").subplots())
    names = [text.get_text() for text in ax.get_yticklabels()]
    assert {"ABCB1", "far (niche access)", "tolerant (induction)", "carboplatin (unmasking)"} <= set(names)
    assert len(names) == len(table()) - 3
