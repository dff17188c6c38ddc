"""Capacities of a scenario: the mean field against closed forms and solvers, what is refused, and what is said."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

import chemoevo as ce
from chemoevo.answers.provenance import provenance
from chemoevo.cli.main import _run
from tests.unit.place_scenarios import scenario
from tests.unit.roomy import BIRTH, DEATH, EFFLUX, ONE, SIZE, TWO, killed, small


def closed_form(model: ce.Scenario, cells: float, days: list[float], *, gompertz: bool = False) -> list[float]:
    """One type that competes with itself, through intervals of constant rates."""
    process, capacity, found = model.therapy, model.tumor.capacity, []
    assert capacity is not None
    edges = [0.0, *process.breakpoints.tolist(), np.inf]
    for day in days:
        n = cells
        for k, (start, end) in enumerate(pairwise(edges)):
            stretch, r = min(end, day) - start, float(process.birth[k, 0] - process.death[k, 0])
            if stretch <= 0.0:
                break
            if r <= 0.0:  # declines by itself, and feels nothing
                n *= math.exp(r * stretch)
            elif gompertz:
                full = math.log(capacity)
                n = math.exp(full - (full - math.log(n)) * math.exp(-r * stretch / full))
            else:
                n = capacity / (1.0 + (capacity / n - 1.0) * math.exp(-r * stretch))
        found.append(n)
    return found


@pytest.mark.parametrize("on", [None, "death", "birth"])
def test_growth_comes_to_its_size_as_the_laws_say(on: Any) -> None:
    net = BIRTH - DEATH
    for capacity in (1.2e6, 1e9, 1e30):
        logistic = killed(0.05, capacity=capacity, competition_on=on).growth.crowded
        assert logistic is not None
        want = math.log(SIZE * (1.0 - 1.0 / capacity) / (1.0 - SIZE / capacity)) / net
        assert logistic.days == pytest.approx(want, rel=1e-8)
        full = math.log(capacity)
        gompertz = killed(0.05, capacity=capacity, competition="gompertz", competition_on=on).growth.crowded
        assert gompertz is not None
        assert gompertz.days == pytest.approx(full / net * math.log(full / math.log(capacity / SIZE)), rel=1e-8)
        assert gompertz.cells.sum() == pytest.approx(SIZE, rel=1e-9)


@pytest.mark.parametrize("emax", [0.0001, 0.05, 1.0])
@pytest.mark.parametrize("law", ["logistic", "gompertz"])
def test_the_mean_field_under_a_constant_kill(emax: float, law: Any) -> None:
    model, days = killed(emax, capacity=2e6, competition=law), [1.0, 20.0, 30.0, 60.0, 120.0]
    found = ce.mean_counts(model, initial={"sensitive": SIZE}, times=days)[:, 0]
    np.testing.assert_allclose(found, closed_form(model, SIZE, days, gompertz=law == "gompertz"), rtol=1e-8)


def test_the_mean_field_under_a_regimen() -> None:
    model = scenario(**ONE, emax=0.5, capacity=1.5e6, competition_on="birth", drugs=())
    assert model.segments > 20
    days = [1.0, 5.0, 21.0, 25.0, 63.0]
    found = ce.mean_counts(model, initial={"sensitive": SIZE}, times=days)[:, 0]
    np.testing.assert_allclose(found, closed_form(model, SIZE, days), rtol=1e-7)
    free = scenario(**ONE, emax=0.5, drugs=())
    assert (found < 0.97 * ce.mean_counts(free, initial={"sensitive": SIZE}, times=days)[:, 0])[1:].all()


def test_a_niche_that_kills_changes_the_net_growth_and_not_the_capacity() -> None:
    model = killed(0.0001, size=1000, niches=[ce.Niche(name="A", death=0.02, capacity=5e4)])
    found = ce.mean_counts(model.growth.process, initial={"sensitive@A": 1000}, times=[100.0, 3000.0])[:, 0]
    want = 5e4 / (1.0 + 49.0 * math.exp(-0.02 * 100.0))
    np.testing.assert_allclose(found, [want, 5e4], rtol=1e-8)


def flow(model: ce.Scenario, rooms: list[float]) -> Callable[[float, NDArray[np.float64]], NDArray[np.float64]]:
    """Of cells without alterations in niches, written from the rates of births and moves."""
    tumor = model.tumor
    net = np.array([tumor.birth * niche.birth_factor - tumor.death for niche in tumor.niches])
    moving = np.array(model.types.moving(tumor.birth, tumor.death))

    def slope(_: float, n: NDArray[np.float64]) -> NDArray[np.float64]:
        change: NDArray[np.float64] = net * n * (1.0 - n / np.array(rooms)) + n @ moving - n * moving.sum(axis=1)
        return change

    return slope


def test_cells_of_a_niche_compete_with_each_other_and_move_on() -> None:
    model = killed(0.05, niches=TWO, exchange=0.05)
    days = [100.0, 400.0, 600.0, 3000.0]
    found = ce.mean_counts(model.growth.process, initial={"sensitive@near": 1}, times=days)
    slope = flow(model, [3e6, 5e5])
    want = solve_ivp(slope, (0.0, 3000.0), [1.0, 0.0], t_eval=days, method="LSODA", rtol=1e-11, atol=1e-12).y.T
    np.testing.assert_allclose(found, want, rtol=1e-6)
    crowded = model.growth.crowded
    assert crowded is not None
    at = solve_ivp(slope, (0.0, crowded.days), [1.0, 0.0], method="LSODA", rtol=1e-11, atol=1e-12).y[:, -1]
    np.testing.assert_allclose(crowded.cells, at, rtol=1e-6)
    assert at.sum() == pytest.approx(SIZE, rel=1e-6)
    # Where the small niche alone has a capacity, the other goes on growing.
    open_one = model.replace({"tumor.niches[near].capacity": None})
    slope = flow(open_one, [np.inf, 5e5])
    found = ce.mean_counts(open_one.growth.process, initial={"sensitive@near": 1}, times=days[:2])
    want = solve_ivp(slope, (0.0, 400.0), [1.0, 0.0], t_eval=days[:2], method="LSODA", rtol=1e-11, atol=1e-12).y.T
    np.testing.assert_allclose(found, want, rtol=1e-6)


def test_niches_with_one_capacity_for_all_share_it() -> None:
    plain = [niche.replace({"capacity": None}) for niche in TWO]
    model = killed(0.05, niches=plain, exchange=0.05, capacity=3e6)
    found = ce.mean_counts(model.growth.process, initial={"sensitive@near": 1}, times=[300.0, 5000.0])
    moving = np.array(model.types.moving(BIRTH, DEATH))
    net = np.array([BIRTH, 0.9 * BIRTH]) - DEATH

    def slope(_: float, n: NDArray[np.float64]) -> NDArray[np.float64]:
        change: NDArray[np.float64] = net * n * (1.0 - n.sum() / 3e6) + n @ moving - n * moving.sum(axis=1)
        return change

    want = solve_ivp(slope, (0, 5000), [1, 0], t_eval=[300, 5000], method="LSODA", rtol=1e-11, atol=1e-12).y.T
    np.testing.assert_allclose(found, want, rtol=1e-6)


def test_damaged_cells_take_room_until_they_are_gone() -> None:
    model = killed(0.04, capacity=1.5e6, late_death=ce.LateDeath(rate=0.2, stages=1))
    kill, net, late = 0.02, BIRTH - DEATH, 0.2

    def slope(_: float, n: NDArray[np.float64]) -> list[float]:
        # The kill is a passage, and net growth that of cells without drug.
        return [net * n[0] * (1.0 - (n[0] + n[1]) / 1.5e6) - kill * n[0], kill * n[0] - late * n[1]]

    want = solve_ivp(slope, (0.0, 30.0), [SIZE, 0.0], t_eval=[10.0, 30.0], rtol=1e-11, atol=1e-9, method="LSODA").y.T
    found = ce.mean_counts(model, initial={"sensitive": SIZE}, times=[10.0, 30.0])
    np.testing.assert_allclose(found, want, rtol=1e-6)
    # If they took none, there would be more cells.
    assert net * SIZE * want[0, 1] / 1.5e6 > 1e3


def test_a_capacity_without_end_changes_nothing() -> None:
    free, huge = killed(0.5, alterations=[EFFLUX]), killed(0.5, alterations=[EFFLUX], capacity=1e30)
    assert free.growth.crowded is None
    assert huge.growth.alone == free.growth.process
    start, days = {"sensitive": SIZE, "R": 3}, [1.0, 30.0, 120.0]
    np.testing.assert_allclose(
        ce.mean_counts(huge, initial=start, times=days), ce.mean_counts(free, initial=start, times=days), rtol=1e-9
    )
    assert huge.growth.longest == pytest.approx(free.growth.longest, rel=1e-3)
    np.testing.assert_allclose(huge.expected_mutations, free.expected_mutations, rtol=1e-3)
    assert huge.rate_error == pytest.approx(free.rate_error, abs=1e-9)
    table = ce.sweep(huge, pl.DataFrame({"tumor.birth": [BIRTH]}), ask="mutant_share")
    same = ce.sweep(free, pl.DataFrame({"tumor.birth": [BIRTH]}), ask="mutant_share")
    # The shares of one cell's mean at one time, about, and at the time of the size.
    assert table["mutant_share"][0] == pytest.approx(same["mutant_share"][0], rel=0.1)


def test_mutations_of_growth_in_the_mean_field() -> None:
    crowded = killed(0.05, alterations=[EFFLUX], capacity=1.2e6).growth.crowded
    assert crowded is not None
    # All types grow alike, and mutants mutate no more: integral of b u n, of which next to all are sensitive.
    cells = 1.2e6 / (BIRTH - DEATH) * math.log((1.2e6 - 1.0) / (1.2e6 - SIZE))
    assert crowded.mutations == pytest.approx(BIRTH * 1e-6 * cells, rel=1e-4)
    assert crowded.events == pytest.approx((BIRTH + DEATH) * cells, rel=0.5)


def test_an_answer_has_the_simulated_half_and_says_why() -> None:
    model = small()
    ens = ce.simulate(model)
    found = ce.answer(model, ens)
    assert ens.exact
    assert found.exact
    assert (found.comparisons, found.extinct_ever, found.relapse) == ((), None, None)
    why = (
        "tumor.capacity makes cells compete. Cells that compete are not independent, as the backward equations take "
        "them."
    )
    assert found.only_simulated == why
    text = " ".join(found.to_text().split())
    assert f"One answer only: by simulation {why} Nothing is compared" in text
    assert "Engine direct, exact for the compiled rates" in text
    assert "backward equations)" not in text
    assert "Detection law" not in text
    leapt = ce.answer(model, ce.simulate(model, engine="leap"))
    assert not leapt.exact
    assert "approximate, within the tolerance of leaping, for the compiled rates" in " ".join(str(leapt).split())
    kept = json.loads(json.dumps(provenance(model, ens, found)))["answers"]
    assert (kept["comparisons"], kept["extinct_ever"], kept["only_simulated"]) == ([], None, why)
    free = model.replace({"tumor.capacity": None})
    both = ce.answer(free, ce.simulate(free))
    assert both.only_simulated is None
    assert both.comparisons
    assert "only_simulated" not in provenance(free, ce.simulate(free), both)["answers"]


def test_the_command_runs_and_tells_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, out = tmp_path / "small.toml", tmp_path / "results"
    file.write_text(small().to_toml())
    assert _run(["run", str(file), "--out", str(out), "--quiet"]) == 0
    assert json.loads((out / "provenance.json").read_text())["answers"]["comparisons"] == []
    assert _run(["run", str(file), "--out", str(tmp_path / "again")]) == 0
    told = capsys.readouterr().out
    assert "One answer only: by simulation" in told
    assert "one answer only, by simulation" in " ".join(told.split())


def test_figures_of_an_answer_have_no_line_of_equations() -> None:
    found = ce.answer(small(), ce.simulate(small()))
    ax = ce.plots.survival(found, ax=Figure().subplots())
    assert "backward equations" not in ax.get_legend_handles_labels()[1]
    for draw in (lambda: ce.plots.survival(found, line=True), lambda: ce.plots.relapse_table(found)):
        with pytest.raises(ce.ModelError, match=r"'a test' has simulated answers only: tumor\.capacity makes"):
            draw()


def test_a_scenario_says_what_it_is_and_what_is_then_exact() -> None:
    model = small(late_death=ce.LateDeath(rate=0.5, stages=1))
    text = " ".join(model.describe().split())
    for part in (
        "logistic competition on deaths: the more cells, the less net growth, in proportion to their number; deaths "
        "become more frequent net growth vanishes at 3000 cells damaged cells take room until they are gone",
        "in the mean field it comes from one cell to its size in 217.5 days (without competition in 190)",
        "one answer only: tumor.capacity makes cells compete.",
        "engine auto for growth, auto for therapy",
        "auto, where cells compete: direct, which is exact, or leap where events are many",
    ):
        assert part in text, part
    assert "net growth vanishes at 3000 cells; one answer only, by simulation" in " ".join(str(model).split())
    gompertz = killed(0.05, capacity=1e7, competition="gompertz", competition_on="birth").describe()
    assert "Gompertz competition on births" in gompertz
    assert "the logarithm of their number; divisions become rarer" in " ".join(gompertz.split())
    places = " ".join(
        killed(0.05, niches=[TWO[0], TWO[1].replace({"capacity": None})], exchange=0.1).describe().split()
    )
    assert "net growth there vanishes at (cells): near 3e+06, far without end" in places
    slow = " ".join(
        killed(0.05, capacity=1.1e9, size=10**9).replace({"simulation.engine": "direct"}).describe().split()
    )
    assert "WARNING: engine direct simulates every event, about " in slow
    assert "one answer" not in killed(0.05).describe()


def test_a_capacity_is_written_and_read_and_has_a_path() -> None:
    for changes in (
        {"capacity": 1e7, "competition": "gompertz", "competition_on": "birth"},
        {"niches": TWO, "exchange": 0.1},
    ):
        model = killed(0.05, **changes)
        assert ce.Scenario.from_toml(model.to_toml()) == model
        assert ce.Scenario.from_dict(model.to_dict()) == model
    assert killed(0.05, capacity=1e7).replace({"tumor.capacity": 1e8}).therapy.competition == ce.Logistic(capacity=1e8)
    assert killed(0.05, niches=TWO, exchange=0.1).paths()["tumor.niches[0].capacity"] == 3e6
    assert "capacity" not in killed(0.05).to_dict()["tumor"]
    assert ce.Scenario.of(ce.simulate(small(), replicates=2)) == small()


def test_nothing_computed_before_is_kept() -> None:
    model = killed(0.05, capacity=1e7)
    assert model.growth.process.competition == model.therapy.competition == ce.Logistic(capacity=1e7)
    for path, value in (("tumor.capacity", 1e8), ("tumor.competition", "gompertz"), ("tumor.competition_on", "birth")):
        changed = model.replace({path: value})
        fresh = ce.Scenario.from_dict(changed.to_dict())
        assert changed.growth.process == fresh.growth.process != model.growth.process
        assert changed.therapy == fresh.therapy != model.therapy
        assert changed.growth.alone == model.growth.alone
        assert changed.growth.longest == fresh.growth.longest


def test_surgery_makes_room() -> None:
    model = killed(0.0001, capacity=1.05e6).replace({"surgery": {"residual_fraction": 0.1}})
    found = ce.mean_counts(model, initial={"sensitive": SIZE}, times=[0.0, 30.0])[:, 0]
    r = float(model.therapy.birth[0, 0] - model.therapy.death[0, 0])
    want = 1.05e6 / (1.0 + (10.5 - 1.0) * math.exp(-30.0 * r))
    np.testing.assert_allclose(found, [1e5, want], rtol=1e-8)


def test_citations_have_the_capacities_and_their_law() -> None:
    table = ce.citations(killed(0.05, capacity=1e7, competition="gompertz"))
    assert ("competition", "capacity", 1e7) in table.select("part", "number", "value").rows()
    assert table.filter(part="competition", number="rule")["doi"].to_list() == ["10.1038/bjc.1964.55"]
    of_niches = ce.citations(killed(0.05, niches=TWO, exchange=0.1)).select("part", "number", "value").rows()
    assert {("niche near", "capacity", 3e6), ("niche far", "capacity", 5e5)} < set(of_niches)
    assert ce.citations(killed(0.05)).filter(part="competition").is_empty()
