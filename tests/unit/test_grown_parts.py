"""Tumors that are sums of parts: every question against sums over tumors of one part each, and what is refused."""

from __future__ import annotations

import copy
import math
import pickle
from typing import Any

import numpy as np
import polars as pl
import pytest

import chemoevo as ce
from chemoevo.analytic.grown.block import block_of
from chemoevo.analytic.grown.detection import absence_law

TYPES = ["S", "T", "R", "TR"]
MUTATION = {("S", "R"): 2e-7, ("T", "TR"): 5e-7, ("S", "T"): 1e-7, ("R", "TR"): 1e-7}
SIZES = {"S": 6e6, "T": 4e6}


def growth(**changed: Any) -> ce.BranchingProcess:
    rates = {"birth": [0.14, 0.13, 0.12, 0.11], "death": [0.1, 0.08, 0.1, 0.09], "mutation": MUTATION} | changed
    return ce.BranchingProcess(types=TYPES, **rates)


def therapy() -> ce.BranchingProcess:
    return growth(death=[[0.4, 0.3, 0.1, 0.09], [0.2, 0.2, 0.1, 0.09]], breakpoints=[40.0])


def first(name: str) -> list[str]:
    return [name, *(one for one in TYPES if one != name)]


def apart() -> dict[str, Any]:
    """Rates whose mutants grow so slowly that they have means and variances; no cell of S becomes one of T."""
    return {
        "birth": [0.14, 0.14, 0.11, 0.09],
        "death": [0.1, 0.09, 0.1, 0.09],
        "mutation": {("S", "R"): 2e-6, ("T", "TR"): 5e-6, ("R", "TR"): 1e-4},
    }


def reordered(process: ce.BranchingProcess, name: str) -> ce.BranchingProcess:
    """The same process with another first type: a tumor of it has one part, grown from that type."""
    order = [process.types.index(one) for one in first(name)]
    return ce.BranchingProcess(
        types=first(name),
        birth=process.birth[:, order],
        death=process.death[:, order],
        breakpoints=process.breakpoints if len(process.breakpoints) else None,
        mutation=process.mutation,
        switching=process.switching or None,
    )


def alone(name: str, size: Any, process: ce.BranchingProcess | None = None) -> ce.GrownTo:
    return ce.GrownTo(reordered(growth() if process is None else process, name), size=size)


def tumor(size: Any = SIZES) -> ce.GrownTo:
    return ce.GrownTo(growth(), size=size)


def test_logs_of_absence_add() -> None:
    for types, times in ((["R"], [0.0, 90.0]), (["R", "TR"], [0.0, 30.0]), (TYPES, [80.0])):
        got = np.log(ce.absence_probability(therapy(), types=types, initial=tumor(), times=times))
        parts = [
            np.log(
                ce.absence_probability(reordered(therapy(), name), types=types, initial=alone(name, size), times=times)
            )
            for name, size in SIZES.items()
        ]
        np.testing.assert_allclose(got, sum(parts), rtol=1e-9)
    law = absence_law(growth(), types=["R", "TR"], size=SIZES, therapy=therapy(), horizon=30.0)
    want = ce.absence_probability(therapy(), types=["R", "TR"], initial=tumor(), times=[30.0])[0]
    assert law.value == pytest.approx(want, rel=1e-10)
    assert law.founders > 0.0


