"""Tumors grown to a size or for a time, as laws: closed forms, shapes, limits, and what is refused."""

from __future__ import annotations

import math
import pickle
from typing import Any

import numpy as np
import pytest

import chemoevo as ce
from chemoevo.analytic.grown.detection import absence_law

B, D, U = 0.14, 0.13, 1e-9


def growth(u: float = U, death: float = D) -> ce.BranchingProcess:
    return ce.BranchingProcess(types=["S", "R"], birth=[B, B], death=[D, death], mutation={("S", "R"): u})


def therapy(u: float = U) -> ce.BranchingProcess:
    return ce.BranchingProcess(
        types=["S", "R"],
        birth=[B, B],
        death=[[0.5, D], [D, D]],
        breakpoints=[120.0],
        mutation={("S", "R"): u},
        pulses=[ce.Pulse(time=30.0, survival={"S": 0.1, "R": 0.5})],
    )


SIZES = np.array([1e6, 1e8, 3e9, 1e12])


def test_sizes_at_once_are_sizes_one_by_one() -> None:
    times = [0.0, 60.0, 200.0]
    for ask in (ce.extinction_probability, ce.survival_probability):
        together = ask(therapy(), initial=ce.GrownTo(growth(), size=SIZES), times=times)
        assert together.shape == (4, 3)
        for row, size in zip(together, SIZES, strict=True):
            alone = ask(therapy(), initial=ce.GrownTo(growth(), size=size), times=times)
            assert alone.shape == (3,)
            np.testing.assert_array_equal(row, alone)


def test_law_of_a_size_is_that_of_the_scenarios() -> None:
    absent = ce.absence_probability(therapy(), types=["R"], initial=ce.GrownTo(growth(), size=SIZES), times=[77.0])
    for value, size in zip(absent[:, 0], SIZES, strict=True):
        law = absence_law(growth(), types=["R"], size=float(size), therapy=therapy(), horizon=77.0)
        assert value == pytest.approx(law.value, rel=1e-12, abs=1e-300)


def test_detection_of_lasting_mutants_is_luria_and_delbruecks() -> None:
    # A mutant lineage lasts (death 0): none is there with probability exp(-u M b/(b - d)), Komarova & Wodarz (2005).
    sizes = np.array([1e7, 1e8, 1e9])
    growing = growth(1e-8, death=0.0)
    got = ce.absence_probability(growing, types=["R"], initial=ce.GrownTo(growing, size=sizes), times=[0.0])[:, 0]
    np.testing.assert_allclose(np.log(got), -1e-8 * sizes * B / (B * (1 - 1e-8) - D), rtol=1e-9)


def test_cure_of_many_sizes_and_for_ever() -> None:
    tumors = ce.GrownTo(growth(), size=SIZES)
    one = ce.cure_probability(therapy(), initial=ce.GrownTo(growth(), size=1e8), horizon=90.0)
    several = ce.cure_probability(therapy(), initial=tumors, horizon=90.0)
    assert isinstance(one, ce.Estimate)
    assert one.low == one.high == several[1]  # type: ignore[index]
    expected = ce.extinction_probability(therapy(), initial=tumors, times=[90.0])[:, 0]
    np.testing.assert_array_equal(several, expected)
    ever = ce.cure_probability(therapy(), initial=tumors, horizon=math.inf)
    late = ce.extinction_probability(therapy(), initial=tumors, times=[20_000.0])[:, 0]
    np.testing.assert_allclose(ever, late, rtol=1e-6)


def test_first_type_that_nothing_removes_is_never_absent() -> None:
    lasting = ce.BranchingProcess(types=["S", "R"], birth=[B, B], death=[0.0, D], mutation={("S", "R"): U})
    assert ce.extinction_probability(lasting, initial=ce.GrownTo(growth(), size=1e6), times=[50.0])[0] == 0.0


def test_age_of_one_type_is_geometric() -> None:
    # Given that it is there, a birth-death tumor has a geometric number of cells: mean e^{rt}/A, A its survival.
    single = ce.BranchingProcess(types=["S"], birth=[0.3], death=[0.1])
    treated = ce.BranchingProcess(types=["S"], birth=[0.3], death=[0.7])
    days, horizon = np.array([5.0, 20.0, 60.0]), 9.0
    got = ce.extinction_probability(treated, initial=ce.GrownFor(single, days=days), times=[horizon])[:, 0]
    alive = ce.survival_probability(single, initial={"S": 1}, times=days)
    left = ce.survival_probability(treated, initial={"S": 1}, times=[horizon])[0]
    q = alive / np.exp(0.2 * days)
    np.testing.assert_allclose(got, q * (1 - left) / (1 - (1 - q) * (1 - left)), rtol=1e-7)


