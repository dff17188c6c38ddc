"""Recorded clones: the law of the counts is that without records, and the law of the clones is that of the theory."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from random import Random

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray
from scipy import stats

import chemoevo as ce
from tests.reference import clones as reference
from tests.statistical import _laws as laws
from tests.statistical._samples import by_engine, compare, every_other, sample_of
from tests.statistical.models import BY_NAME, Model

N = 10_000
SLOW = pytest.mark.slow
RARER = [
    pytest.param(name, marks=SLOW)
    for name in (
        "supercritical", "subcritical", "two-types-forward-and-back", "every-division-mutates", "three-loci",
        "many-short-intervals", "pulses-two-types",
    )
]  # fmt: skip


def recorded(model: Model, engine: str, n: int, seed: int, *, stop: ce.Stop | None = None) -> ce.Ensemble:
    return ce.simulate(
        model.process, initial=dict(model.initial), times=list(model.times), replicates=n, seed=seed,
        engine=engine, stop=stop, record="clones",
    )  # fmt: skip


@pytest.mark.parametrize("name", ["pulses-one-type", "fast-switching", "piecewise-two-types", "everything", *RARER])
def test_counts_have_the_law_that_they_have_without_records(name: str, engine: str) -> None:
    model = BY_NAME[name]
    compare(
        sample_of(recorded(model, engine, N, 1)), by_engine(model, "bnb" if engine == "direct" else "direct", N, 2),
        model.types,
    ).require()  # fmt: skip


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("pulses-one-type", {"birth": [0.84]}),
        ("fast-switching", {"switching": {("sensitive", "tolerant"): 4.4, ("tolerant", "sensitive"): 3.0}}),
    ],
)
def test_planted_errors_in_counts_are_found(name: str, change: dict[str, object], engine: str) -> None:
    model = BY_NAME[name]
    wrong = sample_of(recorded(model.but(**change), engine, N, 1))
    assert compare(wrong, by_engine(model, "direct", N, 2), model.types).alarms


@pytest.mark.parametrize("stop", [ce.Stop(size=60), ce.Stop(size=300, retry=True)], ids=["once", "retry"])
def test_first_passage_has_the_law_that_it_has_without_records(stop: ce.Stop, engine: str) -> None:
    model = BY_NAME["two-types-forward-and-back"].but(initial={"S": 4, "R": 1}, times=(1.0, 30.0))
    with_records = recorded(model, engine, N // 2, 3, stop=stop)
    compare(sample_of(with_records), by_engine(model, "direct", N // 2, 4, stop=stop), model.types).require()
    stopped = with_records.outcomes["outcome"].to_numpy() == "stopped"
    assert (with_records.final[stopped].sum(axis=1) == stop.size).all()
    # Planted: mutation counted twice.
    twice = model.but(mutation={pair: 2.0 * u for pair, u in model.mutation.items()})  # type: ignore[operator]
    wrong = by_engine(twice, "direct", N // 2, 4, stop=stop)
    assert compare(sample_of(with_records), wrong, model.types).alarms


# One row of numbers per replicate, by which clones are compared.
STATISTICS = (
    "clones", "living", "largest", "second", "founded by clones", "first founded", "first gone", "last founded",
    "first size at [0]", "first size at the end", "depth",
)  # fmt: skip


def statistics(
    parent: Sequence[int],
    founded: Sequence[float],
    extinct: Sequence[float],
    size: Sequence[int],
    first_size: int,
    times: Sequence[float],
) -> list[float]:
    """What is compared of one replicate; the first clone is the first that was founded after time 0."""
    first = next((k for k, p in enumerate(parent) if p >= 0), None)
    ordered = sorted(size, reverse=True)
    depth = [0] * len(parent)
    for k, p in enumerate(parent):
        depth[k] = 0 if p < 0 else depth[p] + 1
    return [
        len(parent),
        sum(n > 0 for n in size),
        ordered[0],
        ordered[1] if len(ordered) > 1 else 0,
        sum(first is not None and p >= first for p in parent),
        times[-1] if first is None else founded[first],
        times[-1] if first is None else min(extinct[first], times[-1]),
        founded[-1],
        first_size,
        0 if first is None else size[first],
        max(depth),
    ]


def of_ensemble(ens: ce.Ensemble) -> NDArray[np.float64]:
    sizes = ens.clone_sizes.filter(pl.col("time") == ens.times[0])
    at_first = {(r, c): n for r, c, n in sizes.select("replicate", "clone_id", "count").iter_rows()}
    clones, times = ens.clones, ens.times.tolist()
    parents = clones["parent_id"].cast(pl.Int64).fill_null(-1).to_list()
    extinctions = clones["extinct_at"].fill_null(np.inf).to_list()
    founded, size, replicates = (clones[column].to_list() for column in ("founded_at", "size", "replicate"))
    starts = [k for k, replicate in enumerate(replicates) if k == 0 or replicate != replicates[k - 1]]
    assert replicates == sorted(replicates)
    rows = []
    for a, b in pairwise([*starts, len(replicates)]):
        parent = parents[a:b]
        first = next((k for k, p in enumerate(parent) if p >= 0), -1)
        at = at_first.get((replicates[a], first), 0)
        rows.append(statistics(parent, founded[a:b], extinctions[a:b], size[a:b], at, times))
    return np.array(rows)


def of_reference(model: Model, n: int, seed: int, **wrong: object) -> NDArray[np.float64]:
    rng = Random(seed)
    rows = []
    for _ in range(n):
        found = reference.simulate(model.reference, model.start, model.times, rng, **wrong)  # type: ignore[arg-type]
        parent = [-1 if c.parent is None else c.parent for c in found]
        first = next((c for c in found if c.parent is not None), None)
        at_first = first.sizes[0] if first is not None and first.founded <= model.times[0] else 0
        extinct = [np.inf if c.extinct is None else c.extinct for c in found]
        rows.append(
            statistics(parent, [c.founded for c in found], extinct, [c.size for c in found], at_first, model.times)
        )
    return np.array(rows)


def same_clones(a: NDArray[np.float64], b: NDArray[np.float64]) -> laws.Verdict:
    verdict = laws.Verdict()
    for k, name in enumerate(STATISTICS):
        continuous = name in ("first founded", "first gone", "last founded")
        test = laws.same_continuous_law if continuous else laws.same_discrete_law
        verdict.add(name, test(a[:, k], b[:, k]))
    for i, j in [(0, 1), (1, 2), (2, 3), (5, 8), (0, 4)]:
        verdict.add(f"{STATISTICS[i]} and {STATISTICS[j]}", laws.same_joint_law(a[:, [i, j]], b[:, [i, j]]))
    return verdict


FEW = BY_NAME["two-types-forward-and-back"].but(times=(1.0, 2.0))
SWITCHING = BY_NAME["slow-switching"].but(initial={"sensitive": 6}, times=(1.0, 3.0))
EVERYTHING = BY_NAME["everything"].but(initial={"S": 8, "T": 1}, times=(0.8, 2.2))


COMPARED = {model.name: model for model in (FEW, SWITCHING, EVERYTHING)}
# Replicates of an engine and of the reference: as many as the planted errors need.
SIZES = {FEW.name: (2500, 1800), SWITCHING.name: (4000, 3000), EVERYTHING.name: (2500, 1800)}


@pytest.mark.parametrize(
    "name",
    [
        "fast-switching",
        "pulses-two-types",
        *(pytest.param(n, marks=SLOW) for n in ("three-loci", "many-short-intervals")),
    ],
)
@pytest.mark.parametrize("n", [2500, pytest.param(8000, marks=SLOW)])
def test_engines_agree_on_clones(name: str, n: int) -> None:
    model = BY_NAME[name]
    same_clones(*(of_ensemble(recorded(model, engine, n, 7)) for engine in ("direct", "bnb"))).require()


@pytest.mark.parametrize("change", [{"switching": {("sensitive", "tolerant"): 4.4, ("tolerant", "sensitive"): 3.3}}])
def test_planted_errors_in_an_engine_are_found(change: dict[str, object]) -> None:
    model = BY_NAME["fast-switching"]
    right, wrong = recorded(model, "direct", 2500, 7), recorded(model.but(**change), "bnb", 2500, 7)
    assert same_clones(of_ensemble(right), of_ensemble(wrong)).alarms


@cache
def engine_sample(name: str, engine: str) -> NDArray[np.float64]:
    return of_ensemble(recorded(COMPARED[name], engine, SIZES[name][0], 5))


@cache
def reference_sample(name: str, wrong: str = "") -> NDArray[np.float64]:
    return of_reference(COMPARED[name], SIZES[name][1], 6, **WRONG[wrong])


def whichever(rng: Random, clones: Sequence[reference.Clone]) -> reference.Clone:
    """Every clone is as likely as any other, whatever its size."""
    return rng.choice(clones)


WRONG: dict[str, dict[str, object]] = {"": {}, "uniform clone": {"pick": whichever}, "switch": {"switch_takes": 0}}


@pytest.mark.parametrize("name", COMPARED)
def test_clones_follow_the_reference(name: str, engine: str) -> None:
    same_clones(engine_sample(name, engine), reference_sample(name)).require()


@pytest.mark.parametrize(("name", "wrong"), every_other([(FEW.name, "uniform clone"), (SWITCHING.name, "switch")]))
def test_planted_errors_are_found(name: str, wrong: str, engine: str) -> None:
    assert same_clones(engine_sample(name, engine), reference_sample(name, wrong)).alarms


class TestImmigrants:
    """Cells that arrive at a constant rate: a Poisson number of clones, each a birth-death process of its age."""

    RATE, BIRTH, DEATH, TIME = 3.0, 0.5, 0.8, 6.0

    @pytest.fixture
    def ens(self, engine: str) -> ce.Ensemble:
        process = ce.BranchingProcess(
            types=["source", "cell"], birth=[self.RATE, self.BIRTH], death=[0.0, self.DEATH],
            mutation={("source", "cell"): 1.0},
        )  # fmt: skip
        return ce.simulate(
            process, initial={"source": 1}, times=[2.0, self.TIME], replicates=4000, seed=8, engine=engine,
            record="clones",
        )  # fmt: skip

    def test_number_of_clones_is_poisson(self, ens: ce.Ensemble) -> None:
        number = ens.clones.group_by("replicate").len()["len"].to_numpy() - 1
        mean = self.RATE * self.TIME
        laws.require(laws.follows_pmf(number, stats.poisson(mean).pmf(np.arange(60))))
        wrong = laws.follows_pmf(number, stats.poisson(1.05 * mean).pmf(np.arange(60)))
        assert wrong < laws.FALSE_ALARM

    def test_founding_times_are_uniform(self, ens: ce.Ensemble) -> None:
        founded = ens.clones.filter(pl.col("parent_id").is_not_null())["founded_at"].to_numpy()
        laws.require(laws.follows_cdf(founded, stats.uniform(0.0, self.TIME).cdf))

    @pytest.mark.parametrize("look", [2.0, 6.0])
    def test_sizes_of_an_age_follow_kendall(self, ens: ce.Ensemble, look: float) -> None:
        sizes = ens.clone_sizes.filter(pl.col("time") == look).select("replicate", "clone_id", "count")
        clones = ens.clones.filter(pl.col("parent_id").is_not_null() & (pl.col("founded_at") < look))
        joined = clones.join(sizes, on=["replicate", "clone_id"], how="left").fill_null(0)
        size, age = joined["count"].to_numpy().astype(float), look - joined["founded_at"].to_numpy()
        uniform = np.random.default_rng(9).random(len(size))

        def levels(death: float) -> NDArray[np.float64]:
            """Uniform on (0, 1) if the sizes have Kendall's law: its distribution function at each, ties broken."""
            g = -np.expm1(-(self.BIRTH - death) * age) / (self.BIRTH - death)
            none, ratio = death * g / (1.0 + death * g), self.BIRTH * g / (1.0 + death * g)
            below = np.where(size > 0, 1.0 - (1.0 - none) * ratio ** (size - 1.0), 0.0)
            here = np.where(size > 0, (1.0 - none) * (1.0 - ratio) * ratio ** (size - 1.0), none)
            return np.asarray(below + uniform * here)

        laws.require(laws.follows_cdf(levels(self.DEATH), stats.uniform.cdf))
        assert laws.follows_cdf(levels(1.1 * self.DEATH), stats.uniform.cdf) < laws.FALSE_ALARM

    def test_times_of_extinction_follow_kendall(self, ens: ce.Ensemble) -> None:
        gone = ens.clones.filter(pl.col("extinct_at").is_not_null() & pl.col("parent_id").is_not_null())
        age = self.TIME - gone["founded_at"].to_numpy()
        life = (gone["extinct_at"] - gone["founded_at"]).to_numpy()

        def empty(t: NDArray[np.float64]) -> NDArray[np.float64]:
            g = -np.expm1(-(self.BIRTH - self.DEATH) * t) / (self.BIRTH - self.DEATH)
            return np.asarray(self.DEATH * g / (1.0 + self.DEATH * g))

        laws.require(laws.follows_cdf(empty(life) / empty(age), stats.uniform.cdf))