def test_two_clones_of_equal_rates_are_one_tumor_for_genotypes_of_neither() -> None:
    alike: dict[str, Any] = {"birth": [0.14, 0.14, 0.11, 0.11], "death": [0.1, 0.1, 0.1, 0.1]}
    mutation = {("S", "R"): 2e-7, ("T", "TR"): 2e-7}
    process = growth(**alike, mutation=mutation)
    two = ce.GrownTo(process, size=SIZES)
    one = ce.GrownTo(process, size=sum(SIZES.values()))
    times = [0.0, 60.0]
    treated = growth(**alike | {"death": [0.3, 0.3, 0.1, 0.1]}, mutation=mutation)
    for ask in (
        lambda cells: ce.absence_probability(treated, types=["R", "TR"], initial=cells, times=times),
        lambda cells: ce.extinction_probability(treated, initial=cells, times=[400.0]),
        lambda cells: ce.count_distribution(treated, of=["R", "TR"], initial=cells, time=20.0, max_count=20),
        lambda cells: ce.mean_counts(treated, initial=cells, times=times)[:, 2:].sum(axis=-1),
    ):
        np.testing.assert_allclose(ask(two), ask(one), rtol=1e-6)
    # Which of them is resistant is another matter.
    only = (ce.absence_probability(process, types=["R"], initial=cells, times=[0.0])[0] for cells in (two, one))
    assert abs(next(only) / next(only) - 1.0) > 0.1


def test_one_part_of_the_first_type_is_the_tumor_of_a_number() -> None:
    plain, named = tumor(1e7), tumor({"S": 1e7})
    assert plain != named
    assert plain.single
    assert named.single
    for marked in (["R"], TYPES):
        one, other = (
            ce.absence_probability(therapy(), types=marked, initial=cells, times=[0.0, 50.0])
            for cells in (plain, named)
        )
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(plain.cells, named.cells)


def test_moments_and_means_add() -> None:
    process = growth(**apart())
    whole = ce.GrownTo(process, size=SIZES)
    mean, covariance = ce.moments(process, initial=whole, times=[0.0, 20.0])
    np.testing.assert_allclose(ce.mean_counts(process, initial=whole, times=[0.0, 20.0]), mean, rtol=1e-9)
    want_mean, want = np.zeros_like(mean), np.zeros_like(covariance)
    for name, size in SIZES.items():
        back = [first(name).index(one) for one in TYPES]
        one, two = ce.moments(reordered(process, name), initial=alone(name, size, process), times=[0.0, 20.0])
        want_mean += one[:, back]
        want += two[:, back][:, :, back]
    np.testing.assert_allclose(mean, want_mean, rtol=1e-9)
    np.testing.assert_allclose(covariance, want, rtol=1e-9)
    neutral = growth(
        **apart() | {"birth": [0.14, 0.14, 0.11, 0.14]},
    )
    with pytest.raises(ce.ModelError, match=r"mean is infinite for 'TR'.*rate of 'T'"):
        ce.moments(neutral, initial=ce.GrownTo(neutral, size={"T": 4e6}), times=[0.0])


def test_distribution_is_a_convolution() -> None:
    got = ce.count_distribution(therapy(), of=["R", "TR"], initial=tumor(), time=15.0, max_count=40)
    parts = [
        ce.count_distribution(
            reordered(therapy(), name), of=["R", "TR"], initial=alone(name, size), time=15.0, max_count=40
        )
        for name, size in SIZES.items()
    ]
    np.testing.assert_allclose(got, np.convolve(*parts)[:41], atol=3e-9)
    points = {"R": 0.5, "TR": 0.2}
    values = [
        ce.generating_function(reordered(therapy(), name), z=points, initial=alone(name, size), time=15.0)
        for name, size in SIZES.items()
    ]
    whole = ce.generating_function(therapy(), z=points, initial=tumor(), time=15.0)
    assert whole == pytest.approx(float(np.prod(values)), rel=1e-9)
    tail = 1.0 - float(got[:20].sum())
    above = ce.size_probability(therapy(), of=["R", "TR"], initial=tumor(), above=20, times=[15.0])
    assert above[0] == pytest.approx(tail, abs=1e-6)


def test_causes_are_of_independent_parts() -> None:
    causes = ce.cause_of_relapse(therapy(), resistant=["R", "TR"], initial=tumor(), time=365.0)
    parts = [
        ce.cause_of_relapse(reordered(therapy(), name), resistant=["R", "TR"], initial=alone(name, size), time=365.0)
        for name, size in SIZES.items()
    ]
    for what in ("relapse", "preexisting", "acquired"):
        none = np.prod([1.0 - getattr(part, what) for part in parts])
        assert getattr(causes, what) == pytest.approx(1.0 - none, abs=1e-9)
    # Cells of T present at the start: of the part of T, and of lineages of T that S has founded.
    none = np.prod([1.0 - part.from_type["T"] for part in parts])
    assert causes.from_type["T"] == pytest.approx(1.0 - none, abs=1e-9)