def test_age_is_the_process_run_through_growth() -> None:
    # Rates that change and pulses in growth: one process over both, given a tumor at the seam.
    seam, u = 200.0, 1e-4
    joined = ce.BranchingProcess(
        types=["S", "R"],
        birth=[[B, B], [0.1, 0.12], [B, B]],
        death=[[0.02, 0.02], [0.02, 0.05], [0.5, 0.02]],
        breakpoints=[90.0, seam],
        mutation={("S", "R"): u},
        pulses=[ce.Pulse(time=50.0, survival={"S": 0.5, "R": 0.7})],
    )
    before = ce.BranchingProcess(
        types=["S", "R"],
        birth=[[B, B], [0.1, 0.12]],
        death=[[0.02, 0.02], [0.02, 0.05]],
        breakpoints=[90.0],
        mutation={("S", "R"): u},
        pulses=[ce.Pulse(time=50.0, survival={"S": 0.5, "R": 0.7})],
    )
    after = ce.BranchingProcess(types=["S", "R"], birth=[B, B], death=[0.5, 0.02], mutation={("S", "R"): u})
    there = ce.survival_probability(joined, initial={"S": 1}, times=[seam])[0]
    for ask, named in ((ce.presence_probability, ["R"]), (ce.presence_probability, ["S", "R"])):
        whole = ask(joined, types=named, initial={"S": 1}, times=[seam + 40.0])[0]
        given = ask(after, types=named, initial=ce.GrownFor(before, days=seam), times=[40.0])[0]
        assert given == pytest.approx(whole / there, rel=1e-9)


def test_ages_may_come_in_any_order() -> None:
    days = [300.0, 100.0, 300.0]
    got = ce.absence_probability(growth(1e-3), types=["R"], initial=ce.GrownFor(growth(1e-3), days=days), times=[0.0])
    assert got[0] == got[2] < got[1]


def test_absence_without_digits_is_an_error() -> None:
    tumors = ce.GrownFor(growth(1e-3, death=0.0), days=4000.0)
    with pytest.raises(ce.SimulationError, match="not enough digits"):
        ce.absence_probability(growth(1e-3), types=["R"], initial=tumors, times=[0.0])


def test_absence_keeps_its_digits_where_nothing_dies() -> None:
    # Yule growth: a geometric number of cells, and each of them must go.
    pure = ce.BranchingProcess(types=["S"], birth=[0.3], death=[0.0])
    treated = ce.BranchingProcess(types=["S"], birth=[0.1], death=[0.2])
    left = ce.survival_probability(treated, initial={"S": 1}, times=[3.0])[0]
    got = ce.extinction_probability(treated, initial=ce.GrownFor(pure, days=80.0), times=[3.0])[0]
    q = math.exp(-0.3 * 80.0)
    assert got == pytest.approx(q * (1 - left) / (1 - (1 - q) * (1 - left)), rel=1e-8)
    assert got < 1e-9


def test_tumor_that_is_never_there_is_an_error() -> None:
    gone = ce.BranchingProcess(types=["S"], birth=[0.2], death=[0.1], pulses=[ce.Pulse(time=1.0, survival={"S": 0.0})])
    with pytest.raises(ce.SimulationError, match="no tumor is ever there"):
        ce.extinction_probability(gone, initial=ce.GrownFor(gone, days=5.0), times=[1.0])


@pytest.mark.parametrize(
    ("law", "wrong", "error", "words"),
    [
        (ce.GrownTo, {"size": 0.5}, ce.ModelError, "size must be a size in cells, at least 1"),
        (ce.GrownTo, {"size": [1e6, math.nan]}, ce.ModelError, r"size\[1\]"),
        (ce.GrownTo, {"size": 1e300}, ce.ModelError, r"at most 2\*\*62"),
        (ce.GrownTo, {"size": []}, ce.ModelError, "size must be"),
        (ce.GrownTo, {"size": "big"}, TypeError, "size"),
        (ce.GrownFor, {"days": 0.0}, ce.ModelError, "days must be a time in days, above 0"),
        (ce.GrownFor, {"days": [[1.0]]}, ce.ModelError, "days must be"),
    ],
)
def test_wrong_sizes_and_ages_are_refused(law: Any, wrong: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        law(growth(), **wrong)


def test_growth_must_be_what_the_law_is_for() -> None:
    crowded = ce.BranchingProcess(types=["S"], birth=[0.2], death=[0.1], competition=ce.Logistic(capacity=1e9))
    for law in (lambda g: ce.GrownTo(g, size=1e6), lambda g: ce.GrownFor(g, days=9.0)):
        with pytest.raises(ce.ModelError, match="growth has competition"):
            law(crowded)
        with pytest.raises(TypeError, match="growth must be a BranchingProcess"):
            law({"S": 1})
    with pytest.raises(ce.ModelError, match="constant rates"):
        ce.GrownTo(therapy(), size=1e6)
    with pytest.raises(ce.ModelError, match="must grow"):
        ce.GrownTo(ce.BranchingProcess(types=["S"], birth=[0.1], death=[0.1]), size=1e6)
    with pytest.raises(ce.ModelError, match=r"initial\.growth\.types must be the types of the process"):
        ce.extinction_probability(
            ce.BranchingProcess(types=["S"], birth=[0.1], death=[0.1]),
            initial=ce.GrownTo(growth(), size=1e6),
            times=[1.0],
        )


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"initial": {"S": 5}}, TypeError, "initial must be a law of growth to a size"),
        ({"initial": ce.GrownTo(growth(), size=[1e6, 1e7])}, ce.ModelError, r"initial\.size must be one size"),
        ({"initial": ce.GrownTo(growth(), size=1e6 + 0.5)}, ce.ModelError, "whole number of cells"),
        ({"keep": 0.0}, ce.ModelError, r"keep must be a number in \(0, 1\]"),
        ({"keep": "half"}, TypeError, "keep must be a number"),
        ({"horizon": -1.0}, ce.ModelError, "horizon must be"),
        ({"therapy": "chemo"}, TypeError, "first argument must be a BranchingProcess or a Scenario"),
    ],
)
def test_rare_cure_refuses(change: dict[str, Any], error: type[Exception], words: str) -> None:
    given: dict[str, Any] = {"initial": ce.GrownTo(growth(), size=1e6), "horizon": 100.0, "replicates": 3}
    given.update(change)
    treated = given.pop("therapy", therapy())
    with pytest.raises(error, match=words):
        ce.rare_cure_probability(treated, **given)