def expected_spectrum(size: int, u: float, most: int) -> NDArray[np.float64]:
    """Expected number of mutant clones with 1, ..., `most` cells in a pure-birth tumor of `size` cells.

    At k cells the dividing cell is sensitive with probability S_k / k. A clone founded when there are then n = k + 1
    cells is a color of Polya's urn: its size at the end is 1 + BetaBinomial(size - n; 1, n - 1).
    """
    result = np.zeros(most)
    sensitive = 1.0
    for k in range(1, size):
        founded = u * sensitive / k
        sensitive *= 1.0 + (1.0 - u) / k
        result += founded * stats.betabinom(size - k - 1, 1.0, float(k)).pmf(np.arange(most))
    return result


def test_site_frequencies_of_pure_birth_at_a_size(engine: str) -> None:
    size, u, most, n = 150, 0.1, 8, 20_000
    process = ce.BranchingProcess(types=["S", "R"], birth=[1.0, 1.0], death=[0.0, 0.0], mutation={("S", "R"): u})
    ens = ce.simulate(
        process, initial={"S": 1}, times=[1e3], replicates=n, seed=10, engine=engine, stop=ce.Stop(size=size),
        record="clones",
    )  # fmt: skip
    mutant = ens.clones.filter(pl.col("type") == "R")
    index, cells = mutant["replicate"].to_numpy().astype(int), mutant["size"].to_numpy().astype(int)
    expected = expected_spectrum(size, u, most)
    wrong = expected_spectrum(size, 1.05 * u, most)
    verdict, planted = laws.Verdict(), laws.Verdict()
    for j in range(1, most + 1):
        number = np.bincount(index[cells == j], minlength=n)
        verdict.add(f"{j} cells", laws.has_mean(number, expected[j - 1]))
        planted.add(f"{j} cells", laws.has_mean(number, wrong[j - 1]))
    verdict.require()
    assert planted.alarms


def test_large_tumors_have_few_clones() -> None:
    """1e9 cells founding mutants at 1e-8 a division: a Poisson number of clones, whatever the number of cells."""
    process = ce.BranchingProcess(types=["S", "R"], birth=[0.5, 0.0], death=[0.5, 0.0], mutation={("S", "R"): 1e-8})
    ens = ce.simulate(process, initial={"S": 1e9}, times=[1.0, 10.0], replicates=2000, seed=11, record="clones")
    assert ens.engine == "bnb"
    number = ens.clones.group_by("replicate").len()["len"].to_numpy() - 1
    laws.require(laws.follows_pmf(number, stats.poisson(50.0).pmf(np.arange(140))))