def test_times_are_those_of_the_sum() -> None:
    gone, back, came = (
        ce.extinction_time(therapy(), initial=tumor()),
        ce.relapse_time(therapy(), initial=tumor(), size=1e5),
        ce.first_appearance(therapy(), types=["R", "TR"], initial=tumor()),
    )
    want = ce.extinction_probability(therapy(), initial=tumor(), times=[200.0])
    np.testing.assert_allclose(gone.cdf([200.0]), want, rtol=1e-9)
    tail = ce.size_probability(therapy(), initial=tumor(), above=1e5, times=[400.0], tolerance=1e-5)
    assert back.cdf([400.0])[0] == pytest.approx(tail[0], abs=2e-5)
    absent = ce.absence_probability(growth(), types=["R", "TR"], initial=tumor(), times=[0.0])
    np.testing.assert_allclose(came.survival([0.0]), absent, rtol=1e-9)


def test_many_sizes_at_once() -> None:
    many = tumor({"S": [1e6, 6e6], "T": 4e6})
    assert many.values.tolist() == [5e6, 1e7]
    assert not many.single
    got = ce.absence_probability(therapy(), types=["TR"], initial=many, times=[0.0, 30.0])
    assert got.shape == (2, 2)
    for row, size in zip(got, (1e6, 6e6), strict=True):
        one = ce.absence_probability(therapy(), types=["TR"], initial=tumor({"S": size, "T": 4e6}), times=[0.0, 30.0])
        np.testing.assert_array_equal(row, one)
    slow = ce.GrownTo(growth(**apart()), size={"S": [1e6, 6e6], "T": 4e6})
    shapes = {
        name: np.shape(values)
        for name, values in {
            "mean": ce.mean_counts(growth(**apart()), initial=slow, times=[0.0]),
            "counts": ce.count_distribution(therapy(), of="R", initial=many, time=1.0, max_count=3),
            "cure": ce.cure_probability(therapy(), initial=many, horizon=math.inf),
        }.items()
    }
    assert shapes == {"mean": (2, 1, 4), "counts": (2, 4), "cure": (2,)}


def test_parts_in_one_block_start_in_its_shares() -> None:
    # Two types that switch into one another: a part of either grew to the same tumor.
    process = ce.BranchingProcess(
        types=["A", "B", "R"],
        birth=[0.2, 0.15, 0.2],
        death=[0.1, 0.1, 0.1],
        mutation={("A", "R"): 1e-7, ("B", "R"): 1e-7},
        switching={("A", "B"): 0.02, ("B", "A"): 0.03},
    )
    assert block_of(process, 1).rate == pytest.approx(block_of(process).rate, rel=1e-13)
    one = ce.absence_probability(process, types=["R"], initial=ce.GrownTo(process, size=1e7), times=[0.0, 9.0])
    two = ce.absence_probability(
        process, types=["R"], initial=ce.GrownTo(process, size={"A": 4e6, "B": 6e6}), times=[0.0, 9.0]
    )
    np.testing.assert_allclose(two, one, rtol=1e-9)
    assert ce.GrownTo(process, size={"A": 4e6, "B": 6e6}).cells.sum() == 1e7