def test_average_that_one_history_carries_is_not_trusted() -> None:
    few = ce.Estimate.average([1e-3] + [1e-30] * 99)
    assert not few.trusted
    # Wilson's interval of nothing in a hundred reaches 3.7 %: the truth may be carried by what was not seen.
    assert few.low < 1e-8
    assert few.high == pytest.approx(0.038, abs=2e-3)
    assert str(few).startswith("at most 0.03")
    assert "1.0 of 100 histories" in str(few)
    most = ce.Estimate.average([1.0 - 1e-3] + [1.0] * 99)
    assert not most.trusted
    assert str(most).startswith("at least 0.9")
    assert ce.Estimate.average([0.2, 0.3] * 50).trusted
    assert ce.Estimate.average([0.25] * 5).trusted
    assert ce.Estimate.exact(0.3).trusted
    deep = ce.Estimate.average_of_logs([-800.0] + [-1e4] * 99)
    assert not deep.trusted
    assert deep.high > 0.03


def test_a_first_type_that_switches_founds_as_by_mutation() -> None:
    """Cells that switch found lineages at a rate s, as mutants do at b u, and leave the same net growth."""
    switching = ce.BranchingProcess(
        types=["S", "R"], birth=[0.2, 0.1], death=[0.1, 0.2], switching={("S", "R"): 1e-5, ("R", "S"): 0.0}
    )
    size, n = 20_000, 4000
    ens = ce.simulate(
        switching, initial={"S": 1}, times=[5000.0], stop=ce.Stop(size=size, retry=True), replicates=n, seed=3
    )
    mutating = ce.BranchingProcess(types=["S", "R"], birth=[0.2, 0.1], death=[0.1, 0.2], mutation={("S", "R"): 5e-5})
    law = ce.absence_probability(mutating, types=["R"], initial=ce.GrownTo(mutating, size=size), times=[0.0])[0]
    same = ce.absence_probability(switching, types=["R"], initial=ce.GrownTo(switching, size=size), times=[0.0])[0]
    assert same == pytest.approx(law, rel=1e-12)
    both = ce.BranchingProcess(
        types=["S", "R"],
        birth=[0.2, 0.1],
        death=[0.1, 0.2],
        switching={("S", "R"): 4e-6},
        mutation={("S", "R"): 3e-5},
    )
    half = ce.absence_probability(both, types=["R"], initial=ce.GrownTo(both, size=size), times=[0.0])[0]
    assert half == pytest.approx(law, rel=1e-12)
    seen = float((ens.final[:, 1] == 0).mean())
    assert 0.1 < law < 0.9
    # 4.9 standard errors: a false alarm of 1e-6. Planted: half the founders.
    error = math.sqrt(law * (1.0 - law) / n)
    assert abs(seen - law) < 4.9 * error
    assert abs(seen - math.sqrt(law)) > 4.9 * error


@pytest.mark.parametrize("law", [ce.GrownTo, ce.GrownFor])
def test_laws_are_values(law: type[ce.GrownTo] | type[ce.GrownFor]) -> None:
    name = "size" if law is ce.GrownTo else "days"
    for given in (100.0, [100.0, 200.0]):
        tumor = law(growth(), **{name: given})
        for copy in (law(growth(), **{name: given}), pickle.loads(pickle.dumps(tumor))):
            assert copy == tumor
            assert hash(copy) == hash(tumor)
        assert tumor != law(growth(), **{name: 101.0})
        assert tumor != law(growth(), **{name: [given, 5.0] if given == 100.0 else 100.0})
        assert tumor != law(growth(u=2 * U), **{name: given})
        assert tumor != 3
        with pytest.raises(AttributeError, match=f"a {law.__name__} cannot be changed"):
            tumor.growth = growth()
        with pytest.raises(AttributeError, match="cannot be changed"):
            setattr(tumor, name, 5.0)
    several = law(growth(), **{name: [100.0, 200.0]})
    with pytest.raises(ValueError, match="read-only"):
        getattr(several, name)[0] = 1.0
    assert ce.GrownTo(growth(), size=5.0) != ce.GrownFor(growth(), days=5.0)
