"""Scenarios with clonal alterations and observed clones: as sums of parts in everything, and what is refused."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import chemoevo as ce
from chemoevo.scenario.clones import genotype, labels_of, observed

ALTERATIONS = (
    ce.Alteration(name="ABCB1", mutation=1e-7, cost=0.05, copies=2),
    ce.Alteration(name="TP53", mutation=1e-6),
    ce.Alteration(name="BCL2", mutation=5e-7),
)
CLONES = (
    ce.Clone(alterations=["ABCB1"], fraction=0.12),
    ce.Clone(alterations=["BCL2", "ABCB1"], fraction=0.05),
)


def scenario(*, size: float = 1e6, residual: float = 3e-5, horizon: float = 120.0, **tumor: Any) -> ce.Scenario:
    rates: dict[str, Any] = {"birth": 0.14, "death": 0.1, "size": size, "alterations": ALTERATIONS}
    return ce.Scenario(
        name="observed",
        tumor=ce.Tumor(**rates | tumor),
        surgery=ce.Surgery(residual_fraction=residual),
        regimen=ce.Regimen.parse("docetaxel 75 mg/m2 over 1 h q21d x3"),
        patient=ce.Patient(bsa=1.8),
        potencies=[ce.Potency(drug="docetaxel", emax=1.4, basis="a test")],
        follow_up=ce.FollowUp(horizon=horizon),
        progression=ce.ProgressionRule(size=1e3) if "capacity" in tumor else ce.ProgressionRule(),
        simulation=ce.Simulation(replicates=300, seed=4),
    )


def profiled(**more: Any) -> ce.Scenario:
    return scenario(clonal=["TP53"], clones=CLONES, **more)


def test_parts_are_trunk_and_clones() -> None:
    one = profiled()
    assert one.tumor.observed == (("TP53", 830_000), ("ABCB1+TP53", 120_000), ("ABCB1+TP53+BCL2", 50_000))
    assert one.growth.size == {"TP53": 830_000.0, "ABCB1+TP53": 120_000.0, "ABCB1+TP53+BCL2": 50_000.0}
    assert one.growth.law == ce.GrownTo(one.growth.process, size=one.growth.size)
    assert one.growth.stop == ce.Stop(size=1_000_000, retry=True)
    assert scenario().growth.size == 1e6
    assert scenario(clonal="TP53").growth.size == {"TP53": 1e6}


@pytest.mark.parametrize(
    ("fractions", "cells"),
    [
        ([0.5, 0.5], [5, 5]),  # no trunk
        ([1.0], [10]),
        ([1 / 3, 1 / 3, 1 / 3], [3, 4, 3]),  # rounded so that the sum is the tumor
        ([0.25, 0.25], [5, 2, 3]),
        ([0.1] * 9, [1] * 10),
    ],
)
def test_fractions_make_whole_cells(fractions: list[float], cells: list[int]) -> None:
    altered = [ce.Alteration(name="ABCB1", mutation=0, copies=len(fractions))]
    names = list(labels_of(altered))
    clones = [ce.Clone(alterations=name, fraction=x) for name, x in zip(names, fractions, strict=True)]
    parts = observed(altered, (), clones, 10)
    assert [number for _, number in parts] == cells
    assert sum(cells) == 10


def test_names_are_genotypes_in_any_order() -> None:
    assert genotype(ALTERATIONS, ["BCL2", "ABCB1"]) == "ABCB1+BCL2"
    assert genotype(ALTERATIONS, ["ABCB1", "ABCB1x2"]) == "ABCB1x2"
    assert genotype(ALTERATIONS, []) == "sensitive"
    more = scenario(clonal=["ABCB1"], clones=[ce.Clone(alterations=["ABCB1x2"], fraction=0.3)])
    assert [name for name, _ in more.tumor.observed] == ["ABCB1", "ABCB1x2"]


def test_answers_are_those_of_the_law_of_parts() -> None:
    one = profiled()
    law, day = one.growth.law, one.follow_up.horizon
    cure = ce.cure_probability(one)
    assert cure.method == "law"
    assert cure.value == ce.extinction_probability(one, initial=law, times=[day])[0]
    histories = ce.cure_probability(one, method="histories", replicates=200)
    assert abs(histories.value - cure.value) < 4.9 / 3.92 * (histories.high - histories.low) + 1e-4 * cure.value
    back = ce.relapse_time(one, size=1e5)
    assert back.cdf([day]) == pytest.approx(ce.relapse_time(one, initial=law, size=1e5).cdf([day]))
    # The same tumor as a law whose parts are grown one by one.
    logs = [
        math.log(ce.extinction_probability(one, initial=ce.GrownTo(one.growth.process, size={k: v}), times=[day])[0])
        for k, v in one.growth.law.size.items()  # type: ignore[union-attr]
    ]
    assert math.log(cure.value) == pytest.approx(sum(logs), rel=1e-10)


def test_mutant_share_is_that_outside_of_parts() -> None:
    one = profiled()
    shares = []
    for name, cells in one.tumor.observed:
        carried = name.split("+")
        alone = scenario(clonal=carried, size=cells)
        shares.append((cells, ce.cure_probability(alone, method="law").mutant_share))
    whole = sum(cells * (share or 0.0) for cells, share in shares) / 1e6
    assert ce.cure_probability(one, method="law").mutant_share == pytest.approx(whole, rel=1e-12)
    grown = sum(
        scenario(clonal=name.split("+"), size=cells).expected_mutations[0] for name, cells in one.tumor.observed
    )
    assert one.expected_mutations[0] == pytest.approx(grown, rel=1e-12)


def test_simulation_grows_every_part_in_streams_of_its_own(tmp_path: Path) -> None:
    one = profiled()
    ens = ce.simulate(one, replicates=40, seed=3)
    grown = ens.growth
    assert grown is not None
    assert grown.parts == one.growth.parts
    assert (grown.final.sum(axis=1) == 1_000_000).all()
    assert (grown.outcomes["outcome"] == "stopped").all()
    np.testing.assert_array_equal(ens.initial, grown.final)
    # Nearly all cells of a part are of its genotype.
    columns = [grown.types.index(name) for name, _ in one.growth.parts]
    assert (np.abs(grown.final[:, columns] / [830_000, 120_000, 50_000] - 1.0) < 0.02).all()
    # Some of the replicates, chunks, one replicate, disk: the same numbers.
    part = ce.simulate(one, replicates=range(10, 20), seed=3)
    np.testing.assert_array_equal(part.counts, ens.counts[10:20])
    pieces = list(ce.simulate_chunks(one, replicates=40, seed=3, chunk=15))
    assert ce.concat(pieces) == ens
    again = ens.replicate(7)
    np.testing.assert_array_equal(again.counts[0], ens.counts[7])
    assert again.growth is not None
    assert again.growth.parts == grown.parts
    ens.save(tmp_path / "ens")
    assert ce.load(tmp_path / "ens") == ens
    ce.simulate_to(one, path=tmp_path / "study", replicates=40, seed=3, chunk=15)
    assert ce.load(tmp_path / "study") == ens
    with pytest.raises(ce.ModelError, match="must be None for growth of several parts"):
        grown.replicate(7, record="clones")
    counts = ce.simulate(one, replicates=5, seed=3, record=ce.Counts(of={"carriers": one.types.carriers("ABCB1")}))
    assert counts.growth is not None
    assert (counts.growth.counts[:, -1, 0] >= 160_000).all()
    told: list[tuple[int, int]] = []
    ce.simulate(one, replicates=40, seed=3, progress=lambda done, total: told.append((done, total)))
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1][0] == told[-1][1]


def test_parts_are_independent_and_the_trunk_does_not_depend_on_clones() -> None:
    # The first part has the same streams whatever the others are.
    one, other = profiled(), profiled().replace({"tumor.clones[1].fraction": 0.06, "tumor.clones[0].fraction": 0.11})
    first, second = (ce.simulate(two, replicates=30, seed=3).growth for two in (one, other))
    assert first is not None
    assert second is not None
    trunk = [first.types.index(name) for name in ("TP53", "TP53+BCL2")]
    np.testing.assert_array_equal(first.final[:, trunk], second.final[:, trunk])
    # Two parts of equal rates and sizes are no copies of one another.
    often = [ce.Alteration(name=name, mutation=u) for name, u in (("TP53", 0), ("BCL2", 1e-3))]
    twins = scenario(size=1000, alterations=often, clones=[ce.Clone(alterations="TP53", fraction=0.5)])
    grown = ce.simulate(twins, replicates=30, seed=3).growth
    assert grown is not None
    mutants = grown.final[:, [grown.types.index(name) for name in ("BCL2", "TP53+BCL2")]]
    assert (mutants[:, 0] != mutants[:, 1]).sum() > 20


def test_answer_compares_with_the_law_of_parts() -> None:
    one = profiled()
    result = ce.answer(one, ce.simulate(one))
    assert "A tumor found at 1e+06 cells (TP53 83.0 %, ABCB1+TP53 12.0 %, ABCB1+TP53+BCL2 5.0 %)" in result.setting
    # Cells with each alteration, and with two, were observed: what is left to compare is cure and size.
    assert [row.question for row in result.comparisons if row.route == "detection law"] == ["cure on day 120"]
    assert all(abs(row.standard_errors) < 4.9 for row in result.comparisons)
    third = scenario(clones=[ce.Clone(alterations="TP53", fraction=0.2)])
    assert list(third.watched) == ["cell with ABCB1", "cell with 2 or more alterations"]
    other = profiled().replace({"tumor.clones[0].fraction": 0.2})
    with pytest.raises(ce.ModelError, match=r"growth.parts must be that of the scenario"):
        ce.answer(other, ce.simulate(one, replicates=2))
    clonal = scenario(clonal=["TP53"])
    assert ce.answer(clonal, ce.simulate(clonal, replicates=20)).replicates == 20


def test_attribution_keeps_what_was_observed() -> None:
    one = profiled()
    table = ce.attribution(one)
    rows = {row["part"]: row for row in table.to_dicts()}
    never = one.replace({f"tumor.alterations[{k}].mutation": 0.0 for k in range(3)})
    assert rows["ever"]["cure"] == pytest.approx(ce.cure_probability(never, method="law").value, rel=1e-6)
    assert rows["P-gp"]["cure"] > rows["all"]["cure"]


@pytest.mark.parametrize("path", ["tumor.clones[0].fraction", "tumor.size", "tumor.birth", "tumor.alterations[0].cost"])
def test_derivatives_of_a_tumor_of_parts(path: str) -> None:
    one = profiled(size=1e8, residual=3e-7)
    row = ce.sensitivities(one, question="extinction", with_respect_to=[path]).to_dicts()[0]
    value = row["value"] or 0.05
    step = 1e-3 * value
    sides = [
        math.log(ce.cure_probability(one.replace({path: row["value"] + h}), method="law").value) for h in (step, -step)
    ]
    assert row["log_derivative"] == pytest.approx((sides[0] - sides[1]) / (2.0 * step), rel=2e-3)
    named = ce.sensitivities(one, question="extinction", with_respect_to=["tumor.clones[ABCB1].fraction"])
    assert named["parameter"].to_list() == ["tumor.clones[ABCB1].fraction"]


def test_clones_that_are_the_whole_tumor_have_no_derivative() -> None:
    one = scenario(clones=[ce.Clone(alterations="TP53", fraction=1.0)])
    with pytest.raises(ce.SimulationError, match="the clones are the whole tumor"):
        ce.sensitivities(one, question="extinction", with_respect_to=["tumor.clones[TP53].fraction"])
    table = ce.sensitivities(one, question="extinction")
    assert "tumor.clones[0].fraction" not in table["parameter"].to_list()
    given = ce.sensitivities(
        profiled(), question="extinction", initial={"TP53": 100}, with_respect_to=["tumor.clones[0].fraction"]
    )
    assert given["derivative"].to_list() == [0.0]


def test_sweeps_by_clone() -> None:
    one = profiled()
    points = pl.DataFrame({"tumor.clones[ABCB1].fraction": [0.01, 0.3], "tumor.clones[1].fraction": [0.001, 0.2]})
    table = ce.sweep(one, points, ask="cure")
    want = [ce.cure_probability(one.replace(row)).value for row in points.to_dicts()]
    assert table["cure"].to_list() == pytest.approx(want, rel=1e-12)
    assert table["method"].to_list() == ["law", "law"]
    wrong = ce.sweep(one, pl.DataFrame({"tumor.clones[ABCB1].fraction": [0.2, 0.99]}), ask="cure")
    assert wrong["cure"].is_null().to_list() == [False, True]
    assert "sum to at most 1" in wrong["status"][1]


def test_files_and_words() -> None:
    one = profiled()
    assert ce.Scenario.from_toml(one.to_toml()) == one
    assert ce.Scenario.from_json(one.to_json()) == one
    assert repr(one.tumor.clones[0]) == "Clone('ABCB1': 12 % of the cells)"
    text = one.describe()
    assert max(len(line) for line in text.splitlines()) <= 80
    flat = " ".join(text.split())
    assert "every cell carries TP53, as the first one did" in flat
    assert "ABCB1+TP53: grown from one cell to 120000 cells (12.0 %)" in flat
    assert "grown apart: TP53 83.0 %, ABCB1+TP53 12.0 %, ABCB1+TP53+BCL2 5.0 %" in " ".join(str(one).split())
    assert "in every cell: TP53" in str(scenario(clonal=["TP53"]))
    kept = ["tumor.clonal[0]", "tumor.clones[0].alterations[0]", "tumor.clones[0].fraction"]
    assert set(kept) <= set(one.paths())
    assert "clones" in str(ce.Scenario.json_schema()["$defs"]["Tumor"]["properties"])


def test_parts_in_niches_start_as_blocks_of_their_genotypes() -> None:
    niches = [ce.Niche(name="near", share=0.7), ce.Niche(name="far", share=0.3, birth=0.9)]
    seen = [ce.Clone(alterations="TP53", fraction=0.25)]
    one = scenario(size=4000, residual=0.01, niches=niches, exchange=0.02, clones=seen)
    assert one.growth.parts == (("sensitive@near", 3000), ("TP53@near", 1000))
    cells = one.growth.law.cells[0]
    of = dict(zip(one.types.names, cells.tolist(), strict=True))
    assert of["sensitive@near"] + of["sensitive@far"] == 3000
    assert of["TP53@near"] + of["TP53@far"] == 1000
    assert of["TP53@near"] / 1000 == pytest.approx(0.7, abs=0.01)
    ens = ce.simulate(one, replicates=300, seed=5)
    law = ce.cure_probability(one, method="law").value
    cured = (ens.final.sum(axis=1) == 0).mean()
    assert 0.05 < law < 0.95
    assert abs(cured - law) < 4.9 * math.sqrt(law * (1.0 - law) / 300)


def test_clonal_tumors_may_compete_and_clones_may_not() -> None:
    one = scenario(size=2000, clonal=["TP53"], capacity=5000.0)
    assert one.growth.parts == (("TP53", 2000),)
    ens = ce.simulate(one, replicates=10, seed=2)
    assert ens.growth is not None
    place = ens.growth.types.index("TP53")
    assert (ens.growth.initial[:, place] == 1).all()
    assert (ens.growth.final[:, place] > 1900).all()
    assert one.expected_mutations[0] > 0.0
    assert "every cell carries TP53" in one.describe()
    costly = [ce.Alteration(name="TP53", mutation=0.0, cost=0.2)]
    slow, fast = (
        scenario(size=2000, alterations=costly, clonal=some, capacity=5000.0).growth.longest for some in (["TP53"], [])
    )
    assert slow > 2.0 * fast
    with pytest.raises(ce.ModelError, match="clones must be left out where there are capacities"):
        scenario(clones=CLONES, capacity=1e9)


@pytest.mark.parametrize(
    ("tumor", "words"),
    [
        ({"clonal": ["X"]}, r"clonal\[0\] must be one of tumor.alterations; got 'X'. Known"),
        (
            {"clonal": ["ABCB1x3"]},
            r"clonal\[0\] must be one of tumor.alterations; got 'ABCB1x3'. Did you mean 'ABCB1x2'",
        ),
        ({"clonal": ["TP53", "TP53"]}, r"clonal\[1\] must name every alteration once"),
        ({"clonal": ["ABCB1", "ABCB1x2"]}, r"clonal\[1\] must name every alteration once"),
        ({"clones": [{"alterations": [], "fraction": 0.1}]}, r"clones\[0\].alterations"),
        ({"clones": [{"alterations": ["TP53"]}]}, r"clones\[0\].fraction is missing"),
        ({"clones": [{"alterations": ["TP53"], "fraction": 0}]}, r"clones\[0\].fraction must be"),
        (
            {"clonal": "TP53", "clones": [{"alterations": ["TP53"], "fraction": 0.1}]},
            r"clones\[0\].alterations\[0\] must be beyond tumor.clonal",
        ),
        (
            {"clones": [{"alterations": ["TP53"], "fraction": 0.1}] * 2},
            r"clones\[1\].alterations must be of a genotype that no clone before it has",
        ),
        ({"clones": [{"alterations": [n], "fraction": 0.6} for n in ("TP53", "BCL2")]}, "sum to at most 1.*got 1.2"),
        ({"clones": [{"alterations": "TP53", "fraction": 1e-8}]}, r"clones\[0\].fraction must make one cell or more"),
        ({"alterations": [], "clonal": ["TP53"]}, "The tumor has none"),
    ],
)
def test_clones_that_are_refused(tumor: dict[str, Any], words: str) -> None:
    with pytest.raises(ce.ModelError, match=words):
        scenario(**tumor)


def test_parts_that_do_not_grow_are_refused_by_path() -> None:
    dear = [ce.Alteration(name="ABCB1", mutation=1e-7, cost=0.5), ce.Alteration(name="TP53", mutation=1e-6)]
    with pytest.raises(ce.ModelError, match=r"tumor.clones\[0\] must be of cells that grow .*got -0.03"):
        scenario(alterations=dear, clones=[ce.Clone(alterations="ABCB1", fraction=0.2)])
    with pytest.raises(ce.ModelError, match=r"tumor.clonal must be of cells that grow"):
        scenario(alterations=dear, clonal=["ABCB1"])
    # Every problem at once.
    with pytest.raises(ce.ModelError, match=r"(?s)clones\[1\].fraction.*clonal\[0\].*clones\[0\].alterations\[0\]"):
        scenario(
            clonal=["A"], clones=[{"alterations": ["B"], "fraction": 0.1}, {"alterations": ["TP53"], "fraction": 2}]
        )


def lossy(**more: float) -> list[ce.Alteration]:
    given = {"mutation": 0.0, "radiosensitivity": 1.0, **more}
    return [ce.Alteration(name="M", **given), ce.Alteration(name="X", mutation=1e-8, radiosensitivity=1.0)]  # type: ignore[arg-type]


def lost_share(one: ce.Scenario, *, lacking: str, replicates: int = 60) -> tuple[float, float]:
    """Mean share of simulated tumors at detection that lacks an alteration, and its standard error."""
    ens = ce.simulate(one, replicates=replicates, seed=1)
    carried = np.isin(ens.types, one.types.carriers(lacking))
    share = 1.0 - ens.initial[:, carried].sum(axis=1) / ens.initial.sum(axis=1)
    return float(share.mean()), float(share.std(ddof=1)) / math.sqrt(len(share))


def test_clonal_alterations_that_switch_off_are_refused_above_a_percent() -> None:
    # Equal rates: the share that is off comes to off / (on + off), but for exp(-(on + off) days) = 1 % of it here. The
    # simulated share is within 4.9 standard errors: a false-alarm level of 1e-6.
    at_share = {share: lossy(switch_on=0.01, switch_off=0.01 * share / (1.0 - share)) for share in (0.0099, 0.0101)}
    lost, error = lost_share(scenario(size=1e9, alterations=at_share[0.0099], clonal=["M"]), lacking="M")
    assert abs(lost - 0.0099) < 4.9 * error + 0.01 * 0.0099
    with pytest.raises(ce.ModelError, match=r"tumor.clonal must leave at most 1 % .*switched off.*got 1.01 %"):
        scenario(size=1e9, alterations=at_share[0.0101], clonal=["M"])


def test_clones_that_revert_are_refused_above_a_percent() -> None:
    # Equal rates: one daughter of a division reverts with the probability, so the share that has M falls as
    # exp(-birth reversal t).
    clones = [ce.Clone(alterations=["M"], fraction=0.3)]
    days = math.log(3e5 * (1.0 - 0.1 / 0.14)) / 0.04
    limit = -math.log(0.99) / (0.14 * days)
    kept = scenario(size=1e6, alterations=lossy(reversal=0.98 * limit), clones=clones)
    alone = scenario(size=3e5, alterations=lossy(reversal=0.98 * limit), clonal=["M"])
    assert kept.tumor.observed[1] == ("M", 300_000)
    # Within 4.9 standard errors, a false-alarm level of 1e-6 were they normal; a tenth is left to the law at a time.
    lost, error = lost_share(alone, lacking="M", replicates=2000)
    assert abs(lost - 0.0098) < 4.9 * error + 0.1 * 0.0098
    assert error < 0.001
    with pytest.raises(
        ce.ModelError, match=r"tumor.clones\[0\] must leave .*'M'.*M reverts with prob.*got 1.02 %.*Leave M"
    ):
        scenario(size=1e6, alterations=lossy(reversal=1.02 * limit), clones=clones)


def test_the_trunk_must_not_switch_to_what_a_clone_has() -> None:
    clones = [ce.Clone(alterations=["M"], fraction=0.3)]
    with pytest.raises(ce.ModelError) as caught:
        scenario(alterations=lossy(switch_on=0.01, switch_off=0.05), clones=clones)
    text = str(caught.value)
    assert "tumor.clones must leave at most 1 % of the cells of the trunk" in text
    assert "got 16.7 %" in text
    assert "tumor.clones[0] must leave" in text
    assert "got 83.3 %" in text
    # What was not observed may come and go.
    other = [ce.Clone(alterations=["X"], fraction=0.3)]
    one = scenario(alterations=lossy(switch_on=0.01, switch_off=0.05), clones=other)
    assert lost_share(one, lacking="X")[0] == pytest.approx(0.7, abs=1e-3)
    with pytest.raises(ce.ModelError, match=r"scenario must be valid with what was measured: tumor.clones"):
        ce.Profile(
            scenario=scenario(alterations=lossy(reversal=0.05)),
            subclones=[ce.Subclone(alterations=["M"], fraction=0.3)],
        )
    with pytest.raises(ce.ModelError, match=r"tumor.clonal must leave .*got 83.3 %"):
        scenario(alterations=lossy(switch_on=0.01, switch_off=0.05), clonal="M", capacity=5e6)