def test_derivatives_are_those_of_sums() -> None:
    table = ce.sensitivities(therapy(), question="absence", types=["R", "TR"], initial=tumor(), time=20.0)
    by = dict(zip(table["parameter"], table["log_derivative"], strict=True))

    def log(cells: ce.GrownTo) -> float:
        found = ce.absence_probability(therapy(), types=["R", "TR"], initial=cells, times=[20.0])
        return float(np.log(found[0]))

    for name, size in SIZES.items():
        more, less = (log(tumor({**SIZES, name: size * f})) for f in (1.001, 0.999))
        assert by[f"initial.size[{name}]"] == pytest.approx((more - less) / (0.002 * size), rel=1e-5)
    deaths = growth().death[0]
    for k, name in enumerate(TYPES):
        more, less = (
            log(ce.GrownTo(growth(death=deaths + h * (np.arange(4) == k)), size=SIZES)) for h in (1e-6, -1e-6)
        )
        assert by[f"initial.growth.death[{name}]"] == pytest.approx((more - less) / 2e-6, rel=1e-4, abs=1e-6)
    chosen = ce.sensitivities(
        therapy(), question="absence", types=["R"], initial=tumor(), time=20.0, with_respect_to=["initial"]
    )
    assert chosen["parameter"].to_list() == ["initial.size[S]", "initial.size[T]"]
    assert isinstance(chosen, pl.DataFrame)


def test_rare_cure_grows_every_part() -> None:
    process = growth(mutation={pair: 10 * u for pair, u in MUTATION.items()})
    treated = growth(death=[0.7, 0.7, 0.1, 0.09], mutation={pair: 10 * u for pair, u in MUTATION.items()})
    cells = ce.GrownTo(process, size={"S": 1_000_000, "T": 500_000})
    law = ce.cure_probability(treated, initial=cells, horizon=365.0)
    assert isinstance(law, ce.Estimate)
    found = ce.rare_cure_probability(treated, initial=cells, horizon=365.0, replicates=2000, seed=3)
    # 4.9 standard errors, a false-alarm level of 1e-6; the interval has 1.96 of them on each side.
    assert abs(found.value - law.value) < 4.9 / 3.92 * (found.high - found.low)
    assert law.value < 0.2
    with pytest.raises(ce.ModelError, match=r"initial.size\[T\] must be a whole number of cells, at least 2; got 1"):
        ce.rare_cure_probability(
            treated, initial=ce.GrownTo(process, size={"S": 100, "T": 1}), horizon=1.0, replicates=2
        )


def test_parts_are_values() -> None:
    cells = tumor({"T": 4e6, "S": 6e6})
    assert cells == tumor()
    assert hash(cells) == hash(tumor())
    for other in (pickle.loads(pickle.dumps(cells)), copy.deepcopy(cells)):
        assert other == cells
        assert other.size == cells.size
    assert cells != tumor({"S": 6e6, "T": 4.1e6})
    assert repr(cells) == "GrownTo(growth of 2 parts with 4 types, size={'S': 6e+06, 'T': 4e+06})"
    assert "[1e+06, 2e+06]" in repr(tumor({"S": [1e6, 2e6]}))
    with pytest.raises(TypeError, match="cannot be changed"):
        cells.size["S"] = 1.0  # type: ignore[index]


@pytest.mark.parametrize(
    ("size", "error", "words"),
    [
        ({}, ce.ModelError, "size must have at least one part"),
        ({"X": 1e6}, ce.ModelError, r"size\['X'\] is not a type of growth"),
        ({"S": [1e6, 2e6], "T": [1e5] * 3}, ce.ModelError, "as many sizes of every part, or one; got"),
        ({"S": 0.5}, ce.ModelError, r"size\['S'\] must be a size in cells, at least 1"),
        ({"S": 1e6, "T": math.nan}, ce.ModelError, r"size\['T'\] must be"),
        ({"S": 2.0**62, "T": 2.0**62}, ce.ModelError, r"at most 2\*\*62 cells in all"),
        ({1: 3.0}, TypeError, "size must have names of types"),
        ({"S": "many"}, TypeError, r"size\['S'\]"),
    ],
)
def test_sizes_of_parts_that_are_refused(size: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        tumor(size)


def test_a_part_that_does_not_grow_is_refused() -> None:
    with pytest.raises(ce.ModelError, match=r"type 'T' must grow \(net rate > 0 per day\)"):
        ce.GrownTo(growth(death=[0.1, 0.2, 0.1, 0.1]), size=SIZES)
